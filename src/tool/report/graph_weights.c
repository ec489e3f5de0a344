#include "tool/report/graph_weights.h"

void pp_edge_weights_release(struct pp_edge_weights *w)
{
    pp_arena_release(&w->memory);
    pp_arena_release(&w->seen_memory);
    w->slots = NULL;
    w->seen = NULL;
    w->seen_count = 0;
    w->slot_count = w->mask = w->used = 0;
}

/* The edge's slot, or the free one where it belongs. */
static inline struct pp_edge_weight *slot_of(const struct pp_edge_weights *w, uint32_t src,
                                             uint32_t dst, uint32_t hash)
{
    size_t at = hash & w->mask;
    while (w->slots[at].src != w->slots[at].dst &&
           (w->slots[at].src != src || w->slots[at].dst != dst)) {
        at = (at + 1) & w->mask;
    }
    return &w->slots[at];
}

static bool grow(struct pp_edge_weights *w)
{
    enum { FIRST = 1 << 12 };
    struct pp_arena old_memory = w->memory;
    const struct pp_edge_weight *old = w->slots;
    size_t old_count = w->slot_count;
    pp_arena_init(&w->memory, 0);
    w->slot_count = old_count ? old_count * 2 : FIRST;
    w->mask = w->slot_count - 1;
    w->slots = pp_arena_array(&w->memory, w->slot_count, sizeof(*w->slots));
    for (size_t i = 0; w->slots && i < old_count; i++) {
        if (old[i].src != old[i].dst) {
            *slot_of(w, old[i].src, old[i].dst, pp_edge_hash(old[i].src, old[i].dst)) = old[i];
        }
    }
    pp_arena_release(&old_memory);
    w->failed |= !w->slots;
    return w->slots != NULL;
}

static bool has_room(struct pp_edge_weights *w, size_t more)
{
    while (!w->failed && (w->used + more) * 8 >= w->slot_count * 7 && grow(w)) {
    }
    return !w->failed;
}

static struct pp_edge_weight *find_or_add(struct pp_edge_weights *w, uint32_t src, uint32_t dst,
                                          uint32_t hash)
{
    struct pp_edge_weight *slot = slot_of(w, src, dst, hash);
    if (slot->src == slot->dst) {
        *slot = (struct pp_edge_weight){ .src = src, .dst = dst };
        w->used++;
    }
    return slot;
}

/* --- edges of one sample ---------------------------------------------------------------------- */

/* Free slots are those of samples before, so nothing has to be cleared. */
static bool grow_seen(struct pp_edge_weights *w)
{
    enum { FIRST = 128 };
    struct pp_arena old_memory = w->seen_memory;
    const struct pp_edge_seen *old = w->seen;
    size_t old_count = w->seen_count, mask = old_count ? old_count * 2 - 1 : FIRST - 1;
    pp_arena_init(&w->seen_memory, 0);
    w->seen = pp_arena_array(&w->seen_memory, mask + 1, sizeof(*w->seen));
    w->seen_count = mask + 1;
    for (size_t i = 0; w->seen && i < old_count; i++) {
        if (old[i].stamp == w->seen_stamp) {
            size_t at = pp_edge_hash(old[i].src, old[i].dst) & mask;
            while (w->seen[at].stamp) {
                at = (at + 1) & mask;
            }
            w->seen[at] = old[i];
        }
    }
    pp_arena_release(&old_memory);
    w->failed |= !w->seen;
    return w->seen != NULL;
}

/* True for the first step along an edge in its sample. */
static inline bool is_first(struct pp_edge_weights *w, const struct pp_edge_step *step)
{
    if (w->seen_stamp != step->stamp) {
        w->seen_stamp = step->stamp;
        w->seen_used = 0;
    }
    if (++w->seen_used * 2 > w->seen_count && !grow_seen(w)) {
        return false;
    }
    size_t mask = w->seen_count - 1, at = step->hash & mask;
    for (; w->seen[at].stamp == step->stamp; at = (at + 1) & mask) {
        if (w->seen[at].src == step->src && w->seen[at].dst == step->dst) {
            w->seen_used--;
            return false;
        }
    }
    w->seen[at] = (struct pp_edge_seen){ step->src, step->dst, step->stamp };
    return true;
}

void pp_edge_weights_meet(struct pp_edge_weights *w)
{
    size_t count = has_room(w, w->step_count) ? w->step_count : 0;
    for (size_t i = 0; i < count && !w->failed; i++) {
        const struct pp_edge_step *step = &w->steps[i];
        if (is_first(w, step)) {
            struct pp_edge_weight *slot = find_or_add(w, step->src, step->dst, step->hash);
            slot->weight += step->value;
            slot->is_called |= step->is_called;
        }
    }
    w->step_count = 0;
}

void pp_edge_weights_join(struct pp_edge_weights *w, const struct pp_edge_weights *from)
{
    w->failed |= from->failed;
    /* They come in the order of their hashes: in a table that only grows on the way they would pile
     * up at its beginning. */
    bool room = has_room(w, from->used);
    for (size_t i = 0; room && i < from->slot_count; i++) {
        const struct pp_edge_weight *e = &from->slots[i];
        if (e->src != e->dst) {
            struct pp_edge_weight *to =
                find_or_add(w, e->src, e->dst, pp_edge_hash(e->src, e->dst));
            to->weight += e->weight;
            to->is_called |= e->is_called;
        }
    }
}
