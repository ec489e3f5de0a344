/* Jobs on threads: all done, each once, whatever threads there are. And what is read in slices. */
#include "base/atomic.h"
#include "base/buf.h"
#include "base/jobs.h"
#include "profile/decode.h"
#include "tool/driver/workers.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { JOBS = 500, INNER = 20 };

struct work {
    int done[JOBS];
    int inner;
};

static void inner_job(void *ctx, size_t number)
{
    (void)number;
    pp_add(&((struct work *)ctx)->inner, 1);
}

static void outer_job(void *ctx, size_t number)
{
    struct work *work = ctx;
    pp_add(&work->done[number], 1);
    pp_jobs_run(INNER, inner_job, work);
}

static void check_all_done(void)
{
    struct work work = { .inner = 0 };
    pp_jobs_run(JOBS, outer_job, &work);
    for (size_t i = 0; i < JOBS; i++) {
        ck_assert_int_eq(work.done[i], 1);
    }
    ck_assert_int_eq(work.inner, JOBS * INNER);
    pp_jobs_run(0, outer_job, &work);
    ck_assert_int_eq(work.inner, JOBS * INNER);
}

START_TEST(jobs_are_done_by_the_caller)
{
    check_all_done();
}
END_TEST

START_TEST(jobs_are_done_by_threads)
{
    pp_use_workers();
    check_all_done();
    check_all_done();
}
END_TEST

/* Sanitizers die without address space before the jobs are asked. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED
#endif

START_TEST(jobs_are_done_without_any_thread)
{
#ifndef SANITIZED
    struct rlimit none = { 1 << 20, 1 << 20 }; /* no room for a thread's stack */
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &none), 0);
#else
    struct rlimit none;
    ck_assert_int_eq(getrlimit(RLIMIT_AS, &none), 0);
#endif
    pp_use_workers();
    struct work work = { .inner = 0 };
    pp_jobs_run(JOBS, outer_job, &work);
    ck_assert_int_eq(work.inner, JOBS * INNER);
}
END_TEST

/* --- slices ----------------------------------------------------------------------------------- */

enum { SAMPLES = 60000, LOCATIONS = 50 };

static void put(struct pp_buf *out, unsigned field, const struct pp_buf *message)
{
    pp_buf_char(out, (char)(field << 3 | 2));
    pp_buf_char(out, (char)message->len);
    pp_buf_append(out, message->data ? message->data : "", message->len);
}

static void put_text(struct pp_buf *out, unsigned field, const char *bytes, size_t len)
{
    struct pp_buf message = { .data = (char *)(uintptr_t)bytes, .len = len };
    put(out, field, &message);
}

/* Stack of i % 7 locations, value i % 100 + 1, and one label; every third sample has two more that
 * say nothing in front of it. */
static void put_sample(struct pp_buf *out, struct pp_buf *message, size_t i)
{
    char stack[7];
    pp_buf_reset(message);
    for (size_t k = 0; k < i % 7; k++) {
        stack[k] = (char)(1 + (i + k) % LOCATIONS);
    }
    put_text(message, 1, stack, i % 7);
    pp_buf_append(message, "\x10", 1);
    pp_buf_char(message, (char)(i % 100 + 1));
    for (size_t k = 0; i % 3 == 0 && k < 2; k++) {
        put_text(message, 3, "\x08\x01", 2);
    }
    char label[] = { 0x08, 1, 0x18, (char)(i % 120 + 1) };
    put_text(message, 3, label, sizeof(label));
    put(out, 2, message);
}

static void put_profile(struct pp_buf *out, struct pp_buf *message)
{
    put_text(out, 1, "\x08\x01\x10\x02", 4);
    for (size_t i = 0; i < SAMPLES; i++) {
        put_sample(out, message, i);
        if (i == SAMPLES / 2) { /* a location amid the samples */
            put_text(out, 4, "\x08\x01", 2);
        }
    }
    for (int i = 2; i <= LOCATIONS; i++) {
        char location[] = { 0x08, (char)i };
        put_text(out, 4, location, sizeof(location));
    }
    put_text(out, 6, "", 0);
    put_text(out, 6, "samples", 7);
    put_text(out, 6, "count", 5);
}

static bool is_right(const struct pprof_profile *p, size_t i)
{
    bool right = p->loc_begin[i + 1] - p->loc_begin[i] == i % 7;
    for (uint32_t k = 0; right && k < i % 7; k++) {
        uint64_t id = p->locations[p->sample_locs[p->loc_begin[i] + k]].id;
        right = id == 1 + (i + k) % LOCATIONS;
    }
    return right && p->values[i] == (int64_t)(i % 100 + 1) && p->label_begin[i] == i &&
           p->labels[i].num == (int64_t)(i % 120 + 1);
}

static void check_slices(void)
{
    struct pp_arena arena;
    struct pp_buf wire, message;
    struct pprof_profile *p = NULL;
    struct pprof_error error = { 0 };
    pp_arena_init(&arena, 0);
    pp_buf_init(&wire, &arena);
    pp_buf_init(&message, &arena);
    put_profile(&wire, &message);
    ck_assert_uint_gt(wire.len, 1 << 20); /* several slices */
    ck_assert_int_eq(pp_wire_decode(wire.data, wire.len, false, 0, &p, &error), 0);
    ck_assert_uint_eq(p->sample_count, SAMPLES);
    size_t right = 0; /* not an assertion each: Check takes its time */
    for (size_t i = 0; i < SAMPLES; i++) {
        right += is_right(p, i);
    }
    ck_assert_uint_eq(right, SAMPLES);
    ck_assert_uint_eq(p->label_begin[SAMPLES], SAMPLES);
    pprof_profile_free(p);
    ck_assert_int_eq(pp_wire_decode(wire.data, wire.len - 1, false, 0, &p, &error),
                     PPROF_ERR_UNKNOWN);
    pp_arena_release(&arena);
}

START_TEST(slices_are_read_by_the_caller)
{
    check_slices();
}
END_TEST

START_TEST(slices_are_read_by_threads)
{
    pp_use_workers();
    check_slices();
}
END_TEST

static Suite *suite(void)
{
    const TTest *tests[] = {
        jobs_are_done_by_the_caller,     jobs_are_done_by_threads,
        jobs_are_done_without_any_thread, slices_are_read_by_the_caller,
        slices_are_read_by_threads,
    };
    Suite *made = suite_create("workers");
    for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
        TCase *tc = tcase_create(tests[i]->name);
        tcase_add_test(tc, tests[i]);
        suite_add_tcase(made, tc);
    }
    return made;
}

#include "check_main.h"
