/* Options of the small commands, and numbers for people. */
#include "tool/driver/words.h"

#include <check.h>

START_TEST(options_take_both_forms)
{
    char *argv[] = { "run", "--http=a", "-o", "dir", "--http", "b", "--rate", "--", "x" };
    const char *value = NULL;
    int i = 1;
    ck_assert(pp_words_option(9, argv, &i, "http", &value));
    ck_assert_str_eq(value, "a");
    i = 2;
    ck_assert(!pp_words_option(9, argv, &i, "out", &value));
    ck_assert(pp_words_option(9, argv, &i, "o", &value));
    ck_assert_str_eq(value, "dir");
    ck_assert_int_eq(i, 3);
    i = 4;
    ck_assert(!pp_words_option(9, argv, &i, "htt", &value));
    ck_assert(pp_words_option(9, argv, &i, "http", &value));
    ck_assert_str_eq(value, "b");
    i = 6;
    ck_assert(pp_words_option(9, argv, &i, "rate", &value));
    ck_assert_ptr_null(value);
    ck_assert(!pp_words_flag("quiet", "quiet"));
    ck_assert(pp_words_flag("--quiet", "quiet"));
}
END_TEST

START_TEST(bytes)
{
    int64_t n = -1;
    ck_assert(pp_words_bytes("4096", &n) && n == 4096);
    ck_assert(pp_words_bytes("64k", &n) && n == 65536);
    ck_assert(pp_words_bytes("2MiB", &n) && n == 2 << 20);
    ck_assert(pp_words_bytes("1GB", &n) && n == 1 << 30);
    ck_assert(pp_words_bytes("0", &n) && n == 0);
    ck_assert(!pp_words_bytes("", &n));
    ck_assert(!pp_words_bytes("-1", &n));
    ck_assert(!pp_words_bytes("k", &n));
    ck_assert(!pp_words_bytes("12x", &n));
    ck_assert(!pp_words_bytes("99999999999999999999", &n));
    ck_assert(!pp_words_bytes("9000000000t", &n));
}
END_TEST

START_TEST(seconds)
{
    double s = -1;
    ck_assert(pp_words_seconds("2", &s) && s == 2);
    ck_assert(pp_words_seconds("500ms", &s) && s == 0.5);
    ck_assert(pp_words_seconds("1.5m", &s) && s == 90);
    ck_assert(pp_words_seconds("1h", &s) && s == 3600);
    ck_assert(!pp_words_seconds("fast", &s));
    ck_assert(!pp_words_seconds("-1", &s));
    ck_assert(!pp_words_seconds("nan", &s));
    ck_assert(!pp_words_seconds("1d", &s));
}
END_TEST

START_TEST(texts)
{
    char out[32];
    ck_assert_str_eq(pp_words_size(0, false, out), "0 B");
    ck_assert_str_eq(pp_words_size(812, true, out), "+812 B");
    ck_assert_str_eq(pp_words_size(-3.4 * 1048576, true, out), "-3.4 MiB");
    ck_assert_str_eq(pp_words_size(1023, false, out), "1.0 KiB");
    ck_assert_str_eq(pp_words_size(65536, false, out), "64 KiB");
    ck_assert_str_eq(pp_words_time(0.31, out), "0.3 s");
    ck_assert_str_eq(pp_words_time(12.4, out), "12 s");
    ck_assert_str_eq(pp_words_time(245, out), "4 min 05 s");
    ck_assert_str_eq(pp_words_time(3 * 3600 + 1205, out), "3 h 20 min");
    ck_assert_str_eq(pp_words_time(5 * 86400, out), "5 days");
    ck_assert_str_eq(pp_words_count(812, out), "812");
    ck_assert_str_eq(pp_words_count(25791, out), "25,791");
    ck_assert_str_eq(pp_words_count(1234567, out), "1,234,567");
    ck_assert_str_eq(pp_words_count(12.34e6, out), "12.3 million");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("words");
    TCase *t = tcase_create("words");
    tcase_add_test(t, options_take_both_forms);
    tcase_add_test(t, bytes);
    tcase_add_test(t, seconds);
    tcase_add_test(t, texts);
    suite_add_tcase(s, t);
    return s;
}

#include "check_main.h"
