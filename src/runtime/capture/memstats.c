#include "runtime/capture/memstats.h"

#include "base/sys.h"
#include "runtime/capture/allocator.h"
#include "runtime/capture/heap.h"
#include "runtime/capture/heap_tables.h"
#include "runtime/capture/label.h"
#include "runtime/capture/thread_private.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>

void pp_heap_totals(struct pp_heap_totals *totals)
{
    uint64_t objects = 0, bytes = 0, live_objects = 0, live_bytes = 0;
    uint32_t count = pp_heap_bucket_count();
    for (uint32_t i = 0; i < count; i++) {
        const struct pp_heap_bucket *bucket = pp_heap_bucket_at(i);
        struct pp_heap_sum inuse = pp_heap_bucket_in_use(bucket);
        objects += pp_load_relaxed(&bucket->allocated.objects);
        bytes += pp_load_relaxed(&bucket->allocated.bytes);
        live_objects += inuse.objects;
        live_bytes += inuse.bytes;
    }
    *totals = (struct pp_heap_totals){
        objects >> PP_HEAP_COUNT_SHIFT, bytes >> PP_HEAP_BYTES_SHIFT,
        live_objects >> PP_HEAP_COUNT_SHIFT, live_bytes >> PP_HEAP_BYTES_SHIFT
    };
}

/* The line of groups before the memory fields may be long: what was looked through makes room, all
 * but a line's worth. */
uint64_t pp_status_bytes(const char *field)
{
    enum { LINE = 128 };
    char text[4096];
    size_t kept = 0;
    ssize_t n;
    const char *at = NULL;
    int fd = pp_sys_open_read("/proc/self/status");
    while (fd >= 0 && !at && (n = pp_sys_call(SYS_read, fd, (long)(text + kept),
                                              (long)(sizeof text - 1 - kept), 0, 0, 0)) > 0) {
        kept += (size_t)n;
        text[kept] = '\0';
        at = strstr(text, field);
        at = at && strchr(at, '\n') ? at : NULL;
        if (!at && kept > LINE) {
            memmove(text, text + kept - LINE, LINE);
            kept = LINE;
        }
    }
    if (fd >= 0) {
        pp_sys_close(fd);
    }
    return at ? strtoull(at + strlen(field), NULL, 10) << 10 : 0;
}

void pp_own_memory(struct pp_own_memory *own)
{
    /* size resident shared text lib data dt, in pages */
    uint64_t pages[6] = { 0 };
    char text[128], *at = text;
    ssize_t len = pp_sys_read_file("/proc/self/statm", text, sizeof text);
    for (int i = 0; len > 0 && i < 6; i++) {
        pages[i] = strtoull(at, &at, 10);
    }
    uint64_t page = pp_sys_page_size();
    *own = (struct pp_own_memory){ pages[0] * page, pages[1] * page, pages[5] * page };
}

uint64_t pp_resident(uintptr_t start, uintptr_t limit)
{
    unsigned char pages[4096];
    uintptr_t page = pp_sys_page_size();
    uint64_t count = 0;
    start &= ~(page - 1);
    while (start < limit) {
        uintptr_t size = limit - start;
        size = size < sizeof pages * page ? size : sizeof pages * page;
        if (pp_sys_call(SYS_mincore, (long)start, (long)size, (long)pages, 0, 0, 0) != 0) {
            return count * page; /* part of it is not mapped any more */
        }
        for (uintptr_t i = 0; i < (size + page - 1) / page; i++) {
            count += pages[i] & 1;
        }
        start += size;
    }
    return count * page;
}

void pp_stacks_size(uint64_t *reserved, uint64_t *resident)
{
    struct pp_thread *threads;
    size_t count = pp_thread_slots(&threads);
    *reserved = *resident = 0;
    for (size_t i = 0; i < count; i++) {
        struct pp_stack_bounds bounds = threads[i].bounds;
        if (pp_load_acquire(&threads[i].state) != PP_THREAD_LIVE || bounds.high <= bounds.low) {
            continue;
        }
        if (threads[i].tid == pp_sys_pid()) { /* grows as it is touched; its bounds are a limit */
            uint64_t size = pp_status_bytes("VmStk:");
            *reserved += size;
            *resident += size;
        } else {
            *reserved += bounds.high - bounds.low;
            *resident += pp_resident(bounds.low, bounds.high);
        }
    }
}

/* ---- the block ------------------------------------------------------------------------------ */

static void line(struct pp_buf *out, const char *name, uint64_t value)
{
    pp_buf_printf(out, "# %s = %llu\n", name, (unsigned long long)value);
}

static void pair(struct pp_buf *out, const char *name, uint64_t in_use, uint64_t held)
{
    pp_buf_printf(out, "# %s = %llu / %llu\n", name, (unsigned long long)in_use,
                  (unsigned long long)held);
}

static void zeros(struct pp_buf *out, const char *name)
{
    pp_buf_printf(out, "# %s = [", name);
    for (int i = 0; i < 256; i++) {
        pp_buf_str(out, i ? " 0" : "0");
    }
    pp_buf_str(out, "]\n");
}

static void add_heap(struct pp_buf *out)
{
    struct pp_heap_totals totals;
    struct pp_allocator allocator;
    pp_heap_totals(&totals);
    pp_allocator_ask(&allocator);
    line(out, "Alloc", totals.inuse_bytes);
    line(out, "TotalAlloc", totals.allocated_bytes);
    line(out, "Sys", pp_status_bytes("VmRSS:") + pp_status_bytes("VmSwap:"));
    line(out, "Lookups", 0);
    line(out, "Mallocs", totals.allocated_objects);
    line(out, "Frees", totals.allocated_objects - totals.inuse_objects);
    line(out, "HeapAlloc", totals.inuse_bytes);
    line(out, "HeapSys", allocator.held);
    line(out, "HeapIdle", allocator.free_bytes);
    line(out, "HeapInuse", allocator.in_use);
    line(out, "HeapReleased", allocator.released);
    line(out, "HeapObjects", totals.inuse_objects);
}

static void add_profiler(struct pp_buf *out)
{
    struct pp_heap_stats heap;
    struct pp_stacktab_stats stacks;
    struct pp_label_stats labels;
    pp_heap_stats(&heap);
    pp_stacktab_stats(&stacks);
    pp_label_stats(&labels);
    line(out, "BuckHashSys", heap.buckets * sizeof(struct pp_heap_bucket) + stacks.bytes_used);
    line(out, "GCSys", 0);
    line(out, "OtherSys", labels.bytes_used);
}

void pp_memstats_text(struct pp_buf *out)
{
    struct rusage usage = { .ru_maxrss = 0 };
    uint64_t reserved, resident;
    pp_buf_str(out, "\n# runtime.MemStats\n");
    add_heap(out);
    pp_stacks_size(&reserved, &resident);
    pair(out, "Stack", resident, reserved);
    pair(out, "MSpan", 0, 0);
    pair(out, "MCache", 0, 0);
    add_profiler(out);
    line(out, "NextGC", 0);
    line(out, "LastGC", 0);
    zeros(out, "PauseNs");
    zeros(out, "PauseEnd");
    line(out, "NumGC", 0);
    line(out, "NumForcedGC", 0);
    line(out, "GCCPUFraction", 0);
    pp_buf_str(out, "# DebugGC = false\n");
    (void)getrusage(RUSAGE_SELF, &usage);
    line(out, "MaxRSS", (uint64_t)usage.ru_maxrss << 10);
}
