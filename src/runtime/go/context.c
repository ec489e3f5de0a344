/* Contexts: a tree that ends from the top down.
 *
 *   context   done (event)  <- waits of goroutines whose ambient context this is, and selects
 *             children -> context <-> context      linked; each child holds its parent
 *             alarm                                set when its deadline is before its parent's
 *
 * Invariants
 *  - children are linked under the parent's lock, while the parent has not ended; one that is made
 *    later ends at once. So each context is reached by exactly one of those who end its parent.
 *  - holders counts users, goroutines, children, and who walks the tree. A context whose holders
 *    came to 0 may still be in its parent's list: it is never held again.
 *  - ending a tree uses no stack: what is to be ended is linked by `pending`. */
#include "base/sys.h"
#include "runtime/go/sched_private.h"

#include <errno.h>
#include <stdlib.h>

struct go_context {
    struct pp_go_event done;
    uint32_t holders; /* atomic */
    uint32_t lock;    /* children; rank object, the parent's before the child's */
    struct go_context *parent, *children, *next, *prev, *pending;
    bool is_linked;   /* guarded by the parent's lock */
    int64_t deadline;
    struct pp_go_alarm alarm;
    const void *key;
    void *value;
    void (*free_value)(void *value);
};

/* Ambient where there was no memory for a context: all that waits ends at once. */
static struct go_context no_memory = { .done = { .result = -ENOMEM },
                                       .holders = 1,
                                       .deadline = GO_FOREVER };

/* ---- holders ---- */

PPROF_API struct go_context *go_context_hold(struct go_context *context)
{
    if (context) {
        (void)pp_add_relaxed(&context->holders, 1);
    }
    return context;
}

static bool try_hold(struct go_context *context)
{
    uint32_t holders = pp_load_relaxed(&context->holders);
    while (holders) {
        if (pp_cas(&context->holders, &holders, holders + 1)) {
            return true;
        }
    }
    return false;
}

static void unlink_child(struct go_context *child)
{
    struct go_context *parent = child->parent;
    pp_go_lock(&parent->lock);
    if (child->is_linked) {
        *(child->prev ? &child->prev->next : &parent->children) = child->next;
        if (child->next) {
            child->next->prev = child->prev;
        }
    }
    pp_go_unlock(&parent->lock);
}

/* The last holder has gone; returns the parent, one of whose holders it was. */
static struct go_context *destroy(struct go_context *context)
{
    struct go_context *parent = context->parent;
    if (parent) {
        unlink_child(context);
    }
    (void)pp_go_alarm_clear(&context->alarm);
    if (context->free_value) {
        context->free_value(context->value);
    }
    free(context);
    return parent;
}

PPROF_API void go_context_free(struct go_context *context)
{
    while (context) {
        pp_go_released(&context->holders);
        if (pp_add(&context->holders, UINT32_MAX) != 1) {
            return;
        }
        pp_go_acquired(&context->holders);
        context = destroy(context);
    }
}

/* ---- ending ---- */

/* The children, each held, linked by `pending` before `rest`. */
static struct go_context *take_children(struct go_context *context, struct go_context *rest)
{
    pp_go_lock(&context->lock);
    for (struct go_context *child = context->children; child; child = child->next) {
        if (try_hold(child)) {
            child->pending = rest;
            rest = child;
        }
    }
    pp_go_unlock(&context->lock);
    return rest;
}

/* Ends it and all below. */
static void end_tree(struct go_context *context, int error)
{
    struct go_context *pending = NULL;
    if (pp_go_event_fire(&context->done, error)) {
        pending = take_children(context, NULL);
    }
    while (pending) {
        struct go_context *child = pending;
        pending = child->pending;
        if (pp_go_event_fire(&child->done, error)) {
            pending = take_children(child, pending);
        }
        go_context_free(child);
    }
}

PPROF_API void go_context_cancel(struct go_context *context)
{
    if (context) {
        end_tree(context, -ECANCELED);
    }
}

/* The alarm is done before the tree ends: then who frees the context does not wait for us, who may
 * be the one that frees it. */
static void fire_deadline(struct pp_go_alarm *alarm)
{
    struct go_context *context =
        (struct go_context *)(void *)((char *)alarm - offsetof(struct go_context, alarm));
    bool is_alive = try_hold(context);
    pp_go_alarm_done(alarm);
    if (is_alive) {
        end_tree(context, -ETIMEDOUT);
        go_context_free(context);
    }
}

/* ---- making ---- */

/* Into the parent's list, unless that has ended: its error then. */
static int link_child(struct go_context *parent, struct go_context *child)
{
    pp_go_lock(&parent->lock);
    int error = pp_load_acquire(&parent->done.result);
    if (!error) {
        child->next = parent->children;
        if (child->next) {
            child->next->prev = child;
        }
        parent->children = child;
        child->is_linked = true;
    }
    pp_go_unlock(&parent->lock);
    return error;
}

static struct go_context *new_context(struct go_context *parent)
{
    struct go_context *context = calloc(1, sizeof(*context));
    if (!context) {
        return NULL;
    }
    context->holders = 1;
    context->alarm.fire = fire_deadline;
    context->parent = go_context_hold(parent);
    context->deadline = parent ? parent->deadline : GO_FOREVER;
    int error = parent ? link_child(parent, context) : 0;
    if (error) {
        (void)pp_go_event_fire(&context->done, error);
    }
    return context;
}

PPROF_API struct go_context *go_context_new(struct go_context *parent)
{
    return new_context(parent);
}

PPROF_API struct go_context *go_context_new_deadline(struct go_context *parent, int64_t when)
{
    struct go_context *context = new_context(parent);
    if (!context || when >= context->deadline) {
        return context;
    }
    context->deadline = when;
    if (when <= pp_sys_monotonic_ns()) {
        end_tree(context, -ETIMEDOUT);
    } else if (!pp_go_alarm_set(&context->alarm, when)) {
        go_context_free(context);
        return NULL;
    }
    return context;
}

PPROF_API struct go_context *go_context_new_timeout(struct go_context *parent, int64_t ns)
{
    int64_t now = pp_sys_monotonic_ns(), when;
    if (__builtin_add_overflow(now, ns, &when)) {
        when = ns > 0 ? GO_FOREVER : 0;
    }
    return go_context_new_deadline(parent, when);
}

PPROF_API struct go_context *go_context_new_value(struct go_context *parent, const void *key,
                                                  void *value, void (*free_value)(void *value))
{
    struct go_context *context = new_context(parent);
    if (context) {
        context->key = key;
        context->value = value;
        context->free_value = free_value;
    }
    return context;
}

/* ---- asking ---- */

PPROF_API int go_context_error(const struct go_context *context)
{
    int error = context ? pp_load_acquire(&context->done.result) : 0;
    if (error) {
        pp_go_acquired(&context->done.lock);
    }
    return error;
}

PPROF_API int go_context_wait(struct go_context *context)
{
    struct go_case done = go_case_done(context);
    int chosen = go_select(&done, 1);
    return chosen < 0 ? chosen : done.result;
}

PPROF_API int64_t go_context_deadline(const struct go_context *context)
{
    return context ? context->deadline : GO_FOREVER;
}

PPROF_API void *go_context_value(const struct go_context *context, const void *key)
{
    while (context && (context->key != key || !key)) {
        context = context->parent;
    }
    return context ? context->value : NULL;
}

/* ---- the ambient one ---- */

static void make_ambient(struct go_context *context)
{
    pp_go_context_set(pp_go_self(), context, context ? &context->done : NULL);
}

PPROF_API struct go_context *go_context(void)
{
    return pp_go_context_of(pp_go_self());
}

PPROF_API struct go_context *go_context_enter(struct go_context *context)
{
    struct go_context *before = go_context();
    make_ambient(go_context_hold(context));
    return before;
}

PPROF_API void go_context_leave(struct go_context *before)
{
    struct go_context *context = go_context();
    make_ambient(before);
    go_context_free(context);
}

PPROF_API struct go_with go_with_begin(int64_t ns)
{
    struct go_with with = { .context = go_context_new_timeout(go_context(), ns), .once = true };
    if (!with.context) {
        with.context = go_context_hold(&no_memory);
    }
    with.before = go_context_enter(with.context);
    return with;
}

PPROF_API void go_with_end(struct go_with *with)
{
    go_context_leave(with->before);
    go_context_free(with->context);
}

/* ---- for the scheduler and select ---- */

struct go_context *pp_go_context_inherit(struct go_context *context, struct pp_go_event **done)
{
    *done = &context->done;
    return go_context_hold(context);
}

void pp_go_context_drop(struct go_context *context)
{
    go_context_free(context);
}

struct pp_go_event *pp_go_context_event(struct go_context *context)
{
    return &context->done;
}
