/* Threads: what the program may not notice of us, and what a walk must see. */
#include "runtime/capture/thread.h"

#include "base/sys.h"
#include "runtime/capture/label.h"
#include "runtime/unwind/module.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WALKS = 100, COARSE_NS = 20000000 /* and more than a tick of the coarse clock */ };

static struct pprof_error error;

static void nap(int ms)
{
    pp_sys_sleep_ns((int64_t)ms * 1000000);
}

/* ---- looking at one thread ---- */

struct search {
    pid_t tid;
    bool found;
    struct pp_thread_view view;
};

static int keep_view(void *ctx, const struct pp_thread_view *view)
{
    struct search *search = ctx;
    if (view->tid == search->tid) {
        search->found = true;
        search->view = *view;
    }
    return 0;
}

static struct pp_thread_view *look_at(pid_t tid)
{
    static struct search search;
    search = (struct search){ .tid = tid };
    ck_assert_int_eq(pp_threads_walk(keep_view, &search, &error), 0);
    return search.found ? &search.view : NULL;
}

static bool passes(const struct pp_thread_view *view, const char *function)
{
    for (size_t i = 0; i < view->depth; i++) {
        const char *name;
        uintptr_t entry;
        if (pp_module_symbol(view->pcs[i] - (i > 0), &name, &entry) &&
            strcmp(name, function) == 0) {
            return true;
        }
    }
    return false;
}

static void await_tid(const pid_t *tid)
{
    while (!pp_load_acquire(tid)) {
        nap(1);
    }
}

/* Switches of a thread, which a signal or a wake-up would add to; and whether it sleeps. */
static long switches_of(pid_t tid, bool *is_asleep)
{
    char path[64], text[4096], state = '?';
    snprintf(path, sizeof(path), "/proc/self/task/%d/status", tid);
    ck_assert_int_gt(pp_sys_read_file(path, text, sizeof(text)), 0);
    long voluntary = 0, forced = 0;
    sscanf(strstr(text, "\nState"), "\nState: %c", &state);
    sscanf(strstr(text, "\nvoluntary_ctxt"), "\nvoluntary_ctxt_switches: %ld", &voluntary);
    sscanf(strstr(text, "\nnonvoluntary_ctxt"), "\nnonvoluntary_ctxt_switches: %ld", &forced);
    *is_asleep = state == 'S';
    return voluntary + forced;
}

/* Until it has come to where it blocks: it sleeps, and did not wake in between. */
static void await_asleep(const pid_t *tid)
{
    bool is_asleep = false, was_asleep;
    long now = 0, before;
    await_tid(tid);
    do {
        before = now;
        was_asleep = is_asleep;
        nap(15);
        now = switches_of(*tid, &is_asleep);
    } while (!is_asleep || !was_asleep || now != before);
}

/* The thread, as soon as its stack passes through the function, or no longer does. */
static struct pp_thread_view *await_function(const pid_t *tid, const char *function, bool wanted)
{
    struct pp_thread_view *view = look_at(*tid);
    while (passes(view, function) != wanted) {
        nap(5);
        view = look_at(*tid);
    }
    return view;
}

/* ---- the program cannot tell ---- */

static void *give_back(void *arg)
{
    return (char *)arg + 1;
}

static void *exit_early(void *arg)
{
    pthread_exit((char *)arg + 2);
}

static void *wait_in_pause(void *arg)
{
    pp_store_release((pid_t *)arg, pp_sys_tid());
    for (;;) {
        pause();
    }
    return NULL;
}

START_TEST(test_results_pass_through)
{
    pthread_t thread;
    char base[4];
    void *result;
    pid_t tid = 0;
    ck_assert_int_eq(pthread_create(&thread, NULL, give_back, base), 0);
    ck_assert_int_eq(pthread_join(thread, &result), 0);
    ck_assert_ptr_eq(result, base + 1);
    ck_assert_int_eq(pthread_create(&thread, NULL, exit_early, base), 0);
    ck_assert_int_eq(pthread_join(thread, &result), 0);
    ck_assert_ptr_eq(result, base + 2);
    ck_assert_int_eq(pthread_create(&thread, NULL, wait_in_pause, &tid), 0);
    await_tid(&tid);
    ck_assert_int_eq(pthread_cancel(thread), 0);
    ck_assert_int_eq(pthread_join(thread, &result), 0);
    ck_assert_ptr_eq(result, PTHREAD_CANCELED);
}
END_TEST

START_TEST(test_slots_are_given_back)
{
    struct pp_threads_stats before, after;
    pp_threads_stats(&before);
    int64_t created = pp_threads_created();
    for (int i = 0; i < 300; i++) {
        pthread_t thread;
        pid_t tid = 0;
        void *(*body)(void *) = i % 3 == 0 ? give_back : i % 3 == 1 ? exit_early : wait_in_pause;
        ck_assert_int_eq(pthread_create(&thread, NULL, body, &tid), 0);
        if (body == wait_in_pause) {
            pthread_cancel(thread);
        }
        ck_assert_int_eq(pthread_join(thread, NULL), 0);
    }
    pp_threads_stats(&after);
    ck_assert_uint_eq(after.slots_used, before.slots_used);
    ck_assert_uint_eq(after.lost, before.lost);
    ck_assert_int_eq(pp_threads_created(), created + 300);
}
END_TEST

START_TEST(test_refused_creation)
{
    struct pp_threads_stats before, after;
    pthread_attr_t attr;
    pthread_t thread;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, (size_t)1 << 46);
    pp_threads_stats(&before);
    ck_assert_int_eq(pthread_create(&thread, &attr, give_back, NULL), EAGAIN);
    pp_threads_stats(&after);
    ck_assert_uint_eq(after.slots_used, before.slots_used);
}
END_TEST

START_TEST(test_smallest_stack)
{
    pthread_attr_t attr;
    pthread_t thread;
    char base[4];
    void *result;
    pthread_attr_init(&attr);
    ck_assert_int_eq(pthread_attr_setstacksize(&attr, (size_t)PTHREAD_STACK_MIN), 0);
    ck_assert_int_eq(pthread_create(&thread, &attr, give_back, base), 0);
    ck_assert_int_eq(pthread_join(thread, &result), 0);
    ck_assert_ptr_eq(result, base + 1);
}
END_TEST

static pthread_key_t user_key;
static int key_rounds;

static void user_destructor(void *value)
{
    char byte;
    int fds[2];
    if (pipe(fds) == 0) { /* a hooked call in a destructor */
        if (write(fds[1], "x", 1) == 1 && read(fds[0], &byte, 1) == 1) {
            key_rounds++;
        }
        close(fds[0]);
        close(fds[1]);
    }
    if (key_rounds < 4) {
        pthread_setspecific(user_key, value);
    }
}

static void *set_key(void *arg)
{
    pthread_setspecific(user_key, arg);
    return arg;
}

START_TEST(test_destructors_run_on)
{
    pthread_t thread;
    struct pp_threads_stats before, after;
    int value;
    pp_threads_stats(&before);
    ck_assert_int_eq(pthread_key_create(&user_key, user_destructor), 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, set_key, &value), 0);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    pp_threads_stats(&after);
    ck_assert_int_eq(key_rounds, 4);
    ck_assert_uint_eq(after.slots_used, before.slots_used);
}
END_TEST

START_TEST(test_errno_and_results)
{
    char byte;
    int lock_fd = fileno(tmpfile());
    struct flock record = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    struct timespec past = { 1, 0 };
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    sem_t semaphore;
    errno = 0;
    ck_assert_int_eq(read(-1, &byte, 1), -1);
    ck_assert_int_eq(errno, EBADF);
    errno = 77;
    ck_assert_int_eq(poll(NULL, 0, 0), 0);
    ck_assert_int_eq(pthread_mutex_lock(&mutex), 0);
    ck_assert_int_eq(pthread_mutex_timedlock(&mutex, &past), ETIMEDOUT);
    ck_assert_int_eq(pthread_mutex_unlock(&mutex), 0);
    ck_assert_int_eq(errno, 77);
    ck_assert_int_eq(sem_init(&semaphore, 0, 0), 0);
    ck_assert_int_eq(sem_timedwait(&semaphore, &past), -1);
    ck_assert_int_eq(errno, ETIMEDOUT);
    ck_assert_int_eq(fcntl(lock_fd, F_SETLKW, &record), 0);
    ck_assert_int_eq(fcntl(lock_fd, F_GETFD), fcntl(lock_fd, F_GETFD));
    ck_assert_int_ge(fcntl(lock_fd, F_DUPFD_CLOEXEC, 100), 100);
    ck_assert_int_eq(syscall(SYS_getpid), getpid());
    ck_assert_int_eq(clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){ 0, -1 }, NULL),
                     EINVAL);
}
END_TEST

/* ---- blocked threads are left alone ---- */

static volatile int interrupted, handlers_run;

struct sleeper {
    int fd;
    pid_t tid;
    volatile int stop;
};

#define SLEEPER(name, statement)                                                                   \
    static void *name(void *arg)                                                                   \
    {                                                                                              \
        struct sleeper *sleeper = arg;                                                             \
        pp_store_release(&sleeper->tid, pp_sys_tid());                                             \
        if ((statement) < 0 && errno == EINTR) {                                                   \
            interrupted++;                                                                         \
        }                                                                                          \
        return arg;                                                                                \
    }

static char byte_read;
SLEEPER(sleep_in_read, read(sleeper->fd, &byte_read, 1))
SLEEPER(sleep_in_poll, poll(&(struct pollfd){ sleeper->fd, POLLIN, 0 }, 1, -1))
SLEEPER(sleep_in_nanosleep, nanosleep(&(struct timespec){ 4, 0 }, NULL))
SLEEPER(sleep_raw, (int)pp_sys_call(SYS_ppoll, 0, 0, (long)&(struct timespec){ 4, 0 }, 0, 0, 0))

static void count_signal(int signal)
{
    (void)signal;
    handlers_run++;
}

static int visit_none(void *ctx, const struct pp_thread_view *view)
{
    (void)view;
    ++*(int *)ctx;
    return 0;
}

START_TEST(test_blocked_threads_are_not_disturbed)
{
    static void *(*const bodies[])(void *) = { sleep_in_read, sleep_in_poll, sleep_in_nanosleep,
                                               sleep_raw };
    enum { COUNT = sizeof(bodies) / sizeof(bodies[0]) };
    struct sleeper sleepers[COUNT];
    pthread_t threads[COUNT];
    long before[COUNT];
    bool is_asleep;
    int fds[2], seen = 0;
    for (int s = SIGRTMIN; s <= SIGRTMAX; s += 2) { /* half of them are the program's own */
        signal(s, count_signal);
    }
    signal(SIGURG, count_signal);
    ck_assert_int_eq(pipe(fds), 0);
    for (int i = 0; i < COUNT; i++) {
        sleepers[i] = (struct sleeper){ .fd = fds[0] };
        ck_assert_int_eq(pthread_create(&threads[i], NULL, bodies[i], &sleepers[i]), 0);
        await_asleep(&sleepers[i].tid);
    }
    for (int i = 0; i < COUNT; i++) {
        before[i] = switches_of(sleepers[i].tid, &is_asleep);
    }
    for (int i = 0; i < WALKS; i++) {
        ck_assert_int_eq(pp_threads_walk(visit_none, &seen, &error), 0);
    }
    for (int i = 0; i < COUNT; i++) {
        ck_assert_int_eq(switches_of(sleepers[i].tid, &is_asleep), before[i]);
    }
    ck_assert_int_eq(seen, WALKS * (COUNT + 1));
    ck_assert_int_eq(write(fds[1], "xy", 2), 2);
    for (int i = 0; i < COUNT; i++) {
        pthread_join(threads[i], NULL);
    }
    ck_assert_int_eq(interrupted, 0);
    ck_assert_int_eq(handlers_run, 0);
}
END_TEST

/* ---- what a walk says ---- */

START_TEST(test_view_of_a_blocked_thread)
{
    struct sleeper sleeper = { .fd = -1 };
    pthread_t thread;
    int fds[2];
    ck_assert_int_eq(pipe(fds), 0);
    sleeper.fd = fds[0];
    int64_t begin = pp_sys_monotonic_ns();
    ck_assert_int_eq(pprof_labels_push(&(struct pprof_label_pair){ "job", "read" }, 1), 0);
    uint32_t labels = pp_label_current_sig();
    ck_assert_int_eq(pthread_create(&thread, NULL, sleep_in_read, &sleeper), 0);
    pprof_labels_pop();
    await_asleep(&sleeper.tid);
    pthread_setname_np(thread, "a name");
    nap(100);
    struct pp_thread_view *view = look_at(sleeper.tid);
    ck_assert_ptr_nonnull(view);
    ck_assert_str_eq(view->name, "a name");
    ck_assert(!view->is_running && !view->is_main && view->waited_exact);
    ck_assert_int_eq(view->reason, PP_WAIT_IO);
    ck_assert_int_ge(view->waited_ns, 80000000);
    ck_assert_int_lt(view->waited_ns, pp_sys_monotonic_ns() - begin + COARSE_NS);
    ck_assert(view->flags & PP_UNWIND_COMPLETE);
    ck_assert(passes(view, "sleep_in_read"));
    ck_assert_uint_eq(view->label_set, labels);
    ck_assert_uint_eq(view->start_routine, (uintptr_t)sleep_in_read);
    ck_assert_int_eq(view->created_by_tid, pp_sys_tid());
    ck_assert_uint_ne(view->created_by, PP_STACK_NONE);
    ck_assert_int_eq(write(fds[1], "x", 1), 1);
    pthread_join(thread, NULL);
    ck_assert_ptr_null(look_at(sleeper.tid));
}
END_TEST

START_TEST(test_unhooked_wait_is_aged_by_looking)
{
    struct sleeper sleeper = { .fd = -1 };
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, sleep_raw, &sleeper), 0);
    await_asleep(&sleeper.tid);
    int64_t begin = pp_sys_monotonic_ns();
    struct pp_thread_view *view = look_at(sleeper.tid);
    ck_assert(!view->is_running && !view->waited_exact);
    ck_assert_int_lt(view->waited_ns, pp_sys_monotonic_ns() - begin + COARSE_NS);
    nap(200);
    view = look_at(sleeper.tid);
    ck_assert_int_ge(view->waited_ns, 190000000);
    ck_assert_int_eq(view->reason, PP_WAIT_IO);
    pthread_join(thread, NULL);
}
END_TEST

__attribute__((noinline, noclone)) void *spin_until(void *arg)
{
    struct sleeper *sleeper = arg;
    pp_store_release(&sleeper->tid, pp_sys_tid());
    while (!sleeper->stop) {
    }
    return arg;
}

START_TEST(test_running_thread)
{
    struct sleeper sleeper = { .fd = -1 };
    pthread_t thread;
    int whole = 0;
    ck_assert_int_eq(pthread_create(&thread, NULL, spin_until, &sleeper), 0);
    await_tid(&sleeper.tid);
    for (int i = 0; i < 20; i++) {
        struct pp_thread_view *view = look_at(sleeper.tid);
        ck_assert(view->is_running);
        bool good = passes(view, "spin_until") && (view->flags & PP_UNWIND_COMPLETE);
        if (!good) {
            fprintf(stderr, "# depth %zu, flags %u\n", view->depth, view->flags);
        }
        whole += good;
    }
    sleeper.stop = 1;
    pthread_join(thread, NULL);
    ck_assert_int_ge(whole, 18);
}
END_TEST

static void *spin_deaf(void *arg)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    return spin_until(arg);
}

START_TEST(test_running_thread_that_blocks_signals)
{
    struct sleeper sleeper = { .fd = -1 };
    pthread_t thread;
    sigset_t pending;
    ck_assert_int_eq(pthread_create(&thread, NULL, spin_deaf, &sleeper), 0);
    await_tid(&sleeper.tid);
    struct pp_thread_view *view = look_at(sleeper.tid);
    ck_assert(view->is_running);
    ck_assert_uint_eq(view->depth, 0);
    sigpending(&pending);
    for (int s = SIGRTMIN; s <= SIGRTMAX; s++) {
        ck_assert(!sigismember(&pending, s)); /* none was even sent */
    }
    sleeper.stop = 1;
    pthread_join(thread, NULL);
}
END_TEST

START_TEST(test_the_caller_itself)
{
    struct pp_thread_view *view = look_at(pp_sys_tid());
    ck_assert(view->is_running && view->is_main);
    ck_assert(view->flags & PP_UNWIND_COMPLETE);
    ck_assert(passes(view, "look_at") && passes(view, "main"));
}
END_TEST

/* ---- frames that were left ---- */

static sigjmp_buf way_out;
static void jump_out(int signal)
{
    (void)signal;
    siglongjmp(way_out, 1);
}

__attribute__((noinline, noclone)) void block_hooked(void)
{
    struct timespec time = { 5, 0 };
    nanosleep(&time, NULL);
    interrupted++;
}

__attribute__((noinline, noclone)) void block_unhooked(void)
{
    struct timespec time = { 2, 0 };
    pp_sys_call(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, (long)&time, 0, 0, 0);
    interrupted++;
}

/* So far down that nothing writes over what it leaves behind. */
__attribute__((noinline, noclone)) void block_deep(void)
{
    volatile char room[8 << 10];
    room[0] = 1;
    block_hooked();
    room[1] = 2;
}

static void *jump_then_block(void *arg)
{
    struct sleeper *sleeper = arg;
    if (sigsetjmp(way_out, 1) == 0) {
        pp_store_release(&sleeper->tid, pp_sys_tid());
        block_deep();
    }
    sleeper->stop = 1;
    block_unhooked();
    return arg;
}

/* After the jump the thread blocks without a hook, and is not taken to be in its former wait. */
static void leaves_its_wait(pthread_t thread, const struct sleeper *sleeper)
{
    pthread_kill(thread, SIGUSR1);
    while (!sleeper->stop) {
        nap(1);
    }
    await_asleep(&sleeper->tid);
    struct pp_thread_view *view = look_at(sleeper->tid);
    ck_assert(!passes(view, "block_hooked"));
    ck_assert(!view->waited_exact);
    pthread_join(thread, NULL);
}

START_TEST(test_longjmp_leaves_no_false_stack)
{
    struct sleeper sleeper = { .fd = -1 };
    pthread_t thread;
    signal(SIGUSR1, jump_out);
    ck_assert_int_eq(pthread_create(&thread, NULL, jump_then_block, &sleeper), 0);
    await_asleep(&sleeper.tid);
    ck_assert(passes(look_at(sleeper.tid), "block_hooked"));
    leaves_its_wait(thread, &sleeper);
}
END_TEST

/* Another thread in the same wait makes it a known one, so that the kernel is not asked for the
 * thread that left it. */
START_TEST(test_longjmp_out_of_a_known_wait)
{
    struct sleeper sleeper = { .fd = -1 }, early = { .fd = -1 }, late = { .fd = -1 };
    pthread_t thread, first, last;
    signal(SIGUSR1, jump_out);
    ck_assert_int_eq(pthread_create(&first, NULL, sleep_in_nanosleep, &early), 0);
    await_asleep(&early.tid);
    ck_assert_int_eq(pthread_create(&thread, NULL, jump_then_block, &sleeper), 0);
    await_asleep(&sleeper.tid);
    ck_assert_int_eq(pthread_create(&last, NULL, sleep_in_nanosleep, &late), 0);
    await_asleep(&late.tid);
    leaves_its_wait(thread, &sleeper);
    pthread_join(first, NULL);
    pthread_join(last, NULL);
}
END_TEST

static void clean_up(void *arg)
{
    struct sleeper *sleeper = arg;
    sleeper->stop = 1;
    block_unhooked();
}

static void *cleans_up_slowly(void *arg)
{
    struct sleeper *sleeper = arg;
    pthread_cleanup_push(clean_up, sleeper);
    pp_store_release(&sleeper->tid, pp_sys_tid());
    block_deep();
    pthread_cleanup_pop(0);
    return arg;
}

/* What a canceled thread does on its way out is below the wait that it has left. */
START_TEST(test_cancellation_of_a_known_wait)
{
    struct sleeper sleeper = { .fd = -1 }, early = { .fd = -1 }, late = { .fd = -1 };
    pthread_t thread, first, last;
    ck_assert_int_eq(pthread_create(&first, NULL, sleep_in_nanosleep, &early), 0);
    await_tid(&early.tid);
    ck_assert_int_eq(pthread_create(&thread, NULL, cleans_up_slowly, &sleeper), 0);
    await_tid(&sleeper.tid);
    ck_assert_int_eq(pthread_create(&last, NULL, sleep_in_nanosleep, &late), 0);
    await_tid(&late.tid);
    pthread_cancel(thread);
    while (!sleeper.stop) {
        nap(1);
    }
    nap(50);
    ck_assert(!look_at(sleeper.tid)->waited_exact);
    pthread_join(thread, NULL);
    pthread_join(first, NULL);
    pthread_join(last, NULL);
}
END_TEST

enum { ALIKE = 20 };

static int note_view(void *ctx, const struct pp_thread_view *view)
{
    struct pp_thread_view *views = ctx;
    size_t i = 0;
    while (i < ALIKE && views[i].tid != view->tid) {
        i++;
    }
    if (i < ALIKE) {
        views[i] = *view;
    }
    return 0;
}

/* Of threads that wait alike the first is looked at through the kernel, the others are not: they
 * show the same, down to the C library's frames. */
START_TEST(test_threads_that_wait_alike)
{
    static struct pp_thread_view views[ALIKE];
    struct sleeper sleepers[ALIKE];
    pthread_t threads[ALIKE];
    int fds[2];
    ck_assert_int_eq(pipe(fds), 0);
    for (int i = 0; i < ALIKE; i++) {
        sleepers[i] = (struct sleeper){ .fd = fds[0] };
        ck_assert_int_eq(pthread_create(&threads[i], NULL, sleep_in_read, &sleepers[i]), 0);
        await_asleep(&sleepers[i].tid);
        views[i].tid = sleepers[i].tid;
    }
    ck_assert_int_eq(pp_threads_walk(note_view, views, &error), 0);
    for (int i = 0; i < ALIKE; i++) {
        ck_assert_int_eq(views[i].reason, PP_WAIT_IO);
        ck_assert(views[i].waited_exact && !views[i].is_running);
        ck_assert(views[i].flags & PP_UNWIND_COMPLETE);
        ck_assert(passes(&views[i], "sleep_in_read"));
        ck_assert_uint_ge(views[i].lead, 1);
        ck_assert_uint_eq(views[i].depth, views[0].depth);
        ck_assert_mem_eq(views[i].pcs, views[0].pcs, views[0].depth * sizeof(uintptr_t));
    }
    ck_assert_int_eq(write(fds[1], &views, ALIKE), ALIKE);
    for (int i = 0; i < ALIKE; i++) {
        pthread_join(threads[i], NULL);
    }
}
END_TEST

static int handler_fds[2];
__attribute__((noinline, noclone)) void block_in_handler(int signal)
{
    char byte;
    (void)signal;
    interrupted += (int)read(handler_fds[0], &byte, 1);
}

START_TEST(test_nested_waits)
{
    struct sleeper sleeper = { .fd = -1 };
    pthread_t thread;
    int fds[2];
    struct sigaction action = { .sa_handler = block_in_handler, .sa_flags = SA_RESTART };
    ck_assert_int_eq(pipe(fds) | pipe(handler_fds), 0);
    sleeper.fd = fds[0];
    sigaction(SIGUSR1, &action, NULL);
    ck_assert_int_eq(pthread_create(&thread, NULL, sleep_in_read, &sleeper), 0);
    await_asleep(&sleeper.tid);
    nap(100);
    pthread_kill(thread, SIGUSR1);
    struct pp_thread_view *view = await_function(&sleeper.tid, "block_in_handler", true);
    ck_assert(passes(view, "block_in_handler") && passes(view, "sleep_in_read"));
    await_asleep(&sleeper.tid);
    ck_assert_int_eq(write(handler_fds[1], "x", 1), 1);
    (void)await_function(&sleeper.tid, "block_in_handler", false);
    await_asleep(&sleeper.tid);
    view = look_at(sleeper.tid); /* the outer wait is known again, with its age */
    ck_assert(!passes(view, "block_in_handler") && passes(view, "sleep_in_read"));
    ck_assert(view->waited_exact);
    ck_assert_int_ge(view->waited_ns, 90000000);
    ck_assert_int_eq(write(fds[1], "x", 1), 1);
    pthread_join(thread, NULL);
}
END_TEST

/* ---- threads of our own ---- */

static pid_t our_tid;
static volatile int our_stop;
static void *our_body(void *arg)
{
    pp_store_release(&our_tid, pp_sys_tid());
    while (!our_stop) {
        nap(1);
    }
    return arg;
}

START_TEST(test_ours_are_not_shown)
{
    int64_t before = pp_threads_count();
    ck_assert_int_eq(pp_thread_start_ours("test", our_body, NULL), 0);
    await_tid(&our_tid);
    ck_assert_int_eq(pp_threads_count(), before);
    ck_assert_ptr_null(look_at(our_tid));
    char path[64], name[32];
    snprintf(path, sizeof(path), "/proc/self/task/%d/comm", our_tid);
    ck_assert_int_gt(pp_sys_read_file(path, name, sizeof(name)), 0);
    ck_assert_str_eq(name, "pprof-test\n");
    our_stop = 1;
}
END_TEST

START_TEST(test_fork_forgets_the_others)
{
    struct sleeper sleeper = { .fd = -1 };
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, sleep_in_nanosleep, &sleeper), 0);
    await_asleep(&sleeper.tid);
    pid_t child = fork();
    if (child == 0) {
        int seen = 0;
        struct pp_threads_stats stats;
        pp_threads_after_fork();
        pp_threads_stats(&stats);
        int err = pp_threads_walk(visit_none, &seen, &error);
        _exit(err || seen != 1 || stats.slots_used != 1 || pp_threads_count() != 1 ||
              pp_thread_self()->tid != pp_sys_tid());
    }
    int status = -1;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    pthread_join(thread, NULL);
}
END_TEST

/* With tiny tables only; 16,384 threads are too many for a test. */
START_TEST(test_full_registry)
{
    enum { COUNT = 40 };
    static pthread_t threads[COUNT];
    static struct sleeper sleepers[COUNT];
    struct pp_threads_stats stats, after;
    int fds[2], seen = 0;
    pp_threads_stats(&stats);
    if (stats.slot_cap >= COUNT) {
        return;
    }
    ck_assert_int_eq(pipe(fds), 0);
    for (int i = 0; i < COUNT; i++) {
        sleepers[i].fd = fds[0];
        ck_assert_int_eq(pthread_create(&threads[i], NULL, sleep_in_read, &sleepers[i]), 0);
    }
    for (int i = 0; i < COUNT; i++) {
        await_asleep(&sleepers[i].tid);
    }
    pp_threads_stats(&stats);
    ck_assert_uint_eq(stats.slots_used, stats.slot_cap);
    ck_assert_uint_ge(stats.lost, COUNT + 1 - stats.slot_cap);
    ck_assert_int_eq(pp_threads_walk(visit_none, &seen, &error), 0);
    ck_assert_int_eq(seen, COUNT + 1); /* listed all the same */
    struct pp_thread_view *view = look_at(sleepers[COUNT - 1].tid);
    ck_assert(!view->is_running && view->reason == PP_WAIT_IO && !view->waited_exact);
    our_stop = 0;
    our_tid = 0;
    ck_assert_int_eq(pp_thread_start_ours("full", our_body, NULL), 0);
    await_tid(&our_tid);
    our_stop = 1;
    for (int i = 0; i < COUNT; i++) {
        ck_assert_int_eq(write(fds[1], "x", 1), 1);
    }
    for (int i = 0; i < COUNT; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    }
    pp_threads_stats(&after);
    ck_assert_uint_le(after.slots_used, 2);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("runtime_thread");
    TCase *t = tcase_create("threads");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, test_results_pass_through);
    tcase_add_test(t, test_slots_are_given_back);
    tcase_add_test(t, test_refused_creation);
    tcase_add_test(t, test_smallest_stack);
    tcase_add_test(t, test_destructors_run_on);
    tcase_add_test(t, test_errno_and_results);
    tcase_add_test(t, test_blocked_threads_are_not_disturbed);
    tcase_add_test(t, test_view_of_a_blocked_thread);
    tcase_add_test(t, test_unhooked_wait_is_aged_by_looking);
    tcase_add_test(t, test_running_thread);
    tcase_add_test(t, test_running_thread_that_blocks_signals);
    tcase_add_test(t, test_the_caller_itself);
    tcase_add_test(t, test_longjmp_leaves_no_false_stack);
    tcase_add_test(t, test_longjmp_out_of_a_known_wait);
    tcase_add_test(t, test_cancellation_of_a_known_wait);
    tcase_add_test(t, test_threads_that_wait_alike);
    tcase_add_test(t, test_nested_waits);
    tcase_add_test(t, test_ours_are_not_shown);
    tcase_add_test(t, test_fork_forgets_the_others);
    tcase_add_test(t, test_full_registry);
    suite_add_tcase(s, t);
    return s;
}

#include "check_main.h"
