/* The kind "mmap": what the table says was mapped, as far as the kernel says it still is. */
#include "base/err.h"
#include "base/sort_in_place.h"
#include "base/sys.h"
#include "runtime/capture/age.h"
#include "runtime/capture/kind.h"
#include "runtime/capture/label.h"
#include "runtime/capture/malloc_real.h"
#include "runtime/capture/mapping.h"
#include "runtime/capture/text.h"
#include "runtime/unwind/module.h"
#include "runtime/unwind/vma.h"

#include <string.h>

static const char *const kind_names[] = { "anonymous", "file", "shared" };

const struct pp_module *pp_mapping_allocator(void)
{
    bool is_glibc;
    (void)pp_malloc_real_path(&is_glibc);
    return is_glibc ? NULL : pp_module_find_sig((uintptr_t)pp_real.malloc);
}

bool pp_mapping_is_of(const struct pp_mapping *mapping, const struct pp_module *allocator)
{
    struct pp_stack stack = pp_stack_get_sig(mapping->stack);
    return allocator && stack.count && pp_module_find_sig(stack.pcs[0] - 1) == allocator;
}

/* ---- what is still mapped ------------------------------------------------------------------- */

static bool is_before(const struct pp_mapping *a, const struct pp_mapping *b)
{
    return a->start != b->start ? a->start < b->start : a->sequence < b->sequence;
}

PP_SORT_IN_PLACE(sort_by_start, struct pp_mapping, is_before)

/* Where two overlap, the older was unmapped unseen: it gives way. */
static void settle_overlaps(struct pp_mapping *list, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct pp_mapping *before = &list[i - 1], *here = &list[i];
        if (before->limit <= here->start) {
            continue;
        }
        if (before->sequence < here->sequence) {
            before->limit = here->start;
        } else {
            here->start = before->limit < here->limit ? before->limit : here->limit;
        }
    }
}

struct collect {
    struct pp_snapshot *snapshot;
    const struct pp_mapping *list;
    uint64_t *mapped; /* bytes of each that the kernel knows */
    size_t count, next; /* of list: those before next end below the kernel's present line */
};

static int note_vma(void *ctx, const struct pp_vma *vma)
{
    struct collect *collect = ctx;
    while (collect->next < collect->count && collect->list[collect->next].limit <= vma->start) {
        collect->next++;
    }
    for (size_t i = collect->next; i < collect->count && collect->list[i].start < vma->limit; i++) {
        const struct pp_mapping *one = &collect->list[i];
        uintptr_t start = one->start > vma->start ? one->start : vma->start;
        uintptr_t limit = one->limit < vma->limit ? one->limit : vma->limit;
        collect->mapped[i] += limit > start ? limit - start : 0;
    }
    return 0;
}

/* Where something was unmapped unseen, our own buffers may lie by now. */
static void leave_out_ours(struct collect *collect)
{
    struct pp_sys_range own[PP_SYS_RANGES_MAX];
    size_t count = pp_sys_own_ranges(own);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < collect->count; k++) {
            const struct pp_mapping *one = &collect->list[k];
            uintptr_t start = one->start > own[i].start ? one->start : own[i].start;
            uintptr_t own_limit = pp_sys_page_up(own[i].limit);
            uintptr_t limit = one->limit < own_limit ? one->limit : own_limit;
            uint64_t ours = limit > start ? limit - start : 0;
            collect->mapped[k] -= ours < collect->mapped[k] ? ours : collect->mapped[k];
        }
    }
}

static int add_records(struct collect *collect)
{
    const struct pp_module *allocator = pp_mapping_allocator();
    int64_t now = pp_sys_monotonic_coarse_ns();
    int err = 0;
    bool full;
    for (size_t i = 0; i < collect->count && !err; i++) {
        const struct pp_mapping *one = &collect->list[i];
        struct pprof_label_pair pair = { "kind", kind_names[one->kind % 3] };
        int64_t bytes = (int64_t)collect->mapped[i];
        if (!bytes || pp_mapping_is_of(one, allocator)) {
            continue;
        }
        struct pp_record record = {
            .stack = one->stack,
            .values = { 1, bytes },
            .raw = { 1, bytes },
            .label_set = pp_label_set_extend(0, &pair, 1, &full),
            .has_age = true,
            .age_s = pp_age_floor_s(pp_age_class(pp_age_since(one->born, now))),
        };
        err = pp_snapshot_add(collect->snapshot, &record);
    }
    return err;
}

static int collect_mappings(const struct pp_kind *kind, struct pp_snapshot *snapshot,
                            struct pprof_error *error)
{
    (void)kind;
    size_t room = pp_mapping_list(NULL, 0) + 64;
    struct pp_mapping *list = pp_arena_array(snapshot->arena, room, sizeof *list);
    uint64_t *mapped = pp_arena_array(snapshot->arena, room, sizeof *mapped);
    snapshot->time_ns = pp_sys_wall_ns();
    snapshot->period = 1;
    if (!list || !mapped) {
        return pp_err_set(error, PPROF_ERR_NOMEM, "no memory to list %zu mappings", room);
    }
    size_t count = pp_mapping_list(list, room);
    struct collect collect = { snapshot, list, mapped, count < room ? count : room, 0 };
    sort_by_start(list, collect.count);
    settle_overlaps(list, collect.count);
    if (pp_vma_each(snapshot->arena, false, note_vma, &collect) < 0) {
        /* no /proc: the table's word is taken */
        for (size_t i = 0; i < collect.count; i++) {
            mapped[i] = list[i].limit - list[i].start;
        }
    }
    leave_out_ours(&collect);
    return add_records(&collect) ? pp_err_set(error, PPROF_ERR_NOMEM, "no memory for mappings") : 0;
}

static int64_t count_mappings(const struct pp_kind *kind)
{
    (void)kind;
    return (int64_t)pp_mapping_list(NULL, 0);
}

/* ---- debug=1 -------------------------------------------------------------------------------- */

static void write_record(struct pp_buf *out, const struct pp_record *record)
{
    struct pp_stack stack = pp_record_stack(record);
    struct pp_label_set labels = pp_label_set_get_sig(record->label_set);
    pp_buf_printf(out, "%lld: %lld @", (long long)record->values[0], (long long)record->values[1]);
    pp_text_pcs(out, stack.pcs, stack.count);
    pp_buf_printf(out, "\n# labels: {\"age\":\"%llds\", \"kind\":\"%s\"}\n",
                  (long long)record->age_s, labels.count ? labels.pairs[0].value : "");
    pp_text_frames(out, stack.pcs, stack.count, true, true);
    pp_buf_char(out, '\n');
}

static int write_text(const struct pp_kind *kind, int debug, struct pp_buf *out,
                      struct pprof_error *error)
{
    (void)debug;
    struct pp_snapshot snapshot = { .arena = out->arena };
    int64_t bytes = 0;
    int err = kind->collect(kind, &snapshot, error);
    if (err) {
        return err;
    }
    for (size_t i = 0; i < snapshot.count; i++) {
        bytes += snapshot.records[i].values[1];
    }
    pp_buf_printf(out, "mmap profile: total %zu: %lld bytes\n", snapshot.count, (long long)bytes);
    for (size_t i = 0; i < snapshot.count; i++) {
        write_record(out, &snapshot.records[i]);
    }
    return out->err;
}

const struct pp_kind pp_kind_mmap = {
    .name = "mmap",
    .description = "Memory that is mapped now, by who mapped it: bytes and number of mappings",
    .values = { { "mappings", "count" }, { "space", "bytes" } },
    .value_count = 2,
    .period = { "space", "bytes" },
    .default_sample_type = "space",
    .collect = collect_mappings,
    .text = write_text,
    .count = count_mappings,
    .leaf_is_return = true,
};
