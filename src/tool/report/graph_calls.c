/* How the calls into each shown node are made, inlined or not: all that top wants to know of edges.
 * Only nodes matter that a heavy inlined edge leads to, and most of them need no sums:
 *
 *   locations   an edge weighs at least what one of the locations does that have it inside, and at
 *               most what all of them do; unless it is called elsewhere, it is an inlined one
 *   samples     one pass finds the edges that are called elsewhere, and nodes that a sample calls
 *               which alone makes an edge heavy; where samples are too many for that, it sums up
 *               weights by node and a hash of the caller, in memory that fits the cache: no edge
 *               there weighs more
 *
 * The edges of nodes that are still in doubt then are summed up, or of all such nodes where weights
 * cancel each other out (differences, whose total is small), as bounds say nothing there. */
#include "base/atomic.h"
#include "base/jobs.h"
#include "tool/report/graph_steps.h"

#include <string.h>

struct candidate { /* an edge that some location has inside */
    uint32_t parent, node;
    uint64_t least, most;
    bool is_asked;  /* a sample calls it, and was asked for more; atomic */
    bool is_called; /* an inlined one it is not; atomic */
};

struct bounds { /* of a node, sums[first] to sums[first + mask]; first == 0: there are none */
    uint32_t first, mask;
};

struct ends { /* of a location, as what they add to the hash of an edge; 0: no node is kept */
    uint32_t inner, outer;
    struct bounds bounds; /* of the outer node, if it is open */
};

struct finder {
    struct pp_graph *graph;
    struct pp_places places;
    struct pp_arena scratch;
    uint8_t *open;  /* by node: a heavy inlined edge may lead to it */
    uint64_t *gaps; /* by node: weight of calls inlined over frames not kept, whoever calls */
    struct candidate *candidates;
    size_t candidate_count;
    uint32_t *slots; /* candidate + 1 by hash; 0: free */
    size_t slot_count;
    struct ends *ends; /* by location */
    uint64_t *marks;   /* bits by hash: a candidate may have it */
    unsigned mark_shift;
    struct bounds *bounds; /* by node; NULL: there are none */
    size_t sum_count;
    unsigned unit_shift;   /* from weights to units of sums */
    size_t part_count;
    uint32_t *sums[PP_SAMPLE_PARTS];
};

/* --- what locations tell ---------------------------------------------------------------------- */

/* Shown nodes whose inlined calls may be heavy, if all of them are along the same edge. */
static int open_nodes(struct finder *f)
{
    const struct pp_graph *g = f->graph;
    uint64_t cutoff = pp_magnitude(g->edge_cutoff);
    uint64_t *most = pp_arena_array(&f->scratch, g->node_count, sizeof(*most));
    f->open = pp_arena_alloc(&f->scratch, g->node_count);
    f->gaps = pp_arena_array(&f->scratch, g->node_count, sizeof(*f->gaps));
    if (!most || !f->open || !f->gaps) {
        return PPROF_ERR_NOMEM;
    }
    for (size_t i = 0; i < g->view->p.location_count; i++) {
        for (uint32_t k = g->frames.first[i]; k + 1 < g->frames.first[i + 1]; k++) {
            uint32_t node = g->frames.ids[k];
            pp_add_magnitude(&most[node], g->inlined[i].weight);
            f->open[node] = g->nodes[node].is_shown && most[node] >= cutoff;
        }
    }
    return 0;
}

/* A node's share of an edge's hash, of which the upper bits are good. Never 0. */
static inline uint32_t share_of(uint32_t node, bool is_parent)
{
    return (node + 1) * (is_parent ? 0x9e3779b1u : 0x85ebca77u);
}

/* The edge's slot, or the free one where it belongs. */
static inline uint32_t *slot_of(const struct finder *f, uint32_t parent, uint32_t node)
{
    size_t mask = f->slot_count - 1;
    size_t at = pp_hash_key((uint64_t)parent << 32 | node) & mask;
    while (f->slots[at] && (f->candidates[f->slots[at] - 1].parent != parent ||
                            f->candidates[f->slots[at] - 1].node != node)) {
        at = (at + 1) & mask;
    }
    return &f->slots[at];
}

/* So many marks that nearly all steps along other edges find none. */
static bool make_room(struct finder *f)
{
    enum { SLOTS = 4, MARKS = 64 };
    const uint32_t *first = f->graph->frames.first;
    size_t most = 1, bits = 1, locations = f->graph->view->p.location_count;
    for (size_t i = 0; i < locations; i++) {
        most += f->places.flags[i] & PP_PLACE_MANY ? first[i + 1] - first[i] - 1 : 0;
    }
    while (bits < 24 && (size_t)1 << bits < most) {
        bits++;
    }
    for (f->slot_count = SLOTS; f->slot_count < most * SLOTS;) {
        f->slot_count *= 2;
    }
    f->mark_shift = 32 - (unsigned)bits - 6;
    f->candidates = pp_arena_array(&f->scratch, most, sizeof(*f->candidates));
    f->slots = pp_arena_array(&f->scratch, f->slot_count, sizeof(*f->slots));
    f->marks = pp_arena_array(&f->scratch, ((size_t)MARKS << bits) / 64, sizeof(*f->marks));
    f->ends = pp_arena_array(&f->scratch, locations, sizeof(*f->ends));
    return f->candidates && f->slots && f->marks && f->ends;
}

struct inside {
    struct finder *f;
    uint64_t weight; /* of the location */
};

static void add_candidate(void *ctx, struct pp_step s)
{
    const struct inside *in = ctx;
    struct finder *f = in->f;
    uint32_t *slot = slot_of(f, s.parent, s.node);
    if (!*slot) {
        f->candidates[f->candidate_count] = (struct candidate){ s.parent, s.node, 0, 0, 0, 0 };
        *slot = (uint32_t)++f->candidate_count;
        uint32_t mark = (share_of(s.parent, true) + share_of(s.node, false)) >> f->mark_shift;
        f->marks[mark / 64] |= (uint64_t)1 << mark % 64;
    }
    struct candidate *c = &f->candidates[*slot - 1];
    c->least = c->least > in->weight ? c->least : in->weight;
    pp_add_magnitude(&c->most, in->weight);
}

static void look_at_locations(struct finder *f)
{
    const struct pp_graph *g = f->graph;
    for (uint32_t i = 0; i < g->view->p.location_count; i++) {
        unsigned is = f->places.flags[i];
        struct pp_place at = f->places.items[i];
        struct inside in = { f, g->inlined[i].weight };
        if (is) {
            f->ends[i] = (struct ends){ .inner = share_of(at.inner, true),
                                        .outer = share_of(at.outer, false) };
        }
        if (is & PP_PLACE_INTO && f->bounds) {
            f->ends[i].bounds = f->bounds[at.outer];
        }
        if (is & PP_PLACE_MANY) {
            pp_places_inside(&f->places, i, 0, add_candidate, &in);
        }
        if (is & PP_PLACE_INTO && is & PP_STEP_INLINE) {
            pp_add_magnitude(&f->gaps[at.outer], in.weight);
        }
    }
}

/* --- bounds ----------------------------------------------------------------------------------- */

/* So many sums that what is in one of them by chance is light beside a heavy edge. */
static uint32_t sums_for(const struct finder *f, uint32_t node)
{
    enum { MOST = 1 << 12, TIMES = 2 };
    double share = (double)pp_magnitude(f->graph->nodes[node].cum) / (double)f->graph->edge_cutoff;
    uint32_t count = 1;
    while (count < share * TIMES && count < MOST) {
        count *= 2;
    }
    return count;
}

/* False without memory. */
static bool bound_nodes(struct finder *f)
{
    size_t count = f->graph->node_count;
    f->sum_count = 1;
    f->bounds = pp_arena_array(&f->scratch, count, sizeof(*f->bounds));
    for (uint32_t i = 0; f->bounds && i < count; i++) {
        if (f->open[i]) {
            uint32_t sums = sums_for(f, i);
            f->bounds[i] = (struct bounds){ (uint32_t)f->sum_count, sums - 1 };
            f->sum_count += sums;
        }
    }
    return f->bounds != NULL;
}

/* For profiles of many samples, and as long as the sums fit the cache. */
static int place_bounds(struct finder *f)
{
    enum { SMALL = 1 << 19, MOST_SUMS = 1 << 18, PRECISE = 1 << 20 };
    const struct pp_graph *g = f->graph;
    const struct pprof_profile *p = &g->view->p;
    if (p->loc_begin[p->sample_count] < SMALL) {
        return 0;
    }
    bool there = bound_nodes(f);
    if (there && f->sum_count > MOST_SUMS) {
        f->bounds = NULL;
        return 0;
    }
    for (size_t i = 0; i < f->part_count; i++) {
        f->sums[i] = pp_arena_array(&f->scratch, f->sum_count, sizeof(uint32_t));
        there = there && f->sums[i];
    }
    while (g->edge_cutoff >> f->unit_shift > PRECISE) {
        f->unit_shift++;
    }
    return there ? 0 : PPROF_ERR_NOMEM;
}

/* Rounded up. */
static uint32_t units_of(const struct finder *f, int64_t value)
{
    uint64_t weight = (pp_magnitude(value) >> f->unit_shift) + 1;
    return weight < UINT32_MAX ? (uint32_t)weight : UINT32_MAX;
}

static inline void add_to(uint32_t *sum, uint32_t more)
{
    *sum = *sum + more < more ? UINT32_MAX : *sum + more;
}

/* No edge into the node is heavy, but for those inlined in locations. */
static bool is_bounded(const struct finder *f, uint32_t node)
{
    uint32_t cutoff = (uint32_t)(f->graph->edge_cutoff >> f->unit_shift);
    struct bounds b = f->bounds ? f->bounds[node] : (struct bounds){ 0, 0 };
    for (uint32_t i = b.first; b.first && i <= b.first + b.mask; i++) {
        uint32_t sum = 0;
        for (size_t k = 0; k < f->part_count; k++) {
            add_to(&sum, f->sums[k][i]);
        }
        if (sum >= cutoff) {
            return false;
        }
    }
    return b.first != 0;
}

/* --- what samples tell ------------------------------------------------------------------------ */

struct question {
    const struct candidate *about;
    bool is_inlined; /* somewhere in the sample */
};

static inline void answer(void *ctx, struct pp_step s)
{
    struct question *q = ctx;
    q->is_inlined |= s.how & PP_STEP_INLINE && s.parent == q->about->parent &&
                     s.node == q->about->node;
}

/* A sample may call here and inline there, and its outermost call counts. Where that happens the
 * candidate is in doubt; nobody asks again, as stacks may be deep and all alike. */
static __attribute__((noinline)) void ask(const struct finder *f, size_t sample,
                                          struct candidate *c)
{
    if (!pp_load_relaxed(&c->is_asked)) {
        struct question q = { .about = c };
        pp_store_relaxed(&c->is_asked, true);
        pp_places_walk_into(&f->places, PP_PLACE_INTO | PP_PLACE_MANY, sample, 0, answer, &q);
        pp_store_relaxed(&c->is_called, !q.is_inlined);
    }
}

/* A step that seems to be along a candidate. */
static __attribute__((noinline)) void look_closely(const struct finder *f, size_t sample,
                                                   uint32_t k, uint32_t above)
{
    const uint32_t *locs = f->graph->view->p.sample_locs;
    const struct pp_place *items = f->places.items;
    if (!(f->places.flags[locs[k]] & PP_STEP_INLINE)) {
        uint32_t found = *slot_of(f, items[locs[above]].inner, items[locs[k]].outer);
        if (found) {
            ask(f, sample, &f->candidates[found - 1]);
        }
    }
}

/* The steps into open nodes. */
static inline __attribute__((always_inline)) void
look_at_sample(const struct finder *f, size_t sample, uint32_t *sums, uint32_t weight)
{
    const struct pprof_profile *p = &f->graph->view->p;
    const uint32_t *locs = p->sample_locs, begin = p->loc_begin[sample];
    const uint8_t *flags = f->places.flags;
    const struct ends *ends = f->ends;
    const uint64_t *marks = f->marks;
    unsigned shift = f->mark_shift;
    uint32_t end = p->loc_begin[sample + 1], k = end, kept[PP_PLACES_CHUNK];
    while (k > begin) {
        size_t n = pp_places_gather(flags, PP_PLACE_INTO, locs, begin, &k, kept);
        for (size_t i = 0; i < n; i++) {
            uint32_t above = pp_places_alive(flags, locs, kept[i] + 1, end);
            if (above == end) {
                continue;
            }
            const struct ends *at = &ends[locs[kept[i]]];
            uint32_t caller = ends[locs[above]].inner, mark = (caller + at->outer) >> shift;
            if (pp_unlikely(marks[mark / 64] >> mark % 64 & 1)) {
                look_closely(f, sample, kept[i], above);
            }
            if (sums) {
                add_to(&sums[at->bounds.first + (caller >> 12 & at->bounds.mask)], weight);
            }
        }
    }
}

static inline void note_called(void *ctx, struct pp_step s)
{
    const struct finder *f = ctx;
    if (!(s.how & PP_STEP_INLINE) && !f->gaps[s.node] && !*slot_of(f, s.parent, s.node)) {
        pp_store_relaxed(&f->graph->calls[s.node], PP_CALLED);
    }
}

static void look_at_part(void *ctx, size_t number)
{
    struct finder *f = ctx;
    const struct pp_graph *g = f->graph;
    const struct pprof_profile *p = &g->view->p;
    uint32_t *sums = f->sums[number];
    size_t last = pp_sample_part(p, number + 1, f->part_count);
    for (size_t i = pp_sample_part(p, number, f->part_count); i < last; i++) {
        const int64_t *values = p->values + i * p->sample_type_count;
        int64_t value = values[g->options.value_index];
        if (!value && !(g->options.mean && values[0])) {
            continue;
        }
        if (sums) {
            look_at_sample(f, i, sums, units_of(f, value));
        } else {
            look_at_sample(f, i, NULL, 0);
        }
        if (value >= g->edge_cutoff && !g->has_negative) {
            pp_places_walk_into(&f->places, PP_PLACE_INTO, i, 0, note_called, f);
        }
    }
}

/* --- what is left ----------------------------------------------------------------------------- */

/* What a candidate says of its node; true: it leaves doubts. */
static bool judge(struct finder *f, const struct candidate *c)
{
    const struct pp_graph *g = f->graph;
    uint64_t cutoff = pp_magnitude(g->edge_cutoff), most = c->most;
    bool is_heavy = c->least >= cutoff && !g->has_negative;
    bool is_known = c->is_called || !c->is_asked;
    pp_add_magnitude(&most, f->gaps[c->node]);
    if (is_heavy && is_known) {
        g->calls[c->node] |= c->is_called ? PP_CALLED : PP_CALLED_INLINE;
    }
    return most >= cutoff && !c->is_called && !(is_heavy && is_known);
}

/* Leaves nodes open that are in doubt. */
static void narrow(struct finder *f)
{
    const struct pp_graph *g = f->graph;
    const uint8_t both = PP_CALLED | PP_CALLED_INLINE;
    uint64_t cutoff = pp_magnitude(g->edge_cutoff);
    for (size_t i = 0; i < g->node_count; i++) {
        f->open[i] = f->open[i] && f->gaps[i] && f->gaps[i] >= cutoff;
    }
    for (size_t i = 0; i < f->candidate_count; i++) {
        f->open[f->candidates[i].node] |= judge(f, &f->candidates[i]);
    }
    for (uint32_t i = 0; i < g->node_count; i++) {
        f->open[i] |= g->calls[i] == PP_CALLED_INLINE && !is_bounded(f, i);
        f->open[i] &= g->calls[i] != both;
    }
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

static bool is_cancelled_out(const struct pp_graph *g)
{
    return g->edge_cutoff <= 0 ||
           (double)g->weight * g->options.edgefraction > 2 * (double)g->edge_cutoff;
}

/* Leaves nodes open whose edges have to be summed up. */
static int find_most(struct finder *f)
{
    int r = pp_places_init(&f->places, f->graph, f->open, false);
    if (r || !make_room(f) || place_bounds(f)) {
        return PPROF_ERR_NOMEM;
    }
    look_at_locations(f);
    pp_jobs_run(f->part_count, look_at_part, f);
    narrow(f);
    return 0;
}

static int find_calls(struct finder *f)
{
    struct pp_graph *g = f->graph;
    struct pp_steps_wanted wanted = { .nodes = f->open };
    if (memchr(f->open, 1, g->node_count) && !is_cancelled_out(g) && find_most(f)) {
        return PPROF_ERR_NOMEM;
    }
    return memchr(f->open, 1, g->node_count) ? pp_graph_each_edge(g, &wanted, note_edges, g) : 0;
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
    struct finder f = { .graph = g, .part_count = pp_sample_parts(&g->view->p) };
    pp_arena_init(&f.scratch, 0);
    int r = open_nodes(&f);
    r = r ? r : find_calls(&f);
    pp_arena_release(&f.scratch);
    return r;
}
