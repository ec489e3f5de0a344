/* The weights of edges, where nothing else about them will be needed: 16 bytes an edge, in a hash
 * table without pointers, at most 7/8 full.
 *
 * Steps are collected and met in batches, so that the slots of many of them, which lie all over a
 * large memory, are on their way to the cache at the same time.
 *
 * Invariants: an edge counts once a sample (steps of a sample, which have its stamp, come one after
 * the other; the edges among them are in `seen`), and of its calls there only the first tells
 * whether it was inlined; nodes are below 2^31; stamps are never 0; `failed` sticks. One thread at
 * a time.
 */
#ifndef PP_REPORT_GRAPH_WEIGHTS_H
#define PP_REPORT_GRAPH_WEIGHTS_H

#include "tool/report/graph.h"

struct pp_edge_weight {
    uint32_t src, dst : 31;  /* equal: a free slot */
    uint32_t is_called : 1; /* not inlined in some sample */
    int64_t weight;
};

struct pp_edge_step {
    uint32_t src, dst, hash, stamp;
    int64_t value;
    bool is_called;
};

struct pp_edge_seen {
    uint32_t src, dst, stamp; /* another stamp: a free slot */
};

enum { PP_EDGE_BATCH = 64 };

struct pp_edge_weights {
    struct pp_arena memory;
    struct pp_edge_weight *slots;
    size_t slot_count, mask, used; /* mask: slot_count - 1, or 0 */
    struct pp_arena seen_memory;
    struct pp_edge_seen *seen; /* the edges of the sample at hand, by hash */
    size_t seen_count, seen_used;
    uint32_t seen_stamp;
    bool failed;
    size_t step_count;
    struct pp_edge_step steps[PP_EDGE_BATCH];
};

/* All zero is an empty table. */
void pp_edge_weights_release(struct pp_edge_weights *weights);

/* Meets the steps collected; needed before anyone looks at the slots. */
void pp_edge_weights_meet(struct pp_edge_weights *weights);

/* Adds what another table has. */
void pp_edge_weights_join(struct pp_edge_weights *weights, const struct pp_edge_weights *from);

static inline uint32_t pp_edge_hash(uint32_t src, uint32_t dst)
{
    return (uint32_t)pp_hash_u64((uint64_t)src << 32 | dst);
}

/* Collects a step. */
static inline void pp_edge_weights_add(struct pp_edge_weights *w, struct pp_edge_step step)
{
    __builtin_prefetch(&w->slots[step.hash & w->mask], 1);
    w->steps[w->step_count++] = step;
    if (w->step_count == PP_EDGE_BATCH) {
        pp_edge_weights_meet(w);
    }
}

#endif
