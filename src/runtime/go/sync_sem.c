/* Counting semaphore: strictly first come, first served, so that one that needs much is not passed
 * over for ever by those that need little. */
#include "runtime/go/sync.h"

#include <errno.h>

static int64_t need_of(const struct pp_go_waiter *waiter)
{
    return *(const int64_t *)waiter->value;
}

/* All at the head that can be served now, linked by `next`. Under the lock. */
static struct pp_go_waiter *serve(struct go_sem *sem)
{
    struct pp_go_queue *queue = pp_go_queue_in(sem->queue_);
    struct pp_go_waiter *first = NULL, **end = &first, *waiter;
    while ((waiter = pp_go_queue_first(queue)) != NULL && need_of(waiter) <= sem->count_) {
        pp_go_queue_remove(waiter);
        if (waiter->ticket && !pp_go_waiter_claim(waiter)) {
            continue; /* its context was faster */
        }
        sem->count_ -= need_of(waiter);
        *end = waiter;
        waiter->next = NULL;
        end = &waiter->next;
    }
    return first;
}

PPROF_API int go_sem_add(struct go_sem *sem, int64_t n)
{
    int64_t sum;
    pp_go_released(sem);
    pp_go_lock(&sem->lock_);
    bool is_wrong = n < 0 || __builtin_add_overflow(sem->count_, n, &sum);
    if (!is_wrong) {
        sem->count_ = sum;
    }
    struct pp_go_waiter *first = serve(sem);
    pp_go_unlock(&sem->lock_);
    pp_go_wake_all(first, 0);
    return is_wrong ? -EINVAL : 0;
}

/* Under the lock: true when it was taken. */
static bool take(struct go_sem *sem, int64_t n)
{
    bool can = !pp_go_queue_first(pp_go_queue_in(sem->queue_)) && n <= sem->count_;
    sem->count_ -= can ? n : 0;
    return can;
}

PPROF_API bool go_sem_try_acquire(struct go_sem *sem, int64_t n)
{
    pp_go_lock(&sem->lock_);
    bool taken = n >= 0 && take(sem, n);
    pp_go_unlock(&sem->lock_);
    pp_go_acquired(sem);
    return taken;
}

PPROF_API int go_sem_acquire(struct go_sem *sem, int64_t n)
{
    struct pp_go_waiter waiter = { .value = &n };
    if (n < 0) {
        return -EINVAL;
    }
    pp_go_lock(&sem->lock_);
    if (take(sem, n)) {
        pp_go_unlock(&sem->lock_);
        pp_go_acquired(sem);
        return 0;
    }
    int result = pp_go_wait(pp_go_queue_in(sem->queue_), &sem->lock_, &waiter,
                            PP_GO_WAIT_SEMAPHORE, sem);
    if (result) { /* those behind may need less */
        pp_go_lock(&sem->lock_);
        struct pp_go_waiter *first = serve(sem);
        pp_go_unlock(&sem->lock_);
        pp_go_wake_all(first, 0);
    }
    pp_go_acquired(sem);
    return result;
}
