/* What the program's allocator says of itself, by its own interface: glibc's mallinfo2, jemalloc's
 * mallctl, tcmalloc's properties, mimalloc's process info. Found by name, never linked.
 *
 * These calls take the allocator's locks for a moment, and glibc's walks its free lists: for pages
 * that somebody asked for, not for a clock. Not in a handler or a hook.
 */
#ifndef PP_CAPTURE_ALLOCATOR_H
#define PP_CAPTURE_ALLOCATOR_H

#include <stdint.h>

struct pp_allocator {
    const char *name;    /* "glibc", "jemalloc", "tcmalloc", "mimalloc"; "" when it tells nothing */
    uint64_t in_use;     /* in blocks of the program, with what rounding adds; 0: not told */
    uint64_t free_bytes; /* in free lists and caches, held from the system */
    uint64_t overhead;   /* its own tables */
    uint64_t held;       /* from the system in all; pages may not be resident */
    uint64_t released;   /* address space kept, pages given back */
    uint64_t trimmable;  /* glibc: at the end of the heap, what malloc_trim would give back */
};

/* Asks whoever serves malloc. */
void pp_allocator_ask(struct pp_allocator *allocator);

#endif
