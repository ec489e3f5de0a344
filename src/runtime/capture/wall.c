#include "runtime/capture/wall.h"

#include "base/err.h"
#include "base/sys.h"
#include "base/table.h"
#include "runtime/capture/label.h"
#include "runtime/capture/thread.h"

#include <string.h>

enum {
    RATE_DEFAULT = 100,
    LOOKS_MAX = 16,      /* threads a tick */
    BUDGET_PERCENT = 2,  /* of one processor, for looking; beyond it ticks come later */
    SLOTS = 32 << 10,    /* distinct stacks; a power of two */
    PROBES_MAX = 64,
};

struct tally {
    const uintptr_t *pcs; /* NULL: free; in the arena, like all */
    uint32_t depth, label_set;
    int64_t looks, ns; /* looks: what a look stands for, summed */
};

struct pp_wall {
    struct pp_arena *arena;
    struct tally *tallies;
    struct tally rest; /* what had no room */
    int64_t period_ns, began_ns, began_wall_ns, last_ns, next_ns;
    struct pp_thread_view *seen;
    size_t seen_count;
    uint32_t states[PP_WAIT_REASON_COUNT + 1]; /* label sets by reason; the last: running */
};

struct pp_wall *pp_wall_begin(struct pp_arena *arena, int hz)
{
    struct pp_wall *wall = pp_arena_alloc(arena, sizeof(*wall));
    if (!wall) {
        return NULL;
    }
    memset(wall, 0, sizeof(*wall));
    wall->arena = arena;
    wall->tallies = pp_arena_array(arena, SLOTS, sizeof(*wall->tallies));
    wall->seen = pp_arena_array(arena, LOOKS_MAX, sizeof(*wall->seen));
    wall->period_ns = 1000000000 / (hz > 0 ? hz : RATE_DEFAULT);
    wall->began_wall_ns = pp_sys_wall_ns();
    wall->began_ns = wall->last_ns = pp_sys_monotonic_ns();
    wall->next_ns = wall->began_ns + wall->period_ns;
    return wall->tallies && wall->seen ? wall : NULL;
}

/* ---- counting -------------------------------------------------------------------------------- */

static uint32_t state_of(struct pp_wall *wall, const struct pp_thread_view *view)
{
    size_t index = view->is_running ? PP_WAIT_REASON_COUNT : view->reason;
    const char *word = view->is_running ? "running" : pp_wait_text(view->reason);
    if (!wall->states[index]) {
        struct pprof_label_pair pair = { "state", word };
        wall->states[index] = pp_label_set_extend(0, &pair, 1, NULL);
    }
    if (!view->label_set) {
        return wall->states[index];
    }
    struct pprof_label_pair pair = { "state", word };
    return pp_label_set_extend(view->label_set, &pair, 1, NULL);
}

static uint64_t hash_of(const struct pp_thread_view *view, uint32_t label_set)
{
    uint64_t hash = label_set;
    for (size_t i = 0; i < view->depth; i++) {
        hash = pp_hash_u64(hash ^ view->pcs[i]);
    }
    return hash;
}

static bool is_same(const struct tally *tally, const struct pp_thread_view *view,
                    uint32_t label_set)
{
    return tally->depth == view->depth && tally->label_set == label_set &&
           memcmp(tally->pcs, view->pcs, view->depth * sizeof(view->pcs[0])) == 0;
}

static struct tally *find_tally(struct pp_wall *wall, const struct pp_thread_view *view)
{
    uint32_t label_set = state_of(wall, view);
    size_t home = (size_t)hash_of(view, label_set);
    for (size_t i = 0; i < PROBES_MAX; i++) {
        struct tally *tally = &wall->tallies[(home + i) & (SLOTS - 1)];
        if (!tally->pcs) {
            uintptr_t *pcs = pp_arena_array(wall->arena, view->depth + 1, sizeof(*pcs));
            if (!pcs) {
                return &wall->rest;
            }
            memcpy(pcs, view->pcs, view->depth * sizeof(*pcs));
            *tally = (struct tally){ pcs, (uint32_t)view->depth, label_set, 0, 0 };
            return tally;
        }
        if (is_same(tally, view, label_set)) {
            return tally;
        }
    }
    return &wall->rest;
}

static int keep(void *ctx, const struct pp_thread_view *view)
{
    struct pp_wall *wall = ctx;
    wall->seen[wall->seen_count++] = *view;
    return wall->seen_count == LOOKS_MAX;
}

/* What a look stands for is known only when the tick is over. */
static void count_seen(struct pp_wall *wall, double share, int64_t ns)
{
    for (size_t i = 0; i < wall->seen_count; i++) {
        struct tally *tally = find_tally(wall, &wall->seen[i]);
        tally->looks++;
        tally->ns += (int64_t)((double)ns * share);
    }
}

int64_t pp_wall_next_ns(const struct pp_wall *wall)
{
    return wall->next_ns;
}

int pp_wall_tick(struct pp_wall *wall, struct pprof_error *error)
{
    double share = 0;
    wall->seen_count = 0;
    int64_t began = pp_sys_monotonic_ns();
    int err = pp_threads_sample(LOOKS_MAX, &share, keep, wall, error);
    if (err) {
        return err;
    }
    count_seen(wall, share, began - wall->last_ns);
    int64_t ended = pp_sys_monotonic_ns();
    int64_t least = (ended - began) * 100 / BUDGET_PERCENT;
    wall->last_ns = began;
    wall->next_ns = began + (least > wall->period_ns ? least : wall->period_ns);
    return 0;
}

/* ---- the profile ----------------------------------------------------------------------------- */

static int add_tally(struct pp_snapshot *snapshot, const struct tally *tally)
{
    struct pp_record record = { .values = { tally->looks, tally->ns },
                                .raw = { tally->looks, tally->ns },
                                .label_set = tally->label_set };
    return tally->looks ? pp_snapshot_add_pcs(snapshot, record, tally->pcs, tally->depth) : 0;
}

int pp_wall_end(struct pp_wall *wall, struct pp_snapshot *snapshot, struct pprof_error *error)
{
    snapshot->time_ns = wall->began_wall_ns;
    snapshot->duration_ns = pp_sys_monotonic_ns() - wall->began_ns;
    snapshot->period = wall->period_ns;
    int err = add_tally(snapshot, &wall->rest);
    for (size_t i = 0; i < SLOTS && !err; i++) {
        err = add_tally(snapshot, &wall->tallies[i]);
    }
    return err ? pp_err_set(error, err, "no memory for the wall-clock profile") : 0;
}

const struct pp_kind pp_kind_wall = {
    .name = "wall",
    .values = { { "samples", "count" }, { "wall", "nanoseconds" } },
    .value_count = 2,
    .period = { "wall", "nanoseconds" },
};
