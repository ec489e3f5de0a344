/* ELF files, checked once at the door: after pp_elf_open the header, segment and section tables lie
 * inside the file; contents of sections are checked when asked for. */
#include "elf/elf_file.h"

#include "base/err.h"

#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "elf_file reads little-endian files in place"
#endif

/* Whether [offset, offset + size) lies inside the file and starts at a multiple of align. */
static const unsigned char *bytes_at(const struct pp_elf *elf, uint64_t offset, uint64_t size,
                                     size_t align)
{
    if (offset > elf->file.size || size > elf->file.size - offset) {
        return NULL;
    }
    const unsigned char *at = elf->file.data + offset;
    return (uintptr_t)at % align == 0 ? at : NULL;
}

static int bad(struct pprof_error *error, const char *name, const char *what)
{
    return pp_err_set(error, PPROF_ERR_FORMAT, "%s: %s", name, what);
}

static int check_ident(const struct pp_elf *elf, const char *name, struct pprof_error *error)
{
    const unsigned char *ident = elf->file.data;
    if (elf->file.size < EI_NIDENT || memcmp(ident, ELFMAG, SELFMAG) != 0) {
        return bad(error, name, "not an ELF file");
    }
    if (ident[EI_CLASS] != ELFCLASS64 || ident[EI_DATA] != ELFDATA2LSB) {
        return pp_err_set(error, PPROF_ERR_UNSUPPORTED,
                          "%s: only 64-bit little-endian ELF files can be read", name);
    }
    if (!bytes_at(elf, 0, sizeof(Elf64_Ehdr), _Alignof(Elf64_Ehdr))) {
        return bad(error, name, "the ELF header is cut off");
    }
    return 0;
}

/* Counts that do not fit the header's 16 bits are in section 0. */
static uint64_t real_count(const struct pp_elf *elf, uint64_t count, uint64_t escape,
                           uint64_t extended)
{
    return elf->section_count && count == escape ? extended : count;
}

static int read_sections(struct pp_elf *elf, const char *name, struct pprof_error *error)
{
    const Elf64_Ehdr *h = elf->header;
    if (h->e_shoff == 0) {
        return 0;
    }
    const Elf64_Shdr *first = (const void *)bytes_at(elf, h->e_shoff, sizeof(*first),
                                                     _Alignof(Elf64_Shdr));
    if (!first || h->e_shentsize != sizeof(*first)) {
        return bad(error, name, "the section table lies outside of the file");
    }
    uint64_t count = h->e_shnum ? h->e_shnum : first->sh_size;
    if (count > elf->file.size / sizeof(*first) ||
        !bytes_at(elf, h->e_shoff, count * sizeof(*first), _Alignof(Elf64_Shdr))) {
        return bad(error, name, "the section table is cut off");
    }
    elf->sections = first;
    elf->section_count = (size_t)count;
    return 0;
}

static int read_segments(struct pp_elf *elf, const char *name, struct pprof_error *error)
{
    const Elf64_Ehdr *h = elf->header;
    uint64_t extended = elf->section_count ? elf->sections[0].sh_info : 0;
    uint64_t count = real_count(elf, h->e_phnum, PN_XNUM, extended);
    if (h->e_phoff == 0 || count == 0) {
        return 0;
    }
    if (h->e_phentsize != sizeof(Elf64_Phdr) || count > elf->file.size / sizeof(Elf64_Phdr)) {
        return bad(error, name, "the segment table is malformed");
    }
    elf->segments = (const void *)bytes_at(elf, h->e_phoff, count * sizeof(Elf64_Phdr),
                                           _Alignof(Elf64_Phdr));
    if (!elf->segments) {
        return bad(error, name, "the segment table lies outside of the file");
    }
    elf->segment_count = (size_t)count;
    return 0;
}

static int parse(struct pp_elf *elf, const char *name, struct pprof_error *error)
{
    int result = check_ident(elf, name, error);
    if (result != 0) {
        return result;
    }
    elf->header = (const void *)elf->file.data;
    result = read_sections(elf, name, error);
    return result != 0 ? result : read_segments(elf, name, error);
}

int pp_elf_open(const char *path, struct pp_elf *elf, struct pprof_error *error)
{
    struct pp_elf opened = { .header = NULL };
    int failed = pp_sys_file_map(path, &opened.file);
    if (failed != 0) {
        return pp_err_errno(error, PPROF_ERR_SYSTEM, -failed, "cannot read %s", path);
    }
    int result = parse(&opened, path, error);
    if (result != 0) {
        pp_sys_file_unmap(&opened.file);
        return result;
    }
    *elf = opened;
    return 0;
}

int pp_elf_from_memory(const void *data, size_t size, struct pp_elf *elf,
                       struct pprof_error *error)
{
    struct pp_elf opened = { .file = { data, size } };
    if ((uintptr_t)data % _Alignof(Elf64_Ehdr) != 0) {
        return pp_err_set(error, PPROF_ERR_INVALID, "ELF bytes must be aligned to 8");
    }
    int result = parse(&opened, "ELF image", error);
    if (result == 0) {
        *elf = opened;
    }
    return result;
}

void pp_elf_close(struct pp_elf *elf)
{
    pp_sys_file_unmap(&elf->file);
    *elf = (struct pp_elf){ .header = NULL };
}

/* --- sections --- */

static const char *section_names(const struct pp_elf *elf, size_t *size)
{
    size_t index = elf->header->e_shstrndx;
    if (index == SHN_XINDEX && elf->section_count) {
        index = elf->sections[0].sh_link;
    }
    if (index >= elf->section_count || elf->sections[index].sh_type == SHT_NOBITS) {
        return NULL;
    }
    const Elf64_Shdr *sh = &elf->sections[index];
    *size = (size_t)sh->sh_size;
    return (const char *)bytes_at(elf, sh->sh_offset, sh->sh_size, 1);
}

static bool is_named(const char *names, size_t size, uint32_t offset, const char *name)
{
    size_t len = strlen(name) + 1;
    return offset < size && len <= size - offset && memcmp(names + offset, name, len) == 0;
}

static bool section_bytes(const struct pp_elf *elf, const Elf64_Shdr *sh,
                          const unsigned char **data, size_t *size)
{
    const unsigned char *at = NULL;
    if (sh->sh_type != SHT_NOBITS) {
        at = bytes_at(elf, sh->sh_offset, sh->sh_size, 1);
        if (!at) {
            return false;
        }
    }
    *data = at;
    *size = (size_t)sh->sh_size;
    return true;
}

const Elf64_Shdr *pp_elf_section(const struct pp_elf *elf, const char *name,
                                 const unsigned char **data, size_t *size)
{
    size_t names_size = 0;
    const char *names = section_names(elf, &names_size);
    for (size_t i = 0; names && i < elf->section_count; i++) {
        const Elf64_Shdr *sh = &elf->sections[i];
        if (is_named(names, names_size, sh->sh_name, name)) {
            return section_bytes(elf, sh, data, size) ? sh : NULL;
        }
    }
    return NULL;
}

/* --- build ids --- */

/* Pads to the note's alignment; saturates, so that a hostile size stays larger than the file. */
static size_t padded(uint32_t size, size_t align)
{
    return ((size_t)size + align - 1) & ~(align - 1);
}

/* A run of notes { name size, size, type, name, bytes }. */
size_t pp_notes_build_id(const unsigned char *at, size_t left, uint64_t align, unsigned char *id)
{
    size_t pad = align == 8 ? 8 : 4;
    Elf64_Nhdr note;
    while (left >= sizeof(note)) {
        memcpy(&note, at, sizeof(note));
        size_t name = padded(note.n_namesz, pad);
        size_t desc_at = sizeof(note) + name;
        if (desc_at > left || note.n_descsz > left - desc_at) {
            return 0;
        }
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
            memcmp(at + sizeof(note), "GNU", 4) == 0 && note.n_descsz <= PP_BUILD_ID_MAX) {
            memcpy(id, at + desc_at, note.n_descsz);
            return note.n_descsz;
        }
        size_t size = desc_at + padded(note.n_descsz, pad);
        size = size > left ? left : size;
        at += size;
        left -= size;
    }
    return 0;
}

/* The same for a part of the file. *left: how many bytes may still be looked at. */
static size_t find_id_at(const struct pp_elf *elf, uint64_t offset, uint64_t size, uint64_t align,
                         size_t *left, unsigned char *id)
{
    const unsigned char *at = bytes_at(elf, offset, size, 1);
    if (!at || size > *left) {
        return 0;
    }
    *left -= (size_t)size;
    return pp_notes_build_id(at, (size_t)size, align, id);
}

size_t pp_elf_build_id(const struct pp_elf *elf, unsigned char *id)
{
    /* Notes are parts of a segment and of a section, but all of these may claim the whole file. */
    size_t len = 0, left = elf->file.size > SIZE_MAX / 4 ? SIZE_MAX : 4 * elf->file.size;
    for (size_t i = 0; i < elf->segment_count && !len; i++) {
        const Elf64_Phdr *ph = &elf->segments[i];
        if (ph->p_type == PT_NOTE) {
            len = find_id_at(elf, ph->p_offset, ph->p_filesz, ph->p_align, &left, id);
        }
    }
    for (size_t i = 0; i < elf->section_count && !len; i++) {
        const Elf64_Shdr *sh = &elf->sections[i];
        if (sh->sh_type == SHT_NOTE) {
            len = find_id_at(elf, sh->sh_offset, sh->sh_size, sh->sh_addralign, &left, id);
        }
    }
    return len;
}

void pp_build_id_hex(const unsigned char *id, size_t len, char *hex)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        *hex++ = digits[id[i] >> 4];
        *hex++ = digits[id[i] & 15];
    }
    *hex = '\0';
}

/* --- addresses --- */

static bool is_text(const Elf64_Phdr *ph)
{
    return ph->p_type == PT_LOAD && (ph->p_flags & PF_X);
}

/* Could a mapping of size bytes from a file offset be of this segment? The kernel maps whole pages,
 * so a mapping may begin before the segment and end behind it, by less than a page each. */
static bool could_map(const Elf64_Phdr *ph, uint64_t offset, uint64_t size)
{
    const uint64_t page = 4096;
    uint64_t slack = ph->p_vaddr & (page - 1);
    uint64_t first = ph->p_offset > slack ? ph->p_offset - slack : 0;
    uint64_t end;
    uint64_t map_end;
    if (ph->p_type != PT_LOAD || ph->p_filesz == 0 ||
        __builtin_add_overflow(ph->p_offset, ph->p_memsz, &end) ||
        __builtin_add_overflow(offset, size, &map_end)) {
        return false;
    }
    if (offset >= end || ph->p_offset >= map_end || offset < first) {
        return false;
    }
    /* Only the tail of the segment's last page, and a page or more behind it: another's mapping. */
    bool is_tail = offset > ph->p_offset && end - offset < page;
    return !(is_tail && map_end > end && map_end - end >= page);
}

/* The loadable segment that was mapped: the executable one where several share the pages. */
static const Elf64_Phdr *find_mapped(const struct pp_elf *elf, uint64_t offset, uint64_t size)
{
    const Elf64_Phdr *best = NULL;
    for (size_t i = 0; i < elf->segment_count; i++) {
        const Elf64_Phdr *ph = &elf->segments[i];
        if (could_map(ph, offset, size) && (!best || (is_text(ph) && !is_text(best)))) {
            best = ph;
        }
    }
    return best;
}

/* A debug file kept apart has its program's segments without the bytes and so without their
 * offsets: code that is mapped as long as its only segment of code is that segment. */
static const Elf64_Phdr *find_emptied(const struct pp_elf *elf, uint64_t size)
{
    const uint64_t page = 4096;
    const Elf64_Phdr *text = NULL;
    for (size_t i = 0; i < elf->segment_count; i++) {
        const Elf64_Phdr *ph = &elf->segments[i];
        if (is_text(ph) && (text || ph->p_filesz || !ph->p_memsz)) {
            return NULL;
        }
        text = is_text(ph) ? ph : text;
    }
    if (!text) {
        return NULL;
    }
    uint64_t pages = ((text->p_vaddr & (page - 1)) + text->p_memsz - 1) / page + 1;
    return size && (size - 1) / page + 1 == pages ? text : NULL;
}

/* Base of a file that has segments, or that lost them. */
static int loaded_base(const struct pp_elf *elf, uint64_t start, uint64_t limit, uint64_t offset,
                       uint64_t *base, struct pprof_error *error)
{
    if (elf->segment_count == 0) {
        *base = elf->header->e_type == ET_EXEC ? 0 : start - offset;
        return 0;
    }
    const Elf64_Phdr *ph = find_mapped(elf, offset, limit - start);
    const Elf64_Phdr *emptied = ph ? NULL : find_emptied(elf, limit - start);
    if (emptied) {
        *base = start - (emptied->p_vaddr & ~(uint64_t)4095);
        return 0;
    }
    if (!ph) {
        return pp_err_set(error, PPROF_ERR_NOTFOUND,
                          "no segment of the file is mapped from offset 0x%llx",
                          (unsigned long long)offset);
    }
    *base = start - offset + ph->p_offset - ph->p_vaddr;
    return 0;
}

int pp_elf_base(const struct pp_elf *elf, uint64_t start, uint64_t limit, uint64_t offset,
                uint64_t *base, struct pprof_error *error)
{
    /* A mapping of everything: the addresses are the file's already. */
    if (start == 0 && offset == 0 && (limit == 0 || limit == UINT64_MAX)) {
        *base = 0;
        return 0;
    }
    if (limit < start) {
        return pp_err_set(error, PPROF_ERR_INVALID, "the mapping ends before it starts");
    }
    switch (elf->header->e_type) {
    case ET_EXEC:
    case ET_DYN:
        return loaded_base(elf, start, limit, offset, base, error);
    case ET_REL:
        if (offset != 0) {
            return pp_err_set(error, PPROF_ERR_UNSUPPORTED,
                              "an object file mapped from an offset has no base");
        }
        *base = start;
        return 0;
    default:
        return pp_err_set(error, PPROF_ERR_UNSUPPORTED, "ELF files of type %u have no base",
                          (unsigned)elf->header->e_type);
    }
}
