/* Rings of waits among threads and goroutines, whose numbers may be the same. */
#include "runtime/capture/deadlock.h"

#include <check.h>

static struct pp_arena arena;
static struct pp_buf out;

static void setup(void)
{
    pp_arena_init(&arena, 0);
    pp_buf_init(&out, &arena);
}

static void teardown(void)
{
    pp_arena_release(&arena);
}

static bool for_ever(const struct pp_wait_edge *edge)
{
    return edge->object != 0;
}

static struct pp_wait_edge waits(int64_t waiter, uintptr_t object, int64_t holder)
{
    return (struct pp_wait_edge){ .waiter = waiter, .holder = holder, .object = object,
                                  .reason = PP_WAIT_MUTEX, .goes_on = for_ever };
}

START_TEST(a_ring_of_both_is_told)
{
    struct pp_wait_edge edges[] = { waits(3 | PP_WHO_GOROUTINE, 0x10, 5),
                                    waits(5, 0x20, 3 | PP_WHO_GOROUTINE) };
    ck_assert_uint_eq(pp_deadlocks_write(&out, edges, 2, "thread"), 1);
    ck_assert_str_eq(out.data, "# deadlock: goroutine 3 waits for mutex 0x10 held by thread 5, "
                               "which waits for mutex 0x20 held by goroutine 3: for ever\n");
}
END_TEST

START_TEST(a_thread_is_not_the_goroutine_of_its_number)
{
    struct pp_wait_edge edges[] = { waits(3 | PP_WHO_GOROUTINE, 0x10, 5),
                                    waits(5 | PP_WHO_GOROUTINE, 0x20, 3 | PP_WHO_GOROUTINE) };
    ck_assert_uint_eq(pp_deadlocks_write(&out, edges, 2, "thread"), 0);
    pp_wait_edge_write(&out, &edges[0], "thread");
    ck_assert_str_eq(out.data, "mutex 0x10 held by thread 5");
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("runtime_deadlock");
    TCase *t = tcase_create("rings");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, a_ring_of_both_is_told);
    tcase_add_test(t, a_thread_is_not_the_goroutine_of_its_number);
    suite_add_tcase(s, t);
    return s;
}

#include "check_main.h"
