#include "runtime/serve/oom.h"

#include "base/err.h"
#include "base/log.h"
#include "base/sys.h"
#include "pprof/pprof.h"
#include "runtime/capture/kind.h"
#include "runtime/capture/memstats.h"
#include "runtime/capture/self.h"
#include "runtime/capture/thread.h"
#include "runtime/serve/cgroup.h"
#include "runtime/serve/encode.h"
#include "runtime/serve/file.h"
#include "runtime/serve/init.h"
#include "runtime/serve/record.h"
#include "runtime/serve/serve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t FAR_NS = 1000000000, NEAR_NS = 100000000;
enum { PERCENT = 90, TIMES_MAX = 16, NEAR_PERCENT = 75, REARM_PERCENT = 90 };

static struct {
    char directory[PP_DIRECTORY_BYTES];
    uint32_t active;
    unsigned percent;   /* of what there is; 0: bytes counts */
    uint64_t bytes;
    uint64_t looks, written;
    unsigned near;      /* use in percent of the limit, at the last look */
    bool is_past;       /* written, and not fallen below since */
    uint32_t complained;
} oom;

/* ---- how near ------------------------------------------------------------------------------- */

static unsigned percent_of(uint64_t part, uint64_t whole)
{
    return whole ? (unsigned)((double)part * 100 / (double)whole) : 0;
}

/* Page cache that the kernel would take back first. */
static uint64_t inactive_file(const struct pp_cgroup *cgroup)
{
    char path[sizeof cgroup->path + 32], text[4096];
    const char *field = cgroup->version == 1 ? "total_inactive_file " : "inactive_file ";
    (void)snprintf(path, sizeof path, "%s/memory.stat", cgroup->path);
    const char *at = pp_sys_read_file(path, text, sizeof text) > 0 ? strstr(text, field) : NULL;
    return at ? strtoull(at + strlen(field), NULL, 10) : 0;
}

static unsigned without_cache(uint64_t current, uint64_t cache, uint64_t limit)
{
    return limit == UINT64_MAX ? 0 : percent_of(current > cache ? current - cache : 0, limit);
}

/* memory.high counts as well: nobody is killed there, but slowed down so that the limit is never
 * seen near, until something in user space ends it. */
static unsigned used_of_group(const struct pp_cgroup *cgroup)
{
    uint64_t cache = inactive_file(cgroup);
    unsigned of_limit = without_cache(cgroup->current, cache, cgroup->limit);
    unsigned of_high = without_cache(cgroup->high_current, cache, cgroup->high);
    return of_limit > of_high ? of_limit : of_high;
}

static unsigned used_of_all(void)
{
    struct pp_cgroup cgroup;
    struct pp_machine machine;
    pp_cgroup_read(&cgroup);
    pp_machine_read(&machine);
    unsigned used = cgroup.version ? used_of_group(&cgroup) : 0;
    unsigned of_machine =
        machine.available ? percent_of(machine.total - machine.available, machine.total) : 0;
    return of_machine > used ? of_machine : used;
}

/* Use in percent of the limit. */
static unsigned look(void)
{
    pp_add_relaxed(&oom.looks, 1);
    return oom.percent
               ? used_of_all() * 100 / oom.percent
               : percent_of(pp_status_bytes("VmRSS:") + pp_status_bytes("VmSwap:"), oom.bytes);
}

/* ---- files ---------------------------------------------------------------------------------- */

static void write_kind(const struct pp_kind *kind)
{
    char name[64], path[PP_DIRECTORY_BYTES + 128];
    struct pprof_profile *profile;
    if (pp_encode_collect(kind, &profile, NULL) != 0) {
        return;
    }
    (void)snprintf(name, sizeof name, "oom-%s", kind->name);
    pp_record_path(oom.directory, name, ".pb.gz", path, sizeof path);
    pp_file_complain(path, pp_file_write_profile(path, profile), &oom.complained);
    pprof_profile_free(profile);
}

static void write_memory(void)
{
    char path[PP_DIRECTORY_BYTES + 128];
    struct pp_arena arena;
    struct pp_call call;
    const struct pprof_request request = { .method = "GET", .path = "/debug/pprof/memory" };
    pp_arena_init(&arena, 0);
    pp_call_answer(&call, &request, &arena);
    pp_record_path(oom.directory, "oom-memory", ".txt", path, sizeof path);
    pp_file_complain(path, pp_file_write(path, &call.body), &oom.complained);
    pp_arena_release(&arena);
}

/* Heap first: it is what is wanted most, and time may be short. */
static void write_all(void)
{
    pp_log("memory is at %u %% of the limit: writing profiles to %s", oom.near, oom.directory);
    write_kind(&pp_kind_heap);
    write_kind(&pp_kind_goroutine);
    write_memory();
    pp_add_relaxed(&oom.written, 1);
}

static void act(void)
{
    if (oom.near >= 100 && !oom.is_past && oom.written < TIMES_MAX) {
        oom.is_past = true;
        write_all();
    } else if (oom.near < REARM_PERCENT) {
        oom.is_past = false;
    }
}

static void *oom_main(void *arg)
{
    (void)arg;
    while (pp_load(&oom.active)) {
        if (pp_load_relaxed(&pp_enabled)) {
            pp_store_relaxed(&oom.near, look());
            act();
        }
        (void)pp_sys_futex_wait(&oom.active, 1, oom.near >= NEAR_PERCENT ? NEAR_NS : FAR_NS);
    }
    return NULL;
}

/* ---- life ----------------------------------------------------------------------------------- */

static bool parse_limit(const char *text, unsigned *percent, uint64_t *bytes)
{
    static const char units[] = "KMGT";
    char *end;
    if (!text || !*text) {
        *percent = PERCENT;
        return true;
    }
    uint64_t value = text[0] >= '0' && text[0] <= '9' ? strtoull(text, &end, 10) : 0;
    if (!value || value > (uint64_t)1 << 60) {
        return false;
    }
    if (strcmp(end, "%") == 0) {
        *percent = value <= 100 ? (unsigned)value : 0;
        return *percent != 0;
    }
    const char *unit = *end ? strchr(units, *end & ~32) : NULL;
    unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
    end += unit != NULL;
    *bytes = value << shift;
    return *end == '\0' && *bytes >> shift == value;
}

int pp_oom_start(const char *directory, const char *limit, struct pprof_error *error)
{
    unsigned percent = 0;
    uint64_t bytes = 0;
    uint32_t idle = 0;
    if (!parse_limit(limit, &percent, &bytes)) {
        return pp_err_set(error, PPROF_ERR_INVALID,
                          "%.40s is no limit: it must be like 90%% or 512M", limit);
    }
    if (!pp_cas(&oom.active, &idle, 1)) {
        return pp_err_set(error, PPROF_ERR_BUSY, "memory is being watched already");
    }
    int failed = pp_file_directory(directory, oom.directory, error);
    oom.percent = percent;
    oom.bytes = bytes;
    if (!failed && pp_thread_start_ours("oom", oom_main, NULL) != 0) {
        failed = pp_err_set(error, PPROF_ERR_SYSTEM, "cannot start a thread");
    }
    if (failed) {
        pp_store(&oom.active, 0);
    }
    return failed;
}

void pp_oom_after_fork(void)
{
    memset(&oom, 0, sizeof oom);
}

void pp_oom_stats(struct pp_oom_stats *stats)
{
    *stats = (struct pp_oom_stats){ pp_load(&oom.active) != 0,
                                     pp_load_relaxed(&oom.looks),
                                     pp_load_relaxed(&oom.written),
                                     pp_load_relaxed(&oom.near) };
}

/* ---- the public face ------------------------------------------------------------------------ */

int pprof_on_oom(const char *directory, const char *limit)
{
    struct pprof_error error = { .code = 0 };
    int failed = directory && *directory ? pp_init_ensure() : PPROF_ERR_INVALID;
    if (failed) {
        return failed;
    }
    pp_self_enter();
    failed = pp_oom_start(directory, limit, &error);
    pp_self_leave();
    if (failed) {
        pp_log("memory is not watched: %s", error.detail);
    }
    return failed;
}
