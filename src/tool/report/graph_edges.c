#include "tool/report/graph.h"

#include <stdlib.h>
#include <string.h>

/* --- finding ---------------------------------------------------------------------------------- */

/* Pairs of nodes to edges, open addressing. A slot keeps 32 bits of the hash beside the edge, so
 * that neither a wrong hit nor growing looks at an edge. The memory of a table that was outgrown
 * goes back at once. */
struct slot {
    uint32_t hash, edge; /* edge + 1; 0: free */
};

struct edge_table {
    struct pp_arena memory;
    struct slot *slots;
    size_t count;
};

static int grow_slots(struct edge_table *t)
{
    size_t count = t->count ? t->count * 2 : 1024, mask = count - 1;
    struct pp_arena memory;
    pp_arena_init(&memory, 0);
    struct slot *slots = pp_arena_array(&memory, count, sizeof(*slots));
    if (!slots) {
        return PPROF_ERR_NOMEM;
    }
    for (size_t i = 0; i < t->count; i++) {
        size_t at = t->slots[i].hash & mask;
        while (t->slots[i].edge && slots[at].edge) {
            at = (at + 1) & mask;
        }
        if (t->slots[i].edge) {
            slots[at] = t->slots[i];
        }
    }
    pp_arena_release(&t->memory);
    *t = (struct edge_table){ .memory = memory, .slots = slots, .count = count };
    return 0;
}

enum { BATCH = 64 };

struct step { /* one call in a stack */
    uint32_t src, dst, hash;
    bool residual, is_inline;
};

/* Steps are collected and then met together: their slots and edges lie all over a large memory,
 * and are on their way to the cache at the same time instead of one after the other. */
struct walker {
    struct pp_graph *g;
    struct edge_table table;
    uint32_t *live;   /* by place in frames.ids: the node, or UINT32_MAX when it is not kept */
    uint8_t
        *alive; /* by location: some frame of it is kept; most are not, and are skipped by this */
    uint8_t *wanted;  /* by node: edges into it matter; NULL: all do */
    bool from_wanted; /* edges out of wanted nodes matter too */
    uint32_t stamp;
    int64_t value, div;
    uint64_t *bounds; /* by hash: no edge there is heavier; NULL: light edges are kept as well */
    bool bounding;    /* the pass that fills bounds */
    size_t step_count;
    struct step steps[BATCH];
};

/* The edge of a step, made when there is none; UINT32_MAX without memory. */
static uint32_t edge_between(struct walker *w, const struct step *s)
{
    struct pp_graph *g = w->g;
    struct slot *slots = w->table.slots;
    size_t mask = w->table.count - 1, at = s->hash & mask;
    for (; slots[at].edge; at = (at + 1) & mask) {
        const struct pp_edge *e = &g->edges[slots[at].edge - 1];
        if (slots[at].hash == s->hash && e->src == s->src && e->dst == s->dst) {
            return slots[at].edge - 1;
        }
    }
    if (pp_arena_reserve(g->arena, &g->edges, &g->edge_cap, g->edge_count, sizeof(*g->edges))) {
        return UINT32_MAX;
    }
    g->edges[g->edge_count] = (struct pp_edge){ .src = s->src, .dst = s->dst, .is_inline = true };
    slots[at] = (struct slot){ s->hash, (uint32_t)++g->edge_count };
    return (uint32_t)g->edge_count - 1;
}

static void prefetch_edges(const struct walker *w)
{
    for (size_t i = 0; i < w->step_count; i++) {
        const struct slot *slot = &w->table.slots[w->steps[i].hash & (w->table.count - 1)];
        if (slot->edge) {
            __builtin_prefetch(&w->g->edges[slot->edge - 1], 1);
        }
    }
}

static int meet(struct walker *w)
{
    while ((w->g->edge_count + w->step_count) * 4 >= w->table.count * 3) {
        if (grow_slots(&w->table)) {
            return PPROF_ERR_NOMEM;
        }
    }
    prefetch_edges(w);
    for (size_t i = 0; i < w->step_count; i++) {
        const struct step *s = &w->steps[i];
        uint32_t id = edge_between(w, s);
        if (id == UINT32_MAX) {
            return PPROF_ERR_NOMEM;
        }
        struct pp_edge *e = &w->g->edges[id];
        if (e->stamp != w->stamp) {
            e->stamp = w->stamp;
            e->weight += w->value;
            e->div += w->div;
            e->is_residual |= s->residual;
            e->is_inline &= s->is_inline;
        }
    }
    w->step_count = 0;
    return 0;
}

enum { BOUND_BITS = 17 };

/* False when the step's edge is certain to be too light, and while that is being found out. */
static inline bool may_be_heavy(struct walker *w, uint32_t hash)
{
    uint64_t *bound = &w->bounds[hash >> (32 - BOUND_BITS)];
    if (w->bounding) {
        uint64_t sum = *bound + (w->value < 0 ? 0 - (uint64_t)w->value : (uint64_t)w->value);
        *bound = sum < *bound ? UINT64_MAX : sum;
        return false;
    }
    return *bound >= (uint64_t)w->g->edge_cutoff;
}

static int add_step(struct walker *w, uint32_t parent, uint32_t node, bool residual, bool is_inline)
{
    uint32_t hash = (uint32_t)pp_hash_u64((uint64_t)parent << 32 | node);
    if (w->bounds && !may_be_heavy(w, hash)) {
        return 0;
    }
    if (w->table.count) {
        __builtin_prefetch(&w->table.slots[hash & (w->table.count - 1)]);
    }
    w->steps[w->step_count++] = (struct step){ .src = parent, .dst = node, .hash = hash,
                                               .residual = residual, .is_inline = is_inline };
    return w->step_count == BATCH ? meet(w) : 0;
}

static inline bool matters(const struct walker *w, uint32_t parent, uint32_t node)
{
    return !w->wanted || w->wanted[node] || (w->from_wanted && w->wanted[parent]);
}

static int walk_sample(struct walker *w, size_t sample)
{
    const struct pprof_profile *p = &w->g->view->p;
    const uint32_t *first = w->g->frames.first;
    uint32_t parent = UINT32_MAX;
    bool residual = false;
    for (uint32_t k = p->loc_begin[sample + 1]; k-- > p->loc_begin[sample];) {
        uint32_t location = p->sample_locs[k];
        if (!w->alive[location]) {
            residual = true;
            continue;
        }
        uint32_t last = first[location + 1];
        for (uint32_t i = last; i-- > first[location];) {
            uint32_t node = w->live[i];
            if (node == UINT32_MAX) {
                residual = true;
                continue;
            }
            if (parent != UINT32_MAX && parent != node && matters(w, parent, node) &&
                add_step(w, parent, node, residual, i + 1 != last)) {
                return PPROF_ERR_NOMEM;
            }
            parent = node;
            residual = false;
        }
    }
    return w->step_count ? meet(w) : 0;
}

static int walk_samples(struct walker *w)
{
    const struct pprof_profile *p = &w->g->view->p;
    const struct pp_graph_options *o = &w->g->options;
    for (size_t i = 0; i < p->sample_count; i++) {
        const int64_t *values = p->values + i * p->sample_type_count;
        w->value = values[o->value_index];
        w->div = o->mean ? values[0] : 0;
        w->stamp++;
        if ((w->value || w->div) && walk_sample(w, i)) {
            return PPROF_ERR_NOMEM;
        }
    }
    return 0;
}

/* Nodes that are somewhere inlined: only edges into them say something about inlining. */
static uint8_t *inlined_nodes(const struct pp_graph *g)
{
    const struct pp_frames *f = &g->frames;
    uint8_t *inlined = pp_arena_alloc(g->arena, g->node_count);
    for (size_t i = 0; inlined && i < g->view->p.location_count; i++) {
        for (uint32_t k = f->first[i]; k + 1 < f->first[i + 1]; k++) {
            inlined[f->ids[k]] = 1;
        }
    }
    return inlined;
}

static uint8_t *matching_nodes(struct pp_graph *g, const struct pp_regex *regex)
{
    uint8_t *matching = pp_arena_alloc(g->arena, g->node_count);
    for (size_t i = 0; matching && i < g->shown_count; i++) {
        const char *name = pp_node_name(g, g->shown[i]);
        matching[g->shown[i]] = pp_regex_match(regex, name, strlen(name));
    }
    return matching;
}

/* Which nodes' edges the report is about. */
static int choose_wanted(struct walker *w)
{
    struct pp_graph *g = w->g;
    if (g->options.edges == PP_EDGES_INLINED) {
        w->wanted = inlined_nodes(g);
    } else if (g->options.edges_of) {
        w->wanted = matching_nodes(g, g->options.edges_of);
        w->from_wanted = true;
    } else {
        return 0;
    }
    return w->wanted ? 0 : PPROF_ERR_NOMEM;
}

static void find_live(struct walker *w)
{
    const struct pp_frames *f = &w->g->frames;
    for (size_t l = 0; l < w->g->view->p.location_count; l++) {
        for (uint32_t i = f->first[l]; i < f->first[l + 1]; i++) {
            bool kept = w->g->nodes[f->ids[i]].is_kept;
            w->live[i] = kept ? f->ids[i] : UINT32_MAX;
            w->alive[l] |= kept;
        }
    }
}

/* Where light edges are dropped without being counted, a first pass over the calls sums weights by
 * hash, in memory that fits the cache; edges are then made only where the sum is not too light. Of
 * a million edges a few hundred are left. Small profiles do without. */
static int bound_edges(struct walker *w)
{
    const struct pprof_profile *p = &w->g->view->p;
    enum { WORTH_IT = 1 << 17 };
    if (w->g->options.edges != PP_EDGES_INLINED || w->g->edge_cutoff <= 0 ||
        p->loc_begin[p->sample_count] < WORTH_IT) {
        return 0;
    }
    w->bounds = pp_arena_array(w->g->arena, (size_t)1 << BOUND_BITS, sizeof(*w->bounds));
    if (!w->bounds) {
        return PPROF_ERR_NOMEM;
    }
    w->bounding = true;
    int r = walk_samples(w);
    w->bounding = false;
    w->stamp = 0;
    return r;
}

int pp_graph_find_edges(struct pp_graph *g)
{
    const struct pp_frames *f = &g->frames;
    size_t places = f->first[g->view->p.location_count];
    g->edge_count = 0;
    g->has_edges = true;
    if (g->options.edges == PP_EDGES_INLINED && !f->any_inlined) {
        pp_graph_link_edges(g);
        return 0;
    }
    struct walker w = { .g = g, .live = pp_arena_array(g->arena, places, sizeof(uint32_t)) };
    w.alive = pp_arena_alloc(g->arena, g->view->p.location_count);
    if (!w.live || !w.alive || choose_wanted(&w)) {
        return PPROF_ERR_NOMEM;
    }
    find_live(&w);
    int r = bound_edges(&w);
    r = r ? r : walk_samples(&w);
    pp_arena_release(&w.table.memory);
    pp_graph_link_edges(g);
    return r;
}

void pp_graph_link_edges(struct pp_graph *g)
{
    for (size_t i = 0; i < g->node_count; i++) {
        g->nodes[i].in = g->nodes[i].out = UINT32_MAX;
    }
    for (size_t i = 0; i < g->edge_count; i++) {
        struct pp_edge *e = &g->edges[i];
        if (!e->is_gone) {
            e->next_in = g->nodes[e->dst].in;
            e->next_out = g->nodes[e->src].out;
            g->nodes[e->dst].in = g->nodes[e->src].out = (uint32_t)i;
        }
    }
}

/* --- dropping --------------------------------------------------------------------------------- */

size_t pp_graph_drop_light_edges(struct pp_graph *g, int64_t cutoff)
{
    size_t dropped = 0;
    for (size_t i = 0; i < g->edge_count; i++) {
        struct pp_edge *e = &g->edges[i];
        if (!e->is_gone && g->nodes[e->dst].is_shown && pp_abs(e->weight) < cutoff) {
            e->is_gone = true;
            dropped++;
        }
    }
    return dropped;
}

struct search {
    uint32_t *queue;
    uint32_t *stamps;
    uint32_t stamp;
};

/* True when the edge's ends are connected by another way too. */
static bool has_detour(const struct pp_graph *g, struct search *s, uint32_t edge)
{
    size_t head = 0, tail = 0;
    s->stamp++;
    s->queue[tail++] = g->edges[edge].dst;
    s->stamps[g->edges[edge].dst] = s->stamp;
    while (head < tail) {
        uint32_t node = s->queue[head++];
        for (uint32_t e = g->nodes[node].in; e != UINT32_MAX; e = g->edges[e].next_in) {
            uint32_t from = g->edges[e].src;
            if (e == edge || g->edges[e].is_gone || s->stamps[from] == s->stamp) {
                continue;
            }
            if (from == g->edges[edge].src) {
                return true;
            }
            s->stamps[from] = s->stamp;
            s->queue[tail++] = from;
        }
    }
    return false;
}

int pp_graph_drop_redundant(struct pp_graph *g)
{
    struct search s = { .stamp = 0 };
    if (g->options.call_tree) {
        return 0; /* one way to each node: nothing is redundant */
    }
    s.queue = pp_arena_array(g->arena, g->node_count + 1, sizeof(uint32_t));
    s.stamps = pp_arena_array(g->arena, g->node_count + 1, sizeof(uint32_t));
    if (!s.queue || !s.stamps) {
        return PPROF_ERR_NOMEM;
    }
    for (size_t i = g->shown_count; i-- > 0;) {
        size_t count;
        const uint32_t *in = pp_graph_edges_of(g, g->shown[i], false, &count);
        if (!in) {
            return PPROF_ERR_NOMEM;
        }
        while (count > 0 && g->edges[in[count - 1]].is_residual) {
            if (has_detour(g, &s, in[--count])) {
                g->edges[in[count]].is_gone = true;
            }
        }
    }
    return 0;
}

/* --- lists ------------------------------------------------------------------------------------ */

static int compare_names(const void *a, const void *b, void *graph)
{
    return strcmp(pp_node_name(graph, *(const uint32_t *)a),
                  pp_node_name(graph, *(const uint32_t *)b));
}

/* Numbers the nodes by name, equal names alike: many edges are then sorted without comparing text.
 * Without memory there are no numbers. */
static void rank_names(struct pp_graph *g)
{
    uint32_t *order = pp_arena_array(g->arena, g->node_count, sizeof(*order));
    uint32_t *rank = pp_arena_array(g->arena, g->node_count, sizeof(*rank));
    if (!order || !rank) {
        return;
    }
    for (size_t i = 0; i < g->node_count; i++) {
        order[i] = (uint32_t)i;
    }
    qsort_r(order, g->node_count, sizeof(*order), compare_names, g);
    for (size_t i = 1; i < g->node_count; i++) {
        bool differs = compare_names(&order[i - 1], &order[i], g) != 0;
        rank[order[i]] = rank[order[i - 1]] + differs;
    }
    g->name_ranks = rank;
}

static int compare_nodes(struct pp_graph *g, uint32_t a, uint32_t b)
{
    if (g->name_ranks) {
        return (g->name_ranks[a] > g->name_ranks[b]) - (g->name_ranks[a] < g->name_ranks[b]);
    }
    return compare_names(&a, &b, g);
}

static int compare_edges(const void *a, const void *b, void *graph)
{
    struct pp_graph *g = graph;
    const struct pp_edge *x = &g->edges[*(const uint32_t *)a], *y = &g->edges[*(const uint32_t *)b];
    int64_t v = pp_abs(x->weight), w = pp_abs(y->weight);
    if (v != w) {
        return v > w ? -1 : 1;
    }
    int by_name = compare_nodes(g, x->src, y->src);
    by_name = by_name ? by_name : compare_nodes(g, x->dst, y->dst);
    return by_name ? by_name : (x > y) - (x < y);
}

void pp_graph_sort_edges(struct pp_graph *graph, uint32_t *edges, size_t count)
{
    if (!graph->name_ranks && graph->edge_count > graph->node_count * 8) {
        rank_names(graph);
    }
    qsort_r(edges, count, sizeof(*edges), compare_edges, graph);
}

static uint32_t next_edge(const struct pp_graph *g, uint32_t edge, bool out)
{
    return out ? g->edges[edge].next_out : g->edges[edge].next_in;
}

const uint32_t *pp_graph_edges_of(struct pp_graph *g, uint32_t node, bool out, size_t *count)
{
    uint32_t first = out ? g->nodes[node].out : g->nodes[node].in;
    size_t n = 0;
    for (uint32_t e = first; e != UINT32_MAX; e = next_edge(g, e, out)) {
        n += !g->edges[e].is_gone;
    }
    uint32_t *list = pp_arena_array(g->arena, n + 1, sizeof(*list));
    *count = 0;
    for (uint32_t e = first; list && e != UINT32_MAX; e = next_edge(g, e, out)) {
        if (!g->edges[e].is_gone) {
            list[(*count)++] = e;
        }
    }
    if (list) {
        pp_graph_sort_edges(g, list, *count);
    }
    return list;
}
