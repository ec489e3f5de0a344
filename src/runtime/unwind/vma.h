/* The kernel's list of this process's memory, /proc/self/maps or smaps, read in pieces: any number
 * of lines in 26 KiB of an arena, since a stack may be small. Not in a handler. */
#ifndef PP_UNWIND_VMA_H
#define PP_UNWIND_VMA_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pp_vma {
    uintptr_t start, limit;
    bool readable, writable, executable, shared;
    uint64_t inode;
    const char *name; /* file, "[heap]", "[stack]", "[anon:..]", or "": valid during the visit */
    uint64_t rss, swap; /* bytes; 0 from maps, as the next */
    uint64_t anonymous; /* the part of rss that no file has */
};

/* Calls visit for each until it returns non-zero, which is returned; 0 at the end, or a negative
 * errno value when the list cannot be read. `detailed` reads smaps, some 5 us a mapping. */
int pp_vma_each(struct pp_arena *arena, bool detailed,
                int (*visit)(void *ctx, const struct pp_vma *vma), void *ctx);

#endif
