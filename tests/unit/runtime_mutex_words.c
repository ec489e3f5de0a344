/* Mutexes taken in the hooks beside glibc's own functions: the words after each call are glibc's,
 * whoever made it, and so locks may change hands between the two at any moment. */
#include "base/sys.h"
#include "runtime/capture/lock_words.h"

#include <check.h>
#include <dlfcn.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---- glibc's functions, by hand ---- */

struct calls {
    int (*lock)(pthread_mutex_t *), (*unlock)(pthread_mutex_t *);
};
static struct calls by_glibc;
static const struct calls by_hook = { pthread_mutex_lock, pthread_mutex_unlock };

static void find_glibc(void)
{
    void *libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
    *(void **)&by_glibc.lock = dlsym(libc, "pthread_mutex_lock");
    *(void **)&by_glibc.unlock = dlsym(libc, "pthread_mutex_unlock");
    ck_assert(by_glibc.lock && by_glibc.lock != by_hook.lock);
    ck_assert(by_glibc.unlock && by_glibc.unlock != by_hook.unlock);
}

static bool are_taken_here(void)
{
    return pp_load_relaxed(&pp_mutex_kinds) == PP_MUTEX_KINDS;
}

START_TEST(test_taken_in_the_hook)
{
#if defined(__x86_64__)
    ck_assert(are_taken_here());
#else
    ck_assert(!are_taken_here());
#endif
}
END_TEST

/* ---- the same calls, the same words ---- */

struct manner {
    const char *name;
    int kind, protocol, robust, shared;
};

static const struct manner manners[] = {
    { "normal", PTHREAD_MUTEX_NORMAL, 0, 0, 0 },
    { "recursive", PTHREAD_MUTEX_RECURSIVE, 0, 0, 0 },
    { "error checking", PTHREAD_MUTEX_ERRORCHECK, 0, 0, 0 },
    { "adaptive", PTHREAD_MUTEX_ADAPTIVE_NP, 0, 0, 0 },
    { "shared", PTHREAD_MUTEX_NORMAL, 0, 0, 1 },
    { "shared recursive", PTHREAD_MUTEX_RECURSIVE, 0, 0, 1 },
    { "robust", PTHREAD_MUTEX_NORMAL, 0, 1, 0 },
    { "robust recursive", PTHREAD_MUTEX_RECURSIVE, 0, 1, 0 },
    { "inheriting", PTHREAD_MUTEX_NORMAL, PTHREAD_PRIO_INHERIT, 0, 0 },
    { "inheriting recursive", PTHREAD_MUTEX_RECURSIVE, PTHREAD_PRIO_INHERIT, 0, 0 },
};
enum { MANNERS = sizeof(manners) / sizeof(manners[0]) };

static void init(pthread_mutex_t *mutex, const struct manner *manner)
{
    pthread_mutexattr_t attr;
    ck_assert_int_eq(pthread_mutexattr_init(&attr), 0);
    ck_assert_int_eq(pthread_mutexattr_settype(&attr, manner->kind), 0);
    ck_assert_int_eq(pthread_mutexattr_setprotocol(&attr, manner->protocol), 0);
    ck_assert_int_eq(pthread_mutexattr_setrobust(&attr, manner->robust), 0);
    ck_assert_int_eq(pthread_mutexattr_setpshared(&attr, manner->shared), 0);
    memset(mutex, 0, sizeof(*mutex));
    ck_assert_int_eq(pthread_mutex_init(mutex, &attr), 0);
}

/* All but the list of robust ones, which has addresses. */
static void check_words(const pthread_mutex_t *a, const pthread_mutex_t *b, const char *name)
{
    const uint32_t *x = (const uint32_t *)(const void *)a, *y = (const uint32_t *)(const void *)b;
    for (int i = 0; i < 5; i++) {
        ck_assert_msg(x[i] == y[i], "%s: word %d is %u, glibc's %u", name, i, x[i], y[i]);
    }
}

static bool checks_owner(const pthread_mutex_t *mutex)
{
    int kind = mutex->__data.__kind & 3;
    return kind == PTHREAD_MUTEX_RECURSIVE || kind == PTHREAD_MUTEX_ERRORCHECK;
}

/* Blocks never: what would is a call with a time that has passed. Nor is a free one released, of a
 * kind that does not look. */
static int call(int choice, const struct calls *calls, pthread_mutex_t *mutex)
{
    static const struct timespec past = { 1, 0 };
    switch (choice) {
    case 0:
        return pthread_mutex_trylock(mutex);
    case 1:
        return pthread_mutex_timedlock(mutex, &past);
    case 2:
    case 3: {
        bool is_mine = mutex->__data.__owner == pp_sys_tid();
        return is_mine && !checks_owner(mutex) ? EDEADLK : calls->lock(mutex);
    }
    default:
        return mutex->__data.__lock || checks_owner(mutex) ? calls->unlock(mutex) : EPERM;
    }
}

/* Depths go up and down; `mixed` is now with the hooks, now without: as at attach and detach. */
START_TEST(test_words_are_glibcs)
{
    const struct manner *manner = &manners[_i];
    pthread_mutex_t mixed, theirs;
    find_glibc();
    init(&mixed, manner);
    init(&theirs, manner);
    srand((unsigned)_i);
    for (int i = 0; i < 20000; i++) {
        int choice = rand() % 7;
        int expected = call(choice, &by_glibc, &theirs);
        int got = call(choice, rand() % 3 ? &by_hook : &by_glibc, &mixed);
        ck_assert_msg(got == expected, "%s: call %d gave %d, glibc's %d", manner->name, choice,
                      got, expected);
        check_words(&mixed, &theirs, manner->name);
    }
    while (mixed.__data.__owner) {
        ck_assert_int_eq(pthread_mutex_unlock(&mixed), 0);
    }
    ck_assert_int_eq(pthread_mutex_destroy(&mixed), 0);
}
END_TEST

START_TEST(test_errors_are_glibcs)
{
    pthread_mutex_t recursive = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
    pthread_mutex_t checking = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
    ck_assert_int_eq(pthread_mutex_unlock(&recursive), EPERM);
    ck_assert_int_eq(pthread_mutex_unlock(&checking), EPERM);
    ck_assert_int_eq(pthread_mutex_lock(&checking), 0);
    ck_assert_int_eq(pthread_mutex_lock(&checking), EDEADLK);
    ck_assert_int_eq(pthread_mutex_unlock(&checking), 0);
    ck_assert_int_eq(pthread_mutex_lock(&recursive), 0);
    recursive.__data.__count = UINT32_MAX;
    ck_assert_int_eq(pthread_mutex_lock(&recursive), EAGAIN);
    ck_assert_uint_eq(recursive.__data.__count, UINT32_MAX);
}
END_TEST

/* ---- several threads ---- */

enum { THREADS = 8, TURNS = 5000 };

struct contest {
    pthread_mutex_t mutex;
    pthread_cond_t cond;
    const struct calls *calls[THREADS];
    uint64_t count, turn;
    uint32_t next;
    void (*take_part)(struct contest *, uint32_t me);
};

static void *run_contest(void *arg)
{
    struct contest *contest = arg;
    contest->take_part(contest, pp_add(&contest->next, 1));
    return NULL;
}

/* Half of them with the hooks, half without. */
static void hold(struct contest *contest, const struct manner *manner,
                 void (*take_part)(struct contest *, uint32_t me))
{
    pthread_t threads[THREADS];
    memset(contest, 0, sizeof(*contest));
    find_glibc();
    init(&contest->mutex, manner);
    pthread_cond_init(&contest->cond, NULL);
    contest->take_part = take_part;
    for (int i = 0; i < THREADS; i++) {
        contest->calls[i] = i % 2 ? &by_glibc : &by_hook;
        ck_assert_int_eq(pthread_create(&threads[i], NULL, run_contest, contest), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    }
    ck_assert_uint_eq(contest->count, (uint64_t)THREADS * TURNS);
    ck_assert_int_eq(contest->mutex.__data.__lock, 0);
    ck_assert_int_eq(contest->mutex.__data.__owner, 0);
    ck_assert_uint_eq(contest->mutex.__data.__nusers, 0);
    ck_assert_int_eq(pthread_mutex_destroy(&contest->mutex), 0);
}

static void add_one_by_one(struct contest *contest, uint32_t me)
{
    const struct calls *calls = contest->calls[me];
    for (int i = 0; i < TURNS; i++) {
        calls->lock(&contest->mutex);
        contest->count++;
        calls->unlock(&contest->mutex);
    }
}

START_TEST(test_handed_over)
{
    static struct contest contest;
    hold(&contest, &manners[_i], add_one_by_one);
}
END_TEST

/* Each waits until it is its turn: every wait releases the mutex and takes it again. */
static void add_in_turn(struct contest *contest, uint32_t me)
{
    const struct calls *calls = contest->calls[me];
    for (int i = 0; i < TURNS / 100; i++) {
        calls->lock(&contest->mutex);
        while (contest->turn % THREADS != me) {
            pthread_cond_wait(&contest->cond, &contest->mutex);
        }
        contest->turn++;
        contest->count += 100;
        pthread_cond_broadcast(&contest->cond);
        calls->unlock(&contest->mutex);
    }
}

START_TEST(test_released_by_a_condition)
{
    static struct contest contest;
    hold(&contest, &manners[_i], add_in_turn);
}
END_TEST

/* ---- gone with its memory as soon as it is released ---- */

struct shared_page {
    pthread_mutex_t mutex;
    int users;
};

static void leave_page(struct shared_page *page)
{
    pthread_mutex_lock(&page->mutex);
    int left = --page->users;
    pthread_mutex_unlock(&page->mutex);
    if (left == 0) {
        ck_assert_int_eq(pthread_mutex_destroy(&page->mutex), 0);
        ck_assert_int_eq(munmap(page, sizeof(*page)), 0);
    }
}

static struct shared_page *handed; /* from the one who maps it to the other */

static void *leave_pages(void *arg)
{
    struct shared_page *page;
    for (int i = 0; i < TURNS; i++) {
        while (!(page = pp_swap(&handed, (struct shared_page *)NULL))) {
            sched_yield();
        }
        leave_page(page);
    }
    return arg;
}

START_TEST(test_destroyed_at_once)
{
    pthread_t other;
    ck_assert_int_eq(pthread_create(&other, NULL, leave_pages, NULL), 0);
    for (int i = 0; i < TURNS; i++) {
        struct shared_page *page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE,
                                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        ck_assert_ptr_ne(page, MAP_FAILED);
        init(&page->mutex, &manners[i % 2]);
        page->users = 2;
        while (pp_load(&handed)) {
            sched_yield();
        }
        pp_store(&handed, page);
        leave_page(page);
    }
    ck_assert_int_eq(pthread_join(other, NULL), 0);
}
END_TEST

/* ---- who the owner is ---- */

static pthread_mutex_t held_before = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

/* 0, or which of these differ: the words of a taken mutex, and what glibc makes of one that the
 * parent took. */
static int compare_in_child(void)
{
    pthread_mutex_t ours = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP, theirs = ours;
    pthread_mutex_t held = held_before;
    pthread_mutex_lock(&ours);
    by_glibc.lock(&theirs);
    int wrong = memcmp(&ours, &theirs, sizeof(ours)) != 0;
    wrong |= pthread_mutex_unlock(&held_before) != by_glibc.unlock(&held) ? 2 : 0;
    wrong |= memcmp(&held, &held_before, sizeof(held)) != 0 ? 4 : 0;
    return wrong;
}

static int in_handler;

static void compare_in_handler(void)
{
    in_handler = compare_in_child();
}

START_TEST(test_forked)
{
    int status = -1;
    find_glibc();
    ck_assert_int_eq(pthread_atfork(NULL, NULL, compare_in_handler), 0);
    pthread_mutex_lock(&held_before);
    /* A child of vfork is its parent to glibc, and so must release what that holds. */
    pid_t child = _i == 0   ? fork()
                  : _i == 1 ? (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)
                            : vfork();
    if (child == 0) {
        _exit(in_handler << 3 | compare_in_child());
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}
END_TEST

/* A shared mutex of two processes, in both by both ways. */
START_TEST(test_shared_with_a_child)
{
    struct contest *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int status = -1;
    ck_assert_ptr_ne(shared, MAP_FAILED);
    find_glibc();
    init(&shared->mutex, &manners[4]);
    shared->calls[0] = &by_hook;
    shared->calls[1] = &by_glibc;
    pid_t child = fork();
    add_one_by_one(shared, child == 0);
    if (child == 0) {
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    ck_assert_uint_eq(shared->count, 2 * TURNS);
}
END_TEST

/* ---- a handler amid them ---- */

static pthread_mutex_t of_handler = PTHREAD_MUTEX_INITIALIZER;
static volatile sig_atomic_t handled;

static void lock_in_handler(int signal)
{
    (void)signal;
    pthread_mutex_lock(&of_handler);
    handled++;
    pthread_mutex_unlock(&of_handler);
}

START_TEST(test_interrupted)
{
    struct itimerspec often = { { 0, 100000 }, { 0, 100000 } };
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
    pthread_mutex_t mutex = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP, fresh = mutex;
    timer_t timer;
    signal(SIGUSR1, lock_in_handler);
    ck_assert_int_eq(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
    ck_assert_int_eq(timer_settime(timer, 0, &often, NULL), 0);
    while (handled < 200) {
        pthread_mutex_lock(&mutex);
        pthread_mutex_lock(&mutex);
        pthread_mutex_unlock(&mutex);
        pthread_mutex_unlock(&mutex);
    }
    timer_delete(timer);
    ck_assert_int_eq(memcmp(&mutex, &fresh, sizeof(mutex)), 0);
}
END_TEST

/* ---- when we stay out ---- */

static int watched;

static int lock_watched(pthread_mutex_t *mutex)
{
    watched++;
    return by_glibc.lock(mutex);
}

START_TEST(test_somebody_elses_are_called)
{
    find_glibc();
    struct pp_mutex_calls calls = { lock_watched, by_glibc.unlock };
    pp_mutex_words_init(&calls);
    ck_assert(!are_taken_here());
    calls.lock = by_glibc.lock;
    pp_mutex_words_init(&calls);
    ck_assert_int_eq(are_taken_here(), pp_sys_glibc_tid() != 0);
}
END_TEST

/* What was taken here before is released all the same. */
START_TEST(test_an_unknown_thread_ends_it)
{
    pthread_mutex_t mutex = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP, fresh = mutex;
    pthread_mutex_lock(&mutex);
    pp_mutex_words_check(pp_sys_tid());
    ck_assert_int_eq(are_taken_here(), pp_sys_glibc_tid() != 0);
    pp_mutex_words_check(pp_sys_tid() + 1);
    ck_assert(!are_taken_here());
    ck_assert_int_eq(pthread_mutex_unlock(&mutex), 0);
    ck_assert_int_eq(memcmp(&mutex, &fresh, sizeof(mutex)), 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("runtime_mutex_words");
    TCase *t = tcase_create("words");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, test_taken_in_the_hook);
    tcase_add_loop_test(t, test_words_are_glibcs, 0, MANNERS);
    tcase_add_test(t, test_errors_are_glibcs);
    tcase_add_loop_test(t, test_handed_over, 0, MANNERS);
    tcase_add_loop_test(t, test_released_by_a_condition, 0, MANNERS);
    tcase_add_test(t, test_destroyed_at_once);
    tcase_add_loop_test(t, test_forked, 0, 3);
    tcase_add_test(t, test_shared_with_a_child);
    tcase_add_test(t, test_interrupted);
    tcase_add_test(t, test_somebody_elses_are_called);
    tcase_add_test(t, test_an_unknown_thread_ends_it);
    suite_add_tcase(s, t);
    return s;
}

#include "check_main.h"
