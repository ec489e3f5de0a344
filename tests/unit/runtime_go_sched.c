/* Starting, ending, yielding, blocking, pinning, locals, time. */
#include "go_test.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static uint32_t done;

static uint32_t count_done(void)
{
    return __atomic_load_n(&done, __ATOMIC_SEQ_CST);
}

static void note_done(void *arg)
{
    (void)arg;
    __atomic_fetch_add(&done, 1, __ATOMIC_SEQ_CST);
}

GO_TEST(many_start_and_end)
{
    int many = go_test_count(20000);
    done = 0;
    for (int i = 0; i < many; i++) {
        ck_assert_int_eq(go_start(note_done, NULL), 0);
    }
    GO_UNTIL(count_done() == (uint32_t)many);
    GO_UNTIL(go_count() == 1);
}

/* ---- who ---- */

static void wants_id(void *arg)
{
    uint64_t *id = arg;
    __atomic_store_n(id, go_id(), __ATOMIC_SEQ_CST);
}

GO_TEST(numbers_are_unique)
{
    enum { MANY = 100 };
    static uint64_t ids[MANY];
    memset(ids, 0, sizeof(ids));
    for (int i = 0; i < MANY; i++) {
        go_start(wants_id, &ids[i]);
    }
    for (int i = 0; i < MANY; i++) {
        GO_UNTIL(__atomic_load_n(&ids[i], __ATOMIC_SEQ_CST));
        ck_assert_uint_ne(ids[i], go_id());
        for (int k = 0; k < i; k++) {
            ck_assert_uint_ne(ids[i], ids[k]);
        }
    }
}

START_TEST(threads_have_no_number)
{
    ck_assert_uint_eq(go_id(), 0);
    ck_assert_int_eq(go_start(note_done, NULL), 0);
    ck_assert_uint_eq(go_id(), 0);
    go_yield();
    struct go_options wrong = { .stack_bytes = (size_t)1 << 40 };
    ck_assert_int_eq(go_start_with(&wrong, note_done, NULL), -EINVAL);
    wrong = (struct go_options){ .flags = 0x80 };
    ck_assert_int_eq(go_start_with(&wrong, note_done, NULL), -EINVAL);
}
END_TEST

/* ---- ends ---- */

static int key;

static void exits(void *arg)
{
    go_local_set(key, arg);
    go_exit();
    ck_abort_msg("go_exit came back");
}

static void ends_late(void *value)
{
    go_sleep(GO_MS);
    note_done(value);
}

GO_TEST(go_exit_runs_what_is_left_to_do_before_anybody_hears_of_it)
{
    key = go_local_new(ends_late);
    ck_assert_int_ge(key, 0);
    done = 0;
    ck_assert_int_eq(go_run(exits, &done), 0);
    ck_assert_uint_eq(count_done(), 1);
    ck_assert_ptr_null(go_local_get(key));
}

static void keeps_local(void *arg)
{
    ck_assert_ptr_null(go_local_get(key));
    ck_assert_int_eq(go_local_set(key, arg), 0);
    for (int i = 0; i < 100; i++) {
        go_yield();
        ck_assert_ptr_eq(go_local_get(key), arg);
    }
    note_done(NULL);
}

GO_TEST(locals_belong_to_one)
{
    static char things[20];
    key = go_local_new(NULL);
    done = 0;
    for (int i = 0; i < 20; i++) {
        go_start(keeps_local, &things[i]);
    }
    GO_UNTIL(count_done() == 20);
    ck_assert_int_eq(go_local_set(63, things), -EINVAL);
}

/* ---- errno ---- */

static void errno_stays(void *arg)
{
    int mine = (int)(intptr_t)arg;
    errno = mine;
    for (int i = 0; i < 300; i++) {
        go_yield();
        ck_assert_int_eq(errno, mine);
    }
    note_done(NULL);
}

GO_TEST(errno_travels)
{
    done = 0;
    for (intptr_t i = 1; i <= 32; i++) {
        go_start(errno_stays, (void *)i);
    }
    GO_UNTIL(count_done() == 32);
}

/* ---- one that does not give way ---- */

static uint32_t stop;

static void spins(void *arg)
{
    (void)arg;
    while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST)) {
    }
    note_done(NULL);
}

GO_TEST(spinners_do_not_stop_the_others)
{
    stop = done = 0;
    for (int i = 0; i < 3; i++) {
        go_start(spins, NULL);
    }
    for (int i = 0; i < 5; i++) {
        go_sleep(GO_MS);
    }
    __atomic_store_n(&stop, 1, __ATOMIC_SEQ_CST);
    GO_UNTIL(count_done() == 3);
}

static void spins_pinned(void *arg)
{
    go_pin();
    pthread_t self = pthread_self();
    for (int i = 0; i < 3; i++) {
        uint32_t others = __atomic_load_n((uint32_t *)arg, __ATOMIC_SEQ_CST);
        go_start(note_done, NULL);
        while (__atomic_load_n((uint32_t *)arg, __ATOMIC_SEQ_CST) == others) {
        }
        go_yield(); /* it has lost its place by now, at least with one */
        ck_assert(pthread_equal(self, pthread_self()));
        go_sleep(GO_US);
        ck_assert(pthread_equal(self, pthread_self()));
    }
    go_unpin();
    note_done(NULL);
}

GO_TEST(pinned_spinners_do_not_either)
{
    done = 0;
    go_start(spins_pinned, &done);
    GO_UNTIL(count_done() == 4);
}

static void blocks_thread(void *arg)
{
    int *fds = arg;
    char byte;
    go_block_begin();
    ck_assert_int_eq(read(fds[0], &byte, 1), 1);
    go_block_end();
    note_done(NULL);
}

GO_TEST(blocked_threads_do_not_stop_the_others)
{
    enum { BLOCKED = 6 };
    int fds[2];
    ck_assert_int_eq(pipe(fds), 0);
    done = 0;
    for (int i = 0; i < BLOCKED; i++) {
        go_start(blocks_thread, fds);
    }
    for (int i = 0; i < 5; i++) {
        go_sleep(GO_MS);
    }
    ck_assert_int_eq(write(fds[1], "123456", BLOCKED), BLOCKED);
    GO_UNTIL(count_done() == BLOCKED);
}

static void uses_much_stack(void *arg)
{
    volatile char room[200 << 10];
    memset((void *)(uintptr_t)room, 1, sizeof(room));
    __atomic_store_n((int *)arg, room[5] + room[sizeof(room) - 1], __ATOMIC_SEQ_CST);
}

GO_TEST(go_block_has_a_large_stack)
{
    int sum = 0;
    go_block(uses_much_stack, &sum);
    ck_assert_int_eq(sum, 2);
    struct go_options large = { .name = "large", .stack_bytes = 256 << 10 };
    static int other;
    other = 0;
    ck_assert_int_eq(go_start_with(&large, uses_much_stack, &other), 0);
    GO_UNTIL(__atomic_load_n(&other, __ATOMIC_SEQ_CST) == 2);
}

/* ---- stacks of those that wait for long ---- */

enum { DEEP = 40 << 10, MARK = 77 };

struct deep {
    struct go_chan *chan;
    char *low; /* a page that only the deep call used */
};

static __attribute__((noinline)) int goes_deep(struct deep *deep)
{
    volatile char room[DEEP];
    memset((void *)(uintptr_t)room, 1, sizeof(room));
    uintptr_t middle = (uintptr_t)__builtin_frame_address(0) - DEEP / 2;
    __atomic_store_n(&deep->low, (char *)(middle & ~(uintptr_t)4095), __ATOMIC_SEQ_CST);
    return room[5] + room[sizeof(room) - 1];
}

static void waits_after_deep(void *arg)
{
    struct deep *deep = arg;
    volatile int mark = MARK;
    int sum = goes_deep(deep);
    go_chan_recv(deep->chan, NULL);
    ck_assert_int_eq(mark, MARK);
    ck_assert_int_eq(sum + goes_deep(deep), 4);
    note_done(NULL);
}

static bool is_resident(char *page)
{
    unsigned char in = 1;
    return mincore(page, 1, &in) == 0 && in & 1;
}

GO_TEST(pages_of_long_waits_are_given_back)
{
    struct deep deeps[20] = { { go_chan_new(0, 0), NULL } };
    done = 0;
    for (int i = 0; i < 20; i++) {
        deeps[i].chan = deeps[0].chan;
        go_start(waits_after_deep, &deeps[i]);
    }
    for (int i = 0; i < 20; i++) {
        GO_UNTIL(__atomic_load_n(&deeps[i].low, __ATOMIC_SEQ_CST));
        GO_UNTIL(!is_resident(deeps[i].low));
    }
    for (int i = 0; i < 20; i++) {
        go_chan_send(deeps[0].chan, NULL);
    }
    GO_UNTIL(count_done() == 20);
    go_chan_free(deeps[0].chan);
}

/* ---- pinning ---- */

static __thread int of_thread;

static void stays_on_thread(void *arg)
{
    struct go_chan *c = arg;
    pthread_t thread = pthread_self();
    int value;
    go_pin();
    thread = pthread_self();
    of_thread = (int)go_id();
    for (int i = 0; i < 50; i++) {
        go_yield();
        ck_assert(pthread_equal(thread, pthread_self()));
        ck_assert_int_eq(go_chan_recv(c, &value), 0);
        ck_assert(pthread_equal(thread, pthread_self()));
        ck_assert_int_eq(of_thread, (int)go_id());
    }
    go_unpin();
    note_done(NULL);
}

GO_TEST(pinned_ones_stay)
{
    struct go_chan *c = go_chan_new(sizeof(int), 0);
    struct go_options pinned = { .flags = GO_PINNED };
    done = 0;
    for (int i = 0; i < 4; i++) {
        go_start_with(i % 2 ? &pinned : NULL, stays_on_thread, c);
    }
    for (int i = 0; i < 200; i++) {
        ck_assert_int_eq(go_chan_send(c, &i), 0);
    }
    GO_UNTIL(count_done() == 4);
    go_chan_free(c);
}

/* ---- time ---- */

static void sleeps(void *arg)
{
    int64_t ns = (int64_t)(intptr_t)arg, before = go_now();
    ck_assert_int_eq(go_sleep(ns), 0);
    ck_assert_int_ge(go_now() - before, ns);
    note_done(NULL);
}

GO_TEST(sleep_is_long_enough)
{
    done = 0;
    for (intptr_t i = 0; i < 200; i++) {
        go_start(sleeps, (void *)((i * 7919 % 200) * (GO_MS / 20)));
    }
    GO_UNTIL(count_done() == 200);
}

GO_TEST(timers_stop_and_start_again)
{
    int64_t when = 0;
    struct go_timer *timer = go_timer_new(1000 * GO_S);
    ck_assert(go_timer_stop(timer));
    ck_assert(!go_timer_stop(timer));
    ck_assert(!go_timer_reset(timer, GO_MS));
    ck_assert_int_eq(go_chan_recv(go_timer_chan(timer), &when), 0);
    ck_assert_int_le(when, go_now());
    ck_assert(!go_timer_stop(timer));
    ck_assert(!go_timer_reset(timer, 1000 * GO_S));
    ck_assert(go_timer_reset(timer, 1000 * GO_S));
    go_timer_free(timer);
    done = 0;
    timer = go_after_func(GO_MS, note_done, NULL);
    GO_UNTIL(count_done() == 1);
    go_timer_free(timer);
    struct go_chan *c = go_after(GO_MS);
    ck_assert_int_eq(go_chan_recv(c, &when), 0);
    go_chan_free(c);
}

GO_TEST(tickers_tick)
{
    struct go_timer *ticker = go_ticker_new(GO_MS);
    int64_t before = 0, when;
    for (int i = 0; i < 5; i++) {
        ck_assert_int_eq(go_chan_recv(go_timer_chan(ticker), &when), 0);
        ck_assert_int_gt(when, before);
        before = when;
    }
    ck_assert(go_timer_stop(ticker));
    go_timer_free(ticker);
    ck_assert_ptr_null(go_ticker_new(0));
}

GO_TEST(what_is_not_there_is_refused)
{
    struct go_options options = { .name = "none" };
    int64_t when;
    ck_assert_int_eq(go_start(NULL, NULL), -EINVAL);
    ck_assert_int_eq(go_start_with(&options, NULL, NULL), -EINVAL);
    ck_assert_int_eq(go_run(NULL, NULL), -EINVAL);
    ck_assert(!go_timer_stop(NULL));
    ck_assert(!go_timer_reset(NULL, GO_MS));
    ck_assert_int_eq(go_chan_try_recv(go_timer_chan(NULL), &when), -EAGAIN);
}

static void ends_soon(void *arg)
{
    (void)arg;
    go_sleep(20 * GO_MS);
}

static void waits_in_vain(void *arg)
{
    go_chan_recv(arg, NULL);
}

GO_TEST(leaks_are_waited_for)
{
    const struct go_leak_ignore nameless = { GO_IGNORE_NAME, NULL };
    uint64_t mark = go_leak_mark();
    ck_assert_int_eq(go_start(ends_soon, NULL), 0);
    ck_assert_uint_eq(go_leaks(mark, &nameless, 1, GO_FOREVER, -1), 0);
    struct go_chan *never = go_chan_new(0, 0);
    ck_assert_int_eq(go_start(waits_in_vain, never), 0);
    GO_WITH_TIMEOUT(0) { /* an ended context does not shorten it */
        GO_WITH_TIMEOUT(0) {
            int64_t before = go_now();
            ck_assert_uint_eq(go_leaks(mark, &nameless, 1, 5 * GO_MS, -1), 1);
            ck_assert_int_ge(go_now() - before, 5 * GO_MS);
        }
    }
    go_chan_close(never);
    ck_assert_uint_eq(go_leaks(mark, NULL, 0, GO_FOREVER, -1), 0);
    go_chan_free(never);
}

START_TEST(threads_sleep_too)
{
    int64_t before = go_now(), when;
    ck_assert_int_eq(go_sleep(5 * GO_MS), 0);
    ck_assert_int_ge(go_now() - before, 5 * GO_MS);
    struct go_chan *c = go_after(GO_MS);
    ck_assert_int_eq(go_chan_recv(c, &when), 0);
    go_chan_free(c);
}
END_TEST

enum { SPINNERS = 4 };
static int spinning, masked; /* atomic */

/* Each spins until all do, so that the monitor has to find a thread for each. */
static void spins_with_others(void *arg)
{
    sigset_t mask;
    (void)arg;
    ck_assert_int_eq(pthread_sigmask(SIG_SETMASK, NULL, &mask), 0);
    __atomic_fetch_add(&masked, sigismember(&mask, SIGPROF) || sigismember(&mask, SIGTERM),
                       __ATOMIC_SEQ_CST);
    __atomic_fetch_add(&spinning, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&spinning, __ATOMIC_SEQ_CST) < SPINNERS) {
    }
}

GO_TEST(signals_reach_every_worker)
{
    for (int i = 0; i < SPINNERS; i++) {
        ck_assert_int_eq(go_start(spins_with_others, NULL), 0);
    }
    GO_UNTIL(__atomic_load_n(&spinning, __ATOMIC_SEQ_CST) == SPINNERS);
    ck_assert_int_eq(__atomic_load_n(&masked, __ATOMIC_SEQ_CST), 0);
}

static void waits_named(void *arg)
{
    (void)go_chan_recv(arg, NULL);
    note_done(NULL);
}

/* How many goroutines are left out when those of that name are. */
static bool is_named(uint64_t mark, const char *name)
{
    struct go_leak_ignore ignore = { GO_IGNORE_NAME, name };
    return go_leaks(mark, &ignore, 1, 0, -1) == 0;
}

GO_TEST(names_are_one_line_of_whole_letters)
{
    static const char *const names[][2] = {
        { "one\ntwo\x7f", "one_two_" },
        { "thirty bytes and then some ..\xc3\xa9", "thirty bytes and then some ..\xc3\xa9" },
        { "thirty bytes and then some ...\xc3\xa9", "thirty bytes and then some ..." },
        { "\x80\x80\x80", "\x80\x80\x80" },
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct go_chan *chan = go_chan_new(0, 0);
        struct go_options options = { .name = names[i][0] };
        uint64_t mark = go_leak_mark();
        done = 0;
        go_start_with(&options, waits_named, chan);
        ck_assert(is_named(mark, names[i][1]));
        ck_assert(!is_named(mark, "another"));
        go_chan_close(chan);
        GO_UNTIL(count_done() == 1);
        go_chan_free(chan);
    }
}

static Suite *suite(void)
{
    Suite *s = suite_create("runtime_go_sched");
    TCase *t = tcase_create("scheduler");
    tcase_set_timeout(t, 60);
    GO_TEST_ADD(t, many_start_and_end);
    GO_TEST_ADD(t, numbers_are_unique);
    GO_TEST_ADD(t, go_exit_runs_what_is_left_to_do_before_anybody_hears_of_it);
    GO_TEST_ADD(t, locals_belong_to_one);
    GO_TEST_ADD(t, names_are_one_line_of_whole_letters);
    GO_TEST_ADD(t, errno_travels);
    GO_TEST_ADD(t, signals_reach_every_worker);
    GO_TEST_ADD(t, spinners_do_not_stop_the_others);
    GO_TEST_ADD(t, pinned_spinners_do_not_either);
    GO_TEST_ADD(t, blocked_threads_do_not_stop_the_others);
    GO_TEST_ADD(t, go_block_has_a_large_stack);
    GO_TEST_ADD(t, pages_of_long_waits_are_given_back);
    GO_TEST_ADD(t, pinned_ones_stay);
    GO_TEST_ADD(t, sleep_is_long_enough);
    GO_TEST_ADD(t, timers_stop_and_start_again);
    GO_TEST_ADD(t, tickers_tick);
    GO_TEST_ADD(t, what_is_not_there_is_refused);
    GO_TEST_ADD(t, leaks_are_waited_for);
    tcase_add_test(t, threads_have_no_number);
    tcase_add_test(t, threads_sleep_too);
    suite_add_tcase(s, t);
    return s;
}

#include "check_main.h"
