/* Condition: a queue of those who wait, in their order.
 *
 * The mutex is let go while lock_ is held, which every signal takes: so a signal comes before the
 * caller waits, and then does not mean it, or finds it in the queue. That may ready the mutex's
 * next holder under lock_, the one exception to the rule of sched.h: readying takes locks of rank
 * sched only, and never waits for one who wants ours. */
#include "runtime/go/sync.h"

PPROF_API int go_cond_wait(struct go_cond *cond, struct go_mutex *mutex)
{
    struct pp_go_waiter waiter = { 0 };
    pp_go_lock(&cond->lock_);
    (void)pp_add(&cond->waiters_, 1);
    int result = go_mutex_unlock(mutex);
    if (result) {
        (void)pp_sub_relaxed(&cond->waiters_, 1);
        pp_go_unlock(&cond->lock_);
        return result;
    }
    result = pp_go_wait(pp_go_queue_in(cond->queue_), &cond->lock_, &waiter, PP_GO_WAIT_COND,
                        cond);
    if (result) {
        (void)pp_sub_relaxed(&cond->waiters_, 1);
    }
    pp_go_mutex_lock_deaf(mutex);
    return result;
}

PPROF_API void go_cond_signal(struct go_cond *cond)
{
    if (!pp_load(&cond->waiters_)) {
        return;
    }
    pp_go_lock(&cond->lock_);
    struct pp_go_waiter *waiter = pp_go_queue_take(pp_go_queue_in(cond->queue_));
    if (waiter) {
        (void)pp_sub_relaxed(&cond->waiters_, 1);
    }
    pp_go_unlock(&cond->lock_);
    if (waiter) {
        pp_go_wake(waiter, 0);
    }
}

PPROF_API void go_cond_broadcast(struct go_cond *cond)
{
    uint32_t count;
    if (!pp_load(&cond->waiters_)) {
        return;
    }
    pp_go_lock(&cond->lock_);
    struct pp_go_waiter *first = pp_go_queue_take_all(pp_go_queue_in(cond->queue_), &count);
    (void)pp_sub_relaxed(&cond->waiters_, count);
    pp_go_unlock(&cond->lock_);
    pp_go_wake_all(first, 0);
}
