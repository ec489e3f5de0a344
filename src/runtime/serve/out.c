#include "runtime/serve/out.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/log.h"
#include "base/sys.h"
#include "runtime/capture/cpu.h"
#include "runtime/capture/self.h"
#include "runtime/capture/thread.h"
#include "runtime/serve/encode.h"
#include "runtime/unwind/lock.h"
#include "runtime/unwind/module.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static const int64_t ROUND_NS = 10LL * 1000000000, FINISH_WAIT_NS = 5LL * 1000000000;

static struct {
    char directory[3072];
    uint32_t active;   /* recording; also the futex that wakes the thread at the end */
    uint32_t has_cpu;
    uint32_t finished; /* the last round has an owner */
    uint32_t lock;     /* one round at a time */
    uint32_t complained;
} out;

/* ---- one file ------------------------------------------------------------------------------- */

static void complain(const char *path, int error)
{
    if (!pp_swap(&out.complained, 1)) {
        pp_log("cannot write %s: %s", path, strerror(-error));
    }
}

static int write_file(const char *path, const struct pp_buf *bytes)
{
    char temporary[sizeof(out.directory) + 80];
    (void)snprintf(temporary, sizeof(temporary), "%s.tmp", path);
    int fd = (int)pp_sys_call(SYS_openat, AT_FDCWD, (long)temporary,
                              O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600, 0, 0);
    if (fd < 0) {
        return fd;
    }
    int result = pp_sys_write_all(fd, bytes->data, bytes->len);
    pp_sys_call(SYS_close, fd, 0, 0, 0, 0, 0);
    if (result == 0) {
        result = (int)pp_sys_call(SYS_renameat2, AT_FDCWD, (long)temporary, AT_FDCWD, (long)path, 0,
                                  0);
    }
    if (result < 0) {
        pp_sys_call(SYS_unlinkat, AT_FDCWD, (long)temporary, 0, 0, 0, 0);
    }
    return result;
}

static void write_profile(const char *name, const struct pprof_profile *profile)
{
    char path[sizeof(out.directory) + 64];
    struct pp_arena arena;
    struct pp_buf bytes;
    (void)snprintf(path, sizeof(path), "%s/%s.%d.pb.gz", out.directory, name, (int)pp_sys_pid());
    pp_arena_init(&arena, 0);
    pp_buf_init(&bytes, &arena);
    if (pp_encode_gzip(profile, 1, &bytes, NULL) == 0) {
        int result = write_file(path, &bytes);
        if (result < 0) {
            complain(path, result);
        }
    }
    pp_arena_release(&arena);
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

/* The CPU profile so far, or with `last` its end. */
static int cpu_profile(bool last, struct pprof_profile **profile, struct pprof_error *error)
{
    struct pp_arena scratch;
    pp_arena_init(&scratch, 0);
    struct pp_snapshot snapshot = { .arena = &scratch };
    pp_modules_refresh();
    int failed = last ? pp_cpu_stop(&snapshot, error) : pp_cpu_peek(&snapshot, error);
    if (!failed) {
        failed = pp_encode_profile(&pp_kind_cpu, &snapshot, profile, error);
    }
    pp_arena_release(&scratch);
    return failed;
}

static void write_cpu(bool last)
{
    struct pprof_profile *profile;
    if (pp_load(&out.has_cpu) && cpu_profile(last, &profile, NULL) == 0) {
        write_profile("cpu", profile);
        pprof_profile_free(profile);
    }
    if (last) {
        pp_store(&out.has_cpu, 0);
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

static int make_directory(const char *directory, struct pprof_error *error)
{
    struct stat st;
    if (strlen(directory) >= sizeof(out.directory)) {
        return pp_err_set(error, PPROF_ERR_INVALID, "the name of the directory is too long");
    }
    if (mkdir(directory, 0700) != 0 && errno != EEXIST) {
        return pp_err_errno(error, PPROF_ERR_SYSTEM, errno, "cannot make the directory %.300s",
                            directory);
    }
    if (stat(directory, &st) != 0 || !S_ISDIR(st.st_mode)) {
        return pp_err_set(error, PPROF_ERR_INVALID, "%.300s is not a directory", directory);
    }
    return 0;
}

/* Absolute, since the program may change its directory. */
static void keep_directory(const char *directory)
{
    if (directory[0] != '/') {
        long len = pp_sys_call(SYS_getcwd, (long)out.directory, sizeof(out.directory) / 2, 0, 0, 0,
                               0);
        size_t used = len > 1 ? (size_t)len - 1 : 0;
        if (used + strlen(directory) + 2 < sizeof(out.directory)) {
            out.directory[used] = '/';
            memcpy(out.directory + used + 1, directory, strlen(directory) + 1);
            return;
        }
    }
    memcpy(out.directory, directory, strlen(directory) + 1);
}

int pp_out_start(const char *directory, struct pprof_error *error)
{
    struct pprof_error cpu_error = { .code = 0 };
    int failed = make_directory(directory, error);
    if (failed) {
        return failed;
    }
    keep_directory(directory);
    if (pp_cpu_start(&cpu_error) == 0) {
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

bool pp_out_has_cpu(void)
{
    return pp_load(&out.has_cpu) != 0;
}

int pp_out_cpu_profile(struct pprof_profile **profile, struct pprof_error *error)
{
    return cpu_profile(false, profile, error);
}

/* The lock, or not after FINISH_WAIT_NS: a program that ends must not hang on us. */
static bool lock_in_time(void)
{
    int64_t end = pp_sys_monotonic_ns() + FINISH_WAIT_NS;
    for (;;) {
        uint32_t free_state = 0;
        if (pp_cas_acquire(&out.lock, &free_state, 1)) {
            return true;
        }
        if (pp_sys_monotonic_ns() > end) {
            return false;
        }
        pp_sys_sleep_ns(1000000);
    }
}

void pp_out_finish(void)
{
    if (!pp_load(&out.active) || pp_swap(&out.finished, 1)) {
        return;
    }
    pp_self_enter();
    pp_store(&out.active, 0);
    pp_sys_futex_wake(&out.active, 1);
    if (lock_in_time()) {
        write_round(true);
        pp_unwind_unlock(&out.lock);
    }
    pp_self_leave();
}

void pp_out_after_fork(void)
{
    pp_store(&out.active, 0);
    pp_store(&out.has_cpu, 0);
    pp_store(&out.lock, 0);
    pp_store(&out.finished, 0);
}
