/* Wait group and once: things that many wait for and that happen for all of them. */
#include "runtime/go/sync.h"

#include <errno.h>

/* ---- wait group ---- */

/* To zero, under the lock: a waiter looks at the count under it too, so it cannot free the group
 * before the lock is let go. */
static bool reach_zero(struct go_wait_group *group, int64_t count)
{
    uint32_t woken;
    struct pp_go_waiter *first = NULL;
    pp_go_lock(&group->lock_);
    bool is_done = pp_cas(&group->count_, &count, 0);
    if (is_done) {
        first = pp_go_queue_take_all(pp_go_queue_in(group->queue_), &woken);
    }
    pp_go_unlock(&group->lock_);
    pp_go_wake_all(first, 0);
    return is_done;
}

PPROF_API int go_wait_group_add(struct go_wait_group *group, int64_t n)
{
    int64_t next, count = pp_load_relaxed(&group->count_);
    pp_go_released(group);
    for (;;) {
        if (__builtin_add_overflow(count, n, &next) || next < 0) {
            return -EINVAL;
        }
        if (next == 0 ? reach_zero(group, count) : pp_cas(&group->count_, &count, next)) {
            return 0;
        }
        count = pp_load_relaxed(&group->count_);
    }
}

PPROF_API int go_wait_group_done(struct go_wait_group *group)
{
    return go_wait_group_add(group, -1);
}

static int wait_for_zero(struct go_wait_group *group, bool is_deaf)
{
    struct pp_go_waiter waiter = { 0 };
    pp_go_lock(&group->lock_);
    if (pp_load_relaxed(&group->count_) == 0) {
        pp_go_unlock(&group->lock_);
        pp_go_acquired(group);
        return 0;
    }
    int result = pp_go_wait_until(pp_go_queue_in(group->queue_), &group->lock_, &waiter,
                                  PP_GO_WAIT_WAIT_GROUP, group, GO_FOREVER, is_deaf);
    pp_go_acquired(group);
    return result;
}

PPROF_API int go_wait_group_wait(struct go_wait_group *group)
{
    return wait_for_zero(group, false);
}

void pp_go_wait_group_join(struct go_wait_group *group)
{
    (void)wait_for_zero(group, true);
}

static void be_done(void *arg)
{
    (void)go_wait_group_done(arg);
}

PPROF_API int go_wait_group_start(struct go_wait_group *group, go_fn fn, void *arg)
{
    uintptr_t pc = (uintptr_t)__builtin_return_address(0);
    int failed = go_wait_group_add(group, 1);
    if (!failed && (failed = pp_go_start_then(fn, arg, be_done, group, pc)) != 0) {
        (void)go_wait_group_done(group);
    }
    return failed;
}

/* ---- once ---- */

enum { ONCE_NEW, ONCE_RUNS, ONCE_DONE };

static void be_first(struct go_once *once, go_fn fn, void *arg)
{
    uint32_t woken;
    fn(arg);
    pp_go_released(once);
    pp_go_lock(&once->lock_);
    pp_store_release(&once->state_, ONCE_DONE);
    struct pp_go_waiter *first = pp_go_queue_take_all(pp_go_queue_in(once->queue_), &woken);
    pp_go_unlock(&once->lock_);
    pp_go_wake_all(first, 0);
}

PPROF_API int go_once_do(struct go_once *once, go_fn fn, void *arg)
{
    struct pp_go_waiter waiter = { 0 };
    int result = 0;
    if (pp_unlikely(pp_load_acquire(&once->state_) != ONCE_DONE)) {
        pp_go_lock(&once->lock_);
        if (once->state_ == ONCE_NEW) {
            pp_store_relaxed(&once->state_, ONCE_RUNS);
            pp_go_unlock(&once->lock_);
            be_first(once, fn, arg);
        } else if (once->state_ == ONCE_DONE) {
            pp_go_unlock(&once->lock_);
        } else {
            result = pp_go_wait(pp_go_queue_in(once->queue_), &once->lock_, &waiter,
                                PP_GO_WAIT_MUTEX, NULL);
        }
    }
    pp_go_acquired(once);
    return result;
}
