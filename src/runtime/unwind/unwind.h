/* Walking stacks, of this thread, of an interrupted context, and of another blocked thread.
 *
 * Rules come from .eh_frame, compiled outside of handlers into rows that are bisected inside; frame
 * pointers where a module has no rules; perf's /tmp/perf-PID.map is for the reader's names only.
 *
 * Invariants
 *  - nothing here allocates, locks, changes errno or trusts a stack address: memory is read inside
 *    the known bounds, or probed page by page, or copied by the kernel.
 *  - pcs[0] is the exact pc; the others are return addresses (look up name and line at pc - 1,
 *    except above a signal frame).
 */
#ifndef PP_UNWIND_UNWIND_H
#define PP_UNWIND_UNWIND_H

#include "runtime/unwind/regs.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PP_STACK_DEPTH_MAX = 128 }; /* as Go 1.27 */

enum {
    PP_UNWIND_COMPLETE = 1,  /* reached the outermost frame (main's or the thread's start) */
    PP_UNWIND_CUT = 2,       /* more frames than fit */
    PP_UNWIND_LOST = 4,      /* no rule, or unreadable memory: callers are missing */
    PP_UNWIND_GUESSED = 8,   /* some register was unknown and a frame pointer was used instead */
};

struct pp_stack_bounds {
    uintptr_t low, high; /* readable stack of the thread; 0, 0 when not known */
};

/* Walks from regs on the calling thread's own memory. Writes at most max pcs, returns how many
 * (at least 1 when max > 0), and how it ended in *flags. Handler-safe. */
size_t pp_unwind_sig(const struct pp_regs *regs, struct pp_stack_bounds bounds, uintptr_t *pcs,
                     size_t max, unsigned *flags);

/* The same for the stack of another thread of this process that is blocked: its memory is first
 * copied by the kernel (never faults, even if the thread ends meanwhile). known_mask says which
 * registers besides pc and sp are valid: bit 0 all callee-saved, else none. Not in a handler. */
enum { PP_REGS_CALLEE_SAVED = 1 };
size_t pp_unwind_remote(const struct pp_regs *regs, unsigned known_mask,
                        struct pp_stack_bounds bounds, uintptr_t *pcs, size_t max,
                        unsigned *flags);

/* The same where a part of that stack has been copied already: [low, high) lies at bytes. */
struct pp_stack_copy {
    uintptr_t low, high;
    const unsigned char *bytes;
};
size_t pp_unwind_copied(const struct pp_stack_copy *copy, const struct pp_regs *regs,
                        unsigned known_mask, struct pp_stack_bounds bounds, uintptr_t *pcs,
                        size_t max, unsigned *flags);

/* The function called by the instruction before a return address, where the instruction itself says
 * so (a direct call within one module, not of a stub); else 0. Handler-safe. */
uintptr_t pp_unwind_callee_sig(uintptr_t to);

/* Totals since start, for the page about ourselves. */
struct pp_unwind_stats {
    uint64_t walks, lost, cut, guessed, rows_bytes;
};
void pp_unwind_stats(struct pp_unwind_stats *stats);

#endif
