/* How the calls into each shown node are made, inlined or not: all that top wants to know of edges.
 *
 *   pass 1   sums weights by hash, in memory that fits the cache: a bound for the edges there
 *   pass 2   weighs exactly the edges that may be heavy; of a million a few hundred are left
 *
 * Where hardly any edge is light (differences, whose total is small), two passes before the second
 * settle most nodes: one weighs the edges that are somewhere inlined, which are known beforehand
 * and few, for only nodes that one of them makes inlined matter; one weighs a sixteenth of all.
 *
 * There, too, sharing out samples would make a table of all edges for each
 * part; then the edges are shared out instead. */
#include "base/jobs.h"
#include "tool/report/graph_places.h"
#include "tool/report/graph_weights.h"

#include <string.h>

enum { BOUND_BITS = 17, BOUNDS = 1 << BOUND_BITS, BOUND_MOST = 1 << 30, SHARES = 2 };

struct part { /* of the samples, or of the edges */
    struct pp_edge_weights weights;
    uint32_t *sums, *inside, weight, stamp;
    int64_t value;
};

struct finder {
    struct pp_graph *graph;
    struct pp_places places;
    struct pp_arena scratch;
    unsigned shift;
    uint8_t *heavy; /* bits by hash: an edge there may be heavy; NULL: any may be */
    uint8_t *open;  /* by node: any edge into it may be; NULL: none because of that */
    bool by_edge;   /* parts are of the edges */
    size_t part_count;
    struct part parts[PP_SAMPLE_PARTS];
};

/* A cheap hash, of which the upper bits are good. */
static inline uint32_t bound_of(uint32_t parent, uint32_t node)
{
    return (parent * 0x9e3779b1u + node * 0x85ebca77u) >> (32 - BOUND_BITS);
}

/* --- pass 1 ----------------------------------------------------------------------------------- */

static inline void bound(uint32_t *sum, uint32_t weight)
{
    uint32_t more = *sum + weight;
    *sum = more < BOUND_MOST ? more : BOUND_MOST;
}

static void bound_step(void *ctx, uint32_t parent, uint32_t node, unsigned how)
{
    const struct part *part = ctx;
    (void)how;
    bound(&part->sums[bound_of(parent, node)], part->weight);
}

/* Steps that do not matter count as well: a bound may be too high. What is inlined at a place
 * weighs as much as the place, and is added at the end. */
static void bound_sample(const struct finder *f, const struct part *part, size_t sample)
{
    const struct pprof_profile *p = &f->graph->view->p;
    const struct pp_place *items = f->places.items;
    const uint32_t *locs = p->sample_locs, begin = p->loc_begin[sample];
    uint32_t k = p->loc_begin[sample + 1], parent = 0, kept[PP_PLACES_CHUNK];
    while (k > begin) {
        size_t n = pp_places_gather(f->places.flags, locs, begin, &k, kept);
        for (size_t i = 0; i < n; i++) {
            uint32_t location = locs[kept[i]];
            bound(&part->sums[bound_of(parent, items[location].outer)], part->weight);
            bound(&part->inside[location], part->weight);
            parent = items[location].inner;
        }
    }
}

/* Weights are rounded up to units that fit 32 bits. */
static void bound_part(void *ctx, size_t number)
{
    struct finder *f = ctx;
    const struct pprof_profile *p = &f->graph->view->p;
    struct part *part = &f->parts[number];
    size_t last = pp_sample_part(p, number + 1, f->part_count);
    for (size_t i = pp_sample_part(p, number, f->part_count); i < last; i++) {
        int64_t value = p->values[i * p->sample_type_count + f->graph->options.value_index];
        uint64_t weight = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
        weight = (weight >> f->shift) + 1;
        part->weight = weight < BOUND_MOST ? (uint32_t)weight : BOUND_MOST;
        if (value) {
            bound_sample(f, part, i);
        }
    }
    for (uint32_t l = 0; l < p->location_count; l++) {
        part->weight = part->inside[l];
        if (part->weight && f->places.flags[l] & PP_PLACE_MANY) {
            pp_places_inside(&f->places, l, bound_step, part);
        }
    }
}

static void find_heavy(struct finder *f, uint64_t cutoff)
{
    size_t found = 0;
    for (size_t i = 0; i < BOUNDS; i++) {
        uint64_t sum = 0;
        for (size_t k = 0; k < f->part_count; k++) {
            sum += f->parts[k].sums[i];
        }
        f->heavy[i / 8] |= (uint8_t)((sum >= cutoff) << i % 8);
        found += sum >= cutoff;
    }
    f->by_edge = found > BOUNDS / 16;
}

/* Threads are not worth it for small profiles, as their tables would have to be joined. */
static size_t parts_for(const struct pprof_profile *p)
{
    enum { SMALL = 1 << 19 };
    return p->loc_begin[p->sample_count] < SMALL ? 1 : pp_sample_parts(p);
}

/* Not worth it for small profiles. */
static int bound_edges(struct finder *f)
{
    const struct pprof_profile *p = &f->graph->view->p;
    enum { WORTH_IT = 1 << 20, PRECISE = 1 << 20 };
    uint64_t cutoff = (uint64_t)f->graph->edge_cutoff;
    f->part_count = parts_for(p);
    if (f->graph->edge_cutoff <= 0 || p->loc_begin[p->sample_count] < WORTH_IT) {
        return 0;
    }
    while (cutoff >> f->shift > PRECISE) {
        f->shift++;
    }
    f->heavy = pp_arena_alloc(&f->scratch, BOUNDS / 8);
    bool there = f->heavy != NULL;
    for (size_t i = 0; i < f->part_count; i++) {
        struct part *part = &f->parts[i];
        part->sums = pp_arena_array(&f->scratch, BOUNDS, sizeof(*part->sums));
        part->inside = pp_arena_array(&f->scratch, p->location_count, sizeof(*part->inside));
        there &= part->sums && part->inside;
    }
    if (!there) {
        return PPROF_ERR_NOMEM;
    }
    pp_jobs_run(f->part_count, bound_part, f);
    find_heavy(f, cutoff >> f->shift);
    return 0;
}

/* --- pass 2 ----------------------------------------------------------------------------------- */

struct walk {
    const struct finder *f;
    struct part *part;
    uint32_t rank; /* by edge: which ones to take */
};

static inline bool is_heavy(const struct finder *f, uint32_t parent, uint32_t node)
{
    uint32_t at = bound_of(parent, node);
    return !f->heavy || f->heavy[at / 8] >> at % 8 & 1 || (f->open && f->open[node]);
}

static void add_step(void *ctx, uint32_t parent, uint32_t node, unsigned how)
{
    const struct walk *w = ctx;
    struct pp_edge_step step = { parent, node, pp_edge_hash(parent, node), w->part->stamp,
                                 w->part->value, !(how & PP_STEP_INLINE) };
    if (is_heavy(w->f, parent, node)) {
        pp_edge_weights_add(&w->part->weights, step,
                            !w->f->by_edge || (step.hash >> 31) == w->rank);
    }
}

/* As pp_places_walk, where hardly any edge is heavy: only those are looked at closely. */
static void walk_heavy(struct walk *w, size_t sample)
{
    const struct pp_places *places = &w->f->places;
    const struct pprof_profile *p = &w->f->graph->view->p;
    const uint32_t *locs = p->sample_locs, begin = p->loc_begin[sample];
    uint32_t k = p->loc_begin[sample + 1], parent = UINT32_MAX, kept[PP_PLACES_CHUNK];
    while (k > begin) {
        size_t n = pp_places_gather(places->flags, locs, begin, &k, kept);
        for (size_t i = 0; i < n; i++) {
            uint32_t location = locs[kept[i]], outer = places->items[location].outer;
            unsigned is = places->flags[location];
            if (is_heavy(w->f, parent, outer) && is & PP_PLACE_INTO && parent != UINT32_MAX &&
                parent != outer) {
                add_step(w, parent, outer, is);
            }
            if (is & PP_PLACE_PAIR) {
                add_step(w, outer, places->items[location].inner, PP_STEP_INLINE);
            } else if (is & PP_PLACE_MANY) {
                pp_places_inside(places, location, add_step, w);
            }
            parent = places->items[location].inner;
        }
    }
}

static void weigh_part(void *ctx, size_t number)
{
    struct finder *f = ctx;
    const struct pprof_profile *p = &f->graph->view->p;
    struct walk w = { .f = f, .part = &f->parts[number], .rank = (uint32_t)number };
    size_t parts = f->by_edge ? 1 : f->part_count, part = f->by_edge ? 0 : number;
    size_t last = pp_sample_part(p, part + 1, parts);
    for (size_t i = pp_sample_part(p, part, parts); i < last; i++) {
        const int64_t *values = p->values + i * p->sample_type_count;
        w.part->value = values[f->graph->options.value_index];
        w.part->stamp++;
        if (w.part->value || (f->graph->options.mean && values[0])) {
            walk_heavy(&w, i);
        }
    }
    pp_edge_weights_meet(&w.part->weights);
}

/* --- what comes of it ------------------------------------------------------------------------- */

static void note_calls(struct pp_graph *g, const struct pp_edge_weights *w)
{
    for (size_t i = 0; i < w->slot_count; i++) {
        const struct pp_edge_weight *e = &w->slots[i];
        if (e->src != e->dst && pp_abs(e->weight) >= g->edge_cutoff) {
            g->calls[e->dst] |= e->is_called ? PP_CALLED : PP_CALLED_INLINE;
        }
    }
}

static int weigh(struct finder *f)
{
    size_t parts = f->by_edge ? SHARES : f->part_count;
    bool failed = false;
    pp_jobs_run(parts, weigh_part, f);
    for (size_t i = 0; i < parts; i++) {
        failed |= f->parts[i].weights.failed;
        if (i && !failed && !f->by_edge) {
            pp_edge_weights_join(&f->parts[0].weights, &f->parts[i].weights);
        }
    }
    failed |= f->parts[0].weights.failed;
    for (size_t i = 0; i < parts; i++) {
        if (!failed && (i == 0 || f->by_edge)) {
            note_calls(f->graph, &f->parts[i].weights);
        }
        pp_edge_weights_release(&f->parts[i].weights);
    }
    return failed ? PPROF_ERR_NOMEM : 0;
}

/* Shown nodes that are somewhere inlined: only calls into them are worth a note. */
static uint8_t *inlined_nodes(struct finder *f, bool *any)
{
    const struct pp_graph *g = f->graph;
    uint8_t *inlined = pp_arena_alloc(&f->scratch, g->node_count);
    for (size_t i = 0; inlined && i < g->view->p.location_count; i++) {
        for (uint32_t k = g->frames.first[i]; k + 1 < g->frames.first[i + 1]; k++) {
            inlined[g->frames.ids[k]] = g->nodes[g->frames.ids[k]].is_shown;
            *any |= g->nodes[g->frames.ids[k]].is_shown;
        }
    }
    return inlined;
}

/* --- settling most nodes early ---------------------------------------------------------------- */

static void mark_edge(void *ctx, uint32_t parent, uint32_t node, unsigned how)
{
    const struct finder *f = ctx;
    uint32_t at = bound_of(parent, node);
    (void)how;
    f->heavy[at / 8] |= (uint8_t)(1u << at % 8);
}

/* Edges that are inlined at some location. */
static void mark_inlined(struct finder *f)
{
    for (uint32_t i = 0; i < f->graph->view->p.location_count; i++) {
        unsigned is = f->places.flags[i];
        if (is & PP_PLACE_MANY) {
            pp_places_inside(&f->places, i, mark_edge, f);
        }
        if (is & PP_PLACE_INTO && is & PP_STEP_INLINE) {
            f->open[f->places.items[i].outer] = 1;
        }
    }
}

/* Only nodes matter from here on of which all known calls are inlined; *any: whether there are. */
static int narrow(struct finder *f, uint8_t *wanted, bool *any)
{
    struct pp_graph *g = f->graph;
    *any = false;
    for (size_t i = 0; i < g->node_count; i++) {
        wanted[i] = g->calls[i] == PP_CALLED_INLINE;
        *any |= wanted[i];
    }
    return pp_places_init(&f->places, g, wanted, false);
}

static int settle_most(struct finder *f, uint8_t *wanted, bool *any)
{
    uint8_t *heavy = f->heavy;
    f->heavy = pp_arena_alloc(&f->scratch, BOUNDS / 8);
    f->open = pp_arena_alloc(&f->scratch, f->graph->node_count);
    if (!f->heavy || !f->open) {
        return PPROF_ERR_NOMEM;
    }
    f->by_edge = false;
    mark_inlined(f);
    int r = weigh(f);
    r = r ? r : narrow(f, wanted, any);
    f->open = NULL;
    if (!r && *any) {
        memset(f->heavy, 0, BOUNDS / 8);
        memset(f->heavy, 0xff, BOUNDS / 8 / 16);
        r = weigh(f);
        r = r ? r : narrow(f, wanted, any);
    }
    f->heavy = heavy;
    f->by_edge = true;
    return r;
}

int pp_graph_find_calls(struct pp_graph *g)
{
    struct finder *f = pp_arena_alloc(g->arena, sizeof(*f));
    bool any = false;
    g->calls = pp_arena_alloc(g->arena, g->node_count);
    if (!f || !g->calls) {
        return PPROF_ERR_NOMEM;
    }
    f->graph = g;
    pp_arena_init(&f->scratch, 0);
    uint8_t *wanted = inlined_nodes(f, &any);
    int r = wanted ? 0 : PPROF_ERR_NOMEM;
    if (!r && any) {
        r = pp_places_init(&f->places, g, wanted, false);
        r = r ? r : bound_edges(f);
        r = r || !f->by_edge ? r : settle_most(f, wanted, &any);
        r = r || !any ? r : weigh(f);
    }
    pp_arena_release(&f->scratch);
    return r;
}
