/* Who waits for which lock, and for how long in all: the numbers behind the mutex profile.
 *
 *   lock address -> { word: waiters (12 bits) | sum of their arrival times (52 bits, wrapping) }
 *
 * With n waiters and S the sum of their arrivals, n * now - S is the time that all of them have
 * waited together. A contended unlock charges that to its own stack and moves every arrival to now,
 * so each nanosecond that a thread waits is charged once, to the unlock that ended the holding
 * it waited for. One word, changed by compare-and-swap; no list, no lock.
 *
 * Invariants
 *  - a thread is counted in at most one queue, and its slot remembers in which: one that leaves its
 *    wait by longjmp is taken out at its next contended wait or at its end.
 *  - who got the lock leaves while it holds it, and an unlock charges before it releases: so
 *    `charged` of a mutex is guarded by that mutex. Of a rwlock it is approximate.
 *  - nothing of the lock itself is touched: it may be gone.
 * Handler-safe but for init and after_fork.
 */
#ifndef PP_CAPTURE_LOCK_QUEUE_H
#define PP_CAPTURE_LOCK_QUEUE_H

#include "runtime/capture/thread.h"

/* Reserves the table; 0 or PPROF_ERR_NOMEM. */
int pp_lock_queue_init(void) __attribute__((warn_unused_result));

/* The thread begins to wait for a lock, in this frame (whose since_ns is exact). */
void pp_lock_queue_join_sig(struct pp_thread *thread, const struct pp_wait_frame *frame);

/* It waits no longer; `got`: it has the lock. Nothing happens if it is not counted for the
 * frame. */
void pp_lock_queue_leave_sig(struct pp_thread *thread, const struct pp_wait_frame *frame,
                             int64_t now_ns, bool got);

/* The thread ends. */
void pp_lock_queue_forget_sig(struct pp_thread *thread);

/* What the waiters of this lock have waited since it was last asked, in ns of all together. */
int64_t pp_lock_queue_charge_sig(const void *lock, int64_t now_ns);

/* True when somebody may be waiting for any rwlock. */
extern uint32_t pp_lock_queue_rwlocks __attribute__((visibility("hidden")));

struct pp_lock_queue_stats {
    uint64_t locks, cap, lost; /* lost: waits that found no place, and are charged to nobody */
};
void pp_lock_queue_stats(struct pp_lock_queue_stats *stats);

/* In the child after fork: nobody waits. */
void pp_lock_queue_after_fork(void);

#endif
