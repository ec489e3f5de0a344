/* What each location adds to a stack once only kept nodes are left, and the walk over the calls of
 * a sample. The pass over all frames of all samples is what a report costs, so it looks at one byte
 * of each location first, and at its nodes only where they matter.
 *
 *   frames of a location   outermost ... innermost          (one, unless calls were inlined)
 *   kept ones                   outer ... inner
 *
 * Invariants: a part of the samples is looked at by one thread; places do not change once made.
 */
#ifndef PP_REPORT_GRAPH_PLACES_H
#define PP_REPORT_GRAPH_PLACES_H

#include "tool/report/graph.h"

/* What is true of a place. */
enum {
    PP_PLACE_ALIVE = 1,       /* some node is kept */
    PP_STEP_RESIDUAL = 2,     /* of the step into the outer node: it goes over frames not kept */
    PP_STEP_INLINE = 4,       /* and it was inlined */
    PP_PLACE_MANY = 8,        /* steps among its own nodes may matter */
    PP_PLACE_INTO = 16,       /* steps into the outer node matter */
    PP_PLACE_FROM = 32,       /* steps out of the inner node matter */
    PP_PLACE_GAP_BEHIND = 64, /* what the inner node calls here is not kept */
    PP_PLACE_PAIR = 128,      /* of MANY: two nodes are all there is, and their step matters */
};

struct pp_place {
    uint32_t outer, inner;
};

struct pp_places {
    const struct pp_graph *graph;
    uint8_t *flags; /* by location */
    struct pp_place *items;
    const uint8_t *wanted; /* by node: steps into it matter; NULL: all do */
    bool from_wanted;      /* steps out of wanted nodes matter, too */
};

/* 0 or PPROF_ERR_NOMEM. wanted must outlive the places. */
int pp_places_init(struct pp_places *places, const struct pp_graph *graph, const uint8_t *wanted,
                   bool from_wanted) __attribute__((warn_unused_result));
/* After a change of wanted. */
void pp_places_look(struct pp_places *places);

/* Samples are cut into parts for threads: how many are worth it, and where each begins. */
enum { PP_SAMPLE_PARTS = 4 };
size_t pp_sample_parts(const struct pprof_profile *profile);
static inline size_t pp_sample_part(const struct pprof_profile *profile, size_t part, size_t parts)
{
    return profile->sample_count / parts * part + profile->sample_count % parts * part / parts;
}

/* True when a step between the two nodes matters. */
static inline bool pp_places_want(const struct pp_places *places, uint32_t parent, uint32_t node)
{
    return !places->wanted || places->wanted[node] ||
           (places->from_wanted && places->wanted[parent]);
}

/* One call in a stack: the node it leads to is called at the depth-th location from the root. */
struct pp_step {
    uint32_t parent, node, depth;
    unsigned how; /* PP_STEP_* */
};

typedef void (*pp_step_fn)(void *ctx, struct pp_step step);

/* The steps among the kept frames of one location, outermost first. */
void pp_places_inside(const struct pp_places *places, uint32_t location, uint32_t depth,
                      pp_step_fn fn, void *ctx);

/* Of the stack entries before *k looks at PP_PLACES_CHUNK at most, and puts those into kept that
 * lead to a place with one of the flags in `any`, from the root to the leaf; moves *k behind them,
 * and returns how many there are. Which ones are is as good as random: nothing here depends on a
 * guess by the processor. */
enum { PP_PLACES_CHUNK = 128 };
static inline size_t pp_places_gather(const uint8_t *flags, unsigned any, const uint32_t *locs,
                                      uint32_t begin, uint32_t *k, uint32_t kept[PP_PLACES_CHUNK])
{
    uint32_t at = *k, stop = at - begin > PP_PLACES_CHUNK ? at - PP_PLACES_CHUNK : begin;
    size_t n = 0;
    while (at > stop) {
        kept[n] = --at;
        n += (flags[locs[at]] & any) != 0;
    }
    *k = at;
    return n;
}

/* The nearest stack entry at or above `at` with a kept node; end: there is none. */
static inline uint32_t pp_places_alive(const uint8_t *flags, const uint32_t *locs, uint32_t at,
                                       uint32_t end)
{
    while (at < end && !(flags[locs[at]] & PP_PLACE_ALIVE)) {
        at++;
    }
    return at;
}

/* Calls fn for each call in a sample's stack that matters, from the root to the leaf, but for those
 * within its `shared` outermost locations; calls of a node by itself are none. With a known
 * function all of it becomes one loop. */
static inline __attribute__((always_inline)) void
pp_places_walk(const struct pp_places *places, size_t sample, uint32_t shared, pp_step_fn fn,
               void *ctx)
{
    const struct pprof_profile *p = &places->graph->view->p;
    const uint8_t *flags = places->flags;
    const uint32_t *locs = p->sample_locs, begin = p->loc_begin[sample];
    uint32_t end = p->loc_begin[sample + 1], k = end - shared, kept[PP_PLACES_CHUNK];
    uint32_t before = pp_places_alive(flags, locs, k, end);
    unsigned above = before < end ? flags[locs[before]] : 0;
    uint32_t parent = before < end ? places->items[locs[before]].inner : UINT32_MAX;
    while (k > begin) {
        size_t n = pp_places_gather(flags, PP_PLACE_ALIVE, locs, begin, &k, kept);
        for (size_t i = 0; i < n; i++) {
            uint32_t location = locs[kept[i]];
            unsigned is = flags[location];
            const struct pp_place *at = &places->items[location];
            if ((is & PP_PLACE_INTO || above & PP_PLACE_FROM) && parent != at->outer &&
                parent != UINT32_MAX) {
                bool gap = above & PP_PLACE_GAP_BEHIND || kept[i] + 1 != before;
                fn(ctx, (struct pp_step){ parent, at->outer, end - kept[i],
                                          (gap ? PP_STEP_RESIDUAL : 0) |
                                              (is & (PP_STEP_RESIDUAL | PP_STEP_INLINE)) });
            }
            if (is & PP_PLACE_PAIR) {
                fn(ctx, (struct pp_step){ at->outer, at->inner, end - kept[i], PP_STEP_INLINE });
            } else if (is & PP_PLACE_MANY) {
                pp_places_inside(places, location, end - kept[i], fn, ctx);
            }
            parent = at->inner;
            before = kept[i];
            above = is;
        }
    }
}

/* As pp_places_walk where only steps into wanted nodes matter, and those are few: only places with
 * one of the flags in `any` are looked at closely. Does not tell which steps go over frames not
 * kept. */
static inline __attribute__((always_inline)) void
pp_places_walk_into(const struct pp_places *places, unsigned any, size_t sample, uint32_t shared,
                    pp_step_fn fn, void *ctx)
{
    const struct pprof_profile *p = &places->graph->view->p;
    const uint8_t *flags = places->flags;
    const uint32_t *locs = p->sample_locs, begin = p->loc_begin[sample];
    uint32_t end = p->loc_begin[sample + 1], k = end - shared, kept[PP_PLACES_CHUNK];
    while (k > begin) {
        size_t n = pp_places_gather(flags, any, locs, begin, &k, kept);
        for (size_t i = 0; i < n; i++) {
            uint32_t location = locs[kept[i]], depth = end - kept[i];
            unsigned is = flags[location];
            const struct pp_place *at = &places->items[location];
            uint32_t above = pp_places_alive(flags, locs, kept[i] + 1, end);
            uint32_t parent = above < end ? places->items[locs[above]].inner : at->outer;
            if (is & PP_PLACE_INTO && parent != at->outer) {
                fn(ctx, (struct pp_step){ parent, at->outer, depth, is & PP_STEP_INLINE });
            }
            if (is & PP_PLACE_PAIR) {
                fn(ctx, (struct pp_step){ at->outer, at->inner, depth, PP_STEP_INLINE });
            } else if (is & PP_PLACE_MANY) {
                pp_places_inside(places, location, depth, fn, ctx);
            }
        }
    }
}

#endif
