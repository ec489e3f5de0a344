/* self: what the profiler holds, lost and left out, so that a gap in a profile has a reason. */
#include "base/atomic.h"
#include "base/sys.h"
#include "runtime/capture/blocked.h"
#include "runtime/capture/contention.h"
#include "runtime/capture/cpu.h"
#include "runtime/capture/custom.h"
#include "runtime/capture/fd.h"
#include "runtime/capture/heap.h"
#include "runtime/capture/label.h"
#include "runtime/capture/malloc_jump.h"
#include "runtime/capture/mapping.h"
#include "runtime/capture/memstats.h"
#include "runtime/capture/lock_queue.h"
#include "runtime/capture/lock_words.h"
#include "runtime/capture/self.h"
#include "runtime/capture/stacktab.h"
#include "runtime/capture/thread.h"
#include "runtime/capture/trace.h"
#include "runtime/serve/oom.h"
#include "runtime/serve/record.h"
#include "runtime/serve/run_cpu.h"
#include "runtime/serve/serve.h"
#include "runtime/unwind/module.h"
#include "runtime/unwind/unwind.h"

static void line(struct pp_buf *out, const char *what, uint64_t value, const char *unit)
{
    pp_buf_printf(out, "  %-44s %12llu%s%s\n", what, (unsigned long long)value, *unit ? " " : "",
                  unit);
}

static void line_of(struct pp_buf *out, const char *what, uint64_t value, uint64_t cap)
{
    pp_buf_printf(out, "  %-44s %12llu of %llu\n", what, (unsigned long long)value,
                  (unsigned long long)cap);
}

static void add_heap(struct pp_buf *out)
{
    struct pp_heap_stats stats;
    int blind = 0;
    pp_heap_stats(&stats);
    pp_buf_printf(out, "heap: %s%s\n", pp_heap_owner(&blind), blind ? " (blind)" : "");
    line(out, "one sample on average every", pp_heap_rate_get(), "bytes");
    line(out, "hooks that jump straight to the allocator", pp_malloc_is_aimed() ? 2 : 0, "of 2");
    line(out, "samples taken", stats.samples, "");
    line(out, "frees of samples seen", stats.frees, "");
    line_of(out, "live samples", stats.live, stats.live_cap);
    line_of(out, "distinct stacks and sizes", stats.buckets, stats.bucket_cap);
    line(out, "samples lost, live table full", stats.lost_live, "");
    line(out, "samples lost, stack and size table full", stats.lost_buckets, "");
    line(out, "address space reserved", stats.bytes_reserved, "bytes");
}

static void add_stacks(struct pp_buf *out)
{
    struct pp_stacktab_stats table;
    struct pp_unwind_stats walks;
    pp_stacktab_stats(&table);
    pp_unwind_stats(&walks);
    pp_buf_str(out, "stacks:\n");
    line(out, "distinct stacks", table.stacks, "");
    line_of(out, "bytes used for them", table.bytes_used, table.bytes_cap);
    line(out, "stacks lost, table full", table.lost, "");
    line(out, "walks", walks.walks, "");
    line(out, "walks that lost their callers", walks.lost, "");
    line(out, "walks cut at the depth limit", walks.cut, "");
    line(out, "walks helped by a frame pointer", walks.guessed, "");
    line(out, "modules known", pp_modules_get_sig()->count, "");
    line(out, "bytes of unwind rules", walks.rows_bytes, "");
}

static void add_threads(struct pp_buf *out)
{
    struct pp_threads_stats stats;
    pp_threads_stats(&stats);
    pp_buf_str(out, "threads:\n");
    line(out, "threads, the profiler's own not counted", (uint64_t)pp_threads_count(), "");
    line_of(out, "places taken", stats.slots_used, stats.slot_cap);
    line(out, "threads that found no place", stats.lost, "");
}

static void add_locks(struct pp_buf *out)
{
    struct pp_lock_queue_stats queues;
    struct pprof_error error;
    size_t deadlocks;
    pp_lock_queue_stats(&queues);
    pp_buf_printf(out, "locks and waits%s:\n",
                  pp_block_io_get() ? "" : " (sleep, poll and blocking I/O not counted)");
    line_of(out, "kinds of mutex that hooks take themselves", pp_load_relaxed(&pp_mutex_kinds),
            PP_MUTEX_KINDS);
    line(out, "unlocks for each that is counted (mutex)", (uint64_t)pp_mutex_fraction(-1), "");
    line(out, "waits of so long are all counted (block)", (uint64_t)pp_block_rate(-1), "ns");
    line(out, "stacks that held others up", pp_load_relaxed(&pp_mutex_sums.used), "");
    line(out, "stacks that waited", pp_load_relaxed(&pp_block_sums.used), "");
    line(out, "counted without a stack, table full",
         (pp_mutex_sums.rest.count + pp_block_sums.rest.count) >> PP_EVENT_SHIFT, "");
    line_of(out, "locks with waiters now", queues.locks, queues.cap);
    line(out, "waits charged to nobody, table full", queues.lost, "");
    if (pp_blocked_deadlocks(out, &deadlocks, &error) == 0 && deadlocks == 0) {
        pp_buf_str(out, "  no deadlock\n");
    }
}

static void add_cpu(struct pp_buf *out)
{
    struct pp_cpu_stats stats;
    pp_cpu_stats(&stats);
    pp_buf_str(out, stats.running ? "cpu: a profile is running\n" : "cpu: no profile is running\n");
    line(out, "samples a second of CPU time", (uint64_t)pp_cpu_rate(0), "");
    line(out, "ticks of this or the last profile", stats.ticks, "");
    line(out, "ticks lost", stats.lost, "");
    line(out, "threads with a timer", stats.timers, "");
    line(out, "threads that got none", stats.timers_lost, "");
}

static void add_rest(struct pp_buf *out)
{
    struct pp_label_stats labels;
    struct pp_custom_stats custom;
    pp_label_stats(&labels);
    pp_custom_stats(&custom);
    pp_buf_str(out, "labels:\n");
    line_of(out, "label sets", labels.sets, labels.set_cap);
    line_of(out, "bytes used for them", labels.bytes_used, labels.bytes_cap);
    line(out, "label sets lost, table full", labels.lost, "");
    pp_buf_str(out, "custom profiles:\n");
    line(out, "profiles", custom.profiles, "");
    line(out, "values in them", custom.values, "");
    line(out, "values refused, table full", custom.lost, "");
}

static void add_trace(struct pp_buf *out)
{
    struct pp_trace_stats stats;
    pp_trace_stats(&stats);
    pp_buf_str(out, pp_load_relaxed(&pp_trace_on) ? "trace: on\n" : "trace: off\n");
    line_of(out, "chunks of events", stats.chunks_used, stats.chunk_cap);
    line(out, "chunks overwritten by newer events", stats.recycled, "");
    line(out, "events lost", stats.lost, "");
    line_of(out, "names of regions and tasks", stats.texts, stats.text_cap);
    line(out, "address space reserved", stats.bytes_reserved, "bytes");
}

static void add_open(struct pp_buf *out)
{
    struct pp_fd_stats fds;
    struct pp_mapping_stats mappings;
    pp_fd_stats(&fds);
    pp_mapping_stats(&mappings);
    pp_buf_str(out, fds.off ? "descriptors: off, no room for their table\n" : "descriptors:\n");
    line(out, "opened by calls that were seen", fds.noted, "");
    line(out, "closed by calls that were seen", fds.forgotten, "");
    line(out, "opened beyond the table", fds.lost, "");
    pp_buf_str(out, mappings.off ? "mappings: off, no room for their table\n" : "mappings:\n");
    line_of(out, "live, by calls that were seen", mappings.live, mappings.cap);
    line(out, "mapped by calls that were seen", mappings.noted, "");
    line(out, "mappings lost, table full", mappings.lost, "");
    line(out, "entries that stayed held for too long", mappings.contended, "");
}

static void add_files(struct pp_buf *out)
{
    struct pp_record_stats record;
    struct pp_oom_stats oom;
    pp_record_stats(&record);
    pp_oom_stats(&oom);
    pp_buf_str(out, record.running ? "profiles are recorded at an interval\n"
                                   : "no profiles are recorded at an interval\n");
    line(out, "rounds", record.rounds, "");
    line(out, "files written", record.files, "");
    line(out, "files that could not be written", record.failed, "");
    line(out, "old files removed", record.removed, "");
    pp_buf_str(out, oom.watching ? "memory is watched for its limit\n"
                                 : "memory is not watched for its limit\n");
    line(out, "looks", oom.looks, "");
    line(out, "of the limit used, at the last look", oom.percent, "%");
    line(out, "times that profiles were written", oom.written, "");
}

static void add_switches(struct pp_buf *out)
{
    bool on = pp_load_relaxed(&pp_enabled);
    pp_buf_str(out, on ? "profiling is on\n"
                       : "profiling is off: by pprof_enable(false), PPROF_OFF, or because it could "
                         "not start\n");
    if (on && pp_heap_rate_get() == 0) {
        pp_buf_str(out, "heap sampling is off: its rate is 0\n");
    }
    if (pp_run_cpu_is_on()) {
        pp_buf_str(out, "the whole run is being recorded into files\n");
    }
}

static void add_own_ranges(struct pp_buf *out)
{
    struct pp_sys_range ranges[PP_SYS_RANGES_MAX];
    size_t count = pp_sys_own_ranges(ranges);
    uint64_t mapped = 0, resident = 0;
    for (size_t i = 0; i < count; i++) {
        mapped += ranges[i].limit - ranges[i].start;
        resident += pp_resident(ranges[i].start, ranges[i].limit);
    }
    line(out, "mapped by the profiler in all", mapped, "bytes");
    line(out, "of it resident", resident, "bytes");
}

static void add_memory(struct pp_buf *out)
{
    struct pp_heap_stats heap;
    struct pp_stacktab_stats stacks;
    struct pp_label_stats labels;
    struct pp_custom_stats custom;
    struct pp_unwind_stats walks;
    pp_heap_stats(&heap);
    pp_stacktab_stats(&stacks);
    pp_label_stats(&labels);
    pp_custom_stats(&custom);
    pp_unwind_stats(&walks);
    pp_buf_str(out, "memory of the profiler (pages count when touched):\n");
    uint64_t tables = heap.bytes_reserved + stacks.bytes_cap + labels.bytes_cap;
    line(out, "reserved for heap, stacks, labels, custom", tables + custom.bytes_reserved, "bytes");
    line(out, "used by stacks, labels and unwind rules",
         stacks.bytes_used + labels.bytes_used + walks.rows_bytes, "bytes");
    add_own_ranges(out);
}

void pp_call_self(struct pp_call *call)
{
    struct pp_buf *out = &call->body;
    pp_buf_printf(out, "libpprof %s, process %d\n", PP_VERSION, (int)pp_sys_pid());
    add_switches(out);
    add_heap(out);
    add_stacks(out);
    add_threads(out);
    add_locks(out);
    add_cpu(out);
    add_trace(out);
    add_rest(out);
    add_open(out);
    add_files(out);
    add_memory(out);
}
