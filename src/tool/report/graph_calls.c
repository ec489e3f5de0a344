/* How the calls into each shown node are made, inlined or not: all that top wants to know of edges.
 * Only nodes matter that a heavy inlined call leads to; passes over the samples leave fewer and
 * fewer of them open:
 *
 *   before   a node's inlined calls weigh at most what their locations do: most are too light
 *   pass 1   weighs edges exactly that are inlined somewhere, which are known beforehand and few;
 *            of the others it sums weights by node and a hash, in memory that fits the cache, as a
 *            bound for the edges there
 *   pass 2   weighs exactly what the bounds leave
 *
 * Where weights cancel each other out (differences, whose total is small) bounds say nothing: there
 * all edges of such nodes are summed up, one node after the other. */
#include "base/jobs.h"
#include "tool/report/graph_steps.h"
#include "tool/report/graph_weights.h"

#include <string.h>

enum { MARK_BITS = 17, MARK_BITS_GAPS = 20, BOUND_MOST = 1 << 30 };

enum look { LOOK_FOR_MARKS, LOOK_AT_INLINED, LOOK_AT_REST };

struct part { /* of the samples */
    struct pp_edge_weights weights;
    uint32_t *sums, bound, stamp;
    int64_t value;
    bool is_heavy; /* one sample alone makes an edge heavy */
};

struct bounds { /* of one node's edges: sums[first] to sums[first + mask] */
    uint32_t first, mask;
};

struct finder {
    struct pp_graph *graph;
    struct pp_places places;
    struct pp_arena scratch;
    uint8_t *open;         /* by node: it may yet turn out to be inlined and nothing else */
    uint8_t *called;       /* by node: a heavy edge into it is not inlined */
    uint8_t *marks;        /* bits by hash: an edge there may be inlined somewhere */
    unsigned mark_shift;
    bool has_gaps;         /* calls are inlined over frames not kept */
    struct bounds *bounds; /* by node; NULL: there are none */
    size_t sum_count;
    unsigned shift;
    uint32_t cutoff; /* for sums */
    enum look look;
    size_t part_count;
    struct part parts[PP_SAMPLE_PARTS];
};

/* A cheap hash, of which the upper bits are good. */
static inline uint32_t mix(uint32_t parent, uint32_t node)
{
    return parent * 0x9e3779b1u + node * 0x85ebca77u;
}

/* --- edges that are inlined somewhere --------------------------------------------------------- */

static inline bool may_be_inlined(const struct finder *f, uint32_t parent, uint32_t node)
{
    uint32_t at = mix(parent, node) >> f->mark_shift;
    return f->marks[at / 8] >> at % 8 & 1;
}

/* Several threads may do so. */
static void mark(const struct finder *f, uint32_t parent, uint32_t node)
{
    if (!may_be_inlined(f, parent, node)) {
        uint32_t at = mix(parent, node) >> f->mark_shift;
        __atomic_fetch_or(&f->marks[at / 8], (uint8_t)(1u << at % 8), __ATOMIC_RELAXED);
    }
}

static void mark_inside(void *ctx, struct pp_step s)
{
    mark(ctx, s.parent, s.node);
}

/* Gaps make for many marks. */
static bool find_marks(struct finder *f)
{
    size_t count = f->graph->view->p.location_count;
    for (size_t i = 0; i < count && !f->has_gaps; i++) {
        f->has_gaps = f->places.flags[i] & PP_PLACE_INTO && f->places.flags[i] & PP_STEP_INLINE;
    }
    unsigned bits = f->has_gaps ? MARK_BITS_GAPS : MARK_BITS;
    f->mark_shift = 32 - bits;
    f->marks = pp_arena_alloc(&f->scratch, (size_t)1 << bits >> 3);
    return f->marks != NULL;
}

/* Those that the locations alone can tell. */
static void mark_places(struct finder *f)
{
    for (uint32_t i = 0; i < f->graph->view->p.location_count; i++) {
        if (f->places.flags[i] & PP_PLACE_MANY) {
            pp_places_inside(&f->places, i, 0, mark_inside, f);
        }
    }
}

/* Shown nodes whose inlined calls may be heavy. */
static void open_nodes(struct finder *f, uint64_t *most)
{
    const struct pp_graph *g = f->graph;
    uint64_t cutoff = pp_magnitude(g->edge_cutoff);
    for (size_t i = 0; i < g->view->p.location_count; i++) {
        for (uint32_t k = g->frames.first[i]; k + 1 < g->frames.first[i + 1]; k++) {
            uint32_t node = g->frames.ids[k];
            uint64_t sum = most[node] + g->inlined[i];
            most[node] = sum < most[node] ? UINT64_MAX : sum;
            f->open[node] = g->nodes[node].is_shown && most[node] && most[node] >= cutoff;
        }
    }
}

/* --- bounds ----------------------------------------------------------------------------------- */

static inline uint32_t *sum_of(const struct finder *f, const struct part *part, uint32_t parent,
                               uint32_t node)
{
    struct bounds b = f->bounds[node];
    return &part->sums[b.first + (parent * 0x9e3779b1u >> 12 & b.mask)];
}

static inline void add_bound(uint32_t *sum, uint32_t weight)
{
    uint32_t more = *sum + weight;
    *sum = more < BOUND_MOST ? more : BOUND_MOST;
}

/* So many that what is in one of them by chance is light beside a heavy edge. */
static uint32_t bounds_for(const struct finder *f, uint32_t node)
{
    enum { MOST = 1 << 12, TIMES = 2 };
    double share = (double)pp_magnitude(f->graph->nodes[node].cum) / (double)f->graph->edge_cutoff;
    uint32_t count = 1;
    while (count < share * TIMES && count < MOST) {
        count *= 2;
    }
    return count;
}

/* Bounds are not worth it where weights cancel each other out, or would not fit the cache. */
static int place_bounds(struct finder *f)
{
    enum { MOST_SUMS = 1 << 18, PRECISE = 1 << 20 };
    const struct pp_graph *g = f->graph;
    if (g->edge_cutoff <= 0 ||
        (double)g->weight * g->options.edgefraction > 2 * (double)g->edge_cutoff) {
        return 0;
    }
    f->bounds = pp_arena_array(&f->scratch, g->node_count, sizeof(*f->bounds));
    for (uint32_t i = 0; f->bounds && i < g->node_count && f->sum_count < MOST_SUMS; i++) {
        uint32_t count = f->open[i] ? bounds_for(f, i) : 1;
        f->bounds[i] = (struct bounds){ (uint32_t)f->sum_count, count - 1 };
        f->sum_count += f->open[i] ? count : 0;
    }
    if (f->sum_count >= MOST_SUMS) {
        f->bounds = NULL;
        return 0;
    }
    bool there = f->bounds != NULL;
    for (size_t i = 0; there && i < f->part_count; i++) {
        f->parts[i].sums = pp_arena_array(&f->scratch, f->sum_count + 1, sizeof(uint32_t));
        there = f->parts[i].sums != NULL;
    }
    while (g->edge_cutoff >> f->shift > PRECISE) {
        f->shift++;
    }
    f->cutoff = (uint32_t)(g->edge_cutoff >> f->shift);
    return there ? 0 : PPROF_ERR_NOMEM;
}

/* Weights are rounded up to units that fit 32 bits. */
static uint32_t bound_of(const struct finder *f, int64_t value)
{
    uint64_t weight = (pp_magnitude(value) >> f->shift) + 1;
    return weight < BOUND_MOST ? (uint32_t)weight : BOUND_MOST;
}

/* All in the first part's. */
static void join_bounds(struct finder *f)
{
    uint32_t *sums = f->parts[0].sums;
    for (size_t k = 1; sums && k < f->part_count; k++) {
        for (size_t i = 0; i < f->sum_count; i++) {
            add_bound(&sums[i], f->parts[k].sums[i]);
        }
    }
}

static bool is_bounded(const struct finder *f, uint32_t node)
{
    for (uint32_t i = 0; i <= f->bounds[node].mask; i++) {
        if (f->parts[0].sums[f->bounds[node].first + i] >= f->cutoff) {
            return false;
        }
    }
    return true;
}

/* --- passes ----------------------------------------------------------------------------------- */

struct walk {
    const struct finder *f;
    struct part *part;
};

static inline void add_step(const struct walk *w, struct pp_step s)
{
    struct pp_edge_step step = { s.parent, s.node, pp_edge_hash(s.parent, s.node), w->part->stamp,
                                 w->part->value, !(s.how & PP_STEP_INLINE) };
    pp_edge_weights_add(&w->part->weights, step);
}

static inline void look_for_marks(void *ctx, struct pp_step s)
{
    const struct walk *w = ctx;
    if (s.how & PP_STEP_INLINE) {
        mark(w->f, s.parent, s.node);
    }
}

static inline void look_at_inlined(void *ctx, struct pp_step s)
{
    const struct walk *w = ctx;
    if (may_be_inlined(w->f, s.parent, s.node)) {
        add_step(w, s);
    } else if (w->part->is_heavy) {
        __atomic_store_n(&w->f->called[s.node], 1, __ATOMIC_RELAXED);
    } else {
        add_bound(sum_of(w->f, w->part, s.parent, s.node), w->part->bound);
    }
}

static inline void look_at_rest(void *ctx, struct pp_step s)
{
    const struct walk *w = ctx;
    const struct finder *f = w->f;
    if (*sum_of(f, &f->parts[0], s.parent, s.node) >= f->cutoff) {
        add_step(w, s);
    }
}

static inline void look_at_sample(struct walk *w, size_t sample)
{
    const struct pp_places *places = &w->f->places;
    const unsigned any = PP_PLACE_INTO | PP_PLACE_MANY;
    switch (w->f->look) {
    case LOOK_FOR_MARKS:
        pp_places_walk_into(places, PP_STEP_INLINE, sample, 0, look_for_marks, w);
        break;
    case LOOK_AT_INLINED:
        pp_places_walk_into(places, any, sample, 0, look_at_inlined, w);
        break;
    case LOOK_AT_REST:
        pp_places_walk_into(places, any, sample, 0, look_at_rest, w);
        break;
    }
}

static void look_at_part(void *ctx, size_t number)
{
    struct finder *f = ctx;
    const struct pp_graph *g = f->graph;
    const struct pprof_profile *p = &g->view->p;
    struct walk w = { f, &f->parts[number] };
    size_t last = pp_sample_part(p, number + 1, f->part_count);
    for (size_t i = pp_sample_part(p, number, f->part_count); i < last; i++) {
        const int64_t *values = p->values + i * p->sample_type_count;
        w.part->value = values[g->options.value_index];
        w.part->bound = bound_of(f, w.part->value);
        w.part->is_heavy = !g->has_negative && w.part->value >= g->edge_cutoff;
        w.part->stamp++;
        if (w.part->value || (g->options.mean && values[0])) {
            look_at_sample(&w, i);
        }
    }
    pp_edge_weights_meet(&w.part->weights);
}

static void note_calls(struct pp_graph *g, const struct pp_edge_weights *w)
{
    for (size_t i = 0; i < w->slot_count; i++) {
        const struct pp_edge_weight *e = &w->slots[i];
        if (e->src != e->dst && pp_abs(e->weight) >= g->edge_cutoff) {
            g->calls[e->dst] |= e->is_called ? PP_CALLED : PP_CALLED_INLINE;
        }
    }
}

static int look(struct finder *f, enum look look)
{
    struct pp_edge_weights *all = &f->parts[0].weights;
    f->look = look;
    pp_jobs_run(f->part_count, look_at_part, f);
    for (size_t i = 1; i < f->part_count; i++) {
        pp_edge_weights_join(all, &f->parts[i].weights);
        pp_edge_weights_release(&f->parts[i].weights);
    }
    bool failed = all->failed;
    if (!failed) {
        note_calls(f->graph, all);
    }
    pp_edge_weights_release(all);
    return failed ? PPROF_ERR_NOMEM : 0;
}

/* --- what stays open -------------------------------------------------------------------------- */

/* Nodes of which all known calls are inlined, while others may be heavy; true: there are some. */
static bool narrow(struct finder *f)
{
    bool any = false;
    for (uint32_t i = 0; i < f->graph->node_count; i++) {
        f->graph->calls[i] |= f->called[i] ? PP_CALLED : 0;
        f->open[i] = f->open[i] && f->graph->calls[i] == PP_CALLED_INLINE && !is_bounded(f, i);
        any |= f->open[i];
    }
    if (any) {
        pp_places_look(&f->places);
    }
    return any;
}

static int find_with_bounds(struct finder *f)
{
    if (!find_marks(f)) {
        return PPROF_ERR_NOMEM;
    }
    mark_places(f);
    int r = f->has_gaps ? look(f, LOOK_FOR_MARKS) : 0;
    r = r ? r : look(f, LOOK_AT_INLINED);
    join_bounds(f);
    return r || !narrow(f) ? r : look(f, LOOK_AT_REST);
}

static void note_edges(void *ctx, uint32_t node, bool out, const struct pp_neighbor *edges,
                       size_t count)
{
    struct pp_graph *g = ctx;
    (void)out;
    for (size_t i = 0; i < count; i++) {
        if (pp_abs(edges[i].weight) >= g->edge_cutoff) {
            g->calls[node] |= edges[i].is_called ? PP_CALLED : PP_CALLED_INLINE;
        }
    }
}

static int find_calls(struct finder *f)
{
    size_t nodes = f->graph->node_count;
    f->open = pp_arena_alloc(&f->scratch, nodes);
    f->called = pp_arena_alloc(&f->scratch, nodes);
    uint64_t *most = pp_arena_array(&f->scratch, nodes, sizeof(*most));
    if (!f->open || !f->called || !most) {
        return PPROF_ERR_NOMEM;
    }
    open_nodes(f, most);
    if (!memchr(f->open, 1, nodes)) {
        return 0;
    }
    int r = place_bounds(f);
    if (!r && !f->bounds) {
        struct pp_steps_wanted wanted = { .nodes = f->open };
        return pp_graph_each_edge(f->graph, &wanted, note_edges, f->graph);
    }
    r = r ? r : pp_places_init(&f->places, f->graph, f->open, false);
    return r ? r : find_with_bounds(f);
}

/* Threads are not worth it for small profiles, as their tables would have to be joined. */
static size_t parts_for(const struct pprof_profile *p)
{
    enum { SMALL = 1 << 19 };
    return p->loc_begin[p->sample_count] < SMALL ? 1 : pp_sample_parts(p);
}

int pp_graph_find_calls(struct pp_graph *g)
{
    g->calls = pp_arena_alloc(g->arena, g->node_count);
    if (!g->calls) {
        return PPROF_ERR_NOMEM;
    }
    if (!g->inlined) {
        return 0;
    }
    struct finder *f = pp_arena_alloc(g->arena, sizeof(*f));
    if (!f) {
        return PPROF_ERR_NOMEM;
    }
    f->graph = g;
    f->part_count = parts_for(&g->view->p);
    pp_arena_init(&f->scratch, 0);
    int r = find_calls(f);
    pp_arena_release(&f->scratch);
    return r;
}
