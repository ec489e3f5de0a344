/* The scheduler's inner contract: what channels, locks, timers and the poller are built on.
 *
 *   goroutine  struct pp_g   at the top of its stack's slot; a parked one keeps its registers there
 *   thread     struct pp_m   one for each thread that ever called in; a worker that runs has a P
 *   place      struct pp_p   run queue, timers, free stacks; as many as go_procs()
 *
 * An ordinary thread has a struct pp_g too (its proxy), so that whoever waits is always a pp_g:
 * park puts a goroutine aside and a thread to sleep, ready brings either back.
 *
 * Invariants
 *  - what is waited for is protected by a lock of its own, and a waiter is put into its list under
 *    that lock. The lock is let go only when the waiter's registers are saved: by the `unlock`
 *    handed to pp_go_park, which runs on the next stack. So nobody sees a half-parked goroutine.
 *  - pp_go_ready is called exactly once for each park, by whoever took the waiter out of its list
 *    (or won its ticket, see wait.h), after letting go of that lock.
 *  - g->seq is odd while the goroutine runs. It is even, and its stack and registers keep still,
 *    otherwise: a reader walks them and looks again at seq, nobody is stopped.
 *  - after pp_go_park the caller may be on another thread: no thread-local address, errno or pp_m
 *    from before holds.
 *  - nothing here allocates by malloc; memory of stacks is never unmapped.
 */
#ifndef PP_GO_SCHED_H
#define PP_GO_SCHED_H

#include "base/atomic.h"
#include "pprof/go.h"
#include "runtime/go/fiber.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

/* Wait reasons, in Go's words; "leak" marks those that only another goroutine can end. */
#define PP_GO_REASONS(X)                                                                           \
    X(NONE, "", 0)                                                                                 \
    X(RECV_NIL, "chan receive (nil chan)", 1)                                                      \
    X(SEND_NIL, "chan send (nil chan)", 1)                                                         \
    X(SELECT_NONE, "select (no cases)", 1)                                                         \
    X(SELECT, "select", 1)                                                                         \
    X(RECV, "chan receive", 1)                                                                     \
    X(SEND, "chan send", 1)                                                                        \
    X(COND, "sync.Cond.Wait", 1)                                                                   \
    X(MUTEX, "sync.Mutex.Lock", 1)                                                                 \
    X(RLOCK, "sync.RWMutex.RLock", 1)                                                              \
    X(WLOCK, "sync.RWMutex.Lock", 1)                                                               \
    X(WAIT_GROUP, "sync.WaitGroup.Wait", 1)                                                        \
    X(SEMAPHORE, "semacquire", 1)                                                                  \
    X(SLEEP, "sleep", 0)                                                                           \
    X(IO, "IO wait", 0)

enum pp_go_reason {
#define X(name, text, leak) PP_GO_WAIT_##name,
    PP_GO_REASONS(X)
#undef X
    PP_GO_REASON_COUNT
};

/* What a reason is called. */
const char *pp_go_reason_text(enum pp_go_reason reason);

struct pp_g;
struct pp_go_event;

/* The calling goroutine, or the calling thread's proxy (made at the first call). Never NULL: a
 * thread for which there is no memory ends the process with a message. */
struct pp_g *pp_go_self(void);

/* Parks the caller until pp_go_ready. `unlock(arg)` is called once the caller may be readied; it
 * must not park. `object` is what is waited for (for reports only). */
typedef void (*pp_go_unlock_fn)(void *arg);
void pp_go_park(enum pp_go_reason reason, const void *object, pp_go_unlock_fn unlock, void *arg);

/* The same where the unlocking is of one lock: the fast way. The result of the caller's own waiter
 * (pp_g), for those that use it. */
int pp_go_park_unlock(enum pp_go_reason reason, const void *object, uint32_t *lock);

/* Lets a parked goroutine (or thread) go on: next on the caller's processor, or by waking another.
 * With no lock of rank "object" or "event" held. */
void pp_go_ready(struct pp_g *g);

/* As go_start, created at pc; and then(then_arg) is called on the goroutine when it ends, by a
 * return of fn or by go_exit. It may park. */
int pp_go_start_then(go_fn fn, void *arg, go_fn then, void *then_arg, uintptr_t pc);

/* ---- fields of struct pp_g that other files may use -------------------------------------- */

/* The ambient context of a goroutine: context.c alone sets these, on the calling goroutine. */
struct go_context *pp_go_context_of(const struct pp_g *g);
void pp_go_context_set(struct pp_g *g, struct go_context *context, struct pp_go_event *done);

/* Called by go_start with the starter's context (not NULL), for the child: returns what it gets, a
 * holder of its own; called at the end of a goroutine that has one. context.c defines both. */
struct go_context *pp_go_context_inherit(struct go_context *context, struct pp_go_event **done);
void pp_go_context_drop(struct go_context *context);

/* The event of a context (never NULL for a context that is not), for go_case_done. context.c. */
struct pp_go_event *pp_go_context_event(struct go_context *context);

/* ---- locks ------------------------------------------------------------------------------- */

/* A lock held for a few loads and stores, never over a park: spins a little, then lets the
 * processor go. Ranks, taken in this order only:
 *   object (channel, mutex, ...; several: by address) < event (several: by address) < timers <
 *   sched
 */
void pp_go_lock_slow(uint32_t *lock);

static inline void pp_go_lock(uint32_t *lock)
{
    uint32_t is_free = 0;
    if (pp_unlikely(!pp_cas_acquire(lock, &is_free, 1))) {
        pp_go_lock_slow(lock);
    }
    pp_go_acquired(lock);
}

static inline void pp_go_unlock(uint32_t *lock)
{
    pp_go_released(lock);
    pp_store_release(lock, 0);
}

#pragma GCC visibility pop

#endif
