/* The debug=1 text of heap, allocs and peak. */
#include "runtime/capture/heap_text.h"

#include "base/sort_in_place.h"
#include "runtime/capture/heap.h"
#include "runtime/capture/memstats.h"
#include "runtime/capture/text.h"

static bool is_before(const struct pp_record *a, const struct pp_record *b)
{
    int64_t x = a->raw[RAW_INUSE_BYTES], y = b->raw[RAW_INUSE_BYTES];
    return x != y ? x < y : a->raw[RAW_ALLOC_BYTES] < b->raw[RAW_ALLOC_BYTES];
}

PP_SORT_IN_PLACE(sort_by_inuse, struct pp_record, is_before)

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
    if (record->has_age) {
        pp_buf_printf(out, "# age: %lld s or more\n", (long long)record->age_s);
    }
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

void pp_heap_text(struct pp_snapshot *snapshot, struct pp_buf *out)
{
    sort_by_inuse(snapshot->records, snapshot->count);
    write_header(out, snapshot);
    for (size_t i = 0; i < snapshot->count; i++) {
        write_bucket(out, &snapshot->records[i]);
    }
    write_state(out);
    pp_memstats_text(out);
}
