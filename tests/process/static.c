/* Linked by static.t with -static and libpprof.a; builds as an ordinary program too.
 *
 *   static HEAP CPU   writes both profiles and prints its threads, after locks, threads and files
 *                     were found to work as ever */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* Not through the header: without the library this is no profile, but still a program. */
int pprof_write(const char *name, int fd, int debug) __attribute__((weak));
int pprof_cpu_start(int fd, const void *options) __attribute__((weak));
int pprof_cpu_stop(void) __attribute__((weak));

static void *volatile held[64];
static volatile unsigned long sink;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

__attribute__((noinline)) void static_held(void);
void static_held(void)
{
    for (int i = 0; i < 64; i++) {
        held[i] = malloc(1 << 20);
    }
}

__attribute__((noinline)) void static_spin(void);
void static_spin(void)
{
    for (clock_t start = clock(); clock() - start < CLOCKS_PER_SEC / 3;) {
        for (int i = 0; i < 100000; i++) {
            sink = sink * 31 + 1;
        }
    }
}

static void *lock_and_wait(void *arg)
{
    struct timespec nap = { 0, 1000000 };
    pthread_mutex_lock(&mutex);
    nanosleep(&nap, NULL);
    pthread_mutex_unlock(&mutex);
    return arg;
}

static bool works(void)
{
    int fds[2];
    char byte = 0;
    pthread_t thread;
    void *result = NULL;
    if (pipe(fds) != 0 || write(fds[1], "x", 1) != 1 || read(fds[0], &byte, 1) != 1) {
        return false;
    }
    struct pollfd poll_fd = { fds[0], POLLIN, 0 };
    bool locked = pthread_mutex_lock(&mutex) == 0 && pthread_mutex_trylock(&mutex) == EBUSY &&
                  pthread_mutex_unlock(&mutex) == 0;
    return byte == 'x' && poll(&poll_fd, 1, 0) == 0 && locked &&
           pthread_create(&thread, NULL, lock_and_wait, &mutex) == 0 &&
           pthread_join(thread, &result) == 0 && result == &mutex &&
           signal(SIGUSR1, SIG_IGN) != SIG_ERR && malloc_usable_size(held[0]) >= 1 << 20;
}

int main(int argc, char **argv)
{
    static_held();
    puts(works() ? "works" : "broken");
    fflush(stdout);
    if (argc < 3 || !pprof_write || !pprof_cpu_start || !pprof_cpu_stop) {
        return 2;
    }
    int heap = open(argv[1], O_CREAT | O_TRUNC | O_WRONLY, 0600);
    int cpu = open(argv[2], O_CREAT | O_TRUNC | O_WRONLY, 0600);
    int failed = pprof_write("heap", heap, 1) | pprof_cpu_start(cpu, NULL);
    static_spin();
    failed |= pprof_cpu_stop() | pprof_write("goroutine", 1, 2);
    return failed != 0;
}
