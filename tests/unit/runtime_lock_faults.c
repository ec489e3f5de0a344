/* Locks of every kind, timed, shared, robust, gone: the program may notice nothing of us. */
#include "lock_waiter.h"

#include <semaphore.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

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
    suite_add_tcase(s, t);
    return s;
}

#include "check_main.h"
