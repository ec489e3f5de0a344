/* How long a dump of many blocked threads takes. Runs under libpprof (linked or preloaded).
 * usage: threads [COUNT [ROUNDS]]      prints the median, its CPU time and the slowest round in
 * ms */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { DEPTH = 16, ROUNDS_MAX = 1000 };
static int quiet[2];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;

__attribute__((noinline, noclone)) static int descend(int depth, long kind)
{
    char byte;
    volatile int keep = depth;
    if (depth > 0) {
        return descend(depth - 1, kind) + keep;
    }
    if (kind % 2) {
        return (int)read(quiet[0], &byte, 1) + keep;
    }
    pthread_mutex_lock(&mutex);
    return pthread_cond_wait(&cond, &mutex) + keep;
}

static void *wait_for_ever(void *arg)
{
    descend(DEPTH, (long)arg);
    return NULL;
}

static double now_ms(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure(const char *what, int (*write_profile)(const char *, int, int), int debug,
                    int rounds)
{
    static double times[ROUNDS_MAX], cpu[ROUNDS_MAX];
    int fd = open("/dev/null", O_WRONLY);
    for (int i = 0; i < rounds; i++) {
        double before = now_ms(CLOCK_MONOTONIC), cpu_before = now_ms(CLOCK_THREAD_CPUTIME_ID);
        if (write_profile("goroutine", fd, debug) != 0) {
            fprintf(stderr, "threads: the dump failed\n");
            exit(1);
        }
        times[i] = now_ms(CLOCK_MONOTONIC) - before;
        cpu[i] = now_ms(CLOCK_THREAD_CPUTIME_ID) - cpu_before;
    }
    close(fd);
    printf("%s: first %.2f ms", what, times[0]);
    qsort(times, (size_t)rounds, sizeof(times[0]), by_value);
    qsort(cpu, (size_t)rounds, sizeof(cpu[0]), by_value);
    printf(", median %.2f ms (CPU %.2f), slowest %.2f ms\n", times[rounds / 2], cpu[rounds / 2],
           times[rounds - 1]);
}

int main(int argc, char **argv)
{
    int count = argc > 1 ? atoi(argv[1]) : 1000;
    int rounds = argc > 2 ? atoi(argv[2]) : 50;
    pthread_attr_t attr;
    int (*write_profile)(const char *, int, int);
    *(void **)&write_profile = dlsym(RTLD_DEFAULT, "pprof_write");
    if (!write_profile || rounds < 1 || rounds > ROUNDS_MAX || pipe(quiet) != 0) {
        fprintf(stderr, "threads: run this under libpprof\n");
        return 2;
    }
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 64 << 10);
    for (long i = 0; i < count; i++) {
        pthread_t thread;
        if (pthread_create(&thread, &attr, wait_for_ever, (void *)i) != 0) {
            perror("pthread_create");
            return 1;
        }
    }
    usleep(500000);
    printf("%d threads, %d frames of the program's each\n", count, DEPTH + 2);
    measure("profile.proto", write_profile, 0, rounds);
    measure("debug=1", write_profile, 1, rounds);
    measure("debug=2", write_profile, 2, rounds);
    fflush(stdout);
    _exit(0); /* the threads never end */
}
