#include "tool/report/graph_weights.h"

void pp_edge_weights_release(struct pp_edge_weights *w)
{
    pp_arena_release(&w->memory);
    w->slots = NULL;
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
    enum { FIRST = 1 << 14 };
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
    while (!w->failed && (w->used + more) * 4 >= w->slot_count * 3 && grow(w)) {
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

void pp_edge_weights_meet(struct pp_edge_weights *w)
{
    size_t count = has_room(w, w->step_count) ? w->step_count : 0;
    for (size_t i = 0; i < count; i++) {
        const struct pp_edge_step *step = &w->steps[i];
        struct pp_edge_weight *slot = find_or_add(w, step->src, step->dst, step->hash);
        if (slot->stamp != step->stamp) {
            slot->stamp = step->stamp;
            slot->weight += step->value;
            slot->is_called |= step->is_called;
        }
    }
    w->step_count = 0;
}

void pp_edge_weights_join(struct pp_edge_weights *w, const struct pp_edge_weights *from)
{
    w->failed |= from->failed;
    for (size_t i = 0; i < from->slot_count && has_room(w, 1); i++) {
        const struct pp_edge_weight *e = &from->slots[i];
        if (e->src != e->dst) {
            struct pp_edge_weight *to =
                find_or_add(w, e->src, e->dst, pp_edge_hash(e->src, e->dst));
            to->weight += e->weight;
            to->is_called |= e->is_called;
        }
    }
}
