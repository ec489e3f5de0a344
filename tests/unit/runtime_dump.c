/* Looking at stacks leaves nothing behind: a scraper that asks for goroutines every second must not
 * fill the stack table, which never forgets. */
#include "base/table.h"
#include "runtime/capture/heap.h"
#include "runtime/capture/kind.h"
#include "runtime/capture/stacktab.h"
#include "runtime/serve/encode.h"
#include "runtime/unwind/module.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_BITS = 12, PATHS = 1 << PATH_BITS, ENCODED_EVERY = 256 };

static struct {
    uint64_t seen[PATHS]; /* hash of the deepest stack of each dump */
    size_t dumps;
} looked;

static uint64_t hash_deepest(const struct pp_snapshot *snapshot)
{
    struct pp_stack deepest = { .count = 0 };
    for (size_t i = 0; i < snapshot->count; i++) {
        struct pp_stack stack = pp_record_stack(&snapshot->records[i]);
        deepest = stack.count > deepest.count ? stack : deepest;
    }
    ck_assert_uint_gt(deepest.count, PATH_BITS);
    uint64_t hash = 0;
    for (size_t i = 0; i < deepest.count; i++) {
        hash = pp_hash_u64(hash ^ deepest.pcs[i]);
    }
    return hash;
}

static void encode(void)
{
    struct pprof_profile *profile;
    struct pprof_error error;
    ck_assert_int_eq(pp_encode_collect(&pp_kind_goroutine, &profile, &error), 0);
    ck_assert_uint_gt(profile->sample_count, 0);
    pprof_profile_free(profile);
}

static void dump(void)
{
    struct pp_arena arena;
    struct pp_buf text;
    struct pprof_error error;
    pp_arena_init(&arena, 0);
    struct pp_snapshot snapshot = { .arena = &arena };
    ck_assert_int_eq(pp_kind_goroutine.collect(&pp_kind_goroutine, &snapshot, &error), 0);
    looked.seen[looked.dumps] = hash_deepest(&snapshot);
    if (looked.dumps++ % ENCODED_EVERY == 0) {
        pp_buf_init(&text, &arena);
        ck_assert_int_eq(pp_kind_goroutine.text(&pp_kind_goroutine, 1, &text, &error), 0);
        ck_assert_ptr_nonnull(strstr(text.data, "dump_below"));
        encode();
    }
    pp_arena_release(&arena);
}

/* Two places to return to at each level: every path is another stack. */
__attribute__((noinline)) void dump_below(unsigned path, int levels);
__attribute__((noinline)) void dump_below(unsigned path, int levels)
{
    volatile int kept = levels; /* no tail call */
    if (levels == 0) {
        dump();
    } else if (path & 1) {
        dump_below(path >> 1, levels - 1);
        kept = 1;
    } else {
        dump_below(path >> 1, levels - 1);
        kept = 2;
    }
    (void)kept;
}

static int by_value(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

START_TEST(test_dumps_fill_no_table)
{
    struct pp_stacktab_stats before, after;
    size_t distinct = 1;
    pp_heap_rate_set(0); /* Check allocates, and samples are stacks that live on */
    pp_modules_refresh();
    pp_stacktab_stats(&before);
    for (unsigned path = 0; path < PATHS; path++) {
        dump_below(path, PATH_BITS);
    }
    pp_stacktab_stats(&after);
    qsort(looked.seen, PATHS, sizeof *looked.seen, by_value);
    for (size_t i = 1; i < PATHS; i++) {
        distinct += looked.seen[i] != looked.seen[i - 1];
    }
    ck_assert_uint_eq(distinct, PATHS);
    ck_assert_uint_eq(after.stacks, before.stacks);
    ck_assert_uint_eq(after.bytes_used, before.bytes_used);
    ck_assert_uint_eq(after.lost, before.lost);
}
END_TEST

/* Equal raw stacks are one sample, others are not, and a table stack is a stack of its own. */
START_TEST(test_raw_stacks_merge_by_content)
{
    const uintptr_t one[] = { 0x1000, 0x2000 }, other[] = { 0x1000, 0x3000 };
    struct pp_arena arena;
    struct pprof_profile *profile;
    struct pprof_error error;
    pp_arena_init(&arena, 0);
    struct pp_snapshot snapshot = { .arena = &arena };
    const struct pp_record record = { .values = { 1 }, .raw = { 1 } };
    ck_assert_int_eq(pp_snapshot_add_pcs(&snapshot, record, one, 2), 0);
    ck_assert_int_eq(pp_snapshot_add_pcs(&snapshot, record, other, 2), 0);
    ck_assert_int_eq(pp_snapshot_add_pcs(&snapshot, record, one, 2), 0);
    ck_assert_int_eq(pp_snapshot_add_pcs(&snapshot, record, one, 1), 0);
    ck_assert_int_eq(pp_snapshot_add_pcs(&snapshot, record, NULL, 0), 0);
    ck_assert_int_eq(pp_encode_profile(&pp_kind_goroutine, &snapshot, &profile, &error), 0);
    ck_assert_uint_eq(profile->sample_count, 4);
    ck_assert_int_eq(profile->values[0], 2);
    pprof_profile_free(profile);
    pp_arena_release(&arena);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("runtime_dump");
    TCase *t = tcase_create("dump");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, test_dumps_fill_no_table);
    tcase_add_test(t, test_raw_stacks_merge_by_content);
    suite_add_tcase(s, t);
    return s;
}

#include "check_main.h"
