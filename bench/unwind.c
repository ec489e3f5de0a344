/* links objects: what one stack costs: our rows, frame pointers, libunwind, glibc.
 *
 * usage: unwind               prints nanoseconds a stack, the median of 21 rounds, peers
 * interleaved libunwind is loaded at run time: linked, it would replace glibc's backtrace by its
 * own. */
#include "base/sys.h"
#include "runtime/unwind/module.h"
#include "runtime/unwind/unwind.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { DEPTH = 26, ROUNDS = 21, STACKS = 2000, PEERS = 4 };

static struct pp_stack_bounds bounds;
static int (*libunwind)(void **, int);
static volatile size_t sink;

static __attribute__((noinline)) size_t own(void)
{
    struct pp_regs regs;
    uintptr_t pcs[PP_STACK_DEPTH_MAX];
    unsigned flags;
    pp_regs_capture(&regs);
    return pp_unwind_sig(&regs, bounds, pcs, PP_STACK_DEPTH_MAX, &flags);
}

/* The least a walk can cost: only right because this file's frames all keep frame pointers. */
static __attribute__((noinline)) size_t frame_pointers(void)
{
    uintptr_t pcs[PP_STACK_DEPTH_MAX];
    uintptr_t *frame = __builtin_frame_address(0);
    size_t count = 0;
    while (count < DEPTH && (uintptr_t)frame >= bounds.low && (uintptr_t)frame < bounds.high - 16) {
        pcs[count++] = frame[1];
        uintptr_t *up = (uintptr_t *)frame[0];
        if (up <= frame) {
            break;
        }
        frame = up;
    }
    __asm__ volatile("" : : "r"(pcs) : "memory");
    return count;
}

static __attribute__((noinline)) size_t unw(void)
{
    void *pcs[PP_STACK_DEPTH_MAX];
    return libunwind ? (size_t)libunwind(pcs, PP_STACK_DEPTH_MAX) : 0;
}

static __attribute__((noinline)) size_t glibc(void)
{
    void *pcs[PP_STACK_DEPTH_MAX];
    return (size_t)backtrace(pcs, PP_STACK_DEPTH_MAX);
}

static const struct {
    const char *name;
    size_t (*walk)(void);
} peers[PEERS] = {
    { "own rows", own },
    { "frame pointers", frame_pointers },
    { "libunwind unw_backtrace", unw },
    { "glibc backtrace", glibc },
};

static double ns[PEERS][ROUNDS];
static size_t frames[PEERS];

static void measure(void)
{
    for (int round = 0; round < ROUNDS; round++) {
        for (int p = 0; p < PEERS; p++) {
            int64_t start = pp_sys_monotonic_ns();
            for (int i = 0; i < STACKS; i++) {
                sink += frames[p] = peers[p].walk();
            }
            ns[p][round] = (double)(pp_sys_monotonic_ns() - start) / STACKS;
        }
    }
}

static double time_own(void)
{
    int64_t start = pp_sys_monotonic_ns();
    for (int i = 0; i < STACKS; i++) {
        sink += own();
    }
    return (double)(pp_sys_monotonic_ns() - start) / STACKS;
}

/* Before the first refresh, and between a dlopen and the scan after it. */
static double interpreted_ns, stale_ns;

static __attribute__((noinline)) int descend(int depth)
{
    if (depth == 0) {
        interpreted_ns = time_own();
        pp_modules_refresh();
        measure();
        pp_modules_mark_stale_sig();
        stale_ns = time_own();
        return 0;
    }
    int result = descend(depth - 1) + depth;
    __asm__ volatile("" : "+r"(result));
    return result;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(void)
{
    pthread_attr_t attr;
    void *low;
    size_t size;
    if (pthread_getattr_np(pthread_self(), &attr) == 0 &&
        pthread_attr_getstack(&attr, &low, &size) == 0) {
        bounds = (struct pp_stack_bounds){ (uintptr_t)low, (uintptr_t)low + size };
    }
    void *library = dlopen("libunwind.so.8", RTLD_NOW | RTLD_LOCAL);
    void *found = library ? dlsym(library, "unw_backtrace") : NULL;
    __builtin_memcpy(&libunwind, &found, sizeof(found));
    pp_modules_init();
    descend(DEPTH - 3);
    struct pp_unwind_stats stats;
    pp_unwind_stats(&stats);
    printf("rows: %llu KiB, %zu modules; own without rows %.0f ns, without cache %.0f ns\n",
           (unsigned long long)stats.rows_bytes >> 10, pp_modules_get_sig()->count,
           interpreted_ns, stale_ns);
    for (int p = 0; p < PEERS; p++) {
        qsort(ns[p], ROUNDS, sizeof(double), by_value);
        printf("%-24s %3zu frames %9.1f ns a stack [%.1f, %.1f] %6.2f ns a frame\n", peers[p].name,
               frames[p], ns[p][ROUNDS / 2], ns[p][5], ns[p][15],
               frames[p] ? ns[p][ROUNDS / 2] / (double)frames[p] : 0);
    }
    return 0;
}
