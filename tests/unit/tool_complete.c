/* What the tab key offers. */
#include "tool/driver/complete.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static struct pprof_profile *profile;
static struct pp_arena arena;

static void load(void)
{
    static const char text[] = "main;read_header 2\nmain;read_body;inflate 3\nmain;f(int) 1\n";
    ck_assert_int_eq(pprof_profile_read(text, strlen(text), NULL, &profile, NULL), 0);
    pp_arena_init(&arena, 0);
}

static void unload(void)
{
    pp_arena_release(&arena);
    pprof_profile_free(profile);
}

/* The items separated by blanks; the word's start and what they share in front. */
static const char *offered(const char *text)
{
    static char out[1 << 16];
    struct pp_completion found;
    ck_assert_int_eq(pp_complete(profile, text, strlen(text), &arena, &found), 0);
    int len = snprintf(out, sizeof(out), "%zu[%s]", found.start, found.common);
    for (size_t i = 0; i < found.count; i++) {
        len += snprintf(out + len, sizeof(out) - (size_t)len, " %s", found.items[i]);
    }
    return out;
}

START_TEST(line_starts)
{
    ck_assert_str_eq(offered("weblis"), "0[weblist] weblist");
    ck_assert_str_eq(offered("  TRE"), "2[tree] tree");
    ck_assert_str_eq(offered("nodec"), "0[nodecount=] nodecount=");
    ck_assert_str_eq(offered("noin"), "0[noinlines] noinlines");
    ck_assert_str_eq(offered("lines"), "0[lines=true] lines=true");
    ck_assert_str_eq(offered("total_"), "0[total_samples] total_samples");
    ck_assert_str_eq(offered("xyz"), "0[]");
}
END_TEST

START_TEST(arguments)
{
    ck_assert_str_eq(offered("peek infl"), "5[inflate] inflate");
    ck_assert_str_eq(offered("top10 -read"), "7[read_] read_body read_header");
    ck_assert_str_eq(offered("top flat"), "4[inflate] inflate");
    ck_assert_str_eq(offered("list f(i"), "5[f\\(int\\)] f\\(int\\)");
    ck_assert_str_eq(offered("list f\\(i"), "5[f\\(int\\)] f\\(int\\)");
    ck_assert_str_eq(offered("top > fi"), "6[]");
    ck_assert_str_eq(offered("top >fi"), "4[]");
    ck_assert_str_eq(offered("tags k"), "5[]");
    ck_assert_str_eq(offered("nothing i"), "8[]");
    ck_assert_str_eq(offered("help granul"), "5[granularity] granularity");
}
END_TEST

START_TEST(values)
{
    ck_assert_str_eq(offered("sort="), "5[] cum flat");
    ck_assert_str_eq(offered("focus = inf"), "8[inflate] inflate");
    ck_assert_str_eq(offered("sample_index=s"), "13[samples] samples");
    ck_assert_str_eq(offered("trim=f"), "5[false] false");
    ck_assert_str_eq(offered("tagfocus=x"), "9[]");
    ck_assert_str_eq(offered("unknown=x"), "0[]");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("complete");
    TCase *t = tcase_create("complete");
    tcase_add_checked_fixture(t, load, unload);
    tcase_add_test(t, line_starts);
    tcase_add_test(t, arguments);
    tcase_add_test(t, values);
    suite_add_tcase(s, t);
    return s;
}

#include "check_main.h"
