/* Sums by key: how often, and how much in all. For profiles whose record is a stack and two
 * numbers (block, mutex, exceptions, threadcreate, wall).
 *
 *   key (stack id, or stack id and label set)  ->  { count, amount }     open addressing, CAS
 *
 * Invariants
 *  - lock-free and append-only until cleared; sums only grow.
 *  - reserved once, capped; what finds no place is summed in `rest` and so never lost.
 *  - handler-safe but for init and clear.
 */
#ifndef PP_CAPTURE_SUMTAB_H
#define PP_CAPTURE_SUMTAB_H

#include "base/atomic.h"
#include "runtime/capture/stacktab.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pp_sum {
    uint64_t key; /* 0: nobody's */
    uint64_t count, amount;
};

struct pp_sumtab {
    struct pp_sum *sums; /* mask + 1 of them; NULL until reserved */
    size_t mask;
    struct pp_sum rest;
    uint64_t used;
};

/* Reserves room for about `keys` keys (a power of two), or for fewer where there is little address
 * space. 0 or PPROF_ERR_NOMEM. A table that is not reserved counts into `rest`. */
int pp_sumtab_init(struct pp_sumtab *table, size_t keys) __attribute__((warn_unused_result));

/* The key of a stack, with 32 bits more. */
static inline uint64_t pp_sum_key(pp_stack_id stack, uint32_t more)
{
    return ((uint64_t)more << 32 | stack) + 1;
}
static inline pp_stack_id pp_sum_stack(const struct pp_sum *sum)
{
    return (pp_stack_id)(pp_load_relaxed(&sum->key) - 1);
}
static inline uint32_t pp_sum_more(const struct pp_sum *sum)
{
    return (uint32_t)((pp_load_relaxed(&sum->key) - 1) >> 32);
}

void pp_sumtab_add_sig(struct pp_sumtab *table, uint64_t key, uint64_t count, uint64_t amount);

/* The next sum at or behind *at, which starts at 0; the sum of what found no place comes last.
 * False when there is none; sums of nothing are left out. */
bool pp_sumtab_next(const struct pp_sumtab *table, size_t *at, struct pp_sum *sum);

/* Forgets everything. Only while nobody else counts, or where a lost count does no harm. */
void pp_sumtab_clear(struct pp_sumtab *table);

#endif
