/* links objects: what one sample costs at the bottom of a 30-frame stack: of the heap (taken, and
 * forgotten by free) and of the CPU profile (the handler's body). Hot: one after the other. Cold:
 * after 64 MiB of other memory were written, so that tables, stack, code and page tables have to
 * come from memory again. Medians and quartiles; the clock's own 20 to 40 ns are in them.
 * usage: sample [ROUNDS] */
#include "base/sys.h"
#include "runtime/capture/cpu_private.h"
#include "runtime/capture/cpu.h"
#include "runtime/capture/heap_sig.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

enum { DEPTH = 27, BLOCK_BYTES = 200, SWEEP_BYTES = 64 << 20, ROUNDS_MAX = 10000 };

static unsigned char *sweep_memory;
static void *block;
static double ns[ROUNDS_MAX];
static int rounds = 300;

static __attribute__((noinline)) void heap_sample(void)
{
    pp_heap_sampled_sig(block, BLOCK_BYTES, 512 << 10, __builtin_return_address(0));
}

static __attribute__((noinline)) void heap_free(void)
{
    pp_heap_freed_sig(block);
}

static ucontext_t context;
static siginfo_t info;

static __attribute__((noinline)) void cpu_sample(void)
{
    pp_cpu_handler_sig(SIGPROF, &info, &context);
    __asm__ volatile("" : : : "memory");
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure(const char *name, void (*what)(void), void (*after)(void), bool is_cold)
{
    getcontext(&context); /* a tick that came here; its stack is there until this returns */
    for (int i = 0; i < rounds; i++) {
        if (is_cold) {
            memset(sweep_memory, i, SWEEP_BYTES);
        }
        int64_t start = pp_sys_monotonic_ns();
        what();
        ns[i] = (double)(pp_sys_monotonic_ns() - start);
        after();
    }
    qsort(ns, (size_t)rounds, sizeof(double), by_value);
    printf("%-34s %8.0f ns [%.0f, %.0f]\n", name, ns[rounds / 2], ns[rounds / 4],
           ns[rounds * 3 / 4]);
}

static void nothing(void)
{
}

/* The block that is freed was sampled while all was warm; the sweep comes between. */
static void measure_free(const char *name, bool is_cold)
{
    heap_sample();
    measure(name, heap_free, heap_sample, is_cold);
    heap_free();
}

static __attribute__((noinline)) int descend(int depth)
{
    if (depth == 0) {
        for (int cold = 0; cold < 2; cold++) {
            measure(cold ? "heap sample, cold" : "heap sample, hot", heap_sample, heap_free, cold);
            measure_free(cold ? "its free, cold" : "its free, hot", cold);
            measure(cold ? "CPU handler, cold" : "CPU handler, hot", cpu_sample, nothing, cold);
            measure(cold ? "the clock alone, cold" : "the clock alone, hot", nothing, nothing,
                    cold);
        }
        return 0;
    }
    int result = descend(depth - 1) + depth;
    __asm__ volatile("" : "+r"(result));
    return result;
}

int main(int argc, char **argv)
{
    struct pprof_error error;
    rounds = argc > 1 ? atoi(argv[1]) : rounds;
    rounds = rounds < ROUNDS_MAX ? rounds : ROUNDS_MAX;
    sweep_memory = malloc(SWEEP_BYTES);
    block = malloc(BLOCK_BYTES);
    if (!sweep_memory || !block || pp_cpu_start(&error) != 0) {
        return 1;
    }
    info.si_code = SI_TIMER;
    info.si_value.sival_ptr = &pp_cpu_session;
    descend(DEPTH);
    return pp_cpu_stop(NULL, &error) == 0 ? 0 : 1;
}
