/* The unwinder against glibc's backtrace() and, where it is installed, libunwind (loaded, not
 * linked: linked it would replace backtrace). */
#include "base/sys.h"
#include "runtime/unwind/cfi.h"
#include "runtime/unwind/module.h"
#include "runtime/unwind/unwind.h"

#include <alloca.h>
#include "stack_bounds.h"
#include <check.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#if defined(__clang__)
#define NOINLINE __attribute__((noinline))
#else
#define NOINLINE __attribute__((noinline, noclone))
#endif

enum { DEPTH = 128 };

struct stack {
    uintptr_t pcs[DEPTH];
    size_t count;
    unsigned flags;
};

static bool has_function(const struct stack *stack, const char *wanted)
{
    for (size_t i = 0; i < stack->count; i++) {
        const char *name;
        uintptr_t entry;
        if (pp_module_symbol(stack->pcs[i] - (i > 0), &name, &entry) && !strcmp(name, wanted)) {
            return true;
        }
    }
    return false;
}

/* --- both views of the same stack --- */

static struct stack own;
static struct stack peer;
static int (*peer_backtrace)(void **, int) = backtrace;

/* Everything from the caller of capture() on must be equal; inside, the pcs differ by the call. */
static NOINLINE void capture(bool known_bounds)
{
    struct pp_stack_bounds none = { 0, 0 };
    struct pp_stack_bounds bounds = known_bounds ? bounds_of_self() : none;
    struct pp_regs regs;
    void *theirs[DEPTH];
    peer.count = (size_t)peer_backtrace(theirs, DEPTH);
    for (size_t i = 0; i < peer.count; i++) {
        peer.pcs[i] = (uintptr_t)theirs[i];
    }
    pp_regs_capture(&regs);
    own.count = pp_unwind_sig(&regs, bounds, own.pcs, DEPTH, &own.flags);
}

/* Drops what lies above capture()'s caller, in both. */
static const uintptr_t *behind(const struct stack *stack, uintptr_t first, size_t *count)
{
    for (size_t i = 0; i < stack->count; i++) {
        if (stack->pcs[i] == first) {
            *count = stack->count - i;
            return &stack->pcs[i];
        }
    }
    *count = 0;
    return NULL;
}

static void compare(void)
{
    size_t ours;
    size_t theirs;
    ck_assert_uint_gt(own.count, 1);
    const uintptr_t *a = behind(&own, own.pcs[1], &ours);
    const uintptr_t *b = behind(&peer, own.pcs[1], &theirs);
    ck_assert_ptr_nonnull(b);
    ck_assert_uint_eq(own.flags & (PP_UNWIND_LOST | PP_UNWIND_GUESSED), 0);
    if (!(own.flags & PP_UNWIND_CUT)) {
        ck_assert_uint_eq(own.flags, PP_UNWIND_COMPLETE);
        ck_assert_uint_eq(ours, theirs);
    }
    for (size_t i = 0; i < ours && i < theirs; i++) {
        ck_assert_uint_eq(a[i], b[i]);
    }
}

static NOINLINE int recurse(int depth)
{
    if (depth == 0) {
        capture(true);
        return 0;
    }
    int result = recurse(depth - 1) + 1;
    __asm__ volatile("" : "+r"(result));
    return result;
}

static NOINLINE int with_alloca(size_t size)
{
    volatile char *space = alloca(size);
    space[0] = 1;
    capture(true);
    return space[0];
}

/* Overaligned locals make the compiler realign the stack, whose frame is then found by an
 * expression. */
static NOINLINE int with_alignment(int depth)
{
    _Alignas(64) volatile char space[64 * 3];
    volatile char *more = alloca((size_t)depth * 16 + 16);
    space[0] = more[0] = (char)depth;
    if (depth == 0) {
        capture(true);
    } else {
        with_alignment(depth - 1);
    }
    return space[0] + more[0];
}

static int by_int(const void *a, const void *b)
{
    static bool done;
    if (!done) {
        done = true;
        capture(true);
    }
    return *(const int *)a - *(const int *)b;
}

static NOINLINE void through_qsort(void)
{
    int values[] = { 4, 3, 2, 1 };
    qsort(values, 4, sizeof(values[0]), by_int);
    ck_assert_int_eq(values[0], 1);
}

static void in_handler(int signal)
{
    (void)signal;
    capture(false);
}

static NOINLINE void through_signal(void)
{
    struct sigaction action = { .sa_handler = in_handler };
    sigaction(SIGUSR1, &action, NULL);
    raise(SIGUSR1);
}

static void compare_all(void)
{
    recurse(3);
    compare();
    recurse(60);
    compare();
    recurse(400);
    ck_assert_uint_eq(own.flags, PP_UNWIND_CUT);
    ck_assert_uint_eq(own.count, DEPTH);
    compare();
    with_alloca(1000);
    compare();
    with_alignment(0);
    compare();
    with_alignment(5);
    compare();
    through_qsort();
    compare();
    ck_assert(has_function(&own, "through_qsort"));
    through_signal();
    compare();
    ck_assert(has_function(&own, "through_signal"));
}

START_TEST(interpreter_as_glibc)
{
    pp_modules_init();
    compare_all();
}
END_TEST

START_TEST(rows_as_glibc)
{
    struct pp_unwind_stats stats;
    pp_modules_init();
    pp_modules_refresh();
    pp_unwind_stats(&stats);
    ck_assert_uint_gt(stats.rows_bytes, 1000);
    compare_all();
}
END_TEST

START_TEST(rows_as_libunwind)
{
    void *library = dlopen("libunwind.so.8", RTLD_NOW | RTLD_LOCAL);
    void *found = library ? dlsym(library, "unw_backtrace") : NULL;
    if (!found) {
        printf("# skipped: libunwind.so.8 is not installed\n");
        return;
    }
    memcpy(&peer_backtrace, &found, sizeof(found));
    pp_modules_init();
    pp_modules_refresh();
    recurse(30);
    compare();
    with_alloca(100);
    compare();
    through_qsort();
    compare();
}
END_TEST

/* --- interrupted anywhere --- */

enum { WANTED = 1000, SHOWN = 5 };

static struct {
    struct stack bad[SHOWN];
    size_t taken, lost, guessed;
    struct pp_stack_bounds bounds;
    volatile sig_atomic_t done;
} ticks;

static uintptr_t root_low, root_high;

static bool reaches_root(const struct stack *stack)
{
    for (size_t i = 0; i < stack->count; i++) {
        if (stack->pcs[i] > root_low && stack->pcs[i] < root_high) {
            return true;
        }
    }
    return false;
}

static void tick(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)info;
    struct pp_regs regs;
    struct stack stack;
    pp_regs_from_ucontext_sig(&regs, context);
    stack.count = pp_unwind_sig(&regs, ticks.bounds, stack.pcs, DEPTH, &stack.flags);
    ticks.taken++;
    ticks.guessed += (stack.flags & PP_UNWIND_GUESSED) != 0;
    if (!(stack.flags & PP_UNWIND_COMPLETE) || !reaches_root(&stack)) {
        if (ticks.lost < SHOWN) {
            ticks.bad[ticks.lost] = stack;
        }
        ticks.lost++;
    }
    ticks.done = ticks.taken >= WANTED;
}

static NOINLINE uint64_t leaf(uint64_t x)
{
    for (int i = 0; i < 20; i++) {
        x = x * 6364136223846793005u + 1442695040888963407u;
    }
    return x;
}

static NOINLINE uint64_t tail(uint64_t x)
{
    return leaf(x + 1);
}

static NOINLINE uint64_t registers(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e)
{
    uint64_t f = leaf(a);
    uint64_t g = tail(b);
    uint64_t h = leaf(c ^ f);
    return f * g + h * d + leaf(e) + a + b + c;
}

static NOINLINE uint64_t vectors(uint64_t x)
{
    _Alignas(32) volatile uint64_t space[8] = { x, x + 1, x + 2 };
    volatile char *more = alloca((x & 127) + 1);
    more[0] = (char)x;
    return space[x & 7] + leaf(x) + (uint64_t)more[0];
}

static int by_u64(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static NOINLINE uint64_t library_calls(uint64_t x)
{
    uint64_t values[64];
    char text[512];
    for (size_t i = 0; i < 64; i++) {
        values[i] = x = leaf(x);
    }
    qsort(values, 64, sizeof(values[0]), by_u64);
    int len = snprintf(text, sizeof(text), "%g %lu %s", (double)x, (unsigned long)x, "words");
    memmove(text + 100, text, (size_t)len);
    void *block = malloc(x % 5000 + 1);
    memset(block, 1, x % 5000 + 1);
    free(block);
    return values[3] + strlen(text) + (uint64_t)getppid();
}

static NOINLINE uint64_t deep(uint64_t x, int depth)
{
    uint64_t result = depth ? deep(x + 1, depth - 1) : leaf(x);
    return result * 3 + x;
}

/* Everything the ticks can interrupt is called from here: the stacks must hold this function. */
static NOINLINE uint64_t busy(void)
{
    uint64_t x = 1;
    while (!ticks.done) {
        x += registers(x, x + 1, x + 2, x + 3, x + 4);
        x += vectors(x);
        x += library_calls(x);
        x += deep(x, 20);
    }
    return x;
}

static void find_root(void)
{
    const char *name;
    ck_assert(pp_module_symbol((uintptr_t)busy, &name, &root_low));
    root_high = root_low;
    uintptr_t entry;
    while (pp_module_symbol(root_high, &name, &entry) && entry == root_low) {
        root_high++;
    }
}

static void print_bad(void)
{
    for (size_t i = 0; i < ticks.lost && i < SHOWN; i++) {
        printf("# flags %u:", ticks.bad[i].flags);
        for (size_t j = 0; j < ticks.bad[i].count; j++) {
            const char *name = "?";
            uintptr_t entry = 0;
            pp_module_symbol(ticks.bad[i].pcs[j], &name, &entry);
            printf(" %s+0x%lx", name, (unsigned long)(ticks.bad[i].pcs[j] - entry));
        }
        printf("\n");
    }
    fflush(stdout);
}

static void interrupt_often(void)
{
    stack_t other = { .ss_sp = malloc(1 << 16), .ss_size = 1 << 16 };
    struct sigaction action = { .sa_sigaction = tick,
                                .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART };
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
    struct itimerspec spec = { { 0, 211000 }, { 0, 211000 } };
    timer_t timer;
    ticks.bounds = bounds_of_self();
    find_root();
    ck_assert_int_eq(sigaltstack(&other, NULL), 0);
    ck_assert_int_eq(sigaction(SIGUSR1, &action, NULL), 0);
    ck_assert_int_eq(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
    ck_assert_int_eq(timer_settime(timer, 0, &spec, NULL), 0);
    busy();
    timer_delete(timer);
    print_bad();
    ck_assert_uint_ge(ticks.taken, WANTED);
    ck_assert_uint_eq(ticks.lost, 0);
    ck_assert_uint_le(ticks.guessed, WANTED / 100);
}

START_TEST(interrupted_rows)
{
    pp_modules_init();
    pp_modules_refresh();
    interrupt_often();
}
END_TEST

START_TEST(interrupted_interpreter)
{
    pp_modules_init();
    interrupt_often();
}
END_TEST

/* Single steps through the first call of a function by way of the PLT and the lazy binder. */
static struct {
    size_t steps, lost, guessed;
    struct pp_stack_bounds bounds;
} trace;

static void on_trap(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)info;
    struct pp_regs regs;
    struct stack stack;
    pp_regs_from_ucontext_sig(&regs, context);
    stack.count = pp_unwind_sig(&regs, trace.bounds, stack.pcs, DEPTH, &stack.flags);
    trace.steps++;
    trace.guessed += (stack.flags & PP_UNWIND_GUESSED) != 0; /* _init has no rules */
    if (!(stack.flags & PP_UNWIND_COMPLETE) && trace.lost++ < SHOWN) {
        ticks.bad[trace.lost - 1] = stack;
    }
}

#if defined(__x86_64__)
static NOINLINE void single_step(void (*function)(void))
{
    __asm__ volatile("pushfq\n\torq $0x100, (%%rsp)\n\tpopfq" ::: "memory", "cc");
    function();
    __asm__ volatile("pushfq\n\tandq $~0x100, (%%rsp)\n\tpopfq" ::: "memory", "cc");
}

static NOINLINE void call_library(void)
{
    char text[64];
    uint64_t values[] = { 5, 4, 3, 2, 1, 9, 8, 7 };
    qsort(values, 8, sizeof(values[0]), by_u64);
    snprintf(text, sizeof(text), "%d %s %.3f", 17, "x", 2.5);
    with_alignment(1);
    vectors(5);
}

START_TEST(every_instruction)
{
    struct sigaction action = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO };
    pp_modules_init();
    pp_modules_refresh();
    trace.bounds = bounds_of_self();
    ck_assert_int_eq(sigaction(SIGTRAP, &action, NULL), 0);
    single_step(call_library);
    ticks.lost = trace.lost;
    print_bad();
    printf("# %zu instructions stepped\n", trace.steps);
    ck_assert_uint_gt(trace.steps, 1000);
    ck_assert_uint_eq(trace.lost, 0);
    ck_assert_uint_le(trace.guessed, trace.steps / 1000);
}
END_TEST
#endif

/* --- another thread's stack --- */

static struct {
    struct pp_regs regs;
    struct pp_stack_bounds bounds;
    uint32_t ready, word;
} sleeper;

static NOINLINE void sleep_raw(void)
{
    pp_regs_capture(&sleeper.regs);
    __atomic_store_n(&sleeper.ready, 1, __ATOMIC_RELEASE);
    while (__atomic_load_n(&sleeper.word, __ATOMIC_ACQUIRE) == 0) {
        pp_sys_futex_wait(&sleeper.word, 0, -1);
    }
}

static NOINLINE int sleep_deep(int depth)
{
    int result = 0;
    if (depth == 0) {
        sleep_raw();
    } else {
        result = sleep_deep(depth - 1) + depth;
    }
    __asm__ volatile("" : "+r"(result));
    return result;
}

static void *sleep_main(void *arg)
{
    sleeper.bounds = bounds_of_self();
    sleep_deep(50);
    return arg;
}

static void walk_sleeper(unsigned mask, struct pp_stack_bounds bounds, struct stack *stack)
{
    stack->count = pp_unwind_remote(&sleeper.regs, mask, bounds, stack->pcs, DEPTH,
                                    &stack->flags);
}

START_TEST(blocked_thread)
{
    pthread_t thread;
    struct stack stack;
    pp_modules_init();
    ck_assert_int_eq(pthread_create(&thread, NULL, sleep_main, NULL), 0);
    while (!__atomic_load_n(&sleeper.ready, __ATOMIC_ACQUIRE)) {
        sched_yield();
    }
    for (int round = 0; round < 2; round++) {
        const struct pp_stack_bounds none = { 0, 0 };
        walk_sleeper(PP_REGS_CALLEE_SAVED, sleeper.bounds, &stack);
        ck_assert_uint_eq(stack.flags, PP_UNWIND_COMPLETE);
        ck_assert(has_function(&stack, "sleep_main"));
        ck_assert_uint_gt(stack.count, 50);
        walk_sleeper(PP_REGS_CALLEE_SAVED, none, &stack);
        ck_assert_uint_eq(stack.flags, PP_UNWIND_COMPLETE);
        /* Nothing but pc and sp: this code is compiled without frame pointers, so all is found. */
        walk_sleeper(0, sleeper.bounds, &stack);
        ck_assert(stack.flags & PP_UNWIND_COMPLETE);
        ck_assert(has_function(&stack, "sleep_main"));
        pp_modules_refresh();
    }
    __atomic_store_n(&sleeper.word, 1, __ATOMIC_RELEASE);
    pp_sys_futex_wake(&sleeper.word, 1);
    pthread_join(thread, NULL);
}
END_TEST

/* From here on the kernel refuses to copy memory between processes, as sandboxes do. */
static void refuse_copies(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_process_vm_readv, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };
    ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
    uint64_t from = 1;
    uint64_t to;
    ck_assert_int_eq(pp_sys_copy_safe(&to, &from, sizeof(to)), -EPERM);
}

START_TEST(blocked_thread_in_sandbox)
{
    pthread_t thread;
    struct stack stack;
    struct pp_unwind_stats stats;
    refuse_copies();
    pp_modules_init();
    pp_modules_refresh();
    pp_unwind_stats(&stats);
    ck_assert_uint_gt(stats.rows_bytes, 1000);
    ck_assert_int_eq(pthread_create(&thread, NULL, sleep_main, NULL), 0);
    while (!__atomic_load_n(&sleeper.ready, __ATOMIC_ACQUIRE)) {
        sched_yield();
    }
    walk_sleeper(PP_REGS_CALLEE_SAVED, sleeper.bounds, &stack);
    ck_assert_uint_eq(stack.flags, PP_UNWIND_COMPLETE);
    ck_assert(has_function(&stack, "sleep_main"));
    __atomic_store_n(&sleeper.word, 1, __ATOMIC_RELEASE);
    pp_sys_futex_wake(&sleeper.word, 1);
    pthread_join(thread, NULL);
}
END_TEST

START_TEST(unreadable_stack)
{
    uintptr_t pcs[8];
    unsigned flags;
    struct pp_regs regs = { .pc = (uintptr_t)&leaf, .sp = 0x10 };
    struct pp_stack_bounds none = { 0, 0 };
    pp_modules_init();
    pp_modules_refresh();
    const uint64_t stacks[] = { 0, 1, 0x10, 0xfff8, (uint64_t)1 << 47, UINT64_MAX, UINT64_MAX - 7 };
    for (size_t i = 0; i < sizeof(stacks) / sizeof(stacks[0]); i++) {
        regs.sp = stacks[i];
        regs.fp = stacks[i];
        ck_assert_uint_eq(pp_unwind_sig(&regs, none, pcs, 8, &flags), 1);
        ck_assert(flags & PP_UNWIND_LOST);
        ck_assert_uint_eq(pp_unwind_remote(&regs, 1, none, pcs, 8, &flags), 1);
        ck_assert(flags & PP_UNWIND_LOST);
        ck_assert_uint_eq(pcs[0], (uintptr_t)&leaf);
    }
}
END_TEST

/* ---- functions with frame pointers, whose callers nobody knows the frame pointer of; below them is
 * what earlier calls left: return addresses into other functions, once real frames ---- */

#define WITH_FP __attribute__((noinline, noclone, optimize("no-omit-frame-pointer")))

static struct pp_regs fp_regs;
static struct stack fp_whole;
static int (*volatile call)(int);
static volatile int fp_sink;

WITH_FP static int litter(int depth)
{
    volatile char room[40];
    room[depth % 40] = (char)depth;
    return depth ? litter(depth - 1) + room[depth % 40] : call(0);
}

WITH_FP static int nothing(int n)
{
    fp_sink += n;
    return fp_sink;
}

/* Walked in place with all registers, and once more as a blocked thread is. */
WITH_FP static int look(int n)
{
    struct stack blind;
    volatile char room[1000]; /* not written: the litter stays */
    room[n] = 1;
    pp_regs_capture(&fp_regs);
    struct pp_stack_bounds bounds = bounds_of_self();
    fp_whole.count = pp_unwind_sig(&fp_regs, bounds, fp_whole.pcs, DEPTH, &fp_whole.flags);
    blind.count = pp_unwind_remote(&fp_regs, 0, bounds, blind.pcs, DEPTH, &blind.flags);
    ck_assert(fp_whole.flags & PP_UNWIND_COMPLETE);
    ck_assert(blind.flags & PP_UNWIND_GUESSED);
    ck_assert(blind.flags & PP_UNWIND_COMPLETE);
    ck_assert_uint_eq(blind.count, fp_whole.count);
    ck_assert_mem_eq(blind.pcs, fp_whole.pcs, blind.count * sizeof *blind.pcs);
    return room[n];
}

WITH_FP static int indirectly(int n)
{
    volatile char room[600];
    room[n] = 2;
    return call(n + 1) + room[n];
}

WITH_FP static int directly(int n)
{
    volatile char room[300];
    room[n] = 3;
    return indirectly(n + 1) + room[n];
}

START_TEST(unknown_frame_pointers)
{
    pp_modules_init();
    pp_modules_refresh();
    for (int depth = 1; depth < 40; depth += 3) {
        call = nothing;
        fp_sink += litter(depth);
        call = look;
        fp_sink += directly(1);
    }
}
END_TEST

/* A stack full of random words may be walked anywhere but must never fault or hang. */
START_TEST(random_stack)
{
    static uint64_t words[4096];
    struct pp_stack_bounds bounds = { (uintptr_t)words, (uintptr_t)(words + 4096) };
    uintptr_t pcs[DEPTH];
    unsigned flags;
    uint64_t x = 88172645463325252u;
    const struct pp_modules *modules;
    pp_modules_init();
    pp_modules_refresh();
    modules = pp_modules_get_sig();
    for (int round = 0; round < 3000; round++) {
        for (size_t i = 0; i < 256; i++) {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            const struct pp_module *m = &modules->items[x % modules->count];
            words[x >> 40 & 4095] = x & 256 ? m->start + (x >> 20) % (m->limit - m->start)
                                            : bounds.low + (x >> 30) % sizeof(words);
        }
        const struct pp_module *m = &modules->items[x % modules->count];
        struct pp_regs regs = { .pc = m->start + (x >> 9) % (m->limit - m->start),
                                .sp = bounds.low + (x >> 17) % sizeof(words),
                                .fp = bounds.low + (x >> 23) % sizeof(words) };
        size_t count = pp_unwind_sig(&regs, bounds, pcs, DEPTH, &flags);
        ck_assert(count >= 1 && count <= DEPTH && flags != 0);
    }
}
END_TEST

/* Programs of call frame information with flipped bytes: each is run to its end or refused. */
static size_t run_all(const struct pp_cfi_section *section)
{
    size_t rows = 0;
    size_t count = pp_cfi_count_sig(section);
    for (size_t i = 0; i < count && i < 40; i++) {
        struct pp_cfi_entry entry;
        struct pp_cfi_run run;
        if (!pp_cfi_at_sig(section, i, &entry) || !pp_cfi_start_sig(&run, section, &entry)) {
            continue;
        }
        while (pp_cfi_next_sig(&run)) {
            rows++;
        }
    }
    return rows;
}

START_TEST(damaged_tables)
{
    pp_modules_init();
    const struct pp_module *module = pp_module_find_sig((uintptr_t)busy);
    size_t size = module->eh_limit - module->eh_low;
    uint8_t *bytes = malloc(size);
    struct pp_cfi_section section = { bytes, bytes + size, module->eh_low,
                                      (uintptr_t)module->eh_frame_hdr };
    size_t hdr = section.hdr - section.address;
    uint64_t x = 88172645463325252u;
    ck_assert_int_eq(pp_sys_copy_safe(bytes, (const void *)module->eh_low, size), (ssize_t)size);
    ck_assert_uint_gt(run_all(&section), 40);
    for (int round = 0; round < 5000; round++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        size_t at = hdr + (x >> 20) % (size - hdr);
        uint8_t old = bytes[at];
        bytes[at] = (uint8_t)(round & 1 ? x >> 8 : old ^ 1u << (x & 7));
        run_all(&section);
        if (round % 16) {
            bytes[at] = old; /* some damage stays */
        }
    }
    for (size_t cut = 0; cut < size - hdr; cut += 7) {
        section.limit = bytes + hdr + cut;
        run_all(&section);
    }
    free(bytes);
}
END_TEST

/* --- modules --- */

static struct stack plugin_stack;

static void plugin_callback(void)
{
    capture(true);
    plugin_stack = own;
}

static void *build_plugin(const char *path)
{
    char command[512];
    char source[256];
    snprintf(source, sizeof(source), "%s.c", path);
    FILE *file = fopen(source, "w");
    ck_assert_ptr_nonnull(file);
    fputs("int plugin_work(void (*f)(void)) { f(); return 1; }\n", file);
    fclose(file);
    snprintf(command, sizeof(command), "cc -shared -fPIC -O2 -Wl,--build-id -o %s %s", path,
             source);
    return system(command) == 0 ? dlopen(path, RTLD_NOW) : NULL;
}

static void call_plugin(void *library)
{
    int (*work)(void (*)(void));
    void *found = dlsym(library, "plugin_work");
    memcpy(&work, &found, sizeof(found));
    ck_assert_int_eq(work(plugin_callback), 1);
    compare();
}

static const struct pp_module *module_of_plugin(void *library)
{
    const struct pp_module *module = pp_module_find_sig((uintptr_t)dlsym(library, "plugin_work"));
    ck_assert_ptr_nonnull(module);
    return module;
}

/* An upgrade while the program runs: the file is another one, or none. */
START_TEST(library_replaced)
{
    for (int replaced = 0; replaced < 2; replaced++) {
        char path[128];
        snprintf(path, sizeof(path), "/tmp/pp-unwind-%d-%d.so", (int)getpid(), replaced);
        void *library = build_plugin(path);
        if (!library) {
            printf("# skipped: no compiler to build a library with\n");
            return;
        }
        unlink(path);
        FILE *other = replaced ? fopen(path, "w") : NULL;
        if (other) {
            fputs("another file\n", other);
            fclose(other);
        }
        pp_modules_init();
        pp_modules_refresh();
        ck_assert(module_of_plugin(library)->is_deleted);
        ck_assert_str_eq(module_of_plugin(library)->path, path);
        call_plugin(library);
        ck_assert(has_function(&plugin_stack, "plugin_work"));
        unlink(path);
        snprintf(path + strlen(path), 4, ".c");
        unlink(path);
    }
}
END_TEST

START_TEST(library_loaded_later)
{
    char path[128];
    snprintf(path, sizeof(path), "/tmp/pp-unwind-%d.so", (int)getpid());
    capture(true); /* backtrace() loads libgcc_s on its first call */
    pp_modules_init();
    pp_modules_refresh();
    size_t before = pp_modules_get_sig()->count;
    void *library = build_plugin(path);
    if (!library) {
        printf("# skipped: no compiler to build a library with\n");
        return;
    }
    call_plugin(library); /* before any scan: by the loader's lookup */
    ck_assert_uint_eq(pp_modules_get_sig()->count, before);
    pp_modules_refresh();
    ck_assert_uint_eq(pp_modules_get_sig()->count, before + 1);
    call_plugin(library);
    ck_assert(has_function(&plugin_stack, "plugin_work"));
    ck_assert(!module_of_plugin(library)->is_deleted);
    const struct pp_module *module = module_of_plugin(library);
    ck_assert_str_eq(module->path, path);
    ck_assert_uint_eq(strlen(module->build_id), 40);
    dlclose(library);
    pp_modules_refresh();
    ck_assert_uint_eq(pp_modules_get_sig()->count, before);
    library = dlopen(path, RTLD_NOW);
    pp_modules_refresh();
    call_plugin(library);
    unlink(path);
    snprintf(path + strlen(path), 4, ".c");
    unlink(path);
}
END_TEST

/* A program that loads and unloads for ever must not grow our tables of rules. */
START_TEST(library_comes_and_goes)
{
    struct pp_unwind_stats before;
    struct pp_unwind_stats after;
    pp_modules_init();
    for (int i = 0; i < 200; i++) {
        void *library = dlopen("libcrypt.so.1", RTLD_NOW);
        if (!library) {
            printf("# skipped: no libcrypt.so.1 to load\n");
            return;
        }
        pp_modules_refresh();
        ck_assert_ptr_nonnull(pp_module_find_sig((uintptr_t)dlsym(library, "crypt")));
        dlclose(library);
        pp_modules_refresh();
        pp_unwind_stats(i == 0 ? &before : &after);
    }
    ck_assert_uint_eq(before.rows_bytes, after.rows_bytes);
}
END_TEST

START_TEST(modules_of_this_program)
{
    char exe[256] = "";
    pp_modules_init();
    const struct pp_modules *modules = pp_modules_get_sig();
    const struct pp_module *program = pp_module_find_sig((uintptr_t)busy);
    ck_assert_int_gt(readlink("/proc/self/exe", exe, sizeof(exe) - 1), 0);
    ck_assert_ptr_nonnull(program);
    ck_assert(program->is_program);
    ck_assert_str_eq(program->path, exe);
    for (size_t i = 1; i < modules->count; i++) {
        ck_assert_uint_ge(modules->items[i].start, modules->items[i - 1].limit);
    }
    ck_assert_ptr_null(pp_module_find_sig(0));
    ck_assert_ptr_null(pp_module_find_sig(UINTPTR_MAX));
    ck_assert_ptr_null(pp_module_find_sig((uintptr_t)exe));
    const char *name;
    uintptr_t entry;
    ck_assert(pp_module_symbol((uintptr_t)busy + 4, &name, &entry));
    ck_assert_str_eq(name, "busy");
    ck_assert_uint_eq(entry, (uintptr_t)busy);
    ck_assert(!pp_module_symbol(16, &name, &entry));
}
END_TEST

START_TEST(vdso_has_names)
{
    pp_modules_init();
    const struct pp_modules *modules = pp_modules_get_sig();
    for (size_t i = 0; i < modules->count; i++) {
        const struct pp_module *module = &modules->items[i];
        const char *name;
        uintptr_t entry;
        if (strcmp(module->path, "[vdso]") != 0) {
            continue;
        }
        size_t named = 0;
        for (uintptr_t pc = module->start; pc < module->limit; pc++) {
            named += pp_module_symbol(pc, &name, &entry) && strstr(name, "clock_gettime");
        }
        ck_assert_uint_gt(named, 0);
        return;
    }
    printf("# skipped: this kernel maps no vdso\n");
}
END_TEST

static Suite *suite(void)
{
    Suite *made = suite_create("runtime_unwind");
    TCase *walks = tcase_create("walks");
    tcase_set_timeout(walks, 60);
    tcase_add_test(walks, interpreter_as_glibc);
    tcase_add_test(walks, rows_as_glibc);
    tcase_add_test(walks, rows_as_libunwind);
    tcase_add_test(walks, interrupted_rows);
    tcase_add_test(walks, interrupted_interpreter);
#if defined(__x86_64__)
    tcase_add_test(walks, every_instruction);
#endif
    tcase_add_test(walks, blocked_thread);
    tcase_add_test(walks, blocked_thread_in_sandbox);
    tcase_add_test(walks, unreadable_stack);
    tcase_add_test(walks, unknown_frame_pointers);
    tcase_add_test(walks, random_stack);
    tcase_add_test(walks, damaged_tables);
    tcase_add_test(walks, library_loaded_later);
    tcase_add_test(walks, library_replaced);
    tcase_add_test(walks, library_comes_and_goes);
    tcase_add_test(walks, modules_of_this_program);
    tcase_add_test(walks, vdso_has_names);
    suite_add_tcase(made, walks);
    return made;
}

#include "check_main.h"
