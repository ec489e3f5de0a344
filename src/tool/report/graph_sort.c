#include "tool/report/graph.h"

#include "tool/report/measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double pp_graph_spread(int64_t weight, int64_t total)
{
    double part = (double)pp_abs(weight) / (double)total;
    return -part * log2(part);
}

/* How evenly a node's weight spreads over edges and, with self, stays with it (Shannon's
 * entropy). */
static double spread(const struct pp_graph *g, uint32_t first, bool out, int64_t self)
{
    int64_t total = self;
    double score = 0;
    for (uint32_t e = first; e != UINT32_MAX;
         e = out ? g->edges[e].next_out : g->edges[e].next_in) {
        total += !g->edges[e].is_gone && g->edges[e].weight > 0 ? g->edges[e].weight : 0;
    }
    if (total == 0) {
        return 0;
    }
    for (uint32_t e = first; e != UINT32_MAX;
         e = out ? g->edges[e].next_out : g->edges[e].next_in) {
        score += g->edges[e].is_gone ? 0 : pp_graph_spread(g->edges[e].weight, total);
    }
    return self > 0 ? score + pp_graph_spread(self, total) : score;
}

static bool has_edge(const struct pp_graph *g, uint32_t first, bool out)
{
    while (first != UINT32_MAX && g->edges[first].is_gone) {
        first = out ? g->edges[first].next_out : g->edges[first].next_in;
    }
    return first != UINT32_MAX;
}

int64_t pp_graph_interest(const struct pp_node *n, double score)
{
    return (int64_t)((uint64_t)pp_to_i64(score * (double)n->cum) + (uint64_t)n->flat);
}

/* Where many ways meet is worth a look: entry and leaf nodes count as one full bit. */
static int64_t interest(const struct pp_graph *g, uint32_t node)
{
    const struct pp_node *n = &g->nodes[node];
    if (g->interest) {
        return g->interest[node];
    }
    double score = has_edge(g, n->in, false) ? spread(g, n->in, false, 0) : 1;
    score += has_edge(g, n->out, true) ? spread(g, n->out, true, n->flat) : 1;
    return pp_graph_interest(n, score);
}

struct ranked {
    int64_t score, second; /* absolute values */
    uint32_t node;
};

static int compare_ranked(const void *a, const void *b, void *graph)
{
    struct pp_graph *g = graph;
    const struct ranked *x = a, *y = b;
    if (x->score != y->score) {
        return x->score > y->score ? -1 : 1;
    }
    uint32_t xi = g->nodes[x->node].info, yi = g->nodes[y->node].info;
    if (xi != yi) {
        uint64_t xa = g->frames.infos[xi].address, ya = g->frames.infos[yi].address;
        if (xa && ya && xa != ya) {
            return xa < ya ? -1 : 1;
        }
        int by_name = strcmp(pp_node_name(g, x->node), pp_node_name(g, y->node));
        if (by_name) {
            return by_name;
        }
    } else if (x->second != y->second) {
        return x->second > y->second ? -1 : 1;
    }
    return (x->node > y->node) - (x->node < y->node);
}

static struct ranked rank(const struct pp_graph *g, uint32_t node)
{
    const struct pp_node *n = &g->nodes[node];
    struct ranked r = { .node = node };
    if (g->options.visual) {
        r.score = pp_abs(interest(g, node));
        r.second = pp_abs(n->flat);
    } else if (g->options.cum_sort) {
        r.score = pp_abs(n->cum);
        r.second = pp_abs(n->flat);
    } else {
        r.score = pp_abs(n->flat);
        r.second = pp_abs(n->cum);
    }
    return r;
}

int pp_graph_sort(struct pp_graph *g)
{
    struct ranked *ranks = pp_arena_array(g->arena, g->shown_count + 1, sizeof(*ranks));
    if (!ranks) {
        return PPROF_ERR_NOMEM;
    }
    for (size_t i = 0; i < g->shown_count; i++) {
        ranks[i] = rank(g, g->shown[i]);
    }
    qsort_r(ranks, g->shown_count, sizeof(*ranks), compare_ranked, g);
    for (size_t i = 0; i < g->shown_count; i++) {
        g->shown[i] = ranks[i].node;
    }
    return 0;
}
