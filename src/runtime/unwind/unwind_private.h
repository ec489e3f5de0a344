/* The walker: shared by walks of this thread's stack and of copies of others'. */
#ifndef PP_UNWIND_UNWIND_PRIVATE_H
#define PP_UNWIND_UNWIND_PRIVATE_H

#include "runtime/unwind/cfi.h"
#include "runtime/unwind/unwind.h"

struct pp_walk {
    struct pp_cfi_regs regs;
    struct pp_stack_view *view;
    bool is_exact;   /* regs.pc is an instruction's address, not a return address */
    bool is_partial; /* registers besides pc, sp and fp were not followed from the start */
    bool is_starved; /* and one of them was needed */
    bool is_own;     /* the calling thread's own stack, all registers known: trails hold */
    unsigned flags;
    uintptr_t *pcs;
    size_t count, max;
};

/* Registers as the walker keeps them; all known, or only pc and sp. Handler-safe. */
void pp_walk_init_sig(struct pp_walk *walk, const struct pp_regs *regs, bool all_known,
                      struct pp_stack_view *view, uintptr_t *pcs, size_t max);

/* Follows frames by interpreting .eh_frame itself until something ends it. Handler-safe. */
void pp_walk_run_sig(struct pp_walk *walk);

/* Follows frames by compiled rows, pc, sp and fp only. True when the walk has ended; false when the
 * interpreter is to go on from where it stands. Handler-safe. */
bool pp_walk_rows_sig(struct pp_walk *walk);

/* A whole walk: rows as far as they go, then the interpreter, from the start again when it needs a
 * register that rows do not follow. Writes pcs, returns how many. Handler-safe if the view is. */
size_t pp_walk_sig(const struct pp_regs *regs, bool all_known, struct pp_stack_view *view,
                   uintptr_t *pcs, size_t max, unsigned *flags);

/* One frame up, by the rules of .eh_frame alone. Nothing changes unless it is PP_CFI_OK. */
enum pp_cfi_result pp_walk_by_rules_sig(struct pp_walk *walk);

/* Where rules end: the caller by frame pointer or by the word on top of the stack. */
bool pp_walk_guess_sig(struct pp_walk *walk);

/* Whether something may return there: behind a call, or from a signal handler. Handler-safe. */
bool pp_walk_is_return_sig(uintptr_t pc);

/* Counts the walk for pp_unwind_stats. */
void pp_walk_count_sig(unsigned flags);
void pp_unwind_count_rows(int64_t bytes);

#endif
