#include "runtime/serve/record.h"

#include "base/err.h"
#include "base/log.h"
#include "base/sys.h"
#include "runtime/capture/kind.h"
#include "runtime/capture/self.h"
#include "runtime/capture/thread.h"
#include "runtime/serve/encode.h"
#include "runtime/serve/file.h"
#include "runtime/serve/init.h"
#include "runtime/serve/run_cpu.h"
#include "runtime/serve/serve.h"
#include "runtime/unwind/lock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const int64_t NS_PER_S = 1000000000, FINISH_WAIT_NS = 5LL * 1000000000;
enum { INTERVAL_S = 60, FILES = 720, KINDS_BYTES = 256 };
static const uint64_t BYTES = 256 << 20;

static struct {
    char directory[PP_DIRECTORY_BYTES];
    char kinds[KINDS_BYTES]; /* names between commas */
    int64_t interval_ns;
    uint64_t max_files, max_bytes;
    uint32_t active;   /* the number of the recording, which its thread follows; 0: none */
    uint32_t last;     /* number */
    uint32_t finished; /* the last round has an owner */
    uint32_t lock;     /* one round at a time; guards what follows */
    uint32_t has_cpu;
    struct pprof_profile *last_cpu; /* the whole run's, when the interval began */
    struct pp_record_stats stats;
    uint32_t complained;
} record;

/* ---- one file ------------------------------------------------------------------------------- */

static void keep(const char *name, const struct pprof_profile *profile)
{
    char path[PP_DIRECTORY_BYTES + 128];
    pp_record_path(record.directory, name, ".pb.gz", path, sizeof path);
    int result = pp_file_write_profile(path, profile);
    if (result == -ENOSPC || result == -EDQUOT) {
        pp_add_relaxed(&record.stats.removed, pp_record_halve(record.directory));
        result = pp_file_write_profile(path, profile);
    }
    pp_add_relaxed(result == 0 ? &record.stats.files : &record.stats.failed, 1);
    pp_file_complain(path, result, &record.complained);
}

/* ---- a round -------------------------------------------------------------------------------- */

/* What the whole run's CPU profile gained since the last round. */
static int cpu_part(struct pprof_profile *before, struct pprof_profile *now,
                    struct pprof_profile **part)
{
    int64_t begin = before->time_nanos + before->duration_nanos;
    int64_t duration = now->duration_nanos - before->duration_nanos;
    int failed = pp_profile_difference(before, now, part, NULL);
    if (!failed) {
        (*part)->time_nanos = begin;
        (*part)->duration_nanos = duration;
    }
    return failed;
}

static void write_cpu(void)
{
    struct pprof_profile *now, *part;
    if (!record.has_cpu) { /* a request had the profile when the last interval began */
        record.has_cpu = pp_run_cpu_begin(NULL) == 0;
        return;
    }
    if (pp_run_cpu_profile(&now, NULL) != 0) {
        return;
    }
    if (!record.last_cpu) {
        keep("cpu", now);
    } else if (cpu_part(record.last_cpu, now, &part) == 0) {
        keep("cpu", part);
        pprof_profile_free(part);
    }
    pprof_profile_free(record.last_cpu);
    record.last_cpu = now;
}

static void write_kind(const char *name)
{
    struct pprof_profile *profile;
    const struct pp_kind *kind = pp_kind_find(name);
    if (kind && pp_encode_collect(kind, &profile, NULL) == 0) {
        keep(name, profile);
        pprof_profile_free(profile);
    }
}

/* The next of the names between commas, and *at behind it; false at the end. */
static bool next_name(const char **at, char name[KINDS_BYTES])
{
    *at += strspn(*at, ",");
    size_t len = strcspn(*at, ",");
    memcpy(name, *at, len);
    name[len] = '\0';
    *at += len;
    return len > 0;
}

static void write_round(void)
{
    char name[KINDS_BYTES];
    for (const char *at = record.kinds; next_name(&at, name);) {
        if (strcmp(name, "cpu") == 0) {
            write_cpu();
        } else {
            write_kind(name);
        }
    }
    pp_add_relaxed(&record.stats.rounds, 1);
    pp_add_relaxed(&record.stats.removed,
                   pp_record_prune(record.directory, record.max_files, record.max_bytes));
}

static void *record_main(void *arg)
{
    uint32_t number = (uint32_t)(uintptr_t)arg;
    int64_t next = pp_sys_monotonic_ns() + record.interval_ns;
    while (pp_load(&record.active) == number) {
        int64_t left = next - pp_sys_monotonic_ns();
        if (left > 0) {
            (void)pp_sys_futex_wait(&record.active, number, left);
            continue;
        }
        pp_unwind_lock(&record.lock);
        if (pp_load(&record.active) == number) {
            write_round();
        }
        pp_unwind_unlock(&record.lock);
        next += record.interval_ns;
        next = next < pp_sys_monotonic_ns() ? pp_sys_monotonic_ns() : next;
    }
    return NULL;
}

/* ---- life ----------------------------------------------------------------------------------- */

static void take_options(const struct pprof_record_options *options)
{
    const struct pprof_record_options none = { 0 };
    options = options ? options : &none;
    const char *kinds = options->kinds && *options->kinds ? options->kinds : "cpu,heap,block";
    record.interval_ns = (options->interval_s ? options->interval_s : INTERVAL_S) * NS_PER_S;
    record.max_files = options->max_files ? options->max_files : FILES;
    record.max_bytes = options->max_bytes ? options->max_bytes : BYTES;
    memcpy(record.kinds, kinds, strlen(kinds) + 1);
}

static bool wants_cpu(void)
{
    char name[KINDS_BYTES];
    bool wanted = false;
    for (const char *at = record.kinds; next_name(&at, name);) {
        wanted |= strcmp(name, "cpu") == 0;
    }
    return wanted;
}

int pp_record_start(const char *directory, const struct pprof_record_options *options,
                    struct pprof_error *error)
{
    struct pprof_error cpu_error = { .code = 0 };
    uint32_t idle = 0, number = pp_add_relaxed(&record.last, 1) + 1;
    if (options && options->kinds && strlen(options->kinds) >= KINDS_BYTES) {
        return pp_err_set(error, PPROF_ERR_INVALID, "the list of profiles is too long");
    }
    if (!pp_cas(&record.active, &idle, number)) {
        return pp_err_set(error, PPROF_ERR_BUSY, "profiles are being recorded already");
    }
    int failed = pp_file_directory(directory, record.directory, error);
    if (failed) {
        pp_store(&record.active, 0);
        return failed;
    }
    take_options(options);
    record.stats = (struct pp_record_stats){ .running = true };
    record.has_cpu = wants_cpu() && pp_run_cpu_begin(&cpu_error) == 0;
    if (wants_cpu() && !record.has_cpu) {
        pp_log("the first interval has no CPU profile: %s", cpu_error.detail);
    }
    pp_store(&record.finished, 0);
    if (pp_thread_start_ours("record", record_main, (void *)(uintptr_t)number) != 0) {
        pp_log("cannot start a thread: profiles are recorded at the end only");
    }
    return 0;
}

/* A program that ends must not hang on us. */
void pp_record_finish(void)
{
    if (!pp_load(&record.active) || pp_swap(&record.finished, 1)) {
        return;
    }
    pp_self_enter();
    if (pp_unwind_lock_within(&record.lock, FINISH_WAIT_NS)) {
        write_round();
        pprof_profile_free(record.last_cpu);
        record.last_cpu = NULL;
        if (record.has_cpu) {
            record.has_cpu = 0;
            pp_run_cpu_end();
        }
        pp_store_relaxed(&record.stats.running, false);
        pp_unwind_unlock(&record.lock);
    }
    pp_store(&record.active, 0);
    pp_sys_futex_wake(&record.active, 1);
    pp_self_leave();
}

void pp_record_after_fork(void)
{
    memset(&record, 0, sizeof record);
}

void pp_record_stats(struct pp_record_stats *stats)
{
    const struct pp_record_stats *now = &record.stats;
    *stats = (struct pp_record_stats){ .running = pp_load_relaxed(&now->running),
                                       .rounds = pp_load_relaxed(&now->rounds),
                                       .files = pp_load_relaxed(&now->files),
                                       .failed = pp_load_relaxed(&now->failed),
                                       .removed = pp_load_relaxed(&now->removed) };
}

/* ---- the public face ------------------------------------------------------------------------ */

int pprof_record_start(const char *directory, const struct pprof_record_options *options)
{
    struct pprof_error error = { .code = 0 };
    int failed = directory && *directory ? pp_init_ensure() : PPROF_ERR_INVALID;
    if (failed) {
        return failed;
    }
    if (!pp_load_relaxed(&pp_enabled)) {
        return PPROF_ERR_OFF;
    }
    pp_self_enter();
    failed = pp_record_start(directory, options, &error);
    pp_self_leave();
    if (failed) {
        pp_log("not recording: %s", error.detail);
    }
    return failed;
}

void pprof_record_stop(void)
{
    pp_record_finish();
}
