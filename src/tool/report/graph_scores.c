/* How interesting each node is, for pictures that show only the top ones: the weights of all edges
 * among kept nodes, of which there may be millions, are looked at once and not kept.
 *
 * Edges are shared out by their hash to tables of equal rank, so that each is counted by one
 * thread, in the order of the samples; nothing depends on how many threads there are. */
#include "base/jobs.h"
#include "tool/report/graph_places.h"
#include "tool/report/graph_weights.h"

enum { SHARES = 2 };

struct share { /* the edges of one rank */
    const struct pp_places *places;
    uint32_t rank, stamp;
    int64_t value;
    struct pp_edge_weights weights;
};

struct scorer {
    struct pp_graph *graph;
    struct share shares[SHARES];
    double *scores[2]; /* by node: of edges in, of edges out */
};

static inline void add_step(void *ctx, uint32_t parent, uint32_t node, unsigned how)
{
    struct share *s = ctx;
    struct pp_edge_step step = { parent, node, pp_edge_hash(parent, node), s->stamp, s->value,
                                 false };
    (void)how;
    pp_edge_weights_add(&s->weights, step, step.hash >> 31 == s->rank);
}

static void weigh_share(void *ctx, size_t number)
{
    struct share *s = &((struct scorer *)ctx)->shares[number];
    const struct pp_graph *g = s->places->graph;
    const struct pprof_profile *p = &g->view->p;
    for (size_t i = 0; i < p->sample_count && !s->weights.failed; i++) {
        const int64_t *values = p->values + i * p->sample_type_count;
        s->value = values[g->options.value_index];
        s->stamp++;
        if (s->value || (g->options.mean && values[0])) {
            pp_places_walk(s->places, i, add_step, s);
        }
    }
    pp_edge_weights_meet(&s->weights);
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
    for (size_t k = 0; k < SHARES; k++) {
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
    for (size_t k = 0; k < SHARES; k++) {
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

static int score(struct scorer *sc)
{
    struct pp_graph *g = sc->graph;
    bool failed = false;
    pp_jobs_run(SHARES, weigh_share, sc);
    for (size_t i = 0; i < SHARES; i++) {
        failed |= sc->shares[i].weights.failed;
    }
    size_t each = sizeof(double) + sizeof(int64_t) + 1;
    sc->scores[0] = pp_arena_array(g->arena, g->node_count + 1, each);
    sc->scores[1] = pp_arena_array(g->arena, g->node_count + 1, each);
    g->interest = pp_arena_array(g->arena, g->node_count + 1, sizeof(*g->interest));
    if (failed || !sc->scores[0] || !sc->scores[1] || !g->interest) {
        return PPROF_ERR_NOMEM;
    }
    pp_jobs_run(2, score_direction, sc);
    for (size_t i = 0; i < g->node_count; i++) {
        g->interest[i] =
            pp_graph_interest(&g->nodes[i], sc->scores[0][i] + sc->scores[1][i]);
    }
    return 0;
}

int pp_graph_score(struct pp_graph *g)
{
    struct pp_places places;
    struct scorer sc = { .graph = g };
    if (pp_places_init(&places, g, NULL, false)) {
        return PPROF_ERR_NOMEM;
    }
    for (uint32_t i = 0; i < SHARES; i++) {
        sc.shares[i].places = &places;
        sc.shares[i].rank = i;
    }
    int r = score(&sc);
    for (size_t i = 0; i < SHARES; i++) {
        pp_edge_weights_release(&sc.shares[i].weights);
    }
    return r;
}
