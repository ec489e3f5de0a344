/* Telling AddressSanitizer, ThreadSanitizer, Valgrind, the trace and C++ what a switch is.
 *
 * The sanitizers' functions are weak: they are there when the program is built with them, however
 * this library was built. This room's own code is never instrumented (CMakeLists.txt), so what
 * orders one goroutine after another is said here: whoever lets go of a lock or readies a waiter
 * releases, who takes the lock or goes on acquires.
 */
#ifndef PP_GO_FIBER_H
#define PP_GO_FIBER_H

#include "base/atomic.h"

#include <stddef.h>
#include <stdint.h>

struct pp_g;
struct pp_m;

/* One word says whether anybody is to be told; the trace may come and go while goroutines run. */
enum { PP_GO_WATCH_ADDRESS = 1, PP_GO_WATCH_THREAD = 2, PP_GO_WATCH_TRACE = 4,
       PP_GO_WATCH_TRIM = 8, /* trim.c: stacks of some parked ones are being worked on */
       PP_GO_WATCH_EXCEPTIONS = 16 /* cxx.c: goroutines have thrown C++ exceptions */ };
extern uint32_t pp_go_watched __attribute__((visibility("hidden")));

extern void __tsan_acquire(void *address) __attribute__((weak));
extern void __tsan_release(void *address) __attribute__((weak));

/* Any address serves; the two ends must name the same. */
static inline void pp_go_acquired(const void *address)
{
    if (pp_unlikely(pp_go_watched & PP_GO_WATCH_THREAD)) {
        __tsan_acquire((void *)(uintptr_t)address);
    }
}

static inline void pp_go_released(const void *address)
{
    if (pp_unlikely(pp_go_watched & PP_GO_WATCH_THREAD)) {
        __tsan_release((void *)(uintptr_t)address);
    }
}

/* A waiter is about to be let go on. */
void pp_go_watch_ready(struct pp_g *g);

static inline void pp_go_readying(struct pp_g *g)
{
    if (pp_unlikely(pp_go_watched)) {
        pp_go_watch_ready(g);
    }
}

/* Once, before the first switch. */
void pp_go_watch_init(void);
/* The calling thread's own stack. */
void pp_go_watch_thread(struct pp_m *m);
/* A goroutine is being started by the caller. */
void pp_go_watch_begin(struct pp_g *g);
/* Around a switch: before it on the old stack, after it on the new one. */
void pp_go_watch_leave(struct pp_m *m, struct pp_g *from, struct pp_g *to, int is_end);
void pp_go_watch_arrive(struct pp_m *m);
/* pp_go_call_on the calling worker's own stack, announced. */
void pp_go_watch_call(struct pp_m *m, void (*fn)(void *arg), void *arg, uintptr_t sp);
/* A goroutine has ended and its stack is free. */
void pp_go_watch_end(struct pp_g *g);
/* Once: exceptions go with their goroutines from the first one that a goroutine throws. */
void pp_go_exceptions_init(void);
/* Leaves all frames of the calling goroutine as pthread_exit does, and ends it; returns where the
 * program has nothing that unwinds. */
void pp_go_leave_frames(void);
/* Before a switch: those under way, see cxx.c. */
void pp_go_exceptions_switch(struct pp_m *m, struct pp_g *from, struct pp_g *to);
/* A stack was mapped. */
void pp_go_watch_stack(const void *low, const void *high);

#endif
