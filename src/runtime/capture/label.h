/* Label sets: interned, immutable lists of (key, value) pairs. A set is a small id; 0 is the empty
 * set. Sorted by key, one value for each key. Capped; when full, pushes keep the old set, counted.
 *
 * Handler-safe: pp_label_current_sig, pp_label_set_get_sig. Others: any thread, not in handlers.
 */
#ifndef PP_CAPTURE_LABEL_H
#define PP_CAPTURE_LABEL_H

#include "pprof/pprof.h"

struct pp_label_set {
    const struct pprof_label_pair *pairs; /* texts live for ever */
    size_t count;
};

/* The pushes that are still to be popped, of a thread or of a task that runs on one. Whoever switches
 * tasks sets pp_self.label_set and pp_self.label_nest. */
enum { PP_LABEL_DEPTH_MAX = 16 };
struct pp_label_nest {
    uint32_t depth;
    uint32_t saved[PP_LABEL_DEPTH_MAX];
};

/* The label set of the calling thread. */
uint32_t pp_label_current_sig(void);

/* What an id stands for. */
struct pp_label_set pp_label_set_get_sig(uint32_t id);

/* The set `base` with pairs laid over it; base itself when the table is full (*full says so). */
uint32_t pp_label_set_extend(uint32_t base, const struct pprof_label_pair *pairs, size_t count,
                             bool *full);

struct pp_label_stats {
    uint64_t sets, set_cap, bytes_used, bytes_cap, lost;
};
void pp_label_stats(struct pp_label_stats *stats);

/* In the child after fork: the table's lock is open. */
void pp_label_after_fork(void);

#endif
