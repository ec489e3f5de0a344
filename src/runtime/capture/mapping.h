/* Live mappings by the caller of mmap and mremap.
 *
 *   mmap -> slot { start, limit, stack, born }
 *   munmap, MAP_FIXED, mremap -> slots cut to what stays
 *   request -> slots against /proc/self/maps -> records: bytes and count by stack
 *
 * Seen is what passes through the public names: calls that libc and the loader make inside are not,
 * and what the allocator maps by those names (jemalloc, mimalloc) is left out of the profile, since
 * it is the heap's.
 *
 * Invariants
 *  - a slot is HELD by one thread while it is cut; others wait for it a bounded time, then let go
 *    and count it: nobody is ever stuck, also not a handler above the holder.
 *  - a mapping is noted after the kernel made it and cut before the kernel takes it away, except
 *    for MAP_FIXED, where no other thread can come between.
 *  - capped; what does not fit is counted.
 */
#ifndef PP_CAPTURE_MAPPING_H
#define PP_CAPTURE_MAPPING_H

#include "runtime/capture/stacktab.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum pp_mapping_kind { PP_MAPPING_ANONYMOUS, PP_MAPPING_FILE, PP_MAPPING_SHARED };

struct pp_mapping {
    uintptr_t start, limit;
    pp_stack_id stack;
    uint32_t born;     /* of age.h */
    uint32_t sequence; /* later ones are higher */
    uint32_t kind;
};

/* Reserves the table, and takes over what was noted before; always 0, as pp_fd_init. The stacks'
 * table is there already. */
int pp_mapping_init(void);

/* [start, start + bytes) was mapped by the caller of our hook, whose return address is `caller`.
 * Handler-safe. */
void pp_mapping_note_sig(uintptr_t start, size_t bytes, enum pp_mapping_kind kind,
                         const void *caller);

/* The same with everything known but the sequence. Handler-safe. */
void pp_mapping_restore_sig(const struct pp_mapping *mapping);

/* Cuts the range out of what is known; *first (may be NULL) is the first record that held some of
 * it, cut to the range. False when nothing was known. Handler-safe. */
bool pp_mapping_cut_sig(uintptr_t start, size_t bytes, struct pp_mapping *first);

/* Copies the table, at most cap; how many there are. */
size_t pp_mapping_list(struct pp_mapping *mappings, size_t cap);

struct pp_mapping_stats {
    uint64_t live, cap, noted, lost, contended, bytes_reserved;
    bool off;
};
void pp_mapping_stats(struct pp_mapping_stats *stats);

/* The allocator behind our hooks, NULL when it is libc's; and whether the mapping's stack begins in
 * it. Finding out takes some microseconds: once for a request. */
struct pp_module;
const struct pp_module *pp_mapping_allocator(void);
bool pp_mapping_is_of(const struct pp_mapping *mapping, const struct pp_module *allocator);

#endif
