/* The kinds "block" and "mutex", and their texts in Go's form. */
#include "base/err.h"
#include "base/sort_in_place.h"
#include "base/sys.h"
#include "runtime/capture/blocked.h"
#include "runtime/capture/contention.h"
#include "runtime/capture/kind.h"
#include "runtime/capture/text.h"

enum { EVENTS, DELAY };

static struct pp_sumtab *table_of(const struct pp_kind *kind)
{
    return kind == &pp_kind_mutex ? &pp_mutex_sums : &pp_block_sums;
}

static int collect(const struct pp_kind *kind, struct pp_snapshot *snapshot,
                   struct pprof_error *error)
{
    struct pp_sum sum;
    snapshot->time_ns = pp_sys_wall_ns();
    snapshot->period = 1;
    for (size_t at = 0; pp_sumtab_next(table_of(kind), &at, &sum);) {
        uint64_t half = (uint64_t)1 << (PP_EVENT_SHIFT - 1);
        struct pp_record record = { .stack = pp_sum_stack(&sum) };
        record.values[EVENTS] = (int64_t)((sum.count + half) >> PP_EVENT_SHIFT);
        record.values[DELAY] = (int64_t)sum.amount;
        record.raw[EVENTS] = record.values[EVENTS];
        record.raw[DELAY] = record.values[DELAY];
        if (pp_snapshot_add(snapshot, &record) != 0) {
            return pp_err_set(error, PPROF_ERR_NOMEM, "no memory to list the stacks of %s",
                              kind->name);
        }
    }
    return 0;
}

static int64_t count_stacks(const struct pp_kind *kind)
{
    return (int64_t)pp_load_relaxed(&table_of(kind)->used);
}

/* ---- debug=1 ---- */

static bool is_longer(const struct pp_record *a, const struct pp_record *b)
{
    return a->raw[DELAY] > b->raw[DELAY];
}

PP_SORT_IN_PLACE(sort_by_delay, struct pp_record, is_longer)

/* Readers multiply by the sampling period, where there is one. */
static void write_records(struct pp_buf *out, const struct pp_snapshot *snapshot, int64_t period)
{
    for (size_t i = 0; i < snapshot->count; i++) {
        const struct pp_record *record = &snapshot->records[i];
        struct pp_stack stack = pp_stack_get_sig(record->stack);
        pp_buf_printf(out, "%lld %lld @", (long long)((record->raw[DELAY] + period / 2) / period),
                      (long long)((record->raw[EVENTS] + period / 2) / period));
        pp_text_pcs(out, stack.pcs, stack.count);
        pp_buf_char(out, '\n');
        pp_text_frames(out, stack.pcs, stack.count, false, true);
        pp_buf_char(out, '\n');
    }
}

static int write_text(const struct pp_kind *kind, int debug, struct pp_buf *out,
                      struct pprof_error *error)
{
    struct pp_snapshot snapshot = { .arena = out->arena };
    int err = collect(kind, &snapshot, error);
    (void)debug;
    if (err) {
        return err;
    }
    int period = kind == &pp_kind_mutex ? pp_mutex_fraction(-1) : 1;
    period = period ? period : 1;
    sort_by_delay(snapshot.records, snapshot.count);
    pp_buf_str(out, kind == &pp_kind_mutex ? "--- mutex:\n" : "--- contention:\n");
    pp_buf_str(out, "cycles/second=1000000000\n"); /* a cycle is a nanosecond here */
    if (kind == &pp_kind_mutex) {
        pp_buf_printf(out, "sampling period=%d\n", period);
    }
    write_records(out, &snapshot, period);
    if (kind == &pp_kind_block) {
        err = pp_blocked_write(out, error);
    }
    return err ? err : out->err;
}

#define CONTENTION                                                                                 \
    .values = { { "contentions", "count" }, { "delay", "nanoseconds" } }, .value_count = 2,        \
    .period = { "contentions", "count" }, .supports_delta = true, .collect = collect,              \
    .text = write_text, .count = count_stacks

const struct pp_kind pp_kind_block = {
    .name = "block",
    .description = "Where threads waited: for locks, conditions, semaphores, barriers and each "
                   "other. debug=1 ends with those that are waiting now, and who holds what they "
                   "want.",
    CONTENTION,
};

const struct pp_kind pp_kind_mutex = {
    .name = "mutex",
    .description = "Who kept others waiting: where contended locks were released",
    CONTENTION,
};
