/* Work in pieces: a job is called once for each number below a count, on whatever threads there
 * are.
 *
 * Without a runner the caller's own thread does all of it. So it is in libpprof, which starts no
 * threads for this in a stranger's process; the tool brings a runner along
 * (tool/driver/workers.c).
 *
 * Invariants
 *  - a job writes only what belongs to its number, and reads only what nobody writes meanwhile.
 *  - what comes out must not depend on how many threads there are, nor on the order of the jobs:
 *    how work is cut into jobs follows from the work alone.
 *  - after pp_jobs_run all jobs are done, and what they wrote is seen by the caller.
 */
#ifndef PP_BASE_JOBS_H
#define PP_BASE_JOBS_H

#include <stddef.h>

typedef void (*pp_job_fn)(void *ctx, size_t number);
typedef void (*pp_jobs_runner)(size_t count, pp_job_fn job, void *ctx);

/* Calls job(ctx, 0) to job(ctx, count - 1), then returns. Never fails. Jobs may call it again. */
void pp_jobs_run(size_t count, pp_job_fn job, void *ctx);

/* From now on the runner is asked. Before any other thread starts. */
void pp_jobs_use(pp_jobs_runner runner);

#endif
