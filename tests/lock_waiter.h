/* Somebody who waits for a lock, for tests of what is noted meanwhile. Nobody waits for a time
 * here, only for a state. For one unit test binary each; runtime_ ones only. */
#ifndef TESTS_LOCK_WAITER_H
#define TESTS_LOCK_WAITER_H

#include "base/sys.h"
#include "pprof/pprof.h"
#include "runtime/capture/contention.h"
#include "runtime/capture/lock_queue.h"
#include "runtime/capture/thread.h"

#include <check.h>
#include <errno.h>
#include <pthread.h>

static struct pprof_error error;

static void nap(void)
{
    pp_sys_sleep_ns(500000);
}

static void begin(void)
{
    pprof_mutex_fraction(1);
    pprof_block_rate(1);
    pp_sumtab_clear(&pp_block_sums);
    pp_sumtab_clear(&pp_mutex_sums);
}

static uint64_t events_of(const struct pp_sumtab *table)
{
    uint64_t count = 0;
    struct pp_sum sum;
    for (size_t at = 0; pp_sumtab_next(table, &at, &sum);) {
        count += sum.count;
    }
    return count >> PP_EVENT_SHIFT;
}

static size_t queued(void)
{
    struct pp_lock_queue_stats stats;
    pp_lock_queue_stats(&stats);
    return stats.locks;
}

/* ---- somebody who waits ---- */

struct waiter {
    pthread_t thread;
    pid_t tid;
    int (*take)(void *lock); /* waits */
    void *lock;
    int result, saved_errno;
};

static void *run_waiter(void *arg)
{
    struct waiter *waiter = arg;
    pp_store_release(&waiter->tid, pp_sys_tid());
    errno = 77;
    waiter->result = waiter->take(waiter->lock);
    waiter->saved_errno = errno;
    return NULL;
}

struct search {
    pid_t tid;
    enum pp_wait_reason reason;
    struct pp_thread_view view;
    bool found;
};

static int find_wait(void *ctx, const struct pp_thread_view *view)
{
    struct search *search = ctx;
    if (view->tid == search->tid && !view->is_running && view->reason == search->reason) {
        search->view = *view;
        search->found = true;
    }
    return 0;
}

static const struct pp_thread_view *await_wait(pid_t *tid, enum pp_wait_reason reason)
{
    static struct search search;
    while (!pp_load_acquire(tid)) {
        nap();
    }
    search = (struct search){ .tid = *tid, .reason = reason };
    while (!search.found) {
        nap();
        ck_assert_int_eq(pp_threads_walk(find_wait, &search, &error), 0);
    }
    return &search.view;
}

static const struct pp_thread_view *start(struct waiter *waiter, int (*take)(void *), void *lock,
                                          enum pp_wait_reason reason)
{
    *waiter = (struct waiter){ .take = take, .lock = lock };
    ck_assert_int_eq(pthread_create(&waiter->thread, NULL, run_waiter, waiter), 0);
    return await_wait(&waiter->tid, reason);
}

static int finish(struct waiter *waiter)
{
    ck_assert_int_eq(pthread_join(waiter->thread, NULL), 0);
    ck_assert_uint_eq(queued(), 0);
    return waiter->result;
}

static int take_mutex(void *lock)
{
    int err = pthread_mutex_lock(lock);
    if (err == EOWNERDEAD) {
        pthread_mutex_consistent(lock);
    }
    if (err == 0 || err == EOWNERDEAD) {
        int unlocked = pthread_mutex_unlock(lock);
        return unlocked ? unlocked : err;
    }
    return err;
}

/* Contended once: results, errno, one event for each side, nobody left in a queue. */
static void check_contended(pthread_mutex_t *mutex)
{
    struct waiter waiter;
    begin();
    ck_assert_int_eq(pthread_mutex_lock(mutex), 0);
    const struct pp_thread_view *view = start(&waiter, take_mutex, mutex, PP_WAIT_MUTEX);
    ck_assert_uint_eq(view->object, (uintptr_t)mutex);
    ck_assert_int_eq(view->holder, pp_sys_tid());
    ck_assert_int_eq(pthread_mutex_unlock(mutex), 0);
    ck_assert_int_eq(finish(&waiter), 0);
    ck_assert_int_eq(waiter.saved_errno, 77);
    ck_assert_uint_eq(events_of(&pp_mutex_sums), 1);
    ck_assert_uint_ge(events_of(&pp_block_sums), 1);
}

#endif
