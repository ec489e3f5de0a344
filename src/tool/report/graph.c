#include "tool/report/graph_places.h"

#include "base/jobs.h"
#include "tool/report/measure.h"

#include <string.h>

/* --- weights ---------------------------------------------------------------------------------- */

struct hot { /* what the pass over all frames touches, small enough to stay in the cache */
    int64_t cum;
    uint32_t stamp, samples;
};

struct weigher { /* one part of the samples */
    struct hot *hot;
    int64_t *flat;
    int64_t *flat_div, *cum_div; /* only for means */
    struct pp_inlined *inlined;  /* only where somebody asks how nodes are called */
    uint64_t total;
    uint32_t stamp;
    bool has_negative;
};

struct weighing {
    struct pp_graph *g;
    uint32_t *single; /* by location: its only node, or UINT32_MAX */
    size_t parts;
    struct weigher weighers[PP_SAMPLE_PARTS];
};

static inline void visit(struct weigher *w, uint32_t node, int64_t value, int64_t div)
{
    struct hot *h = &w->hot[node];
    if (h->stamp != w->stamp) {
        h->stamp = w->stamp;
        h->cum += value;
        h->samples++;
        if (w->cum_div) {
            w->cum_div[node] += div;
        }
    }
}

static inline void visit_inlined(struct weigher *w, uint32_t location, int64_t value)
{
    struct pp_inlined *at = &w->inlined[location];
    if (at->stamp != w->stamp) {
        at->stamp = w->stamp;
        pp_add_magnitude(&at->weight, pp_magnitude(value));
    }
}

static void weigh_sample(const struct weighing *all, struct weigher *w, size_t i, int64_t value,
                         int64_t div)
{
    const struct pprof_profile *p = &all->g->view->p;
    const uint32_t *first = all->g->frames.first, *ids = all->g->frames.ids;
    const uint32_t *locs = p->sample_locs, *single = all->single;
    uint32_t begin = p->loc_begin[i], end = p->loc_begin[i + 1];
    w->stamp++;
    for (uint32_t k = begin; k < end; k++) {
        uint32_t only = single[locs[k]];
        if (only != UINT32_MAX) {
            visit(w, only, value, div);
            continue;
        }
        for (uint32_t at = first[locs[k]]; at < first[locs[k] + 1]; at++) {
            visit(w, ids[at], value, div);
        }
        if (w->inlined) {
            visit_inlined(w, locs[k], value);
        }
    }
    if (begin < end) {
        uint32_t leaf = ids[first[locs[begin]]];
        w->flat[leaf] += value;
        if (w->flat_div) {
            w->flat_div[leaf] += div;
        }
    }
}

static void weigh_part(void *ctx, size_t number)
{
    struct weighing *all = ctx;
    const struct pprof_profile *p = &all->g->view->p;
    const struct pp_graph_options *options = &all->g->options;
    struct weigher w = all->weighers[number];
    size_t last = pp_sample_part(p, number + 1, all->parts);
    for (size_t i = pp_sample_part(p, number, all->parts); i < last; i++) {
        const int64_t *values = p->values + i * p->sample_type_count;
        int64_t value = values[options->value_index], div = options->mean ? values[0] : 0;
        if (value || div) {
            weigh_sample(all, &w, i, value, div);
            pp_add_magnitude(&w.total, pp_magnitude(value));
            w.has_negative |= value < 0;
        }
    }
    all->weighers[number] = w;
}

static uint32_t *single_nodes(const struct pp_graph *g, struct pp_arena *scratch)
{
    size_t count = g->view->p.location_count;
    uint32_t *single = pp_arena_array(scratch, count, sizeof(*single));
    for (size_t i = 0; single && i < count; i++) {
        const uint32_t *first = &g->frames.first[i];
        single[i] = first[0] + 1 == first[1] ? g->frames.ids[first[0]] : UINT32_MAX;
    }
    return single;
}

/* What is in `kept` stays with the graph. */
static bool has_room(struct weigher *w, const struct pp_graph *g, struct pp_arena *scratch,
                     struct pp_arena *kept)
{
    size_t n = g->frames.count, places = g->view->p.location_count;
    bool inlined = g->options.edges == PP_EDGES_INLINED && g->frames.any_inlined;
    w->hot = pp_arena_array(scratch, n, sizeof(*w->hot));
    w->flat = pp_arena_array(scratch, n, sizeof(*w->flat));
    if (g->options.mean) {
        w->flat_div = pp_arena_array(scratch, n, sizeof(int64_t));
        w->cum_div = pp_arena_array(scratch, n, sizeof(int64_t));
    }
    if (inlined) {
        w->inlined = pp_arena_array(kept, places, sizeof(*w->inlined));
    }
    return w->hot && w->flat && (!g->options.mean || (w->flat_div && w->cum_div)) &&
           (!inlined || w->inlined);
}

/* Room for parts of the samples, as many as are worth it: not where they would have little to add
 * to each of very many nodes. */
static int share_weighing(struct weighing *all, struct pp_arena *scratch)
{
    const struct pp_graph *g = all->g;
    all->single = single_nodes(g, scratch);
    bool there = all->single != NULL;
    all->parts = g->frames.count < g->view->p.sample_count ? pp_sample_parts(&g->view->p) : 1;
    for (size_t i = 0; there && i < all->parts; i++) {
        there = has_room(&all->weighers[i], g, scratch, i ? scratch : g->arena);
    }
    return there ? 0 : PPROF_ERR_NOMEM;
}

static void add_part(struct pp_graph *g, const struct weigher *w)
{
    for (size_t i = 0; i < g->node_count; i++) {
        g->nodes[i].flat += w->flat[i];
        g->nodes[i].cum += w->hot[i].cum;
        g->nodes[i].samples += w->hot[i].samples;
        g->nodes[i].flat_div += w->flat_div ? w->flat_div[i] : 0;
        g->nodes[i].cum_div += w->cum_div ? w->cum_div[i] : 0;
    }
    pp_add_magnitude(&g->weight, w->total);
    g->has_negative |= w->has_negative;
    for (size_t i = 0; w->inlined && w->inlined != g->inlined && i < g->view->p.location_count;
         i++) {
        pp_add_magnitude(&g->inlined[i].weight, w->inlined[i].weight);
    }
}

static int weigh(struct pp_graph *g)
{
    struct weighing all = { .g = g };
    struct pp_arena scratch;
    pp_arena_init(&scratch, 0);
    g->nodes = pp_arena_array(g->arena, g->frames.count, sizeof(*g->nodes));
    int r = g->nodes ? share_weighing(&all, &scratch) : PPROF_ERR_NOMEM;
    if (!r) {
        pp_jobs_run(all.parts, weigh_part, &all);
        g->node_count = g->frames.count;
        g->inlined = all.weighers[0].inlined;
    }
    for (size_t i = 0; i < g->node_count; i++) {
        g->nodes[i] = (struct pp_node){ .info = (uint32_t)i, .in = UINT32_MAX, .out = UINT32_MAX,
                                        .tags = UINT32_MAX, .parent = UINT32_MAX,
                                        .is_kept = true };
    }
    for (size_t i = 0; !r && i < all.parts; i++) {
        add_part(g, &all.weighers[i]);
    }
    pp_arena_release(&scratch);
    return r;
}

/* --- what is shown ---------------------------------------------------------------------------- */

static bool is_negative(const struct pp_node *n)
{
    return n->flat < 0 || (n->flat == 0 && n->cum < 0);
}

static int show_all(struct pp_graph *g)
{
    g->shown = pp_arena_array(g->arena, g->node_count + 1, sizeof(*g->shown));
    if (!g->shown) {
        return PPROF_ERR_NOMEM;
    }
    for (size_t i = 0; i < g->node_count; i++) {
        struct pp_node *n = &g->nodes[i];
        n->is_shown = (n->cum || n->flat) && !(g->options.drop_negative && is_negative(n));
        if (n->is_shown) {
            g->shown[g->shown_count++] = (uint32_t)i;
        }
    }
    return 0;
}

/* From now on only shown nodes exist: the others are stepped over. */
static int rebuild(struct pp_graph *g, bool edges_now)
{
    for (size_t i = 0; i < g->node_count; i++) {
        g->nodes[i].is_kept = g->nodes[i].is_shown;
    }
    if (g->options.call_tree) {
        pp_graph_trim_tree(g);
        return pp_graph_drop_redundant(g);
    }
    g->has_edges = false;
    return edges_now ? pp_graph_find_edges(g) : 0;
}

static size_t drop_light_nodes(struct pp_graph *g, int64_t cutoff)
{
    size_t kept = 0;
    for (size_t i = 0; i < g->shown_count; i++) {
        struct pp_node *n = &g->nodes[g->shown[i]];
        n->is_shown = pp_abs(n->cum) >= cutoff;
        if (n->is_shown) {
            g->shown[kept++] = g->shown[i];
        }
    }
    size_t dropped = g->shown_count - kept;
    g->shown_count = kept;
    return dropped;
}

/* How many of the first nodes fit; in a picture their tags take room too. */
static size_t fitting_nodes(const struct pp_graph *g)
{
    size_t most = (size_t)g->options.nodecount, room = 0;
    for (size_t i = 0; g->options.visual && i < g->shown_count; i++) {
        size_t tags = pp_graph_count_tags(g, g->shown[i]);
        room += 1 + (tags < 4 ? tags : 4);
        if (room >= most) {
            return i + 1;
        }
    }
    return most < g->shown_count ? most : g->shown_count;
}

static int64_t share(const struct pp_graph *g, double fraction)
{
    int64_t total = 0;
    for (size_t i = 0; i < g->shown_count; i++) {
        total += g->nodes[g->shown[i]].flat;
    }
    return pp_abs(pp_to_i64((double)total * fraction));
}

/* Keeps the top nodes; *again says whether the graph was made anew. */
static int limit_nodes(struct pp_graph *g, bool edges_now, bool *again)
{
    size_t fit = fitting_nodes(g);
    *again = fit < g->shown_count;
    if (!*again) {
        return 0;
    }
    for (size_t i = fit; i < g->shown_count; i++) {
        g->nodes[g->shown[i]].is_shown = false;
    }
    g->shown_count = fit;
    g->interest = NULL;
    int r = rebuild(g, edges_now);
    return r || !g->options.visual ? r : pp_graph_sort(g);
}

/* There are more nodes than may be shown: the edges of all of them matter only for the order. */
static bool is_certain_to_shrink(const struct pp_graph *g)
{
    return !g->options.call_tree && g->options.nodecount > 0 &&
           g->shown_count > (size_t)g->options.nodecount;
}

/* Light nodes, then all but the top ones, then light tags, edges and redundant edges. Edges are
 * only looked for early where the order depends on them. */
static int trim(struct pp_graph *g)
{
    const struct pp_graph_options *o = &g->options;
    int64_t node_cutoff = share(g, o->nodefraction), edge_cutoff = share(g, o->edgefraction);
    bool again = false;
    g->edge_cutoff = edge_cutoff;
    g->dropped_nodes = node_cutoff > 0 ? drop_light_nodes(g, node_cutoff) : 0;
    bool edges_now = o->visual && !is_certain_to_shrink(g);
    int r = g->dropped_nodes ? rebuild(g, edges_now) : 0;
    g->orig_count = g->shown_count;
    if (!r && o->visual && !g->has_edges) {
        r = edges_now ? pp_graph_find_edges(g) : pp_graph_score(g);
    }
    if (!r && o->visual) {
        r = pp_graph_find_tags(g);
    }
    r = r ? r : pp_graph_sort(g);
    if (!r && o->nodecount > 0) {
        pp_graph_drop_light_tags(g, node_cutoff);
        r = limit_nodes(g, o->visual, &again);
    }
    if (!r && o->edges == PP_EDGES_INLINED) {
        r = pp_graph_find_calls(g);
    } else if (!r && !g->has_edges && o->edges == PP_EDGES_ALL) {
        r = pp_graph_find_edges(g);
    }
    if (r) {
        return r;
    }
    pp_graph_drop_light_tags(g, node_cutoff);
    g->dropped_edges = pp_graph_drop_light_edges(g, edge_cutoff);
    if (o->nodecount > 0 && !again) {
        g->dropped_edges = 0; /* they went before the count began */
    }
    return o->visual ? pp_graph_drop_redundant(g) : 0;
}

int pp_graph_build(struct pp_graph *graph, const struct pp_view *view,
                   const struct pp_graph_options *options)
{
    *graph = (struct pp_graph){ .arena = view->arena, .view = view, .options = *options };
    if (pp_frames_resolve(&graph->frames, view, &options->frames)) {
        return PPROF_ERR_NOMEM;
    }
    int r = options->call_tree ? pp_graph_grow_tree(graph) : weigh(graph);
    r = r ? r : show_all(graph);
    return r || options->untrimmed ? r : trim(graph);
}
