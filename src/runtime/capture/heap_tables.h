/* The tables behind heap.h: buckets, the set of live sampled blocks, and the filter before it.
 *
 *   bucket   (stack, size class) -> counters           dense pool + slots of indices, append-only
 *   live set  address -> weight, size, bucket, birth   levels of windows of 8 slots, no tombstones
 *   filter    one byte for each KiB of addresses        how many live sampled blocks start there
 *
 * Invariants
 *  - a window is always searched whole, so emptying a slot is all that removal takes: there are no
 *    tombstones and the table never needs cleaning.
 *  - a filter byte is raised before its address enters the set and lowered after it left; a byte
 *    that reached 255 stays there (only speed is lost).
 *  - counters only grow: in use = allocated - freed, with "freed" read first.
 *  - a bucket keeps what it had in use at the high-water mark before it changes for the first time
 *    after it, so the profile of the peak costs one copy of a bucket and never a walk of all.
 * Everything here is handler-safe unless said otherwise.
 */
#ifndef PP_CAPTURE_HEAP_TABLES_H
#define PP_CAPTURE_HEAP_TABLES_H

#include "base/atomic.h"
#include "runtime/capture/stacktab.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Fixed point of the weighted counters. */
enum { PP_HEAP_COUNT_SHIFT = 20, PP_HEAP_BYTES_SHIFT = 8 };

struct pp_heap_sum {
    uint64_t objects, bytes;         /* weighted, fixed point */
    uint64_t raw_objects, raw_bytes; /* as sampled */
};

/* Two cache lines; counting an allocation needs the first only, a free both. */
struct pp_heap_bucket {
    uint64_t key;       /* stack << 16 | size class */
    uint64_t peak_mark; /* odd while at_peak is written; older than the mark: unchanged */
    struct pp_heap_sum allocated;
    struct pp_heap_sum freed __attribute__((aligned(64)));
    struct pp_heap_sum at_peak; /* in use at the high-water mark that peak_mark names */
};

struct pp_heap_live {
    uintptr_t address;
    uint64_t weight;   /* tcmalloc's W: estimated bytes, one more for each object */
    uint64_t size;     /* as the program asked last */
    uint32_t bucket;
    uint32_t born;     /* of age.h */
};

/* Reserve the memory; once, not in a handler. 0 or PPROF_ERR_NOMEM. */
int pp_heap_buckets_init(void) __attribute__((warn_unused_result));
int pp_heap_live_init(void) __attribute__((warn_unused_result));

/* Forget everything. Only while no other thread runs (a forked child). */
void pp_heap_buckets_clear(void);
void pp_heap_live_clear(void);

/* The size class: multiples of 16 up to 1 KiB, then 8 steps for each doubling; and its largest
 * size. */
uint32_t pp_heap_class(size_t size);
uint64_t pp_heap_class_top(uint32_t size_class);

/* The bucket of a stack and size, made when new. Bucket 0, which stands for all that did not fit,
 * when the table is full (counted). */
uint32_t pp_heap_bucket_sig(pp_stack_id stack, size_t size);

void pp_heap_count_alloc_sig(const struct pp_heap_live *live);
void pp_heap_count_free_sig(const struct pp_heap_live *live);

/* The block stayed where it was and changed its size and weight: what it grew by counts as
 * allocated, what it shrank by as freed. */
void pp_heap_count_resize_sig(const struct pp_heap_live *old, const struct pp_heap_live *now);

/* How many buckets there are (index 0 included) and each of them; any thread, at any time. */
uint32_t pp_heap_bucket_count(void);
const struct pp_heap_bucket *pp_heap_bucket_at(uint32_t index);
static inline pp_stack_id pp_heap_bucket_stack(const struct pp_heap_bucket *bucket)
{
    return (pp_stack_id)(pp_load_relaxed(&bucket->key) >> 16);
}

/* In use by all buckets, now and at most so far (weighted, fixed point), and when that was
 * (CLOCK_MONOTONIC_COARSE). */
struct pp_heap_peak {
    uint64_t inuse_bytes, peak_bytes;
    int64_t peak_ns;
};
void pp_heap_peak(struct pp_heap_peak *peak);

/* What the bucket had in use when the whole was highest; a sample that was counted by another
 * thread at that very moment may be on either side. */
struct pp_heap_sum pp_heap_bucket_at_peak(const struct pp_heap_bucket *bucket);

/* What it has in use now. */
struct pp_heap_sum pp_heap_bucket_in_use(const struct pp_heap_bucket *bucket);

/* Calls visit for every live sample until it returns non-zero, which is returned. Blocks that come
 * and go meanwhile may be met or not. Not in a handler: it may take a millisecond. */
int pp_heap_live_each(int (*visit)(void *ctx, const struct pp_heap_live *live), void *ctx);

/* Adds a block; false when there is no room (counted). */
bool pp_heap_live_add_sig(const struct pp_heap_live *live);

/* Takes a block out; false when it is not there. */
bool pp_heap_live_take_sig(uintptr_t address, struct pp_heap_live *live);

struct pp_heap_table_stats {
    uint64_t live, live_cap, lost_live, live_bytes;
    uint64_t buckets, bucket_cap, lost_buckets, bucket_bytes;
};
void pp_heap_table_stats_live(struct pp_heap_table_stats *stats);
void pp_heap_table_stats_buckets(struct pp_heap_table_stats *stats);

/* The filter, indexed by 22 bits of the address: nothing but a shift, so that free stays short (0.3
 * ns less than mixing the bits into 64 KiB). It is as sparse as the heap: a page of it covers 4
 * MiB of addresses, a cache line 64 KiB, and blocks share a byte only when they lie in the same
 * KiB or a multiple of 4 GiB apart. */
enum { PP_HEAP_GRANULE_SHIFT = 10, PP_HEAP_FILTER_BYTES = 1 << (32 - PP_HEAP_GRANULE_SHIFT) };
extern uint8_t pp_heap_filter[PP_HEAP_FILTER_BYTES] __attribute__((visibility("hidden")));

static inline size_t pp_heap_filter_index(uintptr_t address)
{
    return (uint32_t)address >> PP_HEAP_GRANULE_SHIFT;
}

/* True when the address may be one that we know. */
static inline bool pp_heap_filter_hit(const void *block)
{
    return pp_load_relaxed(&pp_heap_filter[pp_heap_filter_index((uintptr_t)block)]) != 0;
}

/* Makes every address of this granule pass the filter for good. */
void pp_heap_filter_pin_sig(uintptr_t address);

#endif
