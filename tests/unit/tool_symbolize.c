/* Frames of this very program and of one compiled on the spot, against what the source says and
 * against addr2line; whole profiles through the -symbolize option. */
#include "elf/elf_file.h"
#include "profile/build.h"
#include "tool/symbolize/libdw.h"
#include "tool/symbolize/span.h"
#include "tool/symbolize/symbolize.h"

#include "tool_program.h"

static char said[8192];

static void set_up(void)
{
    make_folder();
    said[0] = '\0';
    unsetenv("PPROF_BINARY_PATH");
}

static void keep(void *ctx, const char *text)
{
    (void)ctx;
    size_t len = strlen(said);
    snprintf(said + len, sizeof(said) - len, "%s\n", text);
}

static const char source[] =
    "volatile int sink;\n"                                                        /* 1 */
    "static inline __attribute__((always_inline)) void inner(int n)\n"            /* 2 */
    "{\n"                                                                         /* 3 */
    "    sink += n;\n"                                                            /* 4 */
    "}\n"                                                                         /* 5 */
    "static inline __attribute__((always_inline)) void middle(int n)\n"           /* 6 */
    "{\n"                                                                         /* 7 */
    "    inner(n + 1);\n"                                                         /* 8 */
    "}\n"                                                                         /* 9 */
    "__attribute__((noinline)) void outer(int n)\n"                               /* 10 */
    "{\n"                                                                         /* 11 */
    "    middle(n * 3);\n"                                                        /* 12 */
    "}\n"                                                                         /* 13 */
    "int main(void) { outer(2); return 0; }\n";                                   /* 14 */

/* Compiles the source above into folder/prog; false without a compiler. */
static bool compile(const char *flags)
{
    char all[128];
    snprintf(all, sizeof(all), "-O2 %s", flags);
    return compile_text(source, all);
}

static uint64_t symbol_address(const char *name)
{
    char command[256], line[256];
    uint64_t address = 0;
    snprintf(command, sizeof(command), "nm %s/prog", folder);
    FILE *pipe = popen(command, "r");
    while (pipe && fgets(line, sizeof(line), pipe)) {
        char found[200];
        uint64_t value;
        if (sscanf(line, "%lx %*c %199s", &value, found) == 2 && !strcmp(found, name)) {
            address = value;
        }
    }
    if (pipe) {
        pclose(pipe);
    }
    return address;
}

static void open_prog(struct pp_module **module, unsigned flags)
{
    char path[128];
    struct pprof_error error = {0};
    snprintf(path, sizeof(path), "%s/prog", folder);
    ck_assert_msg(pp_module_open(path, flags, module, &error) == 0, "%s", error.detail);
}

/* The first address of outer() that lies in inner(), innermost frame first. */
static size_t find_inlined(struct pp_module *module, uint64_t start, const struct pp_frame **frames,
                           uint64_t *at)
{
    for (*at = start; *at < start + 64; ++*at) {
        size_t n = pp_module_frames(module, *at, frames);
        if (n == 3) {
            return n;
        }
    }
    return 0;
}

static void check_chain(const struct pp_frame *frames)
{
    ck_assert_str_eq(frames[0].name, "inner");
    ck_assert_str_eq(frames[1].name, "middle");
    ck_assert_str_eq(frames[2].name, "outer");
    ck_assert_int_eq(frames[0].line, 4);
    ck_assert_int_eq(frames[1].line, 8);
    ck_assert_int_eq(frames[2].line, 12);
    ck_assert_int_eq(frames[0].start_line, 2);
    ck_assert_int_eq(frames[1].start_line, 6);
    ck_assert_int_eq(frames[2].start_line, 10);
    for (int i = 0; i < 3; i++) {
        ck_assert_ptr_nonnull(strstr(frames[i].file, "/prog.c"));
    }
}

static const char *const builds[] = {
    "",                                  /* as the compiler likes it */
    "-gdwarf-4 -static-pie",
    "-gdwarf-5 -no-pie",
    "-gz",                               /* compressed sections */
    "-gdwarf-5 -gsplit-dwarf",           /* .dwo files */
};

START_TEST(test_inlined)
{
    if (!compile(builds[_i])) {
        printf("# skipped: cc %s does not work here\n", builds[_i]);
        return;
    }
    struct pp_module *module;
    const struct pp_frame *frames;
    uint64_t at;
    open_prog(&module, 0);
    ck_assert_msg(find_inlined(module, symbol_address("outer"), &frames, &at) == 3, "%s", builds[_i]);
    check_chain(frames);
    ck_assert(pp_module_has_lines(module));
    ck_assert_uint_eq(pp_module_frames(module, 0x10, &frames), 0);
    pp_module_close(module);
}
END_TEST

/* Debug data in another file, found by the link in the stripped one. */
START_TEST(test_debug_link)
{
    if (!compile("") || run("cd %s && objcopy --only-keep-debug prog prog.debug && strip prog && "
                            "objcopy --add-gnu-debuglink=prog.debug prog", folder)) {
        printf("# skipped: no cc or objcopy\n");
        return;
    }
    struct pp_module *module;
    const struct pp_frame *frames;
    uint64_t at, start = 0;
    open_prog(&module, 0);
    for (uint64_t a = 0x1000; a < 0x2000 && !start; a++) {
        start = pp_module_frames(module, a, &frames) == 3 ? a : 0;
    }
    ck_assert_uint_ne(start, 0);
    ck_assert_uint_eq(find_inlined(module, start, &frames, &at), 3);
    check_chain(frames);
    pp_module_close(module);
}
END_TEST

/* Without its .dwo file a program has lines; that it has no more is said. */
START_TEST(test_split_file_gone)
{
    if (!compile("-gdwarf-5 -gsplit-dwarf") || run("rm %s/*.dwo", folder)) {
        printf("# skipped: cc splits no debug information\n");
        return;
    }
    struct pp_module *module;
    const struct pp_frame *frames;
    open_prog(&module, 0);
    ck_assert_ptr_null(pp_module_bare(module));
    ck_assert_uint_eq(pp_module_frames(module, symbol_address("outer") + 2, &frames), 1);
    ck_assert_str_eq(frames[0].name, "outer");
    ck_assert_int_gt(frames[0].line, 0);
    ck_assert_ptr_nonnull(strstr(pp_module_bare(module), ".dwo"));
    pp_module_close(module);
}
END_TEST

START_TEST(test_without_libdw)
{
    if (!compile("")) {
        printf("# skipped: no cc\n");
        return;
    }
    struct pp_module *module;
    const struct pp_frame *frames;
    pp_libdw_use("");
    ck_assert(pp_libdw_missing());
    open_prog(&module, 0);
    uint64_t start = symbol_address("outer");
    ck_assert_uint_eq(pp_module_frames(module, start + 2, &frames), 1);
    ck_assert_str_eq(frames[0].name, "outer");
    ck_assert_int_eq(frames[0].line, 0);
    ck_assert(!pp_module_has_lines(module));
    pp_module_close(module);
    pp_libdw_use("/no/such/libdw.so.1");
    ck_assert(pp_libdw_missing());
}
END_TEST

/* --- against addr2line --------------------------------------------------------------------------- */

struct text_range {
    uint64_t start, size;
};

static struct text_range text_of_self(void)
{
    struct pp_elf elf;
    const unsigned char *data;
    size_t size = 0;
    ck_assert_int_eq(pp_elf_open("/proc/self/exe", &elf, NULL), 0);
    const Elf64_Shdr *text = pp_elf_section(&elf, ".text", &data, &size);
    ck_assert_ptr_nonnull(text);
    struct text_range range = {text->sh_addr, text->sh_size};
    pp_elf_close(&elf);
    return range;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* One address of addr2line's output: pairs of name and file:line until the next "0x". */
static size_t read_expected(FILE *pipe, char lines[][1024], size_t max)
{
    size_t n = 0;
    while (n < max && fgets(lines[n], 1024, pipe)) {
        lines[n][strcspn(lines[n], "\n")] = '\0';
        if (!strncmp(lines[n], "0x", 2)) {
            break;
        }
        char *more = strstr(lines[n], " (discriminator");
        if (more) {
            *more = '\0';
        }
        n++;
    }
    return n;
}

static bool same_frames(const struct pp_frame *frames, size_t count, char lines[][1024], size_t n)
{
    if (2 * count != n) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        char place[1024];
        snprintf(place, sizeof(place), "%s:%ld", base_name(frames[i].file), (long)frames[i].line);
        if (strcmp(lines[2 * i], frames[i].name) != 0 ||
            strcmp(base_name(lines[2 * i + 1]), place) != 0) {
            return false;
        }
    }
    return true;
}

START_TEST(test_against_addr2line)
{
    enum { PCS = 4000 };
    static char lines[64][1024];
    static uint64_t pcs[PCS];
    char command[256];
    if (run("command -v addr2line >/dev/null")) {
        printf("# skipped: no addr2line\n");
        return;
    }
    struct text_range text = text_of_self();
    snprintf(command, sizeof(command), "%s/pcs", folder);
    FILE *file = fopen(command, "w");
    srandom(7);
    for (int i = 0; i < PCS; i++) {
        pcs[i] = text.start + ((uint64_t)random() << 16 ^ (uint64_t)random()) % text.size;
        fprintf(file, "0x%lx\n", pcs[i]);
    }
    fclose(file);
    snprintf(command, sizeof(command), "addr2line -aif -e /proc/%d/exe <%s/pcs", getpid(), folder);
    FILE *pipe = popen(command, "r");
    struct pp_module *module;
    ck_assert_int_eq(pp_module_open("/proc/self/exe", 0, &module, NULL), 0);
    int compared = 0, same = 0;
    (void)read_expected(pipe, lines, 1);
    for (int i = 0; i < PCS; i++) {
        const struct pp_frame *frames;
        size_t n = read_expected(pipe, lines, 64);
        size_t count = pp_module_frames(module, pcs[i], &frames);
        bool known = n >= 2 && strcmp(lines[0], "??") != 0 && lines[1][0] != '?' &&
                     !strstr(lines[1], ":?") && !strstr(lines[n - 1], ":?");
        if (known) {
            compared++;
            same += same_frames(frames, count, lines, n);
        }
    }
    pclose(pipe);
    pp_module_close(module);
    printf("# %d of %d addresses like addr2line\n", same, compared);
    ck_assert_int_gt(compared, 500);
    /* addr2line names the padding between functions, and aliases, in its own way. */
    ck_assert_int_ge(same * 100, compared * 96);
}
END_TEST

/* --- whole profiles ------------------------------------------------------------------------------ */

static struct pprof_profile *profile_at(uint64_t address, const char *file, const char *build_id,
                                        const char *name)
{
    struct pp_build *build = pp_build_new(0);
    struct pprof_mapping mapping = {.start = 0, .limit = UINT64_MAX};
    struct pprof_profile *profile = NULL;
    struct pprof_error error = {0};
    mapping.filename = pp_build_cstr(build, file);
    mapping.build_id = pp_build_cstr(build, build_id);
    pp_build_sample_type(build, "samples", "count");
    uint32_t m = pp_build_mapping(build, &mapping);
    struct pprof_line line = {PPROF_NONE, 0, 0};
    if (name) {
        struct pprof_function function = {.name = pp_build_cstr(build, name)};
        function.system_name = function.name;
        line.function = pp_build_function(build, &function);
    }
    uint32_t location = pp_build_location(build, 0, address, m, &line, name ? 1 : 0, false);
    int64_t value = 1;
    pp_build_sample(build, &location, 1, &value, NULL, 0);
    ck_assert_msg(pp_build_finish(build, &profile, &error) == 0, "%s", error.detail);
    return profile;
}

static void symbolize(struct pprof_profile *profile, const char *mode)
{
    struct pp_symbolize_options options = {.mode = mode};
    struct pprof_error error = {0};
    ck_assert_msg(pp_symbolize_profile(profile, &options, keep, NULL, &error) == 0, "%s", error.detail);
    ck_assert_msg(pprof_profile_check(profile, &error) == 0, "%s", error.detail);
}

static const char *name_at(const struct pprof_profile *p, size_t line)
{
    const struct pprof_location *location = &p->locations[0];
    ck_assert_uint_lt(line, location->line_count);
    return p->strings[p->functions[p->lines[location->line_begin + line].function].name].ptr;
}

static bool inlined_place(char *path, size_t cap, uint64_t *at)
{
    struct pp_module *module;
    const struct pp_frame *frames;
    if (!compile("-Wl,--build-id=0xaabbccdd")) {
        printf("# skipped: no cc\n");
        return false;
    }
    snprintf(path, cap, "%s/prog", folder);
    open_prog(&module, 0);
    ck_assert_uint_eq(find_inlined(module, symbol_address("outer"), &frames, at), 3);
    pp_module_close(module);
    return true;
}

/* A served profile has names and no lines; the local binary adds the rest. */
START_TEST(test_profile)
{
    char path[128];
    uint64_t at;
    if (!inlined_place(path, sizeof(path), &at)) {
        return;
    }
    struct pprof_profile *profile = profile_at(at, path, "aabbccdd", "outer");
    symbolize(profile, "none");
    ck_assert_uint_eq(profile->locations[0].line_count, 1);
    symbolize(profile, "");
    ck_assert_uint_eq(profile->locations[0].line_count, 3);
    ck_assert_str_eq(name_at(profile, 0), "inner");
    ck_assert_str_eq(name_at(profile, 2), "outer");
    ck_assert(profile->mappings[0].has_functions && profile->mappings[0].has_inline_frames);
    ck_assert_str_eq(said, "");
    pprof_profile_free(profile);
}
END_TEST

START_TEST(test_profile_messages)
{
    char path[128];
    uint64_t at;
    if (!inlined_place(path, sizeof(path), &at)) {
        return;
    }
    struct pprof_profile *profile = profile_at(at, path, "00112233", NULL);
    symbolize(profile, "local");
    ck_assert_str_eq(said, "Local symbolization failed for prog (build ID 00112233): build ID mismatch\n");
    ck_assert_uint_eq(profile->locations[0].line_count, 0);
    pprof_profile_free(profile);
    said[0] = '\0';
    profile = profile_at(at, "/no/such/file", "", NULL);
    symbolize(profile, "local");
    ck_assert_str_eq(said, "Local symbolization failed for file: stat /no/such/file: no such file or directory\n"
                           "Some binary filenames not available. Symbolization may be incomplete.\n"
                           "Try setting PPROF_BINARY_PATH to the search path for local binaries.\n");
    said[0] = '\0';
    symbolize(profile, "locale");
    ck_assert_ptr_nonnull(strstr(said, "ignoring unrecognized symbolization option: locale\n"));
    pprof_profile_free(profile);
    profile = profile_at(at, "[vdso]", "", "_ZN1a1bEi");
    said[0] = '\0';
    symbolize(profile, "");
    ck_assert_str_eq(said, "");
    ck_assert_str_eq(name_at(profile, 0), "a::b");
    symbolize(profile, "demangle=full");
    ck_assert_str_eq(name_at(profile, 0), "a::b(int)");
    symbolize(profile, "demangle=none");
    ck_assert_str_eq(name_at(profile, 0), "_ZN1a1bEi");
    pprof_profile_free(profile);
}
END_TEST

/* A stripped file: the address stays, and one line says what would name it. */
START_TEST(test_stripped)
{
    char path[128];
    uint64_t at;
    if (!inlined_place(path, sizeof(path), &at) || run("strip -s %s", path)) {
        printf("# skipped: no strip\n");
        return;
    }
    struct pprof_profile *profile = profile_at(at, path, "aabbccdd", NULL);
    symbolize(profile, "local");
    ck_assert_uint_eq(profile->locations[0].line_count, 0);
    ck_assert_str_eq(said, "prog: 1 of 1 addresses have no name; its debug file (build ID aabbccdd), "
                           "or a server in DEBUGINFOD_URLS, would name them\n");
    pprof_profile_free(profile);
}
END_TEST

/* PPROF_BINARY_PATH: by build id first, then by name, never another build. */
START_TEST(test_binary_path)
{
    char path[128], wanted[160];
    uint64_t at;
    struct pprof_error error = {0};
    if (!inlined_place(path, sizeof(path), &at)) {
        return;
    }
    ck_assert_int_eq(run("cd %s && mkdir -p lib/aabbccdd lib/other && cp prog lib/aabbccdd/server && "
                         "cp prog lib/prog", folder), 0);
    snprintf(wanted, sizeof(wanted), "%s/lib", folder);
    setenv("PPROF_BINARY_PATH", wanted, 1);
    struct pprof_profile *profile = profile_at(at, "/opt/server", "aabbccdd", NULL);
    ck_assert_int_eq(pp_locate_binaries(profile, NULL, NULL, keep, NULL, &error), 0);
    snprintf(wanted, sizeof(wanted), "%s/lib/aabbccdd/server", folder);
    ck_assert_str_eq(profile->strings[profile->mappings[0].filename].ptr, wanted);
    symbolize(profile, "");
    ck_assert_str_eq(name_at(profile, 0), "inner");
    pprof_profile_free(profile);
    profile = profile_at(at, "/opt/prog", "99999999", NULL);
    ck_assert_int_eq(pp_locate_binaries(profile, NULL, "ignored", keep, NULL, &error), 0);
    ck_assert_str_eq(profile->strings[profile->mappings[0].filename].ptr, "/opt/prog");
    ck_assert_ptr_nonnull(strstr(said, "lib/prog: build-id mismatch (99999999 != aabbccdd)\n"));
    ck_assert_int_eq(pp_locate_binaries(profile, path, NULL, keep, NULL, &error), 0);
    ck_assert_str_eq(profile->strings[profile->mappings[0].filename].ptr, path);
    pprof_profile_free(profile);
}
END_TEST

/* --- intervals ----------------------------------------------------------------------------------- */

START_TEST(test_spans)
{
    struct pp_arena arena;
    struct pp_spans spans = {0};
    pp_arena_init(&arena, 0);
    ck_assert_ptr_null(pp_spans_find(&spans, 5));
    static const uint64_t intervals[][2] = {{10, 100}, {20, 50}, {30, 40}, {60, 70}, {35, 35}, {200, 210}};
    for (uint32_t i = 0; i < 6; i++) {
        ck_assert_int_eq(pp_spans_add(&spans, &arena, intervals[i][0], intervals[i][1], i, i), 0);
    }
    pp_spans_sort(&spans);
    for (uint64_t at = 0; at < 220; at++) {
        int wanted = -1;
        for (int i = 0; i < 6; i++) {
            wanted = at >= intervals[i][0] && at < intervals[i][1] ? i : wanted;
        }
        const struct pp_span *found = pp_spans_find(&spans, at);
        ck_assert_int_eq(found ? (int)found->owner : -1, wanted);
    }
    pp_arena_release(&arena);
}
END_TEST

static Suite *suite(void)
{
    Suite *made = suite_create("symbolize");
    TCase *tcase = tcase_create("frames");
    tcase_add_checked_fixture(tcase, set_up, remove_folder);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, test_inlined, 0, (int)(sizeof(builds) / sizeof(builds[0])));
    tcase_add_test(tcase, test_debug_link);
    tcase_add_test(tcase, test_split_file_gone);
    tcase_add_test(tcase, test_without_libdw);
    tcase_add_test(tcase, test_against_addr2line);
    tcase_add_test(tcase, test_profile);
    tcase_add_test(tcase, test_profile_messages);
    tcase_add_test(tcase, test_stripped);
    tcase_add_test(tcase, test_binary_path);
    tcase_add_test(tcase, test_spans);
    suite_add_tcase(made, tcase);
    return made;
}

#include "check_main.h"
