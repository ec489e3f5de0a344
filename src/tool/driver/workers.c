/* Threads for pp_jobs_run: as many as there are processors for us, started for one run and joined
 * at its end (50 us, where a run worth cutting up takes milliseconds). */
#include "tool/driver/workers.h"

#include "base/atomic.h"
#include "base/jobs.h"

#include <pthread.h>
#include <sched.h>

enum { MOST_THREADS = 8 };

static int idle; /* atomic: threads that may be started; runs at the same time share them */

struct run {
    size_t next; /* the first number that nobody took; atomic */
    size_t count;
    pp_job_fn job;
    void *ctx;
};

static void *work(void *arg)
{
    struct run *run = arg;
    size_t number;
    while ((number = pp_add(&run->next, 1)) < run->count) {
        run->job(run->ctx, number);
    }
    return NULL;
}

/* Takes up to `wanted` of the idle threads. */
static int take_idle(size_t wanted)
{
    int there = pp_load(&idle), taken;
    do {
        taken = wanted < (size_t)there ? (int)wanted : there;
    } while (!pp_cas(&idle, &there, there - taken));
    return taken;
}

static void run_jobs(size_t count, pp_job_fn job, void *ctx)
{
    struct run run = { .count = count, .job = job, .ctx = ctx };
    pthread_t threads[MOST_THREADS];
    int taken = count > 1 ? take_idle(count - 1) : 0, started = 0;
    while (started < taken && pthread_create(&threads[started], NULL, work, &run) == 0) {
        started++;
    }
    work(&run);
    for (int i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
    }
    pp_add(&idle, taken);
}

void pp_use_workers(void)
{
    cpu_set_t set;
    int processors = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
    pp_store(&idle, (processors < MOST_THREADS ? processors : MOST_THREADS) - 1);
    pp_jobs_use(run_jobs);
}
