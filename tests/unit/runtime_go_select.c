/* Select as the Go specification has it. */
#include "go_test.h"

#include <stdlib.h>
#include <string.h>

static uint32_t done;

static uint32_t count_done(void)
{
    return __atomic_load_n(&done, __ATOMIC_SEQ_CST);
}

GO_TEST(default_when_none_can)
{
    struct go_chan *c = go_chan_new(sizeof(int), 1);
    int in = 4, out = 0;
    struct go_case cases[] = { go_case_recv(c, &out), go_case_default() };
    ck_assert_int_eq(go_select(cases, 2), 1);
    ck_assert_int_eq(go_chan_send(c, &in), 0);
    ck_assert_int_eq(go_select(cases, 2), 0);
    ck_assert_int_eq(cases[0].result, 0);
    ck_assert_int_eq(out, 4);
    struct go_case sends[] = { go_case_send(c, &in), go_case_default() };
    ck_assert_int_eq(go_select(sends, 2), 0);
    ck_assert_int_eq(go_select(sends, 2), 1);
    go_chan_free(c);
}

GO_TEST(every_ready_case_is_chosen_sometimes)
{
    enum { CASES = 5, ROUNDS = 5000 };
    struct go_chan *c[CASES];
    struct go_case cases[CASES];
    int chosen[CASES] = { 0 }, value = 0;
    for (int i = 0; i < CASES; i++) {
        c[i] = go_chan_new(sizeof(int), 1);
        go_chan_send(c[i], &value);
        cases[i] = go_case_recv(c[i], &value);
    }
    for (int i = 0; i < ROUNDS; i++) {
        int k = go_select(cases, CASES);
        ck_assert_int_ge(k, 0);
        chosen[k]++;
        go_chan_send(c[k], &value);
    }
    for (int i = 0; i < CASES; i++) {
        ck_assert_int_gt(chosen[i], ROUNDS / CASES / 2);
        go_chan_free(c[i]);
    }
}

GO_TEST(closed_channels_are_ready)
{
    struct go_chan *c = go_chan_new(sizeof(int), 0);
    int value = 8;
    go_chan_close(c);
    struct go_case recv[] = { go_case_recv(c, &value) };
    ck_assert_int_eq(go_select(recv, 1), 0);
    ck_assert_int_eq(recv[0].result, GO_CLOSED);
    ck_assert_int_eq(value, 0);
    struct go_case send[] = { go_case_send(c, &value) };
    ck_assert_int_eq(go_select(send, 1), 0);
    ck_assert_int_eq(send[0].result, GO_CLOSED);
    go_chan_free(c);
}

GO_TEST(time_runs_out)
{
    struct go_chan *c = go_chan_new(sizeof(int), 0);
    int value;
    int64_t before = go_now();
    struct go_case cases[] = { go_case_recv(c, &value), go_case_after(3 * GO_MS),
                               go_case_recv(NULL, &value) };
    ck_assert_int_eq(go_select(cases, 3), 1);
    ck_assert_int_ge(go_now() - before, 3 * GO_MS);
    struct go_case none[] = { go_case_recv(c, &value), go_case_after(0) };
    ck_assert_int_eq(go_select(none, 2), 1);
    struct go_case wrong[] = { { .kind = 55 } };
    ck_assert_int_eq(go_select(wrong, 1), -EINVAL);
    go_chan_free(c);
}

static void send_later(void *arg)
{
    int value = 42;
    go_sleep(GO_MS);
    ck_assert_int_eq(go_chan_send(arg, &value), 0);
}

static void close_later(void *arg)
{
    go_sleep(GO_MS);
    go_chan_close(arg);
}

GO_TEST(waits_for_one_of_them)
{
    struct go_chan *c = go_chan_new(sizeof(int), 0), *d = go_chan_new(sizeof(int), 0);
    int value = 0, other = 0;
    go_start(send_later, d);
    struct go_case cases[] = { go_case_recv(c, &other), go_case_recv(d, &value),
                               go_case_after(100 * GO_S) };
    ck_assert_int_eq(go_select(cases, 3), 1);
    ck_assert_int_eq(value, 42);
    go_start(close_later, c);
    ck_assert_int_eq(go_select(cases, 3), 0);
    ck_assert_int_eq(cases[0].result, GO_CLOSED);
    /* nothing of the select is left in a queue */
    ck_assert_int_eq(go_chan_try_send(d, &value), -EAGAIN);
    go_chan_free(c);
    go_chan_free(d);
}

/* ---- the same channel twice, both directions ---- */

static void recv_one(void *arg)
{
    int value = 0;
    ck_assert_int_eq(go_chan_recv(arg, &value), 0);
    ck_assert_int_eq(value, 6);
    __atomic_fetch_add(&done, 1, __ATOMIC_SEQ_CST);
}

GO_TEST(does_not_meet_itself)
{
    struct go_chan *c = go_chan_new(sizeof(int), 0);
    int in = 6, out = 0;
    struct go_case own[] = { go_case_send(c, &in), go_case_recv(c, &out), go_case_after(GO_MS) };
    ck_assert_int_eq(go_select(own, 3), 2);
    done = 0;
    go_start(recv_one, c);
    struct go_case with[] = { go_case_send(c, &in), go_case_recv(c, &out), go_case_send(c, &in) };
    int chosen = go_select(with, 3);
    ck_assert(chosen == 0 || chosen == 2);
    GO_UNTIL(count_done() == 1);
    go_chan_free(c);
}

GO_TEST(more_cases_than_fit_on_the_stack)
{
    enum { CASES = 100 };
    struct go_chan *c[CASES];
    struct go_case cases[CASES];
    int value = 0;
    for (int i = 0; i < CASES; i++) {
        c[i] = go_chan_new(sizeof(int), 0);
        cases[i] = go_case_recv(c[i], &value);
    }
    go_start(send_later, c[77]);
    ck_assert_int_eq(go_select(cases, CASES), 77);
    ck_assert_int_eq(value, 42);
    for (int i = 0; i < CASES; i++) {
        go_chan_free(c[i]);
    }
}

/* ---- many selects meet ---- */

enum { WORKERS = 8, EACH = 1000 };

struct ring {
    struct go_chan *a, *b, *stop;
    uint64_t sent, received;
    uint32_t running;
};

static void meet(void *arg)
{
    struct ring *ring = arg;
    uint64_t in = 1, out;
    for (int i = 0; i < EACH; i++) {
        struct go_case cases[] = { go_case_send(ring->a, &in), go_case_recv(ring->b, &out),
                                   go_case_recv(ring->a, &out), go_case_send(ring->b, &in),
                                   go_case_recv(ring->stop, NULL) };
        int chosen = go_select(cases, 5);
        ck_assert_int_ge(chosen, 0);
        if (chosen == 4) {
            break;
        }
        uint64_t *sum = chosen % 3 ? &ring->received : &ring->sent;
        __atomic_fetch_add(sum, 1, __ATOMIC_SEQ_CST);
    }
    if (__atomic_sub_fetch(&ring->running, 1, __ATOMIC_SEQ_CST) == 1) {
        go_chan_close(ring->stop); /* one is left: nobody to meet */
    }
}

GO_TEST(each_send_has_one_receive)
{
    struct ring ring = { go_chan_new(sizeof(uint64_t), 0), go_chan_new(sizeof(uint64_t), 0),
                         go_chan_new(0, 0), 0, 0, WORKERS };
    for (int i = 0; i < WORKERS; i++) {
        go_start(meet, &ring);
    }
    GO_UNTIL(__atomic_load_n(&ring.running, __ATOMIC_SEQ_CST) == 0);
    ck_assert_uint_eq(ring.sent, ring.received);
    ck_assert_uint_gt(ring.sent, EACH);
    go_chan_free(ring.a);
    go_chan_free(ring.b);
    go_chan_free(ring.stop);
}

GO_TEST(as_many_cases_as_promised)
{
    enum { MOST = 65536 };
    struct go_case *cases = calloc(MOST + 1, sizeof(*cases));
    struct go_chan *never = go_chan_new(0, 0);
    ck_assert_ptr_nonnull(cases);
    for (int i = 0; i <= MOST; i++) {
        cases[i] = go_case_recv(never, NULL);
    }
    cases[MOST - 1] = go_case_default();
    ck_assert_int_eq(go_select(cases, MOST), MOST - 1);
    ck_assert_int_eq(go_select(cases, MOST + 1), -EINVAL);
    go_chan_free(never);
    free(cases);
}

enum { CROWD = 500, MEETINGS = 200 };

struct crowd {
    struct go_chan *chans[CROWD];
    int sent, received; /* atomic */
};

/* One writes the channels in an order of its own, and the other from behind. */
static void send_to_any(void *arg)
{
    struct crowd *crowd = arg;
    struct go_case cases[CROWD];
    for (int i = 0; i < CROWD; i++) {
        cases[i] = go_case_send(crowd->chans[i * 7 % CROWD], &i);
    }
    for (int i = 0; i < MEETINGS; i++) {
        ck_assert_int_ge(go_select(cases, CROWD), 0);
        __atomic_fetch_add(&crowd->sent, 1, __ATOMIC_SEQ_CST);
    }
}

static void receive_from_any(void *arg)
{
    struct crowd *crowd = arg;
    struct go_case cases[CROWD];
    for (int i = 0; i < CROWD; i++) {
        cases[i] = go_case_recv(crowd->chans[CROWD - 1 - i], NULL);
    }
    for (int i = 0; i < MEETINGS; i++) {
        ck_assert_int_ge(go_select(cases, CROWD), 0);
        __atomic_fetch_add(&crowd->received, 1, __ATOMIC_SEQ_CST);
    }
}

GO_TEST(many_are_locked_in_one_order)
{
    struct crowd crowd = { .sent = 0 };
    struct go_options roomy = { .stack_bytes = 256 << 10 };
    for (int i = 0; i < CROWD; i++) {
        crowd.chans[i] = go_chan_new(0, 0);
        ck_assert_ptr_nonnull(crowd.chans[i]);
    }
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(go_start_with(&roomy, send_to_any, &crowd), 0);
        ck_assert_int_eq(go_start_with(&roomy, receive_from_any, &crowd), 0);
    }
    GO_UNTIL(__atomic_load_n(&crowd.sent, __ATOMIC_SEQ_CST) == 2 * MEETINGS);
    GO_UNTIL(__atomic_load_n(&crowd.received, __ATOMIC_SEQ_CST) == 2 * MEETINGS);
    for (int i = 0; i < CROWD; i++) {
        go_chan_free(crowd.chans[i]);
    }
}

static void wait_nothing(void *arg)
{
    (void)arg;
    go_select(NULL, 0);
}

START_TEST(no_case_waits_for_ever)
{
    ck_assert_int_eq(go_start(wait_nothing, NULL), 0);
    for (int i = 0; i < 20; i++) {
        go_sleep(GO_MS);
    }
    ck_assert_uint_eq(go_count(), 1);
}
END_TEST

/* ---- what is said of one that waits ---- */

static void waits_with_one(void *arg)
{
    struct go_case one = *(struct go_case *)arg;
    ck_assert_int_eq(go_select(&one, one.kind == GO_CASE_NONE ? 0 : 1), -ECANCELED);
}

GO_TEST(one_case_waits_as_its_channel_does)
{
    struct go_chan *c = go_chan_new(0, 0);
    struct go_context *context = go_context_new(NULL), *other = go_context_new(NULL);
    const struct {
        struct go_case one;
        const char *said;
    } ways[] = {
        { go_case_recv(c, NULL), "[chan receive, named lonely]" },
        { go_case_done(other), "[chan receive, named lonely]" },
        { go_case_after(1000 * GO_S), "[chan receive, named lonely]" },
        { go_case_recv(NULL, NULL), "[chan receive (nil chan), named lonely]" },
        { go_case_done(NULL), "[chan receive (nil chan), named lonely]" },
        { go_case_send(NULL, NULL), "[chan send (nil chan), named lonely]" },
        { { .kind = GO_CASE_NONE }, "[select (no cases), named lonely]" },
    };
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        struct go_case one = ways[i].one;
        struct go_context *before = go_context_enter(context);
        const struct go_options options = { .name = "lonely" };
        ck_assert_int_eq(go_start_with(&options, waits_with_one, &one), 0);
        go_context_leave(before);
        GO_UNTIL(go_test_dumped(ways[i].said));
        go_context_cancel(context);
        GO_UNTIL(!go_test_dumped("named lonely"));
        go_context_free(context);
        context = go_context_new(NULL);
    }
    go_context_free(context);
    go_context_free(other);
    go_chan_free(c);
}

static Suite *suite(void)
{
    Suite *s = suite_create("runtime_go_select");
    TCase *t = tcase_create("select");
    tcase_set_timeout(t, 60);
    GO_TEST_ADD(t, default_when_none_can);
    GO_TEST_ADD(t, every_ready_case_is_chosen_sometimes);
    GO_TEST_ADD(t, closed_channels_are_ready);
    GO_TEST_ADD(t, one_case_waits_as_its_channel_does);
    GO_TEST_ADD(t, time_runs_out);
    GO_TEST_ADD(t, waits_for_one_of_them);
    GO_TEST_ADD(t, does_not_meet_itself);
    GO_TEST_ADD(t, more_cases_than_fit_on_the_stack);
    GO_TEST_ADD(t, as_many_cases_as_promised);
    GO_TEST_ADD(t, many_are_locked_in_one_order);
    GO_TEST_ADD(t, each_send_has_one_receive);
    tcase_add_test(t, no_case_waits_for_ever);
    suite_add_tcase(s, t);
    return s;
}

#include "check_main.h"
