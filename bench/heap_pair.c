/* malloc(64) and free in a tight loop; prints nanoseconds of CPU time for a pair. usage: heap_pair
 * [PAIRS] */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void pairs(long count)
{
    for (long i = 0; i < count; i++) {
        void *volatile block = malloc(64);
        free(block);
    }
}

int main(int argc, char **argv)
{
    long count = argc > 1 ? atol(argv[1]) : 30000000;
    pairs(count / 10);
    double start = cpu_ns();
    pairs(count);
    printf("%.4f\n", (cpu_ns() - start) / (double)count);
    return 0;
}
