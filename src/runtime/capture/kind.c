/* The table of profile kinds: the rows of this process and the custom ones. */
#include "runtime/capture/kind.h"

#include "runtime/capture/custom.h"

#include <string.h>

/* In name order. */
static const struct pp_kind *const static_kinds[] = {
    &pp_kind_allocs,
    &pp_kind_block,
    &pp_kind_exceptions,
    &pp_kind_fd,
    &pp_kind_goroutine,
    &pp_kind_heap,
    &pp_kind_mmap,
    &pp_kind_mutex,
    &pp_kind_peak,
    &pp_kind_threadcreate,
};
enum { STATIC_COUNT = sizeof static_kinds / sizeof *static_kinds, CUSTOM_MAX = 64 };

int pp_snapshot_add(struct pp_snapshot *snapshot, const struct pp_record *record)
{
    int err = pp_arena_reserve(snapshot->arena, &snapshot->records, &snapshot->cap,
                               snapshot->count, sizeof *record);
    if (err) {
        return err;
    }
    snapshot->records[snapshot->count++] = *record;
    return 0;
}

int pp_snapshot_add_pcs(struct pp_snapshot *snapshot, struct pp_record record,
                        const uintptr_t *pcs, size_t depth)
{
    record.stack = PP_STACK_NONE;
    record.depth = (uint32_t)depth;
    record.pcs = NULL;
    if (depth) {
        uintptr_t *copy = pp_arena_array(snapshot->arena, depth, sizeof *copy);
        if (!copy) {
            return PPROF_ERR_NOMEM;
        }
        memcpy(copy, pcs, depth * sizeof *copy);
        record.pcs = copy;
    }
    return pp_snapshot_add(snapshot, &record);
}

struct pp_stack pp_record_stack(const struct pp_record *record)
{
    return record->pcs ? (struct pp_stack){ .pcs = record->pcs, .count = record->depth }
                       : pp_stack_get_sig(record->stack);
}

static void insert_by_name(const struct pp_kind **kinds, size_t count, const struct pp_kind *kind)
{
    size_t at = count;
    while (at > 0 && strcmp(kinds[at - 1]->name, kind->name) > 0) {
        kinds[at] = kinds[at - 1];
        at--;
    }
    kinds[at] = kind;
}

size_t pp_kind_list(const struct pp_kind **kinds, size_t cap)
{
    const struct pp_kind *all[STATIC_COUNT + CUSTOM_MAX];
    memcpy(all, static_kinds, sizeof static_kinds);
    const struct pp_kind *custom[CUSTOM_MAX];
    size_t custom_count = pp_custom_kinds(custom, CUSTOM_MAX);
    size_t count = STATIC_COUNT;
    for (size_t i = 0; i < custom_count; i++) {
        insert_by_name(all, count++, custom[i]);
    }
    if (count > cap) {
        count = cap;
    }
    memcpy(kinds, all, count * sizeof *all);
    return count;
}

const struct pp_kind *pp_kind_find(const char *name)
{
    const struct pp_kind *all[STATIC_COUNT + CUSTOM_MAX];
    size_t count = pp_kind_list(all, STATIC_COUNT + CUSTOM_MAX);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(all[i]->name, name) == 0) {
            return all[i];
        }
    }
    return NULL;
}
