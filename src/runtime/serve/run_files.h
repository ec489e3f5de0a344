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
#ifndef PP_SERVE_RUN_FILES_H
#define PP_SERVE_RUN_FILES_H

#include "pprof/error.h"

/* Starts recording into the directory, which is made when it is missing. */
int pp_run_files_start(const char *directory, struct pprof_error *error)
    __attribute__((warn_unused_result));

/* Writes everything a last time; the first caller does, later ones return at once. Called when the
 * process ends: destructor, _exit, quick_exit. */
void pp_run_files_finish(void);

/* In a forked child: the recording was the parent's. */
void pp_run_files_after_fork(void);

#endif
