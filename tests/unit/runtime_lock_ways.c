/* Every way out of a wait, and what may happen during one: what was noted must be taken back. */
#include "lock_waiter.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- conditions ---- */

static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;

static void unlock_after(void *mutex)
{
    pthread_mutex_unlock(mutex);
}

static int wait_for_cond(void *mutex)
{
    pthread_mutex_lock(mutex);
    pthread_cleanup_push(unlock_after, mutex);
    for (;;) {
        pthread_cond_wait(&cond, mutex);
    }
    pthread_cleanup_pop(1);
}

START_TEST(test_cancelled_in_cond_wait)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    struct pp_threads_stats stats;
    struct waiter waiter;
    void *result;
    begin();
    for (int i = 0; i < 20; i++) {
        start(&waiter, wait_for_cond, &mutex, PP_WAIT_COND);
        ck_assert_int_eq(pthread_cancel(waiter.thread), 0);
        ck_assert_int_eq(pthread_join(waiter.thread, &result), 0);
        ck_assert_ptr_eq(result, PTHREAD_CANCELED);
    }
    pp_threads_stats(&stats);
    ck_assert_uint_le(stats.slots_used, 2);
    check_contended(&mutex);
}
END_TEST

static int wait_once(void *mutex)
{
    pthread_mutex_lock(mutex);
    while (queued() == 0) {
        nap();
    }
    pthread_cond_wait(&cond, mutex); /* releases it */
    return pthread_mutex_unlock(mutex);
}

START_TEST(test_released_by_cond_wait)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    struct waiter waiter = { .take = wait_once, .lock = &mutex };
    begin();
    ck_assert_int_eq(pthread_create(&waiter.thread, NULL, run_waiter, &waiter), 0);
    while (!pp_load_relaxed(&mutex.__data.__lock)) {
        nap();
    }
    pthread_mutex_lock(&mutex); /* until the other waits */
    ck_assert_uint_eq(events_of(&pp_mutex_sums), 1);
    pthread_mutex_unlock(&mutex);
    while (events_of(&pp_block_sums) < 2) {
        pthread_cond_signal(&cond);
        nap();
    }
    ck_assert_int_eq(finish(&waiter), 0);
}
END_TEST

/* ---- signals and jumps ---- */

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, inner = PTHREAD_MUTEX_INITIALIZER;
static int handler_waits;

static void lock_in_handler(int signal)
{
    (void)signal;
    int saved = errno;
    pp_store_release(&handler_waits, 1);
    pthread_mutex_lock(&inner);
    pthread_mutex_unlock(&inner);
    errno = saved;
}

START_TEST(test_handler_locks_inside_of_a_lock)
{
    struct waiter waiter;
    begin();
    signal(SIGUSR1, lock_in_handler);
    pthread_mutex_lock(&outer);
    pthread_mutex_lock(&inner);
    start(&waiter, take_mutex, &outer, PP_WAIT_MUTEX);
    pthread_kill(waiter.thread, SIGUSR1);
    while (!pp_load_acquire(&handler_waits)) {
        nap();
    }
    for (;;) {
        const struct pp_thread_view *view = await_wait(&waiter.tid, PP_WAIT_MUTEX);
        if (view->object == (uintptr_t)&inner) {
            break;
        }
    }
    pthread_mutex_unlock(&inner);
    pthread_mutex_unlock(&outer);
    ck_assert_int_eq(finish(&waiter), 0);
    ck_assert_int_eq(waiter.saved_errno, 77);
    ck_assert_uint_eq(events_of(&pp_mutex_sums), 1); /* the outer wait's */
    ck_assert_uint_eq(events_of(&pp_block_sums) >= 2, 1);
}
END_TEST

static sigjmp_buf way_out;

static void jump_out(int signal)
{
    (void)signal;
    siglongjmp(way_out, 1);
}

static int jump_out_of_lock(void *mutex)
{
    if (sigsetjmp(way_out, 1) == 0) {
        pthread_mutex_lock(mutex);
    }
    return take_mutex(&inner);
}

START_TEST(test_longjmp_out_of_a_lock)
{
    struct waiter waiter;
    begin();
    signal(SIGUSR1, jump_out);
    pthread_mutex_lock(&outer);
    pthread_mutex_lock(&inner);
    start(&waiter, jump_out_of_lock, &outer, PP_WAIT_MUTEX);
    pthread_kill(waiter.thread, SIGUSR1);
    for (;;) {
        const struct pp_thread_view *view = await_wait(&waiter.tid, PP_WAIT_MUTEX);
        if (view->object == (uintptr_t)&inner) {
            break;
        }
    }
    pthread_mutex_unlock(&inner);
    ck_assert_int_eq(finish(&waiter), 0);
    pthread_mutex_unlock(&outer);
}
END_TEST

/* ---- what is recalled from dump to dump ---- */

static int take_both(void *arg)
{
    (void)arg;
    int err = take_mutex(&outer);
    return err ? err : take_mutex(&inner);
}

START_TEST(test_a_thread_that_ran_is_read_anew)
{
    struct waiter waiter;
    begin();
    pthread_mutex_lock(&outer);
    pthread_mutex_lock(&inner);
    struct pp_thread_view first = *start(&waiter, take_both, NULL, PP_WAIT_MUTEX);
    struct pp_thread_view again = *await_wait(&waiter.tid, PP_WAIT_MUTEX);
    ck_assert_uint_eq(again.object, (uintptr_t)&outer);
    ck_assert_uint_eq(again.depth, first.depth);
    ck_assert_int_eq(memcmp(again.pcs, first.pcs, first.depth * sizeof(first.pcs[0])), 0);
    ck_assert_int_ge(again.waited_ns, first.waited_ns);
    pthread_mutex_unlock(&outer);
    while (again.object != (uintptr_t)&inner) {
        again = *await_wait(&waiter.tid, PP_WAIT_MUTEX);
    }
    ck_assert_int_ne(memcmp(again.pcs, first.pcs, first.depth * sizeof(first.pcs[0])), 0);
    pthread_mutex_unlock(&inner);
    ck_assert_int_eq(finish(&waiter), 0);
}
END_TEST

/* Who holds a lock is asked each time, also of a waiter that has not run. */
static void *take_over(void *arg)
{
    pthread_mutex_lock(&outer);
    pp_store_release((int *)arg, 1);
    while (pp_load_acquire((int *)arg) != 2) {
        nap();
    }
    pthread_mutex_unlock(&outer);
    return NULL;
}

START_TEST(test_holder_may_change_meanwhile)
{
    struct waiter waiter;
    pthread_t other;
    int state = 0;
    begin();
    ck_assert_int_eq(pthread_create(&other, NULL, take_over, &state), 0);
    while (pp_load_acquire(&state) != 1) {
        nap();
    }
    const struct pp_thread_view *view = start(&waiter, take_mutex, &outer, PP_WAIT_MUTEX);
    ck_assert_int_eq(view->holder, outer.__data.__owner);
    int owner = outer.__data.__owner;
    outer.__data.__owner = pp_sys_tid(); /* as if it had been taken over, the waiter asleep */
    view = await_wait(&waiter.tid, PP_WAIT_MUTEX);
    ck_assert_int_eq(view->holder, pp_sys_tid());
    outer.__data.__owner = owner;
    pp_store_release(&state, 2);
    ck_assert_int_eq(finish(&waiter), 0);
    ck_assert_int_eq(pthread_join(other, NULL), 0);
}
END_TEST

/* ---- fork and plug-ins ---- */

START_TEST(test_fork_while_others_wait)
{
    struct waiter waiter;
    begin();
    check_contended(&inner);
    pthread_mutex_lock(&outer);
    start(&waiter, take_mutex, &outer, PP_WAIT_MUTEX);
    pid_t pid = fork();
    if (pid == 0) {
        bool fresh = queued() == 0 && events_of(&pp_mutex_sums) == 0 &&
                     events_of(&pp_block_sums) == 0;
        bool good = pthread_mutex_unlock(&outer) == 0 && pthread_mutex_lock(&outer) == 0;
        _exit(fresh && good ? 0 : 1);
    }
    int status = 1;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
    pthread_mutex_unlock(&outer);
    ck_assert_int_eq(finish(&waiter), 0);
    ck_assert_uint_eq(events_of(&pp_mutex_sums), 2);
}
END_TEST

static void check_plugin(int flags)
{
    struct waiter waiter;
    void *plugin = dlopen(PP_BUILD_DIR "/tests/plugin_locker.so", RTLD_NOW | flags);
    ck_assert_ptr_nonnull(plugin);
    int (*take)(void *);
    *(void **)&take = dlsym(plugin, "locker_take");
    pthread_mutex_lock(&outer);
    const struct pp_thread_view *view = start(&waiter, take, &outer, PP_WAIT_MUTEX);
    ck_assert_uint_eq(view->object, (uintptr_t)&outer);
    ck_assert_int_eq(view->holder, pp_sys_tid());
    pthread_mutex_unlock(&outer);
    ck_assert_int_eq(finish(&waiter), 0);
    ck_assert_int_eq(dlclose(plugin), 0);
}

START_TEST(test_plugin)
{
    begin();
    check_plugin(RTLD_LOCAL);
    ck_assert_uint_eq(events_of(&pp_mutex_sums), 1);
    pprof_write("block", open("/dev/null", 1), 1); /* stacks of code that is gone */
}
END_TEST

START_TEST(test_plugin_that_does_not_come_by_us)
{
    begin();
    check_plugin(RTLD_LOCAL | RTLD_DEEPBIND); /* found by the kernel's word alone */
}
END_TEST

/* ---- switched off ---- */

START_TEST(test_off_counts_nothing)
{
    struct waiter waiter;
    begin();
    pprof_mutex_fraction(0);
    pprof_block_rate(0);
    pthread_mutex_lock(&outer);
    start(&waiter, take_mutex, &outer, PP_WAIT_MUTEX);
    ck_assert_uint_eq(queued(), 0);
    pprof_mutex_fraction(1); /* in the middle of a wait */
    pprof_block_rate(1);
    pthread_mutex_unlock(&outer);
    ck_assert_int_eq(finish(&waiter), 0);
    ck_assert_uint_eq(events_of(&pp_mutex_sums), 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("runtime_lock_ways");
    TCase *t = tcase_create("faults");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, test_cancelled_in_cond_wait);
    tcase_add_test(t, test_released_by_cond_wait);
    tcase_add_test(t, test_handler_locks_inside_of_a_lock);
    tcase_add_test(t, test_longjmp_out_of_a_lock);
    tcase_add_test(t, test_a_thread_that_ran_is_read_anew);
    tcase_add_test(t, test_holder_may_change_meanwhile);
    tcase_add_test(t, test_fork_while_others_wait);
    tcase_add_test(t, test_plugin);
    tcase_add_test(t, test_plugin_that_does_not_come_by_us);
    tcase_add_test(t, test_off_counts_nothing);
    suite_add_tcase(s, t);
    return s;
}

#include "check_main.h"
