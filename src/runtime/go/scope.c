/* Scopes: a wait group, a context of their own, and the first error. */
#include "runtime/go/sync.h"

#include <errno.h>
#include <stdlib.h>

struct go_scope {
    struct go_context *context;
    struct go_wait_group group;
    struct go_sem room;
    bool is_limited;
    int error; /* the first; atomic */
};

struct task {
    struct go_scope *scope;
    go_task_fn fn;
    void *arg;
    int result;
};

PPROF_API struct go_scope *go_scope_new(size_t limit)
{
    struct go_scope *scope = calloc(1, sizeof(*scope));
    if (!scope) {
        return NULL;
    }
    scope->is_limited = limit > 0 && limit <= INT64_MAX;
    scope->room.count_ = scope->is_limited ? (int64_t)limit : 0;
    scope->context = go_context_new(go_context());
    if (!scope->context) {
        free(scope);
        return NULL;
    }
    return scope;
}

static void run_task(void *arg)
{
    struct task *task = arg;
    pp_go_self()->fn = (go_fn)(uintptr_t)task->fn; /* what reports show it began with */
    task->result = task->fn(task->arg);
}

static void let_in(struct go_scope *scope)
{
    if (scope->is_limited) {
        (void)go_sem_add(&scope->room, 1);
    }
}

/* Also when the task ended by go_exit. The scope may be gone after the last line. */
static void end_task(void *arg)
{
    struct task *task = arg;
    struct go_scope *scope = task->scope;
    int none = 0;
    if (task->result && pp_cas(&scope->error, &none, task->result)) {
        go_context_cancel(scope->context);
    }
    free(task);
    let_in(scope);
    (void)go_wait_group_done(&scope->group);
}

static int start_task(struct go_scope *scope, struct task *task, uintptr_t pc)
{
    struct go_context *before = go_context_enter(scope->context);
    (void)go_wait_group_add(&scope->group, 1);
    int failed = pp_go_start_then(run_task, task, end_task, task, pc);
    if (failed) {
        (void)go_wait_group_done(&scope->group);
    }
    go_context_leave(before);
    return failed;
}

PPROF_API int go_scope_start(struct go_scope *scope, go_task_fn fn, void *arg)
{
    uintptr_t pc = (uintptr_t)__builtin_return_address(0);
    if (!scope || !fn) {
        return scope ? -EINVAL : -ENOMEM;
    }
    int failed = scope->is_limited ? go_sem_acquire(&scope->room, 1) : 0;
    if (failed) {
        return failed;
    }
    struct task *task = malloc(sizeof(*task));
    failed = -ENOMEM;
    if (task) {
        *task = (struct task){ .scope = scope, .fn = fn, .arg = arg };
        failed = start_task(scope, task, pc);
    }
    if (failed) {
        free(task);
        let_in(scope);
    }
    return failed;
}

PPROF_API void go_scope_cancel(struct go_scope *scope)
{
    go_context_cancel(scope ? scope->context : NULL);
}

PPROF_API int go_scope_join(struct go_scope *scope)
{
    if (!scope) {
        return -ENOMEM;
    }
    pp_go_wait_group_join(&scope->group);
    int error = pp_load_acquire(&scope->error);
    go_context_free(scope->context);
    free(scope);
    return error;
}

PPROF_API int go_scope_abandon(struct go_scope *scope)
{
    go_scope_cancel(scope);
    return go_scope_join(scope);
}
