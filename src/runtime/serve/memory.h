/* Where the resident memory of this process is.
 *
 *   /proc/self/smaps, mapping by mapping: resident bytes
 *     files -> their own rows     [stack], known stacks -> stacks     our ranges -> the profiler
 *     ranges of mmap's callers -> those callers' modules
 *     [heap], and where live sampled blocks lie -> the allocator -> live (by the sample), the rest
 *     what remains -> not accounted for
 *
 * Each resident byte is counted once. Where ranges of two kinds share a mapping (the kernel merges
 * neighbours), the pages of the known ones are asked for (mincore) and the rest is the rest's.
 *
 * Cost: the kernel's, 1 to 5 us a mapping, and the allocator's own count; for a page that somebody
 * asked for. Not in a handler.
 */
#ifndef PP_SERVE_MEMORY_H
#define PP_SERVE_MEMORY_H

#include "base/arena.h"
#include "runtime/capture/allocator.h"
#include "runtime/capture/memstats.h"

#include <stdbool.h>
#include <stdint.h>

/* Whose memory it is, in the order of suspicion. */
enum pp_memory_owner { PP_MEMORY_BUSINESS, PP_MEMORY_OTHER, PP_MEMORY_RUNTIME, PP_MEMORY_TOOL };

/* A file that is mapped, or a module whose code allocates. */
struct pp_memory_file {
    const char *name;
    enum pp_memory_owner owner;
    bool is_code;        /* some of it is executable */
    uint64_t file_bytes; /* resident pages of the file */
    uint64_t own_bytes;  /* resident pages that are no file's any more: data, bss, relocations */
    uint64_t live_bytes; /* heap in use that its code allocated, by the sample */
    uint64_t map_bytes;  /* resident in what its code mapped */
};

struct pp_memory {
    bool known; /* false without smaps: then only the status is */
    uint64_t resident, swapped;
    uint64_t heap, stacks, profiler, kernel, other; /* resident; kernel: vdso and its data */
    uint64_t page_tables, huge;                     /* beside: no part of resident */
    uint64_t live, live_error;  /* heap in use by the sample, and its standard error */
    size_t threads;             /* whose stacks are in `stacks` */
    struct pp_heap_totals totals;
    struct pp_allocator allocator;
    struct pp_memory_file *files;
    size_t file_count, file_cap;
};

/* Counts. Everything is in the arena. 0 or PPROF_ERR_NOMEM. */
int pp_memory_count(struct pp_arena *arena, struct pp_memory *memory)
    __attribute__((warn_unused_result));

#endif
