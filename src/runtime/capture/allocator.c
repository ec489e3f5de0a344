#include "runtime/capture/allocator.h"

#include "runtime/capture/malloc_real.h"

#include <malloc.h>
#include <stdbool.h>
#include <stddef.h>

/* Weak: there where the allocator is, absent elsewhere. */
extern struct mallinfo2 mallinfo2(void) __attribute__((weak));
extern int mallctl(const char *name, void *old, size_t *old_len, void *value, size_t len)
    __attribute__((weak));
extern int MallocExtension_GetNumericProperty(const char *property, size_t *value)
    __attribute__((weak));
extern void mi_process_info(size_t *elapsed_ms, size_t *user_ms, size_t *system_ms, size_t *rss,
                            size_t *peak_rss, size_t *commit, size_t *peak_commit, size_t *faults)
    __attribute__((weak));

static void ask_glibc(struct pp_allocator *out)
{
    struct mallinfo2 info = mallinfo2();
    *out = (struct pp_allocator){
        .name = "glibc",
        .in_use = info.uordblks + info.hblkhd,
        .free_bytes = info.fordblks,
        .held = info.arena + info.hblkhd,
        .trimmable = info.keepcost,
    };
}

static uint64_t jemalloc_number(const char *name)
{
    size_t value = 0, len = sizeof value;
    return mallctl(name, &value, &len, NULL, 0) == 0 && len == sizeof value ? value : 0;
}

/* False when it was built without statistics: it still has mallctl. */
static bool ask_jemalloc(struct pp_allocator *out)
{
    uint64_t epoch = 1;
    size_t len = sizeof epoch;
    (void)mallctl("epoch", &epoch, &len, &epoch, len); /* the numbers are as of this call */
    uint64_t allocated = jemalloc_number("stats.allocated");
    uint64_t metadata = jemalloc_number("stats.metadata");
    uint64_t resident = jemalloc_number("stats.resident");
    uint64_t used = allocated + metadata;
    *out = (struct pp_allocator){
        .name = "jemalloc",
        .in_use = allocated,
        .free_bytes = resident > used ? resident - used : 0,
        .overhead = metadata,
        .held = jemalloc_number("stats.mapped"),
        .released = jemalloc_number("stats.retained"),
    };
    return allocated != 0;
}

static uint64_t tcmalloc_number(const char *name)
{
    size_t value = 0;
    return MallocExtension_GetNumericProperty(name, &value) ? value : 0;
}

static bool ask_tcmalloc(struct pp_allocator *out)
{
    uint64_t released = tcmalloc_number("tcmalloc.pageheap_unmapped_bytes");
    uint64_t in_use = tcmalloc_number("generic.current_allocated_bytes");
    uint64_t held = tcmalloc_number("generic.heap_size");
    held = held > released ? held - released : 0;
    *out = (struct pp_allocator){
        .name = "tcmalloc",
        .in_use = in_use,
        .free_bytes = held > in_use ? held - in_use : 0,
        .held = held,
        .released = released,
    };
    return in_use != 0;
}

static bool ask_mimalloc(struct pp_allocator *out)
{
    size_t ignored, commit = 0;
    mi_process_info(&ignored, &ignored, &ignored, &ignored, &ignored, &commit, &ignored, &ignored);
    *out = (struct pp_allocator){ .name = "mimalloc", .held = commit };
    return commit != 0;
}

void pp_allocator_ask(struct pp_allocator *out)
{
    bool is_glibc;
    (void)pp_malloc_real_path(&is_glibc);
    if (is_glibc && mallinfo2) {
        ask_glibc(out);
    } else if (!is_glibc && ((mallctl && ask_jemalloc(out)) ||
                             (MallocExtension_GetNumericProperty && ask_tcmalloc(out)) ||
                             (mi_process_info && ask_mimalloc(out)))) {
        return;
    } else {
        *out = (struct pp_allocator){ .name = "" };
    }
}
