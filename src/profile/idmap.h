/* From the ids of a file to indices. Nearly always records are numbered from 1 in the order they
 * stand in, which needs no memory; else a dense array where ids are small, or sorted pairs. */
#ifndef PP_PROFILE_IDMAP_H
#define PP_PROFILE_IDMAP_H

#include "base/arena.h"

#include <stdint.h>

struct pp_id_pair {
    uint64_t id;
    uint32_t index;
};

struct pp_id_map {
    uint32_t *dense; /* id -> index + 1; 0: no such id */
    size_t dense_count;
    struct pp_id_pair *pairs;
    size_t pair_count;
    uint32_t in_order; /* so many records, numbered from 1; then there is nothing else */
};

/* Maps the ids of count records, each stride bytes long with a uint64_t id in front, to their
 * places. A repeated id gives any of its places. 0 or PPROF_ERR_NOMEM. */
int pp_id_map_init(struct pp_id_map *map, struct pp_arena *arena, const void *records, size_t count,
                   size_t stride) __attribute__((warn_unused_result));

/* The lookup in the sorted pairs, for pp_id_map_find. */
uint32_t pp_id_map_find_pair(const struct pp_id_map *map, uint64_t id);

/* The index, or UINT32_MAX. */
static inline uint32_t pp_id_map_find(const struct pp_id_map *map, uint64_t id)
{
    if (map->in_order) {
        return id - 1 < map->in_order ? (uint32_t)id - 1 : UINT32_MAX;
    }
    if (map->dense) {
        return id < map->dense_count ? map->dense[id] - 1 : UINT32_MAX;
    }
    return pp_id_map_find_pair(map, id);
}

/* The smallest id that occurs twice among the records, or 0; 0 also when memory is out. */
uint64_t pp_id_twice(struct pp_arena *scratch, const void *records, size_t count, size_t stride);

#endif
