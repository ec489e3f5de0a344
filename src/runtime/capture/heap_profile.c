/* The kinds "heap" and "allocs": the same buckets, shown from two sides. */
#include "base/err.h"
#include "base/sys.h"
#include "runtime/capture/heap.h"
#include "runtime/capture/heap_tables.h"
#include "runtime/capture/kind.h"
#include "runtime/capture/text.h"

#include <string.h>

/* Freed is read before allocated, so that in use is never negative. */
static struct pp_heap_sum read_sum(const struct pp_heap_sum *sum)
{
    return (struct pp_heap_sum){
        .objects = pp_load_acquire(&sum->objects),
        .bytes = pp_load_acquire(&sum->bytes),
        .raw_objects = pp_load_acquire(&sum->raw_objects),
        .raw_bytes = pp_load_acquire(&sum->raw_bytes),
    };
}

static int64_t rounded(uint64_t fixed, unsigned shift)
{
    return (int64_t)((fixed + (1u << (shift - 1))) >> shift);
}

static int64_t rest(uint64_t allocated, uint64_t freed)
{
    return allocated > freed ? (int64_t)(allocated - freed) : 0;
}

/* False for a bucket that nothing was ever counted in. */
static bool read_bucket(uint32_t index, struct pp_record *record)
{
    const struct pp_heap_bucket *bucket = pp_heap_bucket_at(index);
    struct pp_heap_sum freed = read_sum(&bucket->freed);
    struct pp_heap_sum allocated = read_sum(&bucket->allocated);
    if (!allocated.raw_objects) {
        return false;
    }
    uint64_t objects = (uint64_t)rest(allocated.objects, freed.objects);
    uint64_t bytes = (uint64_t)rest(allocated.bytes, freed.bytes);
    *record = (struct pp_record){
        .stack = (pp_stack_id)(pp_load_relaxed(&bucket->key) >> 16),
        .values = { rounded(allocated.objects, PP_HEAP_COUNT_SHIFT),
                    rounded(allocated.bytes, PP_HEAP_BYTES_SHIFT),
                    rounded(objects, PP_HEAP_COUNT_SHIFT), rounded(bytes, PP_HEAP_BYTES_SHIFT) },
        .raw = { (int64_t)allocated.raw_objects, (int64_t)allocated.raw_bytes,
                 rest(allocated.raw_objects, freed.raw_objects),
                 rest(allocated.raw_bytes, freed.raw_bytes) },
        .object_bytes = (int64_t)(allocated.raw_bytes / allocated.raw_objects),
    };
    return true;
}

static int collect_heap(const struct pp_kind *kind, struct pp_snapshot *snapshot,
                        struct pprof_error *error)
{
    (void)kind;
    snapshot->time_ns = pp_sys_wall_ns();
    snapshot->period = (int64_t)pp_heap_rate_get();
    uint32_t count = pp_heap_bucket_count();
    for (uint32_t i = 0; i < count; i++) {
        struct pp_record record;
        if (read_bucket(i, &record) && pp_snapshot_add(snapshot, &record) != 0) {
            return pp_err_set(error, PPROF_ERR_NOMEM, "no memory to list %u heap buckets", count);
        }
    }
    return 0;
}

static int64_t count_buckets(const struct pp_kind *kind)
{
    (void)kind;
    uint32_t count = pp_heap_bucket_count();
    return count ? count - 1 : 0;
}

/* ---- debug=1 ---- */

enum { RAW_ALLOC_OBJECTS, RAW_ALLOC_BYTES, RAW_INUSE_OBJECTS, RAW_INUSE_BYTES };

static bool is_before(const struct pp_record *a, const struct pp_record *b)
{
    int64_t x = a->raw[RAW_INUSE_BYTES], y = b->raw[RAW_INUSE_BYTES];
    return x != y ? x < y : a->raw[RAW_ALLOC_BYTES] < b->raw[RAW_ALLOC_BYTES];
}

/* Shell sort in place: a few thousand records, and libc's qsort may call malloc. */
static void sort_by_inuse(struct pp_record *records, size_t count)
{
    for (size_t gap = count / 2; gap > 0; gap = gap == 2 ? 1 : gap * 5 / 11) {
        for (size_t i = gap; i < count; i++) {
            struct pp_record moving = records[i];
            size_t at = i;
            for (; at >= gap && is_before(&moving, &records[at - gap]); at -= gap) {
                records[at] = records[at - gap];
            }
            records[at] = moving;
        }
    }
}

static void write_values(struct pp_buf *out, const int64_t *raw)
{
    pp_buf_printf(out, "%lld: %lld [%lld: %lld] @", (long long)raw[RAW_INUSE_OBJECTS],
                  (long long)raw[RAW_INUSE_BYTES], (long long)raw[RAW_ALLOC_OBJECTS],
                  (long long)raw[RAW_ALLOC_BYTES]);
}

static void write_header(struct pp_buf *out, const struct pp_snapshot *snapshot)
{
    int64_t total[PP_VALUES_MAX] = { 0 };
    for (size_t i = 0; i < snapshot->count; i++) {
        for (int v = 0; v < PP_VALUES_MAX; v++) {
            total[v] += snapshot->records[i].raw[v];
        }
    }
    /* Readers take equal totals for a two-column profile; Go makes them differ, and so do we. */
    if (total[RAW_ALLOC_BYTES] == total[RAW_INUSE_BYTES]) {
        total[RAW_ALLOC_BYTES]++;
    }
    pp_buf_str(out, "heap profile: ");
    write_values(out, total);
    /* Twice the rate, as the format has meant it since its C++ days. */
    pp_buf_printf(out, " heap/%lld\n", (long long)(2 * snapshot->period));
}

static void write_bucket(struct pp_buf *out, const struct pp_record *record)
{
    struct pp_stack stack = pp_stack_get_sig(record->stack);
    write_values(out, record->raw);
    pp_text_pcs(out, stack.pcs, stack.count);
    pp_buf_char(out, '\n');
    pp_text_frames(out, stack.pcs, stack.count, true, true);
    pp_buf_char(out, '\n');
}

static void write_state(struct pp_buf *out)
{
    int blind;
    struct pp_heap_stats stats;
    struct pp_stacktab_stats stacks;
    pp_heap_stats(&stats);
    pp_stacktab_stats(&stacks);
    pp_buf_printf(out, "\n# %s\n", pp_heap_owner(&blind));
    if (stats.lost_live) {
        pp_buf_printf(out, "# %llu samples are missing from in use: more than %llu live at once\n",
                      (unsigned long long)stats.lost_live, (unsigned long long)stats.live_cap);
    }
    if (stats.lost_buckets) {
        pp_buf_printf(out, "# %llu samples are counted without a stack: more than %llu buckets\n",
                      (unsigned long long)stats.lost_buckets,
                      (unsigned long long)stats.bucket_cap);
    }
    if (stacks.lost) {
        pp_buf_printf(out, "# %llu stacks of all kinds did not fit into %llu bytes\n",
                      (unsigned long long)stacks.lost, (unsigned long long)stacks.bytes_cap);
    }
}

static int write_text(const struct pp_kind *kind, int debug, struct pp_buf *out,
                      struct pprof_error *error)
{
    (void)debug;
    struct pp_snapshot snapshot = { .arena = out->arena };
    int err = collect_heap(kind, &snapshot, error);
    if (err) {
        return err;
    }
    sort_by_inuse(snapshot.records, snapshot.count);
    write_header(out, &snapshot);
    for (size_t i = 0; i < snapshot.count; i++) {
        write_bucket(out, &snapshot.records[i]);
    }
    write_state(out);
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
