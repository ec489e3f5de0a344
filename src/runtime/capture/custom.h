/* Custom profiles: named sets of open things, each with the stack that opened it.
 *
 *   profiles[64] -> values: open addressing by pointer, one reserved range each, capped
 *
 * Invariants
 *  - a profile lives until the process ends; its row in the kind table never moves.
 *  - the values of a profile are guarded by a raw futex lock of its own (rank: leaf; only table
 *    code runs while it is held), so that no lock of the program is ever taken.
 *  - what does not fit is refused and counted.
 */
#ifndef PP_CAPTURE_CUSTOM_H
#define PP_CAPTURE_CUSTOM_H

#include "runtime/capture/kind.h"

/* The kinds of the custom profiles that exist now, at most cap, in order of creation. Any thread,
 * not in a handler. */
size_t pp_custom_kinds(const struct pp_kind **kinds, size_t cap);

struct pp_custom_stats {
    uint64_t profiles, values, lost, bytes_reserved;
};
void pp_custom_stats(struct pp_custom_stats *stats);

/* Around fork: before it every table is locked, so that the child copies none half changed; after
 * it, in parent and child, all are open again. */
void pp_custom_before_fork(void);
void pp_custom_after_fork(void);

#endif
