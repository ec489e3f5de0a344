/* Names of a module whose file is gone or was replaced: its dynamic symbols are still in memory.
 *
 *   PT_DYNAMIC -> DT_SYMTAB, DT_STRTAB, DT_STRSZ; their number from DT_HASH or DT_GNU_HASH
 *
 * They are copied by the kernel (the module may be unloaded meanwhile) into an image with just
 * enough of an ELF file around them for elf/symindex. */
#include "runtime/unwind/module_private.h"

#include "base/sys.h"

#include <string.h>

enum { DYNAMIC_MAX = 256, STRINGS_MAX_BYTES = 64 << 20, SYMBOLS_MAX = 1 << 20 };

struct dynamic {
    uint64_t symbols, strings, strings_size, hash, gnu_hash;
};

struct layout {
    Elf64_Ehdr header;
    Elf64_Shdr sections[4]; /* none, .dynsym, .dynstr, .shstrtab */
    char names[32];
};

static bool fetch(void *to, uint64_t from, size_t len)
{
    return pp_sys_copy_safe(to, (const void *)from, len) == (ssize_t)len;
}

/* The loader writes real addresses into the dynamic section, except where it cannot write. */
static uint64_t real_address(const struct pp_module *module, uint64_t value)
{
    return value < module->bias ? value + module->bias : value;
}

static bool read_dynamic(const struct pp_module *module, struct dynamic *found)
{
    *found = (struct dynamic){ .symbols = 0 };
    for (size_t i = 0; module->dynamic && i < DYNAMIC_MAX; i++) {
        Elf64_Dyn dyn;
        if (!fetch(&dyn, module->dynamic + i * sizeof(dyn), sizeof(dyn)) || dyn.d_tag == DT_NULL) {
            break;
        }
        uint64_t address = real_address(module, dyn.d_un.d_ptr);
        found->symbols = dyn.d_tag == DT_SYMTAB ? address : found->symbols;
        found->strings = dyn.d_tag == DT_STRTAB ? address : found->strings;
        found->strings_size = dyn.d_tag == DT_STRSZ ? dyn.d_un.d_val : found->strings_size;
        found->hash = dyn.d_tag == DT_HASH ? address : found->hash;
        found->gnu_hash = dyn.d_tag == DT_GNU_HASH ? address : found->gnu_hash;
    }
    return found->symbols && found->strings && found->strings_size &&
           found->strings_size <= STRINGS_MAX_BYTES;
}

/* Chains hold the symbols in order; the last one of the highest bucket is the last of all. */
static uint32_t count_gnu(uint64_t table)
{
    uint32_t head[4]; /* buckets, first symbol, filter words, shift */
    uint32_t highest = 0;
    uint32_t word;
    if (!fetch(head, table, sizeof(head)) || head[0] > SYMBOLS_MAX || head[2] > SYMBOLS_MAX) {
        return 0;
    }
    uint64_t buckets = table + sizeof(head) + 8ull * head[2];
    uint64_t chains = buckets + 4ull * head[0];
    for (uint32_t i = 0; i < head[0]; i++) {
        if (!fetch(&word, buckets + 4ull * i, sizeof(word))) {
            return 0;
        }
        highest = word > highest ? word : highest;
    }
    for (; highest >= head[1] && highest < SYMBOLS_MAX; highest++) {
        if (!fetch(&word, chains + 4ull * (highest - head[1]), sizeof(word))) {
            return 0;
        }
        if (word & 1) {
            return highest + 1;
        }
    }
    return 0;
}

static uint32_t count_symbols(const struct dynamic *dynamic)
{
    uint32_t head[2]; /* buckets, chains: one chain a symbol */
    if (dynamic->gnu_hash) {
        return count_gnu(dynamic->gnu_hash);
    }
    if (!dynamic->hash || !fetch(head, dynamic->hash, sizeof(head)) || head[1] > SYMBOLS_MAX) {
        return 0;
    }
    return head[1];
}

static void fill_layout(struct layout *l, size_t symbols_bytes, size_t strings_bytes)
{
    static const char names[] = "\0.dynsym\0.dynstr";
    memcpy(l->names, names, sizeof(names));
    memcpy(l->header.e_ident, ELFMAG, SELFMAG);
    l->header.e_ident[EI_CLASS] = ELFCLASS64;
    l->header.e_ident[EI_DATA] = ELFDATA2LSB;
    l->header.e_type = ET_DYN;
    l->header.e_shoff = offsetof(struct layout, sections);
    l->header.e_shentsize = sizeof(Elf64_Shdr);
    l->header.e_shnum = 4;
    l->header.e_shstrndx = 3;
    l->sections[1] = (Elf64_Shdr){ .sh_name = 1, .sh_type = SHT_DYNSYM,
                                   .sh_offset = sizeof(*l), .sh_size = symbols_bytes };
    l->sections[2] = (Elf64_Shdr){ .sh_name = 9, .sh_type = SHT_STRTAB,
                                   .sh_offset = sizeof(*l) + symbols_bytes,
                                   .sh_size = strings_bytes };
    l->sections[3] = (Elf64_Shdr){ .sh_type = SHT_STRTAB,
                                   .sh_offset = offsetof(struct layout, names),
                                   .sh_size = sizeof(l->names) };
}

int pp_module_image(const struct pp_module *module, struct pp_arena *arena, struct pp_elf *elf)
{
    struct dynamic dynamic;
    if (!read_dynamic(module, &dynamic)) {
        return PPROF_ERR_NOTFOUND;
    }
    size_t symbols_bytes = count_symbols(&dynamic) * sizeof(Elf64_Sym);
    size_t strings_bytes = (size_t)dynamic.strings_size;
    size_t size = sizeof(struct layout) + symbols_bytes + strings_bytes;
    unsigned char *image = symbols_bytes ? pp_arena_alloc(arena, size) : NULL;
    if (!image) {
        return PPROF_ERR_NOTFOUND;
    }
    fill_layout((struct layout *)image, symbols_bytes, strings_bytes);
    unsigned char *at = image + sizeof(struct layout);
    if (!fetch(at, dynamic.symbols, symbols_bytes) ||
        !fetch(at + symbols_bytes, dynamic.strings, strings_bytes)) {
        return PPROF_ERR_NOTFOUND;
    }
    return pp_elf_from_memory(image, size, elf, NULL);
}
