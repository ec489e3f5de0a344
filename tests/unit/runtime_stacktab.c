/* The stack table: same stack same id, from many threads at once; full tables lose and count. */
#include "runtime/capture/stacktab.h"
#include "runtime/unwind/unwind.h"

#include <check.h>
#include <pthread.h>

static void make_stack(uint64_t number, uintptr_t *pcs, size_t *count)
{
    *count = 1 + number % 40;
    for (size_t i = 0; i < *count; i++) {
        pcs[i] = 0x400000 + number * 131 + i * 16;
    }
}

static pp_stack_id intern(uint64_t number)
{
    uintptr_t pcs[64];
    size_t count;
    make_stack(number, pcs, &count);
    return pp_stack_intern_sig(pcs, count, 1, 0);
}

/* The library's constructor may have made the table already; a second init would start afresh. */
static void setup(void)
{
    struct pp_stacktab_stats stats;
    pp_stacktab_stats(&stats);
    if (!stats.bytes_used) {
        ck_assert_int_eq(pp_stacktab_init(), 0);
    }
}

START_TEST(same_stack_same_id)
{
    uintptr_t pcs[3] = { 0x1001, 0x2002, 0x3003 };
    pp_stack_id id = pp_stack_intern_sig(pcs, 3, 2, 7);
    ck_assert_uint_ne(id, PP_STACK_FULL);
    ck_assert_uint_eq(pp_stack_intern_sig(pcs, 3, 2, 7), id);
    ck_assert_uint_ne(pp_stack_intern_sig(pcs, 3, 1, 7), id);
    ck_assert_uint_ne(pp_stack_intern_sig(pcs, 3, 2, 8), id);
    ck_assert_uint_ne(pp_stack_intern_sig(pcs, 2, 2, 7), id);
    struct pp_stack stack = pp_stack_get_sig(id);
    ck_assert_uint_eq(stack.count, 3);
    ck_assert_uint_eq(stack.flags, 2);
    ck_assert_uint_eq(stack.label_set, 7);
    ck_assert_mem_eq(stack.pcs, pcs, sizeof pcs);
}
END_TEST

START_TEST(no_stack)
{
    ck_assert_uint_eq(pp_stack_get_sig(PP_STACK_FULL).count, 0);
    ck_assert_uint_eq(pp_stack_get_sig(PP_STACK_NONE).count, 0);
    pp_stack_id empty = pp_stack_intern_sig(NULL, 0, 0, 0);
    ck_assert_uint_eq(pp_stack_get_sig(empty).count, 0);
}
END_TEST

START_TEST(deep_stack_is_cut_and_says_so)
{
    uintptr_t pcs[PP_STACK_DEPTH_MAX + 1];
    for (size_t i = 0; i < PP_STACK_DEPTH_MAX + 1; i++) {
        pcs[i] = 0x5000 + i;
    }
    pp_stack_id id = pp_stack_intern_sig(pcs, PP_STACK_DEPTH_MAX + 1, PP_UNWIND_COMPLETE, 0);
    struct pp_stack stack = pp_stack_get_sig(id);
    ck_assert_uint_eq(stack.count, PP_STACK_DEPTH_MAX);
    ck_assert_uint_eq(stack.flags, PP_UNWIND_CUT);
    ck_assert_mem_eq(stack.pcs, pcs, PP_STACK_DEPTH_MAX * sizeof *pcs);
}
END_TEST

enum { THREADS = 8, STACKS = 3000 };
static pp_stack_id seen[THREADS][STACKS];
static pthread_barrier_t barrier;

static void *intern_all(void *arg)
{
    pp_stack_id *ids = arg;
    pthread_barrier_wait(&barrier);
    for (uint64_t i = 0; i < STACKS; i++) {
        ids[i] = intern(i);
    }
    return NULL;
}

START_TEST(threads_agree)
{
    pthread_t threads[THREADS];
    pthread_barrier_init(&barrier, NULL, THREADS);
    for (int t = 0; t < THREADS; t++) {
        ck_assert_int_eq(pthread_create(&threads[t], NULL, intern_all, seen[t]), 0);
    }
    for (int t = 0; t < THREADS; t++) {
        pthread_join(threads[t], NULL);
    }
    for (uint64_t i = 0; i < STACKS; i++) {
        uintptr_t pcs[64];
        size_t count;
        make_stack(i, pcs, &count);
        for (int t = 0; t < THREADS; t++) {
            struct pp_stack stack = pp_stack_get_sig(seen[t][i]);
#ifdef PPROF_SMALL
            if (seen[t][i] == PP_STACK_FULL) {
                continue;
            }
#else
            ck_assert_uint_eq(seen[t][i], seen[0][i]);
#endif
            ck_assert_uint_eq(stack.count, count);
            ck_assert_mem_eq(stack.pcs, pcs, count * sizeof *pcs);
        }
    }
}
END_TEST

START_TEST(full_table_counts)
{
    struct pp_stacktab_stats before, after;
    pp_stacktab_stats(&before);
    uint64_t lost = 0, made = 0;
    for (uint64_t i = 0; i < 1000000 && lost < 100; i++) {
        lost += intern(1000000 + i) == PP_STACK_FULL;
        made++;
    }
    ck_assert_uint_eq(lost, 100);
    pp_stacktab_stats(&after);
    ck_assert_uint_eq(after.lost - before.lost, lost);
    ck_assert_uint_eq(after.stacks - before.stacks, made - lost);
    ck_assert_uint_le(after.bytes_used, after.bytes_cap);
    /* What is there stays there. */
    pp_stack_id first = intern(1000000);
    ck_assert_uint_ne(first, PP_STACK_FULL);
    uintptr_t pcs[64];
    size_t count;
    make_stack(1000000, pcs, &count);
    ck_assert_mem_eq(pp_stack_get_sig(first).pcs, pcs, count * sizeof *pcs);
}
END_TEST

static Suite *suite(void)
{
    Suite *suite = suite_create("stacktab");
    TCase *tests = tcase_create("stacktab");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, same_stack_same_id);
    tcase_add_test(tests, no_stack);
    tcase_add_test(tests, deep_stack_is_cut_and_says_so);
    tcase_add_test(tests, threads_agree);
    tcase_add_test(tests, full_table_counts);
    suite_add_tcase(suite, tests);
    return suite;
}

#include "check_main.h"
