/* Locks of every kind, and every way out of a wait: the program may notice nothing of us, and what
 * was noted must be taken back. Nobody waits for a time here, only for a state. */
#include "runtime/capture/contention.h"

#include "base/sys.h"
#include "pprof/pprof.h"
#include "runtime/capture/lock_queue.h"
#include "runtime/capture/thread.h"

#include <check.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

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

static struct timespec soon(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    now.tv_nsec += 20000000;
    now.tv_sec += now.tv_nsec / 1000000000;
    now.tv_nsec %= 1000000000;
    return now;
}

static pthread_mutex_t make(int type, int protocol, int robust, int shared)
{
    pthread_mutexattr_t attr;
    pthread_mutex_t mutex;
    pthread_mutexattr_init(&attr);
    pthread_mutexattr_settype(&attr, type);
    ck_assert_int_eq(pthread_mutexattr_setprotocol(&attr, protocol), 0);
    pthread_mutexattr_setrobust(&attr, robust);
    pthread_mutexattr_setpshared(&attr, shared);
    ck_assert_int_eq(pthread_mutex_init(&mutex, &attr), 0);
    return mutex;
}

/* ---- kinds of mutexes ---- */

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

START_TEST(test_every_kind_of_mutex)
{
    static const int types[] = { PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_RECURSIVE,
                                 PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_ADAPTIVE_NP };
    static const int protocols[] = { PTHREAD_PRIO_NONE, PTHREAD_PRIO_INHERIT };
    for (size_t t = 0; t < 4; t++) {
        for (size_t p = 0; p < 2; p++) {
            for (int robust = 0; robust < 2; robust++) {
                for (int shared = 0; shared < 2; shared++) {
                    pthread_mutex_t mutex = make(types[t], protocols[p], robust, shared);
                    check_contended(&mutex);
                    ck_assert_int_eq(pthread_mutex_destroy(&mutex), 0);
                }
            }
        }
    }
}
END_TEST

START_TEST(test_static_initialisers)
{
    static pthread_mutex_t normal = PTHREAD_MUTEX_INITIALIZER;
    static pthread_mutex_t recursive = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
    static pthread_mutex_t checked = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
    check_contended(&normal);
    check_contended(&recursive);
    check_contended(&checked);
}
END_TEST

START_TEST(test_own_mutex_again)
{
    pthread_mutex_t recursive = make(PTHREAD_MUTEX_RECURSIVE, 0, 0, 0);
    pthread_mutex_t checked = make(PTHREAD_MUTEX_ERRORCHECK, 0, 0, 0);
    struct waiter waiter;
    begin();
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(pthread_mutex_lock(&recursive), 0);
    }
    ck_assert_int_eq(pthread_mutex_lock(&checked), 0);
    ck_assert_int_eq(pthread_mutex_lock(&checked), EDEADLK);
    ck_assert_uint_eq(events_of(&pp_block_sums), 0);
    start(&waiter, take_mutex, &recursive, PP_WAIT_MUTEX);
    ck_assert_int_eq(pthread_mutex_unlock(&recursive), 0);
    ck_assert_int_eq(pthread_mutex_unlock(&recursive), 0);
    ck_assert_uint_eq(events_of(&pp_mutex_sums), 0); /* not released yet */
    ck_assert_int_eq(pthread_mutex_unlock(&recursive), 0);
    ck_assert_int_eq(finish(&waiter), 0);
    ck_assert_uint_eq(events_of(&pp_mutex_sums), 1);
    ck_assert_int_eq(pthread_mutex_unlock(&recursive), EPERM);
    ck_assert_int_eq(pthread_mutex_unlock(&checked), 0);
}
END_TEST

static void *die_with(void *mutex)
{
    pthread_mutex_lock(mutex);
    while (queued() == 0) {
        nap();
    }
    return NULL;
}

START_TEST(test_robust_owner_dies)
{
    pthread_mutex_t robust = make(PTHREAD_MUTEX_NORMAL, 0, 1, 0);
    struct waiter waiter;
    pthread_t owner;
    begin();
    ck_assert_int_eq(pthread_create(&owner, NULL, die_with, &robust), 0);
    while (!pp_load_relaxed(&robust.__data.__lock)) {
        nap();
    }
    waiter = (struct waiter){ .take = take_mutex, .lock = &robust };
    ck_assert_int_eq(pthread_create(&waiter.thread, NULL, run_waiter, &waiter), 0);
    ck_assert_int_eq(finish(&waiter), EOWNERDEAD);
    ck_assert_int_eq(pthread_join(owner, NULL), 0);
    check_contended(&robust);
}
END_TEST

START_TEST(test_shared_with_another_process)
{
    struct waiter waiter;
    int go[2];
    char byte = 0;
    pthread_mutex_t *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    *shared = make(PTHREAD_MUTEX_NORMAL, 0, 0, PTHREAD_PROCESS_SHARED);
    ck_assert_int_eq(pipe(go), 0);
    pid_t pid = fork();
    if (pid == 0) {
        pthread_mutex_lock(shared);
        _exit(read(go[0], &byte, 1) == 1 && pthread_mutex_unlock(shared) == 0 ? 0 : 1);
    }
    while (!pp_load_relaxed(&shared->__data.__lock)) {
        nap();
    }
    begin();
    const struct pp_thread_view *view = start(&waiter, take_mutex, shared, PP_WAIT_MUTEX);
    ck_assert_int_eq(view->holder, 0); /* no thread of ours, and none that has ended */
    ck_assert(!view->holder_gone);
    ck_assert_int_eq(write(go[1], &byte, 1), 1);
    ck_assert_int_eq(finish(&waiter), 0);
    int status = 1;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(test_mutex_that_is_gone)
{
    for (int i = 0; i < 50; i++) {
        pthread_mutex_t *mutex = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        pthread_mutex_init(mutex, NULL);
        check_contended(mutex);
        pthread_mutex_destroy(mutex);
        ck_assert_int_eq(munmap(mutex, 4096), 0);
    }
}
END_TEST

/* ---- other waits ---- */

static int take_mtx(void *lock)
{
    return mtx_lock(lock) == thrd_success ? mtx_unlock(lock) : -1;
}

static int take_wrlock(void *lock)
{
    int err = pthread_rwlock_wrlock(lock);
    return err ? err : pthread_rwlock_unlock(lock);
}

static int take_rdlock(void *lock)
{
    int err = pthread_rwlock_rdlock(lock);
    return err ? err : pthread_rwlock_unlock(lock);
}

static int take_semaphore(void *semaphore)
{
    return sem_wait(semaphore);
}

START_TEST(test_c11_mutex)
{
    struct waiter waiter;
    mtx_t mutex;
    begin();
    ck_assert_int_eq(mtx_init(&mutex, mtx_timed), thrd_success);
    ck_assert_int_eq(mtx_lock(&mutex), thrd_success);
    start(&waiter, take_mtx, &mutex, PP_WAIT_MUTEX);
    ck_assert_int_eq(mtx_unlock(&mutex), thrd_success);
    ck_assert_int_eq(finish(&waiter), thrd_success);
    ck_assert_uint_eq(events_of(&pp_mutex_sums), 1);
}
END_TEST

START_TEST(test_rwlock_and_semaphore)
{
    pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
    struct waiter waiter;
    sem_t semaphore;
    begin();
    ck_assert_int_eq(pthread_rwlock_rdlock(&lock), 0);
    start(&waiter, take_wrlock, &lock, PP_WAIT_WLOCK);
    ck_assert_int_eq(pthread_rwlock_unlock(&lock), 0);
    ck_assert_int_eq(finish(&waiter), 0);
    ck_assert_uint_eq(events_of(&pp_mutex_sums), 1);
    ck_assert_int_eq(pthread_rwlock_wrlock(&lock), 0);
    const struct pp_thread_view *view = start(&waiter, take_rdlock, &lock, PP_WAIT_RLOCK);
    ck_assert_int_eq(view->holder, pp_sys_tid());
    ck_assert_int_eq(pthread_rwlock_unlock(&lock), 0);
    ck_assert_int_eq(finish(&waiter), 0);
    ck_assert_uint_eq(events_of(&pp_mutex_sums), 2);
    ck_assert_uint_eq(pp_lock_queue_rwlocks, 0);
    sem_init(&semaphore, 0, 0);
    start(&waiter, take_semaphore, &semaphore, PP_WAIT_SEMAPHORE);
    sem_post(&semaphore);
    ck_assert_int_eq(finish(&waiter), 0);
    ck_assert_uint_eq(events_of(&pp_mutex_sums), 2);
}
END_TEST

static pthread_mutex_t held_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t held_rwlock = PTHREAD_RWLOCK_INITIALIZER;

static int try_timed(void *arg)
{
    struct timespec until = soon();
    sem_t semaphore;
    (void)arg;
    sem_init(&semaphore, 0, 0);
    ck_assert_int_eq(pthread_mutex_timedlock(&held_mutex, &until), ETIMEDOUT);
    ck_assert_int_eq(pthread_mutex_clocklock(&held_mutex, CLOCK_REALTIME, &until), ETIMEDOUT);
    ck_assert_int_eq(mtx_timedlock((mtx_t *)&held_mutex, &until), thrd_timedout);
    ck_assert_int_eq(pthread_rwlock_timedrdlock(&held_rwlock, &until), ETIMEDOUT);
    ck_assert_int_eq(pthread_rwlock_timedwrlock(&held_rwlock, &until), ETIMEDOUT);
    ck_assert_int_eq(errno, 77);
    ck_assert_int_eq(sem_timedwait(&semaphore, &until), -1);
    return errno;
}

START_TEST(test_timed_waits_that_give_up)
{
    struct waiter waiter = { .take = try_timed };
    begin();
    pthread_mutex_lock(&held_mutex);
    pthread_rwlock_wrlock(&held_rwlock);
    ck_assert_int_eq(pthread_create(&waiter.thread, NULL, run_waiter, &waiter), 0);
    ck_assert_int_eq(finish(&waiter), ETIMEDOUT);
    ck_assert_uint_ge(events_of(&pp_block_sums), 6);
    pthread_mutex_unlock(&held_mutex); /* they waited for this, and are gone */
    ck_assert_uint_eq(events_of(&pp_mutex_sums), 1);
    pthread_rwlock_unlock(&held_rwlock);
}
END_TEST

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
    Suite *s = suite_create("runtime_lock_faults");
    TCase *t = tcase_create("faults");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, test_every_kind_of_mutex);
    tcase_add_test(t, test_static_initialisers);
    tcase_add_test(t, test_own_mutex_again);
    tcase_add_test(t, test_robust_owner_dies);
    tcase_add_test(t, test_shared_with_another_process);
    tcase_add_test(t, test_mutex_that_is_gone);
    tcase_add_test(t, test_c11_mutex);
    tcase_add_test(t, test_rwlock_and_semaphore);
    tcase_add_test(t, test_timed_waits_that_give_up);
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
