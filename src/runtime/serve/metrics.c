/* metrics: numbers of this process and of its profiles in Prometheus' text form, at /metrics and
 * /debug/pprof/metrics. Cheap enough for a scraper every second: no allocator is asked, no mapping
 * listed. process_* are the names that Prometheus' own client libraries use. */
#include "base/sys.h"
#include "runtime/capture/contention.h"
#include "runtime/capture/cpu.h"
#include "runtime/capture/custom.h"
#include "runtime/capture/exceptions.h"
#include "runtime/capture/fd.h"
#include "runtime/capture/heap.h"
#include "runtime/capture/heap_tables.h"
#include "runtime/capture/label.h"
#include "runtime/capture/lock_queue.h"
#include "runtime/capture/mapping.h"
#include "runtime/capture/memstats.h"
#include "runtime/capture/self.h"
#include "runtime/capture/thread.h"
#include "runtime/capture/thread_proc.h"
#include "runtime/capture/trace.h"
#include "runtime/serve/serve.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static void head(struct pp_buf *out, const char *name, const char *type, const char *help)
{
    pp_buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void gauge(struct pp_buf *out, const char *name, const char *help, uint64_t value)
{
    head(out, name, "gauge", help);
    pp_buf_printf(out, "%s %llu\n", name, (unsigned long long)value);
}

static void counter(struct pp_buf *out, const char *name, const char *help, uint64_t value)
{
    head(out, name, "counter", help);
    pp_buf_printf(out, "%s %llu\n", name, (unsigned long long)value);
}

static void seconds(struct pp_buf *out, const char *name, int64_t ns)
{
    pp_buf_printf(out, "%s %lld.%06lld\n", name, (long long)(ns / 1000000000),
                  (long long)(ns % 1000000000 / 1000));
}

static void labelled(struct pp_buf *out, const char *name, const char *label, const char *text,
                     uint64_t value)
{
    pp_buf_printf(out, "%s{%s=\"%s\"} %llu\n", name, label, text, (unsigned long long)value);
}

/* ---- process_ ------------------------------------------------------------------------------- */

static int64_t find_start_time_ns(void)
{
    char text[1024];
    struct timespec up;
    const char *start = pp_sys_read_file("/proc/self/stat", text, sizeof text) > 0
                            ? pp_proc_stat_field(text, PP_STAT_START_TICKS)
                            : NULL;
    if (!start || clock_gettime(CLOCK_BOOTTIME, &up) != 0) {
        return 0;
    }
    int64_t up_ns = (int64_t)up.tv_sec * 1000000000 + up.tv_nsec;
    int64_t ticks = strtoll(start, NULL, 10);
    return pp_sys_wall_ns() - up_ns + ticks * (1000000000 / sysconf(_SC_CLK_TCK));
}

/* Found once, since each time two clocks are read: a start that moves is taken for a restart. */
static int64_t start_time_ns(void)
{
    static int64_t found_ns;
    static pid_t found_for;
    if (pp_load_acquire(&found_for) != pp_sys_pid()) {
        pp_store_relaxed(&found_ns, find_start_time_ns());
        pp_store_release(&found_for, pp_sys_pid());
    }
    return pp_load_relaxed(&found_ns);
}

/* Prometheus' clients write the largest number for "no limit". */
static void add_process(struct pp_buf *out)
{
    struct timespec cpu = { 0, 0 };
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    head(out, "process_cpu_seconds_total", "counter", "User and system CPU time spent.");
    seconds(out, "process_cpu_seconds_total", (int64_t)cpu.tv_sec * 1000000000 + cpu.tv_nsec);
    head(out, "process_start_time_seconds", "gauge", "Start of the process since 1970.");
    seconds(out, "process_start_time_seconds", start_time_ns());
    gauge(out, "process_resident_memory_bytes", "Resident memory.", pp_status_bytes("VmRSS:"));
    gauge(out, "process_resident_memory_max_bytes", "Most resident memory so far.",
          pp_status_bytes("VmHWM:"));
    gauge(out, "process_virtual_memory_bytes", "Address space in use.", pp_status_bytes("VmSize:"));
    gauge(out, "process_virtual_memory_max_bytes", "Limit on address space.",
          pp_sys_limit(RLIMIT_AS));
    gauge(out, "process_swap_memory_bytes", "Memory swapped out.", pp_status_bytes("VmSwap:"));
    gauge(out, "process_open_fds", "Open descriptors.", (uint64_t)pp_fd_open_count());
    gauge(out, "process_max_fds", "Limit on open descriptors.", pp_sys_limit(RLIMIT_NOFILE));
    gauge(out, "process_threads", "Threads, the profiler's own left out.",
          (uint64_t)pp_threads_count());
}

/* ---- pprof_ --------------------------------------------------------------------------------- */

static void add_heap(struct pp_buf *out)
{
    struct pp_heap_totals totals;
    struct pp_heap_peak peak;
    pp_heap_totals(&totals);
    pp_heap_peak(&peak);
    gauge(out, "pprof_heap_inuse_bytes", "Heap allocated and not freed, estimated by sampling.",
          totals.inuse_bytes);
    gauge(out, "pprof_heap_inuse_objects", "Blocks allocated and not freed, estimated.",
          totals.inuse_objects);
    gauge(out, "pprof_heap_peak_bytes", "Most heap in use so far, estimated.",
          peak.peak_bytes >> PP_HEAP_BYTES_SHIFT);
    counter(out, "pprof_heap_allocated_bytes_total", "Heap ever allocated, estimated.",
            totals.allocated_bytes);
    counter(out, "pprof_heap_allocated_objects_total", "Blocks ever allocated, estimated.",
            totals.allocated_objects);
    gauge(out, "pprof_heap_sample_rate_bytes", "Mean bytes between two heap samples; 0 is off.",
          pp_heap_rate_get());
}

static void add_samples(struct pp_buf *out, const struct pp_heap_stats *heap,
                        const struct pp_cpu_stats *cpu)
{
    counter(out, "pprof_heap_samples_total", "Heap samples taken.", heap->samples);
    gauge(out, "pprof_cpu_profile_running", "1 while a CPU profile is taken.", cpu->running);
    gauge(out, "pprof_cpu_profile_samples", "Samples of the running or the last CPU profile.",
          cpu->ticks);
}

/* Counted, but without a stack. */
static uint64_t lost_events(const struct pp_sumtab *sums)
{
    return pp_load_relaxed(&sums->rest.count) >> PP_EVENT_SHIFT;
}

static void add_drops(struct pp_buf *out, const struct pp_heap_stats *heap,
                      const struct pp_cpu_stats *cpu)
{
    struct pp_stacktab_stats stacks;
    struct pp_label_stats labels;
    struct pp_custom_stats custom;
    struct pp_threads_stats threads;
    struct pp_fd_stats fds;
    struct pp_mapping_stats mappings;
    struct pp_lock_queue_stats queues;
    struct pp_trace_stats trace;
    pp_stacktab_stats(&stacks);
    pp_label_stats(&labels);
    pp_custom_stats(&custom);
    pp_threads_stats(&threads);
    pp_fd_stats(&fds);
    pp_mapping_stats(&mappings);
    pp_lock_queue_stats(&queues);
    pp_trace_stats(&trace);
    const struct {
        const char *table;
        uint64_t lost;
    } rows[] = {
        { "heap_live", heap->lost_live }, { "heap_buckets", heap->lost_buckets },
        { "cpu", cpu->lost },             { "stacks", stacks.lost },
        { "labels", labels.lost },        { "custom", custom.lost },
        { "threads", threads.lost },      { "fd", fds.lost },
        { "mmap", mappings.lost },        { "locks", queues.lost },
        { "trace", trace.lost },          { "block", lost_events(&pp_block_sums) },
        { "mutex", lost_events(&pp_mutex_sums) },
        { "exceptions", pp_load_relaxed(&pp_throw_sums.rest.count) },
    };
    head(out, "pprof_dropped_total", "counter", "What did not fit into a table of the profiler.");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        labelled(out, "pprof_dropped_total", "table", rows[i].table, rows[i].lost);
    }
    gauge(out, "pprof_stacks", "Distinct stacks kept.", stacks.stacks);
    gauge(out, "pprof_stack_table_bytes", "Bytes used by the table of stacks.", stacks.bytes_used);
}

void pp_call_metrics(struct pp_call *call)
{
    struct pp_buf *out = &call->body;
    struct pp_heap_stats heap;
    struct pp_cpu_stats cpu;
    pp_heap_stats(&heap);
    pp_cpu_stats(&cpu);
    call->response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    add_process(out);
    add_heap(out);
    add_samples(out, &heap, &cpu);
    add_drops(out, &heap, &cpu);
    counter(out, "pprof_threads_created_total", "Threads that the program ever created.",
            (uint64_t)pp_threads_created());
    gauge(out, "pprof_enabled", "1 while the profiler is on.", pp_load_relaxed(&pp_enabled));
    head(out, "pprof_info", "gauge", "The profiler itself.");
    labelled(out, "pprof_info", "version", PP_VERSION, 1);
}
