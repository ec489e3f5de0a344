/* Numbers, names, paths, expressions, flags and options of the tool. */
#include "base/utf8.h"
#include "tool/driver/args.h"
#include "tool/driver/flags.h"
#include "tool/driver/options.h"
#include "tool/report/frames.h"
#include "tool/report/measure.h"
#include "tool/report/out.h"
#include "tool/report/paths.h"
#include "tool/report/regex.h"

#include <check.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- numbers ------------------------------------------------------------------------------------- */

static const struct {
    int64_t value;
    const char *from, *to, *label;
} labels[] = {
    { 0, "bytes", "auto", "0" },           { 1, "s", "auto", "1s" },
    { 1024, "bytes", "minimum", "1kB" },   { 1536, "Bytes", "auto", "1.50kB" },
    { -2048, "b", "kb", "-2kB" },          { 1, "ns", "s", "0" },
    { 3600, "seconds", "auto", "1hrs" },   { 90, "seconds", "auto", "90s" },
    { 5, "count", "ms", "5ms" },           { 5, "count", "minimum", "5" },
    { 5, "samples", "count", "5" },        { 100, "us", "unknown", "0" },
    { 1500, "ms", "unknown", "1.50s" },    { 1 << 20, "kilobytes", "auto", "1GB" },
    { 2500, "milligcu", "auto", "2.50GCU" }, { 7, "\u03bcs", "us", "7us" },
};

START_TEST(test_labels)
{
    char out[PP_LABEL_CAP];
    ck_assert_str_eq(pp_scaled_label(labels[_i].value, labels[_i].from, labels[_i].to, out),
                     labels[_i].label);
}
END_TEST

static const struct {
    int64_t value, total;
    const char *text;
} percentages[] = {
    { 1, 2, "50.00%" }, { 396, 10000, " 3.96%" }, { 89, 100000, "0.089%" }, { 5, 0, "    0%" },
    { 1, 1, "  100%" }, { -1, 1, "  100%" },      { 9996, 10000, "  100%" }, { 1120, 1, "112000.00%" },
    { 17, 1000000000, "1.7e-06%" },
};

START_TEST(test_percentages)
{
    char out[PP_PERCENT_CAP];
    ck_assert_str_eq(pp_percentage(percentages[_i].value, percentages[_i].total, out),
                     percentages[_i].text);
}
END_TEST

START_TEST(test_floats_to_integers)
{
    ck_assert_int_eq(pp_to_i64(2.9), 2);
    ck_assert_int_eq(pp_to_i64(-2.9), -2);
    ck_assert_int_eq(pp_to_i64(1e300), INT64_MIN);
    ck_assert_int_eq(pp_to_i64(NAN), INT64_MIN);
}
END_TEST

/* --- names and paths ----------------------------------------------------------------------------- */

static const char *const short_names[][2] = {
    { "root", "root" },
    { "syscall.Syscall", "syscall.Syscall" },
    { "net/http.(*conn).serve", "http.(*conn).serve" },
    { "example.com/blah/a/b/v2/pkg.Foo", "pkg.Foo" },
    { "example.com/mod/v2.Foo", "mod.Foo" },
    { "example.com/mod/v1.Foo", "v1.Foo" },
    { "java.util.concurrent.ThreadPoolExecutor$Worker.run", "ThreadPoolExecutor$Worker.run" },
    { "com.shop.Cart.<init>", "Cart.<init>" },
    { "(anonymous namespace)::MyClass::run", "MyClass::run" },
    { "foo::bar::MyClass::~MyClass", "MyClass::~MyClass" },
    { "std::vector<int>::push_back", "std::vector<int>::push_back" },
    { "", "" },
};

START_TEST(test_short_names)
{
    struct pp_arena arena;
    pp_arena_init(&arena, 0);
    ck_assert_str_eq(pp_shorten_name(&arena, short_names[_i][0]), short_names[_i][1]);
    pp_arena_release(&arena);
}
END_TEST

static const char *const clean_paths[][2] = {
    { "", "." }, { "a//b/../c", "a/c" }, { "/../a", "/a" }, { "../../a/..", "../.." },
    { "./a/.", "a" }, { "/", "/" }, { "a/../..", ".." }, { "/a/b/../../..", "/" }, { "abc/", "abc" },
};

START_TEST(test_clean_paths)
{
    struct pp_arena arena;
    pp_arena_init(&arena, 0);
    ck_assert_str_eq(pp_path_clean(&arena, clean_paths[_i][0]), clean_paths[_i][1]);
    pp_arena_release(&arena);
}
END_TEST

START_TEST(test_trim_paths)
{
    struct pp_arena arena;
    pp_arena_init(&arena, 0);
    ck_assert_str_eq(pp_path_trim(&arena, "/ci/build/app/x.c", "", "/home/me/app"), "x.c");
    ck_assert_str_eq(pp_path_trim(&arena, "/ci/build/app/x.c", "/no:/ci/build", "/home/me/app"), "app/x.c");
    ck_assert_str_eq(pp_path_trim(&arena, "/ci/buildings/x.c", "/ci/build", ""), "/ci/buildings/x.c");
    ck_assert_str_eq(pp_path_trim(&arena, "/proc/self/cwd/x.c", "", ""), "x.c");
    ck_assert_str_eq(pp_path_base(&arena, "/a/b/"), "b");
    ck_assert_str_eq(pp_path_base(&arena, "///"), "/");
    pp_arena_release(&arena);
}
END_TEST

START_TEST(test_width_in_characters)
{
    ck_assert_uint_eq(pp_utf8_count("n\u00e4h", 4), 3);
}
END_TEST

/* --- expressions --------------------------------------------------------------------------------- */

static const char *const mistakes[][2] = {
    { "(", "missing closing ): `(`" },
    { "a)", "unexpected ): `a)`" },
    { "[a", "missing closing ]: `[a`" },
    { "*a", "missing argument to repetition operator: `*`" },
    { "a**", "invalid nested repetition operator: `**`" },
    { "a{1001}", "invalid repeat count: `{1001}`" },
    { "a{3,1}?", "invalid repeat count: `{3,1}`" },
    { "a{9}{1001}", "invalid repeat count: `{1001}`" },
    { "a\\Q\\\\E\\C", "invalid escape sequence: `\\C`" },
    { "(?<n>a)(?=b)", "invalid or unsupported Perl syntax: `(?=`" },
    { "a(?<n>b", "missing closing ): `a(?<n>b`" },
    { "a(?<=b)", "invalid named capture: `(?<=b)`" },
    { "(?P<n>a)(?<n-1>b)", "invalid named capture: `(?<n-1>`" },
    { "\\8", "invalid escape sequence: `\\8`" },
    { "(?z)", "invalid or unsupported Perl syntax: `(?z`" },
    { "a\\", "trailing backslash at end of expression: ``" },
    { "[z-a]", "invalid character class range: `z-a`" },
};

START_TEST(test_expression_mistakes)
{
    struct pp_regex *regex = NULL;
    struct pprof_error error = { 0 };
    ck_assert_int_eq(pp_regex_compile(mistakes[_i][0], &regex, &error), PPROF_ERR_INVALID);
    ck_assert_ptr_null(regex);
    ck_assert_str_eq(error.detail + strlen("error parsing regexp: "), mistakes[_i][1]);
}
END_TEST

START_TEST(test_expressions)
{
    struct pp_regex *regex;
    struct pp_match groups[2];
    ck_assert_int_eq(pp_regex_compile("(?<who>b+)c", &regex, NULL), 0);
    ck_assert(pp_regex_match(regex, "abbcd", 5));
    ck_assert(!pp_regex_match(regex, "abbd", 4));
    ck_assert(pp_regex_groups(regex, "abbcd", 5, groups, 2));
    ck_assert_uint_eq(groups[1].len, 2);
    pp_regex_free(regex);
    ck_assert_int_eq(pp_regex_compile("^[](?<]+\\Q(?<n>", &regex, NULL), 0); /* no groups at all */
    ck_assert(pp_regex_match(regex, "]((?<n>", 7));
    ck_assert(!pp_regex_match(regex, "P(?<n>", 6));
    pp_regex_free(regex);
    char text[20001];
    memset(text, 'a', 20000);
    ck_assert_int_eq(pp_regex_compile("(a*)*(a*)*b", &regex, NULL), 0);
    ck_assert(!pp_regex_match(regex, text, 20000)); /* a backtracker would not come back */
    pp_regex_free(regex);
}
END_TEST

START_TEST(test_reals)
{
    static const char *const good[] = { "1_000", "0x1_0p0", "0x_1p1", ".1_0", "1e1_0",
                                        "+Inf",  "nan",     "1.",     "0X1P+2" };
    static const char *const bad[] = { "",     " 1",     "_1",   "1_",  "1__0", "1_.0",
                                       "+nan", "nan(1)", "0x10", "0b1", "1f",   "." };
    double value;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        ck_assert_msg(pp_parse_real(good[i], &value), "%s", good[i]);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        ck_assert_msg(!pp_parse_real(bad[i], &value) && errno == EINVAL, "%s", bad[i]);
    }
    ck_assert(pp_parse_real("1_000", &value) && value == 1000);
    ck_assert(!pp_parse_real("1e400", &value) && errno == ERANGE);
    int64_t whole;
    ck_assert(!pp_parse_int("99999999999999999999", &whole) && errno == ERANGE);
    ck_assert(!pp_parse_int("1e3", &whole) && errno == EINVAL);
}
END_TEST

START_TEST(test_bytes)
{
    struct pp_regex *any, *other;
    ck_assert_int_eq(pp_regex_compile("^a.b$", &any, NULL), 0);
    ck_assert_int_eq(pp_regex_compile("^[^a]\\x{fffd}$", &other, NULL), 0);
    ck_assert(!pp_regex_match(any, "a\xffz" "b", 4));
    ck_assert(pp_regex_match(any, "a\xff" "b", 3)); /* what is no UTF-8 is a character */
    ck_assert(pp_regex_match(any, "a\xc3\xa9" "b", 4));
    ck_assert(pp_regex_match(other, "\xe2\x82", 2)); /* each byte is one */
    pp_regex_free(any);
    pp_regex_free(other);
}
END_TEST

/* --- flags --------------------------------------------------------------------------------------- */

static int parse(struct pp_args *args, struct pprof_error *error, const char *line)
{
    static char words[8][64];
    char *argv[9] = { NULL };
    int argc = 0;
    for (const char *p = line; *p && argc < 8; argc++) {
        size_t len = strcspn(p, " ");
        (void)snprintf(words[argc], sizeof(words[0]), "%.*s", (int)len, p);
        argv[argc] = words[argc];
        p += len + (p[len] == ' ');
    }
    memset(error, 0, sizeof(*error));
    return pp_args_parse(args, argc, argv, NULL, NULL, error);
}

static const char *const flag_mistakes[][2] = {
    { "pprof -bogus x", "flag provided but not defined: -bogus" },
    { "pprof -trim=maybe x", "invalid boolean value \"maybe\" for -trim: parse error" },
    { "pprof -nodecount x", "invalid value \"x\" for flag -nodecount: parse error" },
    { "pprof -focus", "flag needs an argument: -focus" },
    { "pprof ---top x", "bad flag syntax: ---top" },
    { "pprof -top", "no profile source specified" },
    { "pprof -top -tree x", "must set at most one output format" },
    { "pprof -top -lines -files x", "conflicting options set: [files lines]" },
    { "pprof -top -normalize x", "must have base profile to normalize by" },
    { "pprof -top -base=a -diff_base=b x", "-base and -diff_base flags cannot both be specified" },
};

START_TEST(test_flag_mistakes)
{
    struct pp_args args;
    struct pprof_error error;
    ck_assert_int_ne(parse(&args, &error, flag_mistakes[_i][0]), 0);
    ck_assert_str_eq(error.detail, flag_mistakes[_i][1]);
}
END_TEST

START_TEST(test_flags)
{
    struct pp_args args;
    struct pprof_error error;
    ck_assert_int_eq(parse(&args, &error, "pprof -top --nodecount 0x10 -trim=F -cum a -lines"), 0);
    ck_assert_str_eq(args.command->name, "top");
    ck_assert_int_eq(args.config.nodecount, 16);
    ck_assert(!args.config.trim);
    ck_assert_str_eq(args.config.sort, "cum");
    ck_assert_uint_eq(args.source_count, 2); /* flags end at the first source */
    ck_assert_int_eq(parse(&args, &error, "pprof -mean_delay -focus=a -focus=b x"), 0);
    ck_assert_str_eq(args.config.focus, "b");
    ck_assert_str_eq(args.config.sample_index, "delay");
    ck_assert(args.config.mean);
    ck_assert_ptr_null(args.command);
}
END_TEST

START_TEST(test_options)
{
    struct pp_config config;
    struct pprof_error error = { 0 };
    pp_config_init(&config);
    ck_assert_int_eq(pp_option_set(&config, pp_option_find("granularity"), "lines", &error), 0);
    ck_assert_str_eq(config.granularity, "lines");
    ck_assert_int_ne(pp_option_set(&config, pp_option_find("granularity"), "line", &error), 0);
    ck_assert_int_eq(pp_option_set(&config, pp_option_find("mean"), "Y", &error), 0);
    ck_assert(config.mean);
    ck_assert_int_ne(pp_option_set(&config, pp_option_find("mean"), "perhaps", &error), 0);
    ck_assert_str_eq(error.detail, "illegal value \"perhaps\" for bool variable");
    ck_assert_ptr_null(pp_option_find("nonsense"));
}
END_TEST

#define LOOP(test, table) tcase_add_loop_test(c, test, 0, sizeof(table) / sizeof((table)[0]))

static Suite *suite(void)
{
    Suite *s = suite_create("tool_report");
    TCase *c = tcase_create("report");
    LOOP(test_labels, labels);
    LOOP(test_percentages, percentages);
    tcase_add_test(c, test_floats_to_integers);
    LOOP(test_short_names, short_names);
    LOOP(test_clean_paths, clean_paths);
    tcase_add_test(c, test_trim_paths);
    tcase_add_test(c, test_width_in_characters);
    LOOP(test_expression_mistakes, mistakes);
    tcase_add_test(c, test_expressions);
    tcase_add_test(c, test_bytes);
    tcase_add_test(c, test_reals);
    LOOP(test_flag_mistakes, flag_mistakes);
    tcase_add_test(c, test_flags);
    tcase_add_test(c, test_options);
    suite_add_tcase(s, c);
    return s;
}

#include "check_main.h"
