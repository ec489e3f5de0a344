/* Edges once found: lists of them, and dropping them. */
#include "tool/report/graph.h"

#include <stdlib.h>
#include <string.h>

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
    pp_graph_link_edges(g); /* what looks for ways should not go over all those */
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
