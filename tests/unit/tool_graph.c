/* What the graph finds out without its edges, against the edges themselves. */
#include "tool/report/graph.h"
#include "tool/report/measure.h"
#include "tool/report/report.h"

#include "profile/build.h"
#include "tool/driver/options.h"

#include <check.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FUNCTIONS = 120, LOCATIONS = 400, DEPTH = 24, TOP = 5 };

static uint32_t seed;

static uint32_t below(uint32_t limit)
{
    seed = seed * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)seed * limit >> 32);
}

static void add_locations(struct pp_build *b, uint32_t *locations)
{
    uint32_t functions[FUNCTIONS];
    for (uint32_t i = 0; i < FUNCTIONS; i++) {
        char name[32];
        (void)snprintf(name, sizeof(name), "f%u", i);
        struct pprof_function function = { .name = pp_build_cstr(b, name) };
        functions[i] = pp_build_function(b, &function);
    }
    for (uint32_t i = 0; i < LOCATIONS; i++) {
        struct pprof_line lines[3];
        size_t count = 1 + (below(4) == 0) + (below(8) == 0);
        for (size_t k = 0; k < count; k++) {
            lines[k] = (struct pprof_line){ .function = functions[below(FUNCTIONS)] };
        }
        locations[i] = pp_build_location(b, 0, 0x1000 + i, PPROF_NONE, lines, count, false);
    }
}

/* Stacks of random calls, mostly among near functions, that share roots with the one before, some
 * without weight, some weights much heavier than others; with negative ones that nearly cancel out
 * the others, if wanted. */
static struct pprof_profile *random_profile(size_t samples, bool is_difference)
{
    struct pp_build *b = pp_build_new(0);
    uint32_t locations[LOCATIONS], stack[DEPTH], at = 0;
    ck_assert_ptr_nonnull(b);
    pp_build_sample_type(b, "samples", "count");
    pp_build_sample_type(b, "cpu", "nanoseconds");
    add_locations(b, locations);
    for (size_t i = 0; i < samples; i++) {
        size_t depth = i ? below(DEPTH + 1) : DEPTH; /* of what is new, at the leaf */
        at = depth == DEPTH ? below(20) : at;
        for (size_t k = depth; k-- > 0;) {
            stack[k] = locations[at];
            at = below(3) ? (at + 1 + below(5)) % LOCATIONS : below(LOCATIONS);
        }
        int64_t value = below(5) == 0 ? 0 : 1 + below(100) * (below(500) == 0 ? 5000 : 1);
        value = is_difference && i % 2 ? -value : value;
        pp_build_sample(b, stack, DEPTH, (int64_t[]){ 1, value }, NULL, 0);
    }
    struct pprof_profile *p = NULL;
    ck_assert(!pp_build_finish(b, &p, NULL));
    return p;
}

struct built {
    struct pprof_profile *profile;
    struct pp_report report;
    struct pp_graph_options options;
};

static void build(struct built *b, struct pprof_profile *profile)
{
    struct pp_report_request request = { .format = PP_FORMAT_TEXT };
    struct pprof_error error = { 0 };
    pp_config_init(&request.config);
    b->profile = profile;
    ck_assert(!pp_report_build(&b->report, profile, &request, &error));
    b->options = (struct pp_graph_options){ .units = &b->report.units, .unit = "",
                                            .value_index = 1 };
}

static void release(struct built *b)
{
    pp_report_release(&b->report);
    pprof_profile_free(b->profile);
}

/* --- calls ------------------------------------------------------------------------------------ */

static const struct {
    size_t samples;
    bool is_difference;
    double nodefraction, edgefraction;
    bool mean; /* then samples without weight are calls, too */
} cases[] = {
    { 300, false, 0, 0 }, { 300, true, 0, 0 }, { 3000, false, 0.005, 0.001 },
    { 3000, true, 0.005, 0.001 }, { 3000, false, 0.15, 0.01 }, { 2000, true, 0.02, 0.004 },
    { 30000, false, 0.18, 0.002 }, { 30000, true, 0.2, 0.004 }, { 30000, false, 0, 0.0005 },
    { 10, false, 0, 0, true }, { 3000, false, 0.005, 0.001, true },
};

static uint8_t calls_by_edges(struct pp_graph *g, uint32_t node)
{
    size_t count;
    const uint32_t *in = pp_graph_edges_of(g, node, false, &count);
    uint8_t calls = 0;
    for (size_t i = 0; i < count; i++) {
        calls |= g->edges[in[i]].is_inline ? PP_CALLED_INLINE : PP_CALLED;
    }
    return calls;
}

/* Nodes without an inlined call may lack the other note: nobody reads it there. */
START_TEST(test_calls)
{
    struct built b;
    struct pp_graph by_edges, g;
    size_t inlined = 0;
    seed = 17 + (uint32_t)_i;
    build(&b, random_profile(cases[_i].samples, cases[_i].is_difference));
    b.options.nodefraction = cases[_i].nodefraction;
    b.options.edgefraction = cases[_i].edgefraction;
    b.options.mean = cases[_i].mean;
    b.options.edges = PP_EDGES_ALL;
    ck_assert(!pp_graph_build(&by_edges, &b.report.view, &b.options));
    b.options.edges = PP_EDGES_INLINED;
    ck_assert(!pp_graph_build(&g, &b.report.view, &b.options));
    ck_assert_uint_eq(g.shown_count, by_edges.shown_count);
    for (size_t i = 0; i < g.shown_count; i++) {
        uint8_t expected = calls_by_edges(&by_edges, g.shown[i]), found = g.calls[g.shown[i]];
        ck_assert_int_eq(found & PP_CALLED_INLINE, expected & PP_CALLED_INLINE);
        if (expected & PP_CALLED_INLINE) {
            ck_assert_int_eq(found, expected);
            inlined++;
        }
    }
    ck_assert_uint_gt(inlined, 0);
    release(&b);
}
END_TEST

/* --- scores ----------------------------------------------------------------------------------- */

static int descending(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x < *y) - (*x > *y);
}

START_TEST(test_scores)
{
    struct built b;
    struct pp_graph g;
    int64_t sorted[FUNCTIONS];
    seed = 5 + (uint32_t)_i;
    build(&b, random_profile(2000, false));
    b.options.visual = b.options.untrimmed = true;
    b.options.nodecount = TOP;
    ck_assert(!pp_graph_build(&g, &b.report.view, &b.options));
    ck_assert_uint_gt(g.shown_count, TOP * 8);
    ck_assert(!pp_graph_score(&g));
    const int64_t *some = g.interest;
    g.has_negative = true; /* so that all are scored */
    ck_assert(!pp_graph_score(&g));
    for (size_t i = 0; i < g.shown_count; i++) {
        sorted[i] = g.interest[g.shown[i]];
    }
    qsort(sorted, g.shown_count, sizeof(*sorted), descending);
    for (size_t i = 0; i < g.shown_count; i++) {
        int64_t all = g.interest[g.shown[i]], found = some[g.shown[i]];
        if (all >= sorted[TOP - 1]) {
            ck_assert_int_le(llabs(found - all), 1); /* sums of fractions, in another order */
        } else {
            ck_assert_int_lt(found, sorted[TOP - 1]);
        }
    }
    release(&b);
}
END_TEST

/* --- numbers ---------------------------------------------------------------------------------- */

static int64_t random_number(void)
{
    uint64_t number = (uint64_t)below(UINT32_MAX) << 32 | below(UINT32_MAX);
    return (int64_t)(number >> (1 + below(62)));
}

START_TEST(test_numbers_as_printf)
{
    char found[PP_LABEL_CAP], expected[PP_LABEL_CAP];
    seed = 3;
    for (int i = 0; i < 200000; i++) {
        int64_t total = i % 2 ? 800 * (1 + below(50)) : random_number();
        int64_t value = i % 2 ? below(40000) : random_number();
        double ratio = total ? (double)value / (double)total * 100 : 0;
        if (ratio < 99.95 || ratio > 100.05) {
            (void)snprintf(expected, sizeof(expected), ratio >= 1 ? "%5.2f%%" : "%5.2g%%", ratio);
            ck_assert_str_eq(pp_percentage(value, total, found), expected);
        }
        (void)snprintf(expected, sizeof(expected), "%.2fs", (double)value / 1e9);
        if (strcmp(expected + strlen(expected) - 4, ".00s") != 0) {
            ck_assert_str_eq(pp_scaled_label(value, "ns", "s", found), expected);
        }
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("tool_graph");
    TCase *c = tcase_create("graph");
    tcase_set_timeout(c, 120);
    tcase_add_loop_test(c, test_calls, 0, sizeof(cases) / sizeof(cases[0]));
    tcase_add_loop_test(c, test_scores, 0, 6);
    tcase_add_test(c, test_numbers_as_printf);
    suite_add_tcase(s, c);
    return s;
}

#include "check_main.h"
