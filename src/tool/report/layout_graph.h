/* The layered graph between the steps of the layout: private to layout*.c. */
#ifndef PP_REPORT_LAYOUT_GRAPH_H
#define PP_REPORT_LAYOUT_GRAPH_H

#include "tool/report/layout.h"

#include <stdbool.h>

/* A box, or a place where a long arrow (or its label) passes a rank. */
struct pp_station {
    double left, right; /* extent to both sides of x */
    double height;
    double x, y;
    uint32_t edge; /* of a passing arrow; UINT32_MAX for a box */
    int32_t rank;
    uint32_t place; /* position within the rank */
    bool is_label;
};

/* An arrow's piece between neighbouring ranks. */
struct pp_link {
    uint32_t upper, lower;
    int32_t weight;
};

struct pp_layered {
    struct pp_arena *arena;
    struct pp_station *stations; /* the first node_count ones are the boxes */
    size_t station_count, node_count;
    struct pp_link *links;
    size_t link_count;
    uint32_t *down_first, *down; /* stations below v: down[down_first[v] .. down_first[v + 1]) */
    uint32_t *up_first, *up;
    uint32_t *rank_first, *rank; /* stations of rank r in order */
    size_t rank_count;
    uint32_t *
        chain_first; /* stations of edge e in rank order: chain[chain_first[e] ..), ends left out */
    uint32_t *chain;
    bool *reversed;        /* edge runs against the ranks */
};

/* layout_order.c: the places within ranks with few crossings; returns the crossings left. */
int pp_layout_order(struct pp_layered *g, size_t *crossings) __attribute__((warn_unused_result));

/* layout_place.c: x of every station. */
int pp_layout_place(struct pp_layered *g, double node_sep) __attribute__((warn_unused_result));

#endif
