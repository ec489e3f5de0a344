/* The kind "mmap": what the table says was mapped, as far as the kernel says it still is. */
#include "base/err.h"
#include "base/extent.h"
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

enum { OURS = UINT32_MAX }; /* what of a extent that is no mapping of the program's */

struct collect {
    struct pp_snapshot *snapshot;
    const struct pp_mapping *list;
    uint64_t *mapped; /* bytes of each that the kernel knows */
    size_t count;
    struct pp_extent *extents; /* the list without overlaps */
    size_t extent_count, next; /* extents before next end below the kernel's present line */
};

/* Where two overlap, the older was unmapped unseen: it gives way. So it does to buffers of ours
 * that lie there by now. */
static int settle_overlaps(struct collect *collect)
{
    struct pp_sys_range own[PP_SYS_RANGES_MAX];
    size_t own_count = pp_sys_own_ranges(own), count = 0;
    struct pp_extent *extents =
        pp_arena_array(collect->snapshot->arena, collect->count + own_count, sizeof *extents);
    if (!extents) {
        return PPROF_ERR_NOMEM;
    }
    for (size_t i = 0; i < collect->count; i++) {
        const struct pp_mapping *one = &collect->list[i];
        extents[count++] = (struct pp_extent){ one->start, one->limit, one->sequence, (uint32_t)i };
    }
    for (size_t i = 0; i < own_count; i++) {
        extents[count++] = (struct pp_extent){ own[i].start, pp_sys_page_up(own[i].limit),
                                               UINT64_MAX, (uint32_t)OURS };
    }
    collect->extents = extents;
    collect->extent_count = count;
    return pp_extents_flatten(collect->snapshot->arena, &collect->extents, &collect->extent_count);
}

static void note_mapped(struct collect *collect, const struct pp_extent *extent, uint64_t bytes)
{
    if (extent->what != (uint32_t)OURS) {
        collect->mapped[extent->what] += bytes;
    }
}

static int note_vma(void *ctx, const struct pp_vma *vma)
{
    struct collect *collect = ctx;
    const struct pp_extent *extents = collect->extents;
    while (collect->next < collect->extent_count && extents[collect->next].limit <= vma->start) {
        collect->next++;
    }
    size_t count = collect->extent_count;
    for (size_t i = collect->next; i < count && extents[i].start < vma->limit; i++) {
        uintptr_t start = extents[i].start > vma->start ? extents[i].start : vma->start;
        uintptr_t limit = extents[i].limit < vma->limit ? extents[i].limit : vma->limit;
        note_mapped(collect, &extents[i], limit - start);
    }
    return 0;
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
    struct collect collect = { snapshot, list, mapped, count < room ? count : room, NULL, 0, 0 };
    if (settle_overlaps(&collect) != 0) {
        return pp_err_set(error, PPROF_ERR_NOMEM, "no memory to order %zu mappings", room);
    }
    if (pp_vma_each(snapshot->arena, false, note_vma, &collect) < 0) {
        for (size_t i = 0; i < collect.extent_count; i++) { /* no /proc: the table is believed */
            const struct pp_extent *one = &collect.extents[i];
            note_mapped(&collect, one, one->limit - one->start);
        }
    }
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
