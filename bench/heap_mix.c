/* A mixed allocation loop below a 21-frame stack: 20,000 live blocks, each step frees one and
 * allocates another, sizes log-uniform from 16 to 4096 bytes and one in 256 up to 64 KiB, the
 * first bytes written. Allocates about 11 GB a second, far more than programs do. Prints CPU
 * nanoseconds a step. usage: heap_mix [STEPS] */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SLOTS = 20000, SIZES = 1 << 16, DEPTH = 18 };

static void *slots[SLOTS];
static uint32_t sizes[SIZES];
static uint64_t state = 88172645463325252u;

static uint32_t next_random(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 16);
}

static void fill_sizes(void)
{
    for (int i = 0; i < SIZES; i++) {
        double u = next_random() / 4294967296.0;
        sizes[i] = (uint32_t)(i % 256 == 0 ? 4096 * exp(u * log(16)) : 16 * exp(u * log(256)));
    }
}

static void mix(long steps)
{
    for (long i = 0; i < steps; i++) {
        uint32_t slot = next_random() % SLOTS;
        uint32_t size = sizes[i % SIZES];
        free(slots[slot]);
        slots[slot] = malloc(size);
        memset(slots[slot], 1, size < 64 ? size : 64);
    }
}

static __attribute__((noinline)) void below(int depth, long steps)
{
    volatile char frame[32];
    frame[0] = (char)depth;
    if (depth) {
        below(depth - 1, steps);
    } else {
        mix(steps);
    }
    frame[1] = frame[0];
}

int main(int argc, char **argv)
{
    long steps = argc > 1 ? atol(argv[1]) : 5000000;
    struct timespec start, end;
    fill_sizes();
    below(DEPTH, steps / 10);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    below(DEPTH, steps);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    printf("%.2f\n", ((double)(end.tv_sec - start.tv_sec) * 1e9 +
                      (double)(end.tv_nsec - start.tv_nsec)) / (double)steps);
    return 0;
}
