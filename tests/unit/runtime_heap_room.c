/* realloc within a block's room: estimates against the truth, over an allocator that gives room. */
#include "base/atomic.h"
#include "runtime/capture/heap.h"
#include "runtime/capture/heap_tables.h"
#include "runtime/capture/malloc_real.h"
#include "runtime/capture/self.h"

#include <check.h>
#include <malloc.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The compiler knows what realloc does; it does not know this. */
static void *(*volatile realloc_)(void *, size_t) = realloc;
static void (*volatile free_)(void *) = free;

/* A third more than was asked for. A block stays as long as it is used by half, as in mimalloc. */
static void *roomy_realloc(void *block, size_t size)
{
    size_t room = block ? malloc_usable_size(block) : 0;
    if (block && size <= room && size >= room / 2) {
        return block;
    }
    void *moved = pp_real.malloc(size + size / 3);
    if (moved && block) {
        memcpy(moved, block, room < size ? room : size);
        pp_real.free(block);
    }
    return moved;
}

static void setup(void)
{
    pp_heap_rate_set(0);
    pp_enabled = 1;
    pp_self.inside = 0;
    pp_self.is_ours = false;
    ck_assert_int_eq(pp_heap_init(), 0);
    pp_heap_after_fork(1); /* what Check allocated before may have been sampled */
    pp_real.realloc = roomy_realloc;
}

/* ---- a life of many blocks, and what the profile should say of it ---- */

enum { OBJECTS, BYTES, KINDS };
enum { BLOCKS = 8000, STEPS = 30 * BLOCKS };

struct block {
    void *at;
    size_t placed, size; /* when it came to where it is, and now */
    size_t counted;      /* what was allocated since then */
};

struct life {
    struct block blocks[BLOCKS];
    double rate;
    double allocated[KINDS], allocated_variance[KINDS];
    size_t stayed, moved;
    uint64_t chance;
};

static struct life life;

static size_t below(size_t limit)
{
    life.chance = life.chance * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(life.chance >> 33) % limit;
}

/* How many objects one sample of a block of k bytes stands for has at most the variance
 * T / (k + 1). */
static double object_variance(const struct block *block)
{
    return life.rate / ((double)block->placed + 1);
}

static void settle(const struct block *block)
{
    double bytes = (double)block->counted;
    life.allocated[OBJECTS] += 1;
    life.allocated[BYTES] += bytes;
    life.allocated_variance[OBJECTS] += object_variance(block);
    life.allocated_variance[BYTES] += object_variance(block) * bytes * bytes;
}

static void resize(struct block *block, size_t size)
{
    void *now = realloc_(block->at, size);
    if (now == block->at) {
        block->counted += size > block->size ? size - block->size : 0;
        life.stayed++;
    } else {
        if (block->at) {
            settle(block);
        }
        block->placed = block->counted = size;
        life.moved++;
    }
    block->at = now;
    block->size = size;
}

/* Most grow a little, as strings and lists do; some shrink; some become something else. */
static size_t next_size(size_t size)
{
    switch (below(8)) {
    case 0: return below(3000);
    case 1:
    case 2: return size - size / (2 + below(8));
    default: return size + 1 + below(size / 8 + 2);
    }
}

static void live_it(size_t rate, uint64_t seed)
{
    memset(&life, 0, sizeof life);
    life.rate = (double)rate;
    life.chance = seed;
    pp_self.random = seed + 1;
    pp_heap_rate_set(rate);
    for (size_t i = 0; i < BLOCKS; i++) {
        resize(&life.blocks[i], below(1000));
    }
    for (size_t i = 0; i < STEPS; i++) {
        struct block *block = &life.blocks[below(BLOCKS)];
        resize(block, next_size(block->size));
    }
    pp_heap_rate_set(0);
}

struct sums {
    double allocated[KINDS], in_use[KINDS];
    int64_t raw_in_use[KINDS];
};

static struct sums read_sums(void)
{
    struct sums sums = { { 0 }, { 0 }, { 0 } };
    for (uint32_t i = 0; i < pp_heap_bucket_count(); i++) {
        const struct pp_heap_bucket *bucket = pp_heap_bucket_at(i);
        struct pp_heap_sum in_use = pp_heap_bucket_in_use(bucket);
        sums.allocated[OBJECTS] += ldexp((double)bucket->allocated.objects, -PP_HEAP_COUNT_SHIFT);
        sums.allocated[BYTES] += ldexp((double)bucket->allocated.bytes, -PP_HEAP_BYTES_SHIFT);
        sums.in_use[OBJECTS] += ldexp((double)in_use.objects, -PP_HEAP_COUNT_SHIFT);
        sums.in_use[BYTES] += ldexp((double)in_use.bytes, -PP_HEAP_BYTES_SHIFT);
        sums.raw_in_use[OBJECTS] += (int64_t)in_use.raw_objects;
        sums.raw_in_use[BYTES] += (int64_t)in_use.raw_bytes;
    }
    return sums;
}

static void expect_near(double estimate, double truth, double variance)
{
    ck_assert_double_eq_tol(estimate, truth, 4 * sqrt(variance) + 1e-6 * truth);
}

static void expect_in_use(const struct sums *sums)
{
    double truth[KINDS] = { 0 }, variance[KINDS] = { 0 };
    for (size_t i = 0; i < BLOCKS; i++) {
        const struct block *block = &life.blocks[i];
        double size = (double)block->size;
        truth[OBJECTS] += 1;
        truth[BYTES] += size;
        variance[OBJECTS] += object_variance(block);
        variance[BYTES] += object_variance(block) * size * size;
    }
    expect_near(sums->in_use[OBJECTS], truth[OBJECTS], variance[OBJECTS]);
    expect_near(sums->in_use[BYTES], truth[BYTES], variance[BYTES]);
}

static void end_it(void)
{
    for (size_t i = 0; i < BLOCKS; i++) {
        settle(&life.blocks[i]);
        free_(life.blocks[i].at);
    }
}

static const size_t rates[] = { 100, 1500, 9000, 65536 };
enum { SEEDS = 3, CASES = SEEDS * (int)(sizeof rates / sizeof *rates) };

START_TEST(room_biases_nothing)
{
    live_it(rates[_i / SEEDS], 4711 + (uint64_t)_i);
    struct sums sums = read_sums();
    ck_assert_uint_gt(life.stayed, life.moved);
    ck_assert_uint_gt(life.moved, STEPS / 8);
    expect_in_use(&sums);
    end_it();
    expect_near(sums.allocated[OBJECTS], life.allocated[OBJECTS],
                life.allocated_variance[OBJECTS]);
    expect_near(sums.allocated[BYTES], life.allocated[BYTES], life.allocated_variance[BYTES]);
    sums = read_sums();
    ck_assert_double_eq(sums.in_use[OBJECTS], 0);
    ck_assert_double_eq(sums.in_use[BYTES], 0);
    ck_assert_int_eq(sums.raw_in_use[OBJECTS], 0);
    ck_assert_int_eq(sums.raw_in_use[BYTES], 0);
}
END_TEST

/* At rate 1 nothing is an estimate. */
START_TEST(room_is_exact_at_one)
{
    struct sums sums;
    double bytes = 0;
    live_it(1, 99);
    sums = read_sums();
    for (size_t i = 0; i < BLOCKS; i++) {
        bytes += (double)life.blocks[i].size;
    }
    ck_assert_double_eq(sums.in_use[OBJECTS], BLOCKS);
    ck_assert_double_eq(sums.in_use[BYTES], bytes);
    ck_assert_int_eq(sums.raw_in_use[BYTES], (int64_t)bytes);
    end_it();
    ck_assert_double_eq(sums.allocated[OBJECTS], life.allocated[OBJECTS]);
    ck_assert_double_eq(sums.allocated[BYTES], life.allocated[BYTES]);
}
END_TEST

static Suite *suite(void)
{
    Suite *suite = suite_create("heap_room");
    TCase *tests = tcase_create("heap_room");
    tcase_add_checked_fixture(tests, setup, NULL);
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, room_biases_nothing, 0, CASES);
    tcase_add_test(tests, room_is_exact_at_one);
    suite_add_tcase(suite, tests);
    return suite;
}

#include "check_main.h"
