/* The samples as one tree of calls, merged and pruned: what a flame graph draws.
 *
 *   samples --(same frame at the same depth)--> groups --> nodes      heaviest group first
 *
 * Every node holds the samples that pass through it, so splitting a group by its next frame costs
 * one step a sample, and only groups heavy enough are ever split: 220,000 distinct stacks of 36
 * frames make their 20,000 heaviest nodes without walking the eight million frames.
 *
 * With a pivot two trees are made: what the outermost matching frame calls (down), and who calls it
 * (up, leaf first). Lives in the report's arena.
 */
#ifndef PP_REPORT_FLAME_H
#define PP_REPORT_FLAME_H

#include "tool/report/frames.h"
#include "tool/report/report.h"

struct pp_flame_options {
    const char *pivot;   /* an expression; "" for none */
    const uint32_t *path; /* frames from the root: only what goes through them, in that order */
    size_t path_count;
    bool by_time;        /* nodes are runs of samples in the order of their times */
    size_t node_cap;     /* at most so many nodes in each tree */
};

struct pp_flame_node {
    uint32_t parent; /* its own index: the root, node 0 */
    uint32_t frame;  /* into frames.infos; 0 at the root */
    uint32_t first_child, child_count; /* neighbours, the heaviest first, or in order of time */
    bool is_inlined;
    int64_t plus, minus;           /* sums of the positive and of the negative values, both >= 0 */
    int64_t self_plus, self_minus; /* of samples that end here */
};

struct pp_flame_tree {
    struct pp_flame_node *nodes;
    size_t count, cap;
    size_t left_out; /* at least so many nodes were too light to be kept */
};

struct pp_flame {
    struct pp_frames frames;
    struct pp_flame_tree down, up; /* up.count is 0 without a pivot */
    bool has_times;                /* samples carry a moment: by_time is possible */
};

/* The tree of a built report. PPROF_ERR_INVALID for a bad pivot, PPROF_ERR_NOMEM. */
int pp_flame_build(struct pp_report *report, const struct pp_flame_options *options,
                   struct pp_flame *flame, struct pprof_error *error)
    __attribute__((warn_unused_result));

/* --- flame_find.c, for flame.c ---------------------------------------------------------------- */

/* By frame, whether the expression finds its name or file; in the arena. PPROF_ERR_INVALID for a
 * bad expression, PPROF_ERR_NOMEM. */
int pp_flame_match(struct pp_arena *arena, const struct pp_frames *frames, const char *expression,
                   bool **matches, struct pprof_error *error) __attribute__((warn_unused_result));
/* Whether samples carry a moment, and their order by it. */
bool pp_flame_has_times(const struct pp_view *view);
void pp_flame_sort_by_time(struct pp_view *view, uint32_t *samples, size_t count);

#endif
