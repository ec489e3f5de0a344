/* Merging, making compatible, scaling, normalizing, pruning, labels. */
#include "profile_sample.h"

#include "profile/prune.h"
#include "profile/samples.h"
#include "profile/unit.h"

static struct pprof_profile *merge(struct pprof_profile *a, struct pprof_profile *b)
{
    const struct pprof_profile *sources[] = { a, b };
    struct pprof_profile *merged = NULL;
    struct pprof_error error;
    ck_assert_msg(pprof_profile_merge(sources, 2, &merged, &error) == 0, "%s", error.detail);
    pprof_profile_free(a);
    pprof_profile_free(b);
    return merged;
}

static int64_t sum(const struct pprof_profile *p, size_t type)
{
    int64_t total = 0;
    for (size_t i = 0; i < p->sample_count; i++) {
        total += p->values[i * p->sample_type_count + type];
    }
    return total;
}

START_TEST(equal_samples_add_up)
{
    struct pprof_profile *m = merge(sample_profile(), finished(sample_build("/bin/a", 2)));
    ck_assert_uint_eq(m->sample_count, 4);
    ck_assert_uint_eq(m->location_count, 3);
    ck_assert_uint_eq(m->function_count, 3);
    ck_assert_uint_eq(m->mapping_count, 1);
    ck_assert_int_eq(sum(m, 0), 30);
    ck_assert_int_eq(m->duration_nanos, 10000000000);
    ck_assert_uint_eq(m->comment_count, 1);
    ck_assert_uint_eq(m->locations[m->sample_locs[0]].address, 0x400030); /* leaf of the first sample */
    ck_assert_uint_eq(m->sample_locs[0], 0);                              /* ids by first use */
    pprof_profile_free(m);
}
END_TEST

START_TEST(build_ids_outrank_files)
{
    struct pprof_profile *m = merge(sample_profile(), finished(sample_build("/bin/b", 1)));
    ck_assert_uint_eq(m->mapping_count, 1); /* the same build id, whatever the file */
    ck_assert_str_eq(text_of(m, m->mappings[0].filename), "/bin/a");
    pprof_profile_free(m);
}
END_TEST

START_TEST(moved_mappings_are_one)
{
    struct pprof_profile *b = sample_profile();
    b->mappings[0].start += 0x1000000;
    b->mappings[0].limit += 0x1000000 + 100 - 4096; /* pages of the end do not count */
    for (size_t i = 0; i < b->location_count; i++) {
        b->locations[i].address += 0x1000000;
    }
    b->mappings[0].limit = b->mappings[0].start + 0xffff0;
    struct pprof_profile *m = merge(sample_profile(), b);
    ck_assert_uint_eq(m->mapping_count, 1);
    ck_assert_uint_eq(m->location_count, 3);
    ck_assert_uint_eq(m->sample_count, 4);
    pprof_profile_free(m);
}
END_TEST

START_TEST(every_column_tells_apart)
{
    struct pprof_profile *b = sample_profile();
    b->lines[1].column = 99; /* an inner one */
    struct pprof_profile *m = merge(sample_profile(), b);
    ck_assert_uint_eq(m->location_count, 4);
    pprof_profile_free(m);
    b = sample_profile();
    b->lines[2].column = 99; /* the outermost of the same location */
    m = merge(sample_profile(), b);
    ck_assert_uint_eq(m->location_count, 4);
    pprof_profile_free(m);
}
END_TEST

START_TEST(what_cancels_out_disappears)
{
    struct pprof_profile *minus = sample_profile();
    pprof_profile_scale(minus, -1);
    minus->values[0] = -100;
    struct pprof_profile *m = merge(sample_profile(), minus);
    ck_assert_uint_eq(m->sample_count, 1);
    ck_assert_int_eq(m->values[0], -99);
    ck_assert_int_eq(m->values[1], 0);
    pprof_profile_free(m);
}
END_TEST

START_TEST(a_time_of_zero_resets)
{
    struct pprof_profile *b = sample_profile();
    b->time_nanos = 0;
    struct pprof_profile *m = merge(sample_profile(), b);
    ck_assert_int_eq(m->time_nanos, 0);
    m = merge(m, sample_profile());
    ck_assert_int_eq(m->time_nanos, 1700000000000000000);
    pprof_profile_free(m);
}
END_TEST

static struct pp_build *typed(const char *const *types, size_t count, const char *period_unit,
                              const int64_t *values)
{
    struct pp_build *b = pp_build_new(0);
    for (size_t i = 0; i < count; i++) {
        pp_build_sample_type(b, types[2 * i], types[2 * i + 1]);
    }
    pp_build_period(b, "cpu", period_unit, 10);
    pp_build_location(b, 0, 1, PPROF_NONE, NULL, 0, false);
    pp_build_sample(b, &(uint32_t){ 0 }, 1, values, NULL, 0);
    return b;
}

START_TEST(types_and_units_are_made_compatible)
{
    static const char *const a[] = { "samples", "count", "cpu", "ms", "extra", "count" };
    static const char *const b[] = { "cpu", "nanoseconds", "samples", "count" };
    struct pprof_profile *m = merge(finished(typed(a, 3, "ms", (int64_t[]){ 1, 2, 3 })),
                                    finished(typed(b, 2, "ns", (int64_t[]){ 40, 5 })));
    ck_assert_uint_eq(m->sample_type_count, 2);
    ck_assert_str_eq(text_of(m, m->sample_types[0].type), "samples");
    ck_assert_str_eq(text_of(m, m->sample_types[1].unit), "nanoseconds");
    ck_assert_int_eq(m->values[0], 6);
    ck_assert_int_eq(m->values[1], 2000040);
    ck_assert_int_eq(m->period, 10000000);
    pprof_profile_free(m);
}
END_TEST

START_TEST(a_type_that_stands_twice_is_not_shared)
{
    static const char *const a[] = { "cpu", "ms", "cpu", "ns", "samples", "count" };
    static const char *const b[] = { "cpu", "ns", "samples", "count" };
    struct pprof_profile *m = merge(finished(typed(a, 3, "ns", (int64_t[]){ 1, 2, 3 })),
                                    finished(typed(b, 2, "ns", (int64_t[]){ 40, 5 })));
    ck_assert_uint_eq(m->sample_type_count, 1);
    ck_assert_str_eq(text_of(m, m->sample_types[0].type), "samples");
    ck_assert_int_eq(m->values[0], 8);
    pprof_profile_free(m);
}
END_TEST

START_TEST(what_does_not_go_together_is_refused)
{
    static const char *const a[] = { "samples", "count" }, *const b[] = { "space", "bytes" };
    static const char *const c[] = { "samples", "bytes" };
    struct pprof_profile *pa = finished(typed(a, 1, "ns", (int64_t[]){ 1 }));
    struct pprof_profile *pb = finished(typed(b, 1, "ns", (int64_t[]){ 1 }));
    struct pprof_profile *pc = finished(typed(c, 1, "ns", (int64_t[]){ 1 }));
    struct pprof_profile *m = NULL;
    struct pprof_error error;
    const struct pprof_profile *ab[] = { pa, pb }, *ac[] = { pa, pc };
    ck_assert_int_eq(pprof_profile_merge(ab, 2, &m, &error), PPROF_ERR_FORMAT);
    ck_assert_str_eq(error.detail, "profiles have empty common sample type list");
    ck_assert_int_eq(pprof_profile_merge(ac, 2, &m, &error), PPROF_ERR_FORMAT);
    ck_assert_str_eq(error.detail, "sample types: incompatible types: {samples count 0 0} {samples bytes 0 0}");
    ck_assert_int_eq(pprof_profile_merge(ab, 0, &m, &error), PPROF_ERR_INVALID);
    ck_assert_ptr_null(m);
    pprof_profile_free(pa);
    pprof_profile_free(pb);
    pprof_profile_free(pc);
}
END_TEST

START_TEST(scaling_rounds_half_away)
{
    struct pprof_profile *p = sample_profile();
    pprof_profile_scale(p, 0.5);
    ck_assert_int_eq(p->values[0], 1); /* 0.5 */
    ck_assert_int_eq(p->values[2], 1);
    ck_assert_int_eq(p->values[4], 2); /* 1.5 */
    pprof_profile_scale(p, 0);
    ck_assert_uint_eq(p->sample_count, 0);
    pprof_profile_free(p);
}
END_TEST

START_TEST(normalizing_reaches_the_sums_of_the_base)
{
    struct pprof_profile *p = sample_profile(), *base = finished(sample_build("/bin/a", 7));
    struct pprof_error error;
    ck_assert_int_eq(pp_samples_normalize(p, base, &error), 0);
    ck_assert_int_eq(sum(p, 0), 70);
    base->period_type.unit = 0;
    ck_assert_int_eq(pp_samples_normalize(p, base, &error), PPROF_ERR_FORMAT);
    pprof_profile_free(p);
    pprof_profile_free(base);
}
END_TEST

START_TEST(labels_come_and_go)
{
    struct pprof_profile *p = sample_profile();
    ck_assert_int_eq(pp_samples_set_label(p, "pprof::base", "true"), 0);
    ck_assert_uint_eq(p->label_begin[4], 3 + 4);
    ck_assert_int_eq(pp_samples_set_label(p, "zone", "us"), 0);
    ck_assert_uint_eq(p->label_begin[4], 1 + 4 + 4);
    pp_samples_remove_label(p, "bytes", false); /* numeric ones stay */
    ck_assert_uint_eq(p->label_begin[4], 9);
    pp_samples_remove_label(p, "bytes", true);
    pp_samples_remove_label(p, "zone", false);
    ck_assert_uint_eq(p->label_begin[4], 4);
    struct pprof_error error;
    ck_assert_int_eq(pprof_profile_check(p, &error), 0);
    pprof_profile_free(p);
}
END_TEST

START_TEST(copies_are_independent)
{
    struct pp_arena arena;
    pp_arena_init(&arena, 0);
    struct pprof_profile *p = sample_profile(), *copy;
    struct pprof_error error;
    ck_assert_int_eq(pp_profile_copy(p, &copy, &error), 0);
    struct pp_buf before = encoded(p, &arena);
    pprof_profile_free(p);
    struct pp_buf after = encoded(copy, &arena);
    ck_assert_uint_eq(before.len, after.len);
    ck_assert_mem_eq(before.data, after.data, after.len);
    pprof_profile_free(copy);
    pp_arena_release(&arena);
}
END_TEST

static bool is_name(void *ctx, const char *name, size_t len)
{
    return strlen(ctx) == len && memcmp(ctx, name, len) == 0;
}

START_TEST(pruning_cuts_from_the_match_to_the_leaf)
{
    /* Stack, leaf first: helper | helper inlined in work | main */
    struct pprof_profile *p = sample_profile();
    struct pp_matcher drop = { is_name, (void *)(uintptr_t) "work" };
    ck_assert_int_eq(pp_prune(p, &drop, NULL), 0);
    ck_assert_uint_eq(p->loc_begin[1], 1);
    ck_assert_uint_eq(p->sample_locs[0], 0);
    pprof_profile_free(p);
    p = sample_profile();
    drop.ctx = (void *)(uintptr_t) "helper"; /* the inlined line goes, its caller stays */
    ck_assert_int_eq(pp_prune(p, &drop, NULL), 0);
    ck_assert_uint_eq(p->loc_begin[1], 2);
    ck_assert_uint_eq(p->locations[1].line_count, 1);
    ck_assert_uint_eq(p->lines[p->locations[1].line_begin].function, 1);
    pprof_profile_free(p);
    p = sample_profile();
    drop.ctx = (void *)(uintptr_t) "main"; /* the root itself: nothing before the user's frames */
    ck_assert_int_eq(pp_prune(p, &drop, NULL), 0);
    ck_assert_uint_eq(p->loc_begin[1], 3);
    pprof_profile_free(p);
    p = sample_profile();
    drop.ctx = (void *)(uintptr_t) "work";
    ck_assert_int_eq(pp_prune(p, &drop, &drop), 0); /* kept what would be dropped */
    ck_assert_uint_eq(p->loc_begin[1], 3);
    pprof_profile_free(p);
}
END_TEST

START_TEST(names_are_simplified)
{
    static const char *const cases[][2] = {
        { "f(int)", "f" }, { ".f", "f" }, { "(anonymous namespace)::g(x)", "(anonymous namespace)::g" },
        { "a::operator()(int) const", "a::operator()" }, { "plain", "plain" }, { "", "" }, { "(", "" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct pprof_string s = pp_prune_simplify(cases[i][0], strlen(cases[i][0]));
        ck_assert_uint_eq(s.len, strlen(cases[i][1]));
        ck_assert_mem_eq(s.ptr, cases[i][1], s.len);
    }
}
END_TEST

START_TEST(units_have_aliases)
{
    double ratio;
    ck_assert(pp_unit_ratio("Megabytes", "kb", &ratio) && ratio == 1024);
    ck_assert(pp_unit_ratio("hrs", "s", &ratio) && ratio == 3600);
    ck_assert(!pp_unit_ratio("s", "bytes", &ratio));
    ck_assert(pp_unit_ratio("widgets", "widgets", &ratio) && ratio == 1);
    ck_assert_str_eq(pp_unit_find("us")->name, "us");
    ck_assert_ptr_null(pp_unit_find("count"));
    ck_assert_ptr_null(pp_unit_find(""));
}
END_TEST

START_TEST(the_sample_type_is_chosen_as_pprof_does)
{
    struct pprof_profile *p = sample_profile();
    struct pprof_error error;
    ck_assert_int_eq(pprof_profile_sample_index(p, "", &error), 1);
    ck_assert_int_eq(pprof_profile_sample_index(p, "0", &error), 0);
    ck_assert_int_eq(pprof_profile_sample_index(p, "samples", &error), 0);
    ck_assert_int_eq(pprof_profile_sample_index(p, "inuse_cpu", &error), 1);
    ck_assert_int_eq(pprof_profile_sample_index(p, "zz", &error), PPROF_ERR_UNKNOWN);
    ck_assert_str_eq(error.detail, "sample_index \"zz\" must be one of: [samples cpu]");
    ck_assert_int_eq(pprof_profile_sample_index(p, "2", &error), PPROF_ERR_UNKNOWN);
    ck_assert_str_eq(error.detail, "sample_index 2 is outside the range [0..1]");
    pprof_profile_free(p);
}
END_TEST

static Suite *suite(void)
{
    const TTest *tests[] = {
        equal_samples_add_up,
        build_ids_outrank_files,
        moved_mappings_are_one,
        every_column_tells_apart,
        what_cancels_out_disappears,
        a_time_of_zero_resets,
        types_and_units_are_made_compatible,
        a_type_that_stands_twice_is_not_shared,
        what_does_not_go_together_is_refused,
        scaling_rounds_half_away,
        normalizing_reaches_the_sums_of_the_base,
        labels_come_and_go,
        copies_are_independent,
        pruning_cuts_from_the_match_to_the_leaf,
        names_are_simplified,
        units_have_aliases,
        the_sample_type_is_chosen_as_pprof_does,
    };
    Suite *s = suite_create("profile_merge");
    TCase *tc = tcase_create("merge");
    for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
        tcase_add_test(tc, tests[i]);
    }
    suite_add_tcase(s, tc);
    return s;
}

#include "check_main.h"
