/* ELF files: this test's own, and bytes that nobody should trust. */
#include "elf/elf_file.h"
#include "elf/symindex.h"

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

START_TEST(opens_itself)
{
    struct pp_elf elf;
    const unsigned char *data;
    size_t size;
    ck_assert_int_eq(pp_elf_open("/proc/self/exe", &elf, NULL), 0);
    ck_assert_uint_gt(elf.segment_count, 2);
    ck_assert_uint_gt(elf.section_count, 10);
    ck_assert_ptr_nonnull(pp_elf_section(&elf, ".text", &data, &size));
    ck_assert_ptr_nonnull(data);
    ck_assert_uint_gt(size, 100);
    ck_assert_ptr_nonnull(pp_elf_section(&elf, ".bss", &data, &size));
    ck_assert_ptr_null(data);
    ck_assert_ptr_null(pp_elf_section(&elf, ".tex", &data, &size));
    pp_elf_close(&elf);
    ck_assert_ptr_null(elf.header);
}
END_TEST

static void check_open_error(const char *path, int code, const char *words)
{
    struct pprof_error error = { 0 };
    struct pp_elf elf = { .section_count = 77 };
    ck_assert_int_eq(pp_elf_open(path, &elf, &error), code);
    ck_assert_int_eq(error.code, code);
    ck_assert_ptr_nonnull(strstr(error.detail, path));
    ck_assert_ptr_nonnull(strstr(error.detail, words));
    ck_assert_uint_eq(elf.section_count, 77); /* untouched */
}

START_TEST(refuses_with_reasons)
{
    check_open_error("/nonexistent/file", PPROF_ERR_SYSTEM, "No such file");
    check_open_error("/", PPROF_ERR_SYSTEM, "directory");
    check_open_error("/etc/passwd", PPROF_ERR_FORMAT, "not an ELF file");
}
END_TEST

static struct pp_elf made; /* an image with a header and segments, and nothing else */
static _Alignas(16) unsigned char image[4096];

static void make(uint16_t type, const Elf64_Phdr *segments, size_t count)
{
    Elf64_Ehdr header = { .e_type = type, .e_machine = EM_X86_64, .e_phoff = sizeof(header),
                          .e_phentsize = sizeof(Elf64_Phdr), .e_phnum = (Elf64_Half)count };
    memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    memset(image, 0, sizeof(image));
    memcpy(image, &header, sizeof(header));
    if (count) {
        memcpy(image + sizeof(header), segments, count * sizeof(*segments));
    }
    ck_assert_int_eq(pp_elf_from_memory(image, sizeof(image), &made, NULL), 0);
}

static Elf64_Phdr load(unsigned flags, uint64_t offset, uint64_t vaddr, uint64_t size)
{
    return (Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = flags, .p_offset = offset,
                         .p_vaddr = vaddr, .p_filesz = size, .p_memsz = size };
}

static void check_base(uint64_t start, uint64_t limit, uint64_t offset, uint64_t want)
{
    uint64_t base = 1;
    ck_assert_int_eq(pp_elf_base(&made, start, limit, offset, &base, NULL), 0);
    ck_assert_uint_eq(base, want);
}

START_TEST(bases)
{
    const Elf64_Phdr fixed[] = { load(PF_R | PF_X, 0, 0x400000, 0x2000) };
    uint64_t base = 5;
    make(ET_EXEC, fixed, 1);
    check_base(0x400000, 0x402000, 0, 0);
    check_base(0, 0, 0, 0);
    check_base(0, UINT64_MAX, 0, 0);
    make(ET_EXEC, NULL, 0);
    check_base(0x400000, 0x402000, 0, 0);
    make(ET_DYN, NULL, 0);
    check_base(0x7f0000001000, 0x7f0000002000, 0x1000, 0x7f0000000000);
    make(ET_REL, NULL, 0);
    check_base(0x2000000, 0x3000000, 0, 0x2000000);
    ck_assert_int_eq(pp_elf_base(&made, 0x2000000, 0x3000000, 1, &base, NULL),
                     PPROF_ERR_UNSUPPORTED);
    ck_assert_int_eq(pp_elf_base(&made, 2, 1, 0, &base, NULL), PPROF_ERR_INVALID);
    make(ET_CORE, NULL, 0);
    ck_assert_int_eq(pp_elf_base(&made, 0x1000, 0x2000, 0, &base, NULL), PPROF_ERR_UNSUPPORTED);
    ck_assert_uint_eq(base, 5);
}
END_TEST

START_TEST(bases_of_shared_objects)
{
    /* As lld lays out: addresses ahead of offsets, text and read-only data sharing a page of the
     * file. */
    const Elf64_Phdr parts[] = {
        load(PF_R, 0, 0, 0x5a4),
        load(PF_R | PF_X, 0x5b0, 0x15b0, 0x200),
        load(PF_R | PF_W, 0x7b0, 0x27b0, 0x100),
    };
    uint64_t base = 5;
    make(ET_DYN, parts, 3);
    check_base(0x7f0000001000, 0x7f0000002000, 0, 0x7f0000000000);
    const Elf64_Phdr plain[] = {
        load(PF_R, 0, 0, 0x1000),
        load(PF_R | PF_X, 0x1000, 0x1000, 0x3000),
        load(PF_R, 0x4000, 0x4000, 0x1000),
    };
    make(ET_DYN, plain, 3);
    check_base(0x7f0000001000, 0x7f0000004000, 0x1000, 0x7f0000000000);
    check_base(0x7f0000002000, 0x7f0000004000, 0x2000, 0x7f0000000000);
    ck_assert_int_eq(pp_elf_base(&made, 0x1000, 0x2000, 0x900000, &base, NULL),
                     PPROF_ERR_NOTFOUND);
    ck_assert_uint_eq(base, 5);
}
END_TEST

static Elf64_Phdr emptied(unsigned flags, uint64_t vaddr, uint64_t size)
{
    Elf64_Phdr ph = load(flags, 0, vaddr, size);
    ph.p_filesz = 0;
    return ph;
}

/* objcopy --only-keep-debug leaves segments without bytes and offsets. */
START_TEST(bases_of_debug_files)
{
    Elf64_Phdr parts[] = {
        load(PF_R, 0, 0, 0x300),
        emptied(PF_R | PF_X, 0x2010, 0x1789),
        emptied(PF_R, 0x4000, 0x800),
    };
    uint64_t base = 5;
    make(ET_DYN, parts, 3);
    check_base(0x7f0000002000, 0x7f0000004000, 0x2000, 0x7f0000000000);
    check_base(0x7f0000002000, 0x7f0000004000, 0x1000, 0x7f0000000000);
    ck_assert_int_eq(pp_elf_base(&made, 0x7f0000002000, 0x7f0000003000, 0x2000, &base, NULL),
                     PPROF_ERR_NOTFOUND); /* a part of it: which one, nobody knows */
    parts[2] = emptied(PF_R | PF_X, 0x4000, 0x1800);
    make(ET_DYN, parts, 3);
    ck_assert_int_eq(pp_elf_base(&made, 0x7f0000002000, 0x7f0000004000, 0x2000, &base, NULL),
                     PPROF_ERR_NOTFOUND);
    ck_assert_uint_eq(base, 5);
}
END_TEST

static size_t id_of_notes(const unsigned char *notes, size_t size, unsigned char *id)
{
    Elf64_Phdr segment = { .p_type = PT_NOTE, .p_offset = 512, .p_filesz = size, .p_align = 4 };
    make(ET_DYN, &segment, 1);
    memcpy(image + 512, notes, size);
    return pp_elf_build_id(&made, id);
}

START_TEST(build_ids)
{
    static const unsigned char good[] = { 4, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 'G', 'N', 'U', 0,
                                          9, 9, 0, 0, 4, 0, 0, 0, 3, 0, 0, 0, 3, 0, 0, 0,
                                          'G', 'N', 'U', 0, 0xab, 0x01, 0xff };
    unsigned char bytes[sizeof(good)];
    unsigned char id[PP_BUILD_ID_MAX];
    char hex[2 * PP_BUILD_ID_MAX + 1];
    ck_assert_uint_eq(id_of_notes(good, sizeof(good), id), 3);
    pp_build_id_hex(id, 3, hex);
    ck_assert_str_eq(hex, "ab01ff");
    for (size_t cut = 0; cut < sizeof(good); cut++) {
        ck_assert_uint_eq(id_of_notes(good, cut, id), 0);
    }
    for (size_t at = 0; at < 12; at++) {
        memcpy(bytes, good, sizeof(good));
        bytes[at] = 0xff;
        ck_assert_uint_le(id_of_notes(bytes, sizeof(bytes), id), PP_BUILD_ID_MAX);
    }
    memcpy(bytes, good, sizeof(good));
    bytes[24] = 200; /* longer than the file's notes */
    ck_assert_uint_eq(id_of_notes(bytes, sizeof(bytes), id), 0);
}
END_TEST

/* Every way in, over whatever the bytes say. */
static void use_everything(const unsigned char *bytes, size_t size)
{
    struct pp_elf elf;
    struct pp_arena arena;
    struct pp_symindex *index;
    const unsigned char *data;
    unsigned char id[PP_BUILD_ID_MAX];
    uint64_t base;
    struct pp_symbol symbol;
    if (pp_elf_from_memory(bytes, size, &elf, NULL) != 0) {
        return;
    }
    if (pp_elf_section(&elf, ".text", &data, &size) && data && size) {
        ck_assert_uint_le(data[0] + data[size - 1], 510);
    }
    pp_elf_build_id(&elf, id);
    if (pp_elf_base(&elf, 0x1000, 0x3000, 0x1000, &base, NULL) != 0) {
        base = 0;
    }
    pp_arena_init(&arena, 1 << 24);
    if (pp_symindex_new(&arena, &elf, &index, NULL) == 0) {
        for (size_t i = 0; i < pp_symindex_count(index); i++) {
            pp_symindex_at(index, i, &symbol);
            ck_assert_uint_gt(strlen(symbol.name), 0);
        }
        pp_symindex_find(index, base, &symbol);
    }
    pp_arena_release(&arena);
}

/* A small real file to damage. */
static unsigned char *read_sample(size_t *size)
{
    static const char *const paths[] = { "/usr/lib/x86_64-linux-gnu/libdl.so.2",
                                         "/usr/lib/aarch64-linux-gnu/libdl.so.2", "/bin/true",
                                         "/proc/self/exe" };
    struct pp_sys_file file;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        if (pp_sys_file_map(paths[i], &file) == 0) {
            unsigned char *copy = aligned_alloc(16, (file.size + 15) & ~(size_t)15);
            memcpy(copy, file.data, file.size);
            *size = file.size;
            pp_sys_file_unmap(&file);
            return copy;
        }
    }
    ck_abort_msg("no ELF file to be had");
    return NULL;
}

/* The bytes end at an unmapped page, so that reading past them is a fault. */
static unsigned char *guarded(const unsigned char *bytes, size_t size, size_t *mapped)
{
    size_t page = pp_sys_page_size();
    *mapped = (size + 15 + page - 1) & ~(page - 1);
    unsigned char *area = pp_sys_map(*mapped + page);
    ck_assert_ptr_nonnull(area);
    pp_sys_unmap(area + *mapped, page);
    unsigned char *at = area + *mapped - ((size + 7) & ~(size_t)7);
    memcpy(at, bytes, size);
    return at;
}

START_TEST(truncated)
{
    size_t size;
    size_t mapped;
    unsigned char *sample = read_sample(&size);
    for (size_t cut = 0; cut < size; cut += cut < 256 ? 8 : size / 150 & ~(size_t)7) {
        unsigned char *at = guarded(sample, cut, &mapped);
        use_everything(at, cut);
        uintptr_t end = (uintptr_t)at + ((cut + 7) & ~(size_t)7);
        pp_sys_unmap((void *)(end - mapped), mapped);
    }
    free(sample);
}
END_TEST

START_TEST(flipped)
{
    size_t size;
    unsigned char *sample = read_sample(&size);
    struct pp_elf elf;
    uint64_t x = 88172645463325252u;
    ck_assert_int_eq(pp_elf_from_memory(sample, size, &elf, NULL), 0);
    size_t tables = (size_t)elf.header->e_shoff;
    for (int round = 0; round < 6000; round++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        /* Headers, section headers, or anywhere. */
        size_t area = round % 3 == 0 ? 64 : round % 3 == 1 ? size - tables : size;
        size_t at = (round % 3 == 1 ? tables : 0) + (size_t)(x >> 20) % area;
        unsigned char old = sample[at];
        sample[at] = (unsigned char)(round & 8 ? 0xff : old ^ 1u << (x & 7));
        use_everything(sample, size);
        sample[at] = old;
    }
    free(sample);
}
END_TEST

static Suite *suite(void)
{
    Suite *made = suite_create("elf_file");
    TCase *cases = tcase_create("elf");
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, opens_itself);
    tcase_add_test(cases, refuses_with_reasons);
    tcase_add_test(cases, bases);
    tcase_add_test(cases, bases_of_shared_objects);
    tcase_add_test(cases, bases_of_debug_files);
    tcase_add_test(cases, build_ids);
    tcase_add_test(cases, truncated);
    tcase_add_test(cases, flipped);
    suite_add_tcase(made, cases);
    return made;
}

#include "check_main.h"
