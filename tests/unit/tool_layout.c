/* The drawing engine: lengths kept, boxes apart, trees without crossings, cycles and large graphs. */
#include "tool/report/layout.h"
#include "tool/report/simplex.h"

#include <check.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

static struct pp_arena arena;

static void setup(void)
{
    pp_arena_init(&arena, 0);
}

static void teardown(void)
{
    pp_arena_release(&arena);
}

static uint32_t random_below(uint64_t *state, uint32_t limit)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((*state >> 33) % limit);
}

static struct pp_layout new_layout(size_t nodes, size_t edges)
{
    struct pp_layout layout = { .node_count = nodes, .edge_count = edges, .node_sep = 18, .rank_sep = 36 };
    layout.nodes = pp_arena_array(&arena, nodes + 1, sizeof(*layout.nodes));
    layout.edges = pp_arena_array(&arena, edges + 1, sizeof(*layout.edges));
    for (size_t v = 0; v < nodes; v++) {
        layout.nodes[v].width = 40 + (double)(v * 37 % 80);
        layout.nodes[v].height = 20 + (double)(v * 13 % 30);
    }
    return layout;
}

static void set_edge(struct pp_layout *layout, size_t e, uint32_t tail, uint32_t head)
{
    layout->edges[e] = (struct pp_layout_edge){
        .tail = tail, .head = head, .weight = 1, .min_length = 1, .label_width = 30, .label_height = 14
    };
}

static int64_t total_length(const struct pp_simplex_edge *edges, size_t n, const int32_t *values)
{
    int64_t total = 0;
    for (size_t e = 0; e < n; e++) {
        total += (int64_t)edges[e].weight * (values[edges[e].head] - values[edges[e].tail]);
    }
    return total;
}

/* The best total by trying every assignment of 0..limit to n nodes. */
static int64_t best_by_force(const struct pp_simplex_edge *edges, size_t m, size_t n, int32_t limit)
{
    int32_t values[8] = { 0 };
    int64_t best = INT64_MAX;
    for (;;) {
        int64_t total = 0;
        bool valid = true;
        for (size_t e = 0; e < m && valid; e++) {
            int32_t length = values[edges[e].head] - values[edges[e].tail];
            valid = length >= edges[e].length;
            total += (int64_t)edges[e].weight * length;
        }
        if (valid && total < best) {
            best = total;
        }
        size_t at = 0;
        while (at < n && ++values[at] > limit) {
            values[at++] = 0;
        }
        if (at == n) {
            return best;
        }
    }
}

START_TEST(simplex_finds_the_least_total)
{
    enum { NODES = 6, EDGES = 9 };
    uint64_t state = 7;
    for (int round = 0; round < 60; round++) {
        struct pp_simplex_edge edges[EDGES];
        for (int e = 0; e < EDGES; e++) {
            uint32_t tail = random_below(&state, NODES - 1);
            uint32_t head = tail + 1 + random_below(&state, NODES - 1 - tail);
            edges[e] = (struct pp_simplex_edge){ tail, head, (int32_t)random_below(&state, 2),
                                                 1 + (int32_t)random_below(&state, 9) };
        }
        int32_t values[NODES];
        ck_assert_int_eq(pp_simplex(&arena, NODES, edges, EDGES, 1000, values), 0);
        for (int e = 0; e < EDGES; e++) {
            ck_assert_int_ge(values[edges[e].head] - values[edges[e].tail], edges[e].length);
        }
        ck_assert_int_eq(total_length(edges, EDGES, values), best_by_force(edges, EDGES, NODES, 5));
    }
}
END_TEST

START_TEST(simplex_refuses_a_cycle)
{
    const struct pp_simplex_edge edges[] = { { 0, 1, 1, 1 }, { 1, 2, 1, 1 }, { 2, 0, 1, 1 } };
    int32_t values[3];
    ck_assert_int_eq(pp_simplex(&arena, 3, edges, 3, 100, values), PPROF_ERR_INVALID);
}
END_TEST

static void assert_drawn(const struct pp_layout *layout)
{
    for (size_t a = 0; a < layout->node_count; a++) {
        const struct pp_layout_node *n = &layout->nodes[a];
        ck_assert(n->x - n->width / 2 >= -0.01 && n->x + n->width / 2 <= layout->width + 0.01);
        ck_assert(n->y - n->height / 2 >= -0.01 && n->y + n->height / 2 <= layout->height + 0.01);
        for (size_t b = 0; b < a; b++) {
            const struct pp_layout_node *m = &layout->nodes[b];
            bool apart = fabs(n->x - m->x) >= (n->width + m->width) / 2 - 0.01 ||
                         fabs(n->y - m->y) >= (n->height + m->height) / 2 - 0.01;
            ck_assert_msg(apart, "boxes %zu and %zu overlap", a, b);
        }
    }
    for (size_t e = 0; e < layout->edge_count; e++) {
        ck_assert_uint_ge(layout->edges[e].point_count, 4);
        ck_assert_uint_eq(layout->edges[e].point_count % 3, 1);
    }
}

START_TEST(a_tree_has_no_crossings)
{
    enum { NODES = 120 };
    struct pp_layout layout = new_layout(NODES, NODES - 1);
    uint64_t state = 3;
    for (uint32_t v = 1; v < NODES; v++) {
        set_edge(&layout, v - 1, random_below(&state, v), v);
    }
    ck_assert_int_eq(pp_layout_run(&arena, &layout, NULL), 0);
    ck_assert_uint_eq(layout.crossings, 0);
    assert_drawn(&layout);
}
END_TEST

START_TEST(callers_stand_above_callees)
{
    struct pp_layout layout = new_layout(4, 4);
    set_edge(&layout, 0, 0, 1);
    set_edge(&layout, 1, 0, 2);
    set_edge(&layout, 2, 1, 3);
    set_edge(&layout, 3, 2, 3);
    ck_assert_int_eq(pp_layout_run(&arena, &layout, NULL), 0);
    for (size_t e = 0; e < 4; e++) {
        const struct pp_layout_edge *edge = &layout.edges[e];
        ck_assert(layout.nodes[edge->tail].y < layout.nodes[edge->head].y);
        ck_assert(edge->points[0].y < edge->points[edge->point_count - 1].y);
        ck_assert(edge->label.y > layout.nodes[edge->tail].y);
        ck_assert(edge->label.y < layout.nodes[edge->head].y);
    }
    assert_drawn(&layout);
}
END_TEST

START_TEST(cycles_and_loops_are_drawn)
{
    struct pp_layout layout = new_layout(3, 5);
    set_edge(&layout, 0, 0, 1);
    set_edge(&layout, 1, 1, 2);
    set_edge(&layout, 2, 2, 0);
    set_edge(&layout, 3, 1, 1);
    set_edge(&layout, 4, 2, 1);
    ck_assert_int_eq(pp_layout_run(&arena, &layout, NULL), 0);
    assert_drawn(&layout);
}
END_TEST

START_TEST(random_graphs_keep_boxes_apart_and_repeat)
{
    uint64_t state = 11;
    for (int round = 0; round < 20; round++) {
        uint32_t nodes = 2 + random_below(&state, 80), edges = random_below(&state, 120);
        struct pp_layout first = new_layout(nodes, edges);
        struct pp_layout second = new_layout(nodes, edges);
        for (uint32_t e = 0; e < edges; e++) {
            set_edge(&first, e, random_below(&state, nodes), random_below(&state, nodes));
            second.edges[e] = first.edges[e];
        }
        ck_assert_int_eq(pp_layout_run(&arena, &first, NULL), 0);
        ck_assert_int_eq(pp_layout_run(&arena, &second, NULL), 0);
        assert_drawn(&first);
        ck_assert_mem_eq(first.nodes, second.nodes, nodes * sizeof(*first.nodes));
    }
}
END_TEST

START_TEST(large_and_empty_graphs_are_drawn)
{
    enum { NODES = 8000, EDGES = 12000 };
    struct pp_layout layout = new_layout(NODES, EDGES);
    uint64_t state = 5;
    for (uint32_t e = 0; e < EDGES; e++) {
        uint32_t tail = random_below(&state, NODES - 1);
        uint32_t head = tail + 1 + random_below(&state, NODES - tail < 12 ? NODES - 1 - tail : 12);
        set_edge(&layout, e, tail, head < NODES ? head : NODES - 1);
    }
    struct pprof_error error = { 0 };
    int err = pp_layout_run(&arena, &layout, &error);
    ck_assert_msg(err == 0 || (err == PPROF_ERR_LIMIT && strstr(error.detail, "-nodecount")), "%d %s", err,
                  error.detail);
    struct pp_layout none = new_layout(0, 0);
    ck_assert_int_eq(pp_layout_run(&arena, &none, NULL), 0);
    ck_assert(none.width == 0 && none.height == 0);
}
END_TEST

static Suite *suite(void)
{
    const TTest *tests[] = {
        simplex_finds_the_least_total, simplex_refuses_a_cycle,
        a_tree_has_no_crossings,       callers_stand_above_callees,
        cycles_and_loops_are_drawn,    random_graphs_keep_boxes_apart_and_repeat,
        large_and_empty_graphs_are_drawn,
    };
    Suite *s = suite_create("tool_layout");
    TCase *tc = tcase_create("layout");
    tcase_add_checked_fixture(tc, setup, teardown);
    for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
        tcase_add_test(tc, tests[i]);
    }
    suite_add_tcase(s, tc);
    return s;
}

#include "check_main.h"
