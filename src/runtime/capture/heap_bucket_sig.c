/* Buckets: counters for each (stack, size class). A dense pool keeps memory in proportion to what
 * is used; slots hold indices into it and are published by CAS, as in the stack table. */
#include "base/sys.h"
#include "base/table.h"
#include "pprof/error.h"
#include "runtime/capture/heap_tables.h"

#ifdef PPROF_SMALL
enum { SLOT_BITS = 6, BUCKET_CAP = 32 };
#else
enum { SLOT_BITS = 18, BUCKET_CAP = 1 << 17 };
#endif
/* The sizes of one stack are neighbours, so that a program that stays in a few places keeps to a
 * few lines and one page of the slots; where too many meet they are scattered. */
enum { NEAR_PROBES = 16 };
enum { PROBES_MAX = 64, LEAST = 32 /* buckets, where there is little address space */ };

static struct {
    uint32_t *slots; /* 0: empty */
    struct pp_heap_bucket *pool;
    uint32_t used; /* pool entries; entry 0 takes what does not fit */
    uint32_t cap, slot_mask;
    uint64_t lost;
} table PP_HOT_DATA;

int pp_heap_buckets_init(void)
{
    size_t slots_size = ((size_t)1 << SLOT_BITS) * sizeof(uint32_t);
    size_t pool_size = BUCKET_CAP * sizeof(struct pp_heap_bucket);
    uint32_t *slots = pp_sys_reserve_some(&slots_size, 2 * LEAST * sizeof *slots);
    struct pp_heap_bucket *pool = pp_sys_reserve_some(&pool_size, LEAST * sizeof *pool);
    if (!slots || !pool) {
        return PPROF_ERR_NOMEM;
    }
    table.slot_mask = (uint32_t)(slots_size / sizeof *slots - 1);
    table.cap = (uint32_t)(pool_size / sizeof *pool);
    table.used = 1;
    table.slots = slots;
    pp_store_release(&table.pool, pool);
    return 0;
}

PP_HOT uint32_t pp_heap_class(size_t size)
{
    if (size <= 1024) {
        return (uint32_t)((size + 15) / 16);
    }
    unsigned top = 63 - (unsigned)__builtin_clzll(size - 1);
    unsigned eighth = ((size - 1) >> (top - 3)) & 7;
    return 65 + (top - 10) * 8 + eighth;
}

uint64_t pp_heap_class_top(uint32_t size_class)
{
    if (size_class <= 64) {
        return 16 * size_class;
    }
    unsigned step = size_class - 65;
    return (uint64_t)(9 + step % 8) << (7 + step / 8);
}

static uint32_t take_bucket(uint64_t key)
{
    uint32_t at = pp_load_relaxed(&table.used);
    do {
        if (at >= table.cap) {
            return 0;
        }
    } while (!pp_cas(&table.used, &at, at + 1));
    table.pool[at].key = key;
    return at;
}

static void return_bucket(uint32_t at)
{
    uint32_t end = at + 1;
    if (at) {
        (void)pp_cas(&table.used, &end, at);
    }
}

static uint32_t lose_bucket(uint32_t fresh)
{
    return_bucket(fresh);
    pp_add_relaxed(&table.lost, 1);
    return 0;
}

static uint32_t *slot_at(uint64_t key, uint32_t probe)
{
    uint64_t at = probe < NEAR_PROBES ? pp_hash_u64(key >> 16) + (key & UINT16_MAX)
                                      : pp_hash_u64(key);
    return &table.slots[(at + probe) & table.slot_mask];
}

PP_HOT uint32_t pp_heap_bucket_sig(pp_stack_id stack, size_t size)
{
    uint64_t key = (uint64_t)stack << 16 | pp_heap_class(size);
    uint32_t fresh = 0;
    for (uint32_t probe = 0; probe < PROBES_MAX; probe++) {
        uint32_t *slot = slot_at(key, probe);
        uint32_t index = pp_load_acquire(slot);
        if (!index) {
            if (!fresh && !(fresh = take_bucket(key))) {
                return lose_bucket(0);
            }
            if (pp_cas(slot, &index, fresh)) {
                return fresh;
            }
            pp_fence(); /* index is now the winner's: see its key */
        }
        if (table.pool[index].key == key) {
            return_bucket(fresh);
            return index;
        }
    }
    return lose_bucket(fresh);
}

/* ---- the high-water mark -------------------------------------------------------------------- */

/* Every sample that brings more in use than ever before makes a new mark; what a bucket had then is
 * its present value until it changes, and that change keeps it first. */
static struct {
    uint64_t inuse, highest; /* bytes, fixed point */
    uint64_t mark;           /* even; 0 before the first */
    int64_t ns;
} peak PP_HOT_DATA;

static uint64_t left(uint64_t allocated, uint64_t freed)
{
    return allocated > freed ? allocated - freed : 0;
}

/* Freed is read before allocated, so that in use is never negative. */
struct pp_heap_sum pp_heap_bucket_in_use(const struct pp_heap_bucket *bucket)
{
    struct pp_heap_sum freed = {
        .objects = pp_load_acquire(&bucket->freed.objects),
        .bytes = pp_load_acquire(&bucket->freed.bytes),
        .raw_objects = pp_load_acquire(&bucket->freed.raw_objects),
        .raw_bytes = pp_load_acquire(&bucket->freed.raw_bytes),
    };
    return (struct pp_heap_sum){
        .objects = left(pp_load_acquire(&bucket->allocated.objects), freed.objects),
        .bytes = left(pp_load_acquire(&bucket->allocated.bytes), freed.bytes),
        .raw_objects = left(pp_load_acquire(&bucket->allocated.raw_objects), freed.raw_objects),
        .raw_bytes = left(pp_load_acquire(&bucket->allocated.raw_bytes), freed.raw_bytes),
    };
}

static PP_HOT void keep_peak(struct pp_heap_bucket *bucket)
{
    uint64_t mark = pp_load_acquire(&peak.mark), kept = pp_load_relaxed(&bucket->peak_mark);
    if (kept != mark && !(kept & 1) && pp_cas(&bucket->peak_mark, &kept, mark | 1)) {
        bucket->at_peak = pp_heap_bucket_in_use(bucket);
        pp_store_release(&bucket->peak_mark, mark);
    }
}

struct pp_heap_sum pp_heap_bucket_at_peak(const struct pp_heap_bucket *bucket)
{
    uint64_t mark = pp_load_acquire(&peak.mark);
    struct pp_heap_sum now = pp_heap_bucket_in_use(bucket);
    if (pp_load_acquire(&bucket->peak_mark) != mark) {
        return now;
    }
    struct pp_heap_sum then = bucket->at_peak;
    pp_fence();
    return pp_load_relaxed(&bucket->peak_mark) == mark ? then : now;
}

static PP_HOT void raise_peak(uint64_t bytes)
{
    uint64_t now = pp_add_relaxed(&peak.inuse, bytes) + bytes;
    uint64_t highest = pp_load_relaxed(&peak.highest);
    while (now > highest) {
        if (pp_cas(&peak.highest, &highest, now)) {
            pp_store_relaxed(&peak.ns, pp_sys_monotonic_coarse_ns());
            pp_add(&peak.mark, 2);
            return;
        }
    }
}

void pp_heap_peak(struct pp_heap_peak *out)
{
    *out = (struct pp_heap_peak){ pp_load_relaxed(&peak.inuse), pp_load_relaxed(&peak.highest),
                                  pp_load_relaxed(&peak.ns) };
}

/* ---- counting ------------------------------------------------------------------------------- */

/* Objects and bytes that one sample stands for: W / (k + 1) objects of k bytes each. The same
 * numbers come out when the block is freed, so a balanced bucket returns to zero exactly. */
static inline struct pp_heap_sum sum_of(const struct pp_heap_live *live)
{
    double objects = (double)live->weight / ((double)live->size + 1);
    double bytes = objects * (double)live->size;
    return (struct pp_heap_sum){
        .objects = (uint64_t)(objects * (1 << PP_HEAP_COUNT_SHIFT) + 0.5),
        .bytes = (uint64_t)(bytes * (1 << PP_HEAP_BYTES_SHIFT) + 0.5),
        .raw_objects = 1,
        .raw_bytes = live->size,
    };
}

/* Returns the bytes. */
static PP_HOT uint64_t count(struct pp_heap_sum *sum, const struct pp_heap_live *live)
{
    struct pp_heap_sum more = sum_of(live);
    pp_add_relaxed(&sum->objects, more.objects);
    pp_add_relaxed(&sum->bytes, more.bytes);
    pp_add_relaxed(&sum->raw_objects, more.raw_objects);
    pp_add_relaxed(&sum->raw_bytes, more.raw_bytes);
    return more.bytes;
}

PP_HOT void pp_heap_count_alloc_sig(const struct pp_heap_live *live)
{
    struct pp_heap_bucket *bucket = &table.pool[live->bucket];
    keep_peak(bucket);
    raise_peak(count(&bucket->allocated, live));
}

PP_HOT void pp_heap_count_free_sig(const struct pp_heap_live *live)
{
    struct pp_heap_bucket *bucket = &table.pool[live->bucket];
    keep_peak(bucket);
    pp_sub_relaxed(&peak.inuse, count(&bucket->freed, live));
}

/* Counters only grow: the difference goes to the side on which it does. */
static PP_HOT void count_change(uint64_t *allocated, uint64_t *freed, uint64_t old, uint64_t now)
{
    if (now > old) {
        pp_add_relaxed(allocated, now - old);
    } else if (now < old) {
        pp_add_relaxed(freed, old - now);
    }
}

PP_HOT void pp_heap_count_resize_sig(const struct pp_heap_live *old, const struct pp_heap_live *now)
{
    struct pp_heap_bucket *bucket = &table.pool[now->bucket];
    struct pp_heap_sum *allocated = &bucket->allocated, *freed = &bucket->freed;
    struct pp_heap_sum was = sum_of(old), is = sum_of(now);
    keep_peak(bucket);
    count_change(&allocated->objects, &freed->objects, was.objects, is.objects);
    count_change(&allocated->bytes, &freed->bytes, was.bytes, is.bytes);
    count_change(&allocated->raw_bytes, &freed->raw_bytes, was.raw_bytes, is.raw_bytes);
    if (is.bytes > was.bytes) {
        raise_peak(is.bytes - was.bytes);
    } else {
        pp_sub_relaxed(&peak.inuse, was.bytes - is.bytes);
    }
}

uint32_t pp_heap_bucket_count(void)
{
    return pp_load_acquire(&table.pool) ? pp_load_acquire(&table.used) : 0;
}

const struct pp_heap_bucket *pp_heap_bucket_at(uint32_t index)
{
    return &table.pool[index];
}

static size_t slot_bytes(void)
{
    return ((size_t)table.slot_mask + 1) * sizeof *table.slots;
}

static size_t pool_bytes(void)
{
    return table.cap * sizeof *table.pool;
}

void pp_heap_buckets_clear(void)
{
    if (table.pool) {
        pp_sys_discard(table.slots, slot_bytes());
        pp_sys_discard(table.pool, pool_bytes());
        table.used = 1;
        table.lost = 0;
        peak.inuse = peak.highest = peak.mark = 0;
    }
}

void pp_heap_table_stats_buckets(struct pp_heap_table_stats *stats)
{
    stats->buckets = pp_heap_bucket_count();
    stats->bucket_cap = table.cap;
    stats->lost_buckets = pp_load_relaxed(&table.lost);
    stats->bucket_bytes = pool_bytes() + slot_bytes();
}
