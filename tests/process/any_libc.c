/* flags: -O1
 * Calls that libpprof stands in front of, in one process, each with its outcome on standard output. Of any C library:
 * faults.t builds it for musl, too. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t barrier;
static sem_t semaphore;
static long count;
static int go_on;
static volatile sig_atomic_t caught;
static jmp_buf back;

static void *work(void *arg)
{
    for (int i = 0; i < 20000; i++) {
        pthread_mutex_lock(&mutex);
        count++;
        pthread_mutex_unlock(&mutex);
        pthread_rwlock_rdlock(&rwlock);
        pthread_rwlock_unlock(&rwlock);
        free(malloc((size_t)i % 1000));
    }
    pthread_mutex_lock(&mutex);
    while (!go_on) {
        pthread_cond_wait(&cond, &mutex);
    }
    pthread_mutex_unlock(&mutex);
    sem_post(&semaphore);
    pthread_barrier_wait(&barrier);
    return arg;
}

static void locks(void)
{
    pthread_t threads[4];
    sem_init(&semaphore, 0, 0);
    pthread_barrier_init(&barrier, NULL, 5);
    for (int i = 0; i < 4; i++) {
        pthread_create(&threads[i], NULL, work, NULL);
    }
    pthread_rwlock_wrlock(&rwlock);
    pthread_rwlock_unlock(&rwlock);
    pthread_mutex_lock(&mutex);
    go_on = 1;
    pthread_cond_broadcast(&cond);
    pthread_mutex_unlock(&mutex);
    for (int i = 0; i < 4; i++) {
        sem_wait(&semaphore);
    }
    pthread_barrier_wait(&barrier);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
    printf("counted %ld\n", count);
}

static void *pauses(void *arg)
{
    for (;;) {
        pause();
    }
    return arg;
}

static void catch(int signal)
{
    caught = signal;
}

static void signals(void)
{
    pthread_t thread;
    struct sigaction action;
    sigset_t set;
    void *result;
    int received = 0;
    pthread_create(&thread, NULL, pauses, NULL);
    pthread_cancel(thread);
    pthread_join(thread, &result);
    printf("canceled %d\n", result == PTHREAD_CANCELED);
    signal(SIGALRM, catch);
    raise(SIGALRM);
    sigaction(SIGALRM, NULL, &action);
    printf("caught %d, handled %d\n", caught == SIGALRM, action.sa_handler == catch);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    raise(SIGUSR1);
    printf("waited %d\n", sigwait(&set, &received) == 0 && received == SIGUSR1);
    if (setjmp(back) == 0) {
        longjmp(back, 1);
    }
    puts("jumped");
}

static void files(void)
{
    char text[100];
    int ends[2], pair[2];
    struct pollfd ready = { .events = POLLIN };
    struct timespec moment = { 0, 1000000 };
    if (pipe(ends) != 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) {
        exit(1);
    }
    printf("wrote %zd\n", write(ends[1], "ab", 2));
    printf("read %zd\n", read(ends[0], text, 1));
    ready.fd = ends[0];
    printf("polled %d\n", poll(&ready, 1, 10));
    printf("sent %zd\n", send(pair[0], "abc", 3, 0));
    printf("received %zd\n", recv(pair[1], text, 100, 0));
    printf("refused %d\n", open("/nowhere/at/all", O_RDONLY) == -1 && errno == ENOENT);
    FILE *file = fopen("/proc/self/status", "r");
    printf("line %d\n", file && fgets(text, sizeof text, file));
    printf("slept %d %d\n", nanosleep(&moment, NULL),
           clock_nanosleep(CLOCK_MONOTONIC, 0, &moment, NULL));
    printf("syscall %d\n", syscall(SYS_gettid) == getpid());
}

static void children(void)
{
    char *args[] = { "/bin/true", NULL };
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        free(malloc(1000));
        _exit(3);
    }
    waitpid(child, &status, 0);
    printf("child %d\n", WEXITSTATUS(status));
    printf("spawned %d\n", posix_spawn(&child, args[0], NULL, NULL, args, environ));
    waitpid(child, &status, 0);
    printf("ended %d\n", status);
    printf("system %d\n", WEXITSTATUS(system("exit 4")));
}

static void memory(void)
{
    void *block;
    if (posix_memalign(&block, 64, 100) != 0) {
        exit(1);
    }
    free(block);
    block = realloc(aligned_alloc(64, 128), 1000);
    printf("blocks %d\n", block != NULL);
    free(block);
    free(calloc(10, 10));
    void *at = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    printf("unmapped %d\n", munmap(at, 8192));
}

int main(void)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    locks();
    signals();
    files();
    children();
    memory();
    return 5;
}
