/* A busy program that notices when something was done to it: attached N runs N threads of each kind
 * until SIGTERM, then says "unchanged" or what was not. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

static int over;
static const char *wrong;

static int is_over(void)
{
    return __atomic_load_n(&over, __ATOMIC_RELAXED);
}

static void check(int fine, const char *what)
{
    if (!fine) {
        __atomic_store_n(&wrong, what, __ATOMIC_RELAXED);
    }
}

/* Blocks of many sizes, filled, and looked at before they go. */
static void *churn(void *arg)
{
    enum { KEPT = 128 };
    unsigned seed = (unsigned)(uintptr_t)arg;
    unsigned char *kept[KEPT] = { NULL };
    size_t sizes[KEPT] = { 0 };
    while (!is_over()) {
        unsigned i = (unsigned)rand_r(&seed) % KEPT;
        for (size_t at = 0; at < sizes[i]; at += 97) {
            check(kept[i][at] == (unsigned char)i, "the contents of a block");
        }
        free(kept[i]);
        sizes[i] = (size_t)rand_r(&seed) % 3000 + 1;
        kept[i] = i % 3 ? malloc(sizes[i]) : calloc(1, sizes[i]);
        memset(kept[i], (int)i, sizes[i]);
    }
    for (int i = 0; i < KEPT; i++) {
        free(kept[i]);
    }
    return NULL;
}

/* Integer, x87 and vector registers, all in use all the time. */
static void *compute(void *arg)
{
    while (!is_over()) {
        double a[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
        long double x = 1;
        uint64_t sum = 0;
        for (uint64_t n = 1; n <= 20000; n++) {
            for (int i = 0; i < 8; i++) {
                a[i] += 0.5;
            }
            x += 0.25L;
            sum += n;
        }
        check(x == 5001 && sum == 200010000, "a scalar register");
        for (int i = 0; i < 8; i++) {
            check(a[i] == i + 10001, "a vector register");
        }
    }
    return arg;
}

/* Blocking calls that a stop may cut short: none may fail, errno and the mask stay. */
static void *wait_often(void *arg)
{
    int set = epoll_create1(0);
    struct epoll_event event;
    sigset_t mask;
    while (!is_over()) {
        struct timespec nap = { 0, 3000000 };
        errno = 77;
        check(nanosleep(&nap, NULL) == 0, "nanosleep");
        check(poll(NULL, 0, 3) == 0, "poll");
        check(epoll_wait(set, &event, 1, 3) == 0, "epoll_wait");
        check(errno == 77, "errno");
        pthread_sigmask(SIG_SETMASK, NULL, &mask);
        check(sigismember(&mask, SIGTERM) && !sigismember(&mask, SIGUSR1), "the signal mask");
    }
    close(set);
    return arg;
}

static void *(*const kinds[])(void *) = { churn, compute, wait_often };

int main(int argc, char **argv)
{
    enum { MOST = 16, KINDS = 3 };
    pthread_t threads[MOST * KINDS];
    int count = argc > 1 ? atoi(argv[1]) : 1, signal;
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &wanted, NULL);
    if (count < 1 || count > MOST) {
        return 2;
    }
    for (int i = 0; i < count * KINDS; i++) {
        if (pthread_create(&threads[i], NULL, kinds[i % KINDS], (void *)(uintptr_t)i) != 0) {
            return 2;
        }
    }
    puts("ready");
    fflush(stdout);
    check(sigwait(&wanted, &signal) == 0 && signal == SIGTERM, "sigwait");
    __atomic_store_n(&over, 1, __ATOMIC_RELAXED);
    for (int i = 0; i < count * KINDS; i++) {
        pthread_join(threads[i], NULL);
    }
    printf("%s\n", wrong ? wrong : "unchanged");
    return wrong != NULL;
}
