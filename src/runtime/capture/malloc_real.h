/* The allocator behind our hooks: whatever the program would have called without us.
 *
 *   hook -> jump through pp_real.NAME -> glibc, or a linked or preloaded allocator (RTLD_NEXT)
 *
 * Invariants
 *  - every pointer of pp_real but the last is callable at any time: until resolved it leads to a
 *    function that resolves all and goes on. Resolving twice at once is harmless, the result is the
 *    same.
 *  - calls made by the thread that is resolving (dlsym may allocate) are served from a small static
 *    arena. Its blocks pass the filter for ever, so free and realloc recognise them on their slow
 *    paths, and no block is ever given to an allocator it did not come from.
 *  - malloc_usable_size has no hook: programs that call it for each block (redis: ten times a
 *    request) would pay for what changes nothing. The blocks of the arena are the loader's, which
 *    asks for no block's size.
 *  - a block's room is asked for only of the file whose realloc it is: what another allocator
 *    takes for the size of a block that is not its own may be anything, a crash as well.
 */
#ifndef PP_CAPTURE_MALLOC_REAL_H
#define PP_CAPTURE_MALLOC_REAL_H

#include "base/atomic.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pp_real_malloc {
    void *(*malloc)(size_t);
    void (*free)(void *);
    void *(*calloc)(size_t, size_t);
    void *(*realloc)(void *, size_t);
    void *(*memalign)(size_t, size_t);
    void *(*aligned_alloc)(size_t, size_t);
    int (*posix_memalign)(void **, size_t, size_t);
    void *(*valloc)(size_t);
    void *(*pvalloc)(size_t);
    size_t (*usable_size)(void *); /* NULL: nobody says */
};

extern struct pp_real_malloc pp_real __attribute__((visibility("hidden")));

/* Finds the allocator now rather than at the first call. Any thread. */
void pp_malloc_resolve(void);

/* Finds out who tells how large a block is; once, from pp_heap_init. */
void pp_malloc_find_room(void);

/* How many bytes the block may hold where it is, at least what it was allocated with; 0 when the
 * allocator does not say. Not for blocks of the bootstrap arena. */
static inline size_t pp_malloc_room(void *block)
{
    size_t (*usable_size)(void *) = pp_load_relaxed(&pp_real.usable_size);
    return usable_size ? usable_size(block) : 0;
}

/* The file of the allocator behind us ("" when it is part of no known file), and whether it is
 * glibc's. Not in a handler. */
const char *pp_malloc_real_path(bool *is_glibc);

/* Blocks of the bootstrap arena. */
enum { PP_MALLOC_BOOT_BYTES = 64 << 10 };
extern unsigned char pp_malloc_boot[PP_MALLOC_BOOT_BYTES] __attribute__((visibility("hidden")));
static inline bool pp_malloc_is_bootstrap(const void *block)
{
    return (uintptr_t)block - (uintptr_t)pp_malloc_boot < PP_MALLOC_BOOT_BYTES;
}
size_t pp_malloc_bootstrap_size(const void *block);

/* True when a call of the global symbol malloc, as any module makes it, arrives in our hook. */
bool pp_malloc_reaches_us(void);

/* Set by the hook when it runs while pp_malloc_reaches_us asks. */
extern __thread bool pp_malloc_probe
    __attribute__((tls_model("initial-exec"), visibility("hidden")));

#endif
