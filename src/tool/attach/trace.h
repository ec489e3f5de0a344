/* One thread of a process, stopped by ptrace, made to run something else for a moment, and let go
 * as it was.
 *
 *   seize -> saved -> run(registers) ... run -> let_go
 *                     ends where rt_sigreturn is about to be called, which is then left out
 *
 * Invariants
 *  - between runs the thread is in a ptrace stop that the kernel takes for a signal's, so that the
 *    system call it was in goes on, or is restarted, by the kernel's own rules.
 *  - whatever runs ends by rt_sigreturn over a frame that holds the thread's state: when this
 *    process dies, the thread restores itself.
 *  - when tracing fails, what runs is not cut off but left to end so.
 *  - all signals but those of faults are blocked while it runs; a fault ends the run, not the
 *    program.
 * One thread traced at a time; the caller's SIGALRM and its timer are used.
 */
#ifndef PP_TOOL_ATTACH_TRACE_H
#define PP_TOOL_ATTACH_TRACE_H

#include "pprof/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

enum { PP_XSTATE_MAX = 16 << 10, PP_FRAME_MAX = PP_XSTATE_MAX + 2048 };

struct pp_trace {
    pid_t pid, tid;
    bool is_seized, is_saved, has_run;
    bool is_left; /* runs on by itself: nothing of it is touched any more */
    struct user_regs_struct regs; /* as it was stopped */
    uint64_t mask;
    int signal;                   /* met meanwhile, to be passed on; 0: none */
    size_t xstate_len;
    _Alignas(64) unsigned char xstate[PP_XSTATE_MAX];
};

/* Stops a thread and saves its state: 0 or a positive errno value (EPERM, ESRCH, ETIMEDOUT). */
int pp_trace_seize(struct pp_trace *trace, pid_t pid, pid_t tid) __attribute__((warn_unused_result));

/* Restores what was saved and ends the tracing. */
void pp_trace_let_go(struct pp_trace *trace);

/* Runs from `start` until the next rt_sigreturn. *result (if not NULL) is the result of the last
 * system call numbered `number`. Errors: PPROF_ERR_TIMEOUT, PPROF_ERR_SYSTEM with the sentence. */
int pp_trace_run(struct pp_trace *trace, const struct user_regs_struct *start, long number,
                 int64_t *result, struct pprof_error *error) __attribute__((warn_unused_result));

/* The bytes of a signal frame that restores the saved state, to lie at address `at` (a multiple of
 * 64): the return address `restore`, then what rt_sigreturn reads. Their number; at most
 * PP_FRAME_MAX. */
size_t pp_trace_frame(const struct pp_trace *trace, uintptr_t at, uintptr_t restore,
                      unsigned char *out);

#endif
