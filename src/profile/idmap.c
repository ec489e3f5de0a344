#include "profile/idmap.h"

#include "pprof/error.h"
#include "profile/sort.h"

#include <stdbool.h>
#include <string.h>

static uint64_t id_at(const void *records, size_t i, size_t stride)
{
    uint64_t id;
    memcpy(&id, (const char *)records + i * stride, sizeof(id));
    return id;
}

static int compare_pairs(const void *a, const void *b, void *ctx)
{
    (void)ctx;
    uint64_t x = ((const struct pp_id_pair *)a)->id, y = ((const struct pp_id_pair *)b)->id;
    return (x > y) - (x < y);
}

static struct pp_id_pair *sorted_pairs(struct pp_arena *arena, const void *records, size_t count,
                                       size_t stride)
{
    struct pp_id_pair *pairs = pp_arena_array(arena, count, sizeof(*pairs));
    if (!pairs) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        pairs[i] = (struct pp_id_pair){ id_at(records, i, stride), (uint32_t)i };
    }
    return pp_sort(pairs, count, sizeof(*pairs), compare_pairs, NULL, arena) == 0 ? pairs : NULL;
}

static bool are_in_order(const void *records, size_t count, size_t stride)
{
    bool same = count < UINT32_MAX;
    for (size_t i = 0; i < count && same; i++) {
        same = id_at(records, i, stride) == i + 1;
    }
    return same;
}

int pp_id_map_init(struct pp_id_map *map, struct pp_arena *arena, const void *records, size_t count,
                   size_t stride)
{
    *map = (struct pp_id_map){ .pair_count = count };
    if (are_in_order(records, count, stride)) {
        map->in_order = (uint32_t)count;
        return 0;
    }
    uint64_t highest = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t id = id_at(records, i, stride);
        highest = id > highest ? id : highest;
    }
    if (highest > (uint64_t)count * 4 + 1024) {
        map->pairs = sorted_pairs(arena, records, count, stride);
        return map->pairs ? 0 : PPROF_ERR_NOMEM;
    }
    map->dense_count = (size_t)highest + 1;
    map->dense = pp_arena_array(arena, map->dense_count, sizeof(*map->dense));
    for (size_t i = 0; map->dense && i < count; i++) {
        map->dense[id_at(records, i, stride)] = (uint32_t)i + 1;
    }
    return map->dense ? 0 : PPROF_ERR_NOMEM;
}

uint32_t pp_id_map_find_pair(const struct pp_id_map *map, uint64_t id)
{
    size_t low = 0, high = map->pair_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (map->pairs[middle].id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < map->pair_count && map->pairs[low].id == id ? map->pairs[low].index : UINT32_MAX;
}

uint64_t pp_id_twice(struct pp_arena *scratch, const void *records, size_t count, size_t stride)
{
    bool rising = true;
    for (size_t i = 1; i < count && rising; i++) {
        rising = id_at(records, i - 1, stride) < id_at(records, i, stride);
    }
    struct pp_id_pair *pairs = rising ? NULL : sorted_pairs(scratch, records, count, stride);
    for (size_t i = 1; pairs && i < count; i++) {
        if (pairs[i - 1].id == pairs[i].id) {
            return pairs[i].id;
        }
    }
    return 0;
}
