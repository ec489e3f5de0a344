/* Text of stacks and count profiles: Go's columns and order. */
#include "runtime/capture/kind.h"
#include "runtime/capture/text.h"

#include <check.h>
#include <string.h>

static struct pp_arena arena;
static struct pp_buf out;

static void setup(void)
{
    struct pp_stacktab_stats stats;
    pp_stacktab_stats(&stats);
    if (!stats.bytes_used) {
        ck_assert_int_eq(pp_stacktab_init(), 0);
    }
    pp_arena_init(&arena, 0);
    pp_buf_init(&out, &arena);
}

static void expect_aligned(const char *input, const char *want)
{
    pp_buf_reset(&out);
    pp_buf_str(&out, "kept\t|");
    pp_buf_str(&out, input);
    pp_text_align(&out, 6);
    ck_assert_int_eq(out.err, 0);
    ck_assert_str_eq(out.data + 6, want);
    ck_assert_int_eq(strncmp(out.data, "kept\t|", 6), 0);
}

/* Expected texts are what text/tabwriter prints with (1, 8, 1, '\t', 0). */
START_TEST(columns)
{
    expect_aligned("", "");
    expect_aligned("plain\n", "plain\n");
    expect_aligned("#\t0x1\tf+0x1\tx:0\n#\t0x12345678\tg\ty:0\n",
                   "#\t0x1\t\tf+0x1\tx:0\n#\t0x12345678\tg\ty:0\n");
    /* a cell of exactly 8 needs 9, so two tab stops */
    expect_aligned("12345678\ta\n1\tb\n", "12345678\ta\n1\t\tb\n");
    expect_aligned("1234567\ta\n1\tb\n", "1234567\ta\n1\tb\n");
    /* a line without the cell ends the column */
    expect_aligned("a\tx\nbreak\n123456789\ty\n", "a\tx\nbreak\n123456789\ty\n");
    /* an unknown frame has no third cell, and splits that column only */
    expect_aligned("#\t0x1\taaaaaaaaaa\tx\n#\t0x2\n#\t0x3\tb\ty\n",
                   "#\t0x1\taaaaaaaaaa\tx\n#\t0x2\n#\t0x3\tb\ty\n");
    expect_aligned("\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f\xc3\xa4\tx\n1234567\ty",
                   "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f\xc3\xa4\tx\n1234567\ty");
}
END_TEST

static void add(struct pp_snapshot *snapshot, const uintptr_t *pcs, size_t n, int64_t count)
{
    struct pp_record record = { .stack = pp_stack_intern_sig(pcs, n, 0, 0), .values = { count } };
    ck_assert_int_eq(pp_snapshot_add(snapshot, &record), 0);
}

START_TEST(count_profile)
{
    static const uintptr_t rare[] = { 0x11, 0x22 }, often[] = { 0x33 };
    struct pp_snapshot snapshot = { .arena = &arena };
    add(&snapshot, often, 1, 3);
    add(&snapshot, rare, 2, 1);
    add(&snapshot, often, 1, 4);
    pp_text_count_profile("conns", &snapshot, true, &out);
    ck_assert_str_eq(out.data, "conns profile: total 8\n"
                               "7 @ 0x33\n#\t0x32\n\n"
                               "1 @ 0x11 0x22\n#\t0x10\n#\t0x21\n\n");
    pp_buf_reset(&out);
    pp_text_count_profile("conns", &snapshot, false, &out);
    ck_assert_str_eq(out.data, "conns profile: total 8\n"
                               "7 @ 0x33\n#\t0x33\n\n"
                               "1 @ 0x11 0x22\n#\t0x11\n#\t0x21\n\n");
}
END_TEST

START_TEST(empty_profile)
{
    struct pp_snapshot snapshot = { .arena = &arena };
    pp_text_count_profile("x", &snapshot, true, &out);
    ck_assert_str_eq(out.data, "x profile: total 0\n");
}
END_TEST

START_TEST(kinds_in_order)
{
    const struct pp_kind *kinds[80];
    size_t count = pp_kind_list(kinds, 80);
    ck_assert_uint_ge(count, 4);
    for (size_t i = 1; i < count; i++) {
        ck_assert_int_lt(strcmp(kinds[i - 1]->name, kinds[i]->name), 0);
    }
    ck_assert_ptr_eq(pp_kind_find("heap"), &pp_kind_heap);
    ck_assert_ptr_eq(pp_kind_find("allocs"), &pp_kind_allocs);
    ck_assert_ptr_null(pp_kind_find("hea"));
    ck_assert_uint_eq(pp_kind_list(kinds, 2), 2);
}
END_TEST

static Suite *suite(void)
{
    Suite *suite = suite_create("text");
    TCase *tests = tcase_create("text");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_add_test(tests, columns);
    tcase_add_test(tests, count_profile);
    tcase_add_test(tests, empty_profile);
    tcase_add_test(tests, kinds_in_order);
    suite_add_tcase(suite, tests);
    return suite;
}

#include "check_main.h"
