/* Network simplex on a spanning tree of tight edges.
 *
 *   order:  nodes in postorder; the subtree of v is order[low[v] .. lim[v]], so "is u below v" is a
 *           compare, and a subtree is a contiguous slice
 *   excess: sum over the subtree of (outgoing - incoming weight); edges inside cancel, so the cut
 *           value of v's tree edge is excess[v] or -excess[v], and needs no bookkeeping of its own
 *
 * A root with weightless edges to every source keeps separate parts of a graph connected.
 */
#include "tool/report/simplex.h"

#include "pprof/error.h"

#include <stdbool.h>
#include <string.h>

#define NOBODY UINT32_MAX

struct simplex {
    struct pp_arena *arena;
    size_t nodes, edges;          /* with the root and its edges */
    struct pp_simplex_edge *edge;
    uint32_t *first, *incident;   /* edges touching node v: incident[first[v] .. first[v + 1]) */
    int32_t *value;
    uint32_t *parent, *tree_edge; /* towards the root; NOBODY at the root */
    uint32_t *order, *low, *lim;
    int64_t *own, *excess;
    uint32_t *child, *sibling, *stack; /* scratch for the walks */
    uint32_t next_leaving;
};

static int64_t slack(const struct simplex *s, uint32_t e)
{
    const struct pp_simplex_edge *edge = &s->edge[e];
    return (int64_t)s->value[edge->head] - s->value[edge->tail] - edge->length;
}

static bool allocate(struct simplex *s)
{
    size_t n = s->nodes;
    struct pp_arena *a = s->arena;
    s->first = pp_arena_array(a, n + 1, sizeof(*s->first));
    s->incident = pp_arena_array(a, 2 * s->edges + 1, sizeof(*s->incident));
    s->value = pp_arena_array(a, n, sizeof(*s->value));
    s->own = pp_arena_array(a, n, sizeof(*s->own));
    s->excess = pp_arena_array(a, n, sizeof(*s->excess));
    uint32_t **arrays[] = { &s->parent, &s->tree_edge, &s->order, &s->low,
                            &s->lim,    &s->child,     &s->sibling, &s->stack };
    for (size_t i = 0; i < sizeof(arrays) / sizeof(*arrays); i++) {
        *arrays[i] = pp_arena_array(a, n, sizeof(uint32_t));
        if (!*arrays[i]) {
            return false;
        }
    }
    return s->first && s->incident && s->value && s->own && s->excess;
}

static void index_edges(struct simplex *s)
{
    for (size_t e = 0; e < s->edges; e++) {
        s->first[s->edge[e].tail + 1]++;
        s->first[s->edge[e].head + 1]++;
        s->own[s->edge[e].tail] += s->edge[e].weight;
        s->own[s->edge[e].head] -= s->edge[e].weight;
    }
    for (size_t v = 0; v < s->nodes; v++) {
        s->first[v + 1] += s->first[v];
    }
    memcpy(s->stack, s->first, s->nodes * sizeof(*s->stack));
    for (size_t e = 0; e < s->edges; e++) {
        s->incident[s->stack[s->edge[e].tail]++] = (uint32_t)e;
        s->incident[s->stack[s->edge[e].head]++] = (uint32_t)e;
    }
}

/* Longest paths from the sources: the first solution that meets every length. False on a cycle. */
static bool start_values(struct simplex *s)
{
    uint32_t *waiting = s->low, *queue = s->order;
    size_t tail = 0;
    memset(waiting, 0, s->nodes * sizeof(*waiting));
    for (size_t e = 0; e < s->edges; e++) {
        waiting[s->edge[e].head]++;
    }
    for (size_t v = 0; v < s->nodes; v++) {
        if (!waiting[v]) {
            queue[tail++] = (uint32_t)v;
        }
    }
    for (size_t at = 0; at < tail; at++) {
        uint32_t v = queue[at];
        for (uint32_t i = s->first[v]; i < s->first[v + 1]; i++) {
            const struct pp_simplex_edge *edge = &s->edge[s->incident[i]];
            if (edge->tail != v) {
                continue;
            }
            int32_t least = s->value[v] + edge->length;
            if (s->value[edge->head] < least) {
                s->value[edge->head] = least;
            }
            if (--waiting[edge->head] == 0) {
                queue[tail++] = edge->head;
            }
        }
    }
    return tail == s->nodes;
}

/* Adds to the tree everything that tight edges reach from v; returns the new count. */
static size_t grow_tight(struct simplex *s, uint32_t v, bool *in_tree, size_t count)
{
    size_t depth = 0;
    s->stack[depth++] = v;
    while (depth) {
        uint32_t at = s->stack[--depth];
        for (uint32_t i = s->first[at]; i < s->first[at + 1]; i++) {
            uint32_t e = s->incident[i];
            uint32_t other = s->edge[e].tail == at ? s->edge[e].head : s->edge[e].tail;
            if (!in_tree[other] && slack(s, e) == 0) {
                in_tree[other] = true;
                s->parent[other] = at;
                s->tree_edge[other] = e;
                s->stack[depth++] = other;
                count++;
            }
        }
    }
    return count;
}

static uint32_t closest_edge(const struct simplex *s, const bool *in_tree)
{
    uint32_t best = NOBODY;
    for (uint32_t e = 0; e < s->edges; e++) {
        if (in_tree[s->edge[e].tail] != in_tree[s->edge[e].head] &&
            (best == NOBODY || slack(s, e) < slack(s, best))) {
            best = e;
        }
    }
    return best;
}

/* A spanning tree of tight edges: the tree is moved as a whole until its closest edge is tight. */
static bool tight_tree(struct simplex *s, uint32_t root)
{
    bool *in_tree = pp_arena_array(s->arena, s->nodes, sizeof(*in_tree));
    if (!in_tree) {
        return false;
    }
    in_tree[root] = true;
    s->parent[root] = s->tree_edge[root] = NOBODY;
    size_t count = grow_tight(s, root, in_tree, 1);
    while (count < s->nodes) {
        uint32_t e = closest_edge(s, in_tree);
        bool from_tree = in_tree[s->edge[e].tail];
        int32_t move = (int32_t)(from_tree ? slack(s, e) : -slack(s, e));
        for (size_t v = 0; v < s->nodes; v++) {
            s->value[v] += in_tree[v] ? move : 0;
        }
        uint32_t inside = from_tree ? s->edge[e].tail : s->edge[e].head;
        uint32_t outside = from_tree ? s->edge[e].head : s->edge[e].tail;
        in_tree[outside] = true;
        s->parent[outside] = inside;
        s->tree_edge[outside] = e;
        count = grow_tight(s, outside, in_tree, count + 1);
    }
    return true;
}

/* Postorder numbers and subtree sums from the parent pointers. */
static void number_tree(struct simplex *s, uint32_t root)
{
    memset(s->child, 0xff, s->nodes * sizeof(*s->child));
    for (uint32_t v = 0; v < s->nodes; v++) {
        if (s->parent[v] != NOBODY) {
            s->sibling[v] = s->child[s->parent[v]];
            s->child[s->parent[v]] = v;
        }
    }
    size_t depth = 0;
    uint32_t next = 0;
    s->stack[depth++] = root;
    s->low[root] = 0;
    while (depth) {
        uint32_t v = s->stack[depth - 1];
        uint32_t child = s->child[v];
        if (child != NOBODY) {
            s->child[v] = s->sibling[child];
            s->low[child] = next;
            s->stack[depth++] = child;
            continue;
        }
        depth--;
        s->lim[v] = next;
        s->order[next++] = v;
    }
    memcpy(s->excess, s->own, s->nodes * sizeof(*s->excess));
    for (uint32_t i = 0; i + 1 < s->nodes; i++) {
        uint32_t v = s->order[i];
        s->excess[s->parent[v]] += s->excess[v];
    }
}

static bool tail_is_below(const struct simplex *s, uint32_t v)
{
    return s->edge[s->tree_edge[v]].tail == v;
}

/* The next node, round robin, whose tree edge has a negative cut value; NOBODY: optimal. */
static uint32_t leaving_node(struct simplex *s)
{
    for (size_t i = 0; i < s->nodes; i++) {
        uint32_t v = (uint32_t)((s->next_leaving + i) % s->nodes);
        if (s->tree_edge[v] == NOBODY) {
            continue;
        }
        if ((tail_is_below(s, v) ? s->excess[v] : -s->excess[v]) < 0) {
            s->next_leaving = v + 1;
            return v;
        }
    }
    return NOBODY;
}

/* The edge with the least slack that crosses between v's subtree and the rest against v's tree
 * edge. */
static uint32_t entering_edge(const struct simplex *s, uint32_t v)
{
    bool wanted_head_below = tail_is_below(s, v);
    uint32_t best = NOBODY;
    for (uint32_t k = s->low[v]; k <= s->lim[v]; k++) {
        uint32_t at = s->order[k];
        for (uint32_t i = s->first[at]; i < s->first[at + 1]; i++) {
            uint32_t e = s->incident[i];
            bool head_below = s->edge[e].head == at;
            uint32_t other = head_below ? s->edge[e].tail : s->edge[e].head;
            bool crosses = s->lim[other] < s->low[v] || s->lim[other] > s->lim[v];
            if (crosses && head_below == wanted_head_below &&
                (best == NOBODY || slack(s, e) < slack(s, best))) {
                best = e;
            }
        }
    }
    return best;
}

/* Replaces v's tree edge by e: moves the subtree until e is tight and hangs it up by e. */
static void exchange(struct simplex *s, uint32_t v, uint32_t e)
{
    bool head_below = tail_is_below(s, v);
    int32_t move = (int32_t)(head_below ? -slack(s, e) : slack(s, e));
    for (uint32_t k = s->low[v]; k <= s->lim[v]; k++) {
        s->value[s->order[k]] += move;
    }
    uint32_t at = head_below ? s->edge[e].head : s->edge[e].tail;
    uint32_t above = head_below ? s->edge[e].tail : s->edge[e].head;
    uint32_t edge = e;
    for (;;) {
        uint32_t old_parent = s->parent[at], old_edge = s->tree_edge[at];
        s->parent[at] = above;
        s->tree_edge[at] = edge;
        if (at == v) {
            return;
        }
        above = at;
        edge = old_edge;
        at = old_parent;
    }
}

static bool add_root(struct simplex *s, const struct pp_simplex_edge *edges, size_t edge_count)
{
    size_t n = s->nodes - 1;
    bool *has_incoming = pp_arena_array(s->arena, n + 1, sizeof(*has_incoming));
    s->edge = pp_arena_array(s->arena, edge_count + n + 1, sizeof(*s->edge));
    if (!has_incoming || !s->edge) {
        return false;
    }
    if (edge_count) {
        memcpy(s->edge, edges, edge_count * sizeof(*edges));
    }
    for (size_t e = 0; e < edge_count; e++) {
        has_incoming[edges[e].head] = true;
    }
    s->edges = edge_count;
    for (size_t v = 0; v < n; v++) {
        if (!has_incoming[v]) {
            s->edge[s->edges++] = (struct pp_simplex_edge){ (uint32_t)n, (uint32_t)v, 0, 0 };
        }
    }
    return true;
}

static void copy_from_zero(const struct simplex *s, int32_t *values)
{
    int32_t least = INT32_MAX;
    for (size_t v = 0; v + 1 < s->nodes; v++) {
        least = s->value[v] < least ? s->value[v] : least;
    }
    for (size_t v = 0; v + 1 < s->nodes; v++) {
        values[v] = s->value[v] - least;
    }
}

int pp_simplex(struct pp_arena *arena, size_t node_count, const struct pp_simplex_edge *edges,
               size_t edge_count, size_t max_pivots, int32_t *values)
{
    struct simplex s = { .arena = arena, .nodes = node_count + 1 };
    uint32_t root = (uint32_t)node_count;
    if (node_count >= NOBODY - 1 || edge_count >= NOBODY / 4) {
        return PPROF_ERR_NOMEM;
    }
    if (!add_root(&s, edges, edge_count) || !allocate(&s)) {
        return PPROF_ERR_NOMEM;
    }
    index_edges(&s);
    if (!start_values(&s)) {
        return PPROF_ERR_INVALID;
    }
    if (!tight_tree(&s, root)) {
        return PPROF_ERR_NOMEM;
    }
    number_tree(&s, root);
    for (size_t pivot = 0; pivot < max_pivots; pivot++) {
        uint32_t v = leaving_node(&s);
        if (v == NOBODY) {
            break;
        }
        uint32_t e = entering_edge(&s, v);
        if (e == NOBODY) {
            break;
        }
        exchange(&s, v, e);
        number_tree(&s, root);
    }
    copy_from_zero(&s, values);
    return 0;
}
