/* Programs as hostile to a profiler as real ones are, one a name: hostile NAME. What each prints,
 * and how it ends, must be the same with and without the library. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static void burn(int ms)
{
    struct timespec start, now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    do {
        for (volatile int i = 0; i < 2000; i++) {
        }
        free(malloc(3000));
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while ((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000 < ms);
}

static void nap(int ms)
{
    struct timespec time = { ms / 1000, ms % 1000 * 1000000L };
    while (nanosleep(&time, &time) != 0) {
    }
}

static int reap(pid_t pid)
{
    int status = -1;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

/* ---- threads ---- */

static __thread char large_tls[4096];

static void *small_thread(void *arg)
{
    large_tls[(uintptr_t)arg % sizeof(large_tls)] = 1;
    for (int i = 0; i < 20; i++) {
        free(malloc(2000));
    }
    if ((uintptr_t)arg % 3 == 0) {
        pthread_exit(arg);
    }
    return arg;
}

enum { WAVES = 60 };

static int waves(void)
{
    pthread_attr_t attr;
    long sum = 0;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, PTHREAD_STACK_MIN + sizeof(large_tls));
    for (int wave = 0; wave < WAVES; wave++) {
        pthread_t threads[50];
        for (uintptr_t i = 0; i < 50; i++) {
            if (pthread_create(&threads[i], &attr, small_thread, (void *)i) != 0) {
                return 1;
            }
        }
        for (int i = 0; i < 50; i++) {
            void *result;
            pthread_join(threads[i], &result);
            sum += (long)(uintptr_t)result;
        }
    }
    printf("%ld\n", sum);
    return 0;
}

/* ---- cancellation in every blocking call ---- */

static int pipes[2], sockets[2], cleanups;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static sem_t sem;

static void wait_read(void) { char c; (void)!read(pipes[0], &c, 1); }
static void wait_recv(void) { char c; recv(sockets[0], &c, 1, 0); }
static void wait_poll(void) { poll(&(struct pollfd){ pipes[0], POLLIN, 0 }, 1, -1); }
static void wait_select(void) { select(0, NULL, NULL, NULL, NULL); }
static void wait_nap(void) { nanosleep(&(struct timespec){ 100, 0 }, NULL); }
static void wait_sleep(void) { sleep(100); }
static void wait_usleep(void) { usleep(90000000); }
static void wait_pause(void) { pause(); }
static void wait_sem(void) { sem_wait(&sem); }
static void wait_epoll(void)
{
    struct epoll_event event;
    epoll_wait(epoll_create1(0), &event, 1, -1);
}
static void unlock(void *arg) { pthread_mutex_unlock(arg); }
static void wait_cond(void)
{
    pthread_mutex_lock(&mutex);
    pthread_cleanup_push(unlock, &mutex);
    pthread_cond_wait(&cond, &mutex);
    pthread_cleanup_pop(1);
}
static void wait_child(void)
{
    pid_t pid = fork();
    if (pid == 0) {
        for (;;) {
            pause();
        }
    }
    prctl(PR_SET_NAME, "waits");
    waitpid(pid, NULL, 0);
}
static void wait_signal(void)
{
    sigset_t set;
    int got;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigwait(&set, &got);
}

static void (*const waits[])(void) = {
    wait_read, wait_recv, wait_poll, wait_select, wait_nap, wait_sleep, wait_usleep, wait_pause,
    wait_sem, wait_epoll, wait_cond, wait_child, wait_signal,
};
enum { WAITS = sizeof(waits) / sizeof(waits[0]) };

static void count_cleanup(void *arg)
{
    (void)arg;
    free(malloc(5000));
    __atomic_add_fetch(&cleanups, 1, __ATOMIC_SEQ_CST);
}

static int is_asynchronous;

static void *canceled(void *arg)
{
    pthread_setcanceltype(is_asynchronous ? PTHREAD_CANCEL_ASYNCHRONOUS : PTHREAD_CANCEL_DEFERRED,
                          NULL);
    pthread_cleanup_push(count_cleanup, NULL);
    (*(void (*const *)(void))arg)();
    pthread_cleanup_pop(0);
    return arg;
}

static int cancel(void)
{
    (void)!pipe(pipes);
    socketpair(AF_UNIX, SOCK_STREAM, 0, sockets);
    sem_init(&sem, 0, 0);
    for (is_asynchronous = 0; is_asynchronous < 2; is_asynchronous++) {
        pthread_t threads[WAITS];
        int ended = 0;
        cleanups = 0;
        for (int i = 0; i < WAITS; i++) {
            pthread_create(&threads[i], NULL, canceled, (void *)(uintptr_t)&waits[i]);
        }
        nap(300);
        for (int i = 0; i < WAITS; i++) {
            void *result;
            pthread_cancel(threads[i]);
            pthread_join(threads[i], &result);
            ended += result == PTHREAD_CANCELED;
        }
        printf("%d of %d, cleaned %d\n", ended, WAITS, cleanups);
    }
    signal(SIGTERM, SIG_IGN);
    kill(0, SIGTERM); /* the forked ones; the test gives us a group of our own */
    return 0;
}

/* ---- leaving a blocking call by longjmp ---- */

static sigjmp_buf jump;

static void leave(int signal)
{
    (void)signal;
    free(malloc(100000));
    siglongjmp(jump, 1);
}

static int longjmps(void)
{
    static void (*const calls[])(void) = { wait_read, wait_poll, wait_select, wait_nap, wait_epoll,
                                           wait_sem };
    volatile int left = 0;
    (void)!pipe(pipes);
    sem_init(&sem, 0, 0);
    signal(SIGALRM, leave);
    for (volatile int i = 0; i < 60; i++) {
        struct itimerval soon = { { 0, 0 }, { 0, 10000 } };
        if (sigsetjmp(jump, 1) == 0) {
            setitimer(ITIMER_REAL, &soon, NULL);
            calls[i % 6]();
        } else {
            left++;
        }
    }
    printf("left %d times\n", left);
    burn(50);
    return 0;
}

/* ---- handlers that allocate, on a stack of their own ---- */

static volatile sig_atomic_t handled;

static void allocate(int signal)
{
    (void)signal;
    handled++;
}

static void *ticking(void *arg)
{
    stack_t stack = { .ss_sp = malloc(SIGSTKSZ * 2), .ss_size = (size_t)SIGSTKSZ * 2 };
    sigaltstack(&stack, NULL);
    burn(700);
    return arg;
}

static int altstack(void)
{
    struct sigaction action = { .sa_handler = allocate, .sa_flags = SA_ONSTACK | SA_RESTART };
    struct itimerval often = { { 0, 1000 }, { 0, 1000 } };
    pthread_t threads[3];
    sigaction(SIGALRM, &action, NULL);
    for (int i = 0; i < 3; i++) {
        pthread_create(&threads[i], NULL, ticking, NULL);
    }
    setitimer(ITIMER_REAL, &often, NULL);
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
    }
    printf("%s\n", handled > 50 ? "handled" : "not handled");
    return 0;
}

/* ---- fork ---- */

static int storming = 1;

static void *storm(void *arg)
{
    while (__atomic_load_n(&storming, __ATOMIC_RELAXED)) {
        void *block = malloc(1000);
        pthread_mutex_lock(&mutex);
        pthread_mutex_unlock(&mutex);
        free(realloc(block, 9000));
    }
    return arg;
}

static int in_child(void)
{
    char *block = calloc(100, 100);
    free(block);
    pid_t grandchild = fork();
    if (grandchild == 0) {
        free(malloc(100000));
        execl("/bin/true", "true", (char *)NULL);
        _exit(9);
    }
    return WEXITSTATUS(reap(grandchild));
}

static int forks(void)
{
    pthread_t threads[3];
    int good = 0;
    for (int i = 0; i < 3; i++) {
        pthread_create(&threads[i], NULL, storm, NULL);
    }
    for (int i = 0; i < 100; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            _exit(in_child());
        }
        good += reap(pid) == 0;
    }
    storming = 0;
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
    }
    printf("%d children\n", good);
    return 0;
}

static int spawns(void)
{
    char *args[] = { "sh", "-c", "exit 3", NULL };
    volatile int good = 0;
    pid_t pid;
    for (volatile int i = 0; i < 50; i++) {
        good += posix_spawn(&pid, "/bin/sh", NULL, NULL, args, environ) == 0 &&
                WEXITSTATUS(reap(pid)) == 3;
        pid = vfork();
        if (pid == 0) {
            execv("/bin/sh", args);
            _exit(4);
        }
        good += WEXITSTATUS(reap(pid)) == 3;
        pid = vfork();
        if (pid == 0) {
            _exit(7);
        }
        good += WEXITSTATUS(reap(pid)) == 7;
    }
    printf("%d, popen %d, system %d\n", good, pclose(popen("exit 5", "r")) >> 8,
           system("exit 6") >> 8);
    return 0;
}

static int daemons(void)
{
    char file[] = "/tmp/hostileXXXXXX";
    int fd = mkstemp(file);
    pid_t pid = fork();
    if (pid == 0) {
        setsid();
        if (fork() == 0) {
            (void)!daemon(0, 0);
            burn(100);
            (void)!write(fd, "alive\n", 6);
            _exit(0);
        }
        _exit(0);
    }
    printf("%d\n", reap(pid));
    struct stat st = { .st_size = 0 };
    for (int i = 0; i < 100 && st.st_size == 0; i++) {
        nap(20);
        fstat(fd, &st);
    }
    printf("%ld\n", (long)st.st_size);
    unlink(file);
    return 0;
}

/* ---- descriptors ---- */

static int closes(void)
{
    char file[] = "/tmp/hostileXXXXXX", text[64] = "";
    nap(200);
    syscall(SYS_close_range, 3, ~0u, 0);
    int fd = mkstemp(file);
    for (int i = 3; i < 1100; i++) {
        if (i != fd) {
            dup2(fd, i);
        }
    }
    (void)!write(950, "mine", 4);
    nap(400);
    (void)!pread(fd, text, sizeof(text) - 1, 0);
    printf("%s\n", text);
    for (int i = 3; i < 1100; i++) {
        close(i);
    }
    printf("lowest %d\n", open("/dev/null", O_RDONLY));
    unlink(file);
    nap(200);
    return 0;
}

/* Descriptor 2 becomes a data file; SIGPROF is taken, which the library would remark upon. */
static int data_file(void)
{
    char file[] = "/tmp/hostileXXXXXX", text[256] = "";
    nap(500); /* for a profile to begin */
    close(2);
    int fd = mkstemp(file);
    (void)!write(fd, "data\n", 5);
    signal(SIGPROF, SIG_IGN);
    signal(SIGPROF, SIG_DFL);
    syscall(SYS_close_range, 3, ~0u, 0);
    nap(500);
    (void)!pread(fd, text, sizeof(text) - 1, 0);
    printf("%d %s", fd, text);
    unlink(file);
    return 0;
}

/* ---- limits and cages ---- */

static int limits(void)
{
    struct rlimit none = { 0, 0 }, few = { 64, 64 };
    setrlimit(RLIMIT_SIGPENDING, &none);
    burn(400);
    setrlimit(RLIMIT_NOFILE, &few);
    burn(300);
    struct rlimit space = { 1, 1 };
    setrlimit(RLIMIT_AS, &space);
    burn(400);
    puts("lived");
    return 0;
}

static int undumpable(void)
{
    prctl(PR_SET_DUMPABLE, 0);
    (void)!chroot("/var/empty");
    (void)!chdir("/");
    (void)!(setgid(65534) | setuid(65534));
    burn(1200);
    puts("lived");
    return 0;
}

/* ---- signals ---- */

static void *deaf(void *arg)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    burn(800);
    return arg;
}

static void own_timer(union sigval value)
{
    (void)value;
    __atomic_add_fetch(&cleanups, 1, __ATOMIC_SEQ_CST);
}

static int signals(void)
{
    struct sigevent event = { .sigev_notify = SIGEV_THREAD };
    struct itimerspec spec = { { 0, 20000000 }, { 0, 20000000 } };
    pthread_t thread;
    timer_t timer;
    event.sigev_notify_function = own_timer;
    pthread_create(&thread, NULL, deaf, NULL);
    timer_create(CLOCK_MONOTONIC, &event, &timer);
    timer_settime(timer, 0, &spec, NULL);
    signal(SIGPROF, SIG_IGN);
    raise(SIGPROF);
    burn(300);
    printf("%d\n", signal(SIGPROF, allocate) == SIG_IGN);
    struct itimerval often = { { 0, 5000 }, { 0, 5000 } };
    setitimer(ITIMER_PROF, &often, NULL);
    for (int i = 0; i < 200 && handled <= 10; i++) {
        burn(100);
    }
    memset(&often, 0, sizeof(often));
    setitimer(ITIMER_PROF, &often, NULL);
    printf("%d %d\n", handled > 10, signal(SIGPROF, SIG_DFL) == allocate);
    pthread_join(thread, NULL);
    for (int i = 0; i < 200 && cleanups <= 10; i++) {
        nap(100);
    }
    timer_delete(timer);
    printf("%d\n", cleanups > 10);
    return 0;
}

/* A program that takes every signal itself must not be handed ours. */
static int takes_signals(void)
{
    sigset_t all;
    siginfo_t info;
    struct timespec none = { 0, 0 };
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    burn(1500);
    int got = sigtimedwait(&all, &info, &none);
    printf("sigtimedwait %d\n", got > 0 ? got : 0);
    struct signalfd_siginfo record;
    int fd = signalfd(-1, &all, SFD_NONBLOCK);
    burn(300);
    ssize_t n = read(fd, &record, sizeof(record));
    printf("signalfd %d\n", n > 0 ? (int)record.ssi_signo : 0);
    kill(getpid(), SIGUSR1);
    int signal = 0;
    int err = sigwait(&all, &signal);
    printf("sigwait %d %d\n", err, signal);
    return 0;
}

/* main ends as a thread, then the last worker does: exit(0) with the handlers run. */
static void at_exit(void)
{
    puts("at exit");
}

static void *outlives(void *arg)
{
    nap(100 * (int)(uintptr_t)arg);
    printf("worker %d\n", (int)(uintptr_t)arg);
    return arg;
}

static int last_thread(void)
{
    pthread_t thread;
    atexit(at_exit);
    for (uintptr_t i = 1; i <= 3; i++) {
        pthread_create(&thread, NULL, outlives, (void *)i);
        pthread_detach(thread);
    }
    pthread_exit(NULL);
}

/* ---- which ---- */

static const struct {
    const char *name;
    int (*run)(void);
} scenarios[] = {
    { "waves", waves },           { "cancel", cancel },   { "longjmps", longjmps },
    { "altstack", altstack },     { "forks", forks },     { "spawns", spawns },
    { "daemons", daemons },       { "closes", closes },   { "data_file", data_file },
    { "limits", limits },         { "undumpable", undumpable },
    { "signals", signals },       { "takes_signals", takes_signals },
    { "last_thread", last_thread },
};

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
        if (argc == 2 && strcmp(argv[1], scenarios[i].name) == 0) {
            return scenarios[i].run();
        }
    }
    return 2;
}
