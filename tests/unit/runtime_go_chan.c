/* Channels as the Go specification and memory model have them. */
#include "go_test.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static uint32_t done;

static void note_done(void)
{
    __atomic_fetch_add(&done, 1, __ATOMIC_SEQ_CST);
}

static uint32_t count_done(void)
{
    return __atomic_load_n(&done, __ATOMIC_SEQ_CST);
}

/* ---- one value ---- */

struct pair {
    struct go_chan *in, *out;
};

static void add_one(void *arg)
{
    struct pair *pair = arg;
    long value;
    while (go_chan_recv(pair->in, &value) == 0) {
        value++;
        ck_assert_int_eq(go_chan_send(pair->out, &value), 0);
    }
    go_chan_close(pair->out);
}

GO_TEST(hands_over_both_ways)
{
    struct pair pair = { go_chan_new(sizeof(long), 0), go_chan_new(sizeof(long), 0) };
    ck_assert_int_eq(go_start(add_one, &pair), 0);
    for (long i = 0; i < 5000; i++) {
        long answer = -1;
        ck_assert_int_eq(go_chan_send(pair.in, &i), 0);
        ck_assert_int_eq(go_chan_recv(pair.out, &answer), 0);
        ck_assert_int_eq(answer, i + 1);
    }
    long value = 7;
    go_chan_close(pair.in);
    ck_assert_int_eq(go_chan_recv(pair.out, &value), GO_CLOSED);
    ck_assert_int_eq(value, 0);
    go_chan_free(pair.in);
    go_chan_free(pair.out);
}

static void send_one(void *arg)
{
    int one = 1;
    ck_assert_int_eq(go_chan_send(arg, &one), 0);
    note_done();
}

GO_TEST(unbuffered_send_waits_for_its_receiver)
{
    struct go_chan *c = go_chan_new(sizeof(int), 0);
    done = 0;
    go_start(send_one, c);
    for (int i = 0; i < 100; i++) {
        go_yield();
    }
    ck_assert_uint_eq(count_done(), 0);
    int value = 0;
    ck_assert_int_eq(go_chan_recv(c, &value), 0);
    ck_assert_int_eq(value, 1);
    GO_UNTIL(count_done() == 1);
    go_chan_free(c);
}

/* ---- buffers ---- */

GO_TEST(buffer_keeps_order_and_size)
{
    struct go_chan *c = go_chan_new(sizeof(int), 3);
    ck_assert_uint_eq(go_chan_capacity(c), 3);
    int next_in = 0, next_out = 0;
    for (int round = 0; round < 10; round++) {
        while (go_chan_try_send(c, &next_in) == 0) {
            next_in++;
        }
        ck_assert_uint_eq(go_chan_len(c), 3);
        ck_assert_int_eq(go_chan_try_send(c, &next_in), -EAGAIN);
        for (int k = 0; k < 2; k++) {
            int value;
            ck_assert_int_eq(go_chan_try_recv(c, &value), 0);
            ck_assert_int_eq(value, next_out++);
        }
    }
    go_chan_free(c);
}

static void fill_then_close(void *arg)
{
    for (int i = 0; i < 1000; i++) {
        ck_assert_int_eq(go_chan_send(arg, &i), 0);
    }
    go_chan_close(arg);
}

GO_TEST(full_buffer_blocks_and_order_holds)
{
    struct go_chan *c = go_chan_new(sizeof(int), 4);
    go_start(fill_then_close, c);
    int value, next = 0;
    while (go_chan_recv(c, &value) == 0) {
        ck_assert_int_eq(value, next++);
    }
    ck_assert_int_eq(next, 1000);
    go_chan_free(c);
}

struct big {
    char text[300];
};

GO_TEST(elements_of_any_size)
{
    struct go_chan *c = go_chan_new(sizeof(struct big), 2);
    struct big in, out;
    memset(&in, 'x', sizeof(in));
    ck_assert_int_eq(go_chan_send(c, &in), 0);
    memset(&in, 'y', sizeof(in));
    ck_assert_int_eq(go_chan_send(c, &in), 0);
    ck_assert_int_eq(go_chan_recv(c, &out), 0);
    ck_assert_int_eq(out.text[299], 'x');
    ck_assert_int_eq(go_chan_recv(c, &out), 0);
    ck_assert_int_eq(out.text[0], 'y');
    go_chan_free(c);
    c = go_chan_new(0, 1);
    ck_assert_int_eq(go_chan_send(c, NULL), 0);
    ck_assert_int_eq(go_chan_try_send(c, NULL), -EAGAIN);
    ck_assert_int_eq(go_chan_recv(c, NULL), 0);
    go_chan_free(c);
    ck_assert_ptr_null(go_chan_new(SIZE_MAX / 2, 4));
}

/* ---- closing ---- */

GO_TEST(closed_channels)
{
    struct go_chan *c = go_chan_new(sizeof(int), 2);
    int value = 5;
    ck_assert_int_eq(go_chan_send(c, &value), 0);
    ck_assert_int_eq(go_chan_close(c), 0);
    ck_assert_int_eq(go_chan_close(c), GO_CLOSED);
    ck_assert_int_eq(go_chan_close(NULL), -EINVAL);
    ck_assert_int_eq(go_chan_send(c, &value), GO_CLOSED);
    ck_assert_int_eq(go_chan_try_send(c, &value), GO_CLOSED);
    value = 9;
    ck_assert_int_eq(go_chan_recv(c, &value), 0);
    ck_assert_int_eq(value, 5);
    ck_assert_int_eq(go_chan_recv(c, &value), GO_CLOSED);
    ck_assert_int_eq(value, 0);
    ck_assert_int_eq(go_chan_try_recv(c, NULL), GO_CLOSED);
    go_chan_free(c);
}

static void expect_closed_recv(void *arg)
{
    int value = 3;
    ck_assert_int_eq(go_chan_recv(arg, &value), GO_CLOSED);
    ck_assert_int_eq(value, 0);
    note_done();
}

static void expect_closed_send(void *arg)
{
    int value = 3;
    ck_assert_int_eq(go_chan_send(arg, &value), GO_CLOSED);
    note_done();
}

GO_TEST(close_wakes_all_who_wait)
{
    struct go_chan *c = go_chan_new(sizeof(int), 0), *d = go_chan_new(sizeof(int), 0);
    done = 0;
    for (int i = 0; i < 50; i++) {
        go_start(expect_closed_recv, c);
        go_start(expect_closed_send, d);
    }
    go_sleep(2 * GO_MS);
    ck_assert_uint_eq(count_done(), 0);
    go_chan_close(c);
    go_chan_close(d);
    GO_UNTIL(count_done() == 100);
    go_chan_free(c);
    go_chan_free(d);
}

GO_TEST(nil_channels_never_go_on)
{
    int value;
    ck_assert_int_eq(go_chan_try_send(NULL, &value), -EAGAIN);
    ck_assert_int_eq(go_chan_try_recv(NULL, &value), -EAGAIN);
    ck_assert_uint_eq(go_chan_len(NULL), 0);
    ck_assert_uint_eq(go_chan_capacity(NULL), 0);
    go_chan_free(NULL);
}

/* ---- many ---- */

enum { WRITERS = 8, READERS = 8, EACH = 2000 };

struct crowd {
    struct go_chan *values;
    uint64_t sum;
    uint32_t writers, readers;
};

static void write_many(void *arg)
{
    struct crowd *crowd = arg;
    for (uint64_t i = 1; i <= EACH; i++) {
        ck_assert_int_eq(go_chan_send(crowd->values, &i), 0);
    }
    if (__atomic_sub_fetch(&crowd->writers, 1, __ATOMIC_SEQ_CST) == 0) {
        go_chan_close(crowd->values);
    }
}

static void read_many(void *arg)
{
    struct crowd *crowd = arg;
    uint64_t value, sum = 0;
    while (go_chan_recv(crowd->values, &value) == 0) {
        sum += value;
    }
    __atomic_fetch_add(&crowd->sum, sum, __ATOMIC_SEQ_CST);
    __atomic_sub_fetch(&crowd->readers, 1, __ATOMIC_SEQ_CST);
}

static void crowd_through(size_t capacity)
{
    struct crowd crowd = { go_chan_new(sizeof(uint64_t), capacity), 0, WRITERS, READERS };
    for (int i = 0; i < READERS; i++) {
        ck_assert_int_eq(go_start(read_many, &crowd), 0);
    }
    for (int i = 0; i < WRITERS; i++) {
        ck_assert_int_eq(go_start(write_many, &crowd), 0);
    }
    GO_UNTIL(__atomic_load_n(&crowd.readers, __ATOMIC_SEQ_CST) == 0);
    ck_assert_uint_eq(crowd.sum, (uint64_t)WRITERS * EACH * (EACH + 1) / 2);
    go_chan_free(crowd.values);
}

GO_TEST(nothing_is_lost_or_doubled)
{
    crowd_through(0);
    crowd_through(1);
    crowd_through(64);
}

static void *thread_writes(void *arg)
{
    write_many(arg);
    return NULL;
}

static void *thread_reads(void *arg)
{
    read_many(arg);
    return NULL;
}

START_TEST(threads_and_goroutines_mix)
{
    struct crowd crowd = { go_chan_new(sizeof(uint64_t), 3), 0, 4, 4 };
    pthread_t threads[4];
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, thread_reads, &crowd), 0);
        ck_assert_int_eq(pthread_create(&threads[2 + i], NULL, thread_writes, &crowd), 0);
        ck_assert_int_eq(go_start(read_many, &crowd), 0);
        ck_assert_int_eq(go_start(write_many, &crowd), 0);
    }
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    }
    while (__atomic_load_n(&crowd.readers, __ATOMIC_SEQ_CST)) {
        go_sleep(GO_MS);
    }
    ck_assert_uint_eq(crowd.sum, UINT64_C(4) * EACH * (EACH + 1) / 2);
    go_chan_free(crowd.values);
}
END_TEST

/* The sieve: each prime a goroutine, each channel a stage. */
struct stage {
    struct go_chan *in, *out;
    int prime;
};

static void count_up(void *arg)
{
    for (int i = 2; go_chan_send(arg, &i) == 0; i++) {
    }
}

static void sieve(void *arg)
{
    struct stage *stage = arg;
    int value;
    while (go_chan_recv(stage->in, &value) == 0) {
        if (value % stage->prime && go_chan_send(stage->out, &value) != 0) {
            break;
        }
    }
    free(stage);
}

GO_TEST(prime_sieve)
{
    struct go_chan *c = go_chan_new(sizeof(int), 0);
    int prime = 0;
    go_start(count_up, c);
    for (int i = 0; i < 100; i++) {
        ck_assert_int_eq(go_chan_recv(c, &prime), 0);
        struct stage *stage = malloc(sizeof(*stage));
        *stage = (struct stage){ c, go_chan_new(sizeof(int), 0), prime };
        c = stage->out;
        go_start(sieve, stage);
    }
    ck_assert_int_eq(prime, 541);
}

static Suite *suite(void)
{
    Suite *s = suite_create("runtime_go_chan");
    TCase *t = tcase_create("channels");
    tcase_set_timeout(t, 60);
    GO_TEST_ADD(t, hands_over_both_ways);
    GO_TEST_ADD(t, unbuffered_send_waits_for_its_receiver);
    GO_TEST_ADD(t, buffer_keeps_order_and_size);
    GO_TEST_ADD(t, full_buffer_blocks_and_order_holds);
    GO_TEST_ADD(t, elements_of_any_size);
    GO_TEST_ADD(t, closed_channels);
    GO_TEST_ADD(t, close_wakes_all_who_wait);
    GO_TEST_ADD(t, nil_channels_never_go_on);
    GO_TEST_ADD(t, nothing_is_lost_or_doubled);
    GO_TEST_ADD(t, prime_sieve);
    tcase_add_test(t, threads_and_goroutines_mix);
    suite_add_tcase(s, t);
    return s;
}

#include "check_main.h"
