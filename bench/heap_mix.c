/* A mixed allocation loop below a 21-frame stack: 20,000 live blocks, each step frees one and
 * allocates another, sizes log-uniform from 16 to 4096 bytes and one in 256 up to 64 KiB, the
 * first bytes written. Allocates about 11 GB a second, far more than programs do. Prints CPU
 * nanoseconds a step. usage: heap_mix [STEPS [within]]
 *
 * With "within" it takes turns of half a millisecond, forth and back (A B B A), between glibc's own
 * functions and the names malloc and free, on one heap, and prints a number for each: drift of the
 * machine and chance in how a heap is laid out, both larger than what is looked for, are the same
 * for both. A block sampled in one turn and freed in the other's is seen only when its address is
 * given out again, so half of the samples lack the cost of their free. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SLOTS = 20000, SIZES = 1 << 16, DEPTH = 18, TURN = 5000 };

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

struct allocator {
    void *(*allocate)(size_t);
    void (*release)(void *);
};

static void mix(const struct allocator *by, long steps)
{
    static uint32_t at;
    for (long i = 0; i < steps; i++) {
        uint32_t slot = next_random() % SLOTS;
        uint32_t size = sizes[at++ % SIZES];
        by->release(slots[slot]);
        slots[slot] = by->allocate(size);
        memset(slots[slot], 1, size < 64 ? size : 64);
    }
}

static __attribute__((noinline)) void below(int depth, const struct allocator *by, long steps)
{
    volatile char frame[32];
    frame[0] = (char)depth;
    if (depth) {
        below(depth - 1, by, steps);
    } else {
        mix(by, steps);
    }
    frame[1] = frame[0];
}

static double cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static double timed(const struct allocator *by, long steps)
{
    double start = cpu_ns();
    below(DEPTH, by, steps);
    return cpu_ns() - start;
}

extern void *__libc_malloc(size_t);
extern void __libc_free(void *);

static void within(const struct allocator *named, long steps)
{
    const struct allocator glibc = { __libc_malloc, __libc_free };
    double direct = 0, hooked = 0;
    long done = 0;
    for (; done < steps; done += 4 * (long)TURN) {
        direct += timed(&glibc, TURN);
        hooked += timed(named, 2 * (long)TURN);
        direct += timed(&glibc, TURN);
    }
    done /= 2;
    printf("%.2f %.2f\n", direct / (double)done, hooked / (double)done);
}

int main(int argc, char **argv)
{
    const struct allocator named = { malloc, free };
    long steps = argc > 1 ? atol(argv[1]) : 5000000;
    fill_sizes();
    below(DEPTH, &named, steps / 10);
    if (argc > 2 && strcmp(argv[2], "within") == 0) {
        within(&named, steps);
    } else {
        printf("%.2f\n", timed(&named, steps) / (double)steps);
    }
    return 0;
}
