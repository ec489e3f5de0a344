/* Walks that follow what an earlier one left (unwind/trail.h), over a tree of calls that changes
 * from leaf to leaf, against glibc's backtrace(). */
#include "runtime/unwind/module.h"
#include "runtime/unwind/trail.h"
#include "runtime/unwind/unwind.h"

#include "stack_bounds.h"

#include <alloca.h>
#include <check.h>
#include <execinfo.h>
#include <pthread.h>
#include <stdlib.h>

#define NOINLINE __attribute__((noinline))

enum { FRAMES = 128, LEAVES = 600, THREADS = 4 };

struct walker {
    struct pp_stack_bounds bounds;
    uint64_t random;
    int leaves;
};

static NOINLINE long branch(struct walker *w, int depth);

static unsigned choose(struct walker *w, unsigned count)
{
    w->random = w->random * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(w->random >> 33) % count;
}

static size_t from_caller(const uintptr_t *pcs, size_t count, uintptr_t caller)
{
    size_t i = 0;
    while (i < count && pcs[i] != caller) {
        i++;
    }
    ck_assert_uint_lt(i, count);
    return i;
}

static NOINLINE void leaf(struct walker *w)
{
    uintptr_t caller = (uintptr_t)__builtin_return_address(0), pcs[FRAMES], theirs[FRAMES];
    unsigned flags;
    struct pp_regs regs;
    size_t peer = (size_t)backtrace((void **)theirs, FRAMES);
    pp_regs_capture(&regs);
    size_t own = pp_unwind_sig(&regs, w->bounds, pcs, FRAMES, &flags);
    const uintptr_t *a = pcs + from_caller(pcs, own, caller);
    const uintptr_t *b = theirs + from_caller(theirs, peer, caller);
    ck_assert_uint_eq(flags & (PP_UNWIND_LOST | PP_UNWIND_GUESSED), 0);
    if (!(flags & PP_UNWIND_CUT)) {
        ck_assert_uint_eq(pcs + own - a, theirs + peer - b);
    }
    while (a < pcs + own && b < theirs + peer) {
        ck_assert_uint_eq(*a++, *b++);
    }
    w->leaves++;
}

/* Its frame is found by the stack pointer; what its caller had in rbp is pushed. */
static NOINLINE long plain(struct walker *w, int depth)
{
    long sum = depth;
    for (unsigned i = choose(w, 3) + 1; i > 0; i--) {
        sum += branch(w, depth - 1) ^ (long)i;
    }
    return sum;
}

/* By the frame pointer, at a distance that is never the same. */
static NOINLINE long by_pointer(struct walker *w, int depth)
{
    volatile char *space = alloca(choose(w, 200) + 1);
    space[0] = (char)depth;
    return branch(w, depth - 1) + space[0];
}

/* rbp is a number like the other registers here. */
static NOINLINE long full(struct walker *w, int depth)
{
    long a = (long)choose(w, 99), b = a * 3, c = b ^ 77, d = c + a, e = d * b, f = e - c;
    a += branch(w, depth - 1);
    return a + b + c + d + e + f + branch(w, depth - 2);
}

static NOINLINE long nothing_kept(struct walker *w, int depth)
{
    long result = branch(w, depth - 1);
    __asm__ volatile("" : "+r"(result));
    return result;
}

static NOINLINE long branch(struct walker *w, int depth)
{
    static long (*const kinds[])(struct walker *, int) = { plain, by_pointer, full, nothing_kept };
    long result = 0;
    if (w->leaves < LEAVES) {
        if (depth <= 0) {
            leaf(w);
        } else {
            result = kinds[choose(w, 4)](w, depth);
        }
    }
    __asm__ volatile("" : "+r"(result));
    return result;
}

static void grow_trees(struct walker *w)
{
    static const int depths[] = { 3, 9, 30, 60, 150 };
    w->bounds = bounds_of_self();
    for (unsigned i = 0; i < sizeof depths / sizeof depths[0]; i++) {
        w->leaves = 0;
        while (w->leaves < LEAVES) {
            branch(w, depths[i]);
        }
    }
}

START_TEST(tree_as_glibc)
{
    struct walker walker = { .random = 7 };
    ck_assert_int_eq(pp_modules_init(), 0);
    if (_i) {
        pp_modules_refresh();
    }
    grow_trees(&walker);
}
END_TEST

static void *grow_main(void *arg)
{
    struct walker walker = { .random = (uintptr_t)arg };
    grow_trees(&walker);
    return NULL;
}

START_TEST(threads_as_glibc)
{
    pthread_t threads[THREADS];
    ck_assert_int_eq(pp_modules_init(), 0);
    pp_modules_refresh();
    for (uintptr_t i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, grow_main, (void *)(i + 1)), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
}
END_TEST

/* A trail is left as the invariants say, and is nobody's twice. */
START_TEST(one_at_a_time)
{
    ck_assert_int_eq(pp_modules_init(), 0);
    uint32_t generation = 41;
    struct pp_trail *trail = pp_trail_enter_sig(generation);
    ck_assert_ptr_nonnull(trail);
    ck_assert_ptr_null(pp_trail_enter_sig(generation));
    trail->fresh[0] = (struct pp_trail_frame){ .pc = 1, .sp = 16 };
    trail->fresh[1] = (struct pp_trail_frame){ .pc = 2, .sp = 32, .by_fp = true };
    trail->fresh_low = 16;
    trail->fresh_high = 32;
    trail->fresh_count = 2;
    pp_trail_leave_sig(trail, 0);
    ck_assert_ptr_eq(pp_trail_enter_sig(generation), trail);
    ck_assert_uint_eq(trail->count, 2);
    ck_assert_uint_eq(trail->base, 32);
    ck_assert_uint_eq(trail->frames[0].pc, 2);
    ck_assert_uint_eq(trail->frames[1].pc, 1);
    ck_assert(trail->frames[1].needs_fp);
    pp_trail_leave_sig(trail, 0);
    ck_assert_ptr_eq(pp_trail_enter_sig(generation + 1), trail);
    ck_assert_uint_eq(trail->count, 0);
    pp_trail_leave_sig(trail, 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *made = suite_create("runtime_trail");
    TCase *tcase = tcase_create("trail");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, tree_as_glibc, 0, 2);
    tcase_add_test(tcase, threads_as_glibc);
    tcase_add_test(tcase, one_at_a_time);
    suite_add_tcase(made, tcase);
    return made;
}

#include "check_main.h"
