#include "runtime/capture/tasksource.h"

#include "base/atomic.h"

enum { SOURCES_MAX = 4 };

static const struct pp_task_source *sources[SOURCES_MAX];
static size_t source_count;

int pp_task_source_add(const struct pp_task_source *source)
{
    size_t n = pp_load_acquire(&source_count);
    for (size_t i = 0; i < n; i++) {
        if (sources[i] == source) {
            return PPROF_ERR_EXISTS;
        }
    }
    if (n == SOURCES_MAX) {
        return PPROF_ERR_LIMIT;
    }
    sources[n] = source;
    pp_store_release(&source_count, n + 1);
    return 0;
}

bool pp_tasks_differ(void)
{
    return pp_load_acquire(&source_count) > 1;
}

/* Remembers that the visitor asked to stop, so that the next source is not asked. */
struct relay {
    int (*visit)(void *ctx, const struct pp_task *task);
    void *ctx;
    int stopped;
};

static int relay_visit(void *ctx, const struct pp_task *task)
{
    struct relay *relay = ctx;
    relay->stopped = relay->visit(relay->ctx, task);
    return relay->stopped;
}

int pp_tasks_walk(int (*visit)(void *ctx, const struct pp_task *task), void *ctx,
                  struct pprof_error *error)
{
    struct relay relay = { visit, ctx, 0 };
    size_t n = pp_load_acquire(&source_count);
    for (size_t i = 0; i < n && !relay.stopped; i++) {
        int err = sources[i]->walk(relay_visit, &relay, error);
        if (err) {
            return err;
        }
    }
    return 0;
}

enum pp_task_claim pp_task_claim(pid_t tid, struct pp_task *task)
{
    size_t n = pp_load_acquire(&source_count);
    for (size_t i = 0; i < n; i++) {
        enum pp_task_claim claim =
            sources[i]->claim ? sources[i]->claim(tid, task) : PP_TASK_FOREIGN;
        if (claim != PP_TASK_FOREIGN) {
            return claim;
        }
    }
    return PP_TASK_FOREIGN;
}

int64_t pp_tasks_count(void)
{
    int64_t total = 0;
    size_t n = pp_load_acquire(&source_count);
    for (size_t i = 0; i < n; i++) {
        total += sources[i]->count();
    }
    return total;
}
