/* The symbol index: this program's own functions, libc's aliases, a file made by hand. */
#include "elf/symindex.h"

#include <check.h>
#include <dlfcn.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct pp_arena arena;
static struct pp_elf elf;
static struct pp_symindex *symbols;

static void open_index(const char *path)
{
    struct pprof_error error = { 0 };
    pp_arena_init(&arena, 0);
    ck_assert_msg(pp_elf_open(path, &elf, &error) == 0, "%s", error.detail);
    ck_assert_msg(pp_symindex_new(&arena, &elf, &symbols, &error) == 0, "%s", error.detail);
}

static void close_index(void)
{
    pp_arena_release(&arena);
    pp_elf_close(&elf);
}

__attribute__((noinline)) static int function_of_ours(int x)
{
    __asm__ volatile("" : "+r"(x));
    return x * 3 + 1;
}

/* Functions of assembly: no size, no type; a label inside; a resolver's type. */
__asm__(".text\n\t.globl test_asm_unsized\n"
        "test_asm_unsized:\n\t.skip 32, 0x90\n"
        "\t.globl test_asm_typed\n\t.type test_asm_typed, @function\n"
        "test_asm_typed:\n\t.skip 8, 0x90\n"
        "test_asm_label:\n\t.skip 8, 0x90\n"
        "\t.size test_asm_typed, . - test_asm_typed\n"
        "\t.globl __test_alias\n\t.type __test_alias, @function\n"
        "\t.weak test_alias\n\t.type test_alias, @function\n"
        "test_alias:\n__test_alias:\n\t.skip 16, 0x90\n"
        "\t.size __test_alias, 16\n\t.size test_alias, 16\n"
        "\t.globl test_ifunc\n\t.type test_ifunc, @gnu_indirect_function\n"
        "test_ifunc:\n\t.skip 16, 0x90\n\t.size test_ifunc, 16\n");
extern char test_asm_unsized[], test_asm_typed[], test_alias[];

static uintptr_t bias_of_program(void)
{
    return ((struct link_map *)dlopen(NULL, RTLD_NOW))->l_addr;
}

static void check_name(uintptr_t pc, const char *want)
{
    struct pp_symbol symbol;
    ck_assert_msg(pp_symindex_find(symbols, pc - bias_of_program(), &symbol), "no %s", want);
    ck_assert_str_eq(symbol.name, want);
    ck_assert_uint_le(symbol.address, pc - bias_of_program());
}

START_TEST(own_functions)
{
    open_index("/proc/self/exe");
    ck_assert_int_eq(function_of_ours(2), 7);
    check_name((uintptr_t)function_of_ours, "function_of_ours");
    check_name((uintptr_t)function_of_ours + 1, "function_of_ours");
    check_name((uintptr_t)test_asm_unsized, "test_asm_unsized");
    check_name((uintptr_t)test_asm_unsized + 31, "test_asm_unsized");
    check_name((uintptr_t)test_asm_typed, "test_asm_typed");
    check_name((uintptr_t)test_asm_typed + 12, "test_asm_typed"); /* not the label inside */
    check_name((uintptr_t)test_alias + 3, "test_alias");
    check_name((uintptr_t)test_alias + 16 + 5, "test_ifunc");
    close_index();
}
END_TEST

START_TEST(order_and_bounds)
{
    struct pp_symbol last = { "", 0, 0 };
    struct pp_symbol symbol;
    open_index("/proc/self/exe");
    ck_assert_uint_gt(pp_symindex_count(symbols), 20);
    for (size_t i = 0; i < pp_symindex_count(symbols); i++) {
        pp_symindex_at(symbols, i, &symbol);
        ck_assert(i == 0 || symbol.address > last.address);
        ck_assert_uint_gt(symbol.size, 0);
        ck_assert_uint_gt(strlen(symbol.name), 0);
        last = symbol;
    }
    ck_assert(!pp_symindex_find(symbols, 0, &symbol));
    ck_assert(!pp_symindex_find(symbols, UINT64_MAX, &symbol));
    ck_assert(pp_symindex_find(symbols, last.address + last.size - 1, &symbol));
    ck_assert(!pp_symindex_find(symbols, last.address + last.size, &symbol));
    close_index();
}
END_TEST

/* A stripped library still has its dynamic names, and of several the public one is told. */
START_TEST(names_of_libc)
{
    static const char *const wanted[] = { "read", "qsort", "malloc", "fopen", "pause" };
    struct link_map *map;
    struct pp_symbol symbol;
    void *libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD); /* &read may be a sanitizer's */
    ck_assert_ptr_nonnull(libc);
    ck_assert_int_eq(dlinfo(libc, RTLD_DI_LINKMAP, &map), 0);
    open_index(map->l_name);
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        uintptr_t address = (uintptr_t)dlsym(libc, wanted[i]);
        ck_assert(pp_symindex_find(symbols, address - map->l_addr, &symbol));
        ck_assert_uint_eq(symbol.address, address - map->l_addr);
        ck_assert_msg(symbol.name[0] != '_', "%s is called %s", wanted[i], symbol.name);
    }
    dlclose(libc);
    close_index();
}
END_TEST

START_TEST(no_functions)
{
    static _Alignas(16) Elf64_Ehdr header = { .e_type = ET_DYN };
    struct pprof_error error;
    memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    pp_arena_init(&arena, 0);
    ck_assert_int_eq(pp_elf_from_memory(&header, sizeof(header), &elf, NULL), 0);
    ck_assert_int_eq(pp_symindex_new(&arena, &elf, &symbols, &error), PPROF_ERR_NOTFOUND);
    ck_assert_str_ne(error.detail, "");
    pp_arena_release(&arena);
}
END_TEST

START_TEST(no_memory)
{
    struct pprof_error error;
    pp_arena_init(&arena, 1); /* not even one chunk */
    ck_assert_int_eq(pp_elf_open("/proc/self/exe", &elf, NULL), 0);
    ck_assert_int_eq(pp_symindex_new(&arena, &elf, &symbols, &error), PPROF_ERR_NOMEM);
    pp_elf_close(&elf);
}
END_TEST

static Suite *suite(void)
{
    Suite *made = suite_create("elf_symindex");
    TCase *cases = tcase_create("symindex");
    tcase_add_test(cases, own_functions);
    tcase_add_test(cases, order_and_bounds);
    tcase_add_test(cases, names_of_libc);
    tcase_add_test(cases, no_functions);
    tcase_add_test(cases, no_memory);
    suite_add_tcase(made, cases);
    return made;
}

#include "check_main.h"
