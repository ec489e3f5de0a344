/* What shows goroutines to the outside, for the scheduler's files. */
#ifndef PP_GO_SEEN_H
#define PP_GO_SEEN_H

#include <signal.h>
#include <stdint.h>

struct pp_task;

/* ---- overflow.c, overflow_sig.c: a stack that ran into its guard ---- */

extern struct sigaction pp_go_overflow_before; /* the program's */
void pp_go_overflow_sig(int signal, siginfo_t *info, void *context);

/* Once; and an alternate signal stack for the calling worker. */
void pp_go_overflow_init(void);
void pp_go_overflow_thread(void);

/* ---- go_tasks.c: the task source behind the goroutine profile ---- */

/* Once. */
void pp_go_tasks_init(void);
/* Goroutines started after so many leak marks, those that run without a stack; visit returns
 * non-zero to stop. */
int pp_go_tasks_since(uint32_t epoch, int (*visit)(void *ctx, const struct pp_task *task),
                      void *ctx);

/* ---- leaks.c ---- */

/* Once: what the environment asks for at exit. */
void pp_go_leaks_init(void);

/* ---- deadlock.c ---- */

/* Called by the monitor when nothing has run for a while: reports and ends the process when nothing
 * ever can. */
void pp_go_deadlock_check(void);

#endif
