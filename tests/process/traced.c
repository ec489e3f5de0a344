/* links libpprof */
/* A program with threads that wait, allocate and mark their work; writes three traces by call and
 * then serves until standard input ends. usage: traced DIR */
#include <pprof/pprof.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t never = PTHREAD_MUTEX_INITIALIZER;
static int pipes[2];
static volatile int stop, contentions, requests;
static void *volatile sink;

__attribute__((noinline)) static void hold_lock(void)
{
    pthread_mutex_lock(&lock);
    usleep(20000);
    pthread_mutex_unlock(&lock);
}

__attribute__((noinline)) static void wait_for_bytes(void)
{
    char byte;
    (void)!read(pipes[0], &byte, 1);
}

static void *holder(void *arg)
{
    while (!stop) {
        hold_lock();
        usleep(5000); /* the lock is not fair: let the other one have it */
    }
    return arg;
}

static void *contender(void *arg)
{
    while (!stop) {
        pprof_region_begin(0, "contend");
        hold_lock();
        pprof_region_end();
        contentions++;
    }
    return arg;
}

static void *reader(void *arg)
{
    while (!stop) {
        wait_for_bytes();
    }
    return arg;
}

static void *stuck(void *arg)
{
    pthread_mutex_lock(&never);
    return arg;
}

static void *allocator(void *arg)
{
    while (!stop) {
        uint64_t task = pprof_task_begin("request", 0);
        uint64_t part = pprof_task_begin("part", task);
        pprof_region_begin(part, "outer");
        pprof_region_begin(part, "inner");
        for (int i = 0; i < 200; i++) {
            sink = malloc(20000);
            free(sink);
        }
        pprof_trace_log(part, "allocated");
        pprof_region_end();
        usleep(1000);
        pprof_region_end();
        pprof_task_end(part);
        pprof_task_end(task);
        (void)!write(pipes[1], "x", 1);
        requests++;
    }
    return arg;
}

/* Until every thread has done its work some times over, a minute at most. */
static void let_them_work(void)
{
    int contended = contentions, requested = requests;
    for (int i = 0; i < 6000; i++) {
        usleep(10000);
        if (i >= 30 && contentions - contended >= 5 && requests - requested >= 50) {
            return;
        }
    }
}

static int open_in(const char *directory, const char *name)
{
    char path[4096];
    (void)snprintf(path, sizeof(path), "%s/%s", directory, name);
    return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

int main(int argc, char **argv)
{
    void *(*const starts[])(void *) = { holder, contender, reader, stuck, allocator };
    pthread_t threads[5];
    char url[160], byte;
    int fd = open_in(argc > 1 ? argv[1] : ".", "by-call");
    pthread_mutex_lock(&never);
    if (pipe(pipes) != 0 || pprof_trace_stop() != PPROF_ERR_OFF ||
        pprof_trace_write(fd) != PPROF_ERR_OFF || pprof_trace_start(fd) != 0 ||
        pprof_trace_start(fd) != PPROF_ERR_BUSY || !pprof_trace_enabled()) {
        return 1;
    }
    for (int i = 0; i < 5; i++) {
        pthread_create(&threads[i], NULL, starts[i], NULL);
    }
    let_them_work();
    if (pprof_trace_stop() != 0 || pprof_trace_enabled()) {
        return 2;
    }
    if (pprof_trace_recorder(5) != 0 || pprof_trace_recorder(5) != 5 ||
        pprof_serve("127.0.0.1:0", NULL) != 0) {
        return 3;
    }
    let_them_work();
    fd = open_in(argc > 1 ? argv[1] : ".", "recorded");
    if (pprof_trace_write(fd) != 0 || pprof_serve_url(url, sizeof(url)) != 0) {
        return 4;
    }
    puts(url);
    fflush(stdout);
    (void)!read(0, &byte, 1);
    pprof_trace_recorder(0);
    return 0;
}
