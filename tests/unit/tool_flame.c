/* The flame graph's tree against sums made the slow way, and its cuts. */
#include "tool/report/flame.h"

#include "base/buf.h"
#include "profile/samples.h"
#include "tool/driver/options.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct pprof_profile *profile_of(const char *folded)
{
    struct pprof_profile *profile = NULL;
    struct pprof_error error = { 0 };
    ck_assert_msg(!pprof_profile_read(folded, strlen(folded), NULL, &profile, &error), "%s",
                  error.detail);
    return profile;
}

struct built {
    struct pprof_profile *profile;
    struct pp_report report;
    struct pp_flame flame;
};

static void build(struct built *b, struct pprof_profile *profile,
                  const struct pp_flame_options *options)
{
    struct pp_report_request request = { .format = PP_FORMAT_FOLDED };
    struct pprof_error error = { 0 };
    pp_config_init(&request.config);
    b->profile = profile;
    ck_assert(!pp_report_build(&b->report, profile, &request, &error));
    ck_assert(!pp_flame_build(&b->report, options, &b->flame, &error));
}

static void release(struct built *b)
{
    pp_report_release(&b->report);
    pprof_profile_free(b->profile);
}

/* "a;b;c" of a node; the root is "". */
static void path_of(struct built *b, const struct pp_flame_tree *tree, uint32_t node, char *out,
                    size_t cap)
{
    if (node == 0) {
        *out = '\0';
        return;
    }
    path_of(b, tree, tree->nodes[node].parent, out, cap);
    size_t len = strlen(out);
    (void)snprintf(out + len, cap - len, "%s%s", len ? ";" : "",
                   pp_frame_name(&b->flame.frames, tree->nodes[node].frame));
}

static const struct pp_flame_node *find(struct built *b, const struct pp_flame_tree *tree,
                                        const char *path)
{
    char text[1024];
    for (uint32_t i = 0; i < tree->count; i++) {
        path_of(b, tree, i, text, sizeof(text));
        if (!strcmp(text, path)) {
            return &tree->nodes[i];
        }
    }
    return NULL;
}

/* --- every node's sum ------------------------------------------------------------------------- */

enum { SAMPLES = 400 };
static char stacks[SAMPLES][64];
static int weights[SAMPLES];

static void make_stacks(struct pp_buf *folded)
{
    uint32_t seed = 7;
    for (int i = 0; i < SAMPLES; i++) {
        char *at = stacks[i];
        unsigned depth = 1 + (seed >> 8) % 9;
        *at = '\0';
        for (unsigned d = 0; d < depth; d++) {
            seed = seed * 1664525 + 1013904223;
            at += sprintf(at, "%sf%u", d ? ";" : "", (seed >> 16) % 4);
        }
        weights[i] = 1 + (int)((seed >> 10) % 50);
        pp_buf_printf(folded, "%s %d\n", stacks[i], weights[i]);
    }
}

/* How much passes through a path, and how much ends there. */
static void sum_slowly(const char *path, int64_t *total, int64_t *self)
{
    size_t len = strlen(path);
    *total = *self = 0;
    for (int i = 0; i < SAMPLES; i++) {
        bool is_prefix = len == 0 || (!strncmp(stacks[i], path, len) &&
                                      (stacks[i][len] == ';' || !stacks[i][len]));
        *total += is_prefix ? weights[i] : 0;
        *self += !strcmp(stacks[i], path) ? weights[i] : 0;
    }
}

/* Every node's sums, cut or not; children are neighbours, the heaviest first. */
static void check_tree(struct built *b)
{
    const struct pp_flame_tree *t = &b->flame.down;
    char path[1024];
    for (uint32_t i = 0; i < t->count; i++) {
        const struct pp_flame_node *n = &t->nodes[i];
        int64_t total, self;
        path_of(b, t, i, path, sizeof(path));
        sum_slowly(path, &total, &self);
        ck_assert_msg(n->plus == total, "%s", path);
        ck_assert_msg(n->self_plus == self, "%s", path);
        ck_assert_int_eq(n->minus, 0);
        for (uint32_t k = n->first_child; k < n->first_child + n->child_count; k++) {
            ck_assert_uint_eq(t->nodes[k].parent, i);
            ck_assert(k == n->first_child || t->nodes[k].plus <= t->nodes[k - 1].plus);
        }
    }
}

START_TEST(every_node_has_its_sum)
{
    struct pp_arena arena;
    struct pp_buf folded;
    struct built b;
    pp_arena_init(&arena, 0);
    pp_buf_init(&folded, &arena);
    make_stacks(&folded);
    build(&b, profile_of(folded.data),
          &(struct pp_flame_options){ .pivot = "", .node_cap = 100000 });
    ck_assert_uint_eq(b.flame.down.left_out, 0);
    ck_assert_uint_gt(b.flame.down.count, SAMPLES / 2);
    check_tree(&b);
    release(&b);
    pp_arena_release(&arena);
}
END_TEST

START_TEST(the_heaviest_are_kept)
{
    struct pp_arena arena;
    struct pp_buf folded;
    struct built b;
    pp_arena_init(&arena, 0);
    pp_buf_init(&folded, &arena);
    make_stacks(&folded);
    build(&b, profile_of(folded.data), &(struct pp_flame_options){ .pivot = "", .node_cap = 50 });
    ck_assert_uint_eq(b.flame.down.count, 50);
    ck_assert_uint_gt(b.flame.down.left_out, 0);
    for (uint32_t i = 1; i < b.flame.down.count; i++) { /* parents come first */
        ck_assert_uint_lt(b.flame.down.nodes[i].parent, i);
    }
    check_tree(&b);
    release(&b);
    pp_arena_release(&arena);
}
END_TEST

/* --- pivot, path, difference ------------------------------------------------------------------ */

static const char tea[] = "main;boil;pour 5\nmain;brew;boil;pour 3\nmain;brew 2\nother;boil;boil 1\n";

START_TEST(a_pivot_has_callees_and_callers)
{
    struct built b;
    build(&b, profile_of(tea), &(struct pp_flame_options){ .pivot = "^boil$", .node_cap = 1000 });
    ck_assert_int_eq(b.flame.down.nodes[0].plus, 9);
    ck_assert_int_eq(find(&b, &b.flame.down, "boil")->plus, 9);
    ck_assert_int_eq(find(&b, &b.flame.down, "boil;pour")->plus, 8);
    ck_assert_int_eq(find(&b, &b.flame.down, "boil;boil")->self_plus, 1); /* the outermost counts */
    ck_assert_int_eq(find(&b, &b.flame.up, "main")->plus, 5);
    ck_assert_int_eq(find(&b, &b.flame.up, "brew;main")->plus, 3);
    ck_assert_int_eq(find(&b, &b.flame.up, "other")->plus, 1);
    release(&b);
}
END_TEST

START_TEST(a_path_leaves_what_goes_through_it)
{
    struct built b;
    build(&b, profile_of(tea), &(struct pp_flame_options){ .pivot = "", .node_cap = 1000 });
    uint32_t path[2] = { find(&b, &b.flame.down, "main")->frame,
                         find(&b, &b.flame.down, "main;brew")->frame };
    release(&b);
    build(&b, profile_of(tea), &(struct pp_flame_options){ .pivot = "", .path = path,
                                                           .path_count = 2, .node_cap = 1000 });
    ck_assert_int_eq(b.flame.down.nodes[0].plus, 5);
    ck_assert_int_eq(find(&b, &b.flame.down, "main;brew;boil;pour")->plus, 3);
    ck_assert_ptr_null(find(&b, &b.flame.down, "main;boil"));
    release(&b);
}
END_TEST

START_TEST(a_difference_keeps_both_sums)
{
    struct pprof_profile *both[2] = { profile_of(tea), profile_of("main;brew 7\nold 1\n") };
    struct pprof_profile *merged = NULL;
    struct built b;
    ck_assert(!pp_samples_set_label(both[1], "pprof::base", "true"));
    pprof_profile_scale(both[1], -1);
    ck_assert(!pprof_profile_merge((const struct pprof_profile *const *)both, 2, &merged, NULL));
    build(&b, merged, &(struct pp_flame_options){ .pivot = "", .node_cap = 1000 });
    const struct pp_flame_node *brew = find(&b, &b.flame.down, "main;brew");
    ck_assert_int_eq(brew->plus, 5);
    ck_assert_int_eq(brew->minus, 7);
    ck_assert_int_eq(brew->self_plus, 2);
    ck_assert_int_eq(brew->self_minus, 7);
    ck_assert_int_eq(find(&b, &b.flame.down, "old")->minus, 1);
    release(&b);
    pprof_profile_free(both[0]);
    pprof_profile_free(both[1]);
}
END_TEST

START_TEST(a_bad_pivot_is_told)
{
    struct pprof_profile *profile = profile_of(tea);
    struct pp_report_request request = { .format = PP_FORMAT_FOLDED };
    struct pp_report report;
    struct pp_flame flame;
    struct pprof_error error = { 0 };
    struct pp_flame_options options = { .pivot = "(", .node_cap = 10 };
    pp_config_init(&request.config);
    ck_assert(!pp_report_build(&report, profile, &request, &error));
    ck_assert_int_eq(pp_flame_build(&report, &options, &flame, &error), PPROF_ERR_INVALID);
    ck_assert_ptr_nonnull(strstr(error.detail, "missing closing )"));
    pp_report_release(&report);
    pprof_profile_free(profile);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("flame");
    TCase *tc = tcase_create("tree");
    tcase_add_test(tc, every_node_has_its_sum);
    tcase_add_test(tc, the_heaviest_are_kept);
    tcase_add_test(tc, a_pivot_has_callees_and_callers);
    tcase_add_test(tc, a_path_leaves_what_goes_through_it);
    tcase_add_test(tc, a_difference_keeps_both_sums);
    tcase_add_test(tc, a_bad_pivot_is_told);
    tcase_set_timeout(tc, 60);
    suite_add_tcase(s, tc);
    return s;
}

#include "check_main.h"
