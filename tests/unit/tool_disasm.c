/* Code as text: a program compiled on the spot, against objdump's addresses; damaged files; and how
 * lines become functions in weblist. */
#include "tool/report/assembly.h"
#include "tool/report/weblist.h"
#include "tool/symbolize/disasm.h"
#include "tool/symbolize/libcapstone.h"

#include "tool_program.h"

static struct pp_arena arena;

static void set_up(void)
{
    make_folder();
    pp_arena_init(&arena, 0);
}

static void tear_down(void)
{
    remove_folder();
    pp_arena_release(&arena);
}

static const char source[] =
    "volatile int sink;\n"
    "__attribute__((noinline)) int leaf(int n) { sink += n; return n * 3; }\n"
    "int second_name(int n) __attribute__((alias(\"leaf\")));\n"
    "__attribute__((noinline)) int caller(int n) { return leaf(n) + leaf(n + 1); }\n"
    "int main(void) { return caller(2) == 0; }\n";

static bool compile(const char *flags)
{
    char all[128];
    snprintf(all, sizeof(all), "-O1 %s", flags);
    return compile_text(source, all);
}

static struct pp_module *open_program(void)
{
    char path[128];
    struct pp_module *module = NULL;
    snprintf(path, sizeof(path), "%s/prog", folder);
    ck_assert_int_eq(pp_module_open(path, 0, &module, NULL), 0);
    return module;
}

static struct pp_code_symbol symbol_named(struct pp_module *module, const char *name)
{
    struct pp_code_symbol *symbols;
    size_t count;
    ck_assert_int_eq(pp_code_list(module, &arena, &symbols, &count, NULL), 0);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < symbols[i].name_count; k++) {
            if (!strcmp(symbols[i].names[k], name)) {
                return symbols[i];
            }
        }
    }
    ck_abort_msg("no function %s", name);
}

static size_t read_symbol(struct pp_module *module, const struct pp_code_symbol *symbol, bool intel,
                          struct pp_instruction **code)
{
    size_t count = 0;
    struct pprof_error error = { 0 };
    int r = pp_code_read(module, &arena, symbol->start, symbol->end, intel, code, &count, &error);
    ck_assert_msg(r == 0, "%s", error.detail);
    return count;
}

START_TEST(test_addresses)
{
    if (!compile("") || run("objdump --version > /dev/null 2>&1") != 0) {
        printf("# skipped: no compiler or no objdump\n");
        return;
    }
    struct pp_module *module = open_program();
    struct pp_code_symbol caller = symbol_named(module, "caller");
    struct pp_instruction *code;
    size_t count = read_symbol(module, &caller, false, &code), at = 0;
    char command[256], line[512];
    snprintf(command, sizeof(command), "objdump -d --no-show-raw-insn --disassemble=caller %s/prog",
             folder);
    FILE *pipe = popen(command, "r");
    while (fgets(line, sizeof(line), pipe)) {
        char *end = NULL;
        uint64_t address = strtoull(line, &end, 16);
        if (line[0] == ' ' && *end == ':') {
            ck_assert_uint_lt(at, count);
            ck_assert_uint_eq(code[at++].address, address);
        }
    }
    pclose(pipe);
    ck_assert_uint_eq(at, count);
    ck_assert_uint_gt(count, 5);
    pp_module_close(module);
}
END_TEST

START_TEST(test_syntaxes_and_targets)
{
    if (!compile("")) {
        printf("# skipped: no compiler\n");
        return;
    }
    struct pp_module *module = open_program();
    struct pp_code_symbol caller = symbol_named(module, "caller");
    struct pp_instruction *att, *intel;
    size_t count = read_symbol(module, &caller, false, &att), calls = 0;
    ck_assert_uint_eq(count, read_symbol(module, &caller, true, &intel));
    for (size_t i = 0; i < count; i++) {
        /* names of one address: whichever people would use */
        calls += strstr(att[i].text, "<leaf>") || strstr(att[i].text, "<second_name>");
        ck_assert_ptr_null(strchr(intel[i].text, '%'));
        ck_assert_uint_eq(att[i].length, intel[i].length);
    }
    ck_assert_uint_eq(calls, 2);
    pp_module_close(module);
}
END_TEST

START_TEST(test_aliases)
{
    if (!compile("")) {
        printf("# skipped: no compiler\n");
        return;
    }
    struct pp_module *module = open_program();
    struct pp_code_symbol leaf = symbol_named(module, "leaf");
    struct pp_code_symbol other = symbol_named(module, "second_name");
    uint64_t start = 0;
    ck_assert_uint_eq(leaf.start, other.start);
    ck_assert_uint_eq(leaf.name_count, 2);
    ck_assert(pp_code_function(module, leaf.end - 1, &start));
    ck_assert_uint_eq(start, leaf.start);
    pp_module_close(module);
}
END_TEST

START_TEST(test_without_capstone)
{
    if (!compile("")) {
        printf("# skipped: no compiler\n");
        return;
    }
    struct pp_module *module = open_program();
    struct pp_code_symbol leaf = symbol_named(module, "leaf");
    struct pp_instruction *code;
    size_t count;
    struct pprof_error error = { 0 };
    pp_libcapstone_use("");
    ck_assert_int_eq(pp_code_read(module, &arena, leaf.start, leaf.end, false, &code, &count,
                                  &error), PPROF_ERR_UNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(error.detail, "libcapstone4"));
    pp_libcapstone_use(NULL);
    ck_assert_int_eq(pp_code_read(module, &arena, leaf.start, leaf.end, false, &code, &count,
                                  &error), 0);
    pp_module_close(module);
}
END_TEST

START_TEST(test_no_code)
{
    if (!compile("") ||
        run("cd %s && objcopy --only-keep-debug prog debug && mv debug prog", folder) != 0) {
        printf("# skipped: no compiler or no objcopy\n");
        return;
    }
    struct pp_module *module = open_program();
    struct pp_code_symbol leaf = symbol_named(module, "leaf");
    struct pp_instruction *code;
    size_t count;
    struct pprof_error error = { 0 };
    ck_assert_int_eq(pp_code_read(module, &arena, leaf.start, leaf.end, false, &code, &count,
                                  &error), PPROF_ERR_NOTFOUND);
    ck_assert_ptr_nonnull(strstr(error.detail, "has no code"));
    ck_assert_int_eq(pp_code_read(module, &arena, 0, UINT64_MAX, false, &code, &count, &error),
                     PPROF_ERR_LIMIT);
    pp_module_close(module);
}
END_TEST

/* A few bytes of the headers, the symbols or anywhere overwritten: an error or a listing, no
 * crash. */
static void look_at_damaged(const unsigned char *bytes, size_t size)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/bad", folder);
    FILE *file = fopen(path, "wb");
    ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
    fclose(file);
    struct pp_module *module;
    struct pp_code_symbol *symbols;
    size_t count, instructions;
    struct pp_instruction *code;
    struct pp_arena scratch;
    if (pp_module_open(path, PP_MODULE_SYMBOLS_ONLY, &module, NULL)) {
        return;
    }
    pp_arena_init(&scratch, 0);
    if (pp_code_list(module, &scratch, &symbols, &count, NULL) == 0) {
        for (size_t i = 0; i < count && i < 20; i++) {
            int r = pp_code_read(module, &scratch, symbols[i].start, symbols[i].end, false, &code,
                                 &instructions, NULL);
            ck_assert(r || instructions);
        }
    }
    pp_arena_release(&scratch);
    pp_module_close(module);
}

START_TEST(test_damaged)
{
    static unsigned char good[1 << 20], bad[1 << 20];
    if (!compile("-s -rdynamic") && !compile("")) {
        printf("# skipped: no compiler\n");
        return;
    }
    char path[128];
    snprintf(path, sizeof(path), "%s/prog", folder);
    FILE *file = fopen(path, "rb");
    size_t size = fread(good, 1, sizeof(good), file);
    fclose(file);
    srand(7);
    for (int i = 0; i < 600; i++) {
        memcpy(bad, good, size);
        size_t region = i % 3 == 0 ? 1024 : i % 3 == 1 ? size : 4096;
        size_t from = i % 3 == 2 ? size - (size < 4096 ? size : 4096) : 0;
        for (int k = 0; k < 1 + i % 7; k++) {
            bad[from + (size_t)rand() % (region < size ? region : size)] = (unsigned char)rand();
        }
        look_at_damaged(bad, i % 10 == 0 ? (size_t)rand() % size : size);
    }
}
END_TEST

START_TEST(test_aarch64)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/arm.c", folder);
    FILE *file = fopen(path, "w");
    fputs("int leaf(int n) { return n * 3; }\nint caller(int n) { return leaf(n) + 1; }\n", file);
    fclose(file);
    if (run("cd %s && clang --target=aarch64-linux-gnu -O1 -fno-inline -c arm.c -o prog "
            "2>/dev/null", folder) != 0) {
        printf("# skipped: no clang for aarch64\n");
        return;
    }
    struct pp_module *module = open_program();
    struct pp_code_symbol leaf = symbol_named(module, "leaf");
    struct pp_instruction *code;
    size_t count = read_symbol(module, &leaf, false, &code);
    ck_assert_uint_eq(count, (leaf.end - leaf.start) / 4);
    ck_assert_str_eq(code[0].text, "add    w0, w0, w0, lsl #1");
    ck_assert_str_eq(code[count - 1].text, "ret");
    pp_module_close(module);
}
END_TEST

START_TEST(test_numbers)
{
    static const struct {
        const char *text;
        bool is_number;
        uint64_t value;
    } rows[] = {
        { "0x123", true, 0x123 }, { "4660", true, 4660 },
        { "0xffffffffffffffff", true, UINT64_MAX },
        { "0x1ffffffffffffffff", false, 0 }, { "main", false, 0 }, { "0xzz", false, 0 },
        { "12 ", false, 0 }, { "-1", false, 0 }, { "", false, 0 }, { " 1", false, 0 },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint64_t value = 0;
        ck_assert_msg(pp_assembly_address(rows[i].text, &value) == rows[i].is_number, "%s",
                      rows[i].text);
        ck_assert_uint_eq(value, rows[i].value);
    }
}
END_TEST

/* --- weblist ------------------------------------------------------------------------------------- */

static const char file_a[] = "a.c", file_b[] = "b.c";

static struct pp_web_entry entry(const char *file, int64_t line, uint64_t address,
                                 const char *function, int64_t weight)
{
    return (struct pp_web_entry){ .file = file, .line = line, .address = address,
                                  .next_address = address + 4, .function = function,
                                  .instruction = { .address = address, .text = "nop", .file = file,
                                                   .line = line, .flat = weight, .cum = weight } };
}

START_TEST(test_grouping)
{
    struct pp_web_entry entries[] = {
        entry(file_b, 0, 0x90, "unknown", 1), /* line 0 stands alone, without context before */
        entry(file_a, 30, 0x20, "f", 5),
        entry(file_a, 10, 0x14, "f", 2), /* out of order, and not behind 0x08 in memory */
        entry(file_a, 10, 0x08, "f", 1),
        entry(file_a, 51, 0x40, "f", 4), /* 20 lines behind the end: another listing */
        entry(file_a, 54, 0x50, "g", 8), /* the gap of two lines is shared */
        entry(file_a, 90, 0x60, "h", 0), /* no weight: not shown */
    };
    struct pp_weblist list;
    ck_assert_int_eq(pp_weblist_group(&arena, entries, sizeof(entries) / sizeof(entries[0]), &list),
                     0);
    ck_assert_uint_eq(list.count, 4);
    const struct pp_web_function *f = list.functions;
    ck_assert_str_eq(f[0].name, "f");
    ck_assert_int_eq(f[0].begin, 5);
    ck_assert_int_eq(f[0].end, 36);
    ck_assert_int_eq(f[0].flat, 8);
    ck_assert_uint_eq(f[0].line_count, 2);
    ck_assert_uint_eq(f[0].lines[0].count, 2);
    ck_assert(!f[0].lines[0].instructions[0].starts_block);
    ck_assert(f[0].lines[0].instructions[1].starts_block);
    ck_assert_int_eq(f[1].begin, 46);
    ck_assert_int_eq(f[1].end, 53);
    ck_assert_str_eq(f[2].name, "g");
    ck_assert_int_eq(f[2].begin, 53);
    ck_assert_int_eq(f[2].end, 60);
    ck_assert_str_eq(f[3].file, "b.c");
    ck_assert_int_eq(f[3].begin, 0);
    ck_assert_int_eq(f[3].end, 6);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("disasm");
    TCase *code = tcase_create("code");
    tcase_add_checked_fixture(code, set_up, tear_down);
    tcase_set_timeout(code, 60);
    tcase_add_test(code, test_addresses);
    tcase_add_test(code, test_syntaxes_and_targets);
    tcase_add_test(code, test_aliases);
    tcase_add_test(code, test_without_capstone);
    tcase_add_test(code, test_no_code);
    tcase_add_test(code, test_damaged);
    tcase_add_test(code, test_aarch64);
    tcase_add_test(code, test_numbers);
    tcase_add_test(code, test_grouping);
    suite_add_tcase(s, code);
    return s;
}

#include "check_main.h"
