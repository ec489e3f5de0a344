#include "tool/report/graph_steps.h"

#include "base/jobs.h"

#include <string.h>

enum { CHUNK = 40, SUMMERS = 8 };

struct chunk {
    struct chunk *older; /* a full one */
    uint32_t others[CHUNK]; /* neighbors; CALLED: the step was not inlined */
    int64_t weights[CHUNK];
};

static const uint32_t CALLED = UINT32_C(1) << 31;

struct list {
    struct chunk *newest;
    uint32_t used; /* of the newest */
};

struct open_step { /* one that the stack at hand goes through */
    int64_t *weight; /* where it will be; meanwhile, what the samples before summed up to */
    uint32_t key, other, depth;
    uint32_t older; /* of the same key, + 1; 0: none */
};

struct part {
    struct pp_arena memory;
    struct list *lists; /* by key */
    uint32_t *newest;   /* by key: the newest open step, + 1; 0: none */
    struct open_step *open;
    size_t open_count, open_cap;
    uint64_t total;
    bool failed;
};

struct steps {
    const struct pp_graph *graph;
    const struct pp_steps_wanted *wanted;
    uint8_t *now; /* by node: it is its turn */
    struct pp_places places;
    size_t part_count, job_count;
    struct part parts[PP_SAMPLE_PARTS];
    pp_neighbors_fn fn;
    void *ctx;
    bool failed[SUMMERS];
};

/* A node has a key for each direction. */
static uint32_t key_of(uint32_t node, bool out)
{
    return node * 2 + out;
}

/* --- a part of the samples -------------------------------------------------------------------- */

static int64_t *append(struct part *part, uint32_t key, uint32_t other)
{
    struct list *list = &part->lists[key];
    if (!list->newest || list->used == CHUNK) {
        struct chunk *chunk = pp_arena_alloc(&part->memory, sizeof(*chunk));
        if (!chunk) {
            return NULL;
        }
        chunk->older = list->newest;
        *list = (struct list){ .newest = chunk };
    }
    list->newest->others[list->used] = other;
    return &list->newest->weights[list->used++];
}

/* Lists a step, unless the stack went along this edge before. */
static inline void open_step(struct part *part, uint32_t key, uint32_t other, bool is_called,
                             uint32_t depth)
{
    for (uint32_t i = part->newest[key]; i; i = part->open[i - 1].older) {
        if (part->open[i - 1].other == other) {
            return;
        }
    }
    int64_t *weight = append(part, key, is_called ? other | CALLED : other);
    if (!weight || pp_arena_reserve(&part->memory, &part->open, &part->open_cap,
                                    part->open_count, sizeof(*part->open))) {
        part->failed = true;
        return;
    }
    *weight = (int64_t)part->total;
    part->open[part->open_count++] =
        (struct open_step){ weight, key, other, depth, part->newest[key] };
    part->newest[key] = (uint32_t)part->open_count;
}

/* Steps below the depth are not in the next stack. */
static void close_steps(struct part *part, uint32_t depth)
{
    while (part->open_count && part->open[part->open_count - 1].depth > depth) {
        const struct open_step *o = &part->open[--part->open_count];
        *o->weight = (int64_t)(part->total - (uint64_t)*o->weight);
        part->newest[o->key] = o->older;
    }
}

struct walk {
    struct part *part;
    const uint8_t *now;
};

static inline void step_in(void *ctx, struct pp_step s)
{
    const struct walk *w = ctx;
    open_step(w->part, key_of(s.node, false), s.parent, !(s.how & PP_STEP_INLINE), s.depth);
}

static inline void step_both(void *ctx, struct pp_step s)
{
    const struct walk *w = ctx;
    if (w->now[s.node]) {
        step_in(ctx, s);
    }
    if (w->now[s.parent]) {
        open_step(w->part, key_of(s.parent, true), s.node, !(s.how & PP_STEP_INLINE), s.depth);
    }
}

/* The outermost locations that a sample shares with the one before. */
static uint32_t shared_locations(const struct pprof_profile *p, size_t i)
{
    uint32_t before = p->loc_begin[i - 1], begin = p->loc_begin[i], end = p->loc_begin[i + 1];
    uint32_t most = begin - before < end - begin ? begin - before : end - begin, n = 0;
    while (n < most && p->sample_locs[begin - 1 - n] == p->sample_locs[end - 1 - n]) {
        n++;
    }
    return n;
}

static void gather_part(void *ctx, size_t number)
{
    struct steps *steps = ctx;
    const struct pp_graph *g = steps->graph;
    const struct pprof_profile *p = &g->view->p;
    struct part *part = &steps->parts[number];
    struct walk walk = { part, steps->now };
    size_t first = pp_sample_part(p, number, steps->part_count);
    size_t last = pp_sample_part(p, number + 1, steps->part_count);
    uint32_t shared = 0;
    for (size_t i = first; i < last && !part->failed; i++) {
        const int64_t *values = p->values + i * p->sample_type_count;
        int64_t value = values[g->options.value_index];
        uint32_t with_last = i > first ? shared_locations(p, i) : 0;
        shared = with_last < shared ? with_last : shared;
        if (!value && !(g->options.mean && values[0])) {
            continue;
        }
        close_steps(part, shared);
        if (steps->wanted->out) {
            pp_places_walk(&steps->places, i, shared, step_both, &walk);
        } else {
            pp_places_walk_into(&steps->places, PP_PLACE_INTO | PP_PLACE_MANY, i, shared, step_in,
                                &walk);
        }
        part->total += (uint64_t)value;
        shared = UINT32_MAX;
    }
    close_steps(part, 0);
}

/* --- the edges of a node ---------------------------------------------------------------------- */

struct summer {
    const struct steps *steps;
    uint32_t *places; /* by node: where in edges it is, if it is there */
    struct pp_neighbor *edges;
    size_t edge_count;
};

static void add_step(struct summer *s, uint32_t other, int64_t weight)
{
    uint32_t node = other & ~CALLED;
    size_t at = s->places[node];
    if (at >= s->edge_count || s->edges[at].node != node) {
        at = s->edge_count++;
        s->places[node] = (uint32_t)at;
        s->edges[at] = (struct pp_neighbor){ .node = node };
    }
    struct pp_neighbor *edge = &s->edges[at];
    edge->weight = (int64_t)((uint64_t)edge->weight + (uint64_t)weight);
    edge->is_called |= (other & CALLED) != 0;
}

static void sum_up(struct summer *s, uint32_t node, bool out)
{
    const struct steps *steps = s->steps;
    s->edge_count = 0;
    for (size_t i = 0; i < steps->part_count; i++) {
        const struct list *list = &steps->parts[i].lists[key_of(node, out)];
        uint32_t used = list->used;
        for (const struct chunk *c = list->newest; c; c = c->older, used = CHUNK) {
            for (uint32_t k = 0; k < used; k++) {
                add_step(s, c->others[k], c->weights[k]);
            }
        }
    }
    steps->fn(steps->ctx, node, out, s->edges, s->edge_count);
}

/* Nodes are dealt out one by one, as heavy ones may stand together. */
static void sum_up_some(void *ctx, size_t number)
{
    struct steps *steps = ctx;
    size_t nodes = steps->graph->node_count;
    struct summer s = { .steps = steps };
    struct pp_arena scratch;
    pp_arena_init(&scratch, 0);
    s.places = pp_arena_array(&scratch, nodes, sizeof(*s.places));
    s.edges = pp_arena_array(&scratch, nodes, sizeof(*s.edges));
    steps->failed[number] = !s.places || !s.edges;
    for (size_t i = number; i < nodes && !steps->failed[number]; i += steps->job_count) {
        if (steps->now[i]) {
            sum_up(&s, (uint32_t)i, false);
        }
        if (steps->now[i] && steps->wanted->out) {
            sum_up(&s, (uint32_t)i, true);
        }
    }
    pp_arena_release(&scratch);
}

/* --- turns ------------------------------------------------------------------------------------ */

/* Chooses nodes from the first on, and returns how many nodes have had their turn then. */
static size_t choose_nodes(struct steps *steps, size_t first)
{
    enum { LEAST = 1 << 20 };
    const struct pp_graph *g = steps->graph;
    const struct pprof_profile *p = &g->view->p;
    size_t most = p->loc_begin[p->sample_count] / 2, steps_of_all = 0, i = first;
    memset(steps->now, 0, g->node_count);
    for (; i < g->node_count && (steps_of_all < most || steps_of_all < LEAST); i++) {
        steps->now[i] = steps->wanted->nodes[i];
        steps_of_all += steps->now[i] ? (size_t)g->nodes[i].samples << steps->wanted->out : 0;
    }
    return i;
}

static int take_turn(struct steps *steps)
{
    size_t keys = steps->graph->node_count * 2;
    bool failed = false;
    pp_places_look(&steps->places);
    for (size_t i = 0; i < steps->part_count; i++) {
        struct part *part = &steps->parts[i];
        *part = (struct part){ .total = 0 };
        part->lists = pp_arena_array(&part->memory, keys, sizeof(*part->lists));
        part->newest = pp_arena_array(&part->memory, keys, sizeof(*part->newest));
        failed |= !part->lists || !part->newest;
    }
    if (!failed) {
        pp_jobs_run(steps->part_count, gather_part, steps);
    }
    for (size_t i = 0; i < steps->part_count; i++) {
        failed |= steps->parts[i].failed;
    }
    if (!failed) {
        pp_jobs_run(steps->job_count, sum_up_some, steps);
    }
    for (size_t i = 0; i < steps->job_count; i++) {
        failed |= steps->failed[i];
    }
    for (size_t i = 0; i < steps->part_count; i++) {
        pp_arena_release(&steps->parts[i].memory);
    }
    return failed ? PPROF_ERR_NOMEM : 0;
}

/* Threads cost more than they save where few of the steps are listed. */
static size_t parts_for(const struct pp_graph *g, const struct pp_steps_wanted *wanted)
{
    enum { FEW = 1 << 16 };
    size_t listed = 0;
    for (size_t i = 0; i < g->node_count; i++) {
        listed += wanted->nodes[i] ? g->nodes[i].samples : 0;
    }
    return listed < FEW ? 1 : pp_sample_parts(&g->view->p);
}

int pp_graph_each_edge(const struct pp_graph *graph, const struct pp_steps_wanted *wanted,
                       pp_neighbors_fn fn, void *ctx)
{
    struct steps steps = { .graph = graph, .wanted = wanted, .fn = fn, .ctx = ctx };
    steps.part_count = parts_for(graph, wanted);
    steps.job_count = steps.part_count > 1 ? SUMMERS : 1;
    steps.now = pp_arena_alloc(graph->arena, graph->node_count);
    int r = steps.now ? pp_places_init(&steps.places, graph, steps.now, wanted->out)
                      : PPROF_ERR_NOMEM;
    for (size_t done = 0; !r && done < graph->node_count;) {
        done = choose_nodes(&steps, done);
        r = take_turn(&steps);
    }
    return r;
}
