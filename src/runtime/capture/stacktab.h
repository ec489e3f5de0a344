/* Interned stacks: every sample of every kind stores a small id instead of frames.
 *
 *   slots (hash, open addressing, CAS) -> id -> words: [ count | flags | label set | pc pc pc ... ]
 *
 * Invariants
 *  - lock-free and append-only: an id, once returned, means the same stack until the process ends.
 *  - reserved once, capped (64 MiB, or what there is room for); when full, interning returns
 *    PP_STACK_FULL, which is a real id whose stack is empty, and the loss is counted.
 *  - handler-safe throughout.
 */
#ifndef PP_CAPTURE_STACKTAB_H
#define PP_CAPTURE_STACKTAB_H

#include <stddef.h>
#include <stdint.h>

typedef uint32_t pp_stack_id;
enum { PP_STACK_FULL = 0, PP_STACK_NONE = UINT32_MAX };

struct pp_stack {
    const uintptr_t *pcs; /* leaf first: pcs[0] exact or a return address as the interner says */
    size_t count;
    unsigned flags;       /* PP_UNWIND_* */
    uint32_t label_set;   /* 0: none; see label.h */
};

/* Reserves the memory; once. 0 or PPROF_ERR_NOMEM. */
int pp_stacktab_init(void) __attribute__((warn_unused_result));

/* The id of this stack with these flags and labels. Of more than PP_STACK_DEPTH_MAX frames the
 * outermost are left out, and the flags then say PP_UNWIND_CUT. */
pp_stack_id pp_stack_intern_sig(const uintptr_t *pcs, size_t count, unsigned flags,
                                uint32_t label_set);

/* What an id stands for; count 0 for PP_STACK_FULL and PP_STACK_NONE. */
struct pp_stack pp_stack_get_sig(pp_stack_id id);

struct pp_stacktab_stats {
    uint64_t stacks, bytes_used, bytes_cap, lost;
};
void pp_stacktab_stats(struct pp_stacktab_stats *stats);

#endif
