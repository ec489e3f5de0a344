/* An ELF file (or image) read without libelf: sections, segments, build id, debug link.
 *
 * Hostile until parsed: every offset and size is checked against the file; nothing is trusted
 * twice. Little-endian 64-bit ELF only (x86-64, aarch64). Never calls malloc. A pp_elf may be read
 * by many threads once opened.
 */
#ifndef PP_ELF_ELF_FILE_H
#define PP_ELF_ELF_FILE_H

#include "base/sys.h"
#include "pprof/error.h"

#include <elf.h>

enum { PP_BUILD_ID_MAX = 64 }; /* bytes; GNU ids have 20 */

struct pp_elf {
    struct pp_sys_file file; /* owned when opened by path */
    const Elf64_Ehdr *header;
    const Elf64_Phdr *segments;
    size_t segment_count;
    const Elf64_Shdr *sections; /* NULL when stripped of them */
    size_t section_count;
};

/* Opens and checks a file. Errors name the path and what is wrong: PPROF_ERR_SYSTEM (cannot be
 * read), PPROF_ERR_FORMAT (not ELF, or malformed), PPROF_ERR_UNSUPPORTED (32-bit, big-endian). */
int pp_elf_open(const char *path, struct pp_elf *elf, struct pprof_error *error)
    __attribute__((warn_unused_result));
/* The same over bytes that stay the caller's. */
int pp_elf_from_memory(const void *data, size_t size, struct pp_elf *elf, struct pprof_error *error)
    __attribute__((warn_unused_result));
void pp_elf_close(struct pp_elf *elf);

/* The section of that name with its bytes inside the file, or NULL. *data may be NULL for
 * NOBITS. */
const Elf64_Shdr *pp_elf_section(const struct pp_elf *elf, const char *name,
                                 const unsigned char **data, size_t *size);

/* Writes the GNU build id to id (at most PP_BUILD_ID_MAX bytes) and returns its length; 0: none. */
size_t pp_elf_build_id(const struct pp_elf *elf, unsigned char *id);

/* The same from notes that are in no file, as /sys/kernel/notes; they are padded to 8 bytes where
 * align says so, else to 4. */
size_t pp_notes_build_id(const unsigned char *notes, size_t len, uint64_t align, unsigned char *id);

/* The lower-case hex form, NUL-terminated; hex has room for 2 * PP_BUILD_ID_MAX + 1. */
void pp_build_id_hex(const unsigned char *id, size_t len, char *hex);

/* What to subtract from a runtime address to get the file's virtual address, when the file is
 * mapped at [start, limit) from the given offset; google/pprof's elfexec.GetBase for user space
 * ET_EXEC, ET_DYN and ET_REL, and for debug files kept apart, which it has nothing for.
 * PPROF_ERR_NOTFOUND when no segment fits. */
int pp_elf_base(const struct pp_elf *elf, uint64_t start, uint64_t limit, uint64_t offset,
                uint64_t *base, struct pprof_error *error) __attribute__((warn_unused_result));

#endif
