#include "runtime/serve/oom.h"

#include "base/err.h"
#include "base/log.h"
#include "base/sys.h"
#include "pprof/pprof.h"
#include "runtime/capture/kind.h"
#include "runtime/capture/self.h"
#include "runtime/capture/thread.h"
#include "runtime/serve/encode.h"
#include "runtime/serve/file.h"
#include "runtime/serve/init.h"
#include "runtime/serve/oom_room.h"
#include "runtime/serve/record.h"
#include "runtime/serve/serve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t FAR_NS = 1000000000, NEAR_NS = 100000000, LEAST_NS = 10000000;
enum { PERCENT = 90, TIMES_MAX = 16, NEAR_PERCENT = 75, REARM_PERCENT = 90 };

static struct {
    char directory[PP_DIRECTORY_BYTES];
    uint32_t active;
    struct pp_oom_limit limit;
    struct pp_oom_room seen; /* at the last look at everything */
    int64_t seen_ns;
    struct pp_oom_room room; /* what became of it */
    uint64_t looks, written;
    unsigned near;      /* use in percent of the limit, at the last look */
    bool is_past;       /* written, and not fallen below since */
    uint32_t complained;
} oom;

/* ---- when to look --------------------------------------------------------------------------- */

/* As fast as a program that takes memory usually can: the kernel has to clear the pages. */
static const uint64_t BYTES_PER_S = 2ULL << 30;

static int64_t due_after(const struct pp_oom_room *room)
{
    return room->used >= NEAR_PERCENT ? NEAR_NS : FAR_NS;
}

static void look(int64_t now)
{
    oom.seen = oom.room = pp_oom_look(&oom.limit);
    oom.seen_ns = now;
    pp_add_relaxed(&oom.looks, 1);
    pp_store_relaxed(&oom.near, oom.seen.used);
}

/* Others in the group are seen by a whole look only, so one is due now and then in any case. */
static bool look_if_due(void)
{
    int64_t now = pp_sys_monotonic_ns();
    bool is_due = !oom.seen_ns || now - oom.seen_ns >= due_after(&oom.seen);
    if (!is_due && !oom.is_past) {
        oom.room = pp_oom_look_at_self(&oom.limit, &oom.seen);
        is_due = oom.room.left == 0;
    }
    if (is_due) {
        look(now);
    }
    return is_due;
}

/* As long as the room lasts that is left when it is taken at full speed, with half of what is
 * spared beyond: the other half is for writing. */
static int64_t pause_ns(void)
{
    int64_t due = due_after(&oom.seen);
    if (oom.is_past || oom.room.left >= BYTES_PER_S) {
        return due;
    }
    uint64_t taken = oom.room.left + oom.room.spare / 2;
    int64_t lasts = (int64_t)((double)taken * (double)FAR_NS / (double)BYTES_PER_S);
    lasts = lasts > LEAST_NS ? lasts : LEAST_NS;
    return lasts < due ? lasts : due;
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
    if (oom.near >= 100 && !oom.is_past) {
        oom.is_past = true;
        if (oom.written < TIMES_MAX) {
            write_all();
        }
    } else if (oom.near < REARM_PERCENT) {
        oom.is_past = false;
    }
}

static void *oom_main(void *arg)
{
    (void)arg;
    while (pp_load(&oom.active)) {
        bool is_on = pp_load_relaxed(&pp_enabled);
        if (is_on && look_if_due()) {
            act();
        }
        (void)pp_sys_futex_wait(&oom.active, 1, is_on ? pause_ns() : FAR_NS);
    }
    return NULL;
}

/* ---- life ----------------------------------------------------------------------------------- */

static bool parse_limit(const char *text, struct pp_oom_limit *limit)
{
    static const char units[] = "KMGT";
    char *end;
    if (!text || !*text) {
        limit->percent = PERCENT;
        return true;
    }
    uint64_t value = text[0] >= '0' && text[0] <= '9' ? strtoull(text, &end, 10) : 0;
    if (!value || value > (uint64_t)1 << 60) {
        return false;
    }
    if (strcmp(end, "%") == 0) {
        limit->percent = value <= 100 ? (unsigned)value : 0;
        return limit->percent != 0;
    }
    const char *unit = *end ? strchr(units, *end & ~32) : NULL;
    unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
    end += unit != NULL;
    limit->bytes = value << shift;
    return *end == '\0' && limit->bytes >> shift == value;
}

int pp_oom_start(const char *directory, const char *limit, struct pprof_error *error)
{
    struct pp_oom_limit parsed = { 0 };
    uint32_t idle = 0;
    if (!parse_limit(limit, &parsed)) {
        return pp_err_set(error, PPROF_ERR_INVALID,
                          "%.40s is no limit: it must be like 90%% or 512M", limit);
    }
    if (!pp_cas(&oom.active, &idle, 1)) {
        return pp_err_set(error, PPROF_ERR_BUSY, "memory is being watched already");
    }
    int failed = pp_file_directory(directory, oom.directory, error);
    oom.limit = parsed;
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
