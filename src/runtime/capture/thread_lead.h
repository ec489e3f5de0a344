/* The C library's frames between a hook of a blocking call and the system call below it: the lead.
 * It is the same for every thread that waits in the same place, so it is walked once.
 *
 *   | hook: wait frame   | <- linked
 *   | return into hook   |    words[1], at a distance from the frame that is the lead's own
 *   | read()             |
 *   +--------------------+ <- the kernel's sp
 *
 * For thread_wait.c, under the walk's lock. */
#ifndef PP_CAPTURE_THREAD_LEAD_H
#define PP_CAPTURE_THREAD_LEAD_H

#include "runtime/capture/thread.h"
#include "runtime/capture/thread_proc.h"

/* Reserves the table; false when there is no memory. */
bool pp_leads_init(void);

/* A walk begins: no kind of wait has been seen in it. */
void pp_leads_begin(void);

/* The lead of a thread whose place in the kernel is known, to pcs; just the kernel's pc when it
 * cannot be followed. Returns its depth, 0 when the kernel told no stack pointer. */
size_t pp_lead_of(const struct pp_proc_look *look, const struct pp_wait_frame *frame,
                  uintptr_t linked, struct pp_stack_bounds bounds, uintptr_t *pcs);

/* The lead of a thread whose place in the kernel is not known: one that this walk has seen, from
 * the same hook for the same reason, whose return addresses are all in the copy where they were
 * then. 0 when there is none. */
size_t pp_lead_known(const struct pp_wait_frame *frame, uintptr_t linked,
                     const struct pp_stack_copy *copy, uintptr_t *pcs);

#endif
