/* Building record by record. */
#include "profile_sample.h"

START_TEST(records_stand_where_they_were_put)
{
    struct pprof_profile *p = sample_profile();
    struct pprof_error error;
    ck_assert_int_eq(pprof_profile_check(p, &error), 0);
    ck_assert_uint_eq(p->sample_count, 4);
    ck_assert_uint_eq(p->loc_begin[4], 3 + 3 + 3 + 2);
    ck_assert_uint_eq(p->label_begin[4], 0 + 1 + 2 + 0);
    ck_assert_uint_eq(p->functions[2].id, 3);
    ck_assert_uint_eq(p->locations[2].id, 3);
    ck_assert_str_eq(p->strings[0].ptr, "");
    ck_assert_str_eq(text_of(p, p->comments[0]), "made by a test");
    pprof_profile_free(p);
    pprof_profile_free(NULL);
}
END_TEST

START_TEST(strings_are_interned)
{
    struct pp_build *b = pp_build_new(0);
    ck_assert_uint_eq(pp_build_cstr(b, ""), 0);
    ck_assert_uint_eq(pp_build_cstr(b, NULL), 0);
    ck_assert_uint_eq(pp_build_cstr(b, "a"), pp_build_string(b, "ab", 1));
    ck_assert_uint_ne(pp_build_cstr(b, "a"), pp_build_cstr(b, "ab"));
    pp_build_free(b);
    pp_build_free(NULL);
}
END_TEST

START_TEST(an_empty_profile_is_one)
{
    struct pprof_profile *p = finished(pp_build_new(0));
    ck_assert_uint_eq(p->sample_count, 0);
    ck_assert_uint_eq(p->loc_begin[0], 0);
    ck_assert_uint_eq(p->string_count, 1);
    pprof_profile_free(p);
}
END_TEST

/* An address of a null pointer, even of its element 0, is undefined. */
START_TEST(empty_arrays_have_addresses)
{
    struct pp_build *b = pp_build_new(0);
    const struct pprof_profile *p = pp_build_peek(b);
    ck_assert_ptr_nonnull(p->sample_locs);
    ck_assert_ptr_nonnull(p->labels);
    ck_assert_ptr_nonnull(p->values);
    pp_build_sample(b, NULL, 0, NULL, NULL, 0);
    ck_assert_ptr_nonnull(p->sample_locs);
    ck_assert_ptr_nonnull(p->labels);
    pp_build_free(b);
}
END_TEST

START_TEST(many_samples_grow)
{
    enum { COUNT = 30000 };
    struct pp_build *b = pp_build_new(0);
    pp_build_sample_type(b, "n", "count");
    pp_build_expect(b, 100, 100, 0); /* a guess that is too low does no harm */
    for (uint32_t i = 0; i < COUNT; i++) {
        pp_build_location(b, 0, i, PPROF_NONE, NULL, 0, false);
        pp_build_sample(b, &i, 1, &(int64_t){ i }, NULL, 0);
    }
    pp_build_add_values(b, 5, &(int64_t){ 100 });
    struct pprof_profile *p = finished(b);
    for (uint32_t i = 0; i < COUNT; i++) {
        ck_assert_uint_eq(p->sample_locs[i], i);
        ck_assert_int_eq(p->values[i], i == 5 ? 105 : i);
    }
    pprof_profile_free(p);
}
END_TEST

START_TEST(errors_stick)
{
    struct pp_build *b = pp_build_new(256 << 10);
    pp_build_sample_type(b, "n", "count");
    for (uint32_t i = 0; i < 100000; i++) {
        pp_build_sample(b, NULL, 0, &(int64_t){ i }, NULL, 0);
    }
    struct pprof_profile *p = NULL;
    struct pprof_error error;
    ck_assert_int_eq(pp_build_finish(b, &p, &error), PPROF_ERR_NOMEM);
    ck_assert_ptr_null(p);
}
END_TEST

START_TEST(what_is_wrong_is_found_at_the_end)
{
    struct pprof_profile *p = NULL;
    struct pprof_error error;
    struct pp_build *b = pp_build_new(0);
    pp_build_sample_type(b, "n", "count");
    pp_build_sample(b, &(uint32_t){ 3 }, 1, &(int64_t){ 1 }, NULL, 0);
    ck_assert_int_eq(pp_build_finish(b, &p, &error), PPROF_ERR_FORMAT);
    ck_assert_str_eq(error.detail, "sample has nil location");
    b = pp_build_new(0);
    pp_build_mapping(b, &(struct pprof_mapping){ .id = 4 });
    pp_build_mapping(b, &(struct pprof_mapping){ .id = 4 });
    ck_assert_int_eq(pp_build_finish(b, &p, &error), PPROF_ERR_FORMAT);
    ck_assert_str_eq(error.detail, "multiple mappings with same id: 4");
    struct pprof_line lines[1025] = { 0 };
    b = pp_build_new(0);
    pp_build_function(b, &(struct pprof_function){ 0 });
    pp_build_location(b, 0, 1, PPROF_NONE, lines, 1024, false);
    pprof_profile_free(finished(b));
    b = pp_build_new(0);
    pp_build_function(b, &(struct pprof_function){ 0 });
    pp_build_location(b, 0, 1, PPROF_NONE, lines, 1025, false);
    ck_assert_int_eq(pp_build_finish(b, &p, &error), PPROF_ERR_FORMAT);
    ck_assert_str_eq(error.detail, "location id: 1 has more than 1024 lines");
}
END_TEST

static Suite *suite(void)
{
    const TTest *tests[] = {
        records_stand_where_they_were_put, strings_are_interned, an_empty_profile_is_one,
        empty_arrays_have_addresses, many_samples_grow, errors_stick,
        what_is_wrong_is_found_at_the_end,
    };
    Suite *s = suite_create("profile_build");
    TCase *tc = tcase_create("build");
    for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
        tcase_add_test(tc, tests[i]);
    }
    suite_add_tcase(s, tc);
    return s;
}

#include "check_main.h"
