/* The call graph of a report: nodes with weights, and edges between those that are shown.
 *
 *   frames -> weigh every node in one pass -> keep what is heavy enough -> one more pass for the
 *   edges and tags of kept nodes only
 *
 * google/pprof builds the whole graph with edges and tags, and then builds it again; a node's own
 * weights do not depend on what else is kept, so one pass over the samples gives them, and the
 * rest is made for the few nodes that survive. With call_tree nodes are paths, found by (parent,
 * frame).
 *
 * Invariants: shown[] is sorted for the report; an edge that is_gone belongs to nobody; weights
 * are raw (pp_node_flat and _cum divide when the report is about means).
 */
#ifndef PP_REPORT_GRAPH_H
#define PP_REPORT_GRAPH_H

#include "tool/report/filter.h"
#include "tool/report/frames.h"

enum pp_graph_edges {
    PP_EDGES_NONE,
    PP_EDGES_INLINED, /* none but what they tell: which nodes were inlined (calls) */
    PP_EDGES_ALL,
};

struct pp_graph_options {
    size_t value_index;
    bool mean, call_tree, drop_negative, cum_sort;
    bool visual; /* sort and cut for the eye, with tags */
    bool untrimmed; /* no cut, no order: every node as it is */
    enum pp_graph_edges edges;
    const struct pp_regex *edges_of; /* only edges of nodes whose name matches; NULL: of all */
    int64_t nodecount;
    double nodefraction, edgefraction;
    struct pp_frame_options frames;
    const struct pp_tag_units *units;
    const char *unit; /* for numeric tags */
};

struct pp_node {
    uint32_t info;     /* into frames.infos */
    uint32_t in, out;  /* first edge, or UINT32_MAX */
    uint32_t tags;     /* first tag, or UINT32_MAX */
    uint32_t parent;   /* call_tree: the caller, or UINT32_MAX */
    int64_t flat, cum, flat_div, cum_div;
    uint32_t samples; /* in how many it is; 0 in a tree */
    bool is_kept, is_shown;
};

struct pp_edge {
    uint32_t src, dst;
    uint32_t next_in, next_out;
    uint32_t stamp;
    bool is_residual; /* goes over nodes that are not kept */
    bool is_inline;   /* every call was inlined */
    bool is_gone;
    int64_t weight, div;
};

struct pp_tag {
    uint32_t next;
    uint32_t labels; /* text: the sample's string labels */
    uint32_t name;   /* text: a formatted number; UINT32_MAX: this is the string labels' own tag */
    bool is_gone;
    int64_t value;   /* of a number, in unit */
    const char *unit;
    int64_t flat, cum, flat_div, cum_div;
};

struct pp_inlined {
    uint64_t weight; /* of the samples that go through a location, as magnitudes */
    uint32_t stamp;
};

/* How a node is called. */
enum { PP_CALLED_INLINE = 1, PP_CALLED = 2 };

struct pp_graph {
    struct pp_arena *arena;
    const struct pp_view *view;
    struct pp_graph_options options;
    struct pp_frames frames;
    struct pp_node *nodes;
    size_t node_count, node_cap;
    uint32_t *shown;
    size_t shown_count;
    struct pp_edge *edges;
    size_t edge_count, edge_cap;
    struct pp_tag *tags;
    size_t tag_count, tag_cap;
    struct pp_table tag_texts;
    size_t orig_count, dropped_nodes, dropped_edges;
    uint64_t weight; /* of all samples, as magnitudes */
    bool has_negative; /* some sample's is */
    struct pp_inlined *inlined; /* by location of several lines, for PP_EDGES_INLINED */
    uint8_t *calls;    /* by node, for PP_EDGES_INLINED */
    bool has_edges;
    int64_t edge_cutoff; /* lighter edges will be dropped */
    int64_t *interest;   /* by node, while edges are weighed but not kept; NULL: see the edges */
    uint32_t *name_ranks; /* by node, once many edges are sorted; NULL: not made */
    /* hash of pairs (parent, info) to node of a tree */
    uint32_t *slots;
    size_t slot_count;
};

/* 0 or PPROF_ERR_NOMEM. */
int pp_graph_build(struct pp_graph *graph, const struct pp_view *view,
                   const struct pp_graph_options *options) __attribute__((warn_unused_result));

static inline int64_t pp_divided(int64_t value, int64_t divisor)
{
    return divisor && !(value == INT64_MIN && divisor == -1) ? value / divisor : value;
}
static inline int64_t pp_node_flat(const struct pp_node *n)
{
    return pp_divided(n->flat, n->flat_div);
}
static inline int64_t pp_node_cum(const struct pp_node *n)
{
    return pp_divided(n->cum, n->cum_div);
}
static inline uint64_t pp_magnitude(int64_t v)
{
    return v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
}
static inline void pp_add_magnitude(uint64_t *sum, uint64_t more)
{
    *sum = *sum + more < more ? UINT64_MAX : *sum + more;
}
static inline int64_t pp_abs(int64_t v)
{
    return v < 0 ? (int64_t)(0 - (uint64_t)v) : v;
}

static inline const char *pp_node_name(struct pp_graph *graph, uint32_t node)
{
    return pp_frame_name(&graph->frames, graph->nodes[node].info);
}

/* The edges of a node, heaviest first; out == false: those that come in. In the arena; *count set.
 * NULL without memory. */
const uint32_t *pp_graph_edges_of(struct pp_graph *graph, uint32_t node, bool out, size_t *count);

/* Sorts edge numbers: heaviest first, then by names. */
void pp_graph_sort_edges(struct pp_graph *graph, uint32_t *edges, size_t count);

/* --- between the files of the graph ----------------------------------------------------------- */

/* graph_tree.c */
int pp_graph_grow_tree(struct pp_graph *graph) __attribute__((warn_unused_result));
void pp_graph_trim_tree(struct pp_graph *graph);
/* The node of a path's next step in a finished tree. */
uint32_t pp_graph_tree_step(const struct pp_graph *graph, uint32_t parent, uint32_t info);

/* graph_find.c: edges among kept nodes, anew. */
int pp_graph_find_edges(struct pp_graph *graph) __attribute__((warn_unused_result));

/* graph_calls.c: fills calls. */
int pp_graph_find_calls(struct pp_graph *graph) __attribute__((warn_unused_result));

/* graph_scores.c: fills interest without making edges, for pictures of nodecount nodes out of more
 * kept ones: exact for those, and smaller for all others. */
int pp_graph_score(struct pp_graph *graph) __attribute__((warn_unused_result));

/* graph_edges.c: lists; light and redundant ones away. */
void pp_graph_link_edges(struct pp_graph *graph);
size_t pp_graph_drop_light_edges(struct pp_graph *graph, int64_t cutoff);
int pp_graph_drop_redundant(struct pp_graph *graph) __attribute__((warn_unused_result));

/* graph_tags.c: tags of kept nodes. */
int pp_graph_find_tags(struct pp_graph *graph) __attribute__((warn_unused_result));
void pp_graph_drop_light_tags(struct pp_graph *graph, int64_t cutoff);
size_t pp_graph_count_tags(const struct pp_graph *graph, uint32_t node);

/* graph_sort.c: puts shown[] in the report's order. */
int pp_graph_sort(struct pp_graph *graph) __attribute__((warn_unused_result));
/* What an edge of that weight adds to the spread of a node's total, and what a spread of edges in
 * and out makes of a node. */
double pp_graph_spread(int64_t weight, int64_t total);
int64_t pp_graph_interest(const struct pp_node *node, double score);

#endif
