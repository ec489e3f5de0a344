/* The trace's pool: order, overwriting, threads that end, names. */
#include "runtime/capture/trace_pool.h"

#include "base/sys.h"

#include <check.h>
#include <pthread.h>
#include <stdio.h>
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

static int64_t start(void)
{
    ck_assert_int_eq(pp_trace_start(false, NULL), 0);
    return pp_sys_monotonic_ns();
}

static struct pp_trace_view collect(int64_t from_ns)
{
    struct pp_trace_view view;
    ck_assert_int_eq(pp_trace_collect(&arena, from_ns, &view, NULL), 0);
    return view;
}

static const struct pp_trace_thread *thread_of(const struct pp_trace_view *view, pid_t tid)
{
    for (size_t i = 0; i < view->thread_count; i++) {
        if (view->threads[i].tid == tid) {
            return &view->threads[i];
        }
    }
    return NULL;
}

START_TEST(events_come_back_in_order)
{
    int64_t from_ns = start();
    for (uint64_t i = 0; i < 100; i++) {
        pp_trace_event_sig(PP_TRACE_LOG, (uint32_t)i, i * 7);
    }
    struct pp_trace_view view = collect(from_ns);
    const struct pp_trace_thread *me = thread_of(&view, pp_sys_tid());
    ck_assert_ptr_nonnull(me);
    ck_assert_uint_eq(me->count, 100);
    for (uint64_t i = 0; i < 100; i++) {
        ck_assert_uint_eq(me->events[i].value, i * 7);
        ck_assert_int_ge(me->events[i].at_ns, i ? me->events[i - 1].at_ns : from_ns);
    }
    ck_assert(!view.is_cut);
    pp_trace_stop(false);
}
END_TEST

START_TEST(what_was_before_stays_out)
{
    start();
    pp_trace_event_sig(PP_TRACE_LOG, 1, 1);
    int64_t from_ns = pp_sys_monotonic_ns() + 1;
    while (pp_sys_monotonic_ns() < from_ns) {
    }
    pp_trace_event_sig(PP_TRACE_LOG, 1, 2);
    struct pp_trace_view view = collect(from_ns);
    const struct pp_trace_thread *me = thread_of(&view, pp_sys_tid());
    ck_assert_uint_eq(me->count, 1);
    ck_assert_uint_eq(me->events[0].value, 2);
    pp_trace_stop(false);
}
END_TEST

/* How many of the thread's events are torn, or do not follow the one before. Other kinds are the
 * test's own heap samples. */
static size_t bad_events(const struct pp_trace_thread *thread, bool is_cut)
{
    size_t bad = 0;
    const struct pp_trace_event *before = NULL;
    for (size_t i = 0; i < thread->count; i++) {
        const struct pp_trace_event *e = &thread->events[i];
        if (e->kind != PP_TRACE_LOG) {
            continue;
        }
        bool follows = !before || e->value == before->value + 1 ||
                       (is_cut && e->value > before->value);
        bad += e->name != (uint32_t)e->value || !follows;
        before = e;
    }
    return bad;
}

/* More than the pool holds: the newest are there, whole, and the loss is told. */
START_TEST(the_oldest_are_overwritten)
{
    int64_t from_ns = start();
    uint64_t total = (uint64_t)PP_TRACE_CHUNKS * PP_TRACE_CHUNK_EVENTS + 5000;
    for (uint64_t i = 0; i < total; i++) {
        pp_trace_event_sig(PP_TRACE_LOG, (uint32_t)i, i);
    }
    struct pp_trace_view view = collect(from_ns);
    struct pp_trace_stats stats;
    const struct pp_trace_thread *me = thread_of(&view, pp_sys_tid());
    ck_assert(view.is_cut);
    ck_assert_uint_gt(me->count, (uint64_t)(PP_TRACE_CHUNKS - 2) * PP_TRACE_CHUNK_EVENTS);
    ck_assert_uint_eq(me->events[me->count - 1].value, total - 1);
    ck_assert_uint_eq(bad_events(me, false), 0);
    pp_trace_stats(&stats);
    ck_assert_uint_gt(stats.recycled, 0);
    ck_assert_uint_eq(stats.lost, 0);
    pp_trace_stop(false);
}
END_TEST

static void *note_and_end(void *arg)
{
    *(pid_t *)arg = pp_sys_tid();
    pp_trace_event_sig(PP_TRACE_LOG, 0, 42);
    pp_trace_thread_end_sig();
    return NULL;
}

START_TEST(a_thread_that_ended_is_still_told_of)
{
    pthread_t thread;
    pid_t tid = 0;
    int64_t from_ns = start();
    ck_assert_int_eq(pthread_create(&thread, NULL, note_and_end, &tid), 0);
    pthread_join(thread, NULL);
    struct pp_trace_view view = collect(from_ns);
    const struct pp_trace_thread *gone = thread_of(&view, tid);
    ck_assert_ptr_nonnull(gone);
    ck_assert_uint_eq(gone->events[0].value, 42);
    ck_assert(*gone->name);
    pp_trace_stop(false);
}
END_TEST

/* A reader while chunks are overwritten gets whole runs, never mixed ones. */
static bool stop_writing;

static void *write_on(void *arg)
{
    for (uint64_t i = 0; !pp_load_relaxed(&stop_writing); i++) {
        pp_trace_event_sig(PP_TRACE_LOG, (uint32_t)i, i);
    }
    pp_trace_thread_end_sig();
    return arg;
}

START_TEST(reading_while_it_is_written)
{
    pthread_t threads[2];
    size_t bad = 0, seen = 0;
    int64_t from_ns = start();
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, write_on, NULL), 0);
    }
    for (int cut_rounds = 0; cut_rounds < 20;) {
        struct pp_trace_view view = collect(from_ns);
        cut_rounds += view.is_cut;
        for (size_t t = 0; t < view.thread_count; t++) {
            bad += bad_events(&view.threads[t], view.is_cut);
            seen += view.threads[t].count;
        }
        pp_arena_release(&arena);
    }
    pp_store_relaxed(&stop_writing, true);
    for (int i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    pp_trace_stop(false);
    ck_assert_uint_gt(seen, 0);
    ck_assert_uint_eq(bad, 0);
}
END_TEST

START_TEST(starts_count)
{
    start();
    ck_assert_int_eq(pp_trace_start(true, NULL), 0);
    ck_assert_uint_eq(pp_trace_on, PP_TRACE_EVENTS | PP_TRACE_STACKS);
    pp_trace_stop(true);
    ck_assert_uint_eq(pp_trace_on, PP_TRACE_EVENTS);
    pp_trace_stop(false);
    ck_assert_uint_eq(pp_trace_on, 0);
    pp_trace_stop(false); /* one too many does no harm */
    ck_assert_uint_eq(pp_trace_on, 0);
}
END_TEST

START_TEST(names_are_kept_and_capped)
{
    char name[200];
    struct pp_trace_stats stats;
    uint32_t first = pp_trace_text("first");
    ck_assert_uint_ne(first, 0);
    ck_assert_uint_eq(pp_trace_text("first"), first);
    ck_assert_str_eq(pp_trace_text_of(first), "first");
    ck_assert_uint_eq(pp_trace_text(""), 0);
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    uint32_t longest = pp_trace_text(name);
    ck_assert_uint_eq(strlen(pp_trace_text_of(longest)), 127);
    ck_assert_uint_eq(pp_trace_text(name), longest);
    pp_trace_stats(&stats);
    for (uint64_t i = 0; i < stats.text_cap + 10; i++) {
        (void)snprintf(name, sizeof(name), "name %d", (int)i);
        uint32_t number = pp_trace_text(name);
        ck_assert(number == 0 || strcmp(pp_trace_text_of(number), name) == 0);
    }
    ck_assert_uint_eq(pp_trace_text("one too many"), 0);
    ck_assert_uint_eq(pp_trace_text("first"), first);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("trace");
    TCase *t = tcase_create("pool");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, events_come_back_in_order);
    tcase_add_test(t, what_was_before_stays_out);
    tcase_add_test(t, the_oldest_are_overwritten);
    tcase_add_test(t, a_thread_that_ended_is_still_told_of);
    tcase_add_test(t, reading_while_it_is_written);
    tcase_add_test(t, starts_count);
    tcase_add_test(t, names_are_kept_and_capped);
    suite_add_tcase(s, t);
    return s;
}

#include "check_main.h"
