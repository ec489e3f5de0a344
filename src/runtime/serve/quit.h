/* SIGQUIT writes all stacks to standard error, and the program goes on.
 *
 *   handler (counts, wakes) -> a thread of ours -> the text of goroutine?debug=2
 *
 * Invariants
 *  - a handler of the program's own is never replaced, and one that it installs later replaces ours.
 *  - a forked child has no thread that would answer: there the signal does what it always does.
 */
#ifndef PP_SERVE_QUIT_H
#define PP_SERVE_QUIT_H

#include "pprof/error.h"

/* PPROF_ERR_BUSY when the program handles or ignores SIGQUIT, PPROF_ERR_SYSTEM. */
int pp_quit_start(struct pprof_error *error) __attribute__((warn_unused_result));

/* Gives the signal back, unless the program took it meanwhile. */
void pp_quit_stop(void);

void pp_quit_after_fork(void);

#endif
