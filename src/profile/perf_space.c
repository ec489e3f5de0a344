#include "profile/perf_space.h"

#include "base/table.h"

#include <string.h>

enum {
    MAX_MAPS = 1 << 20,
    MAX_PROCESSES = 1 << 20,
    MAX_PARENTS = 16,
    MAX_PLACES = 1 << 23,
    MAX_MOVES = 1 << 30, /* under a second; 100,000 processes of a build make some millions */
};

void pp_perf_space_init(struct pp_perf_space *space, struct pp_arena *arena)
{
    memset(space, 0, sizeof(*space));
    space->arena = arena;
}

/* --- processes ---------------------------------------------------------------------------- */

static void grow(struct pp_perf_space *s)
{
    size_t slots = s->mask ? (s->mask + 1) * 2 : 256;
    s->slots = pp_arena_array(s->arena, slots, sizeof(*s->slots));
    s->failed |= !s->slots;
    s->mask = slots - 1;
    for (size_t i = 0; !s->failed && i < s->process_count; i++) {
        size_t at = pp_hash_key(s->processes[i].pid) & s->mask;
        while (s->slots[at]) {
            at = (at + 1) & s->mask;
        }
        s->slots[at] = (uint32_t)i + 1;
    }
}

struct pp_perf_process *pp_perf_process(struct pp_perf_space *s, uint32_t pid)
{
    if (s->process_count * 2 >= s->mask) {
        grow(s);
    }
    if (s->failed) {
        return NULL;
    }
    size_t at = pp_hash_key(pid) & s->mask;
    while (s->slots[at] && s->processes[s->slots[at] - 1].pid != pid) {
        at = (at + 1) & s->mask;
    }
    if (!s->slots[at]) {
        if (s->process_count >= MAX_PROCESSES ||
            pp_arena_reserve(s->arena, &s->processes, &s->process_cap, s->process_count,
                             sizeof(*s->processes))) {
            s->failed = true;
            return NULL;
        }
        s->processes[s->process_count++] = (struct pp_perf_process){ .pid = pid };
        s->slots[at] = (uint32_t)s->process_count;
    }
    return &s->processes[s->slots[at] - 1];
}

/* --- places ------------------------------------------------------------------------------- */

/* The first place that ends behind the address; place_count when there is none. */
static size_t bisect(const struct pp_perf_process *p, uint64_t address)
{
    size_t low = 0, high = p->place_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (p->places[middle].limit <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Room for `count` more places; false when the cap of all is reached, or memory is out. */
static bool reserve(struct pp_perf_space *s, struct pp_perf_process *p, size_t count)
{
    size_t wanted = p->place_count + count;
    if (wanted <= p->place_cap) {
        return true;
    }
    size_t cap = wanted * 2 < 32 ? 32 : wanted * 2;
    if (cap > MAX_PLACES - s->reserved) {
        return false;
    }
    struct pp_perf_place *places = pp_arena_array(s->arena, cap, sizeof(*places));
    if (!places) {
        s->failed = true;
        return false;
    }
    if (p->place_count) {
        memcpy(places, p->places, p->place_count * sizeof(*places));
    }
    s->reserved += cap;
    p->places = places;
    p->place_cap = cap;
    return true;
}

/* Whether so many places may still be moved or copied: it is their number that would grow with the
 * square of the file's size. */
static bool may_move(struct pp_perf_space *s, size_t count)
{
    if (count > MAX_MOVES - s->moves) {
        return false;
    }
    s->moves += count;
    return true;
}

/* Puts a place where [start, limit) is; of what was there, the ends that stick out remain. */
static bool put_place(struct pp_perf_space *s, struct pp_perf_process *p,
                      struct pp_perf_place place)
{
    struct pp_perf_place made[3];
    size_t count = 0, first = bisect(p, place.start), last = first;
    while (last < p->place_count && p->places[last].start < place.limit) {
        last++;
    }
    if (!may_move(s, p->place_count - last)) {
        return false;
    }
    if (last > first && p->places[first].start < place.start) {
        made[count] = p->places[first];
        made[count++].limit = place.start;
    }
    made[count++] = place;
    if (last > first && p->places[last - 1].limit > place.limit) {
        made[count] = p->places[last - 1];
        made[count++].start = place.limit;
    }
    memmove(p->places + first + count, p->places + last,
            (p->place_count - last) * sizeof(*p->places));
    memcpy(p->places + first, made, count * sizeof(*made));
    p->place_count = p->place_count - (last - first) + count;
    return true;
}

void pp_perf_space_map(struct pp_perf_space *s, uint32_t pid, const struct pp_perf_map *map)
{
    struct pp_perf_process *p = pp_perf_process(s, pid);
    if (!p || map->limit <= map->start || s->map_count >= MAX_MAPS || !reserve(s, p, 2)) {
        return;
    }
    if (pp_arena_reserve(s->arena, &s->maps, &s->map_cap, s->map_count, sizeof(*s->maps))) {
        s->failed = true;
        return;
    }
    struct pp_perf_place place = { map->start, map->limit, (uint32_t)s->map_count };
    if (!put_place(s, p, place)) {
        return;
    }
    s->maps[s->map_count++] = *map;
    p->first_map = p->first_map ? p->first_map : (uint32_t)s->map_count;
}

void pp_perf_space_fork(struct pp_perf_space *s, uint32_t pid, uint32_t parent)
{
    struct pp_perf_process *from = pp_perf_process(s, parent);
    struct pp_perf_process old = from ? *from : (struct pp_perf_process){ 0 };
    struct pp_perf_process *to = from && pid != parent ? pp_perf_process(s, pid) : NULL;
    if (!to) {
        return;
    }
    to->parent = parent;
    to->has_parent = true;
    to->comm = to->comm ? to->comm : old.comm;
    to->first_map = to->first_map ? to->first_map : old.first_map;
    if (!to->place_count && old.place_count && reserve(s, to, old.place_count) &&
        may_move(s, old.place_count)) {
        memcpy(to->places, old.places, old.place_count * sizeof(*old.places));
        to->place_count = old.place_count;
    }
}

void pp_perf_space_exec(struct pp_perf_space *s, uint32_t pid)
{
    struct pp_perf_process *p = pp_perf_process(s, pid);
    if (p) {
        p->place_count = 0;
        p->first_map = 0;
        p->has_parent = false;
    }
}

static struct pp_perf_map *find_in(struct pp_perf_space *s, const struct pp_perf_process *p,
                                   uint64_t address)
{
    size_t at = bisect(p, address);
    bool found = at < p->place_count && p->places[at].start <= address;
    return found ? &s->maps[p->places[at].map] : NULL;
}

struct pp_perf_map *pp_perf_space_find(struct pp_perf_space *s, uint32_t pid, uint64_t address)
{
    for (int hops = 0; hops < MAX_PARENTS; hops++) {
        const struct pp_perf_process *p = pp_perf_process(s, pid);
        struct pp_perf_map *map = p ? find_in(s, p, address) : NULL;
        if (map || !p || pid == PP_PERF_KERNEL) {
            return map;
        }
        pid = p->has_parent ? p->parent : PP_PERF_KERNEL;
    }
    return NULL;
}
