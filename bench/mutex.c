/* What the hooks of locks and blocking calls cost, where nothing blocks and where two threads fight:
 * run with and without libpprof (mutex.sh).
 * usage: mutex [ROUNDS]      prints nanoseconds an operation, the best of ROUNDS:
 * CPU time of the thread, but for the fight, which is timed by the clock */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static sem_t semaphore;
static int zero, sink;
static char byte;

static void *nothing(void *arg)
{
    return arg;
}

static void lock_pair(void)
{
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
}

static void read_lock_pair(void)
{
    pthread_rwlock_rdlock(&rwlock);
    pthread_rwlock_unlock(&rwlock);
}

static void semaphore_pair(void)
{
    sem_post(&semaphore);
    sem_wait(&semaphore);
}

static void read_one(void)
{
    sink += (int)read(zero, &byte, 1);
}

static void poll_none(void)
{
    sink += poll(NULL, 0, 0);
}

enum { FIGHT_PAIRS = 200000, FIGHT_WORK = 200 };

static void *fight(void *arg)
{
    for (int i = 0; i < FIGHT_PAIRS; i++) {
        pthread_mutex_lock(&mutex);
        for (volatile int k = 0; k < FIGHT_WORK; k++) {
        }
        pthread_mutex_unlock(&mutex);
    }
    return arg;
}

/* One operation is all the pairs of two threads. */
static void fight_for_it(void)
{
    pthread_t other;
    pthread_create(&other, NULL, fight, NULL);
    fight(NULL);
    pthread_join(other, NULL);
}

static double measure(void (*operation)(void), int count)
{
    struct timespec from, to;
    clockid_t clock = count > 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC;
    clock_gettime(clock, &from);
    for (int i = 0; i < count; i++) {
        operation();
    }
    clock_gettime(clock, &to);
    return ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) / count;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*operation)(void);
        int count;
    } rows[] = {
        { "mutex lock and unlock", lock_pair, 5000000 },
        { "rwlock rdlock and unlock", read_lock_pair, 5000000 },
        { "sem_post and sem_wait", semaphore_pair, 5000000 },
        { "read of one byte of /dev/zero", read_one, 1000000 },
        { "poll of nothing", poll_none, 1000000 },
        { "400,000 pairs that two threads fight for", fight_for_it, 1 },
    };
    int rounds = argc > 1 ? atoi(argv[1]) : 7;
    pthread_t thread;
    pthread_create(&thread, NULL, nothing, NULL); /* glibc is cheaper before the first thread */
    pthread_join(thread, NULL);
    sem_init(&semaphore, 0, 0);
    zero = open("/dev/zero", O_RDONLY);
    for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
        double best = 1e9;
        for (int i = 0; i < rounds; i++) {
            double ns = measure(rows[r].operation, rows[r].count);
            best = ns < best ? ns : best;
        }
        printf("%-42s %8.2f ns\n", rows[r].name, best);
    }
    return sink == -1;
}
