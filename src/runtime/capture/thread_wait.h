/* Reading one blocked thread, without disturbing it: for thread_walk.c, under its lock. */
#ifndef PP_CAPTURE_THREAD_WAIT_H
#define PP_CAPTURE_THREAD_WAIT_H

#include "runtime/capture/thread_proc.h"

/* A walk begins: of this number, in this /proc/self/task. False when there is no memory. */
bool pp_thread_wait_begin(int dir, uint32_t walk_number);

/* What was seen of the thread in an earlier walk, if it has not run since: by its CPU clock, which
 * is one system call where all else takes ten. The view's identity is filled in before. */
bool pp_thread_wait_recall(const struct pp_thread *slot, struct pp_thread_view *view);

/* The view of a thread in a hooked wait of a kind that this walk has seen before, without asking
 * the kernel where it is; at most one that is about to enter its wait, or to go on from it, is taken
 * for waiting. False when that cannot be told. */
bool pp_thread_wait_guess(const struct pp_thread *slot, struct pp_thread_view *view);

/* The thread's CPU clock, to be read before the look; 0 when looks are not kept. */
int64_t pp_thread_wait_clock(const struct pp_thread *slot, pid_t tid);

/* Looks at a blocked thread: reason, age, stack, what it waits for and who holds that. False when
 * it moved meanwhile. slot may be NULL. */
bool pp_thread_wait_look(const struct pp_thread *slot, const struct pp_proc_look *look,
                         int64_t clock_ns, struct pp_thread_view *view);

#endif
