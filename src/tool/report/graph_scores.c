/* How interesting each node is, for pictures that show only the top ones: the weights of edges
 * among kept nodes, of which there may be millions, are looked at once and not kept.
 *
 * A node's score is at most its weight times the logarithm of how many edges it can have. So some
 * heavy nodes are scored first; of the others only those that could still be among the top ones.
 * Where weights may be negative, or nearly all nodes could be, all are scored. */
#include "tool/report/graph_steps.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct scorer {
    struct pp_graph *graph;
    uint8_t *wanted;   /* by node: to be scored */
    double *scores[2]; /* by node: of edges in, of edges out */
};

/* The spread of a node's weight over its edges of one direction (out: and itself), see
 * graph_sort.c; 1 for nodes without any. */
static void score_edges(void *ctx, uint32_t node, bool out, const struct pp_neighbor *edges,
                        size_t count)
{
    const struct scorer *sc = ctx;
    int64_t self = out ? sc->graph->nodes[node].flat : 0, total = self;
    double score = count ? 0 : 1;
    for (size_t i = 0; i < count; i++) {
        total += edges[i].weight > 0 ? edges[i].weight : 0;
    }
    for (size_t i = 0; total && i < count; i++) {
        score += pp_graph_spread(edges[i].weight, total);
    }
    if (count && self > 0 && total) {
        score += pp_graph_spread(self, total);
    }
    sc->scores[out][node] = score;
}

/* Scores the wanted nodes. */
static int score(struct scorer *sc)
{
    struct pp_graph *g = sc->graph;
    struct pp_steps_wanted wanted = { .nodes = sc->wanted, .out = true };
    int r = pp_graph_each_edge(g, &wanted, score_edges, sc);
    for (size_t i = 0; !r && i < g->node_count; i++) {
        if (sc->wanted[i]) {
            g->interest[i] =
                pp_graph_interest(&g->nodes[i], sc->scores[0][i] + sc->scores[1][i]);
        }
    }
    return r;
}

static int score_all(struct scorer *sc)
{
    const struct pp_graph *g = sc->graph;
    for (size_t i = 0; i < g->node_count; i++) {
        sc->wanted[i] = g->nodes[i].is_shown;
    }
    return score(sc);
}

/* --- only some of them ------------------------------------------------------------------------ */

struct chance {
    int64_t most; /* that the node's score may be */
    uint32_t node;
};

static int compare_chances(const void *a, const void *b)
{
    const struct chance *x = a, *y = b;
    return x->most != y->most ? (x->most > y->most ? -1 : 1)
                              : (x->node > y->node) - (x->node < y->node);
}

/* The best chances first. NULL without memory. */
static struct chance *rank_chances(const struct pp_graph *g)
{
    struct chance *chances = pp_arena_array(g->arena, g->shown_count, sizeof(*chances));
    double bits = log2((double)g->shown_count + 1) * 2 + 1e-3;
    for (size_t i = 0; chances && i < g->shown_count; i++) {
        uint32_t node = g->shown[i];
        chances[i] = (struct chance){ pp_graph_interest(&g->nodes[node], bits), node };
    }
    if (chances) {
        qsort(chances, g->shown_count, sizeof(*chances), compare_chances);
    }
    return chances;
}

static int compare_scores(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x < *y) - (*x > *y);
}

/* The last score that is good enough, of count scored nodes. */
static int64_t last_of_top(const struct pp_graph *g, const struct chance *chances, size_t count)
{
    int64_t *scores = pp_arena_array(g->arena, count, sizeof(*scores));
    for (size_t i = 0; scores && i < count; i++) {
        scores[i] = g->interest[chances[i].node];
    }
    if (scores) {
        qsort(scores, count, sizeof(*scores), compare_scores);
    }
    return scores ? scores[g->options.nodecount - 1] : 0;
}

static int score_some(struct scorer *sc, const struct chance *chances, size_t first, size_t last)
{
    memset(sc->wanted, 0, sc->graph->node_count);
    for (size_t i = first; i < last; i++) {
        sc->wanted[chances[i].node] = 1;
    }
    return score(sc);
}

/* *enough: nobody else needs a score. */
static int score_top(struct scorer *sc, bool *enough)
{
    const struct pp_graph *g = sc->graph;
    size_t first = (size_t)g->options.nodecount * 2, last;
    struct chance *chances = rank_chances(g);
    if (!chances) {
        return PPROF_ERR_NOMEM;
    }
    int r = score_some(sc, chances, 0, first);
    int64_t least = r ? 0 : last_of_top(g, chances, first);
    for (last = first; last < g->shown_count && chances[last].most >= least; last++) {
    }
    *enough = least > 0 && last < g->shown_count / 4 * 3;
    if (!r && *enough && last > first) {
        r = score_some(sc, chances, first, last);
    }
    return r;
}

/* Scores have a bound, and there are few enough to look for. */
static bool is_worth_ranking(const struct pp_graph *g)
{
    return !g->has_negative && !g->options.mean && g->weight <= (uint64_t)INT64_MAX >> 16 &&
           (uint64_t)g->options.nodecount < g->shown_count / 8;
}

int pp_graph_score(struct pp_graph *g)
{
    struct pp_arena scratch;
    struct scorer sc = { .graph = g };
    bool enough = false;
    pp_arena_init(&scratch, 0);
    g->interest = pp_arena_array(g->arena, g->node_count + 1, sizeof(*g->interest));
    sc.wanted = pp_arena_alloc(&scratch, g->node_count);
    sc.scores[0] = pp_arena_array(&scratch, g->node_count, sizeof(double));
    sc.scores[1] = pp_arena_array(&scratch, g->node_count, sizeof(double));
    int r = g->interest && sc.wanted && sc.scores[0] && sc.scores[1] ? 0 : PPROF_ERR_NOMEM;
    if (!r && is_worth_ranking(g)) {
        r = score_top(&sc, &enough);
    }
    r = r || enough ? r : score_all(&sc);
    pp_arena_release(&scratch);
    return r;
}
