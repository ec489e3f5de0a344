#include "runtime/serve/run_cpu.h"

#include "runtime/capture/cpu.h"
#include "runtime/serve/encode.h"
#include "runtime/unwind/lock.h"
#include "runtime/unwind/module.h"

static uint32_t users, lock; /* the lock is above capture's own */

int pp_run_cpu_begin(struct pprof_error *error)
{
    pp_unwind_lock(&lock);
    int failed = users ? 0 : pp_cpu_start(error);
    pp_store(&users, users + !failed);
    pp_unwind_unlock(&lock);
    return failed;
}

void pp_run_cpu_end(void)
{
    pp_unwind_lock(&lock);
    if (users) { /* 0 in a child that was forked meanwhile */
        pp_store(&users, users - 1);
        if (users == 0) {
            (void)!pp_cpu_stop(NULL, NULL);
        }
    }
    pp_unwind_unlock(&lock);
}

bool pp_run_cpu_is_on(void)
{
    return pp_load(&users) != 0;
}

int pp_run_cpu_profile(struct pprof_profile **profile, struct pprof_error *error)
{
    struct pp_arena scratch;
    pp_arena_init(&scratch, 0);
    struct pp_snapshot snapshot = { .arena = &scratch };
    pp_modules_refresh();
    int failed = pp_cpu_peek(&snapshot, error);
    if (!failed) {
        failed = pp_encode_profile(&pp_kind_cpu, &snapshot, profile, error);
    }
    pp_arena_release(&scratch);
    return failed;
}

void pp_run_cpu_after_fork(void)
{
    pp_store(&users, 0);
    pp_store(&lock, 0);
}
