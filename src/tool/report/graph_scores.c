/* How interesting each node is, for pictures that show only the top ones: the weights of all edges
 * among kept nodes, of which there may be millions, are looked at once and not kept.
 *
 * Edges are shared out by their hash to tables of equal rank, so that each is counted by one thread,
 * in the order of the samples; nothing depends on how many threads there are. */
#include "base/jobs.h"
#include "tool/report/graph_places.h"
#include "tool/report/measure.h"

#include <math.h>
#include <string.h>

struct slot {
    uint32_t src, dst; /* equal: free */
    int64_t weight;
    uint32_t stamp;
};

enum { BATCH = 64, SHARES = 2 };

struct step {
    uint32_t src, dst, hash, stamp;
    int64_t value;
};

struct share { /* the edges of one rank */
    const struct pp_places *places;
    uint32_t rank, stamp;
    int64_t value;
    struct pp_arena memory;
    struct slot *slots;
    size_t slot_count, mask, used; /* mask: slot_count - 1, or 0 */
    bool failed;
    size_t step_count;
    struct step steps[BATCH];
};

struct scorer {
    struct pp_graph *graph;
    struct share shares[SHARES];
    double *scores[2]; /* by node: of edges in, of edges out */
};

static inline uint32_t hash_edge(uint32_t src, uint32_t dst)
{
    return (uint32_t)pp_hash_u64((uint64_t)src << 32 | dst);
}

/* The edge's slot, or the free one where it belongs. */
static inline struct slot *slot_of(const struct share *s, uint32_t src, uint32_t dst, uint32_t hash)
{
    size_t mask = s->mask, at = hash / SHARES & mask;
    while (s->slots[at].src != s->slots[at].dst &&
           (s->slots[at].src != src || s->slots[at].dst != dst)) {
        at = (at + 1) & mask;
    }
    return &s->slots[at];
}

static bool grow(struct share *s)
{
    enum { FIRST = 1 << 14 };
    struct share old = *s;
    s->slot_count = old.slot_count ? old.slot_count * 2 : FIRST;
    s->mask = s->slot_count - 1;
    pp_arena_init(&s->memory, 0);
    s->slots = pp_arena_array(&s->memory, s->slot_count, sizeof(*s->slots));
    for (size_t i = 0; s->slots && i < old.slot_count; i++) {
        const struct slot *from = &old.slots[i];
        if (from->src != from->dst) {
            *slot_of(s, from->src, from->dst, hash_edge(from->src, from->dst)) = *from;
        }
    }
    pp_arena_release(&old.memory);
    s->failed |= !s->slots;
    return s->slots != NULL;
}

static void meet(struct share *s)
{
    while (!s->failed && (s->used + s->step_count) * 4 >= s->slot_count * 3 && grow(s)) {
    }
    for (size_t i = 0; !s->failed && i < s->step_count; i++) {
        const struct step *step = &s->steps[i];
        struct slot *slot = slot_of(s, step->src, step->dst, step->hash);
        if (slot->src == slot->dst) {
            *slot = (struct slot){ .src = step->src, .dst = step->dst };
            s->used++;
        }
        if (slot->stamp != step->stamp) {
            slot->stamp = step->stamp;
            slot->weight += step->value;
        }
    }
    s->step_count = 0;
}

static inline void add_step(void *ctx, uint32_t parent, uint32_t node, unsigned how)
{
    struct share *s = ctx;
    uint32_t hash = hash_edge(parent, node);
    (void)how;
    __builtin_prefetch(&s->slots[hash / SHARES & s->mask], 1);
    s->steps[s->step_count] = (struct step){ parent, node, hash, s->stamp, s->value };
    s->step_count += hash % SHARES == s->rank; /* as good as random: no branch */
    if (s->step_count == BATCH) {
        meet(s);
    }
}

static void weigh_share(void *ctx, size_t number)
{
    struct share *s = &((struct scorer *)ctx)->shares[number];
    const struct pp_graph *g = s->places->graph;
    const struct pprof_profile *p = &g->view->p;
    for (size_t i = 0; i < p->sample_count && !s->failed; i++) {
        const int64_t *values = p->values + i * p->sample_type_count;
        s->value = values[g->options.value_index];
        s->stamp++;
        if (s->value || (g->options.mean && values[0])) {
            pp_places_walk(s->places, i, add_step, s);
        }
    }
    meet(s);
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
        for (size_t i = 0; i < sc->shares[k].slot_count; i++) {
            const struct slot *slot = &sc->shares[k].slots[i];
            uint32_t node = out ? slot->src : slot->dst;
            totals[node] += slot->weight > 0 ? slot->weight : 0;
            any[node] |= slot->src != slot->dst;
        }
    }
    for (size_t i = 0; out && i < g->node_count; i++) {
        totals[i] += g->nodes[i].flat;
    }
    for (size_t k = 0; k < SHARES; k++) {
        for (size_t i = 0; i < sc->shares[k].slot_count; i++) {
            const struct slot *slot = &sc->shares[k].slots[i];
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
        failed |= sc->shares[i].failed;
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
        pp_arena_release(&sc.shares[i].memory);
    }
    return r;
}
