/* The kinds "heap" and "allocs", the same buckets shown from two sides; "peak", the same at the
 * high-water mark; and heap?age=1, which is made from the live samples themselves. */
#include "base/err.h"
#include "base/sys.h"
#include "runtime/capture/age.h"
#include "runtime/capture/got.h"
#include "runtime/capture/heap.h"
#include "runtime/capture/heap_tables.h"
#include "runtime/capture/heap_text.h"
#include "runtime/capture/kind.h"

static int64_t rounded(uint64_t fixed, unsigned shift)
{
    return (int64_t)((fixed + (1u << (shift - 1))) >> shift);
}

static int64_t objects_of(const struct pp_heap_sum *sum)
{
    return rounded(sum->objects, PP_HEAP_COUNT_SHIFT);
}

static int64_t bytes_of(const struct pp_heap_sum *sum)
{
    return rounded(sum->bytes, PP_HEAP_BYTES_SHIFT);
}

static struct pp_heap_sum read_allocated(const struct pp_heap_bucket *bucket)
{
    return (struct pp_heap_sum){
        .objects = pp_load_acquire(&bucket->allocated.objects),
        .bytes = pp_load_acquire(&bucket->allocated.bytes),
        .raw_objects = pp_load_acquire(&bucket->allocated.raw_objects),
        .raw_bytes = pp_load_acquire(&bucket->allocated.raw_bytes),
    };
}

/* The mean size of what was sampled into a bucket. What blocks grow by in their places counts as
 * allocated each time, so the sum of those that grow and shrink again and again says too much; the
 * size class does not. The bucket for what found no other (its key is 0) has all sizes. */
static int64_t mean_size(const struct pp_heap_bucket *bucket, const struct pp_heap_sum *allocated)
{
    uint64_t mean = allocated->raw_bytes / allocated->raw_objects;
    uint64_t key = pp_load_relaxed(&bucket->key);
    uint64_t top = key ? pp_heap_class_top(key & UINT16_MAX) : UINT64_MAX;
    return (int64_t)(mean < top ? mean : top);
}

/* ---- heap and allocs ---- */

/* False for a bucket that nothing was ever counted in. */
static bool read_bucket(uint32_t index, struct pp_record *record)
{
    const struct pp_heap_bucket *bucket = pp_heap_bucket_at(index);
    struct pp_heap_sum inuse = pp_heap_bucket_in_use(bucket);
    struct pp_heap_sum allocated = read_allocated(bucket);
    if (!allocated.raw_objects) {
        return false;
    }
    *record = (struct pp_record){
        .stack = pp_heap_bucket_stack(bucket),
        .values = { objects_of(&allocated), bytes_of(&allocated), objects_of(&inuse),
                    bytes_of(&inuse) },
        .raw = { (int64_t)allocated.raw_objects, (int64_t)allocated.raw_bytes,
                 (int64_t)inuse.raw_objects, (int64_t)inuse.raw_bytes },
        .object_bytes = mean_size(bucket, &allocated),
    };
    return true;
}

static int add_buckets(struct pp_snapshot *snapshot,
                       bool (*read)(uint32_t index, struct pp_record *record),
                       struct pprof_error *error)
{
    uint32_t count = pp_heap_bucket_count();
    snapshot->period = (int64_t)pp_heap_rate_get();
    for (uint32_t i = 0; i < count; i++) {
        struct pp_record record;
        if (read(i, &record) && pp_snapshot_add(snapshot, &record) != 0) {
            return pp_err_set(error, PPROF_ERR_NOMEM, "no memory to list %u heap buckets", count);
        }
    }
    return 0;
}

static int collect_heap(const struct pp_kind *kind, struct pp_snapshot *snapshot,
                        struct pprof_error *error)
{
    pp_got_take_direct(); /* of modules that came lately */
    (void)kind;
    snapshot->time_ns = pp_sys_wall_ns();
    return add_buckets(snapshot, read_bucket, error);
}

static int64_t count_buckets(const struct pp_kind *kind)
{
    (void)kind;
    uint32_t count = pp_heap_bucket_count();
    return count ? count - 1 : 0;
}

/* ---- peak: what was in use when most was ---- */

static bool read_peak(uint32_t index, struct pp_record *record)
{
    const struct pp_heap_bucket *bucket = pp_heap_bucket_at(index);
    struct pp_heap_sum then = pp_heap_bucket_at_peak(bucket);
    if (!then.raw_objects) {
        return false;
    }
    int64_t objects = (int64_t)then.raw_objects, bytes = (int64_t)then.raw_bytes;
    *record = (struct pp_record){
        .stack = pp_heap_bucket_stack(bucket),
        .values = { objects_of(&then), bytes_of(&then) },
        .raw = { objects, bytes, objects, bytes },
        .object_bytes = bytes / objects,
    };
    return true;
}

static int collect_peak(const struct pp_kind *kind, struct pp_snapshot *snapshot,
                        struct pprof_error *error)
{
    (void)kind;
    struct pp_heap_peak peak;
    pp_heap_peak(&peak);
    int64_t ago = pp_sys_monotonic_coarse_ns() - peak.peak_ns;
    snapshot->time_ns = pp_sys_wall_ns() - (peak.peak_bytes ? ago : 0);
    return add_buckets(snapshot, read_peak, error);
}

static int64_t count_peak(const struct pp_kind *kind)
{
    (void)kind;
    struct pp_record record;
    int64_t rows = 0;
    uint32_t count = pp_heap_bucket_count();
    for (uint32_t i = 0; i < count; i++) {
        rows += read_peak(i, &record);
    }
    return rows;
}

/* ---- by age: what is in use, in classes of how long ---- */

struct ages {
    struct pp_snapshot *snapshot;
    uint32_t *places; /* of bucket and class: where its record is, plus 1 */
    uint32_t bucket_count;
    int64_t now_ns;
};

/* The record of the block's bucket and class, made when new; NULL without memory. Sums are kept in
 * fixed point until all are in. */
static struct pp_record *age_record(struct ages *ages, const struct pp_heap_live *live)
{
    unsigned age_class = pp_age_class(pp_age_since(live->born, ages->now_ns));
    uint32_t *place = &ages->places[live->bucket * PP_AGE_CLASSES + age_class];
    if (!*place) {
        struct pp_record record = { .stack = pp_heap_bucket_stack(pp_heap_bucket_at(live->bucket)),
                                    .has_age = true,
                                    .age_s = pp_age_floor_s(age_class) };
        if (pp_snapshot_add(ages->snapshot, &record) != 0) {
            return NULL;
        }
        *place = (uint32_t)ages->snapshot->count;
    }
    return &ages->snapshot->records[*place - 1];
}

static int add_live(void *ctx, const struct pp_heap_live *live)
{
    struct ages *ages = ctx;
    if (live->bucket >= ages->bucket_count) {
        return 0; /* younger than this request */
    }
    struct pp_record *record = age_record(ages, live);
    if (!record) {
        return PPROF_ERR_NOMEM;
    }
    double objects = (double)live->weight / ((double)live->size + 1);
    record->values[0] += (int64_t)(objects * (1 << PP_HEAP_COUNT_SHIFT));
    record->values[1] += (int64_t)(objects * (double)live->size * (1 << PP_HEAP_BYTES_SHIFT));
    record->raw[RAW_INUSE_OBJECTS]++;
    record->raw[RAW_INUSE_BYTES] += (int64_t)live->size;
    return 0;
}

static void settle_ages(struct pp_snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->count; i++) {
        struct pp_record *record = &snapshot->records[i];
        record->values[0] = rounded((uint64_t)record->values[0], PP_HEAP_COUNT_SHIFT);
        record->values[1] = rounded((uint64_t)record->values[1], PP_HEAP_BYTES_SHIFT);
        record->raw[RAW_ALLOC_OBJECTS] = record->raw[RAW_INUSE_OBJECTS];
        record->raw[RAW_ALLOC_BYTES] = record->raw[RAW_INUSE_BYTES];
        record->object_bytes = record->raw[RAW_INUSE_BYTES] / record->raw[RAW_INUSE_OBJECTS];
    }
}

static int collect_ages(const struct pp_kind *kind, struct pp_snapshot *snapshot,
                        struct pprof_error *error)
{
    (void)kind;
    struct ages ages = { .snapshot = snapshot,
                         .bucket_count = pp_heap_bucket_count(),
                         .now_ns = pp_sys_monotonic_coarse_ns() };
    size_t places = (size_t)ages.bucket_count * PP_AGE_CLASSES;
    ages.places = pp_arena_array(snapshot->arena, places, sizeof *ages.places);
    snapshot->time_ns = pp_sys_wall_ns();
    snapshot->period = (int64_t)pp_heap_rate_get();
    if (!ages.places || pp_heap_live_each(add_live, &ages) != 0) {
        return pp_err_set(error, PPROF_ERR_NOMEM, "no memory to list the live samples");
    }
    settle_ages(snapshot);
    return 0;
}

/* ---- debug=1 ---- */

static int write_text(const struct pp_kind *kind, int debug, struct pp_buf *out,
                      struct pprof_error *error)
{
    (void)debug;
    struct pp_snapshot snapshot = { .arena = out->arena };
    int err = kind->collect(kind, &snapshot, error);
    if (err) {
        return err;
    }
    pp_heap_text(&snapshot, out);
    return out->err ? pp_err_set(error, out->err, "no memory for the text of %zu heap buckets",
                                 snapshot.count)
                    : 0;
}

/* clang-format off */
#define HEAP_VALUES                                                                                \
    { { "alloc_objects", "count" }, { "alloc_space", "bytes" },                                    \
      { "inuse_objects", "count" }, { "inuse_space", "bytes" } }
/* clang-format on */

const struct pp_kind pp_kind_heap = {
    .name = "heap",
    .description = "What is allocated and not freed yet, by a sample of all allocations",
    .values = HEAP_VALUES,
    .value_count = 4,
    .period = { "space", "bytes" },
    .supports_delta = true,
    .collect = collect_heap,
    .text = write_text,
    .count = count_buckets,
    .leaf_is_return = true,
};

const struct pp_kind pp_kind_allocs = {
    .name = "allocs",
    .description = "Everything allocated since the program started, by a sample",
    .values = HEAP_VALUES,
    .value_count = 4,
    .period = { "space", "bytes" },
    .default_sample_type = "alloc_space",
    .supports_delta = true,
    .collect = collect_heap,
    .text = write_text,
    .count = count_buckets,
    .leaf_is_return = true,
};

#define INUSE_VALUES { { "inuse_objects", "count" }, { "inuse_space", "bytes" } }

const struct pp_kind pp_kind_peak = {
    .name = "peak",
    .description = "What was allocated and not freed when that was most, by a sample",
    .values = INUSE_VALUES,
    .value_count = 2,
    .period = { "space", "bytes" },
    .collect = collect_peak,
    .text = write_text,
    .count = count_peak,
    .leaf_is_return = true,
};

/* heap?age=1: not in the table, Go's readers know "heap" without ages. */
const struct pp_kind pp_kind_heap_ages = {
    .name = "heap",
    .values = INUSE_VALUES,
    .value_count = 2,
    .period = { "space", "bytes" },
    .collect = collect_ages,
    .text = write_text,
    .leaf_is_return = true,
};
