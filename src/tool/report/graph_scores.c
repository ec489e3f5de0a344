/* How interesting each node is, for pictures that show only the top ones: the weights of edges
 * among kept nodes, of which there may be millions, are looked at once and not kept.
 *
 * A node's score is at most its weight times the logarithm of how many edges it can have. So some
 * heavy nodes are scored first; of the others only those that could still be among the top ones.
 * Where weights may be negative, or nearly all nodes could be, all are scored: then edges are
 * shared out by their hash to tables of equal rank, so that each is counted by one thread, in the
 * order of the samples. Nothing depends on how many threads there are. */
#include "base/jobs.h"
#include "tool/report/graph_places.h"
#include "tool/report/graph_weights.h"

#include <math.h>
#include <stdlib.h>

enum { SHARES = 2 };

struct share { /* the edges of one rank, or those in a part of the samples */
    struct pp_edge_weights weights;
    uint32_t rank, stamp;
    int64_t value;
    bool by_edge;
};

struct scorer {
    struct pp_graph *graph;
    struct pp_places places;
    uint8_t *wanted; /* by node: to be scored; NULL: all are */
    struct share shares[PP_SAMPLE_PARTS];
    size_t share_count, table_count; /* tables: of the first shares */
    double *scores[2]; /* by node: of edges in, of edges out */
};

static inline void add_step(void *ctx, uint32_t parent, uint32_t node, unsigned how)
{
    struct share *s = ctx;
    struct pp_edge_step step = { parent, node, pp_edge_hash(parent, node), s->stamp, s->value,
                                 false };
    (void)how;
    pp_edge_weights_add(&s->weights, step, !s->by_edge || step.hash >> 31 == s->rank);
}

static void weigh_share(void *ctx, size_t number)
{
    struct scorer *sc = ctx;
    struct share *s = &sc->shares[number];
    const struct pp_graph *g = sc->graph;
    const struct pprof_profile *p = &g->view->p;
    size_t parts = s->by_edge ? 1 : sc->share_count, part = s->by_edge ? 0 : number;
    size_t last = pp_sample_part(p, part + 1, parts);
    for (size_t i = pp_sample_part(p, part, parts); i < last && !s->weights.failed; i++) {
        const int64_t *values = p->values + i * p->sample_type_count;
        s->value = values[g->options.value_index];
        s->stamp++;
        if (s->value || (g->options.mean && values[0])) {
            pp_places_walk(&sc->places, i, add_step, s);
        }
    }
    pp_edge_weights_meet(&s->weights);
}

/* Shares are left with what they weigh: all in the first one, or each with its edges. */
static int weigh(struct scorer *sc)
{
    bool failed = false, by_edge = !sc->wanted;
    sc->share_count = by_edge ? SHARES : pp_sample_parts(&sc->graph->view->p);
    sc->table_count = by_edge ? SHARES : 1;
    for (uint32_t i = 0; i < sc->share_count; i++) {
        sc->shares[i].rank = i;
        sc->shares[i].by_edge = by_edge;
    }
    pp_jobs_run(sc->share_count, weigh_share, sc);
    for (size_t i = 0; i < sc->share_count; i++) {
        failed |= sc->shares[i].weights.failed;
        if (i >= sc->table_count && !failed) {
            pp_edge_weights_join(&sc->shares[0].weights, &sc->shares[i].weights);
            pp_edge_weights_release(&sc->shares[i].weights);
        }
    }
    return failed || sc->shares[0].weights.failed ? PPROF_ERR_NOMEM : 0;
}

/* The spread of each node's weight over its edges of one direction (out: and itself), see
 * graph_sort.c; 1 for nodes without any. */
static void score_direction(void *ctx, size_t out)
{
    const struct scorer *sc = ctx;
    const struct pp_graph *g = sc->graph;
    double *scores = sc->scores[out];
    int64_t *totals = (int64_t *)(scores + g->node_count);
    uint8_t *any = (uint8_t *)(totals + g->node_count);
    for (size_t k = 0; k < sc->table_count; k++) {
        for (size_t i = 0; i < sc->shares[k].weights.slot_count; i++) {
            const struct pp_edge_weight *slot = &sc->shares[k].weights.slots[i];
            uint32_t node = out ? slot->src : slot->dst;
            totals[node] += slot->weight > 0 ? slot->weight : 0;
            any[node] |= slot->src != slot->dst;
        }
    }
    for (size_t i = 0; out && i < g->node_count; i++) {
        totals[i] += g->nodes[i].flat;
    }
    for (size_t k = 0; k < sc->table_count; k++) {
        for (size_t i = 0; i < sc->shares[k].weights.slot_count; i++) {
            const struct pp_edge_weight *slot = &sc->shares[k].weights.slots[i];
            uint32_t node = out ? slot->src : slot->dst;
            if (slot->src != slot->dst && totals[node]) {
                scores[node] += pp_graph_spread(slot->weight, totals[node]);
            }
        }
    }
    for (size_t i = 0; i < g->node_count; i++) {
        int64_t self = out ? g->nodes[i].flat : 0;
        if (!any[i]) {
            scores[i] = 1;
        } else if (self > 0 && totals[i]) {
            scores[i] += pp_graph_spread(self, totals[i]);
        }
    }
}

static void release(struct scorer *sc)
{
    for (size_t i = 0; i < sc->share_count; i++) {
        pp_edge_weights_release(&sc->shares[i].weights);
        sc->shares[i] = (struct share){ .stamp = 0 };
    }
}

/* Scores the wanted nodes. */
static int score(struct scorer *sc)
{
    struct pp_graph *g = sc->graph;
    size_t each = sizeof(double) + sizeof(int64_t) + 1;
    struct pp_arena scratch;
    pp_arena_init(&scratch, 0);
    sc->scores[0] = pp_arena_array(&scratch, g->node_count + 1, each);
    sc->scores[1] = pp_arena_array(&scratch, g->node_count + 1, each);
    int r = sc->scores[0] && sc->scores[1] ? 0 : PPROF_ERR_NOMEM;
    r = r ? r : pp_places_init(&sc->places, g, sc->wanted, true);
    r = r ? r : weigh(sc);
    if (!r) {
        pp_jobs_run(2, score_direction, sc);
    }
    for (size_t i = 0; !r && i < g->node_count; i++) {
        if (!sc->wanted || sc->wanted[i]) {
            g->interest[i] =
                pp_graph_interest(&g->nodes[i], sc->scores[0][i] + sc->scores[1][i]);
        }
    }
    release(sc);
    pp_arena_release(&scratch);
    return r;
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
    sc->wanted = pp_arena_alloc(sc->graph->arena, sc->graph->node_count);
    if (!sc->wanted) {
        return PPROF_ERR_NOMEM;
    }
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
    sc->wanted = NULL;
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
    struct scorer *sc = pp_arena_alloc(g->arena, sizeof(*sc));
    bool enough = false;
    g->interest = pp_arena_array(g->arena, g->node_count + 1, sizeof(*g->interest));
    if (!sc || !g->interest) {
        return PPROF_ERR_NOMEM;
    }
    sc->graph = g;
    int r = is_worth_ranking(g) ? score_top(sc, &enough) : 0;
    return r || enough ? r : score(sc);
}
