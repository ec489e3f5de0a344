#include "runtime/serve/memory.h"

#include "base/sort_in_place.h"
#include "base/extent.h"
#include "base/sys.h"
#include "pprof/error.h"
#include "runtime/capture/caller.h"
#include "runtime/capture/heap.h"
#include "runtime/capture/heap_tables.h"
#include "runtime/capture/mapping.h"
#include "runtime/capture/thread_private.h"
#include "runtime/unwind/module.h"
#include "runtime/unwind/vma.h"

#include <link.h>
#include <string.h>

/* Whose a range of anonymous memory is. Where two claim it, the first of these has it: a stack that
 * the program mapped is a stack, and buffers of ours may lie where something was unmapped unseen. */
enum claim_kind { CLAIM_OWN, CLAIM_STACK, CLAIM_HEAP, CLAIM_MAPPED, CLAIM_BSS };

struct counting {
    struct pp_arena *arena;
    struct pp_memory *memory;
    struct pp_extent *claims; /* what: of CLAIM_MAPPED and CLAIM_BSS the file's row */
    size_t claim_count, claim_cap;
    size_t next; /* claims before it end below the present mapping */
    uintptr_t *live; /* addresses of live sampled blocks, sorted */
    size_t live_count, live_cap;
    bool is_glibc;
    int err;
};

enum { NO_FILE = -1 }; /* no memory for its row */

/* ---- files and modules ---------------------------------------------------------------------- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Libraries that allocate and call on behalf of others. */
static bool is_runtime(const char *path)
{
    static const char *const names[] = {
        "libc.so", "libc-",      "ld-",      "ld.so",    "libstdc++",   "libgcc_s",    "libm.so",
        "libm-",   "libpthread", "libdl.so", "librt.so", "libjemalloc", "libtcmalloc",
        "libmimalloc",
    };
    const char *name = base_name(path);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strncmp(name, names[i], strlen(names[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* What the kernel lists may have been deleted since. */
static bool is_file_of(const struct pp_module *module, const char *listed)
{
    size_t len = module->path ? strlen(module->path) : 0;
    return len && strncmp(module->path, listed, len) == 0 &&
           (!listed[len] || strcmp(listed + len, " (deleted)") == 0);
}

static enum pp_memory_owner owner_of(const char *path)
{
    const struct pp_modules *modules = pp_modules_get_sig();
    for (size_t i = 0; i < modules->count; i++) {
        const struct pp_module *module = &modules->items[i];
        if (is_file_of(module, path)) {
            return module->is_program                        ? PP_MEMORY_BUSINESS
                   : pp_caller_is_ours_sig(module->start + 1) ? PP_MEMORY_TOOL
                   : is_runtime(path)                         ? PP_MEMORY_RUNTIME
                                                              : PP_MEMORY_OTHER;
        }
    }
    return is_runtime(path) ? PP_MEMORY_RUNTIME : PP_MEMORY_OTHER;
}

/* The row of that name, made when new; NO_FILE without memory. */
static int64_t file_index(struct counting *counting, const char *name)
{
    struct pp_memory *memory = counting->memory;
    for (size_t i = memory->file_count; i-- > 0;) { /* the mappings of a file are neighbours */
        if (strcmp(memory->files[i].name, name) == 0) {
            return (int64_t)i;
        }
    }
    const char *copy = pp_arena_strndup(counting->arena, name, strlen(name));
    if (!copy || pp_arena_reserve(counting->arena, &memory->files, &memory->file_cap,
                                  memory->file_count, sizeof *memory->files) != 0) {
        counting->err = PPROF_ERR_NOMEM;
        return NO_FILE;
    }
    memory->files[memory->file_count] =
        (struct pp_memory_file){ .name = copy, .owner = owner_of(name) };
    return (int64_t)memory->file_count++;
}

/* The module whose code wanted the memory: the innermost that is not a runtime's. Ours are the
 * frames of hooks, pthread_create's for one. */
static int64_t file_of_stack(struct counting *counting, pp_stack_id id)
{
    const char *path = "[code unknown]";
    struct pp_stack stack = pp_stack_get_sig(id);
    for (size_t i = 0; i < stack.count; i++) {
        const struct pp_module *module = pp_module_find_sig(stack.pcs[i] - 1);
        if (!module || !module->path || (!module->is_program && is_runtime(module->path))) {
            continue;
        }
        path = module->path;
        if (!pp_caller_is_ours_sig(stack.pcs[i] - 1)) {
            break;
        }
    }
    return file_index(counting, path);
}

/* ---- claims --------------------------------------------------------------------------------- */

/* `sequence`: of claims of one kind the later one has it. */
static void claim(struct counting *counting, uintptr_t start, uintptr_t limit, enum claim_kind kind,
                  int64_t file, uint32_t sequence)
{
    if (limit <= start ||
        pp_arena_reserve(counting->arena, &counting->claims, &counting->claim_cap,
                         counting->claim_count, sizeof *counting->claims) != 0) {
        counting->err = limit <= start ? counting->err : PPROF_ERR_NOMEM;
        return;
    }
    counting->claims[counting->claim_count++] = (struct pp_extent){
        .start = pp_sys_page_down(start), /* a page is one claim's */
        .limit = pp_sys_page_up(limit),
        .rank = (uint64_t)(CLAIM_BSS - kind) << 32 | sequence,
        .what = file < 0 ? 0 : (uint32_t)file,
    };
}

static enum claim_kind kind_of(const struct pp_extent *claim)
{
    return (enum claim_kind)(CLAIM_BSS - (claim->rank >> 32));
}

static void claim_own(struct counting *counting)
{
    struct pp_sys_range ranges[PP_SYS_RANGES_MAX];
    size_t count = pp_sys_own_ranges(ranges);
    for (size_t i = 0; i < count; i++) {
        claim(counting, ranges[i].start, ranges[i].limit, CLAIM_OWN, 0, 0);
    }
}

static void claim_stacks(struct counting *counting)
{
    struct pp_thread *threads;
    size_t count = pp_thread_slots(&threads);
    for (size_t i = 0; i < count; i++) {
        const struct pp_thread *thread = &threads[i];
        if (pp_load_acquire(&thread->state) != PP_THREAD_LIVE) {
            continue;
        }
        counting->memory->threads += !thread->is_ours;
        if (thread->tid != pp_sys_pid()) { /* the first thread's is named by the kernel */
            claim(counting, thread->bounds.low, thread->bounds.high,
                  thread->is_ours ? CLAIM_OWN : CLAIM_STACK, 0, 0);
        }
    }
}

static void claim_mappings(struct counting *counting)
{
    size_t room = pp_mapping_list(NULL, 0) + 64;
    struct pp_mapping *list = pp_arena_array(counting->arena, room, sizeof *list);
    size_t count = list ? pp_mapping_list(list, room) : 0;
    const struct pp_module *allocator = pp_mapping_allocator();
    counting->err = list ? counting->err : PPROF_ERR_NOMEM;
    for (size_t i = 0; i < count && i < room; i++) {
        bool is_heap = pp_mapping_is_of(&list[i], allocator);
        claim(counting, list[i].start, list[i].limit, is_heap ? CLAIM_HEAP : CLAIM_MAPPED,
              is_heap ? 0 : file_of_stack(counting, list[i].stack), list[i].sequence);
    }
}

/* The pages of a module's data that no file holds. The kernel merges them with anonymous memory
 * behind them, such as malloc's. */
static int claim_bss(struct dl_phdr_info *info, size_t size, void *ctx)
{
    struct counting *counting = ctx;
    const struct pp_module *module = NULL;
    (void)size;
    for (size_t i = 0; i < info->dlpi_phnum && !module; i++) {
        const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
        if (ph->p_type == PT_LOAD && ph->p_flags & PF_X) {
            module = pp_module_find_sig(info->dlpi_addr + ph->p_vaddr + ph->p_memsz / 2);
        }
    }
    for (size_t i = 0; i < info->dlpi_phnum && module && module->path; i++) {
        const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
        uintptr_t at = info->dlpi_addr + ph->p_vaddr;
        uintptr_t start = pp_sys_page_up(at + ph->p_filesz);
        uintptr_t limit = pp_sys_page_up(at + ph->p_memsz);
        if (ph->p_type == PT_LOAD && ph->p_memsz > ph->p_filesz && limit > start) {
            claim(counting, start, limit, CLAIM_BSS, file_index(counting, module->path), 0);
        }
    }
    return counting->err;
}

static bool is_lower(const uintptr_t *a, const uintptr_t *b)
{
    return *a < *b;
}

PP_SORT_IN_PLACE(sort_addresses, uintptr_t, is_lower)

/* ---- mappings ------------------------------------------------------------------------------- */

static int note_live(void *ctx, const struct pp_heap_live *live)
{
    struct counting *counting = ctx;
    int err = pp_arena_reserve(counting->arena, &counting->live, &counting->live_cap,
                               counting->live_count, sizeof *counting->live);
    if (!err) {
        counting->live[counting->live_count++] = live->address;
    }
    return err;
}

static bool holds_live(const struct counting *counting, const struct pp_vma *vma)
{
    size_t low = 0, high = counting->live_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (counting->live[middle] < vma->start) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < counting->live_count && counting->live[low] < vma->limit;
}

/* glibc's arenas beside the first begin at a multiple of 64 MiB with this; the arena itself lies
 * behind the first of its own. */
struct arena_head {
    uintptr_t arena, before; /* `before`: another such beginning, or 0 */
    size_t size, writable;
};

static bool is_arena(const struct counting *counting, const struct pp_vma *vma)
{
    enum { ARENA_MAX = 64 << 20 };
    struct arena_head head;
    if (!counting->is_glibc || !vma->writable || vma->start % ARENA_MAX != 0) {
        return false;
    }
    if (pp_sys_copy_safe(&head, (const void *)vma->start, sizeof head) != sizeof head) {
        return true; /* nobody may look here; it may well be */
    }
    return head.arena % ARENA_MAX >= sizeof head && head.arena % ARENA_MAX < pp_sys_page_size() &&
           head.before % ARENA_MAX == 0 && head.size && head.size <= head.writable &&
           head.writable <= ARENA_MAX;
}

static void give(struct counting *counting, const struct pp_extent *claim, uint64_t bytes)
{
    struct pp_memory *memory = counting->memory;
    switch (kind_of(claim)) {
    case CLAIM_OWN:
        memory->profiler += bytes;
        break;
    case CLAIM_STACK:
        memory->stacks += bytes;
        break;
    case CLAIM_HEAP:
        memory->heap += bytes;
        break;
    case CLAIM_MAPPED:
        memory->files[claim->what].map_bytes += bytes;
        break;
    case CLAIM_BSS:
        memory->files[claim->what].own_bytes += bytes;
        break;
    }
}

/* Resident bytes of the mapping that no claim took. */
static uint64_t after_claims(struct counting *counting, const struct pp_vma *vma)
{
    uint64_t left = vma->rss;
    while (counting->next < counting->claim_count &&
           counting->claims[counting->next].limit <= vma->start) {
        counting->next++;
    }
    for (size_t i = counting->next; left && i < counting->claim_count; i++) {
        const struct pp_extent *claim = &counting->claims[i];
        uintptr_t start = claim->start > vma->start ? claim->start : vma->start;
        uintptr_t limit = claim->limit < vma->limit ? claim->limit : vma->limit;
        if (claim->start >= vma->limit) {
            break;
        }
        if (limit > start) {
            bool all = start == vma->start && limit == vma->limit;
            uint64_t bytes = all ? left : pp_resident(start, limit);
            bytes = bytes < left ? bytes : left;
            give(counting, claim, bytes);
            left -= bytes;
        }
    }
    return left;
}

static void count_file(struct counting *counting, const struct pp_vma *vma, int64_t index)
{
    if (index >= 0) {
        struct pp_memory_file *file = &counting->memory->files[index];
        uint64_t own = vma->anonymous < vma->rss ? vma->anonymous : vma->rss;
        file->own_bytes += own;
        file->file_bytes += vma->rss - own;
        file->is_code |= vma->executable;
    }
}

static void count_anonymous(struct counting *counting, const struct pp_vma *vma)
{
    struct pp_memory *memory = counting->memory;
    uint64_t left = after_claims(counting, vma);
    bool is_heap = strcmp(vma->name, "[heap]") == 0;
    if (is_heap || is_arena(counting, vma) || holds_live(counting, vma)) {
        memory->heap += left;
    } else {
        memory->other += left;
    }
}

static int count_vma(void *ctx, const struct pp_vma *vma)
{
    struct counting *counting = ctx;
    struct pp_memory *memory = counting->memory;
    memory->resident += vma->rss;
    memory->swapped += vma->swap;
    if (vma->inode || vma->name[0] == '/') {
        count_file(counting, vma, file_index(counting, *vma->name ? vma->name : "[unnamed file]"));
    } else if (strncmp(vma->name, "[stack", 6) == 0) {
        memory->stacks += vma->rss;
    } else if (strncmp(vma->name, "[v", 2) == 0) { /* vdso, vvar, vsyscall */
        memory->kernel += vma->rss;
    } else {
        count_anonymous(counting, vma);
    }
    return counting->err;
}

/* ---- the heap's live part ------------------------------------------------------------------- */

/* The weights' sum has a standard error of about the root of rate times bytes. */
static uint64_t standard_error(uint64_t bytes)
{
    double square = (double)pp_heap_rate_get() * (double)bytes, root = square;
    for (int i = 0; square > 0 && i < 64; i++) {
        root = (root + square / root) / 2;
    }
    return (uint64_t)root;
}

static void count_live(struct counting *counting)
{
    struct pp_memory *memory = counting->memory;
    uint32_t count = pp_heap_bucket_count();
    for (uint32_t i = 0; i < count; i++) {
        const struct pp_heap_bucket *bucket = pp_heap_bucket_at(i);
        uint64_t bytes = pp_heap_bucket_in_use(bucket).bytes >> PP_HEAP_BYTES_SHIFT;
        if (bytes) {
            int64_t index = file_of_stack(counting, pp_heap_bucket_stack(bucket));
            memory->live += bytes;
            if (index >= 0) {
                memory->files[index].live_bytes += bytes;
            }
        }
    }
    memory->live_error = standard_error(memory->live);
}

int pp_memory_count(struct pp_arena *arena, struct pp_memory *memory)
{
    struct counting counting = { .arena = arena, .memory = memory };
    *memory = (struct pp_memory){ .page_tables = pp_status_bytes("VmPTE:"),
                                   .huge = pp_status_bytes("HugetlbPages:") };
    pp_modules_refresh();
    pp_allocator_ask(&memory->allocator);
    pp_heap_totals(&memory->totals);
    counting.is_glibc = strcmp(memory->allocator.name, "glibc") == 0;
    counting.err = pp_heap_live_each(note_live, &counting);
    sort_addresses(counting.live, counting.live_count);
    claim_own(&counting);
    claim_stacks(&counting);
    claim_mappings(&counting);
    (void)dl_iterate_phdr(claim_bss, &counting);
    if (counting.err || pp_extents_flatten(arena, &counting.claims, &counting.claim_count) != 0) {
        return PPROF_ERR_NOMEM;
    }
    count_live(&counting);
    memory->known = pp_vma_each(arena, true, count_vma, &counting) == 0;
    if (!memory->known) {
        memory->resident = pp_status_bytes("VmRSS:");
    }
    return counting.err;
}
