/* Finding the edges among kept nodes: one pass over the calls of all samples, in parts, each with
 * edges of its own; these are then made one list, in the order in which the samples name them. */
#include "base/jobs.h"
#include "tool/report/graph_places.h"

#include <string.h>

/* Pairs of nodes to edges, open addressing. A slot keeps 32 bits of the hash beside the edge, so
 * that neither a wrong hit nor growing looks at an edge. The memory of a table that was outgrown
 * goes back at once. */
struct slot {
    uint32_t hash, edge; /* edge + 1; 0: free */
};

struct edge_table {
    struct pp_arena memory;
    struct slot *slots;
    size_t count;
};

enum { BATCH = 64 };

struct step { /* one call in a stack */
    uint32_t src, dst, hash;
    uint8_t how;
};

/* Steps are collected and then met together: their slots and edges lie all over a large memory,
 * and are on their way to the cache at the same time instead of one after the other. */
struct finder {
    const struct pp_places *places;
    struct pp_arena memory; /* of the edges; what they outgrow goes back at once, too */
    struct pp_edge *edges;
    size_t edge_count, edge_cap;
    struct edge_table table;
    uint32_t stamp;
    int64_t value, div;
    bool failed;
    size_t step_count;
    struct step steps[BATCH];
};

static bool grow_slots(struct edge_table *t)
{
    size_t count = t->count ? t->count * 2 : 1024, mask = count - 1;
    struct pp_arena memory;
    pp_arena_init(&memory, 0);
    struct slot *slots = pp_arena_array(&memory, count, sizeof(*slots));
    if (!slots) {
        return false;
    }
    for (size_t i = 0; i < t->count; i++) {
        size_t at = t->slots[i].hash & mask;
        while (t->slots[i].edge && slots[at].edge) {
            at = (at + 1) & mask;
        }
        if (t->slots[i].edge) {
            slots[at] = t->slots[i];
        }
    }
    pp_arena_release(&t->memory);
    *t = (struct edge_table){ .memory = memory, .slots = slots, .count = count };
    return true;
}

static bool has_room(struct finder *f, size_t more)
{
    while ((f->edge_count + more) * 4 >= f->table.count * 3) {
        if (!grow_slots(&f->table)) {
            f->failed = true;
            return false;
        }
    }
    return true;
}

static bool has_room_for_edge(struct finder *f)
{
    enum { FIRST = 1024 };
    if (f->edge_count < f->edge_cap) {
        return true;
    }
    struct pp_arena memory;
    size_t cap = f->edge_cap ? f->edge_cap * 2 : FIRST;
    pp_arena_init(&memory, 0);
    struct pp_edge *edges = pp_arena_array(&memory, cap, sizeof(*edges));
    if (!edges) {
        return false;
    }
    if (f->edge_count) {
        memcpy(edges, f->edges, f->edge_count * sizeof(*edges));
    }
    pp_arena_release(&f->memory);
    f->memory = memory;
    f->edges = edges;
    f->edge_cap = cap;
    return true;
}

/* The edge of a step, made when there is none; NULL without memory. */
static struct pp_edge *edge_between(struct finder *f, uint32_t src, uint32_t dst, uint32_t hash)
{
    struct slot *slots = f->table.slots;
    size_t mask = f->table.count - 1, at = hash & mask;
    for (; slots[at].edge; at = (at + 1) & mask) {
        struct pp_edge *e = &f->edges[slots[at].edge - 1];
        if (slots[at].hash == hash && e->src == src && e->dst == dst) {
            return e;
        }
    }
    if (!has_room_for_edge(f)) {
        f->failed = true;
        return NULL;
    }
    f->edges[f->edge_count] = (struct pp_edge){ .src = src, .dst = dst, .is_inline = true };
    slots[at] = (struct slot){ hash, (uint32_t)++f->edge_count };
    return &f->edges[f->edge_count - 1];
}

static void prefetch_edges(const struct finder *f)
{
    for (size_t i = 0; i < f->step_count; i++) {
        const struct slot *slot = &f->table.slots[f->steps[i].hash & (f->table.count - 1)];
        if (slot->edge) {
            __builtin_prefetch(&f->edges[slot->edge - 1], 1);
        }
    }
}

static void meet(struct finder *f)
{
    size_t count = has_room(f, f->step_count) ? f->step_count : 0;
    prefetch_edges(f);
    for (size_t i = 0; i < count; i++) {
        const struct step *s = &f->steps[i];
        struct pp_edge *e = edge_between(f, s->src, s->dst, s->hash);
        if (e && e->stamp != f->stamp) {
            e->stamp = f->stamp;
            e->weight += f->value;
            e->div += f->div;
            e->is_residual |= s->how & PP_STEP_RESIDUAL;
            e->is_inline &= (s->how & PP_STEP_INLINE) != 0;
        }
    }
    f->step_count = 0;
}

static inline void add_step(void *ctx, struct pp_step s)
{
    struct finder *f = ctx;
    uint32_t hash = (uint32_t)pp_hash_key((uint64_t)s.parent << 32 | s.node);
    if (f->table.count) {
        __builtin_prefetch(&f->table.slots[hash & (f->table.count - 1)]);
    }
    f->steps[f->step_count++] = (struct step){ s.parent, s.node, hash, (uint8_t)s.how };
    if (f->step_count == BATCH) {
        meet(f);
    }
}

static void find_in(struct finder *f, size_t first, size_t last)
{
    const struct pp_graph *g = f->places->graph;
    const struct pprof_profile *p = &g->view->p;
    for (size_t i = first; i < last && !f->failed; i++) {
        const int64_t *values = p->values + i * p->sample_type_count;
        f->value = values[g->options.value_index];
        f->div = g->options.mean ? values[0] : 0;
        f->stamp++;
        if (f->value || f->div) {
            pp_places_walk(f->places, i, 0, add_step, f);
        }
        if (f->step_count) {
            meet(f);
        }
    }
    pp_arena_release(&f->table.memory);
    f->table = (struct edge_table){ .count = 0 };
}

/* --- which edges ------------------------------------------------------------------------------ */

static uint8_t *matching_nodes(struct pp_graph *g, const struct pp_regex *regex, bool *any)
{
    uint8_t *matching = pp_arena_alloc(g->arena, g->node_count);
    for (size_t i = 0; matching && i < g->shown_count; i++) {
        const char *name = pp_node_name(g, g->shown[i]);
        matching[g->shown[i]] = pp_regex_match(regex, name, strlen(name));
        *any |= matching[g->shown[i]];
    }
    return matching;
}

/* Which nodes' edges the report is about; *any: whether there can be one. */
static int choose_places(struct pp_graph *g, struct pp_places *places, bool *any)
{
    *any = !g->options.edges_of;
    if (*any) {
        return pp_places_init(places, g, NULL, false);
    }
    uint8_t *wanted = matching_nodes(g, g->options.edges_of, any);
    if (!wanted) {
        return PPROF_ERR_NOMEM;
    }
    return *any ? pp_places_init(places, g, wanted, true) : 0;
}

/* --- parts ------------------------------------------------------------------------------------ */

struct parts {
    size_t count;
    struct finder finders[PP_SAMPLE_PARTS];
};

static void find_part(void *ctx, size_t number)
{
    struct parts *parts = ctx;
    struct finder *f = &parts->finders[number];
    const struct pprof_profile *p = &f->places->graph->view->p;
    find_in(f, pp_sample_part(p, number, parts->count),
            pp_sample_part(p, number + 1, parts->count));
}

/* How many edges there may be at most decides: several lists of very many would take too much
 * memory. */
static size_t parts_for(const struct pp_graph *g, const struct pp_places *places)
{
    enum { MANY_NODES = 512 };
    bool few = g->shown_count <= MANY_NODES || places->wanted;
    return few ? pp_sample_parts(&g->view->p) : 1;
}

/* Adds a part's edges to the first one's list. */
static void take_edges(struct finder *all, const struct finder *part)
{
    for (size_t i = 0; i < part->edge_count && has_room(all, 1); i++) {
        const struct pp_edge *from = &part->edges[i];
        uint32_t hash = (uint32_t)pp_hash_key((uint64_t)from->src << 32 | from->dst);
        struct pp_edge *to = edge_between(all, from->src, from->dst, hash);
        if (to) {
            to->weight += from->weight;
            to->div += from->div;
            to->is_residual |= from->is_residual;
            to->is_inline &= from->is_inline;
        }
    }
}

static void join_parts(struct parts *parts, struct finder *all)
{
    for (size_t i = 0; i < parts->count; i++) {
        all->failed |= parts->finders[i].failed;
        if (!all->failed) {
            take_edges(all, &parts->finders[i]);
        }
        pp_arena_release(&parts->finders[i].memory);
    }
    pp_arena_release(&all->table.memory);
}

static int keep_edges(struct pp_graph *g, const struct finder *f)
{
    g->edges = pp_arena_array(g->arena, f->edge_count, sizeof(*g->edges));
    if (!g->edges) {
        return PPROF_ERR_NOMEM;
    }
    if (f->edge_count) {
        memcpy(g->edges, f->edges, f->edge_count * sizeof(*g->edges));
    }
    g->edge_count = g->edge_cap = f->edge_count;
    return 0;
}

static int find_all(struct pp_graph *g, const struct pp_places *places)
{
    struct finder all = { .places = places };
    struct parts parts = { .count = parts_for(g, places) };
    if (parts.count == 1) {
        find_in(&all, 0, g->view->p.sample_count);
    } else {
        for (size_t i = 0; i < parts.count; i++) {
            parts.finders[i] = all;
        }
        pp_jobs_run(parts.count, find_part, &parts);
        join_parts(&parts, &all);
    }
    int r = all.failed ? PPROF_ERR_NOMEM : keep_edges(g, &all);
    pp_arena_release(&all.memory);
    return r;
}

int pp_graph_find_edges(struct pp_graph *g)
{
    struct pp_places places;
    bool any;
    g->edge_count = 0;
    g->has_edges = true;
    int r = choose_places(g, &places, &any);
    if (!r && any) {
        r = find_all(g, &places);
    }
    pp_graph_link_edges(g);
    return r;
}
