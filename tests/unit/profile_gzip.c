/* gzip in and out on our own memory. */
#include "profile_sample.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct pp_arena arena;

static void setup(void)
{
    pp_arena_init(&arena, 0);
}

static void teardown(void)
{
    pp_arena_release(&arena);
}

/* len bytes that compress somewhat. */
static char *some_bytes(size_t len)
{
    char *data = pp_arena_alloc(&arena, len);
    uint32_t seed = 1;
    for (size_t i = 0; i < len; i++) {
        seed = seed * 1664525 + 1013904223;
        data[i] = (char)(seed >> 24 & (i & 64 ? 0xff : 3));
    }
    return data;
}

static struct pp_buf packed(const void *data, size_t len, int level)
{
    struct pp_buf out;
    struct pprof_error error;
    pp_buf_init(&out, &arena);
    ck_assert_int_eq(pp_gzip(&out, data, len, level, &error), 0);
    return out;
}

START_TEST(what_goes_in_comes_out)
{
    struct pprof_error error;
    for (size_t len = 0; len < 5000000; len = len * 7 + 1) {
        char *data = some_bytes(len);
        struct pp_buf zip = packed(data, len, len % 2 ? 1 : 6), out;
        pp_buf_init(&out, &arena);
        ck_assert_int_eq(pp_gunzip(&out, zip.data, zip.len, 0, &error), 0);
        ck_assert_uint_eq(out.len, len);
        ck_assert(len == 0 || memcmp(out.data, data, len) == 0);
    }
}
END_TEST

START_TEST(the_header_is_go_s)
{
    struct pp_buf zip = packed("abc", 3, 1);
    ck_assert_mem_eq(zip.data, "\x1f\x8b\x08\x00\x00\x00\x00\x00\x04\xff", 10);
}
END_TEST

START_TEST(members_are_joined)
{
    struct pprof_error error;
    struct pp_buf zip = packed("one ", 4, 6), second = packed("two", 3, 1), out;
    pp_buf_append(&zip, second.data, second.len);
    pp_buf_init(&out, &arena);
    ck_assert_int_eq(pp_gunzip(&out, zip.data, zip.len, 0, &error), 0);
    ck_assert_str_eq(out.data, "one two");
}
END_TEST

START_TEST(bombs_stop_at_the_cap)
{
    enum { SIZE = 8 << 20 };
    struct pprof_error error;
    struct pp_buf zip = packed(pp_arena_alloc(&arena, SIZE), SIZE, 6), out;
    ck_assert_uint_lt(zip.len, 20000);
    pp_buf_init(&out, &arena);
    ck_assert_int_eq(pp_gunzip(&out, zip.data, zip.len, 1 << 20, &error), PPROF_ERR_LIMIT);
    ck_assert_uint_lt(out.cap, SIZE);
}
END_TEST

START_TEST(damage_is_an_error)
{
    struct pprof_error error;
    struct pp_buf zip = packed(some_bytes(3000), 3000, 6), out;
    for (size_t len = 0; len < zip.len; len++) {
        pp_buf_init(&out, &arena);
        int err = pp_gunzip(&out, zip.data, len, 0, &error);
        ck_assert_int_eq(err, len ? PPROF_ERR_FORMAT : 0);
        ck_assert(!len || strstr(error.detail, "decompressing profile"));
    }
    zip.data[zip.len / 2] ^= 0x55;
    pp_buf_init(&out, &arena);
    ck_assert_int_eq(pp_gunzip(&out, zip.data, zip.len, 0, &error), PPROF_ERR_FORMAT);
}
END_TEST

START_TEST(a_wrong_size_claim_does_no_harm)
{
    struct pprof_error error;
    struct pp_buf zip = packed(some_bytes(300000), 300000, 6), out;
    struct pp_buf copy = packed("x", 1, 6);
    /* Another member behind: the claim is that member's, 1 byte. */
    pp_buf_append(&zip, copy.data, copy.len);
    pp_buf_init(&out, &arena);
    ck_assert_int_eq(pp_gunzip(&out, zip.data, zip.len, 0, &error), 0);
    ck_assert_uint_eq(out.len, 300001);
}
END_TEST

START_TEST(profiles_are_written_and_read)
{
    struct pprof_profile *p = sample_profile();
    for (int format = PPROF_WRITE_PLAIN; format <= PPROF_WRITE_GZIP_FAST; format++) {
        FILE *file = tmpfile();
        struct pprof_error error;
        char data[4096];
        ck_assert_int_eq(pprof_profile_write(p, fileno(file), format, &error), 0);
        ssize_t len = pread(fileno(file), data, sizeof(data), 0);
        ck_assert_int_gt(len, 100);
        ck_assert_int_eq((unsigned char)data[0] == 0x1f, format != PPROF_WRITE_PLAIN);
        struct pprof_profile *again = read_all(data, (size_t)len);
        ck_assert_uint_eq(again->sample_count, p->sample_count);
        pprof_profile_free(again);
        fclose(file);
    }
    struct pprof_error error;
    ck_assert_int_eq(pprof_profile_write(p, -1, PPROF_WRITE_PLAIN, &error), PPROF_ERR_SYSTEM);
    pprof_profile_free(p);
}
END_TEST

static Suite *suite(void)
{
    const TTest *tests[] = {
        what_goes_in_comes_out, the_header_is_go_s, members_are_joined, bombs_stop_at_the_cap,
        damage_is_an_error, a_wrong_size_claim_does_no_harm, profiles_are_written_and_read,
    };
    Suite *s = suite_create("profile_gzip");
    TCase *tc = tcase_create("gzip");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 60);
    for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
        tcase_add_test(tc, tests[i]);
    }
    suite_add_tcase(s, tc);
    return s;
}

#include "check_main.h"
