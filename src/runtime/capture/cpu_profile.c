#include "runtime/capture/cpu.h"
#include "runtime/capture/kind.h"

static int collect(const struct pp_kind *kind, struct pp_snapshot *snapshot,
                   struct pprof_error *error)
{
    (void)kind;
    return pp_cpu_peek(snapshot, error);
}

static int64_t count(const struct pp_kind *kind)
{
    struct pp_cpu_stats stats;
    (void)kind;
    pp_cpu_stats(&stats);
    return (int64_t)stats.ticks;
}

/* Written by "profile"; not found by name. collect is a look at the running profile. */
const struct pp_kind pp_kind_cpu = {
    .name = "profile",
    .description = "CPU profile: where the threads spend their time, for the given seconds.",
    .values = { { "samples", "count" }, { "cpu", "nanoseconds" } },
    .value_count = 2,
    .period = { "cpu", "nanoseconds" },
    .collect = collect,
    .count = count,
};
