/* The CPU profile of the whole run, for whoever wants it: files at the end, a recording at an
 * interval, and requests meanwhile, which get their part of it.
 *
 * Invariants: it has any number of users, and runs from the first begin to the last end.
 */
#ifndef PP_SERVE_RUN_CPU_H
#define PP_SERVE_RUN_CPU_H

#include "pprof/profile.h"

#include <stdbool.h>

/* As pp_cpu_start; each that succeeds wants its end. */
int pp_run_cpu_begin(struct pprof_error *error) __attribute__((warn_unused_result));
void pp_run_cpu_end(void);

/* True while it runs. */
bool pp_run_cpu_is_on(void);

/* All of it so far; the caller frees it. */
int pp_run_cpu_profile(struct pprof_profile **profile, struct pprof_error *error)
    __attribute__((warn_unused_result));

/* In a forked child: the users were the parent's. */
void pp_run_cpu_after_fork(void);

#endif
