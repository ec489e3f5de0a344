/* Drawing a call graph: where each box stands and how each arrow runs.
 *
 *   ranks (network simplex) -> long edges become chains of small stations -> order within ranks
 *   (median and exchange sweeps, fewest crossings) -> x (network simplex) -> arrows as smooth
 *   curves
 *
 * Our own engine, so that an svg needs nothing installed. The method is the layered one of
 * Gansner, Koutsofios, North, Vo, "A Technique for Drawing Directed Graphs" (1993). Units are
 * points; y grows downwards; (0, 0) is the upper left corner. Deterministic: equal input gives the
 * equal drawing.
 */
#ifndef PP_REPORT_LAYOUT_H
#define PP_REPORT_LAYOUT_H

#include "base/arena.h"
#include "pprof/error.h"

#include <stdint.h>

struct pp_point {
    double x, y;
};

struct pp_layout_node {
    double width, height;
    double x, y; /* out: the centre */
};

struct pp_layout_edge {
    uint32_t tail, head;
    int32_t weight;     /* how much it wants to be short and straight; at least 1 */
    int32_t min_length; /* ranks between its ends; at least 1 */
    double label_width, label_height; /* 0: no label */
    struct pp_point label;            /* out: the label's centre */
    struct pp_point *points;          /* out: 3k + 1 Bezier control points from tail to head */
    size_t point_count;
};

struct pp_layout {
    struct pp_layout_node *nodes;
    size_t node_count;
    struct pp_layout_edge *edges;
    size_t edge_count;
    double node_sep, rank_sep; /* least room between boxes of a rank, and between ranks */
    double width, height;      /* out */
    size_t crossings;          /* out: pairs of edges that cross */
};

/* Fills every `out` field; the points live in arena. 0, PPROF_ERR_NOMEM, or PPROF_ERR_LIMIT for a
 * graph beyond 200,000 stations. */
int pp_layout_run(struct pp_arena *arena, struct pp_layout *layout, struct pprof_error *error)
    __attribute__((warn_unused_result));

#endif
