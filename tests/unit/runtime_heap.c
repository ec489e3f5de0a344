/* The heap sampler: exact at rate 1, unbiased at others, balanced after every way to free. */
#include "base/atomic.h"
#include "base/sys.h"
#include "pprof/error.h"
#include "runtime/capture/heap.h"
#include "runtime/capture/heap_tables.h"
#include "runtime/capture/kind.h"
#include "runtime/capture/self.h"
#include "runtime/capture/text.h"

#include <check.h>
#include <errno.h>
#include <malloc.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* The compiler knows what malloc and free do and leaves pairs out; it does not know these. */
static void *(*volatile malloc_)(size_t) = malloc;
static void *(*volatile calloc_)(size_t, size_t) = calloc;
static void *(*volatile realloc_)(void *, size_t) = realloc;
static void *(*volatile reallocarray_)(void *, size_t, size_t) = reallocarray;
static void (*volatile free_)(void *) = free;
#define malloc(size) malloc_(size)
#define calloc(count, size) calloc_(count, size)
#define realloc(block, size) realloc_(block, size)
#define reallocarray(block, count, size) reallocarray_(block, count, size)
#define free(block) free_(block)

/* Check allocates for each assertion; those must not be counted where allocations are. */
#define QUIETLY(assertion)                                                                         \
    do {                                                                                           \
        pp_self.inside++;                                                                          \
        assertion;                                                                                 \
        pp_self.inside--;                                                                          \
    } while (0)

enum { ALLOC_OBJECTS, ALLOC_BYTES, INUSE_OBJECTS, INUSE_BYTES };

/* Fixed-point sums over all buckets: exact, whereas the rows of a profile are rounded. */
struct totals {
    double weighted[4];
    int64_t raw[4];
};

static struct totals read_totals(void)
{
    struct totals totals = { { 0 }, { 0 } };
    for (uint32_t i = 0; i < pp_heap_bucket_count(); i++) {
        const struct pp_heap_bucket *b = pp_heap_bucket_at(i);
        totals.weighted[0] += (double)b->allocated.objects / (1 << PP_HEAP_COUNT_SHIFT);
        totals.weighted[1] += (double)b->allocated.bytes / (1 << PP_HEAP_BYTES_SHIFT);
        totals.weighted[2] += (double)(b->allocated.objects - b->freed.objects) /
                              (1 << PP_HEAP_COUNT_SHIFT);
        totals.weighted[3] +=
            (double)(b->allocated.bytes - b->freed.bytes) / (1 << PP_HEAP_BYTES_SHIFT);
        totals.raw[0] += (int64_t)b->allocated.raw_objects;
        totals.raw[1] += (int64_t)b->allocated.raw_bytes;
        totals.raw[2] += (int64_t)(b->allocated.raw_objects - b->freed.raw_objects);
        totals.raw[3] += (int64_t)(b->allocated.raw_bytes - b->freed.raw_bytes);
    }
    return totals;
}

static struct totals since(const struct totals *before)
{
    struct totals now = read_totals();
    for (int i = 0; i < 4; i++) {
        now.weighted[i] -= before->weighted[i];
        now.raw[i] -= before->raw[i];
    }
    return now;
}

static void expect(const struct totals *before, int64_t objects, int64_t bytes, int64_t inuse,
                   int64_t inuse_bytes)
{
    size_t rate = pp_heap_rate_set(0);
    struct totals d = since(before);
    int64_t want[4] = { objects, bytes, inuse, inuse_bytes };
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(d.raw[i], want[i]);
        ck_assert_double_eq(d.weighted[i], (double)want[i]);
    }
    pp_heap_rate_set(rate);
}

static void setup(void)
{
    ck_assert_int_eq(pp_heap_init(), 0);
    pp_enabled = 1;
    pp_self.inside = 0;
    pp_self.is_ours = false;
    pp_self.random = 12345;
    pp_heap_rate_set(0);
}

static struct totals start_at(size_t rate)
{
    pp_heap_rate_set(0);
    struct totals before = read_totals();
    pp_heap_rate_set(rate);
    return before;
}

static void *volatile sink;

/* The call (made by the caller, and so seen by the sampler) failed with ENOMEM. */
static void expect_no_memory(const void *block)
{
    int err = errno;
    QUIETLY(ck_assert_ptr_null(block));
    QUIETLY(ck_assert_int_eq(err, ENOMEM));
    errno = 0;
}

/* ---- every way to allocate, every way to free ---- */

START_TEST(whole_family)
{
    struct totals before = start_at(1);
    void *blocks[9], *out = NULL;
    blocks[0] = malloc(100);
    blocks[1] = calloc(10, 30);
    blocks[2] = realloc(NULL, 77);
    blocks[3] = reallocarray(NULL, 5, 7);
    blocks[4] = memalign(256, 1000);
    blocks[5] = aligned_alloc(64, 640);
    int err = posix_memalign(&out, 4096, 50);
    QUIETLY(ck_assert_int_eq(err, 0));
    blocks[6] = out;
    blocks[7] = valloc(60);
    blocks[8] = pvalloc(70);
    int64_t bytes = 100 + 300 + 77 + 35 + 1000 + 640 + 50 + 60 + 70;
    expect(&before, 9, bytes, 9, bytes);
    QUIETLY(ck_assert_uint_eq((uintptr_t)blocks[4] % 256, 0));
    QUIETLY(ck_assert_uint_eq((uintptr_t)blocks[6] % 4096, 0));
    QUIETLY(ck_assert_uint_eq((uintptr_t)blocks[7] % pp_sys_page_size(), 0));
    for (int i = 0; i < 9; i++) {
        QUIETLY(ck_assert_uint_ge(malloc_usable_size(blocks[i]), 30));
        free(blocks[i]);
    }
    free(NULL);
    expect(&before, 9, bytes, 0, 0);
}
END_TEST

START_TEST(zero_sizes_count)
{
    struct totals before = start_at(1);
    void *a = malloc(0), *b = calloc(0, 8);
    expect(&before, 2, 0, 2, 0);
    free(a);
    free(b);
    expect(&before, 2, 0, 0, 0);
}
END_TEST

START_TEST(realloc_is_free_and_malloc)
{
    struct totals before = start_at(1);
    char *block = malloc(100);
    memset(block, 7, 100);
    block = realloc(block, 100000);
    expect(&before, 2, 100100, 1, 100000);
    for (int i = 0; i < 100; i++) {
        QUIETLY(ck_assert_int_eq(block[i], 7));
    }
    sink = realloc(block, 0);
    QUIETLY(ck_assert_ptr_null(sink));
    expect(&before, 2, 100100, 0, 0);
}
END_TEST

/* glibc gives 24 bytes to who asks for 10, and lets a block shrink where it is. */
START_TEST(realloc_in_place_is_the_same_block)
{
    struct totals before = start_at(1);
    char *block = malloc(10);
    char *grown = realloc(block, 24);
    expect(&before, 1, 24, 1, 24);
    QUIETLY(ck_assert_ptr_eq(grown, block));
    char *large = realloc(grown, 100000);
    expect(&before, 2, 100024, 1, 100000);
    char *small = realloc(large, 50);
    expect(&before, 2, 100024, 1, 50);
    QUIETLY(ck_assert_ptr_eq(small, large));
    free(small);
    expect(&before, 2, 100024, 0, 0);
}
END_TEST

START_TEST(failed_realloc_keeps_block)
{
    volatile size_t huge = (size_t)PTRDIFF_MAX - 4096, half = SIZE_MAX / 2;
    struct totals before = start_at(1);
    char *block = malloc(100);
    expect_no_memory(realloc(block, huge));
    expect(&before, 1, 100, 1, 100);
    expect_no_memory(reallocarray(block, half, 4));
    expect(&before, 1, 100, 1, 100);
    free(block);
    expect(&before, 1, 100, 0, 0);
}
END_TEST

START_TEST(impossible_sizes)
{
    volatile size_t most = SIZE_MAX, half = SIZE_MAX / 2 + 2;
    struct totals before = start_at(1);
    expect_no_memory(malloc(most));
    expect_no_memory(calloc(half, 2));
    expect_no_memory(malloc(half));
    expect_no_memory(memalign(64, most - 100));
    /* The countdown is none the worse for it. */
    void *block = malloc(8);
    expect(&before, 1, 8, 1, 8);
    free(block);
    expect(&before, 1, 8, 0, 0);
}
END_TEST

START_TEST(errno_is_kept)
{
    start_at(1);
    errno = 123;
    void *block = malloc(64);
    int first = errno;
    block = realloc(block, 128);
    int second = errno;
    free(block);
    int third = errno;
    pp_heap_rate_set(0);
    ck_assert_int_eq(first, 123);
    ck_assert_int_eq(second, 123);
    ck_assert_int_eq(third, 123);
}
END_TEST

/* ---- the switch ---- */

START_TEST(off_takes_nothing)
{
    struct totals before = start_at(0);
    sink = malloc(4 << 20);
    free(sink);
    expect(&before, 0, 0, 0, 0);
    pp_heap_rate_set(1);
    void *block = malloc(10);
    expect(&before, 1, 10, 1, 10);
    pp_enabled = 0;
    sink = malloc(4 << 20);
    free(sink);
    free(block); /* a known block's free is seen all the same */
    pp_enabled = 1;
    expect(&before, 1, 10, 0, 0);
}
END_TEST

static void *wait_and_allocate(void *arg)
{
    pthread_barrier_t *barrier = arg;
    free(malloc(10)); /* sets the countdown while off */
    pthread_barrier_wait(barrier);
    pthread_barrier_wait(barrier);
    for (int i = 0; i < 4096; i++) {
        sink = malloc(1024);
        free(sink);
    }
    return NULL;
}

START_TEST(other_threads_notice)
{
    pthread_barrier_t barrier;
    pthread_t thread;
    pthread_barrier_init(&barrier, NULL, 2);
    start_at(0);
    ck_assert_int_eq(pthread_create(&thread, NULL, wait_and_allocate, &barrier), 0);
    pthread_barrier_wait(&barrier);
    struct totals before = start_at(1);
    pthread_barrier_wait(&barrier);
    pthread_join(thread, NULL);
    pp_heap_rate_set(0);
    struct totals d = since(&before);
    /* 4 MiB allocated, of which at most the recheck distance (1 MiB) goes by unseen. */
    ck_assert_int_ge(d.raw[ALLOC_OBJECTS], 3072 - 1);
    ck_assert_int_eq(d.raw[INUSE_OBJECTS] <= 4, 1);
}
END_TEST

/* ---- estimates against the truth ---- */

static const size_t mix[] = { 0, 1, 7, 16, 40, 64, 100, 333, 1024, 5000, 40000, 300000 };
enum { MIX = sizeof mix / sizeof *mix };

struct truth {
    double objects, bytes, object_variance, byte_variance;
};

/* The variance of one object's estimate is below T (k + 1) bytes squared; of its count that over
 * (k + 1) squared. */
static void allocate_mix(int rounds, double rate, struct truth *truth)
{
    for (int r = 0; r < rounds; r++) {
        for (int i = 0; i < MIX; i++) {
            sink = malloc(mix[i]);
            free(sink);
            double k = (double)mix[i];
            truth->objects += 1;
            truth->bytes += k;
            truth->object_variance += rate / (k + 1);
            truth->byte_variance += rate * (k + 1);
        }
    }
}

static void expect_near(const struct totals *d, const struct truth *truth)
{
    ck_assert_double_eq_tol(d->weighted[ALLOC_OBJECTS], truth->objects,
                            4 * sqrt(truth->object_variance));
    ck_assert_double_eq_tol(d->weighted[ALLOC_BYTES], truth->bytes,
                            4 * sqrt(truth->byte_variance));
    ck_assert_double_eq(d->weighted[INUSE_OBJECTS], 0);
    ck_assert_double_eq(d->weighted[INUSE_BYTES], 0);
}

START_TEST(estimates_are_unbiased)
{
    static const size_t rates[] = { 2, 3, 100, 1500, 65536 };
    size_t rate = rates[_i];
    pp_self.random = 777 + (uint64_t)_i;
    struct totals before = start_at(rate);
    struct truth truth = { 0 };
    allocate_mix(2000, (double)rate, &truth);
    pp_heap_rate_set(0);
    struct totals d = since(&before);
    expect_near(&d, &truth);
    ck_assert_int_gt(d.raw[ALLOC_OBJECTS], 100);
}
END_TEST

/* Starting over for each round, far below the mean distance: a bias of the first sample would add
 * up. */
START_TEST(first_samples_are_unbiased)
{
    enum { RATE = 1 << 20, ROUNDS = 20000 };
    struct totals before = start_at(0);
    struct truth truth = { 0 };
    for (int i = 0; i < ROUNDS; i++) {
        pp_self.random = (uint64_t)i * 2654435761u + 1;
        pp_heap_rate_set(RATE);
        allocate_mix(1, RATE, &truth);
    }
    pp_heap_rate_set(0);
    struct totals d = since(&before);
    expect_near(&d, &truth);
}
END_TEST

static void *one_block(void *arg)
{
    (void)arg;
    void *block = malloc(2000);
    sink = block;
    free(block);
    return NULL;
}

/* Each thread's countdown starts undrawn: its first allocation is as likely a sample as any. */
START_TEST(new_threads_are_unbiased)
{
    enum { RATE = 8000, THREADS = 3000 };
    struct totals before = start_at(0);
    double counted = 0;
    pp_swap(&pp_self.inside, 1u); /* only the threads' own allocations */
    pp_heap_rate_set(RATE);
    for (int i = 0; i < THREADS; i++) {
        pthread_t thread;
        ck_assert_int_eq(pthread_create(&thread, NULL, one_block, NULL), 0);
        pthread_join(thread, NULL);
        counted++;
    }
    pp_self.inside = 0;
    pp_heap_rate_set(0);
    struct totals d = since(&before);
    /* glibc allocates a little for each thread (its cache, on first use): less than a tenth here.
     * */
    double truth = counted * 2000, sigma = sqrt(RATE * counted * 2001);
    ck_assert_double_ge(d.weighted[ALLOC_BYTES], truth - 7 * sigma); /* threads draw as they like */
    ck_assert_double_le(d.weighted[ALLOC_BYTES], truth * 1.1 + 7 * sigma);
}
END_TEST

/* ---- blocks that change threads ---- */

enum { CHURN_THREADS = 4, CHURN_SLOTS = 256, CHURN_STEPS = 60000 };
static void *slots[CHURN_SLOTS];

static void *churn(void *arg)
{
    uint64_t state = (uintptr_t)arg * 0x9e3779b97f4a7c15u + 1;
    for (int i = 0; i < CHURN_STEPS; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        size_t size = (state >> 40) % 2000;
        void **slot = &slots[(state >> 20) % CHURN_SLOTS];
        void *block = pp_swap(slot, NULL);
        if (block && state >> 63) {
            block = realloc(block, size + 1);
        } else {
            free(block);
            block = state >> 62 & 1 ? malloc(size) : calloc(1, size);
        }
        free(pp_swap(slot, block));
    }
    return NULL;
}

START_TEST(threads_balance)
{
    pthread_t threads[CHURN_THREADS];
    struct totals before = start_at(0);
    pp_self.inside = 1;
    pp_heap_rate_set(_i ? 500 : 1);
    for (uintptr_t t = 0; t < CHURN_THREADS; t++) {
        ck_assert_int_eq(pthread_create(&threads[t], NULL, churn, (void *)(t + 1)), 0);
    }
    for (int t = 0; t < CHURN_THREADS; t++) {
        pthread_join(threads[t], NULL);
    }
    for (int i = 0; i < CHURN_SLOTS; i++) {
        free(slots[i]);
    }
    pp_self.inside = 0;
    pp_heap_rate_set(0);
    struct totals d = since(&before);
    ck_assert_int_ge(d.raw[ALLOC_OBJECTS], 1000);
    /* What glibc keeps for a thread is freed when the thread ends. */
    ck_assert_int_eq(d.raw[INUSE_OBJECTS], 0);
    ck_assert_int_eq(d.raw[INUSE_BYTES], 0);
    ck_assert_double_eq(d.weighted[INUSE_OBJECTS], 0);
    ck_assert_double_eq(d.weighted[INUSE_BYTES], 0);
}
END_TEST

/* ---- tables ---- */

START_TEST(classes)
{
    uint32_t last = 0;
    for (size_t size = 1; size < 200000; size++) {
        uint32_t class = pp_heap_class(size);
        ck_assert_uint_ge(class, last);
        ck_assert_uint_le(class, last + 1);
        last = class;
    }
    ck_assert_uint_eq(pp_heap_class(0), 0);
    ck_assert_uint_eq(pp_heap_class(16), 1);
    ck_assert_uint_eq(pp_heap_class(17), 2);
    ck_assert_uint_ne(pp_heap_class(1024), pp_heap_class(1025));
    ck_assert_uint_eq(pp_heap_class(1025), pp_heap_class(1152));
    ck_assert_uint_ne(pp_heap_class(1152), pp_heap_class(1153));
    ck_assert_uint_lt(pp_heap_class(SIZE_MAX), 1 << 16);
    for (uint32_t class = 1; class < 400; class++) {
        ck_assert_uint_eq(pp_heap_class(pp_heap_class_top(class)), class);
        ck_assert_uint_eq(pp_heap_class(pp_heap_class_top(class) + 1), class + 1);
    }
}
END_TEST

static struct pp_heap_live fake_block(uint64_t number)
{
    return (struct pp_heap_live){ .address = 0x100000000 + number * 4112,
                                  .weight = number + 2,
                                  .size = number + 1 };
}

START_TEST(live_set_fills_and_empties)
{
    struct pp_heap_stats before, full, after;
    pp_heap_stats(&before);
    uint64_t added = 0, lost = 0;
    for (uint64_t i = 0; lost < 1000; i++) {
        struct pp_heap_live block = fake_block(i);
        bool fits = pp_heap_live_add_sig(&block);
        added += fits;
        lost += !fits;
    }
    pp_heap_stats(&full);
    ck_assert_uint_eq(full.live - before.live, added);
    ck_assert_uint_eq(full.lost_live - before.lost_live, lost);
    ck_assert_uint_le(full.live, full.live_cap);
    ck_assert_uint_ge(full.live, full.live_cap / 2);
    uint64_t taken = 0;
    for (uint64_t i = 0; i < added + lost; i++) {
        struct pp_heap_live want = fake_block(i), got;
        if (pp_heap_live_take_sig(want.address, &got)) {
            taken++;
            ck_assert_uint_eq(got.weight, want.weight);
            ck_assert_uint_eq(got.size, want.size);
            ck_assert(!pp_heap_live_take_sig(want.address, &got));
        }
    }
    ck_assert_uint_eq(taken, added);
    pp_heap_stats(&after);
    ck_assert_uint_eq(after.live, before.live);
    /* Room for as many again: nothing was left behind. */
    for (uint64_t i = 0; i < added / 2; i++) {
        struct pp_heap_live block = fake_block(i + 7000000);
        ck_assert(pp_heap_live_add_sig(&block));
    }
}
END_TEST

/* A sample that finds no room in the live set must not stay in use for ever. */
START_TEST(lost_blocks_are_not_in_use)
{
    for (uint64_t i = 0, lost = 0; lost < 20000; i++) {
        struct pp_heap_live block = fake_block(i);
        lost += !pp_heap_live_add_sig(&block);
    }
    struct totals before = start_at(1);
    void *blocks[200];
    for (int i = 0; i < 200; i++) {
        blocks[i] = malloc(48);
    }
    for (int i = 0; i < 200; i++) {
        free(blocks[i]);
    }
    expect(&before, 200, 200 * 48, 0, 0);
}
END_TEST

START_TEST(full_buckets_are_counted)
{
    struct pp_heap_stats before, after;
    pp_heap_stats(&before);
    uint64_t lost = 0;
    for (uint32_t i = 0; i < (1 << 18) && lost < 100; i++) {
        lost += pp_heap_bucket_sig(1000000 + i, 16) == 0;
    }
    pp_heap_stats(&after);
    ck_assert_uint_eq(lost, 100);
    ck_assert_uint_eq(after.lost_buckets - before.lost_buckets, lost);
    ck_assert_uint_le(after.buckets, after.bucket_cap);
    struct totals totals = start_at(1);
    void *block = malloc(3000);
    expect(&totals, 1, 3000, 1, 3000);
    free(block);
    expect(&totals, 1, 3000, 0, 0);
}
END_TEST

START_TEST(fork_forgets)
{
    start_at(1);
    void *block = malloc(1000);
    ck_assert(pp_heap_filter_hit(block));
    pp_heap_after_fork(1);
    pp_heap_rate_set(0);
    struct pp_heap_stats stats;
    pp_heap_stats(&stats);
    ck_assert_uint_eq(stats.live, 0);
    ck_assert_uint_eq(stats.samples, 0);
    ck_assert(!pp_heap_filter_hit(block));
    free(block);
    struct totals before = start_at(1);
    block = malloc(20);
    expect(&before, 1, 20, 1, 20);
    free(block);
    expect(&before, 1, 20, 0, 0);
    pp_heap_after_fork(0);
    ck_assert_uint_eq(pp_heap_rate_get(), 0);
}
END_TEST

/* ---- what is shown ---- */

static __attribute__((noinline)) void *allocate_here(size_t size)
{
    void *block = malloc(size);
    sink = block;
    return block;
}

static const struct pp_record *find_record(struct pp_snapshot *snapshot, int64_t bytes)
{
    for (size_t i = 0; i < snapshot->count; i++) {
        if (snapshot->records[i].raw[INUSE_BYTES] == bytes) {
            return &snapshot->records[i];
        }
    }
    return NULL;
}

START_TEST(stack_starts_at_the_caller)
{
    start_at(1);
    void *a = allocate_here(123456), *b = allocate_here(123456);
    pp_heap_rate_set(0);
    struct pp_arena arena;
    pp_arena_init(&arena, 0);
    struct pp_snapshot snapshot = { .arena = &arena };
    ck_assert_int_eq(pp_kind_heap.collect(&pp_kind_heap, &snapshot, NULL), 0);
    ck_assert_ptr_null(find_record(&snapshot, 2 * 123456)); /* two call sites, two stacks */
    const struct pp_record *record = find_record(&snapshot, 123456);
    ck_assert_ptr_nonnull(record);
    ck_assert_int_eq(record->values[INUSE_OBJECTS], 1);
    ck_assert_int_eq(record->object_bytes, 123456);
    struct pp_stack stack = pp_stack_get_sig(record->stack);
    ck_assert_uint_ge(stack.count, 1);
    ck_assert_uint_gt(stack.pcs[0], (uintptr_t)&allocate_here);
    ck_assert_uint_lt(stack.pcs[0], (uintptr_t)&allocate_here + 200);
    pp_arena_release(&arena);
    free(a);
    free(b);
}
END_TEST

START_TEST(text_form)
{
    start_at(1);
    void *big = allocate_here(500000), *small = allocate_here(200);
    struct pp_arena arena;
    struct pp_buf out;
    pp_arena_init(&arena, 0);
    pp_buf_init(&out, &arena);
    ck_assert_int_eq(pp_kind_heap.text(&pp_kind_heap, 1, &out, NULL), 0);
    pp_heap_rate_set(0);
    long long v[4];
    const char *form = "heap profile: %lld: %lld [%lld: %lld] @ heap/2\n";
    ck_assert_int_eq(sscanf(out.data, form, &v[0], &v[1], &v[2], &v[3]), 4);
    ck_assert_int_ge(v[1], 500200);
    ck_assert_int_ne(v[1], v[3]);
    char *first = strstr(out.data, "1: 200 [1: 200] @ 0x"), *last = strstr(out.data, "1: 500000 [");
    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_nonnull(last);
    ck_assert(first < last); /* ascending, as Go 1.27 */
    ck_assert_ptr_nonnull(strstr(first, "\n#\t0x"));
    ck_assert_ptr_nonnull(strstr(last, "\n\n# malloc is "));
    pp_arena_release(&arena);
    free(big);
    free(small);
}
END_TEST

START_TEST(glibc_owns_malloc)
{
    int blind = 2;
    const char *text = pp_heap_owner(&blind);
    ck_assert_int_eq(blind, 0);
    ck_assert_str_eq(text, "malloc is glibc's; every module's calls are seen");
}
END_TEST

static Suite *suite(void)
{
    Suite *suite = suite_create("heap");
    TCase *tests = tcase_create("heap");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, whole_family);
    tcase_add_test(tests, zero_sizes_count);
    tcase_add_test(tests, realloc_is_free_and_malloc);
    tcase_add_test(tests, realloc_in_place_is_the_same_block);
    tcase_add_test(tests, failed_realloc_keeps_block);
    tcase_add_test(tests, impossible_sizes);
    tcase_add_test(tests, errno_is_kept);
    tcase_add_test(tests, off_takes_nothing);
    tcase_add_test(tests, other_threads_notice);
    tcase_add_loop_test(tests, estimates_are_unbiased, 0, 5);
    tcase_add_test(tests, first_samples_are_unbiased);
    tcase_add_test(tests, new_threads_are_unbiased);
    tcase_add_loop_test(tests, threads_balance, 0, 2);
    tcase_add_test(tests, classes);
    tcase_add_test(tests, live_set_fills_and_empties);
    tcase_add_test(tests, lost_blocks_are_not_in_use);
    tcase_add_test(tests, full_buckets_are_counted);
    tcase_add_test(tests, fork_forgets);
    tcase_add_test(tests, stack_starts_at_the_caller);
    tcase_add_test(tests, text_form);
    tcase_add_test(tests, glibc_owns_malloc);
    suite_add_tcase(suite, tests);
    return suite;
}

#include "check_main.h"
