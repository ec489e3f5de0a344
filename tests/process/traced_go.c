/* links libpprof */
/* Goroutines that do what a trace shows, written to a file by call. usage: traced_go FILE */
#include <pprof/go.h>
#include <pprof/pprof.h>

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

enum { ROUNDS = 50, SPINNERS = 2 };

static struct go_chan *requests, *never;
static struct go_mutex lock;
static uint32_t served, started;
static int cpu_fd;
static volatile uint64_t sink;

__attribute__((noinline)) static void wait_for_ever(void *arg)
{
    int value;
    (void)arg;
    __atomic_fetch_add(&started, 1, __ATOMIC_SEQ_CST);
    (void)go_chan_recv(never, &value);
}

__attribute__((noinline)) static int take_request(void)
{
    int value = -1;
    return go_chan_recv(requests, &value) == 0 ? value : -1;
}

/* Runs on more than one thread, most likely; its region goes along. */
static void serve(void *arg)
{
    (void)arg;
    __atomic_fetch_add(&started, 1, __ATOMIC_SEQ_CST);
    while (take_request() >= 0) {
        pprof_region_begin(0, "handle");
        go_mutex_lock(&lock);
        go_sleep(GO_MS / 10);
        go_mutex_unlock(&lock);
        pprof_region_end();
        pprof_trace_log(0, "handled");
        __atomic_fetch_add(&served, 1, __ATOMIC_SEQ_CST);
    }
}

static void send_requests(void *arg)
{
    for (int i = 0; i < ROUNDS; i++) {
        (void)go_chan_send(requests, &i);
        go_yield();
    }
    (void)arg;
}

__attribute__((noinline)) static void compute(void *arg)
{
    struct go_wait_group *group = arg;
    for (int i = 0; i < 50 * 1000 * 1000; i++) {
        sink = sink + (uint64_t)i * (uint64_t)i;
    }
    (void)go_wait_group_done(group);
}

static void await(const uint32_t *word, uint32_t value)
{
    while (__atomic_load_n(word, __ATOMIC_SEQ_CST) < value) {
        (void)go_sleep(GO_MS);
    }
}

static void work(void *arg)
{
    int fd = *(const int *)arg;
    struct go_wait_group group = { 0 };
    struct go_options named = { .name = "worker" };
    requests = go_chan_new(sizeof(int), 0);
    never = go_chan_new(sizeof(int), 0);
    go_start(wait_for_ever, NULL);
    go_start_with(&named, serve, NULL); /* before the trace */
    await(&started, 2);
    if (pprof_trace_start(fd) != 0 || pprof_cpu_start(cpu_fd, NULL) != 0) {
        _exit(3);
    }
    named.name = "second";
    go_start_with(&named, serve, NULL);
    go_start(send_requests, NULL);
    (void)go_wait_group_add(&group, SPINNERS);
    for (int i = 0; i < SPINNERS; i++) {
        go_start(compute, &group);
    }
    await(&served, ROUNDS);
    (void)go_wait_group_wait(&group);
    go_chan_close(requests);
    if (pprof_cpu_stop() != 0 || pprof_trace_stop() != 0) {
        _exit(4);
    }
}

int main(int argc, char **argv)
{
    int fd = open(argc > 1 ? argv[1] : "trace", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    cpu_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (fd < 0 || cpu_fd < 0 || go_run(work, &fd) != 0) {
        return 1;
    }
    return 0;
}
