/* Contexts, inherited and ambient; scopes. */
#include "go_test.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static uint32_t done;

static void note_done(void)
{
    __atomic_fetch_add(&done, 1, __ATOMIC_SEQ_CST);
}

static uint32_t count_done(void)
{
    return __atomic_load_n(&done, __ATOMIC_SEQ_CST);
}

/* ---- the tree ---- */

GO_TEST(ending_reaches_all_below_and_none_above)
{
    struct go_context *top = go_context_new(NULL), *middle = go_context_new(top);
    struct go_context *low = go_context_new(middle), *side = go_context_new(top);
    go_context_cancel(middle);
    ck_assert_int_eq(go_context_error(middle), -ECANCELED);
    ck_assert_int_eq(go_context_error(low), -ECANCELED);
    ck_assert_int_eq(go_context_error(top), 0);
    ck_assert_int_eq(go_context_error(side), 0);
    struct go_context *late = go_context_new(middle);
    ck_assert_int_eq(go_context_error(late), -ECANCELED);
    go_context_free(top); /* its children hold it */
    go_context_free(late);
    go_context_free(low);
    go_context_free(middle);
    ck_assert_int_eq(go_context_error(side), 0);
    go_context_free(side);
    go_context_free(NULL);
    go_context_cancel(NULL);
    ck_assert_int_eq(go_context_error(NULL), 0);
    ck_assert_int_eq(go_context_deadline(NULL), GO_FOREVER);
}

GO_TEST(deadlines)
{
    int64_t now = go_now();
    struct go_context *early = go_context_new_deadline(NULL, now + 3 * GO_MS);
    struct go_context *later = go_context_new_deadline(early, now + 100 * GO_S);
    struct go_context *past = go_context_new_timeout(NULL, -1);
    struct go_context *never = go_context_new_timeout(NULL, INT64_MAX);
    ck_assert_int_eq(go_context_deadline(later), now + 3 * GO_MS);
    ck_assert_int_eq(go_context_deadline(never), GO_FOREVER);
    ck_assert_int_eq(go_context_error(past), -ETIMEDOUT);
    ck_assert_int_eq(go_context_wait(later), -ETIMEDOUT);
    ck_assert_int_ge(go_now(), now + 3 * GO_MS);
    ck_assert_int_eq(go_context_error(early), -ETIMEDOUT);
    go_context_cancel(early);
    ck_assert_int_eq(go_context_error(early), -ETIMEDOUT); /* the first end counts */
    go_context_free(early);
    go_context_free(later);
    go_context_free(past);
    go_context_free(never);
}

static int freed;

static void count_free(void *value)
{
    freed += *(int *)value;
}

GO_TEST(values_are_those_nearest_and_end_with_their_context)
{
    static int key, other_key, one = 1, ten = 10;
    freed = 0;
    struct go_context *a = go_context_new_value(NULL, &key, &one, count_free);
    struct go_context *b = go_context_new_value(a, &other_key, &ten, count_free);
    struct go_context *c = go_context_new_value(b, &key, &ten, NULL);
    ck_assert_ptr_eq(go_context_value(b, &key), &one);
    ck_assert_ptr_eq(go_context_value(c, &key), &ten);
    ck_assert_ptr_eq(go_context_value(c, &other_key), &ten);
    ck_assert_ptr_null(go_context_value(c, &freed));
    ck_assert_ptr_null(go_context_value(NULL, &key));
    go_context_free(a);
    go_context_free(b);
    ck_assert_int_eq(freed, 0);
    go_context_free(c);
    ck_assert_int_eq(freed, 11);
}

GO_TEST(a_long_chain_ends_without_a_deep_stack)
{
    struct go_context *top = go_context_new(NULL), *last = go_context_hold(top);
    for (int i = 0; i < 100000; i++) {
        struct go_context *next = go_context_new(last);
        go_context_free(last);
        last = next;
    }
    go_context_cancel(top);
    ck_assert_int_eq(go_context_error(last), -ECANCELED);
    go_context_free(top);
    go_context_free(last);
}

/* ---- the ambient one ---- */

static struct go_chan *never, *full;
static struct go_mutex held;
static struct go_rwmutex held_by_writer;
static struct go_wait_group not_done;
static struct go_sem empty;
static struct go_cond silent;
static int quiet[2];

static int wait_by(int way)
{
    int value = 0;
    char byte;
    struct go_mutex own = { 0 };
    struct go_case one = go_case_recv(never, &value);
    switch (way) {
    case 0: return go_chan_recv(never, &value);
    case 1: return go_chan_send(full, &value);
    case 2: return go_chan_recv(NULL, &value);
    case 3: return go_select(&one, 1);
    case 4: return go_select(NULL, 0);
    case 5: return go_sleep(1000 * GO_S);
    case 6: return go_mutex_lock(&held);
    case 7: return go_rwmutex_lock(&held_by_writer);
    case 8: return go_rwmutex_rlock(&held_by_writer);
    case 9: return go_wait_group_wait(&not_done);
    case 10: return go_sem_acquire(&empty, 1);
    case 11: return (int)go_read(quiet[0], &byte, 1);
    case 12: return go_wait_fd(quiet[0], 1);
    case 13: return go_context_wait(NULL);
    default: go_mutex_lock(&own); return go_cond_wait(&silent, &own);
    }
}

enum { WAYS = 15 };

static void *must_be_cancelled(void *way)
{
    ck_assert_int_eq(wait_by((int)(intptr_t)way), -ECANCELED);
    ck_assert_int_eq(wait_by((int)(intptr_t)way), -ECANCELED); /* it has ended: at once */
    note_done();
    return NULL;
}

static void goroutine_must_be_cancelled(void *way)
{
    must_be_cancelled(way);
}

static struct go_context *of_threads;

static void *thread_must_be_cancelled(void *way)
{
    struct go_context *before = go_context_enter(of_threads);
    must_be_cancelled(way);
    go_context_leave(before);
    return NULL;
}

static void prepare_waits(void)
{
    done = 0;
    never = go_chan_new(sizeof(int), 0);
    full = go_chan_new(sizeof(int), 0);
    held = (struct go_mutex){ 0 };
    held_by_writer = (struct go_rwmutex){ 0 };
    not_done = (struct go_wait_group){ 0 };
    go_mutex_lock(&held);
    go_rwmutex_lock(&held_by_writer);
    go_wait_group_add(&not_done, 1);
    ck_assert_int_eq(pipe(quiet), 0);
}

GO_TEST(children_inherit_it_and_every_wait_ends_with_it)
{
    struct go_context *context = go_context_new(NULL), *before = go_context_enter(context);
    prepare_waits();
    ck_assert_ptr_eq(go_context(), context);
    for (intptr_t way = 0; way < WAYS; way++) {
        ck_assert_int_eq(go_start(goroutine_must_be_cancelled, (void *)way), 0);
    }
    go_context_leave(before);
    ck_assert_ptr_eq(go_context(), before);
    go_sleep(3 * GO_MS);
    ck_assert_uint_eq(count_done(), 0);
    go_context_cancel(context);
    go_context_free(context);
    GO_UNTIL(count_done() == WAYS);
    go_close(quiet[0]);
    go_close(quiet[1]);
}

START_TEST(threads_have_one_too)
{
    pthread_t threads[WAYS];
    prepare_waits();
    of_threads = go_context_new(NULL);
    for (intptr_t way = 0; way < WAYS; way++) {
        ck_assert_int_eq(
            pthread_create(&threads[way], NULL, thread_must_be_cancelled, (void *)way), 0);
    }
    usleep(20000);
    ck_assert_uint_eq(count_done(), 0);
    go_context_cancel(of_threads);
    for (int i = 0; i < WAYS; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    }
    go_context_free(of_threads);
}
END_TEST

static int leave_early(void)
{
    GO_WITH_TIMEOUT(1000 * GO_S) {
        return go_context() != NULL;
    }
    return -1;
}

GO_TEST(timeouts_nest_and_are_left_on_every_way)
{
    int rounds = 0;
    GO_WITH_TIMEOUT(GO_MS) {
        GO_WITH_TIMEOUT(1000 * GO_S) {
            ck_assert_int_eq(go_sleep(500 * GO_S), -ETIMEDOUT);
        }
        rounds++;
    }
    ck_assert_ptr_null(go_context());
    GO_WITH_TIMEOUT(GO_S) {
        break;
    }
    ck_assert_ptr_null(go_context());
    ck_assert_int_eq(leave_early(), 1);
    ck_assert_ptr_null(go_context());
    ck_assert_int_eq(rounds, 1);
}

GO_TEST(select_hears_of_a_context)
{
    struct go_context *context = go_context_new_timeout(NULL, 2 * GO_MS);
    struct go_case cases[] = { go_case_done(NULL), go_case_done(context) };
    ck_assert_int_eq(go_select(cases, 2), 1);
    ck_assert_int_eq(cases[1].result, -ETIMEDOUT);
    go_context_free(context);
}

/* ---- many at once ---- */

static void churn(void *arg)
{
    for (int i = 0; i < 200; i++) {
        struct go_context *child = go_context_new_timeout(arg, GO_US * (10 + i));
        struct go_context *low = go_context_new(child);
        if (i % 3 == 0) {
            go_context_cancel(child);
        } else if (i % 3 == 1) {
            ck_assert_int_lt(go_context_wait(low), 0);
        }
        go_context_free(child);
        go_context_free(low);
    }
    go_context_free(arg);
    note_done();
}

GO_TEST(trees_grow_end_and_go_at_the_same_time)
{
    struct go_context *top = go_context_new(NULL);
    done = 0;
    for (int i = 0; i < 20; i++) {
        go_start(churn, go_context_hold(top));
    }
    GO_UNTIL(count_done() >= 5);
    go_context_cancel(top);
    go_context_free(top);
    GO_UNTIL(count_done() == 20);
}

/* ---- scopes ---- */

static int fail_with(void *arg)
{
    return (int)(intptr_t)arg;
}

static int wait_to_be_cancelled(void *arg)
{
    (void)arg;
    int result = go_sleep(1000 * GO_S);
    note_done();
    return result;
}

static uint32_t running, most;

static int count_running(void *arg)
{
    (void)arg;
    uint32_t now = __atomic_add_fetch(&running, 1, __ATOMIC_SEQ_CST);
    uint32_t seen = __atomic_load_n(&most, __ATOMIC_SEQ_CST);
    while (now > seen && !__atomic_compare_exchange_n(&most, &seen, now, 0, __ATOMIC_SEQ_CST,
                                                      __ATOMIC_SEQ_CST)) {
    }
    go_sleep(GO_MS / 5);
    __atomic_sub_fetch(&running, 1, __ATOMIC_SEQ_CST);
    note_done();
    return 0;
}

GO_TEST(a_scope_joins_all_and_tells_the_first_error)
{
    struct go_scope *scope = go_scope_new(0);
    done = 0;
    for (int i = 0; i < 10; i++) {
        ck_assert_int_eq(go_scope_start(scope, wait_to_be_cancelled, NULL), 0);
    }
    ck_assert_int_eq(go_scope_start(scope, fail_with, (void *)-5), 0);
    ck_assert_int_eq(go_scope_join(scope), -5);
    ck_assert_uint_eq(count_done(), 10);
    scope = go_scope_new(0);
    ck_assert_int_eq(go_scope_start(scope, fail_with, NULL), 0);
    ck_assert_int_eq(go_scope_join(scope), 0);
}

GO_TEST(a_scope_limits_how_many_run)
{
    struct go_scope *scope = go_scope_new(3);
    done = running = most = 0;
    for (int i = 0; i < 30; i++) {
        ck_assert_int_eq(go_scope_start(scope, count_running, NULL), 0);
    }
    ck_assert_int_eq(go_scope_join(scope), 0);
    ck_assert_uint_eq(count_done(), 30);
    ck_assert_uint_le(most, 3);
}

GO_TEST(a_scope_can_be_abandoned_and_ends_with_its_starter)
{
    struct go_scope *scope = go_scope_new(1);
    done = 0;
    go_scope_start(scope, wait_to_be_cancelled, NULL);
    GO_WITH_TIMEOUT(GO_MS) {
        ck_assert_int_eq(go_scope_start(scope, wait_to_be_cancelled, NULL), -ETIMEDOUT);
    }
    ck_assert_int_eq(go_scope_abandon(scope), -ECANCELED);
    ck_assert_uint_eq(count_done(), 1);
    GO_WITH_TIMEOUT(2 * GO_MS) {
        scope = go_scope_new(0);
        go_scope_start(scope, wait_to_be_cancelled, NULL);
        ck_assert_int_eq(go_scope_join(scope), -ETIMEDOUT);
    }
    ck_assert_uint_eq(count_done(), 2);
}

GO_TEST(a_scope_that_could_not_be_made_tells_so_at_the_end)
{
    struct go_scope *scope = go_scope_new(0);
    ck_assert_int_eq(go_scope_start(scope, NULL, NULL), -EINVAL);
    ck_assert_int_eq(go_scope_join(scope), 0);
    ck_assert_int_eq(go_scope_start(NULL, fail_with, NULL), -ENOMEM);
    go_scope_cancel(NULL);
    ck_assert_int_eq(go_scope_join(NULL), -ENOMEM);
    ck_assert_int_eq(go_scope_abandon(NULL), -ENOMEM);
}

static Suite *suite(void)
{
    Suite *s = suite_create("runtime_go_context");
    TCase *t = tcase_create("contexts");
    tcase_set_timeout(t, 60);
    GO_TEST_ADD(t, ending_reaches_all_below_and_none_above);
    GO_TEST_ADD(t, deadlines);
    GO_TEST_ADD(t, values_are_those_nearest_and_end_with_their_context);
    GO_TEST_ADD(t, a_long_chain_ends_without_a_deep_stack);
    GO_TEST_ADD(t, children_inherit_it_and_every_wait_ends_with_it);
    GO_TEST_ADD(t, timeouts_nest_and_are_left_on_every_way);
    GO_TEST_ADD(t, select_hears_of_a_context);
    GO_TEST_ADD(t, trees_grow_end_and_go_at_the_same_time);
    GO_TEST_ADD(t, a_scope_joins_all_and_tells_the_first_error);
    GO_TEST_ADD(t, a_scope_limits_how_many_run);
    GO_TEST_ADD(t, a_scope_can_be_abandoned_and_ends_with_its_starter);
    GO_TEST_ADD(t, a_scope_that_could_not_be_made_tells_so_at_the_end);
    tcase_add_test(t, threads_have_one_too);
    suite_add_tcase(s, t);
    return s;
}

#include "check_main.h"
