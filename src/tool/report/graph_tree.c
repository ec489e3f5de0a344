/* call_tree: every path from the root is a node of its own. */
#include "tool/report/graph.h"

uint32_t pp_graph_tree_step(const struct pp_graph *g, uint32_t parent, uint32_t info)
{
    uint64_t key = (uint64_t)parent << 32 | info;
    for (size_t at = pp_hash_key(key) & (g->slot_count - 1); g->slots[at];
         at = (at + 1) & (g->slot_count - 1)) {
        const struct pp_node *n = &g->nodes[g->slots[at] - 1];
        if (n->parent == parent && n->info == info) {
            return g->slots[at] - 1;
        }
    }
    return UINT32_MAX;
}

static void put_slot(struct pp_graph *g, uint32_t node)
{
    uint64_t key = (uint64_t)g->nodes[node].parent << 32 | g->nodes[node].info;
    size_t at = pp_hash_key(key) & (g->slot_count - 1);
    while (g->slots[at]) {
        at = (at + 1) & (g->slot_count - 1);
    }
    g->slots[at] = node + 1;
}

static int grow_slots(struct pp_graph *g)
{
    size_t count = g->slot_count ? g->slot_count * 2 : 4096;
    uint32_t *slots = pp_arena_array(g->arena, count, sizeof(*slots));
    if (!slots) {
        return PPROF_ERR_NOMEM;
    }
    g->slots = slots;
    g->slot_count = count;
    for (size_t i = 0; i < g->node_count; i++) {
        put_slot(g, (uint32_t)i);
    }
    return 0;
}

/* The child of parent, with the edge that leads to it when it is new. */
static int add_child(struct pp_graph *g, uint32_t parent, uint32_t info, uint32_t *node)
{
    if ((g->node_count * 2 >= g->slot_count && grow_slots(g)) ||
        pp_arena_reserve(g->arena, &g->nodes, &g->node_cap, g->node_count, sizeof(*g->nodes)) ||
        g->node_count >= UINT32_MAX - 1) {
        return PPROF_ERR_NOMEM;
    }
    uint32_t id = (uint32_t)g->node_count++;
    g->nodes[id] = (struct pp_node){ .info = info, .in = UINT32_MAX, .out = UINT32_MAX,
                                     .tags = UINT32_MAX, .parent = parent, .is_kept = true };
    put_slot(g, id);
    *node = id;
    if (parent == UINT32_MAX) {
        return 0;
    }
    int r = pp_arena_reserve(g->arena, &g->edges, &g->edge_cap, g->edge_count, sizeof(*g->edges));
    if (r) {
        return r;
    }
    g->nodes[id].in = (uint32_t)g->edge_count;
    g->edges[g->edge_count++] = (struct pp_edge){ .src = parent, .dst = id, .is_inline = true };
    return 0;
}

static int step(struct pp_graph *g, uint32_t *at, uint32_t info, bool is_inline, int64_t value,
                int64_t div)
{
    uint32_t node = g->slot_count ? pp_graph_tree_step(g, *at, info) : UINT32_MAX;
    if (node == UINT32_MAX && add_child(g, *at, info, &node)) {
        return PPROF_ERR_NOMEM;
    }
    g->nodes[node].cum += value;
    g->nodes[node].cum_div += div;
    if (*at != UINT32_MAX) {
        struct pp_edge *e = &g->edges[g->nodes[node].in];
        e->weight += value;
        e->div += div;
        e->is_inline &= is_inline;
    }
    *at = node;
    return 0;
}

static int grow_sample(struct pp_graph *g, size_t sample, int64_t value, int64_t div)
{
    const struct pprof_profile *p = &g->view->p;
    const struct pp_frames *f = &g->frames;
    uint32_t at = UINT32_MAX;
    for (uint32_t k = p->loc_begin[sample + 1]; k-- > p->loc_begin[sample];) {
        uint32_t location = p->sample_locs[k], last = f->first[location + 1];
        for (uint32_t i = last; i-- > f->first[location];) {
            if (step(g, &at, f->ids[i], i + 1 != last, value, div)) {
                return PPROF_ERR_NOMEM;
            }
        }
    }
    if (at != UINT32_MAX) {
        g->nodes[at].flat += value;
        g->nodes[at].flat_div += div;
    }
    return 0;
}

int pp_graph_grow_tree(struct pp_graph *g)
{
    const struct pprof_profile *p = &g->view->p;
    for (size_t i = 0; i < p->sample_count; i++) {
        const int64_t *values = p->values + i * p->sample_type_count;
        int64_t value = values[g->options.value_index], div = g->options.mean ? values[0] : 0;
        if ((value || div) && grow_sample(g, i, value, div)) {
            return PPROF_ERR_NOMEM;
        }
    }
    pp_graph_link_edges(g);
    g->has_edges = true;
    return 0;
}

/* The edge that leads to a node, or NULL at a root. */
static struct pp_edge *edge_in(struct pp_graph *g, uint32_t node)
{
    for (uint32_t e = g->nodes[node].in; e != UINT32_MAX; e = g->edges[e].next_in) {
        if (!g->edges[e].is_gone) {
            return &g->edges[e];
        }
    }
    return NULL;
}

/* Hands a dropped node's children to its caller; without one they become roots. */
static void cut_node(struct pp_graph *g, uint32_t node)
{
    struct pp_edge *in = edge_in(g, node);
    for (uint32_t e = g->nodes[node].out; e != UINT32_MAX;) {
        struct pp_edge *out = &g->edges[e];
        uint32_t next = out->next_out;
        if (!in) {
            out->is_gone = true;
        } else if (!out->is_gone) {
            out->src = in->src;
            out->is_residual = true;
            out->is_inline &= in->is_inline;
            out->next_out = g->nodes[in->src].out;
            g->nodes[in->src].out = e;
        }
        e = next;
    }
    g->nodes[node].out = UINT32_MAX;
    if (in) {
        in->is_gone = true;
    }
}

/* Nodes that were hidden from the start (weightless or negative ones) stay where they are. */
void pp_graph_trim_tree(struct pp_graph *g)
{
    for (size_t i = 0; i < g->node_count; i++) {
        struct pp_node *n = &g->nodes[i];
        bool was_hidden =
            !(n->cum || n->flat) ||
            (g->options.drop_negative && (n->flat < 0 || (n->flat == 0 && n->cum < 0)));
        if (!n->is_shown && !was_hidden && (n->out != UINT32_MAX || edge_in(g, (uint32_t)i))) {
            cut_node(g, (uint32_t)i);
        }
    }
    pp_graph_link_edges(g);
}
