/* Function names of one ELF file: .symtab and .dynsym sorted by address, looked up by bisection.
 *
 *   entries: { address u64, size u32, name offset u32 }  sorted, one for each address
 *
 * The names stay in the mapped file; only the entries cost memory (16 bytes a symbol, from the
 * arena). 0.1 us a lookup; libdw's own lookup scans, 0.7 ms. Of several symbols at one address
 * the one with a size and the shortest list of leading underscores wins (global before weak before
 * local), so that `read` is preferred to `__read` and `__GI___libc_read`.
 */
#ifndef PP_ELF_SYMINDEX_H
#define PP_ELF_SYMINDEX_H

#include "base/arena.h"
#include "elf/elf_file.h"

/* Names with as many bytes are none: a hostile table of strings may be a single one, to whose end
 * each symbol's would be read. */
enum { PP_SYMBOL_NAME_MAX = 16384 };

struct pp_symbol {
    const char *name;  /* mangled as in the file; lives as long as the elf */
    uint64_t address;  /* file virtual address of the function's entry */
    uint64_t size;     /* bytes; when the file gives none, up to the next symbol */
};

struct pp_symindex; /* memory of the arena given to pp_symindex_new */

/* Builds the index over an open elf, which must stay open as long as the index is used. Only
 * function symbols count. PPROF_ERR_NOTFOUND when the file has no function symbols. */
int pp_symindex_new(struct pp_arena *arena, const struct pp_elf *elf, struct pp_symindex **index,
                    struct pprof_error *error) __attribute__((warn_unused_result));

/* The function that holds the file virtual address. False when none does. Any thread. */
bool pp_symindex_find(const struct pp_symindex *index, uint64_t address, struct pp_symbol *symbol);

/* Number of entries, and entry i in address order. */
size_t pp_symindex_count(const struct pp_symindex *index);
void pp_symindex_at(const struct pp_symindex *index, size_t i, struct pp_symbol *symbol);

#endif
