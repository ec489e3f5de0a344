/* Go's "# runtime.MemStats" block, which ends heap?debug=1, with what these words mean in C.
 *
 *   Alloc, HeapAlloc, HeapObjects   live, by the sample        TotalAlloc, Mallocs, Frees   ever
 *   HeapSys, HeapInuse, HeapIdle, HeapReleased   what the allocator itself says
 *   Sys   resident and swapped      Stack   resident / reserved      MaxRSS   getrusage
 *   BuckHashSys, OtherSys   tables of the profiler: stacks and heap / the others
 *   everything of a collector, a span or a cache of Go's: 0
 */
#ifndef PP_CAPTURE_MEMSTATS_H
#define PP_CAPTURE_MEMSTATS_H

#include "base/buf.h"

/* Totals of the heap by the sample: estimates, unbiased. */
struct pp_heap_totals {
    uint64_t allocated_objects, allocated_bytes, inuse_objects, inuse_bytes;
};
void pp_heap_totals(struct pp_heap_totals *totals);

/* A field of /proc/self/status in bytes ("VmRSS:"), 0 when it is not there. */
uint64_t pp_status_bytes(const char *field);

/* This process as /proc/self/statm counts it, in bytes; zeros when that cannot be read. */
struct pp_own_memory {
    uint64_t space, resident, data;
};
void pp_own_memory(struct pp_own_memory *own);

/* Stacks of the threads that are known: address space and resident pages. */
void pp_stacks_size(uint64_t *reserved, uint64_t *resident);

/* Resident pages of a range of private memory, in bytes; 0 when the kernel does not tell. */
uint64_t pp_resident(uintptr_t start, uintptr_t limit);

/* Appends the block. Not in a handler. */
void pp_memstats_text(struct pp_buf *out);

#endif
