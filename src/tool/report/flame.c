/* See flame.h. A walk goes through each sample's frames one by one; all samples of a group stand at
 * the same depth:
 *
 *   order: | group of node 7 | group of node 9 | ...      indices of samples, children in place
 *   at[sample] = { place in sample_locs, place in the location's frames, value }
 *
 * A sample steps on when the group it is in is split, so those of light groups never do.
 */
#include "tool/report/flame.h"

#include "base/err.h"

#include <stdlib.h>
#include <string.h>

enum { HEAP_ARITY = 2, SHARE = 1 << 15 }; /* a node below 1/SHARE of all is not kept */

struct cursor {
    uint32_t loc, line; /* of the frame that comes next; loc == STOP: none */
    int64_t value;      /* the sample's */
};
enum { STOP = UINT32_MAX };

struct group {
    uint32_t begin, end, node;
};

struct child {
    uint32_t frame, count, begin, node;
    bool is_inlined;
    int64_t plus, minus;
};

struct grower {
    struct pp_report *report;
    const struct pp_flame_options *options;
    struct pp_flame *flame;
    struct pp_flame_tree *tree;
    bool is_up, is_run; /* is_run: only neighbours share a node */
    uint64_t cutoff;
    uint32_t *order, *scratch, *slot_of; /* slot_of: child of each sample of the group */
    size_t order_count;
    struct cursor *at;
    struct group *heap;
    size_t heap_count, heap_cap;
    struct child *children;
    size_t child_count, child_cap;
    uint32_t *ranked; /* children in the order of their nodes */
    size_t ranked_cap;
    uint32_t *child_of; /* by frame: index + 1 */
};

/* --- values and places ------------------------------------------------------------------------ */

static int64_t value_of(const struct pp_report *r, uint32_t sample)
{
    const struct pprof_profile *p = &r->view.p;
    const int64_t *values = p->values + (size_t)sample * p->sample_type_count;
    return pp_divided(values[r->value_index], r->request.config.mean ? values[0] : 0);
}

static uint64_t weight_of(const struct pp_flame_node *n)
{
    return (uint64_t)n->plus + (uint64_t)n->minus;
}

/* Moves down (to callees) past locations without frames. */
static void settle_down(const struct grower *g, uint32_t sample, struct cursor *c)
{
    const struct pp_frames *f = &g->flame->frames;
    const struct pprof_profile *p = &g->report->view.p;
    for (uint32_t k = c->loc; k-- > p->loc_begin[sample];) {
        uint32_t location = p->sample_locs[k];
        if (f->first[location + 1] > f->first[location]) {
            c->loc = k;
            c->line = f->first[location + 1] - 1;
            return;
        }
    }
    c->loc = STOP;
}

static void settle_up(const struct grower *g, uint32_t sample, struct cursor *c)
{
    const struct pp_frames *f = &g->flame->frames;
    const struct pprof_profile *p = &g->report->view.p;
    for (uint32_t k = c->loc; k < p->loc_begin[sample + 1]; k++) {
        uint32_t location = p->sample_locs[k];
        if (f->first[location + 1] > f->first[location]) {
            c->loc = k;
            c->line = f->first[location];
            return;
        }
    }
    c->loc = STOP;
}

/* The next frame; the cursor has to be on one. */
static void step(const struct grower *g, uint32_t sample, struct cursor *c)
{
    const struct pp_frames *f = &g->flame->frames;
    uint32_t location = g->report->view.p.sample_locs[c->loc];
    if (!g->is_up && c->line > f->first[location]) {
        c->line--;
    } else if (!g->is_up) {
        settle_down(g, sample, c);
    } else if (c->line + 1 < f->first[location + 1]) {
        c->line++;
    } else {
        c->loc++;
        settle_up(g, sample, c);
    }
}

static void start_at_root(const struct grower *g, uint32_t sample, struct cursor *c)
{
    c->loc = g->report->view.p.loc_begin[sample + 1];
    settle_down(g, sample, c);
}

/* --- the heap of groups, heaviest first ------------------------------------------------------- */

static uint64_t group_weight(const struct grower *g, size_t i)
{
    return weight_of(&g->tree->nodes[g->heap[i].node]);
}

static void swap_groups(struct grower *g, size_t a, size_t b)
{
    struct group kept = g->heap[a];
    g->heap[a] = g->heap[b];
    g->heap[b] = kept;
}

static int push(struct grower *g, struct group group)
{
    if (pp_arena_reserve(&g->report->arena, &g->heap, &g->heap_cap, g->heap_count,
                         sizeof(*g->heap))) {
        return PPROF_ERR_NOMEM;
    }
    size_t i = g->heap_count++;
    g->heap[i] = group;
    for (; i && group_weight(g, (i - 1) / 2) < group_weight(g, i); i = (i - 1) / 2) {
        swap_groups(g, i, (i - 1) / 2);
    }
    return 0;
}

static struct group pop(struct grower *g)
{
    struct group top = g->heap[0];
    g->heap[0] = g->heap[--g->heap_count];
    for (size_t i = 0, next; (next = i * HEAP_ARITY + 1) < g->heap_count; i = next) {
        if (next + 1 < g->heap_count && group_weight(g, next + 1) > group_weight(g, next)) {
            next++;
        }
        if (group_weight(g, next) <= group_weight(g, i)) {
            break;
        }
        swap_groups(g, i, next);
    }
    return top;
}

/* --- splitting a group ------------------------------------------------------------------------ */

static bool is_inlined(const struct grower *g, const struct cursor *c)
{
    const struct pp_frames *f = &g->flame->frames;
    return c->line + 1 < f->first[g->report->view.p.sample_locs[c->loc] + 1];
}

/* The child that a sample with this frame belongs to. UINT32_MAX without memory. */
static uint32_t find_child(struct grower *g, uint32_t frame, const struct cursor *c)
{
    uint32_t known = g->child_of[frame];
    if (known && (!g->is_run || known == g->child_count)) {
        return known - 1;
    }
    if (pp_arena_reserve(&g->report->arena, &g->children, &g->child_cap, g->child_count,
                         sizeof(*g->children))) {
        return UINT32_MAX;
    }
    g->children[g->child_count++] =
        (struct child){ .frame = frame, .node = UINT32_MAX, .is_inlined = is_inlined(g, c) };
    g->child_of[frame] = (uint32_t)g->child_count;
    return (uint32_t)g->child_count - 1;
}

static void add_value(int64_t *plus, int64_t *minus, int64_t value)
{
    int64_t *sum = value < 0 ? minus : plus;
    if (__builtin_add_overflow(*sum, pp_abs(value), sum)) {
        *sum = INT64_MAX;
    }
}

/* Tells each sample of the group its child, and sums the children. */
static int count_children(struct grower *g, const struct group *group)
{
    const struct pp_frames *f = &g->flame->frames;
    struct pp_flame_node *node = &g->tree->nodes[group->node];
    g->child_count = 0;
    for (uint32_t i = group->begin; i < group->end; i++) {
        uint32_t sample = g->order[i];
        struct cursor *c = &g->at[sample];
        g->slot_of[i] = STOP;
        if (group->node) {
            step(g, sample, c);
        }
        if (c->loc == STOP) {
            add_value(&node->self_plus, &node->self_minus, c->value);
            continue;
        }
        uint32_t child = find_child(g, f->ids[c->line], c);
        if (child == UINT32_MAX) {
            return PPROF_ERR_NOMEM;
        }
        g->slot_of[i] = child;
        g->children[child].count++;
        add_value(&g->children[child].plus, &g->children[child].minus, c->value);
    }
    for (size_t i = 0; i < g->child_count; i++) {
        g->child_of[g->children[i].frame] = 0;
    }
    return 0;
}

static uint64_t child_weight(const struct child *c)
{
    return (uint64_t)c->plus + (uint64_t)c->minus;
}

static int heavier_first(const void *a, const void *b, void *children)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    uint64_t v = child_weight((struct child *)children + x);
    uint64_t w = child_weight((struct child *)children + y);
    return v != w ? (v > w ? -1 : 1) : (x > y) - (x < y);
}

/* The heaviest child first; runs stay in the order of time. */
static int rank_children(struct grower *g)
{
    for (size_t i = 0; i < g->child_count; i++) {
        if (pp_arena_reserve(&g->report->arena, &g->ranked, &g->ranked_cap, i,
                             sizeof(*g->ranked))) {
            return PPROF_ERR_NOMEM;
        }
        g->ranked[i] = (uint32_t)i;
    }
    if (!g->is_run && g->child_count > 1) {
        qsort_r(g->ranked, g->child_count, sizeof(*g->ranked), heavier_first, g->children);
    }
    return 0;
}

static int add_node(struct pp_report *report, struct pp_flame_tree *t, struct child *child,
                    uint32_t parent)
{
    if (pp_arena_reserve(&report->arena, &t->nodes, &t->cap, t->count, sizeof(*t->nodes))) {
        return PPROF_ERR_NOMEM;
    }
    child->node = (uint32_t)t->count;
    t->nodes[t->count++] = (struct pp_flame_node){
        .parent = parent,
        .frame = child->frame,
        .is_inlined = child->is_inlined,
        .plus = child->plus,
        .minus = child->minus,
    };
    t->nodes[parent].child_count++;
    return 0;
}

/* Makes nodes of the children that are heavy enough. */
static int keep_children(struct grower *g, const struct group *group)
{
    struct pp_flame_tree *t = g->tree;
    t->nodes[group->node].first_child = (uint32_t)t->count;
    if (rank_children(g)) {
        return PPROF_ERR_NOMEM;
    }
    for (size_t i = 0; i < g->child_count; i++) {
        struct child *child = &g->children[g->ranked[i]];
        uint64_t weight = child_weight(child);
        if (weight < g->cutoff || weight == 0 || t->count >= g->options->node_cap) {
            t->left_out++;
        } else if (add_node(g->report, t, child, group->node)) {
            return PPROF_ERR_NOMEM;
        }
    }
    return 0;
}

/* Puts the samples of each kept child side by side and queues the child. */
static int divide(struct grower *g, const struct group *group)
{
    uint32_t at = group->begin;
    for (size_t i = 0; i < g->child_count; i++) {
        if (g->children[i].node != UINT32_MAX) {
            g->children[i].begin = at;
            at += g->children[i].count;
        }
    }
    memcpy(g->scratch + group->begin, g->order + group->begin,
           (group->end - group->begin) * sizeof(*g->order));
    for (uint32_t i = group->begin; i < group->end; i++) {
        uint32_t slot = g->slot_of[i];
        if (slot != STOP && g->children[slot].node != UINT32_MAX) {
            g->order[g->children[slot].begin++] = g->scratch[i];
        }
    }
    for (size_t i = 0; i < g->child_count; i++) {
        const struct child *c = &g->children[i];
        if (c->node != UINT32_MAX &&
            push(g, (struct group){ c->begin - c->count, c->begin, c->node })) {
            return PPROF_ERR_NOMEM;
        }
    }
    return 0;
}

/* What ends in the group, when there is no room for more nodes. */
static void count_self(struct grower *g, const struct group *group)
{
    struct pp_flame_node *node = &g->tree->nodes[group->node];
    bool goes_on = false;
    for (uint32_t i = group->begin; i < group->end; i++) {
        struct cursor *c = &g->at[g->order[i]];
        step(g, g->order[i], c);
        if (c->loc == STOP) {
            add_value(&node->self_plus, &node->self_minus, c->value);
        } else {
            goes_on = true;
        }
    }
    g->tree->left_out += goes_on;
}

static int grow(struct grower *g)
{
    while (g->heap_count) {
        struct group group = pop(g);
        if (group.node && g->tree->count >= g->options->node_cap) {
            count_self(g, &group);
        } else if (count_children(g, &group) || keep_children(g, &group) || divide(g, &group)) {
            return PPROF_ERR_NOMEM;
        }
    }
    return 0;
}

/* --- which samples ---------------------------------------------------------------------------- */

static int init_grower(struct grower *g)
{
    struct pp_arena *arena = &g->report->arena;
    size_t n = g->report->view.p.sample_count;
    g->order = pp_arena_array(arena, n + 1, sizeof(*g->order));
    g->scratch = pp_arena_array(arena, n + 1, sizeof(*g->scratch));
    g->slot_of = pp_arena_array(arena, n + 1, sizeof(*g->slot_of));
    g->at = pp_arena_array(arena, n + 1, sizeof(*g->at));
    g->child_of = pp_arena_array(arena, g->flame->frames.count + 1, sizeof(*g->child_of));
    return g->order && g->scratch && g->slot_of && g->at && g->child_of ? 0 : PPROF_ERR_NOMEM;
}

/* The root, which holds the samples in order. */
static int plant(struct grower *g)
{
    struct pp_flame_tree *t = g->tree;
    if (pp_arena_reserve(&g->report->arena, &t->nodes, &t->cap, 0, sizeof(*t->nodes))) {
        return PPROF_ERR_NOMEM;
    }
    t->count = 1;
    t->nodes[0] = (struct pp_flame_node){ .frame = 0 };
    for (size_t i = 0; i < g->order_count; i++) {
        add_value(&t->nodes[0].plus, &t->nodes[0].minus, g->at[g->order[i]].value);
    }
    g->cutoff = weight_of(&t->nodes[0]) / SHARE;
    g->heap_count = 0;
    return push(g, (struct group){ 0, (uint32_t)g->order_count, 0 });
}

/* True when the sample's next frames are those of the path; its cursor stays at the root. */
static bool follows_path(const struct grower *g, uint32_t sample, struct cursor c)
{
    const struct pp_flame_options *o = g->options;
    for (size_t i = 0; i < o->path_count; i++) {
        if (c.loc == STOP || g->flame->frames.ids[c.line] != o->path[i]) {
            return false;
        }
        step(g, sample, &c);
    }
    return true;
}

static int grow_from_root(struct grower *g)
{
    size_t n = 0;
    for (size_t i = 0; i < g->order_count; i++) {
        uint32_t sample = g->order[i];
        start_at_root(g, sample, &g->at[sample]);
        if (follows_path(g, sample, g->at[sample])) {
            g->order[n++] = sample;
        }
    }
    g->order_count = n;
    return plant(g) || grow(g) ? PPROF_ERR_NOMEM : 0;
}

/* --- the pivot -------------------------------------------------------------------------------- */

/* Leaves in order the samples that have a matching frame, with their cursors on the outermost. */
static void find_pivots(struct grower *g, const bool *matches)
{
    size_t n = 0;
    for (size_t i = 0; i < g->order_count; i++) {
        uint32_t sample = g->order[i];
        struct cursor *c = &g->at[sample];
        for (start_at_root(g, sample, c); c->loc != STOP; step(g, sample, c)) {
            if (matches[g->flame->frames.ids[c->line]]) {
                g->order[n++] = sample;
                break;
            }
        }
    }
    g->order_count = n;
}

static int grow_around_pivot(struct grower *g, struct pprof_error *error)
{
    bool *matches = NULL;
    int r = pp_flame_match(&g->report->arena, &g->flame->frames, g->options->pivot, &matches,
                           error);
    if (r) {
        return r;
    }
    find_pivots(g, matches);
    size_t n = g->order_count;
    struct cursor *kept = pp_arena_array(&g->report->arena, n + 1, sizeof(*kept));
    uint32_t *order = pp_arena_array(&g->report->arena, n + 1, sizeof(*order));
    if (!kept || !order) {
        return PPROF_ERR_NOMEM;
    }
    for (size_t i = 0; i < n; i++) {
        kept[i] = g->at[g->order[i]];
        order[i] = g->order[i];
    }
    if (plant(g) || grow(g)) {
        return PPROF_ERR_NOMEM;
    }
    g->is_up = true;
    g->tree = &g->flame->up;
    memcpy(g->order, order, n * sizeof(*order));
    for (size_t i = 0; i < n; i++) {
        g->at[order[i]] = kept[i];
        step(g, order[i], &g->at[order[i]]);
    }
    return plant(g) || grow(g) ? PPROF_ERR_NOMEM : 0;
}

/* --- all of it -------------------------------------------------------------------------------- */

static void list_samples(struct grower *g)
{
    struct pp_view *view = &g->report->view;
    g->order_count = view->p.sample_count;
    for (size_t i = 0; i < g->order_count; i++) {
        g->order[i] = (uint32_t)i;
        g->at[i].value = value_of(g->report, (uint32_t)i);
    }
    if (g->is_run) {
        pp_flame_sort_by_time(view, g->order, g->order_count);
    }
}

int pp_flame_build(struct pp_report *report, const struct pp_flame_options *options,
                   struct pp_flame *flame, struct pprof_error *error)
{
    const struct pp_config *c = &report->request.config;
    struct pp_frame_options frames = { .trim_paths = true, .trim_path = c->trim_path,
                                       .source_path = c->source_path };
    memset(flame, 0, sizeof(*flame));
    flame->has_times = pp_flame_has_times(&report->view);
    struct grower g = { .report = report, .options = options, .flame = flame,
                        .tree = &flame->down, .is_run = options->by_time && flame->has_times };
    if (pp_frames_resolve(&flame->frames, &report->view, &frames) || init_grower(&g)) {
        return PPROF_ERR_NOMEM;
    }
    list_samples(&g);
    return *options->pivot ? grow_around_pivot(&g, error) : grow_from_root(&g);
}
