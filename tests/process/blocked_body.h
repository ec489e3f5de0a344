/* Threads that block, each under three functions of its own; then a dump of their stacks by
 * libpprof (found by name, so that the same program runs linked and preloaded) into the file that
 * argv[1] names. Prints "ready" and waits until standard input ends, so that a debugger can look.
 *
 * With BLOCKED_HIDDEN in the environment the process makes itself undumpable as an ordinary user
 * first, so that the kernel shows neither registers nor system calls of its threads.
 *
 * BLOCKED_FRAME(n) is what each function has on its stack: nothing, or an alloca. */
#ifndef BLOCKED_BODY_H
#define BLOCKED_BODY_H

#include <alloca.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef BLOCKED_FRAME
#define BLOCKED_FRAME(n) volatile int keep = (n)
#endif

enum { THREADS = 15 };

static int quiet_pipe[2], listener, epoll;
static pthread_t forever;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER, held = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static sem_t semaphore;
static pthread_barrier_t barrier;
static uint32_t word;
static volatile int sink;

/* wait_NAME -> middle_NAME -> outer_NAME, none of them a tail call. */
#define BLOCKED(name, statement)                                                                   \
    __attribute__((noinline, noclone)) static int wait_##name(int n)                               \
    {                                                                                              \
        BLOCKED_FRAME(n);                                                                          \
        sink = (int)(statement);                                                                   \
        return (int)keep + sink;                                                                   \
    }                                                                                              \
    __attribute__((noinline, noclone)) static int middle_##name(int n)                             \
    {                                                                                              \
        BLOCKED_FRAME(n + 1);                                                                      \
        int got = wait_##name(n + 1);                                                              \
        return (int)keep + got;                                                                    \
    }                                                                                              \
    __attribute__((noinline, noclone)) static int outer_##name(int n)                              \
    {                                                                                              \
        BLOCKED_FRAME(n + 2);                                                                      \
        int got = middle_##name(n + 2);                                                            \
        return (int)keep + got;                                                                    \
    }                                                                                              \
    static void *thread_##name(void *arg)                                                          \
    {                                                                                              \
        sink = outer_##name(40);                                                                   \
        return arg;                                                                                \
    }

static char bytes[16];
static struct epoll_event event;
static struct pollfd one_fd;
static fd_set one_set;
static const struct timespec long_time = { 3600, 0 };

BLOCKED(read, read(quiet_pipe[0], bytes, sizeof(bytes)))
BLOCKED(poll, poll(&one_fd, 1, -1))
BLOCKED(select, select(quiet_pipe[0] + 1, &one_set, NULL, NULL, NULL))
BLOCKED(accept, accept(listener, NULL, NULL))
BLOCKED(epoll_wait, epoll_wait(epoll, &event, 1, -1))
BLOCKED(nanosleep, nanosleep(&long_time, NULL))
BLOCKED(clock_nanosleep, clock_nanosleep(CLOCK_MONOTONIC, 0, &long_time, NULL))
BLOCKED(sleep, sleep(3600))
BLOCKED(futex, syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0))
BLOCKED(join, pthread_join(forever, NULL))
BLOCKED(mutex, pthread_mutex_lock(&held))
BLOCKED(wrlock, pthread_rwlock_wrlock(&rwlock))
BLOCKED(cond, (pthread_mutex_lock(&mutex), pthread_cond_wait(&cond, &mutex)))
BLOCKED(semaphore, sem_wait(&semaphore))
BLOCKED(barrier, pthread_barrier_wait(&barrier))

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void open_things(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    if (pipe(quiet_pipe) != 0 || (listener = socket(AF_INET, SOCK_STREAM, 0)) < 0 ||
        bind(listener, (struct sockaddr *)&at, sizeof(at)) != 0 || listen(listener, 1) != 0 ||
        (epoll = epoll_create1(0)) < 0) {
        die("blocked");
    }
    one_fd = (struct pollfd){ quiet_pipe[0], POLLIN, 0 };
    FD_SET(quiet_pipe[0], &one_set);
    pthread_mutex_lock(&held);
    pthread_rwlock_rdlock(&rwlock);
    sem_init(&semaphore, 0, 0);
    pthread_barrier_init(&barrier, NULL, 2);
}

static void start(pthread_t *thread, void *(*body)(void *))
{
    int err = pthread_create(thread, NULL, body, NULL);
    if (err) {
        errno = err;
        die("pthread_create");
    }
}

static void start_all(void)
{
    static void *(*const bodies[])(void *) = {
        thread_poll,   thread_select, thread_accept, thread_epoll_wait, thread_nanosleep,
        thread_clock_nanosleep, thread_sleep, thread_futex, thread_join, thread_mutex,
        thread_wrlock, thread_cond, thread_semaphore, thread_barrier,
    };
    start(&forever, thread_read);
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        pthread_t thread;
        start(&thread, bodies[i]);
    }
}

static void dump(int fd)
{
    int (*write_profile)(const char *, int, int);
    *(void **)&write_profile = dlsym(RTLD_DEFAULT, "pprof_write");
    if (!write_profile || fd < 0 || write_profile("goroutine", fd, 2) != 0) {
        fprintf(stderr, "blocked: no dump\n");
        exit(1);
    }
    close(fd);
}

static void hide(void)
{
    if ((geteuid() == 0 && setresuid(65534, 65534, 65534) != 0) ||
        prctl(PR_SET_DUMPABLE, 0) != 0) {
        die("hide");
    }
}

/* Whether the thread sleeps, and how often it has gone to sleep so far. */
static int is_asleep(const char *tid, unsigned long *switches)
{
    char path[300], line[256], state = '?';
    unsigned long count = 0;
    snprintf(path, sizeof(path), "/proc/self/task/%s/status", tid);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof(line), file)) {
        sscanf(line, "State: %c", &state);
        sscanf(line, "voluntary_ctxt_switches: %lu", &count);
    }
    if (file) {
        fclose(file);
    }
    *switches += count;
    return state == 'S';
}

/* The sum of that over all threads but the first; 0 while one of them does not sleep. */
static unsigned long all_asleep(void)
{
    unsigned long switches = 0;
    int asleep = 0, others = 0;
    DIR *tasks = opendir("/proc/self/task");
    for (struct dirent *task; tasks && (task = readdir(tasks));) {
        if (task->d_name[0] != '.' && atoi(task->d_name) != getpid()) {
            others++;
            asleep += is_asleep(task->d_name, &switches);
        }
    }
    closedir(tasks);
    return asleep == others && others >= THREADS ? switches : 0;
}

/* Until each has come to where it blocks: all sleep, and none of them woke in between. */
static void await_all(void)
{
    unsigned long before = 0, now;
    for (int i = 0; i < 1200; i++, before = now) {
        usleep(100000);
        now = all_asleep();
        if (now && now == before) {
            return;
        }
    }
    die("threads that do not block");
}

int main(int argc, char **argv)
{
    int fd = argc > 1 ? open(argv[1], O_WRONLY | O_CREAT | O_TRUNC, 0600) : -1;
    if (getenv("BLOCKED_HIDDEN")) {
        hide();
    }
    open_things();
    start_all();
    await_all();
    if (argc > 1) {
        dump(fd);
    }
    puts("ready");
    fflush(stdout);
    while (getchar() != EOF) {
    }
    return 0;
}

#endif
