/* What shows goroutines to the outside, for the scheduler's files. */
#ifndef PP_GO_SEEN_H
#define PP_GO_SEEN_H

#include <stdint.h>

struct pp_m;
struct pp_g;

/* ---- overflow_sig.c: a stack that ran into its guard ---- */

/* Once; and an alternate signal stack for the calling worker. */
void pp_go_overflow_init(void);
void pp_go_overflow_thread(void);

/* ---- go_tasks.c: the task source behind the goroutine profile ---- */

/* Once. */
void pp_go_tasks_init(void);

/* ---- deadlock.c ---- */

/* Called by the monitor when nothing has run for a while: reports and ends the process when nothing
 * ever can. */
void pp_go_deadlock_check(void);

#endif
