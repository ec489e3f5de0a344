/* The kernel's function names, from a text like /proc/kallsyms. */
#include "tool/symbolize/kernel.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct pp_arena arena;
static struct pp_kernel kernel;

static bool parse(const char *text)
{
    char *copy = pp_arena_strndup(&arena, text, strlen(text));
    return pp_kernel_parse(&arena, copy, &kernel);
}

static void open_arena(void)
{
    pp_arena_init(&arena, 0);
}

static void close_arena(void)
{
    pp_arena_release(&arena);
}

START_TEST(names_are_found_by_address)
{
    ck_assert(parse("ffffffff81000000 T _stext\nffffffff81000100 t quiet\n"
                    "ffffffff81000180 d data_is_none\nffffffff81000200 T loud\n"
                    "ffffffffc0000000 t in_module\t[ext4]\nffffffff81000300 W weak\n"));
    ck_assert_uint_eq(kernel.count, 5);
    ck_assert_ptr_null(pp_kernel_name(&kernel, 0xffffffff80ffffff));
    ck_assert_str_eq(pp_kernel_name(&kernel, 0xffffffff81000000), "_stext");
    ck_assert_str_eq(pp_kernel_name(&kernel, 0xffffffff810001ff), "quiet");
    ck_assert_str_eq(pp_kernel_name(&kernel, 0xffffffff81000200), "loud");
    ck_assert_str_eq(pp_kernel_name(&kernel, 0xffffffff81000301), "weak");
    ck_assert_str_eq(pp_kernel_name(&kernel, 0xffffffffc0000010), "in_module");
}
END_TEST

START_TEST(of_aliases_the_public_one_counts)
{
    ck_assert(parse("ffffffff81000000 t a_local\nffffffff81000000 T __x64_read\n"
                    "ffffffff81000000 T read\nffffffff81000000 t z_local\n"));
    ck_assert_str_eq(pp_kernel_name(&kernel, 0xffffffff81000010), "read");
}
END_TEST

START_TEST(hidden_addresses_are_no_names)
{
    ck_assert(!parse("0000000000000000 T _stext\n0000000000000000 T read\n"));
    ck_assert(!parse(""));
    ck_assert(!parse("rubbish\nffffffff81000000\nffffffff81000000 T\nffffffff81000000 Tx\n"));
}
END_TEST

START_TEST(only_the_running_kernel_is_asked)
{
    ck_assert(pp_is_kernel("[kernel.kallsyms]_text"));
    ck_assert(!pp_is_kernel("[vdso]"));
    ck_assert(!pp_kernel_read(&arena, "", &kernel));
    ck_assert(!pp_kernel_read(&arena, "0123456789abcdef0123456789abcdef01234567", &kernel));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kernel");
    TCase *t = tcase_create("kernel");
    tcase_add_checked_fixture(t, open_arena, close_arena);
    tcase_add_test(t, names_are_found_by_address);
    tcase_add_test(t, of_aliases_the_public_one_counts);
    tcase_add_test(t, hidden_addresses_are_no_names);
    tcase_add_test(t, only_the_running_kernel_is_asked);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
