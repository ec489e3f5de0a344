#include "runtime/serve/run_files.h"

#include "base/log.h"
#include "base/sys.h"
#include "runtime/capture/kind.h"
#include "runtime/capture/self.h"
#include "runtime/capture/thread.h"
#include "runtime/serve/encode.h"
#include "runtime/serve/file.h"
#include "runtime/serve/run_cpu.h"
#include "runtime/unwind/lock.h"

#include <errno.h>
#include <stdio.h>

static const int64_t ROUND_NS = 10LL * 1000000000, FINISH_WAIT_NS = 5LL * 1000000000;

static struct {
    char directory[PP_DIRECTORY_BYTES];
    uint32_t active;   /* recording; also the futex that wakes the thread at the end */
    uint32_t has_cpu;  /* the files want the CPU profile */
    uint32_t finished; /* the last round has an owner */
    uint32_t lock;     /* one round at a time */
    uint32_t complained;
} files;

/* ---- one file ------------------------------------------------------------------------------- */

static void write_profile(const char *name, const struct pprof_profile *profile)
{
    char path[sizeof(files.directory) + 64];
    (void)snprintf(path, sizeof(path), "%s/%s.%d.pb.gz", files.directory, name, (int)pp_sys_pid());
    pp_file_complain(path, pp_file_write_profile(path, profile), &files.complained);
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

static void write_cpu(bool last)
{
    struct pprof_profile *profile;
    if (!pp_load(&files.has_cpu)) {
        return;
    }
    if (pp_run_cpu_profile(&profile, NULL) == 0) {
        write_profile("cpu", profile);
        pprof_profile_free(profile);
    }
    if (last) {
        pp_store(&files.has_cpu, 0);
        pp_run_cpu_end();
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
    while (pp_load(&files.active)) {
        int result = pp_sys_futex_wait(&files.active, 1, ROUND_NS);
        pp_unwind_lock(&files.lock);
        if (result == -ETIMEDOUT && pp_load(&files.active)) {
            write_round(false);
        }
        pp_unwind_unlock(&files.lock);
    }
    return NULL;
}

/* ---- life ----------------------------------------------------------------------------------- */

int pp_run_files_start(const char *directory, struct pprof_error *error)
{
    struct pprof_error cpu_error = { .code = 0 };
    int failed = pp_file_directory(directory, files.directory, error);
    if (failed) {
        return failed;
    }
    if (pp_run_cpu_begin(&cpu_error) == 0) {
        pp_store(&files.has_cpu, 1);
    } else {
        pp_log("no CPU profile of the whole run: %s", cpu_error.detail);
    }
    pp_store(&files.finished, 0);
    pp_store(&files.active, 1);
    if (pp_thread_start_ours("out", out_main, NULL) != 0) {
        pp_log("cannot start a thread: profiles are written at the end only");
    }
    return 0;
}

/* A program that ends must not hang on us. */
void pp_run_files_finish(void)
{
    if (!pp_load(&files.active) || pp_swap(&files.finished, 1)) {
        return;
    }
    pp_self_enter();
    pp_store(&files.active, 0);
    pp_sys_futex_wake(&files.active, 1);
    if (pp_unwind_lock_within(&files.lock, FINISH_WAIT_NS)) {
        write_round(true);
        pp_unwind_unlock(&files.lock);
    }
    pp_self_leave();
}

void pp_run_files_after_fork(void)
{
    pp_store(&files.active, 0);
    pp_store(&files.has_cpu, 0);
    pp_store(&files.lock, 0);
    pp_store(&files.finished, 0);
}
