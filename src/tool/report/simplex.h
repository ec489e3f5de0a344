/* Network simplex: the smallest total edge length under minimum lengths.
 *
 * Gives every node an integer so that for each edge value[head] - value[tail] >= length, and
 * sum(weight * (value[head] - value[tail])) is least. The layout uses it twice: for ranks and for x
 * coordinates. Method: Gansner, Koutsofios, North, Vo, "A Technique for Drawing Directed Graphs"
 * (1993).
 */
#ifndef PP_REPORT_SIMPLEX_H
#define PP_REPORT_SIMPLEX_H

#include "base/arena.h"

#include <stdint.h>

struct pp_simplex_edge {
    uint32_t tail, head;
    int32_t length; /* at least */
    int32_t weight; /* >= 0 */
};

/* Solves for node_count nodes; the edges must not form a cycle. Values start at 0. Stops after
 * max_pivots with the best solution so far (it always meets the lengths). Scratch memory comes
 * from arena. 0, PPROF_ERR_NOMEM, or PPROF_ERR_INVALID when there is a cycle. */
int pp_simplex(struct pp_arena *arena, size_t node_count, const struct pp_simplex_edge *edges,
               size_t edge_count, size_t max_pivots, int32_t *values)
    __attribute__((warn_unused_result));

#endif
