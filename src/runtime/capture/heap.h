/* Heap sampling: from the malloc family's hooks to counters per (stack, size class).
 *
 *   malloc hook -> countdown -> [slow] real call, walk, intern -> buckets, live set
 *   free hook   -> filter byte -> [hit] live set -> bucket counters -> real call
 *
 * Invariants
 *  - the program's allocator keeps every block: we note addresses, we never move or pad a block.
 *  - an address leaves the live set before its block is freed for real and enters after it was
 *    allocated, so an address in the set is always a live block.
 *  - each sample carries tcmalloc's weight W = T + (k - f) (docs/sampling.md of google/tcmalloc):
 *    values are unbiased as stored, nobody rescales them.
 *  - a block that realloc leaves where it is, within its room, is the same block of another size:
 *    its sample stands for as many objects as before.
 *  - tables are reserved once, capped, lock-free; what does not fit is counted in stats.
 */
#ifndef PP_CAPTURE_HEAP_H
#define PP_CAPTURE_HEAP_H

#include <stddef.h>
#include <stdint.h>

/* Reserves the tables and finds out who owns malloc; once, from the constructor. */
int pp_heap_init(void);

/* The sampling rate in bytes (0 off); set returns the old one. Any thread. */
size_t pp_heap_rate_get(void);
size_t pp_heap_rate_set(size_t bytes);

/* Sampling was switched on just now (pp_enabled): the calling thread's next allocation counts.
 * Others notice within a MiB each. */
void pp_heap_resume(void);

/* Who serves malloc, for the index page, heap?debug=1 and stderr: a sentence of our own words,
 * such as "malloc is glibc's; every module's calls are seen" or "PROGRAM brings its own malloc: its
 * allocations cannot be seen". `blind` is set when the profile would be empty for that reason. */
const char *pp_heap_owner(int *blind);

struct pp_heap_stats {
    uint64_t samples, frees, live, live_cap, buckets, bucket_cap;
    uint64_t lost_live, lost_buckets, bytes_reserved;
};
void pp_heap_stats(struct pp_heap_stats *stats);

/* Blocks are freed unseen from now on: none counts as in use any more. Any thread. */
void pp_heap_forget(void);

/* In the child after fork: what was counted is forgotten, sampling goes on as `on` says. */
void pp_heap_after_fork(int on);

#endif
