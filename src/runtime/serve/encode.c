#include "runtime/serve/encode.h"

#include "base/err.h"
#include "base/table.h"
#include "profile/build.h"
#include "profile/wire.h"
#include "runtime/capture/label.h"
#include "runtime/serve/maps.h"
#include "runtime/unwind/jit.h"
#include "runtime/unwind/module.h"
#include "runtime/unwind/unwind.h"

#include <string.h>

/* A map from a 64-bit key to an index; grows by doubling in the arena. Key 0 is allowed. */
struct slot {
    uint64_t key;
    uint32_t value_plus1; /* 0: empty */
};

struct map {
    struct slot *slots;
    size_t count, slot_count; /* slot_count is a power of two */
};

struct encoder {
    struct pp_arena arena; /* scratch: maps and lists, not the profile */
    const struct pp_kind *kind;
    struct pp_build *build;
    struct pp_maps maps;
    struct map locations; /* address -> location */
    struct map functions; /* entry -> function */
    int failed;
    struct pp_jit jit; /* of this profile: read once for it */
};

static struct slot *map_probe(const struct map *map, uint64_t key)
{
    size_t at = (size_t)pp_hash_u64(key) & (map->slot_count - 1);
    while (map->slots[at].value_plus1 && map->slots[at].key != key) {
        at = (at + 1) & (map->slot_count - 1);
    }
    return &map->slots[at];
}

static bool map_grow(struct pp_arena *arena, struct map *map)
{
    struct map bigger = { .count = map->count,
                          .slot_count = map->slot_count ? map->slot_count * 2 : 1024 };
    bigger.slots = pp_arena_array(arena, bigger.slot_count, sizeof(struct slot));
    if (!bigger.slots) {
        return false;
    }
    for (size_t i = 0; i < map->slot_count; i++) {
        if (map->slots[i].value_plus1) {
            *map_probe(&bigger, map->slots[i].key) = map->slots[i];
        }
    }
    *map = bigger;
    return true;
}

/* The slot for key, new (value_plus1 0, to be filled in) or found. NULL without memory. */
static struct slot *map_slot(struct pp_arena *arena, struct map *map, uint64_t key)
{
    if (map->count * 2 >= map->slot_count && !map_grow(arena, map)) {
        return NULL;
    }
    struct slot *slot = map_probe(map, key);
    if (!slot->value_plus1) {
        slot->key = key;
        map->count++;
    }
    return slot;
}

/* ---- mappings, functions, locations --------------------------------------------------------- */

static uint32_t add_mapping(struct encoder *e, struct pp_map *map)
{
    if (map->mapping == PPROF_NONE) {
        struct pprof_mapping mapping = {
            .start = map->start,
            .limit = map->limit,
            .offset = map->offset,
            .filename = pp_build_cstr(e->build, map->file),
            .build_id = pp_build_cstr(e->build, map->build_id),
        };
        map->mapping = pp_build_mapping(e->build, &mapping);
    }
    return map->mapping;
}

static uint32_t add_function(struct encoder *e, uint64_t key, const char *name)
{
    struct slot *slot = map_slot(&e->arena, &e->functions, key);
    if (!slot) {
        e->failed = PPROF_ERR_NOMEM;
        return PPROF_NONE;
    }
    if (!slot->value_plus1) {
        uint32_t text = pp_build_cstr(e->build, name);
        struct pprof_function function = { .name = text, .system_name = text };
        slot->value_plus1 = pp_build_function(e->build, &function) + 1;
    }
    return slot->value_plus1 - 1;
}

static uint32_t new_location(struct encoder *e, uint64_t address)
{
    const char *name;
    uintptr_t entry;
    struct pprof_line line = { .function = PPROF_NONE };
    size_t lines = 0;
    struct pp_map *map = pp_maps_find(&e->maps, address);
    if (pp_module_symbol((uintptr_t)address, &name, &entry) ||
        (!pp_module_find_sig((uintptr_t)address) &&
         pp_jit_symbol(&e->jit, &e->arena, (uintptr_t)address, &name, &entry))) {
        line.function = add_function(e, entry, name);
        lines = 1;
    }
    return pp_build_location(e->build, 0, address, map ? add_mapping(e, map) : PPROF_NONE, &line,
                             lines, false);
}

static uint32_t location_of(struct encoder *e, uint64_t address)
{
    struct slot *slot = map_slot(&e->arena, &e->locations, address);
    if (!slot) {
        e->failed = PPROF_ERR_NOMEM;
        return 0;
    }
    if (!slot->value_plus1) {
        slot->value_plus1 = new_location(e, address) + 1;
    }
    return slot->value_plus1 - 1;
}

/* A location that is a sentence: what is known of a sample whose stack was lost. Its key is an
 * address that no code has. */
static uint32_t marker_location(struct encoder *e, uint64_t key, const char *name)
{
    struct slot *slot = map_slot(&e->arena, &e->locations, key);
    if (!slot) {
        e->failed = PPROF_ERR_NOMEM;
        return 0;
    }
    if (!slot->value_plus1) {
        struct pprof_line line = { .function = add_function(e, key, name) };
        slot->value_plus1 = pp_build_location(e->build, 0, 0, PPROF_NONE, &line, 1, false) + 1;
    }
    return slot->value_plus1 - 1;
}

/* The locations of a stack, leaf first: call sites, so a return address counts less 1. */
static size_t stack_locations(struct encoder *e, const struct pp_record *record,
                              uint32_t *locations)
{
    struct pp_stack stack = pp_record_stack(record);
    if (stack.count == 0) {
        locations[0] = record->stack == PP_STACK_FULL
                           ? marker_location(e, 1, "[stack table full]")
                           : marker_location(e, 2, "[stack unknown]");
        return 1;
    }
    size_t count = stack.count < PP_STACK_DEPTH_MAX ? stack.count : PP_STACK_DEPTH_MAX;
    for (size_t i = 0; i < count; i++) {
        bool is_exact = (i == 0 && !e->kind->leaf_is_return) || stack.pcs[i] == 0;
        locations[i] = location_of(e, is_exact ? stack.pcs[i] : stack.pcs[i] - 1);
    }
    return count;
}

/* ---- samples -------------------------------------------------------------------------------- */

enum { LABELS_MAX = 64 };

static size_t sample_labels(struct encoder *e, const struct pp_record *record,
                            struct pprof_label *labels)
{
    struct pp_label_set set = pp_label_set_get_sig(record->label_set);
    size_t count = 0;
    for (size_t i = 0; i < set.count && count < LABELS_MAX - 2; i++) {
        uint32_t key = pp_build_cstr(e->build, set.pairs[i].key);
        uint32_t value = pp_build_cstr(e->build, set.pairs[i].value);
        labels[count++] = (struct pprof_label){ .key = key, .str = value };
    }
    if (record->object_bytes) {
        labels[count++] = (struct pprof_label){ .key = pp_build_cstr(e->build, "bytes"),
                                                .num = record->object_bytes };
    }
    if (record->has_age) {
        labels[count++] = (struct pprof_label){ .key = pp_build_cstr(e->build, "age"),
                                                .num = record->age_s,
                                                .unit = pp_build_cstr(e->build, "seconds") };
    }
    return count;
}

static bool is_zero(const struct pp_record *record, size_t values)
{
    for (size_t i = 0; i < values; i++) {
        if (record->values[i]) {
            return false;
        }
    }
    return true;
}

static void add_sample(struct encoder *e, const struct pp_record *record)
{
    uint32_t locations[PP_STACK_DEPTH_MAX];
    struct pprof_label labels[LABELS_MAX];
    if (is_zero(record, e->kind->value_count)) {
        return;
    }
    size_t depth = stack_locations(e, record, locations);
    size_t label_count = sample_labels(e, record, labels);
    pp_build_sample(e->build, locations, depth, record->values, labels, label_count);
}

static uint64_t record_key(const struct pp_record *record)
{
    uint64_t key = pp_hash_u64(((uint64_t)record->stack << 32) | record->label_set);
    for (size_t i = 0; i < record->depth; i++) {
        key = pp_hash_u64(key ^ record->pcs[i]);
    }
    key = pp_hash_u64(key ^ (uint64_t)record->object_bytes);
    return record->has_age ? pp_hash_u64(key ^ (uint64_t)record->age_s) : key;
}

static bool is_same_stack(const struct pp_record *a, const struct pp_record *b)
{
    return a->stack == b->stack && a->depth == b->depth &&
           (a->depth == 0 || memcmp(a->pcs, b->pcs, a->depth * sizeof *a->pcs) == 0);
}

static bool is_same(const struct pp_record *a, const struct pp_record *b)
{
    return is_same_stack(a, b) && a->label_set == b->label_set &&
           a->object_bytes == b->object_bytes && a->has_age == b->has_age &&
           a->age_s == b->age_s;
}

/* Sums records of equal stack, labels and size into the first of them. Two that merely share their
 * 64-bit key stay apart. Writes the survivors to list, returns how many. */
static size_t merge_records(struct encoder *e, const struct pp_snapshot *snapshot,
                            struct pp_record *list)
{
    struct map seen = { .slots = NULL };
    size_t count = 0;
    for (size_t i = 0; i < snapshot->count; i++) {
        const struct pp_record *record = &snapshot->records[i];
        struct slot *slot = map_slot(&e->arena, &seen, record_key(record));
        if (!slot) {
            e->failed = PPROF_ERR_NOMEM;
            return 0;
        }
        if (slot->value_plus1 && is_same(&list[slot->value_plus1 - 1], record)) {
            for (size_t v = 0; v < PP_VALUES_MAX; v++) {
                list[slot->value_plus1 - 1].values[v] += record->values[v];
            }
            continue;
        }
        list[count++] = *record;
        slot->value_plus1 = (uint32_t)count;
    }
    return count;
}

static void add_samples(struct encoder *e, const struct pp_snapshot *snapshot)
{
    struct pp_record *list = pp_arena_array(&e->arena, snapshot->count, sizeof(*list));
    if (!list) {
        e->failed = PPROF_ERR_NOMEM;
        return;
    }
    size_t count = merge_records(e, snapshot, list);
    for (size_t i = 0; i < count && !e->failed; i++) {
        add_sample(e, &list[i]);
    }
}

static void add_types(struct encoder *e, const struct pp_snapshot *snapshot)
{
    const struct pp_kind *kind = e->kind;
    for (size_t i = 0; i < kind->value_count; i++) {
        pp_build_sample_type(e->build, kind->values[i].type, kind->values[i].unit);
    }
    pp_build_period(e->build, kind->period.type, kind->period.unit, snapshot->period);
    if (kind->default_sample_type) {
        pp_build_default_sample_type(e->build, kind->default_sample_type);
    }
    pp_build_times(e->build, snapshot->time_ns, snapshot->duration_ns);
}

int pp_encode_profile(const struct pp_kind *kind, const struct pp_snapshot *snapshot,
                      struct pprof_profile **profile, struct pprof_error *error)
{
    struct encoder e = { .kind = kind, .build = pp_build_new(0) };
    if (!e.build) {
        return pp_err_set(error, PPROF_ERR_NOMEM, "no memory for a profile");
    }
    pp_arena_init(&e.arena, 0);
    pp_maps_read(&e.arena, &e.maps);
    add_types(&e, snapshot);
    if (e.maps.program < e.maps.count) {
        add_mapping(&e, &e.maps.items[e.maps.program]);
    }
    add_samples(&e, snapshot);
    pp_arena_release(&e.arena);
    if (e.failed) {
        pp_build_free(e.build);
        return pp_err_set(error, e.failed, "no memory for a profile");
    }
    return pp_build_finish(e.build, profile, error);
}

int pp_encode_gzip(const struct pprof_profile *profile, int level, struct pp_buf *out,
                   struct pprof_error *error)
{
    struct pp_arena scratch;
    struct pp_buf plain;
    pp_arena_init(&scratch, 0);
    pp_buf_init(&plain, &scratch);
    int failed = pp_wire_encode(profile, &plain, error);
    if (!failed) {
        failed = pp_gzip(out, plain.data, plain.len, level, error);
    }
    pp_arena_release(&scratch);
    return failed;
}

int pp_encode_collect(const struct pp_kind *kind, struct pprof_profile **profile,
                      struct pprof_error *error)
{
    struct pp_arena scratch;
    pp_arena_init(&scratch, 0);
    struct pp_snapshot snapshot = { .arena = &scratch };
    pp_modules_rescan();
    int failed = kind->collect(kind, &snapshot, error);
    if (!failed) {
        failed = pp_encode_profile(kind, &snapshot, profile, error);
    }
    pp_arena_release(&scratch);
    return failed;
}
