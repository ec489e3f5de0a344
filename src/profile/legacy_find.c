/* Which mapping an address lies in: of several that overlap the first.
 *
 * The addresses are known beforehand. They are the leaves of two trees, in order; a mapping is
 * noted at the few nodes that make up the leaves it covers, and an address asks the nodes above it:
 *
 *   node 1             [            ]       within: the first mapping that covers all leaves below
 *   nodes 2 3          [     ][     ]       before: the first whose start, less its offset, does so
 *   leaves count..     [a][b] [c][d]
 *
 * Mappings only ever grow, so that a note once made stays true.
 */
#include "profile/legacy.h"
#include "profile/sort.h"

#include <string.h>

struct finder {
    struct pp_arena arena;
    uint64_t *sorted;
    size_t count;
    uint32_t *within, *before;
};

static int by_value(const void *a, const void *b, void *ctx)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    (void)ctx;
    return (x > y) - (x < y);
}

/* How many of the addresses are below. */
static size_t rank(const struct finder *f, uint64_t address)
{
    size_t low = 0, high = f->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (f->sorted[middle] < address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void note(uint32_t *node, uint32_t map)
{
    *node = map < *node ? map : *node;
}

static void cover(const struct finder *f, uint32_t *tree, uint64_t start, uint64_t limit,
                  uint32_t map)
{
    size_t low = f->count + rank(f, start), high = f->count + rank(f, limit);
    for (; low < high; low /= 2, high /= 2) {
        if (low & 1) {
            note(&tree[low++], map);
        }
        if (high & 1) {
            note(&tree[--high], map);
        }
    }
}

static uint32_t first_over(const uint32_t *tree, size_t leaf)
{
    uint32_t first = PPROF_NONE;
    for (size_t at = leaf; at; at /= 2) {
        note(&first, tree[at]);
    }
    return first;
}

/* The first part of a mapping that was split, which some writers leave out. */
static void cover_before(const struct finder *f, const struct pp_legacy_map *m, uint32_t map)
{
    if (m->offset && m->offset <= m->start) {
        cover(f, f->before, m->start - m->offset, m->start, map);
    }
}

static bool init(struct finder *f, struct pp_legacy *l, const uint64_t *addresses, size_t count)
{
    pp_arena_init(&f->arena, l->arena.cap_bytes);
    f->count = count;
    f->sorted = pp_arena_array(&f->arena, count, sizeof(*f->sorted));
    f->within = pp_arena_array(&f->arena, count, 2 * sizeof(*f->within));
    f->before = pp_arena_array(&f->arena, count, 2 * sizeof(*f->before));
    if (!f->sorted || !f->within || !f->before) {
        return false;
    }
    memcpy(f->sorted, addresses, count * sizeof(*f->sorted));
    memset(f->within, 0xff, count * 2 * sizeof(*f->within));
    memset(f->before, 0xff, count * 2 * sizeof(*f->before));
    if (pp_sort(f->sorted, count, sizeof(*f->sorted), by_value, NULL, &f->arena)) {
        return false;
    }
    for (size_t i = 0; i < l->map_count; i++) {
        cover(f, f->within, l->maps[i].start, l->maps[i].limit, (uint32_t)i);
        cover_before(f, &l->maps[i], (uint32_t)i);
    }
    return true;
}

/* One for all: only the last address is in no mapping then, as limits are behind the end. */
static uint32_t catch_all(struct pp_legacy *l)
{
    const struct pp_legacy_map *last = l->map_count ? &l->maps[l->map_count - 1] : NULL;
    if (last && last->start == 0 && last->limit == UINT64_MAX) {
        return (uint32_t)l->map_count - 1;
    }
    if (pp_arena_reserve(&l->arena, &l->maps, &l->map_cap, l->map_count, sizeof(*l->maps))) {
        l->nomem = true;
        return PPROF_NONE;
    }
    l->maps[l->map_count] = (struct pp_legacy_map){ .limit = UINT64_MAX };
    return (uint32_t)l->map_count++;
}

static uint32_t find(struct finder *f, struct pp_legacy *l, uint64_t address)
{
    size_t leaf = f->count + rank(f, address);
    uint32_t map = first_over(f->within, leaf);
    if (map != PPROF_NONE) {
        return map;
    }
    map = first_over(f->before, leaf);
    if (map != PPROF_NONE) {
        struct pp_legacy_map *m = &l->maps[map];
        m->start -= m->offset;
        m->offset = 0;
    } else {
        map = catch_all(l);
    }
    if (!l->nomem) {
        cover(f, f->within, l->maps[map].start, l->maps[map].limit, map);
    }
    return map;
}

void pp_legacy_map_addresses(struct pp_legacy *l, const uint64_t *addresses, size_t count,
                             uint32_t *maps)
{
    struct finder f;
    l->nomem |= !init(&f, l, addresses, count);
    for (size_t i = 0; i < count && !l->nomem; i++) {
        if (maps[i] != PPROF_NONE) {
            maps[i] = find(&f, l, addresses[i]);
        }
    }
    pp_arena_release(&f.arena);
}
