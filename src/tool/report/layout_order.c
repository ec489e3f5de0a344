/* Order within ranks: sweeps down and up, each rank sorted by the median place of its neighbours,
 * then neighbours exchanged while that saves crossings. The best order of all sweeps is kept. */
#include "tool/report/layout_graph.h"

#include <stdlib.h>
#include <string.h>

enum { SWEEPS = 24, STARTS = 4, EXCHANGE_ROUNDS = 10, BIG = 20000 };

struct sorter {
    double median;
    uint32_t station;
};

struct orderer {
    struct pp_layered *g;
    struct sorter *sorters;
    uint32_t *best;    /* copy of g->rank */
    uint32_t *tree;    /* counting tree over places */
    uint32_t *places;  /* scratch */
};

static void renumber(struct pp_layered *g, size_t r)
{
    for (uint32_t i = g->rank_first[r]; i < g->rank_first[r + 1]; i++) {
        g->stations[g->rank[i]].place = i - g->rank_first[r];
    }
}

static int compare_u32(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Sorted places of the neighbours of v, above or below. */
static size_t neighbour_places(const struct orderer *o, uint32_t v, bool below, uint32_t *places)
{
    const struct pp_layered *g = o->g;
    const uint32_t *first = below ? g->down_first : g->up_first;
    const uint32_t *others = below ? g->down : g->up;
    size_t n = first[v + 1] - first[v];
    for (size_t i = 0; i < n; i++) {
        places[i] = g->stations[others[first[v] + i]].place;
    }
    if (n > 1) {
        qsort(places, n, sizeof(*places), compare_u32);
    }
    return n;
}

/* Crossings between rank r and r + 1: inversions of lower places in upper order, by a counting
 * tree. */
static size_t rank_crossings(struct orderer *o, size_t r)
{
    struct pp_layered *g = o->g;
    uint32_t width = g->rank_first[r + 2] - g->rank_first[r + 1];
    memset(o->tree, 0, (width + 1) * sizeof(*o->tree));
    size_t crossings = 0, seen = 0;
    for (uint32_t i = g->rank_first[r]; i < g->rank_first[r + 1]; i++) {
        size_t n = neighbour_places(o, g->rank[i], true, o->places);
        for (size_t k = 0; k < n; k++) {
            size_t not_right = 0;
            for (uint32_t at = o->places[k] + 1; at; at &= at - 1) {
                not_right += o->tree[at];
            }
            crossings += seen - not_right;
        }
        for (size_t k = 0; k < n; k++) {
            for (uint32_t at = o->places[k] + 1; at <= width; at += at & (0 - at)) {
                o->tree[at]++;
            }
        }
        seen += n;
    }
    return crossings;
}

static size_t all_crossings(struct orderer *o)
{
    size_t crossings = 0;
    for (size_t r = 0; r + 1 < o->g->rank_count; r++) {
        crossings += rank_crossings(o, r);
    }
    return crossings;
}

/* The weighted median of Gansner et al.; negative when there is no neighbour. */
static double median_of(const uint32_t *places, size_t n)
{
    if (n == 0) {
        return -1;
    }
    size_t m = n / 2;
    if (n % 2) {
        return places[m];
    }
    if (n == 2) {
        return (places[0] + places[1]) / 2.0;
    }
    double left = places[m - 1] - places[0], right = places[n - 1] - places[m];
    if (left + right == 0) {
        return places[m];
    }
    return (places[m - 1] * right + places[m] * left) / (left + right);
}

static int compare_sorters(const void *a, const void *b)
{
    const struct sorter *x = a, *y = b;
    if (x->median != y->median) {
        return x->median < y->median ? -1 : 1;
    }
    return (x->station > y->station) - (x->station < y->station);
}

/* Sorts one rank by medians; stations without neighbours keep their places. */
static void sort_rank(struct orderer *o, size_t r, bool by_below)
{
    struct pp_layered *g = o->g;
    uint32_t begin = g->rank_first[r], end = g->rank_first[r + 1];
    size_t count = 0;
    for (uint32_t i = begin; i < end; i++) {
        size_t n = neighbour_places(o, g->rank[i], by_below, o->places);
        double median = median_of(o->places, n);
        if (median >= 0) {
            o->sorters[count++] = (struct sorter){ median, g->rank[i] };
        }
    }
    qsort(o->sorters, count, sizeof(*o->sorters), compare_sorters);
    const uint32_t *first = by_below ? g->down_first : g->up_first;
    size_t next = 0;
    for (uint32_t i = begin; i < end; i++) {
        if (first[g->rank[i] + 1] != first[g->rank[i]]) {
            g->rank[i] = o->sorters[next++].station;
        }
    }
    renumber(g, r);
}

/* Crossings of the edges of v and w with v left of w, on one side. */
static size_t pair_crossings(struct orderer *o, uint32_t v, uint32_t w, bool below)
{
    uint32_t *a = o->places;
    size_t n = neighbour_places(o, v, below, a);
    uint32_t *b = a + n;
    size_t m = neighbour_places(o, w, below, b);
    size_t crossings = 0, j = 0;
    for (size_t i = 0; i < n; i++) {
        while (j < m && b[j] < a[i]) {
            j++;
        }
        crossings += j;
    }
    return crossings;
}

/* `also_equal` exchanges where nothing is lost, too: it lets the order leave a plateau. */
static bool exchange_in_rank(struct orderer *o, size_t r, bool also_equal)
{
    struct pp_layered *g = o->g;
    bool better = false;
    for (uint32_t i = g->rank_first[r]; i + 1 < g->rank_first[r + 1]; i++) {
        uint32_t v = g->rank[i], w = g->rank[i + 1];
        size_t now = pair_crossings(o, v, w, true) + pair_crossings(o, v, w, false);
        size_t then = pair_crossings(o, w, v, true) + pair_crossings(o, w, v, false);
        if (then < now || (also_equal && then == now && now > 0)) {
            g->rank[i] = w;
            g->rank[i + 1] = v;
            g->stations[v].place++;
            g->stations[w].place--;
            better |= then < now;
        }
    }
    return better;
}

static void exchange(struct orderer *o, bool also_equal)
{
    for (int round = 0; round < EXCHANGE_ROUNDS; round++) {
        bool better = false;
        for (size_t r = 0; r < o->g->rank_count; r++) {
            better |= exchange_in_rank(o, r, also_equal);
        }
        if (!better) {
            return;
        }
    }
}

static void sweep(struct orderer *o, bool down)
{
    size_t ranks = o->g->rank_count;
    for (size_t i = 1; i < ranks; i++) {
        sort_rank(o, down ? i : ranks - 1 - i, !down);
    }
}

/* First order: depth first from the boxes nobody calls (or, from below, that call nobody), so that
 * what belongs together starts together; `mirrored` visits neighbours the other way round. */
static int start_order(struct pp_layered *g, bool from_above, bool mirrored)
{
    uint32_t *fill = pp_arena_array(g->arena, g->rank_count + 1, sizeof(*fill));
    uint32_t *stack =
        pp_arena_array(g->arena, g->station_count + g->link_count + 1, sizeof(*stack));
    bool *seen = pp_arena_array(g->arena, g->station_count + 1, sizeof(*seen));
    if (!fill || !stack || !seen) {
        return PPROF_ERR_NOMEM;
    }
    const uint32_t *first = from_above ? g->down_first : g->up_first;
    const uint32_t *next = from_above ? g->down : g->up;
    const uint32_t *back = from_above ? g->up_first : g->down_first;
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t root = 0; root < g->station_count; root++) {
            if (seen[root] || (pass == 0 && back[root + 1] != back[root])) {
                continue;
            }
            size_t depth = 0;
            stack[depth++] = root;
            while (depth) {
                uint32_t v = stack[--depth];
                if (seen[v]) {
                    continue;
                }
                seen[v] = true;
                size_t r = (size_t)g->stations[v].rank;
                g->rank[g->rank_first[r] + fill[r]++] = v;
                uint32_t n = first[v + 1] - first[v];
                for (uint32_t i = 0; i < n; i++) {
                    uint32_t other = next[first[v] + (mirrored ? i : n - 1 - i)];
                    if (!seen[other]) {
                        stack[depth++] = other;
                    }
                }
            }
        }
    }
    for (size_t r = 0; r < g->rank_count; r++) {
        renumber(g, r);
    }
    return 0;
}

static void keep_if_best(struct orderer *o, size_t *best)
{
    size_t crossings = all_crossings(o);
    if (crossings < *best) {
        *best = crossings;
        memcpy(o->best, o->g->rank, o->g->station_count * sizeof(*o->best));
    }
}

int pp_layout_order(struct pp_layered *g, size_t *crossings)
{
    struct orderer o = { .g = g };
    size_t n = g->station_count;
    o.sorters = pp_arena_array(g->arena, n + 1, sizeof(*o.sorters));
    o.best = pp_arena_array(g->arena, n + 1, sizeof(*o.best));
    o.tree = pp_arena_array(g->arena, n + 2, sizeof(*o.tree));
    o.places = pp_arena_array(g->arena, 2 * g->link_count + 2, sizeof(*o.places));
    if (!o.sorters || !o.best || !o.tree || !o.places) {
        return PPROF_ERR_NOMEM;
    }
    size_t best = SIZE_MAX;
    int sweeps = n > BIG ? 4 : SWEEPS;
    for (int start = 0; start < STARTS && best > 0; start++) {
        bool from_above = start % 2 == 0;
        if (start_order(g, from_above, start >= 2) != 0) {
            return PPROF_ERR_NOMEM;
        }
        keep_if_best(&o, &best);
        for (int i = 0; i < sweeps && best > 0; i++) {
            sweep(&o, (i % 2 == 0) == from_above);
            exchange(&o, i % 4 >= 2);
            keep_if_best(&o, &best);
        }
    }
    memcpy(g->rank, o.best, n * sizeof(*o.best));
    for (size_t r = 0; r < g->rank_count; r++) {
        renumber(g, r);
    }
    *crossings = best;
    return 0;
}
