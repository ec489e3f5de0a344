#include "base/jobs.h"

static void run_here(size_t count, pp_job_fn job, void *ctx)
{
    for (size_t i = 0; i < count; i++) {
        job(ctx, i);
    }
}

static pp_jobs_runner runner_in_use = run_here;

void pp_jobs_run(size_t count, pp_job_fn job, void *ctx)
{
    runner_in_use(count, job, ctx);
}

void pp_jobs_use(pp_jobs_runner runner)
{
    runner_in_use = runner;
}
