/* When a place is left alone by others, and when not. */
#include "runtime/go/sched_private.h"

#include <check.h>
#include <stdlib.h>

static struct pp_p place;
static int64_t now;

/* So many switches of ns each; what the place is then. */
static enum pp_p_pace run(uint32_t switches, int64_t ns)
{
    place.tick += switches;
    now += switches * ns;
    pp_go_pace_judge(&place, now);
    return (enum pp_p_pace)place.pace;
}

static void begin(void)
{
    place = (struct pp_p){ .state = PP_P_RUNNING };
    now = 1000000;
    pp_go_pace_judge(&place, now);
}

START_TEST(quick_when_switches_are_short)
{
    begin();
    ck_assert_int_eq(place.pace, PP_P_SLOW);
    ck_assert_int_eq(run(PP_GO_CHECK_EVERY - 1, PP_GO_QUICK_NS / 2), PP_P_SLOW);
    ck_assert_int_eq(run(1, PP_GO_QUICK_NS / 2), PP_P_QUICK);
    ck_assert(pp_go_is_left_alone(&place));
    place.state = PP_P_BLOCKED;
    ck_assert(!pp_go_is_left_alone(&place));
}
END_TEST

START_TEST(slow_when_it_was_so_twice)
{
    begin();
    run(PP_GO_CHECK_EVERY, PP_GO_QUICK_NS / 2);
    ck_assert_int_eq(run(PP_GO_CHECK_EVERY, PP_GO_QUICK_NS * 2), PP_P_QUICK);
    ck_assert_int_eq(run(PP_GO_CHECK_EVERY, PP_GO_QUICK_NS / 2), PP_P_QUICK);
    ck_assert_int_eq(run(PP_GO_CHECK_EVERY, PP_GO_QUICK_NS * 2), PP_P_QUICK);
    ck_assert_int_eq(run(1, PP_GO_CHECK_EVERY * PP_GO_QUICK_NS), PP_P_SLOW);
}
END_TEST

START_TEST(time_without_work_does_not_count)
{
    begin();
    for (int i = 0; i < 2 * PP_GO_CHECK_EVERY; i++) {
        run(1, PP_GO_QUICK_NS / 2);
        now += 1000000;
        place.busy_since = i % 2 ? now : 0; /* found at others, or after a sleep */
    }
    ck_assert_int_ne(place.pace, PP_P_SLOW);
}
END_TEST

START_TEST(offers_now_and_then)
{
    int64_t offered = 0, before = 0;
    begin();
    run(PP_GO_CHECK_EVERY, 1);
    for (int i = 0; i < 10; i++) {
        int64_t since = now;
        while (run(PP_GO_CHECK_EVERY, PP_GO_QUICK_NS / 2) != PP_P_OFFERS) {
            ck_assert_int_lt(now - since, INT64_C(1000000000));
        }
        ck_assert(!pp_go_is_left_alone(&place));
        before = offered;
        offered = now - since;
        ck_assert_int_ge(offered, i < 8 ? before : before / 2);
        place.pace = PP_P_QUICK; /* a thief came */
    }
    ck_assert_int_gt(offered, INT64_C(10000000));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pace");
    TCase *t = tcase_create("pace");
    tcase_add_test(t, quick_when_switches_are_short);
    tcase_add_test(t, slow_when_it_was_so_twice);
    tcase_add_test(t, time_without_work_does_not_count);
    tcase_add_test(t, offers_now_and_then);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
