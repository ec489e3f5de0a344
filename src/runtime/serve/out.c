#include "runtime/serve/out.h"

#include "base/log.h"
#include "base/sys.h"
#include "runtime/capture/cpu.h"
#include "runtime/capture/self.h"
#include "runtime/capture/thread.h"
#include "runtime/serve/encode.h"
#include "runtime/serve/file.h"
#include "runtime/unwind/lock.h"
#include "runtime/unwind/module.h"

#include <errno.h>
#include <stdio.h>

static const int64_t ROUND_NS = 10LL * 1000000000, FINISH_WAIT_NS = 5LL * 1000000000;

static struct {
    char directory[PP_DIRECTORY_BYTES];
    uint32_t active;   /* recording; also the futex that wakes the thread at the end */
    uint32_t has_cpu;  /* the files want the CPU profile */
    uint32_t cpu_users, cpu_lock; /* who wants it in all; the lock is above capture's own */
    uint32_t finished; /* the last round has an owner */
    uint32_t lock;     /* one round at a time */
    uint32_t complained;
} out;

/* ---- one file ------------------------------------------------------------------------------- */

static void write_profile(const char *name, const struct pprof_profile *profile)
{
    char path[sizeof(out.directory) + 64];
    (void)snprintf(path, sizeof(path), "%s/%s.%d.pb.gz", out.directory, name, (int)pp_sys_pid());
    pp_file_complain(path, pp_file_write_profile(path, profile), &out.complained);
}

/* ---- a round -------------------------------------------------------------------------------- */

static void write_kind(const struct pp_kind *kind)
{
    struct pprof_profile *profile;
    if (pp_encode_collect(kind, &profile, NULL) == 0) {
        write_profile(kind->name, profile);
        pprof_profile_free(profile);
    }
}

/* ---- the CPU profile of the whole run, for whoever wants it -------------------------------- */

int pp_out_cpu_begin(struct pprof_error *error)
{
    pp_unwind_lock(&out.cpu_lock);
    int failed = out.cpu_users ? 0 : pp_cpu_start(error);
    pp_store(&out.cpu_users, out.cpu_users + !failed);
    pp_unwind_unlock(&out.cpu_lock);
    return failed;
}

void pp_out_cpu_end(void)
{
    pp_unwind_lock(&out.cpu_lock);
    pp_store(&out.cpu_users, out.cpu_users - 1);
    if (out.cpu_users == 0) {
        (void)!pp_cpu_stop(NULL, NULL);
    }
    pp_unwind_unlock(&out.cpu_lock);
}

bool pp_out_has_cpu(void)
{
    return pp_load(&out.cpu_users) != 0;
}

int pp_out_cpu_profile(struct pprof_profile **profile, struct pprof_error *error)
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

static void write_cpu(bool last)
{
    struct pprof_profile *profile;
    if (!pp_load(&out.has_cpu)) {
        return;
    }
    if (pp_out_cpu_profile(&profile, NULL) == 0) {
        write_profile("cpu", profile);
        pprof_profile_free(profile);
    }
    if (last) {
        pp_store(&out.has_cpu, 0);
        pp_out_cpu_end();
    }
}

static void write_round(bool last)
{
    write_cpu(last);
    write_kind(&pp_kind_heap);
    write_kind(&pp_kind_allocs);
    write_kind(&pp_kind_threadcreate);
    write_kind(&pp_kind_goroutine);
}

static void *out_main(void *arg)
{
    (void)arg;
    while (pp_load(&out.active)) {
        int result = pp_sys_futex_wait(&out.active, 1, ROUND_NS);
        pp_unwind_lock(&out.lock);
        if (result == -ETIMEDOUT && pp_load(&out.active)) {
            write_round(false);
        }
        pp_unwind_unlock(&out.lock);
    }
    return NULL;
}

/* ---- life ----------------------------------------------------------------------------------- */

int pp_out_start(const char *directory, struct pprof_error *error)
{
    struct pprof_error cpu_error = { .code = 0 };
    int failed = pp_file_directory(directory, out.directory, error);
    if (failed) {
        return failed;
    }
    if (pp_out_cpu_begin(&cpu_error) == 0) {
        pp_store(&out.has_cpu, 1);
    } else {
        pp_log("no CPU profile of the whole run: %s", cpu_error.detail);
    }
    pp_store(&out.finished, 0);
    pp_store(&out.active, 1);
    if (pp_thread_start_ours("out", out_main, NULL) != 0) {
        pp_log("cannot start a thread: profiles are written at the end only");
    }
    return 0;
}

/* A program that ends must not hang on us. */
void pp_out_finish(void)
{
    if (!pp_load(&out.active) || pp_swap(&out.finished, 1)) {
        return;
    }
    pp_self_enter();
    pp_store(&out.active, 0);
    pp_sys_futex_wake(&out.active, 1);
    if (pp_unwind_lock_within(&out.lock, FINISH_WAIT_NS)) {
        write_round(true);
        pp_unwind_unlock(&out.lock);
    }
    pp_self_leave();
}

void pp_out_after_fork(void)
{
    pp_store(&out.active, 0);
    pp_store(&out.has_cpu, 0);
    pp_store(&out.cpu_users, 0);
    pp_store(&out.cpu_lock, 0);
    pp_store(&out.lock, 0);
    pp_store(&out.finished, 0);
}
