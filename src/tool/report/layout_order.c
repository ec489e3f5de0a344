/* Order within ranks: sweeps down and up, each rank sorted by the median place of its neighbours,
 * then neighbours exchanged while that saves crossings. The best order of all sweeps is kept.
 *
 * All three steps look at neighbours' places in order. They are listed for a whole rank at once by
 * going through the other rank from left to right, so that nothing is ever sorted for it. */
#include "tool/report/layout_graph.h"

#include <stdlib.h>
#include <string.h>

enum { SWEEPS = 24, STARTS = 4, PATIENCE = 8, EXCHANGE_ROUNDS = 10 };

/* From here on sweeps cost tens of milliseconds, and more of them found nothing better: 315,337
 * crossings among 105,022 stations and 204,314 among 64,625, with 2 x 3 as with 4 x 4. */
enum { BIG = 20000, BIG_SWEEPS = 3, BIG_STARTS = 2 };

struct sorter {
    double median;
    uint32_t station;
};

struct orderer {
    struct pp_layered *g;
    struct sorter *sorters;
    uint32_t *best;    /* copy of g->rank */
    uint32_t *tree;    /* counting tree over places */
    uint32_t *below, *above; /* sorted places of v's neighbours, at down_first[v] and up_first[v];
                                as of the last list_places of v's rank */
    uint32_t *fill;    /* by station: the end of its list so far */
    bool *settled;     /* ranks that an exchange round need not look at again */
};

static void renumber(struct pp_layered *g, size_t r)
{
    for (uint32_t i = g->rank_first[r]; i < g->rank_first[r + 1]; i++) {
        g->stations[g->rank[i]].place = i - g->rank_first[r];
    }
}

/* Lists the places of the neighbours of all stations of a rank on one side. */
static void list_places(struct orderer *o, size_t r, bool is_below)
{
    const struct pp_layered *g = o->g;
    const uint32_t *first = is_below ? g->down_first : g->up_first;
    const uint32_t *back_first = is_below ? g->up_first : g->down_first;
    const uint32_t *back = is_below ? g->up : g->down;
    uint32_t *list = is_below ? o->below : o->above;
    if (is_below ? r + 1 == g->rank_count : r == 0) {
        return; /* nobody is there */
    }
    for (uint32_t i = g->rank_first[r]; i < g->rank_first[r + 1]; i++) {
        o->fill[g->rank[i]] = first[g->rank[i]];
    }
    size_t other = is_below ? r + 1 : r - 1;
    for (uint32_t i = g->rank_first[other]; i < g->rank_first[other + 1]; i++) {
        uint32_t v = g->rank[i];
        for (uint32_t k = back_first[v]; k < back_first[v + 1]; k++) {
            list[o->fill[back[k]]++] = i - g->rank_first[other];
        }
    }
}

/* Crossings between rank r and r + 1: inversions of lower places in upper order, by a counting
 * tree. */
static size_t rank_crossings(struct orderer *o, size_t r)
{
    struct pp_layered *g = o->g;
    uint32_t width = g->rank_first[r + 2] - g->rank_first[r + 1];
    memset(o->tree, 0, (width + 1) * sizeof(*o->tree));
    size_t crossings = 0, seen = 0;
    list_places(o, r, true);
    for (uint32_t i = g->rank_first[r]; i < g->rank_first[r + 1]; i++) {
        const uint32_t *places = o->below + g->down_first[g->rank[i]];
        size_t n = g->down_first[g->rank[i] + 1] - g->down_first[g->rank[i]];
        for (size_t k = 0; k < n; k++) {
            size_t not_right = 0;
            for (uint32_t at = places[k] + 1; at; at &= at - 1) {
                not_right += o->tree[at];
            }
            crossings += seen - not_right;
        }
        for (size_t k = 0; k < n; k++) {
            for (uint32_t at = places[k] + 1; at <= width; at += at & (0 - at)) {
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
    const uint32_t *first = by_below ? g->down_first : g->up_first;
    const uint32_t *list = by_below ? o->below : o->above;
    size_t count = 0;
    list_places(o, r, by_below);
    for (uint32_t i = begin; i < end; i++) {
        uint32_t v = g->rank[i];
        double median = median_of(list + first[v], first[v + 1] - first[v]);
        if (median >= 0) {
            o->sorters[count++] = (struct sorter){ median, g->rank[i] };
        }
    }
    qsort(o->sorters, count, sizeof(*o->sorters), compare_sorters);
    size_t next = 0;
    for (uint32_t i = begin; i < end; i++) {
        if (first[g->rank[i] + 1] != first[g->rank[i]]) {
            g->rank[i] = o->sorters[next++].station;
        }
    }
    renumber(g, r);
}

/* Crossings of the edges of v and w on one side, with v left of w and with w left of v. */
static void count_pair(const uint32_t *list, const uint32_t *first, uint32_t v, uint32_t w,
                       size_t *now, size_t *then)
{
    const uint32_t *a = list + first[v], *b = list + first[w];
    size_t n = first[v + 1] - first[v], m = first[w + 1] - first[w], less = 0, not_more = 0;
    for (size_t i = 0; i < n; i++) {
        while (less < m && b[less] < a[i]) {
            less++;
        }
        while (not_more < m && b[not_more] <= a[i]) {
            not_more++;
        }
        *now += less;
        *then += m - not_more;
    }
}

/* `also_equal` exchanges where nothing is lost, too: it lets the order leave a plateau. Whether
 * anything moved; *better: whether that saved crossings. */
static bool exchange_in_rank(struct orderer *o, size_t r, bool also_equal, bool *better)
{
    struct pp_layered *g = o->g;
    bool moved = false;
    list_places(o, r, true);
    list_places(o, r, false);
    for (uint32_t i = g->rank_first[r]; i + 1 < g->rank_first[r + 1]; i++) {
        uint32_t v = g->rank[i], w = g->rank[i + 1];
        size_t now = 0, then = 0;
        count_pair(o->below, g->down_first, v, w, &now, &then);
        count_pair(o->above, g->up_first, v, w, &now, &then);
        if (then < now || (also_equal && then == now && now > 0)) {
            g->rank[i] = w;
            g->rank[i + 1] = v;
            g->stations[v].place++;
            g->stations[w].place--;
            moved = true;
            *better |= then < now;
        }
    }
    return moved;
}

/* A rank is looked at again only when it or one beside it has moved. */
static void exchange(struct orderer *o, bool also_equal)
{
    size_t ranks = o->g->rank_count;
    memset(o->settled, 0, ranks * sizeof(*o->settled));
    for (int round = 0; round < EXCHANGE_ROUNDS; round++) {
        bool better = false;
        for (size_t r = 0; r < ranks; r++) {
            if (o->settled[r]) {
                continue;
            }
            o->settled[r] = true;
            if (exchange_in_rank(o, r, also_equal, &better)) {
                o->settled[r ? r - 1 : 0] = o->settled[r] = false;
                o->settled[r + 1 < ranks ? r + 1 : r] = false;
            }
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

/* The crossings now; the order is kept when none had fewer. */
static size_t keep_if_best(struct orderer *o, size_t *best)
{
    size_t crossings = all_crossings(o);
    if (crossings < *best) {
        *best = crossings;
        memcpy(o->best, o->g->rank, o->g->station_count * sizeof(*o->best));
    }
    return crossings;
}

/* Sweeps from one first order, until PATIENCE of them in a row were no better. */
static int improve(struct orderer *o, int start, int sweeps, size_t *best)
{
    bool from_above = start % 2 == 0;
    if (start_order(o->g, from_above, start >= 2) != 0) {
        return PPROF_ERR_NOMEM;
    }
    size_t least = keep_if_best(o, best);
    for (int i = 0, idle = 0; i < sweeps && idle < PATIENCE && *best > 0; i++) {
        sweep(o, (i % 2 == 0) == from_above);
        exchange(o, i % 4 >= 2);
        size_t crossings = keep_if_best(o, best);
        idle = crossings < least ? 0 : idle + 1;
        least = crossings < least ? crossings : least;
    }
    return 0;
}

int pp_layout_order(struct pp_layered *g, size_t *crossings)
{
    struct orderer o = { .g = g };
    size_t n = g->station_count;
    o.sorters = pp_arena_array(g->arena, n + 1, sizeof(*o.sorters));
    o.best = pp_arena_array(g->arena, n + 1, sizeof(*o.best));
    o.tree = pp_arena_array(g->arena, n + 2, sizeof(*o.tree));
    o.below = pp_arena_array(g->arena, g->link_count + 1, sizeof(*o.below));
    o.above = pp_arena_array(g->arena, g->link_count + 1, sizeof(*o.above));
    o.fill = pp_arena_array(g->arena, n + 1, sizeof(*o.fill));
    o.settled = pp_arena_array(g->arena, g->rank_count + 1, sizeof(*o.settled));
    if (!o.sorters || !o.best || !o.tree || !o.below || !o.above || !o.fill || !o.settled) {
        return PPROF_ERR_NOMEM;
    }
    size_t best = SIZE_MAX;
    int starts = n > BIG ? BIG_STARTS : STARTS, sweeps = n > BIG ? BIG_SWEEPS : SWEEPS;
    for (int start = 0; start < starts && best > 0; start++) {
        if (improve(&o, start, sweeps, &best)) {
            return PPROF_ERR_NOMEM;
        }
    }
    memcpy(g->rank, o.best, n * sizeof(*o.best));
    for (size_t r = 0; r < g->rank_count; r++) {
        renumber(g, r);
    }
    *crossings = best;
    return 0;
}
