/* links libpprof. How long a working thread is held up while a heap profile of a large heap is taken.
 * usage: stall [MIB] [REQUESTS]
 *
 * One thread allocates, frees and reads the clock in a tight loop and notes its longest gap in windows of 50 ms;
 * in every second window the main thread writes the heap profile to /dev/null. The windows without
 * a profile are the control: the machine's own noise.
 */
#include <pprof/pprof.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static volatile int stop;
static volatile int64_t longest;

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void *worker(void *arg)
{
    void *held[64] = { NULL };
    (void)arg;
    int64_t last = now_ns();
    for (unsigned i = 0; !stop; i++) {
        free(held[i % 64]);
        held[i % 64] = malloc(16 + (i * 2654435761u >> 20));
        int64_t now = now_ns();
        if (now - last > longest) {
            longest = now - last;
        }
        last = now;
    }
    for (int i = 0; i < 64; i++) {
        free(held[i]);
    }
    return NULL;
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void print(const char *name, int64_t *gaps, int n)
{
    qsort(gaps, (size_t)n, sizeof(*gaps), compare);
    printf("| %s | %.1f | %.1f | %.1f |\n", name, gaps[n / 2] / 1e3, gaps[n * 9 / 10] / 1e3,
           gaps[n - 1] / 1e3);
}

int main(int argc, char **argv)
{
    size_t mib = argc > 1 ? strtoul(argv[1], NULL, 10) : 1024;
    int requests = argc > 2 ? atoi(argv[2]) : 60;
    enum { BLOCK = 1024 };
    size_t count = mib * (1 << 20) / BLOCK;
    char **blocks = malloc(count * sizeof(*blocks));
    for (size_t i = 0; i < count; i++) {
        blocks[i] = malloc(BLOCK);
        memset(blocks[i], 1, BLOCK);
    }
    int fd = open("/dev/null", O_WRONLY);
    int64_t *with = calloc((size_t)requests, sizeof(*with));
    int64_t *without = calloc((size_t)requests, sizeof(*without));
    int64_t *cost = calloc((size_t)requests, sizeof(*cost));
    pthread_t thread;
    pthread_create(&thread, NULL, worker, NULL);
    for (int i = 0; i < 2 * requests; i++) {
        longest = 0;
        if (i % 2) {
            int64_t start = now_ns();
            pprof_write("heap", fd, 0);
            cost[i / 2] = now_ns() - start;
            usleep(50000 - (useconds_t)((cost[i / 2] / 1000) % 50000));
            with[i / 2] = longest;
        } else {
            usleep(50000);
            without[i / 2] = longest;
        }
    }
    stop = 1;
    pthread_join(thread, NULL);
    printf("### Longest stall of a working thread, heap profile of %zu MiB in %zu blocks\n\n", mib, count);
    printf("| window of 50 ms | median us | 90th percentile us | worst us |\n|---|---|---|---|\n");
    print("no profile (control)", without, requests);
    print("one heap profile", with, requests);
    print("(time to write one)", cost, requests);
    printf("\n");
    for (size_t i = 0; i < count; i++) {
        free(blocks[i]);
    }
    free(blocks);
    free(with);
    free(without);
    free(cost);
    return 0;
}
