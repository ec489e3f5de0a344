/* Arena: bump allocation straight from mmap, freed all at once.
 *
 *   chunk: [ header | used ............ | free ]  ->  next older chunk
 *
 * Never calls malloc, so it serves both wings: the tool, and a stranger's process. Chunks double
 * from 64 KiB to 16 MiB; a larger request gets a chunk of its own.
 *
 * Invariants
 *  - memory is zeroed and 16-byte aligned; pointers stay valid until pp_arena_release.
 *  - `total_bytes` counts mapped bytes and never exceeds `cap_bytes` (0: no cap).
 *  - one thread at a time; not for signal handlers.
 */
#ifndef PP_BASE_ARENA_H
#define PP_BASE_ARENA_H

#include <stddef.h>

struct pp_arena_chunk;

struct pp_arena {
    struct pp_arena_chunk *head;
    size_t total_bytes;
    size_t cap_bytes;
};

/* Makes an empty arena; maps nothing yet. cap_bytes 0 means no cap. */
void pp_arena_init(struct pp_arena *arena, size_t cap_bytes);

/* Unmaps everything; the arena is then as after init, with the same cap. */
void pp_arena_release(struct pp_arena *arena);

/* Chunks of so many bytes and more are filled with huge pages (4 MiB at first). Less is for a
 * program of our own, which takes some more memory for time. Before any other thread starts. */
void pp_arena_huge_from(size_t bytes);

/* Zeroed memory, or NULL when the cap or the machine says no. size 0 gives a valid pointer. */
void *pp_arena_alloc(struct pp_arena *arena, size_t size)
    __attribute__((malloc, warn_unused_result));

/* As pp_arena_alloc for count * size bytes; NULL when the product overflows. */
void *pp_arena_array(struct pp_arena *arena, size_t count, size_t size)
    __attribute__((malloc, warn_unused_result));

/* Grows old_size bytes at ptr to new_size; in place when ptr was the newest allocation, else by
 * copying (the old block stays until release). ptr NULL with old_size 0 allocates. */
void *pp_arena_grow(struct pp_arena *arena, void *ptr, size_t old_size, size_t new_size)
    __attribute__((warn_unused_result));

/* A copy of len bytes with a NUL behind them. */
char *pp_arena_strndup(struct pp_arena *arena, const char *text, size_t len)
    __attribute__((malloc, warn_unused_result));

/* Makes room for one more element in a growing array: *items points to *cap elements of elem_size
 * of which count are used. 0, or PPROF_ERR_NOMEM with nothing changed. */
int pp_arena_reserve(struct pp_arena *arena, void *items, size_t *cap, size_t count,
                     size_t elem_size) __attribute__((warn_unused_result));

#endif
