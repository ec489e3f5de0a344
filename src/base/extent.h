/* Ranges of addresses that may overlap, laid flat: each address belongs to the one of highest rank.
 *
 *      rank 1   aaaaaaaaaaaaaaaaaa             from these
 *      rank 2       bbbb     cccccccc
 *               aaaabbbbaaaaacccccccc          these pieces
 *
 * Of equal rank the one that begins first has it. n log n, whatever overlaps with what.
 */
#ifndef PP_BASE_EXTENT_H
#define PP_BASE_EXTENT_H

#include "base/arena.h"

#include <stddef.h>
#include <stdint.h>

struct pp_extent {
    uintptr_t start, limit;
    uint64_t rank;
    uint32_t what; /* the caller's */
};

/* Replaces *extents by the pieces, at most twice as many, in the order of their addresses; an empty
 * one has none. 0, or PPROF_ERR_NOMEM. */
int pp_extents_flatten(struct pp_arena *arena, struct pp_extent **extents, size_t *count)
    __attribute__((warn_unused_result));

#endif
