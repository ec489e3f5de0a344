/* The judgment between moments, over series made by a sampler like the library's. */
#include "tool/driver/leaks_judge.h"

#include <check.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

enum { MOMENTS = 7 };

/* ---- a program's heap, sampled --------------------------------------------------------------- */

static uint64_t random_state;

static double uniform(void)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return ((double)(random_state >> 11) + 0.5) / 9007199254740992.0;
}

static double hits(double n, double p)
{
    double sum = 0;
    for (int64_t i = 0; i < (int64_t)n; i++) {
        sum += uniform() < p;
    }
    return sum;
}

/* live[i] objects at moment i; between two moments `churn` more come and go. The sampler marks
 * some at their birth; the ones that go are drawn from all that live, marked or not. */
static void make(struct pp_moment *m, const double *live, double churn, double size, double period)
{
    double p = -expm1(-size / period), marked = hits(live[0], p), born = marked;
    for (int i = 0; i < MOMENTS; i++) {
        double before = i ? live[i - 1] : live[0], change = live[i] - before;
        double gone = fmin(i ? churn + fmax(-change, 0) : 0, before);
        double fresh = hits(gone + change, p);
        marked += fresh - (gone < before ? fmin(hits(gone, marked / before), marked) : marked);
        born += fresh;
        m[i] = (struct pp_moment){ .at_s = 2.0 * i,
                                   .inuse_bytes = marked / p * size,
                                   .inuse_objects = marked / p,
                                   .alloc_bytes = born / p * size,
                                   .alloc_objects = born / p };
    }
}

/* How many of `rounds` series get the verdict. */
static int count_verdicts(const double *live, double churn, double size, double period, int rounds,
                          enum pp_verdict verdict)
{
    struct pp_moment m[MOMENTS];
    struct pp_judgment j;
    int found = 0;
    random_state = 12345;
    for (int i = 0; i < rounds; i++) {
        make(m, live, churn, size, period);
        pp_judge(m, MOMENTS, period, &j);
        found += j.verdict == verdict;
    }
    return found;
}

#define RAMP(start, step)                                                                          \
    { (start), (start) + (step), (start) + 2 * (step), (start) + 3 * (step), (start) + 4 * (step), \
      (start) + 5 * (step), (start) + 6 * (step) }

/* ---- leaks ----------------------------------------------------------------------------------- */

START_TEST(steady_growth_is_a_leak)
{
    const double live[] = RAMP(1000, 2000);
    ck_assert_int_ge(count_verdicts(live, 0, 600, 65536, 200, PP_VERDICT_GROWS), 199);
}
END_TEST

START_TEST(growth_under_heavy_churn_is_a_leak)
{
    const double live[] = RAMP(2000, 2000);
    ck_assert_int_ge(count_verdicts(live, 1000, 600, 65536, 200, PP_VERDICT_GROWS), 190);
}
END_TEST

START_TEST(numbers_of_a_leak)
{
    struct pp_moment m[3] = { { 0, 1e6, 1e3, 1e6, 1e3 },
                              { 10, 11e6, 11e3, 12e6, 12e3 },
                              { 20, 21e6, 21e3, 26e6, 26e3 } };
    struct pp_judgment j;
    pp_judge(m, 3, 65536, &j);
    ck_assert_int_eq(j.verdict, PP_VERDICT_GROWS);
    ck_assert_int_eq(j.grade, PP_GRADE_CERTAIN);
    ck_assert_double_eq_tol(j.grown_bytes, 20e6, 1);
    ck_assert_double_eq_tol(j.grown_objects, 20e3, 1);
    ck_assert_double_eq_tol(j.per_second, 1e6, 1);
    ck_assert_double_eq_tol(j.kept_share, 0.8, 1e-9);
    /* 21 MB at most came, 1 MB at most went, at 65 kB of variance a byte. */
    ck_assert_double_eq_tol(j.sigma_bytes, sqrt(22e6 * 65036), 3e3);
}
END_TEST

START_TEST(weak_growth_is_graded_lower)
{
    /* 12 samples in all: beyond 3 sigma, far from certain. */
    struct pp_moment m[3] = { { 0, 0, 0, 0, 0 }, { 10, 4e5, 800, 4e5, 800 },
                              { 20, 8e5, 1600, 8e5, 1600 } };
    struct pp_judgment j;
    pp_judge(m, 3, 65536, &j);
    ck_assert_int_eq(j.verdict, PP_VERDICT_GROWS);
    ck_assert_int_eq(j.grade, PP_GRADE_POSSIBLE);
    pp_judge(m, 3, 1, &j);
    ck_assert_int_eq(j.grade, PP_GRADE_CERTAIN);
}
END_TEST

START_TEST(saw_on_a_rising_floor_is_a_possible_leak)
{
    const double live[] = { 0, 4000, 3000, 9000, 8000, 14000, 13000 };
    ck_assert_int_ge(count_verdicts(live, 0, 600, 65536, 100, PP_VERDICT_GROWS), 95);
}
END_TEST

/* ---- no leaks -------------------------------------------------------------------------------- */

START_TEST(noise_is_at_rest)
{
    const double live[] = RAMP(5000, 0);
    int grows = count_verdicts(live, 4000, 600, 65536, 1000, PP_VERDICT_GROWS);
    ck_assert_msg(grows <= 3, "%d of 1000 series of noise were called leaks", grows);
    ck_assert_int_ge(count_verdicts(live, 4000, 600, 65536, 1000, PP_VERDICT_REST), 980);
}
END_TEST

START_TEST(few_samples_are_at_rest)
{
    const double live[] = RAMP(100, 0);
    ck_assert_int_le(count_verdicts(live, 100, 64, 524288, 1000, PP_VERDICT_GROWS), 3);
}
END_TEST

START_TEST(nothing_is_at_rest)
{
    struct pp_moment m[3] = { { .at_s = 0 }, { .at_s = 1 }, { .at_s = 2 } };
    struct pp_judgment j;
    pp_judge(m, 3, 524288, &j);
    ck_assert_int_eq(j.verdict, PP_VERDICT_REST);
    ck_assert_double_eq(j.grown_bytes, 0);
}
END_TEST

START_TEST(plateau_is_settled)
{
    const double live[] = { 0, 4000, 7000, 8000, 8000, 8000, 8000 };
    ck_assert_int_ge(count_verdicts(live, 0, 600, 65536, 200, PP_VERDICT_SETTLED), 198);
}
END_TEST

START_TEST(plateau_with_eviction_is_settled)
{
    const double live[] = { 0, 4000, 7000, 8000, 8000, 8000, 8000 };
    ck_assert_int_le(count_verdicts(live, 2000, 600, 65536, 200, PP_VERDICT_GROWS), 10);
}
END_TEST

START_TEST(sawtooth_is_temporary)
{
    const double live[] = { 0, 3000, 6000, 0, 3000, 6000, 0 };
    ck_assert_int_ge(count_verdicts(live, 0, 600, 65536, 200, PP_VERDICT_TEMPORARY), 199);
}
END_TEST

START_TEST(sawtooth_seen_while_high_is_temporary)
{
    const double live[] = { 1000, 4000, 2000, 5000, 3000, 1000, 4000 };
    ck_assert_int_ge(count_verdicts(live, 0, 600, 65536, 200, PP_VERDICT_TEMPORARY), 195);
}
END_TEST

START_TEST(sawtooth_seen_falling_first_is_temporary)
{
    const double live[] = { 8000, 4000, 0, 1000, 2000, 5000, 7500 };
    ck_assert_int_ge(count_verdicts(live, 0, 600, 65536, 200, PP_VERDICT_TEMPORARY), 195);
}
END_TEST

/* A flush every 5 moments, seen over 6 of them from whatever phase: the last moment may be the
 * highest, the first one too. */
START_TEST(sawtooth_of_any_phase_is_temporary)
{
    int temporary = 0, grows = 0;
    for (int phase = 0; phase < 50; phase++) {
        double live[MOMENTS];
        for (int i = 0; i < MOMENTS; i++) {
            live[i] = 20000 * fmod(phase / 10.0 + i, 5);
        }
        temporary += count_verdicts(live, 0, 200, 65536, 20, PP_VERDICT_TEMPORARY);
        grows += count_verdicts(live, 0, 200, 65536, 20, PP_VERDICT_GROWS);
    }
    ck_assert_int_eq(grows, 0);
    ck_assert_int_ge(temporary, 990);
}
END_TEST

START_TEST(saw_is_measured)
{
    struct pp_moment m[] = { { 0, 1e6, 1e3, 1e6, 1e3 }, { 5, 9e6, 9e3, 9e6, 9e3 },
                             { 10, 2e6, 2e3, 9e6, 9e3 } };
    struct pp_judgment j;
    pp_judge(m, 3, 65536, &j);
    ck_assert_int_eq(j.verdict, PP_VERDICT_TEMPORARY);
    ck_assert_double_eq(j.rise_bytes, 8e6);
    ck_assert_double_eq(j.fall_bytes, 7e6);
    ck_assert_double_eq(j.peak_bytes, 9e6);
}
END_TEST

START_TEST(burst_is_a_step)
{
    const double early[] = { 0, 8000, 8000, 8000, 8000, 8000, 8000 };
    const double late[] = { 0, 0, 0, 0, 0, 0, 8000 };
    ck_assert_int_ge(count_verdicts(early, 0, 600, 65536, 100, PP_VERDICT_STEP), 99);
    ck_assert_int_ge(count_verdicts(late, 0, 600, 65536, 100, PP_VERDICT_STEP), 99);
}
END_TEST

START_TEST(one_large_object_is_no_trend)
{
    struct pp_moment m[] = { { 0, 0, 0, 0, 0 }, { 1, 8e6, 1, 8e6, 1 }, { 2, 16e6, 2, 16e6, 2 } };
    struct pp_judgment j;
    pp_judge(m, 3, 65536, &j);
    ck_assert_int_eq(j.verdict, PP_VERDICT_REST);
}
END_TEST

START_TEST(release_is_at_rest)
{
    const double live[] = { 9000, 8000, 6000, 4000, 2000, 1000, 0 };
    ck_assert_int_eq(count_verdicts(live, 0, 600, 65536, 100, PP_VERDICT_REST), 100);
}
END_TEST

/* ---- too little ------------------------------------------------------------------------------ */

START_TEST(two_moments_cannot_tell)
{
    struct pp_moment m[] = { { 0, 0, 0, 0, 0 }, { 5, 9e7, 9e4, 9e7, 9e4 } };
    struct pp_judgment j;
    pp_judge(m, 2, 65536, &j);
    ck_assert_int_eq(j.verdict, PP_VERDICT_UNKNOWN);
    ck_assert_double_eq(j.grown_bytes, 9e7);
    pp_judge(m, 0, 65536, &j);
    ck_assert_int_eq(j.verdict, PP_VERDICT_UNKNOWN);
}
END_TEST

START_TEST(sigma_is_the_samplers)
{
    ck_assert_double_eq_tol(pp_judge_sigma(1e8, 1e6, 524288), sqrt(1e8 * 524288), 1e4);
    ck_assert_double_eq(pp_judge_sigma(1e8, 1e6, 1), 0);
    ck_assert_double_lt(pp_judge_sigma(1e8, 10, 65536), 1e-9 * 1e8);
    double sum = 0, square = 0;
    random_state = 7;
    for (int i = 0; i < 400; i++) {
        double p = -expm1(-3000.0 / 65536), bytes = 3000 / p * hits(1000, p);
        sum += bytes;
        square += bytes * bytes;
    }
    double mean = sum / 400, spread = sqrt(square / 400 - mean * mean);
    ck_assert_double_eq_tol(mean, 3e6, 8e4);
    ck_assert_double_eq_tol(spread / pp_judge_sigma(3e6, 1000, 65536), 1, 0.12);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("leaks_judge");
    TCase *t = tcase_create("judge");
    tcase_add_test(t, steady_growth_is_a_leak);
    tcase_add_test(t, growth_under_heavy_churn_is_a_leak);
    tcase_add_test(t, numbers_of_a_leak);
    tcase_add_test(t, weak_growth_is_graded_lower);
    tcase_add_test(t, saw_on_a_rising_floor_is_a_possible_leak);
    tcase_add_test(t, noise_is_at_rest);
    tcase_add_test(t, few_samples_are_at_rest);
    tcase_add_test(t, nothing_is_at_rest);
    tcase_add_test(t, plateau_is_settled);
    tcase_add_test(t, plateau_with_eviction_is_settled);
    tcase_add_test(t, sawtooth_is_temporary);
    tcase_add_test(t, sawtooth_seen_while_high_is_temporary);
    tcase_add_test(t, sawtooth_seen_falling_first_is_temporary);
    tcase_add_test(t, sawtooth_of_any_phase_is_temporary);
    tcase_add_test(t, saw_is_measured);
    tcase_add_test(t, burst_is_a_step);
    tcase_add_test(t, one_large_object_is_no_trend);
    tcase_add_test(t, release_is_at_rest);
    tcase_add_test(t, two_moments_cannot_tell);
    tcase_add_test(t, sigma_is_the_samplers);
    suite_add_tcase(s, t);
    return s;
}

#include "check_main.h"
