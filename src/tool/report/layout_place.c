/* x of every station. Small graphs: network simplex on an auxiliary graph (each link pulls its
 * ends together, pieces of long arrows 8 times harder; neighbours in a rank keep their distance).
 * Large ones: sweeps that put each rank where its neighbours want it, as near as the distances
 * allow. */
#include "tool/report/layout_graph.h"
#include "tool/report/simplex.h"

#include <math.h>

enum { EXACT_LIMIT = 6000, PULL_SWEEPS = 24, PIVOT_BUDGET = 300000000 };

static double distance(const struct pp_layered *g, uint32_t left, uint32_t right, double node_sep)
{
    bool boxes = g->stations[left].edge == UINT32_MAX || g->stations[right].edge == UINT32_MAX;
    return g->stations[left].right + g->stations[right].left + (boxes ? node_sep : node_sep / 2);
}

/* How hard a link wants to be vertical: by how many of its ends are only passing. */
static int32_t straightness(const struct pp_layered *g, const struct pp_link *link)
{
    static const int32_t by_passing[] = { 1, 2, 8 };
    int passing = (g->stations[link->upper].edge != UINT32_MAX) +
                  (g->stations[link->lower].edge != UINT32_MAX);
    return by_passing[passing] * link->weight;
}

static int place_exactly(struct pp_layered *g, double node_sep)
{
    size_t nodes = g->station_count + g->link_count;
    size_t cap = 2 * g->link_count + g->station_count;
    struct pp_simplex_edge *edges = pp_arena_array(g->arena, cap + 1, sizeof(*edges));
    int32_t *x = pp_arena_array(g->arena, nodes + 1, sizeof(*x));
    if (!edges || !x) {
        return PPROF_ERR_NOMEM;
    }
    size_t count = 0;
    for (size_t l = 0; l < g->link_count; l++) {
        uint32_t between = (uint32_t)(g->station_count + l);
        int32_t weight = straightness(g, &g->links[l]);
        edges[count++] = (struct pp_simplex_edge){ between, g->links[l].upper, 0, weight };
        edges[count++] = (struct pp_simplex_edge){ between, g->links[l].lower, 0, weight };
    }
    for (size_t r = 0; r < g->rank_count; r++) {
        for (uint32_t i = g->rank_first[r]; i + 1 < g->rank_first[r + 1]; i++) {
            uint32_t a = g->rank[i], b = g->rank[i + 1];
            edges[count++] =
                (struct pp_simplex_edge){ a, b, (int32_t)ceil(distance(g, a, b, node_sep)), 0 };
        }
    }
    int err = pp_simplex(g->arena, nodes, edges, count, PIVOT_BUDGET / (nodes + 1), x);
    if (err) {
        return err;
    }
    for (size_t v = 0; v < g->station_count; v++) {
        g->stations[v].x = x[v];
    }
    return 0;
}

static void pack_left(struct pp_layered *g, double node_sep)
{
    for (size_t r = 0; r < g->rank_count; r++) {
        double x = 0;
        for (uint32_t i = g->rank_first[r]; i < g->rank_first[r + 1]; i++) {
            if (i > g->rank_first[r]) {
                x += distance(g, g->rank[i - 1], g->rank[i], node_sep);
            }
            g->stations[g->rank[i]].x = x;
        }
    }
}

/* Where its neighbours above and below want v, and how strongly. */
static double wish(const struct pp_layered *g, uint32_t v, double *strength)
{
    double sum = 0, weight = 0;
    for (uint32_t i = g->down_first[v]; i < g->down_first[v + 1]; i++) {
        double w =
            g->stations[v].edge != UINT32_MAX && g->stations[g->down[i]].edge != UINT32_MAX ? 8 : 1;
        sum += w * g->stations[g->down[i]].x;
        weight += w;
    }
    for (uint32_t i = g->up_first[v]; i < g->up_first[v + 1]; i++) {
        double w =
            g->stations[v].edge != UINT32_MAX && g->stations[g->up[i]].edge != UINT32_MAX ? 8 : 1;
        sum += w * g->stations[g->up[i]].x;
        weight += w;
    }
    *strength = weight > 0 ? weight : 0.01;
    return weight > 0 ? sum / weight : g->stations[v].x;
}

struct pool {
    double sum, weight; /* of wishes less the offsets within the rank */
    uint32_t count;
};

/* Least squares under the distances: neighbours that would overlap are pooled and moved as one. */
static void pull_rank(struct pp_layered *g, size_t r, double node_sep, struct pool *pools,
                      double *offset)
{
    size_t n = 0;
    uint32_t begin = g->rank_first[r], end = g->rank_first[r + 1];
    for (uint32_t i = begin; i < end; i++) {
        double strength, at = wish(g, g->rank[i], &strength);
        double before = i > begin ? distance(g, g->rank[i - 1], g->rank[i], node_sep) : 0;
        offset[i] = (i > begin ? offset[i - 1] : 0) + before;
        pools[n++] = (struct pool){ (at - offset[i]) * strength, strength, 1 };
        while (n > 1 &&
               pools[n - 1].sum / pools[n - 1].weight < pools[n - 2].sum / pools[n - 2].weight) {
            pools[n - 2].sum += pools[n - 1].sum;
            pools[n - 2].weight += pools[n - 1].weight;
            pools[n - 2].count += pools[n - 1].count;
            n--;
        }
    }
    uint32_t i = begin;
    for (size_t p = 0; p < n; p++) {
        for (uint32_t k = 0; k < pools[p].count; k++, i++) {
            g->stations[g->rank[i]].x = pools[p].sum / pools[p].weight + offset[i];
        }
    }
}

static int place_by_pulling(struct pp_layered *g, double node_sep)
{
    struct pool *pools = pp_arena_array(g->arena, g->station_count + 1, sizeof(*pools));
    double *offset = pp_arena_array(g->arena, g->station_count + 1, sizeof(*offset));
    if (!pools || !offset) {
        return PPROF_ERR_NOMEM;
    }
    pack_left(g, node_sep);
    for (int sweep = 0; sweep < PULL_SWEEPS; sweep++) {
        for (size_t i = 0; i < g->rank_count; i++) {
            pull_rank(g, sweep % 2 ? g->rank_count - 1 - i : i, node_sep, pools, offset);
        }
    }
    return 0;
}

int pp_layout_place(struct pp_layered *g, double node_sep)
{
    if (g->station_count + g->link_count <= EXACT_LIMIT) {
        return place_exactly(g, node_sep);
    }
    return place_by_pulling(g, node_sep);
}
