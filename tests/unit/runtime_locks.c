/* The block and mutex profiles: what is counted, for whom, and that the sums are right on average.
 * No test here depends on how long anything takes: waits are compared with what the waiter itself
 * measured, or are made up. */
#include "runtime/capture/contention.h"

#include "base/sys.h"
#include "pprof/pprof.h"
#include "runtime/capture/lock_queue.h"
#include "runtime/unwind/module.h"

#include <check.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* ---- reading the sums ---- */

struct total {
    double events, ns;
};

static bool passes(pp_stack_id id, const char *function)
{
    struct pp_stack stack = pp_stack_get_sig(id);
    for (size_t i = 0; i < stack.count; i++) {
        const char *name;
        uintptr_t entry;
        if (pp_module_symbol(stack.pcs[i] - (i > 0), &name, &entry) &&
            strcmp(name, function) == 0) {
            return true;
        }
    }
    return false;
}

/* Of the stacks that pass through a function; NULL: of all. */
static struct total sum_of(const struct pp_sumtab *table, const char *function)
{
    struct total total = { 0, 0 };
    struct pp_sum sum;
    for (size_t at = 0; pp_sumtab_next(table, &at, &sum);) {
        if (!function || passes(pp_sum_stack(&sum), function)) {
            total.events += (double)sum.count / (1 << PP_EVENT_SHIFT);
            total.ns += (double)sum.amount;
        }
    }
    return total;
}

static void begin(int fraction, int64_t rate)
{
    pprof_mutex_fraction(fraction);
    pprof_block_rate(rate);
    pp_sumtab_clear(&pp_block_sums);
    pp_sumtab_clear(&pp_mutex_sums);
}

/* ---- unbiased: many runs of a known mix; the mean of the errors must be near zero ---- */

enum { RUNS = 60 };

/* The mean of RUNS standard normal values is beyond this once in 200,000 times. */
static const double MEAN_BOUND = 4.6 / 7.746; /* sqrt(60) */
/* Their spread: chi-square of 60 degrees over 60 is outside of these less than once in 10,000. */
static const double SPREAD_LOW = 0.4, SPREAD_HIGH = 2.0;

struct errors {
    double sum, squares;
};

static void note_error(struct errors *errors, double got, double truth, double sigma)
{
    double z = (got - truth) / sigma;
    errors->sum += z;
    errors->squares += z * z;
}

static void check_errors(const struct errors *errors)
{
    ck_assert_double_le(fabs(errors->sum / RUNS), MEAN_BOUND);
    ck_assert_double_ge(errors->squares / RUNS, SPREAD_LOW);
    ck_assert_double_le(errors->squares / RUNS, SPREAD_HIGH);
}

START_TEST(test_block_sums_are_unbiased)
{
    /* Waits shorter than the rate, about as long, and longer. */
    static const struct {
        int64_t ns;
        int count;
    } mix[] = { { 20, 20000 }, { 150, 4000 }, { 900, 1000 }, { 1000, 500 }, { 7000, 300 } };
    const double rate = 1000;
    struct pp_wait_frame frame = { .reason = PP_WAIT_MUTEX };
    struct errors events = { 0, 0 }, delays = { 0, 0 };
    pp_regs_capture(&frame.regs);
    for (int run = 0; run < RUNS; run++) {
        double n = 0, ns = 0, n_variance = 0, ns_variance = 0;
        begin(0, (int64_t)rate);
        for (size_t i = 0; i < sizeof(mix) / sizeof(mix[0]); i++) {
            double p = (double)mix[i].ns / rate;
            n += mix[i].count;
            ns += (double)mix[i].ns * mix[i].count;
            if (p < 1) {
                n_variance += mix[i].count * (1 - p) / p;
                ns_variance += mix[i].count * rate * rate * p * (1 - p);
            }
            for (int k = 0; k < mix[i].count; k++) {
                pp_block_count_sig(&frame, mix[i].ns, (const void *)sum_of);
            }
        }
        struct total got = sum_of(&pp_block_sums, NULL);
        note_error(&events, got.events, n, sqrt(n_variance));
        note_error(&delays, got.ns, ns, sqrt(ns_variance));
    }
    check_errors(&events);
    check_errors(&delays);
}
END_TEST

START_TEST(test_mutex_fraction_is_unbiased)
{
    enum { FRACTION = 8, COUNT = 20000 };
    const int64_t waited = 350;
    struct errors events = { 0, 0 }, delays = { 0, 0 };
    struct pp_regs regs;
    pp_regs_capture(&regs);
    for (int run = 0; run < RUNS; run++) {
        begin(FRACTION, 0);
        for (int i = 0; i < COUNT; i++) {
            pp_mutex_count_sig(waited, &regs, (const void *)sum_of);
        }
        struct total got = sum_of(&pp_mutex_sums, NULL);
        double sigma = sqrt(COUNT * (FRACTION - 1.0));
        note_error(&events, got.events, COUNT, sigma);
        note_error(&delays, got.ns, (double)waited * COUNT, (double)waited * sigma);
    }
    check_errors(&events);
    check_errors(&delays);
}
END_TEST

START_TEST(test_long_waits_and_rate_one_are_exact)
{
    struct pp_wait_frame frame = { .reason = PP_WAIT_COND };
    pp_regs_capture(&frame.regs);
    begin(0, 1);
    for (int i = 1; i <= 1000; i++) {
        pp_block_count_sig(&frame, i, (const void *)sum_of);
    }
    struct total got = sum_of(&pp_block_sums, NULL);
    ck_assert_double_eq(got.events, 1000);
    ck_assert_double_eq(got.ns, 1000 * 1001 / 2);
    begin(0, 0);
    pp_block_count_sig(&frame, 1000000, (const void *)sum_of);
    ck_assert_double_eq(sum_of(&pp_block_sums, NULL).events, 0);
}
END_TEST

/* ---- the queue of a lock, by made-up times ---- */

static struct pp_thread people[4];
static struct pp_wait_frame waits[4];

static void join(int who, const void *lock, int64_t now)
{
    waits[who] = (struct pp_wait_frame){ .reason = PP_WAIT_MUTEX,
                                         .object = (uintptr_t)lock,
                                         .since_ns = now };
    pp_lock_queue_join_sig(&people[who], &waits[who]);
}

static void leave(int who, int64_t now, bool got)
{
    pp_lock_queue_leave_sig(&people[who], &waits[who], now, got);
}

START_TEST(test_each_nanosecond_is_charged_once)
{
    int lock;
    join(0, &lock, 100);
    join(1, &lock, 200);
    ck_assert_int_eq(pp_lock_queue_charge_sig(&lock, 1000), 900 + 800);
    leave(0, 1050, true); /* on its way to the lock, which nobody held */
    ck_assert_int_eq(pp_lock_queue_charge_sig(&lock, 2000), 1000);
    leave(1, 2010, true);
    ck_assert_int_eq(pp_lock_queue_charge_sig(&lock, 9000), 0);
}
END_TEST

START_TEST(test_who_gives_up_has_waited_all_the_same)
{
    int lock;
    join(0, &lock, 0);
    join(1, &lock, 100);
    leave(0, 500, false);
    ck_assert_int_eq(pp_lock_queue_charge_sig(&lock, 700), 500 + 600);
    leave(1, 800, true);
    join(2, &lock, 1000);
    leave(2, 1500, false); /* the only one: what it waited is still to be told */
    ck_assert_int_eq(pp_lock_queue_charge_sig(&lock, 1600), 500);
    ck_assert_int_eq(pp_lock_queue_charge_sig(&lock, 1700), 0);
}
END_TEST

START_TEST(test_locks_do_not_mix)
{
    int one, two;
    join(0, &one, 0);
    join(1, &two, 0);
    ck_assert_int_eq(pp_lock_queue_charge_sig(&one, 100), 100);
    ck_assert_int_eq(pp_lock_queue_charge_sig(&two, 300), 300);
    leave(0, 300, true);
    leave(1, 300, true);
}
END_TEST

START_TEST(test_a_wait_left_by_longjmp_is_taken_out)
{
    struct pp_lock_queue_stats stats;
    int lock;
    join(0, &lock, 0);
    /* The same thread waits again, no deeper than before: the first wait is over. */
    waits[1] = (struct pp_wait_frame){ .reason = PP_WAIT_MUTEX, .object = (uintptr_t)&lock,
                                       .since_ns = 1000 };
    pp_lock_queue_join_sig(&people[0], &waits[1]);
    ck_assert_int_eq(pp_lock_queue_charge_sig(&lock, 1500), 500);
    pp_lock_queue_forget_sig(&people[0]);
    pp_lock_queue_stats(&stats);
    ck_assert_uint_eq(stats.locks, 0);
}
END_TEST

START_TEST(test_full_table_is_counted)
{
    struct pp_lock_queue_stats stats;
    pp_lock_queue_stats(&stats);
    size_t many = 2 * stats.cap;
    struct pp_thread *threads = pp_sys_map(many * sizeof(*threads));
    struct pp_wait_frame *frames = pp_sys_map(many * sizeof(*frames));
    for (size_t i = 0; i < many; i++) {
        frames[i] = (struct pp_wait_frame){ .reason = PP_WAIT_MUTEX, .object = 64 * (i + 1),
                                            .since_ns = 1 };
        pp_lock_queue_join_sig(&threads[i], &frames[i]);
    }
    pp_lock_queue_stats(&stats);
    ck_assert_uint_ge(stats.lost, stats.cap);
    ck_assert_uint_eq(stats.locks + stats.lost, many);
    for (size_t i = 0; i < many; i++) {
        pp_lock_queue_leave_sig(&threads[i], &frames[i], 2, true);
    }
    pp_lock_queue_stats(&stats);
    ck_assert_uint_eq(stats.locks, 0);
}
END_TEST

START_TEST(test_full_sums_lose_nothing)
{
    static struct pp_sumtab table;
    ck_assert_int_eq(pp_sumtab_init(&table, 64), 0);
    uint64_t count = 0, amount = 0;
    for (uint32_t i = 0; i < 10000; i++) {
        pp_sumtab_add_sig(&table, pp_sum_key(i + 1, 7), 2, i);
    }
    struct pp_sum sum;
    for (size_t at = 0; pp_sumtab_next(&table, &at, &sum);) {
        count += sum.count;
        amount += sum.amount;
    }
    ck_assert_uint_eq(count, 20000);
    ck_assert_uint_eq(amount, 9999u * 10000 / 2);
    ck_assert_uint_gt(table.rest.count, 0);
}
END_TEST

/* ---- real locks: the profile beside what the threads themselves measured ---- */

static pthread_mutex_t contended = PTHREAD_MUTEX_INITIALIZER;
static int64_t measured_waits;
static int waiting, waited; /* 1: wait now; how many waits are over */

static void await_waiter(void)
{
    struct pp_lock_queue_stats stats;
    do {
        pp_sys_sleep_ns(200000);
        pp_lock_queue_stats(&stats);
    } while (stats.locks == 0);
}

__attribute__((noinline)) static void waiter_locks(void)
{
    pthread_mutex_lock(&contended);
    pthread_mutex_unlock(&contended);
}

static void *wait_rounds(void *arg)
{
    for (int *rounds = arg; *rounds > 0; --*rounds) {
        while (!pp_load_acquire(&waiting)) {
            pp_sys_sleep_ns(100000);
        }
        pp_store_release(&waiting, 0);
        int64_t from = pp_sys_monotonic_ns();
        waiter_locks();
        measured_waits += pp_sys_monotonic_ns() - from;
        pp_add_relaxed(&waited, 1);
    }
    return NULL;
}

/* What somebody waited at least and at most, as the holder sees it. */
struct bounds {
    int64_t least, most;
};

/* One round: the lock is taken, somebody waits for it, it is held on for a while. The waiter of the
 * round before is through by then: else it would wait through two. */
static void hold(int ms, struct bounds *bounds)
{
    static int rounds;
    while (pp_load_acquire(&waited) < rounds) {
        pp_sys_sleep_ns(100000);
    }
    rounds++;
    pthread_mutex_lock(&contended);
    bounds->most -= pp_sys_monotonic_ns();
    pp_store_release(&waiting, 1);
    await_waiter();
    bounds->least -= pp_sys_monotonic_ns();
    pp_sys_sleep_ns((int64_t)ms * 1000000);
    bounds->least += pp_sys_monotonic_ns();
}

__attribute__((noinline)) static void long_holder(struct bounds *bounds)
{
    hold(12, bounds);
    pthread_mutex_unlock(&contended);
    bounds->most += pp_sys_monotonic_ns();
}

__attribute__((noinline)) static void short_holder(struct bounds *bounds)
{
    hold(3, bounds);
    pthread_mutex_unlock(&contended);
    bounds->most += pp_sys_monotonic_ns();
}

static void check_between(double ns, const struct bounds *bounds)
{
    ck_assert_double_ge(ns, (double)bounds->least);
    ck_assert_double_le(ns, (double)bounds->most);
}

START_TEST(test_holders_are_charged_what_they_cost)
{
    enum { ROUNDS = 20 };
    int rounds = 2 * ROUNDS;
    struct bounds by_long = { 0, 0 }, by_short = { 0, 0 };
    pthread_t thread;
    begin(1, 1);
    ck_assert_int_eq(pthread_create(&thread, NULL, wait_rounds, &rounds), 0);
    for (int i = 0; i < ROUNDS; i++) {
        long_holder(&by_long);
        short_holder(&by_short);
    }
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    struct total longs = sum_of(&pp_mutex_sums, "long_holder");
    struct total shorts = sum_of(&pp_mutex_sums, "short_holder");
    struct total seen = sum_of(&pp_block_sums, "waiter_locks");
    struct bounds by_waiter = { by_long.least + by_short.least, measured_waits };
    ck_assert_double_eq(longs.events, ROUNDS);
    ck_assert_double_eq(shorts.events, ROUNDS);
    ck_assert_double_eq(seen.events, 2 * ROUNDS);
    check_between(longs.ns, &by_long);
    check_between(shorts.ns, &by_short);
    check_between(seen.ns, &by_waiter);
    ck_assert_double_eq(sum_of(&pp_mutex_sums, "pthread_mutex_unlock").events, 2 * ROUNDS);
    ck_assert_double_ge(sum_of(&pp_block_sums, "pthread_mutex_lock").events, 2 * ROUNDS);
}
END_TEST

START_TEST(test_free_locks_are_not_counted)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
    begin(1, 1);
    for (int i = 0; i < 1000; i++) {
        pthread_mutex_lock(&mutex);
        pthread_mutex_unlock(&mutex);
        pthread_rwlock_rdlock(&rwlock);
        pthread_rwlock_unlock(&rwlock);
        pthread_rwlock_wrlock(&rwlock);
        pthread_rwlock_unlock(&rwlock);
    }
    ck_assert_double_eq(sum_of(&pp_block_sums, NULL).events, 0);
    ck_assert_double_eq(sum_of(&pp_mutex_sums, NULL).events, 0);
}
END_TEST

START_TEST(test_rates_answer_what_was_before)
{
    ck_assert_int_eq(pprof_mutex_fraction(-1), 10);
    ck_assert_int_eq(pprof_mutex_fraction(3), 10);
    ck_assert_int_eq(pprof_mutex_fraction(-7), 3);
    ck_assert_int_eq(pprof_block_rate(-1), 10000000);
    ck_assert_int_eq(pprof_block_rate(0), 10000000);
    ck_assert_int_eq(pprof_block_rate(-1), 0);
    ck_assert(!pprof_block_io(true));
    ck_assert(pprof_block_io(false));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("runtime_locks");
    TCase *t = tcase_create("locks");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, test_block_sums_are_unbiased);
    tcase_add_test(t, test_mutex_fraction_is_unbiased);
    tcase_add_test(t, test_long_waits_and_rate_one_are_exact);
    tcase_add_test(t, test_each_nanosecond_is_charged_once);
    tcase_add_test(t, test_who_gives_up_has_waited_all_the_same);
    tcase_add_test(t, test_locks_do_not_mix);
    tcase_add_test(t, test_a_wait_left_by_longjmp_is_taken_out);
    tcase_add_test(t, test_full_table_is_counted);
    tcase_add_test(t, test_full_sums_lose_nothing);
    tcase_add_test(t, test_holders_are_charged_what_they_cost);
    tcase_add_test(t, test_free_locks_are_not_counted);
    tcase_add_test(t, test_rates_answer_what_was_before);
    suite_add_tcase(s, t);
    return s;
}

#include "check_main.h"
