/* The calling thread's own record, and the switch that every hook asks first.
 *
 *   struct pp_self (initial-exec TLS, 1 cache line hot): heap countdown, "inside" depth, registry
 *   slot
 *
 * Invariants
 *  - `inside` > 0 while our own code runs on this thread: hooks then pass calls straight on.
 *  - never allocated: it is TLS, zero at thread start, so a hook works before anything is set up
 *    and after everything was torn down.
 *  - the heap countdown is the only thing malloc's fast path touches.
 */
#ifndef PP_CAPTURE_SELF_H
#define PP_CAPTURE_SELF_H

#include "base/atomic.h"
#include "runtime/unwind/unwind.h"

#include <stdbool.h>
#include <stdint.h>

struct pp_thread;     /* registry slot, thread.h */
struct pp_label_nest; /* label.h */

struct pp_self {
    int64_t heap_left; /* bytes until the next heap sample; starts 0: first malloc goes slow */
    void *heap_last;          /* the block of the last heap sample; direct_hooks.c clears it */
    uint32_t inside;          /* depth of our own code on this thread */
    uint32_t label_set;       /* current labels */
    struct pp_label_nest *label_nest; /* of the task that runs here; NULL: the thread's own */
    struct pp_thread *thread; /* registry slot or NULL */
    uint64_t random;          /* state of the thread's generator; 0: not seeded */
    struct pp_stack_bounds bounds; /* of this thread's stack; 0, 0 until known */
    bool unlisted;            /* the registry was full when it asked for a slot: it asks no more */
    bool is_ours;             /* one of our own threads: never sampled, never listed */
};

extern __thread struct pp_self pp_self __attribute__((tls_model("initial-exec")));

/* Bracket for our own code outside of the hot paths. Handler-safe. */
static inline void pp_self_enter(void)
{
    pp_self.inside++;
    pp_signal_fence();
}
static inline void pp_self_leave(void)
{
    pp_signal_fence();
    pp_self.inside--;
}

/* 1 while everything is on. Set by pprof_enable, by PPROF_OFF and by pp_disable_forever. */
extern uint32_t pp_enabled;


#endif
