/* The calls in all stacks, sorted by node: what a report has to know about the edges of some nodes,
 * where it shows only a few of them or none.
 *
 *   a part of the samples --> by node a list of (neighbor, weight), in chunks    one thread each
 *   a node's lists from all parts --> its edges                                 some nodes each
 *
 * The edges of one node are summed up in arrays that fit the cache; a table of all edges, of which
 * there may be millions, would not. A step is listed once for as long as stacks that follow each
 * other share it: its weight is what the samples sum up to meanwhile. Nodes take turns where the
 * steps of all would take too much memory.
 *
 * Invariants: an edge counts once a sample, and of its calls there only the outermost tells whether
 * it was inlined; nothing depends on how many threads there are.
 */
#ifndef PP_REPORT_GRAPH_STEPS_H
#define PP_REPORT_GRAPH_STEPS_H

#include "tool/report/graph_places.h"

/* An edge, seen from one of its nodes. */
struct pp_neighbor {
    uint32_t node; /* the other one */
    bool is_called; /* not inlined in some sample */
    int64_t weight;
};

/* Edges into a node, or out of it; count 0: there are none. Called once for each wanted node and
 * direction, at the same time for different ones. */
typedef void (*pp_neighbors_fn)(void *ctx, uint32_t node, bool out,
                                const struct pp_neighbor *neighbors, size_t count);

struct pp_steps_wanted {
    const uint8_t *nodes; /* by node: its edges are wanted */
    bool out;             /* those out of it, too */
};

/* Sums up the edges of the wanted nodes and shows them to fn. 0 or PPROF_ERR_NOMEM. */
int pp_graph_each_edge(const struct pp_graph *graph, const struct pp_steps_wanted *wanted,
                       pp_neighbors_fn fn, void *ctx) __attribute__((warn_unused_result));

#endif
