/* The block and mutex profiles: which waits are counted, and how much each stands for.
 *
 *   block   a wait ends -> rate -> the waiter's stack += events, nanoseconds
 *   mutex   an unlock with waiters -> 1 of fraction -> the unlocker's stack += events, waiting
 *
 * A wait of d >= rate counts as it is; a shorter one is kept with probability d / rate and then
 * counts as rate / d waits of `rate` ns in all: both sums are what they would be without sampling,
 * on average (docs/internals/locks.md). A contended unlock is kept with probability 1 / fraction
 * and counts fraction-fold.
 *
 * Invariants
 *  - nothing is done at all for a lock that is free, and nothing but two clock readings and a word
 *    in lock_queue.h for one that is not; stacks are taken when the lock is released.
 *  - sums are kept as written: a change of the rates takes effect at once and spoils nothing.
 */
#ifndef PP_CAPTURE_CONTENTION_H
#define PP_CAPTURE_CONTENTION_H

#include "runtime/capture/sumtab.h"
#include "runtime/capture/thread.h"

/* One bit for each pp_wait_reason whose waits are timed. */
extern uint32_t pp_wait_timed __attribute__((visibility("hidden")));

/* What was counted: keys are stacks, counts are in units of 1 / (1 << PP_EVENT_SHIFT). */
enum { PP_EVENT_SHIFT = 20 };
extern struct pp_sumtab pp_block_sums, pp_mutex_sums;

/* Reserves the tables and sets the rates of the beginning; once, from the constructor. */
int pp_contention_init(void);

/* The rates. Each returns what was before; a negative value only asks. */
int64_t pp_block_rate(int64_t ns);
int pp_mutex_fraction(int n);
/* Whether also sleeps, polls and blocking input and output are counted (they are not at first). */
bool pp_block_io(bool on);
bool pp_block_io_get(void);

/* ---- for the hooks; handler-safe ---- */

/* Whether a wait of so long is to be counted, and for how much (in the units of pp_block_sums). */
bool pp_block_weigh_sig(int64_t waited_ns, uint64_t *count, uint64_t *sum_ns);

/* Whether a contended unlock is to be counted, and for how many. */
bool pp_mutex_weigh_sig(uint64_t *weight);

/* A timed wait has ended, behind `function`. */
void pp_block_count_sig(const struct pp_wait_frame *frame, int64_t waited_ns,
                        const void *function);

/* The thread begins to wait for a lock in this timed frame; it has stopped waiting, and has the
 * lock or not. */
void pp_contention_begin_sig(struct pp_thread *thread, const struct pp_wait_frame *frame);
void pp_contention_end_sig(struct pp_thread *thread, const struct pp_wait_frame *frame,
                           int64_t now_ns, bool got);

/* A lock that others wait for is about to be released: what they have waited, 0 for nothing to
 * tell. Behind the release pp_mutex_count_sig counts it, with the stack of regs (in a hook). */
int64_t pp_contention_release_sig(const void *lock);
void pp_mutex_count_sig(int64_t waited_ns, const struct pp_regs *regs, const void *function);

/* In the child after fork: what was counted is forgotten. */
void pp_contention_after_fork(void);

#endif
