/* links libpprof */
/* Ways to end: go_ends deadlock | alone | handler | leak | clean | overflow | large | sent | fork
 * | thread | spin | jumps | procs */
#include <pprof/go.h>

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct go_chan *never;

__attribute__((noinline)) void waits_for_ever(void *arg)
{
    (void)arg;
    go_chan_recv(never, NULL);
    __asm__ volatile("");
}

__attribute__((noinline)) void starts_waiters(void *arg)
{
    (void)arg;
    go_start(waits_for_ever, NULL);
    go_chan_send(never, arg);
    go_start(waits_for_ever, NULL);
    go_chan_recv(never, NULL);
    __asm__ volatile("");
}

__attribute__((noinline)) static int eats_stack(int depth)
{
    volatile char room[512];
    room[depth % 512] = (char)depth;
    return depth > 100000000 ? 0 : eats_stack(depth + 1) + room[depth % 512];
}

static void overflows(void *arg)
{
    *(int *)arg = eats_stack(0);
}

static void says_so(void)
{
    static const char text[] = "own handler\n";
    if (write(2, text, sizeof(text) - 1) > 0) {
        _exit(7);
    }
}

static int leak(bool is_clean)
{
    const struct go_leak_ignore ignore = { GO_IGNORE_TOP_FUNCTION, "waits_for_ever" };
    go_start(waits_for_ever, NULL);
    uint64_t mark = go_leak_mark();
    go_start(waits_for_ever, NULL);
    go_sleep(5 * GO_MS);
    printf("since the mark %zu, ignored %zu\n", go_leaks(mark, NULL, 0, GO_MS, -1),
           go_leaks(mark, &ignore, 1, GO_S, -1));
    if (is_clean) {
        go_chan_close(never);
    }
    return 0;
}

/* One frame beyond the guard and some stacks that follow, written from its far end. */
static void has_large_frame(void *arg)
{
    volatile char room[100 << 10];
    for (size_t i = 0; i < sizeof(room); i++) {
        room[i] = (char)i;
    }
    *(int *)arg = room[1000];
}

static int overflow(go_fn fn)
{
    static int result;
    const struct go_options options = { .name = "hungry", .stack_bytes = 16 << 10 };
    const struct go_options others = { .stack_bytes = 16 << 10 };
    for (int i = 0; i < 30; i++) { /* below it there are stacks */
        go_start_with(&others, waits_for_ever, NULL);
    }
    go_start_with(&options, fn, &result);
    return (int)go_sleep(100 * GO_S) + result;
}

static void sends_segv(void *arg)
{
    *(int *)arg = raise(SIGSEGV);
}

static void counts(void *arg)
{
    for (int i = 0; i < 100; i++) {
        go_yield();
    }
    go_chan_send(arg, NULL);
}

/* In the parent and in the child: goroutines, descriptors, timers. */
static int works(void)
{
    struct go_chan *c = go_chan_new(0, 0);
    int fds[2];
    char byte = 0;
    for (int i = 0; i < 10; i++) {
        go_start(counts, c);
    }
    for (int i = 0; i < 10; i++) {
        go_chan_recv(c, NULL);
    }
    go_chan_free(c);
    return pipe(fds) == 0 && go_sleep(GO_MS) == 0 && go_write(fds[1], "x", 1) == 1 &&
           go_read(fds[0], &byte, 1) == 1 && byte == 'x';
}

static void forks(void *arg)
{
    int *result = arg, status;
    bool before = works();
    pid_t child = fork();
    if (child == 0) {
        _exit(works() && works() ? 0 : 1);
    }
    bool waited = waitpid(child, &status, 0) == child;
    *result = before && works() && waited && status == 0 ? 0 : 1;
}

/* The child returns from the goroutine's function, and has nothing else: it ends as if well. */
static void forks_and_returns(void *arg)
{
    int status = 0;
    pid_t child = fork();
    if (child) {
        bool waited = waitpid(child, &status, 0) == child;
        *(int *)arg = waited && status == 0 ? 0 : 1;
    }
}

static int fork_often(void)
{
    int from_goroutine = 1, from_thread = 1, returned = 1;
    go_run(forks, &from_goroutine);
    forks(&from_thread);
    go_run(forks_and_returns, &returned);
    return from_goroutine + from_thread + returned;
}

static void *exits(void *arg)
{
    go_chan_send(arg, NULL);
    go_exit();
    return NULL;
}

/* go_exit ends an ordinary thread too. */
static int end_thread(void)
{
    pthread_t thread;
    struct go_chan *c = go_chan_new(0, 1);
    int failed = pthread_create(&thread, NULL, exits, c);
    failed = failed ? failed : pthread_join(thread, NULL);
    return failed || go_chan_len(c) != 1;
}

/* Their last calls may be compiled into jumps: then their frames are gone. */
static void jumps_to_wait(void *arg)
{
    (void)go_chan_recv(never, arg);
}

__attribute__((noinline)) int jumps_from_helper(void *arg)
{
    return go_chan_recv(never, arg);
}

static void calls_helper(void *arg)
{
    (void)jumps_from_helper(arg);
    __asm__ volatile("");
}

static int jumps_from_task(void *arg)
{
    return go_chan_recv(never, arg);
}

static void jumps(void *arg)
{
    struct go_scope *scope = go_scope_new(0);
    go_start(jumps_to_wait, NULL);
    go_start(calls_helper, NULL);
    go_scope_start(scope, jumps_from_task, NULL);
    for (int i = 0; i < 100; i++) { /* with one place: they wait now */
        go_yield();
    }
    int failed = go_dump(1);
    go_chan_close(never);
    *(int *)arg = failed + (go_scope_join(scope) != GO_CLOSED);
}

static uint32_t spins; /* atomic */

__attribute__((noinline)) void spins_long(void *arg)
{
    struct timespec used = { 0, 0 };
    while (used.tv_sec < *(int *)arg) {
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    }
    __atomic_store_n(&spins, 0, __ATOMIC_SEQ_CST);
}

static void does_nothing(void *arg)
{
    (void)arg;
}

/* With others that wait for the one place. */
static int spin(int seconds)
{
    const struct go_options options = { .name = "dizzy" };
    go_procs(1);
    spins = 1;
    go_start_with(&options, spins_long, &seconds);
    while (__atomic_load_n(&spins, __ATOMIC_SEQ_CST)) {
        go_start(does_nothing, NULL);
        usleep(1000);
    }
    return 0;
}

int main(int argc, char **argv)
{
    const char *way = argc > 1 ? argv[1] : "";
    never = go_chan_new(0, 0);
    if (strcmp(way, "deadlock") == 0) {
        return go_run(starts_waiters, NULL);
    }
    if (strcmp(way, "handler") == 0) {
        go_on_deadlock(says_so);
        return go_run(starts_waiters, NULL);
    }
    if (strcmp(way, "alone") == 0) { /* nothing was ever started */
        return go_chan_recv(never, NULL);
    }
    if (strcmp(way, "fork") == 0) {
        return fork_often();
    }
    if (strcmp(way, "thread") == 0) {
        return end_thread();
    }
    if (strcmp(way, "overflow") == 0) {
        return overflow(overflows);
    }
    if (strcmp(way, "large") == 0) {
        return overflow(has_large_frame);
    }
    if (strcmp(way, "procs") == 0) {
        return printf("%d\n", go_procs(0)) < 0;
    }
    if (strcmp(way, "jumps") == 0) {
        int failed = 0;
        go_procs(1);
        return go_run(jumps, &failed) + failed;
    }
    if (strcmp(way, "spin") == 0) {
        return spin(1);
    }
    if (strcmp(way, "sent") == 0) {
        int failed = 0;
        return go_run(sends_segv, &failed) + failed;
    }
    return strcmp(way, "leak") == 0 ? leak(false) : strcmp(way, "clean") == 0 ? leak(true) : 9;
}
