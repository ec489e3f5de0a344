/* Profiles of the whole run in a directory (PPROF_OUT, `pprof run -o`).
 *
 *   start -> cpu profile runs, thread of ours -> every 10 s and at exit: DIR/NAME.PID.pb.gz
 *
 * Invariants
 *  - a file appears by rename only, so a reader sees a whole one, and a killed program leaves the
 *    state of at most 10 s before its end.
 *  - one writer at a time; at exit the last round waits for a round under way, and the process may
 *    end in any thread.
 */
#ifndef PP_SERVE_OUT_H
#define PP_SERVE_OUT_H

#include "pprof/profile.h"

#include <stdbool.h>

/* Starts recording into the directory, which is made when it is missing. */
int pp_out_start(const char *directory, struct pprof_error *error)
    __attribute__((warn_unused_result));

/* The whole run's CPU profile has any number of users; it runs from the first begin to the last
 * end. begin: as pp_cpu_start. */
int pp_out_cpu_begin(struct pprof_error *error) __attribute__((warn_unused_result));
void pp_out_cpu_end(void);

/* True while it runs. */
bool pp_out_has_cpu(void);

/* The whole run's CPU profile so far; the caller frees it. */
int pp_out_cpu_profile(struct pprof_profile **profile, struct pprof_error *error)
    __attribute__((warn_unused_result));

/* Writes everything a last time; the first caller does, later ones return at once. Called when the
 * process ends: destructor, _exit, quick_exit. */
void pp_out_finish(void);

/* In a forked child: the recording was the parent's. */
void pp_out_after_fork(void);

#endif
