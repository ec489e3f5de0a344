#include "runtime/capture/blocked.h"

#include "base/err.h"
#include "base/sort_in_place.h"
#include "runtime/capture/contention.h"
#include "runtime/capture/deadlock.h"
#include "runtime/capture/text.h"

#include <string.h>

enum { SHOWN = 100 };

/* A thread as it was seen; pcs lie in the arena. */
struct sight {
    struct pp_wait_edge edge;
    int64_t waited_ns;
    bool is_running, is_counted; /* counted: in the block profile when the wait ends */
    const uintptr_t *pcs;
    size_t depth;
};

struct sights {
    struct pp_arena *arena;
    struct sight *items;
    size_t count, cap;
};

/* ---- looking ---- */

static int keep_sight(void *ctx, const struct pp_thread_view *view)
{
    struct sights *sights = ctx;
    if (pp_arena_reserve(sights->arena, &sights->items, &sights->cap, sights->count,
                         sizeof(*sights->items)) != 0) {
        return PPROF_ERR_NOMEM;
    }
    uintptr_t *pcs = pp_arena_array(sights->arena, view->depth + 1, sizeof(*pcs));
    if (!pcs) {
        return PPROF_ERR_NOMEM;
    }
    memcpy(pcs, view->pcs, view->depth * sizeof(*pcs));
    sights->items[sights->count++] = (struct sight){
        .edge = pp_wait_edge_of(view),
        .waited_ns = view->waited_ns,
        .is_running = view->is_running,
        .is_counted = !view->is_running && pp_load_relaxed(&pp_wait_timed) >> view->reason & 1,
        .pcs = pcs,
        .depth = view->depth,
    };
    return 0;
}

static bool is_older(const struct sight *a, const struct sight *b)
{
    return a->waited_ns > b->waited_ns;
}

PP_SORT_IN_PLACE(sort_by_age, struct sight, is_older)

static int look(struct pp_arena *arena, struct sights *sights, struct pprof_error *error)
{
    *sights = (struct sights){ .arena = arena };
    int err = pp_threads_walk(keep_sight, sights, error);
    if (!err) {
        sort_by_age(sights->items, sights->count);
    }
    return err;
}

/* ---- telling ---- */

static void write_time(struct pp_buf *out, int64_t ns)
{
    pp_buf_printf(out, "%lld.%03lld s", (long long)(ns / 1000000000),
                  (long long)(ns / 1000000 % 1000));
}

/* "[sync.Mutex.Lock, 12.345 s]" */
static void write_state(struct pp_buf *out, const struct sight *sight)
{
    pp_buf_char(out, '[');
    pp_buf_str(out, sight->is_running ? "running" : pp_wait_text(sight->edge.reason));
    if (!sight->is_running) {
        pp_buf_str(out, ", ");
        write_time(out, sight->waited_ns);
    }
    pp_buf_char(out, ']');
}

static void write_waiter(struct pp_buf *out, const struct sight *sight)
{
    pp_buf_printf(out, "# thread %lld ", (long long)sight->edge.waiter);
    write_state(out, sight);
    if (sight->edge.object) {
        pp_buf_str(out, " waits for ");
        pp_wait_edge_write(out, &sight->edge, "thread");
    }
    pp_buf_char(out, '\n');
    pp_text_frames(out, sight->pcs, sight->depth, false, true);
}

static void write_waiters(struct pp_buf *out, const struct sights *sights)
{
    size_t waiting = 0, shown = 0;
    for (size_t i = 0; i < sights->count; i++) {
        waiting += sights->items[i].is_counted;
    }
    pp_buf_printf(out, "# waiting now: %zu, longest first\n", waiting);
    for (size_t i = 0; i < sights->count && shown < SHOWN; i++) {
        if (sights->items[i].is_counted) {
            write_waiter(out, &sights->items[i]);
            shown++;
        }
    }
    if (waiting > shown) {
        pp_buf_printf(out, "# and %zu more\n", waiting - shown);
    }
}

static bool is_wanted(const struct sights *sights, int64_t thread, const struct sight **wanter)
{
    for (size_t i = 0; i < sights->count; i++) {
        *wanter = &sights->items[i];
        if ((*wanter)->edge.holder == thread && (*wanter)->edge.waiter != thread &&
            (*wanter)->edge.reason != PP_WAIT_JOIN) {
            return true;
        }
    }
    return false;
}

static void write_holders(struct pp_buf *out, const struct sights *sights)
{
    size_t shown = 0;
    for (size_t i = 0; i < sights->count && shown < SHOWN; i++) {
        const struct sight *sight = &sights->items[i], *wanter;
        if (!is_wanted(sights, sight->edge.waiter, &wanter)) {
            continue;
        }
        shown++;
        pp_buf_printf(out, "# thread %lld ", (long long)sight->edge.waiter);
        write_state(out, sight);
        pp_buf_printf(out, " holds what thread %lld waits for, and is at\n",
                      (long long)wanter->edge.waiter);
        pp_text_frames(out, sight->pcs, sight->depth, false, true);
    }
}

static size_t write_deadlocks(struct pp_buf *out, const struct sights *sights)
{
    struct pp_wait_edge *edges = pp_arena_array(out->arena, sights->count + 1, sizeof(*edges));
    size_t count = 0;
    for (size_t i = 0; edges && i < sights->count; i++) {
        if (!sights->items[i].is_running) {
            edges[count++] = sights->items[i].edge;
        }
    }
    return edges ? pp_deadlocks_write(out, edges, count, "thread") : 0;
}

int pp_blocked_write(struct pp_buf *out, struct pprof_error *error)
{
    struct sights sights;
    int err = look(out->arena, &sights, error);
    if (!err) {
        write_waiters(out, &sights);
        write_holders(out, &sights);
        (void)write_deadlocks(out, &sights);
    }
    return err ? err : out->err;
}

int pp_blocked_deadlocks(struct pp_buf *out, size_t *count, struct pprof_error *error)
{
    struct sights sights;
    int err = look(out->arena, &sights, error);
    *count = err ? 0 : write_deadlocks(out, &sights);
    return err ? err : out->err;
}
