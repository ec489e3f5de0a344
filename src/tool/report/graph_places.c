#include "tool/report/graph_places.h"

static void look_at(struct pp_places *places, size_t location)
{
    const struct pp_graph *g = places->graph;
    const struct pp_frames *f = &g->frames;
    const uint8_t *wanted = places->wanted;
    struct pp_place *at = &places->items[location];
    unsigned is = 0;
    uint32_t last = f->first[location + 1];
    bool gap = false;
    for (uint32_t i = last; i-- > f->first[location];) {
        uint32_t node = f->ids[i];
        gap = !g->nodes[node].is_kept;
        if (gap) {
            continue;
        }
        if (is) {
            is |= PP_PLACE_MANY;
        } else {
            at->outer = node;
            is = PP_PLACE_ALIVE | (i + 1 != last ? PP_STEP_RESIDUAL | PP_STEP_INLINE : 0);
        }
        at->inner = node;
    }
    if (is) {
        is |= !wanted || wanted[at->outer] ? PP_PLACE_INTO : 0;
        is |= places->from_wanted && wanted && wanted[at->inner] ? PP_PLACE_FROM : 0;
        is |= gap ? PP_PLACE_GAP_BEHIND : 0;
    }
    if (is & PP_PLACE_MANY && last - f->first[location] == 2) {
        bool matters = at->outer != at->inner && pp_places_want(places, at->outer, at->inner);
        is = matters ? is | PP_PLACE_PAIR : is & ~(unsigned)PP_PLACE_MANY;
    }
    places->flags[location] = (uint8_t)is;
}

int pp_places_init(struct pp_places *places, const struct pp_graph *graph, const uint8_t *wanted,
                   bool from_wanted)
{
    size_t count = graph->view->p.location_count;
    *places = (struct pp_places){ .graph = graph, .wanted = wanted, .from_wanted = from_wanted };
    places->flags = pp_arena_alloc(graph->arena, count);
    places->items = pp_arena_array(graph->arena, count, sizeof(*places->items));
    if (!places->flags || !places->items) {
        return PPROF_ERR_NOMEM;
    }
    pp_places_look(places);
    return 0;
}

void pp_places_look(struct pp_places *places)
{
    for (size_t i = 0; i < places->graph->view->p.location_count; i++) {
        look_at(places, i);
    }
}

void pp_places_inside(const struct pp_places *places, uint32_t location, uint32_t depth,
                      pp_step_fn fn, void *ctx)
{
    const struct pp_graph *g = places->graph;
    const struct pp_frames *f = &g->frames;
    uint32_t parent = UINT32_MAX;
    unsigned gap = 0;
    for (uint32_t i = f->first[location + 1]; i-- > f->first[location];) {
        uint32_t node = f->ids[i];
        if (!g->nodes[node].is_kept) {
            gap = PP_STEP_RESIDUAL;
            continue;
        }
        if (parent != UINT32_MAX && parent != node && pp_places_want(places, parent, node)) {
            fn(ctx, (struct pp_step){ parent, node, depth, gap | PP_STEP_INLINE });
        }
        parent = node;
        gap = 0;
    }
}

size_t pp_sample_parts(const struct pprof_profile *p)
{
    enum { LEAST_FRAMES = 128 << 10 };
    size_t parts = p->loc_begin[p->sample_count] / LEAST_FRAMES + 1;
    return parts < PP_SAMPLE_PARTS ? parts : PP_SAMPLE_PARTS;
}
