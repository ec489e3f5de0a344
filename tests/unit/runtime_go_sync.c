/* Mutex, rwmutex, wait group, once, condition, semaphore, pool: as Go's documentation has them, and
 * what is particular to ours. */
#include "go_test.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MANY = 40 };

static int each; /* 500, or fewer */
static uint32_t done;

static void note_done(void)
{
    __atomic_fetch_add(&done, 1, __ATOMIC_SEQ_CST);
}

static uint32_t count_done(void)
{
    return __atomic_load_n(&done, __ATOMIC_SEQ_CST);
}

static void let_run(void)
{
    for (int i = 0; i < 300; i++) {
        go_yield();
    }
}

/* ---- mutex ---- */

struct guarded {
    struct go_mutex mutex;
    struct go_rwmutex rwmutex;
    struct go_wait_group group;
    long value; /* not atomic */
    uint32_t readers, writers;
};

static void add_under_lock(void *arg)
{
    struct guarded *g = arg;
    for (int i = 0; i < each; i++) {
        ck_assert_int_eq(go_mutex_lock(&g->mutex), 0);
        long seen = g->value;
        if (i % 16 == 0) {
            go_yield();
        }
        g->value = seen + 1;
        ck_assert_int_eq(go_mutex_unlock(&g->mutex), 0);
    }
}

GO_TEST(one_at_a_time)
{
    struct guarded g = { .value = 0 };
    for (int i = 0; i < MANY; i++) {
        ck_assert_int_eq(go_wait_group_start(&g.group, add_under_lock, &g), 0);
    }
    ck_assert_int_eq(go_wait_group_wait(&g.group), 0);
    ck_assert_int_eq(g.value, MANY * each);
    ck_assert_int_eq(g.mutex.state_, 0);
}

static void *thread_adds(void *arg)
{
    add_under_lock(arg);
    return NULL;
}

START_TEST(threads_and_goroutines_share_a_mutex)
{
    struct guarded g = { .value = 0 };
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(pthread_create(&threads[i], NULL, thread_adds, &g), 0);
        ck_assert_int_eq(go_wait_group_start(&g.group, add_under_lock, &g), 0);
    }
    ck_assert_int_eq(go_wait_group_wait(&g.group), 0);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    }
    ck_assert_int_eq(g.value, 6 * each);
}
END_TEST

GO_TEST(mutex_misuse_and_try)
{
    struct go_mutex m = { 0 };
    ck_assert_int_eq(go_mutex_unlock(&m), -EPERM);
    ck_assert(go_mutex_try_lock(&m));
    ck_assert(!go_mutex_try_lock(&m));
    ck_assert_int_eq(go_mutex_unlock(&m), 0);
    ck_assert_int_eq(go_mutex_unlock(&m), -EPERM);
}

static void lock_and_note(void *arg)
{
    ck_assert_int_eq(go_mutex_lock(arg), 0);
    note_done();
    go_mutex_unlock(arg);
}

GO_TEST(another_may_unlock_and_the_context_ends_a_wait)
{
    struct go_mutex m = { 0 };
    done = 0;
    go_mutex_lock(&m);
    GO_WITH_TIMEOUT(GO_MS) {
        ck_assert_int_eq(go_mutex_lock(&m), -ETIMEDOUT);
    }
    struct go_context *ended = go_context_new(NULL), *before = go_context_enter(ended);
    go_context_cancel(ended);
    ck_assert_int_eq(go_mutex_lock(&m), -ECANCELED);
    go_context_leave(before);
    go_context_free(ended);
    for (int i = 0; i < MANY; i++) {
        go_start(lock_and_note, &m);
    }
    let_run();
    ck_assert_uint_eq(count_done(), 0);
    go_mutex_unlock(&m);
    GO_UNTIL(count_done() == MANY);
    GO_UNTIL(m.state_ == 0);
}

/* One that holds the lock nearly always cannot keep another out. */
static uint32_t greedy_stop;

static void be_greedy(void *arg)
{
    while (!__atomic_load_n(&greedy_stop, __ATOMIC_SEQ_CST)) {
        go_mutex_lock(arg);
        go_sleep(GO_MS / 5);
        go_mutex_unlock(arg);
    }
    note_done();
}

GO_TEST(nobody_starves)
{
    struct go_mutex m = { 0 };
    done = greedy_stop = 0;
    go_start(be_greedy, &m);
    go_start(be_greedy, &m);
    for (int i = 0; i < 20; i++) {
        ck_assert_int_eq(go_mutex_lock(&m), 0);
        go_mutex_unlock(&m);
    }
    __atomic_store_n(&greedy_stop, 1, __ATOMIC_SEQ_CST);
    GO_UNTIL(count_done() == 2);
}

/* Who got the lock last may free it. */
struct counted {
    struct go_mutex mutex;
    int holders;
};

static void drop_counted(void *arg)
{
    struct counted *c = arg;
    go_mutex_lock(&c->mutex);
    bool last = --c->holders == 0;
    go_mutex_unlock(&c->mutex);
    if (last) {
        free(c);
    }
    note_done();
}

GO_TEST(the_last_holder_frees)
{
    int many = go_test_count(300);
    done = 0;
    for (int i = 0; i < many; i++) {
        struct counted *c = calloc(1, sizeof(*c));
        c->holders = 4;
        for (int k = 0; k < 4; k++) {
            go_start(drop_counted, c);
        }
    }
    GO_UNTIL(count_done() == 4 * (uint32_t)many);
}

static void lock_impatiently(void *arg)
{
    struct guarded *g = arg;
    for (int i = 0; i < each / 5; i++) {
        GO_WITH_TIMEOUT(GO_US * (20 + i)) {
            if (go_mutex_lock(&g->mutex) == 0) {
                g->value++;
                if (i % 8 == 0) {
                    go_sleep(GO_US * 30);
                }
                g->value--;
                go_mutex_unlock(&g->mutex);
            }
        }
    }
}

GO_TEST(waits_that_end_lose_nothing)
{
    struct guarded g = { .value = 0 };
    for (int i = 0; i < MANY / 2; i++) {
        go_wait_group_start(&g.group, lock_impatiently, &g);
    }
    ck_assert_int_eq(go_wait_group_wait(&g.group), 0);
    ck_assert_int_eq(go_mutex_lock(&g.mutex), 0);
    ck_assert_int_eq(g.value, 0);
    ck_assert_int_eq(go_mutex_unlock(&g.mutex), 0);
    ck_assert_int_eq(g.mutex.state_, 0);
}

/* ---- who holds it ---- */

/* True when the dump of all goroutines has that text. */
static void read_and_note(void *arg)
{
    ck_assert_int_eq(go_rwmutex_rlock(arg), 0);
    go_rwmutex_runlock(arg);
    note_done();
}

/* The mutex profile is in that text form. */
static bool profile_has(const char *wanted)
{
    static char text[1 << 16];
    int fd = memfd_create("profile", MFD_CLOEXEC);
    ck_assert_int_eq(pprof_write("mutex", fd, 1), 0);
    ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
    close(fd);
    text[n > 0 ? n : 0] = '\0';
    return strstr(text, wanted) != NULL;
}

__attribute__((noinline)) static void let_others_in(struct go_mutex *m, struct go_rwmutex *rw)
{
    ck_assert_int_eq(go_mutex_unlock(m), 0);
    ck_assert_int_eq(go_rwmutex_unlock(rw), 0);
}

GO_TEST(the_mutex_profile_has_the_unlock)
{
    struct go_mutex m = { 0 };
    struct go_rwmutex rw = { 0 };
    int before = pprof_mutex_fraction(1);
    while (!profile_has("let_others_in+")) {
        done = 0;
        go_mutex_lock(&m);
        go_rwmutex_lock(&rw);
        go_start(lock_and_note, &m);
        go_start(read_and_note, &rw);
        go_sleep(20 * GO_MS);
        let_others_in(&m, &rw);
        GO_UNTIL(count_done() == 2);
    }
    pprof_mutex_fraction(before);
}

static struct go_mutex ring[3];
static struct go_rwmutex ring_end;
static uint32_t ring_held;

static void hold_and_want(void *arg)
{
    size_t at = (size_t)(uintptr_t)arg;
    GO_WITH_TIMEOUT(1000 * GO_S) {
        go_mutex_lock(&ring[at]);
        __atomic_fetch_add(&ring_held, 1, __ATOMIC_SEQ_CST);
        GO_UNTIL(__atomic_load_n(&ring_held, __ATOMIC_SEQ_CST) == 3);
        if (go_mutex_lock(&ring[(at + 1) % 3]) == 0) {
            go_mutex_unlock(&ring[(at + 1) % 3]);
        }
        go_mutex_unlock(&ring[at]);
    }
    note_done();
}

GO_TEST(a_ring_of_waits_is_told)
{
    struct go_context *context = go_context_new(NULL), *before = go_context_enter(context);
    memset(ring, 0, sizeof(ring));
    done = ring_held = 0;
    for (uintptr_t i = 0; i < 3; i++) {
        go_start(hold_and_want, (void *)i);
    }
    go_context_leave(before);
    GO_UNTIL(go_test_dumped("# deadlock: goroutine "));
    ck_assert(go_test_dumped(": until the first of them gives up"));
    go_context_cancel(context);
    go_context_free(context);
    GO_UNTIL(count_done() == 3);
    ck_assert(!go_test_dumped("# deadlock"));
}

static void keep_locked(void *arg)
{
    go_mutex_lock(arg);
    note_done();
}

static void keep_writing(void *arg)
{
    go_rwmutex_lock(arg);
    note_done();
}

GO_TEST(a_holder_that_has_ended_is_told)
{
    struct go_mutex m = { 0 };
    ring_end = (struct go_rwmutex){ 0 };
    done = 0;
    go_start(keep_locked, &m);
    go_start(keep_writing, &ring_end);
    GO_UNTIL(count_done() == 2);
    go_start(lock_and_note, &m);
    GO_UNTIL(go_test_dumped("# waits for mutex 0x"));
    GO_UNTIL(go_test_dumped(", which has ended\n"));
    go_mutex_unlock(&m);
    GO_UNTIL(count_done() == 3);
    go_start(read_and_note, &ring_end);
    GO_UNTIL(go_test_dumped("# waits for rwlock 0x"));
    GO_UNTIL(go_test_dumped(", which has ended\n"));
    go_rwmutex_unlock(&ring_end);
    GO_UNTIL(count_done() == 4);
}

static void keep_reading(void *arg)
{
    ck_assert_int_eq(go_rwmutex_rlock(arg), 0);
    note_done();
    GO_UNTIL(count_done() >= 100);
    ck_assert_int_eq(go_rwmutex_runlock(arg), 0);
    note_done();
}

static void write_and_note(void *arg)
{
    ck_assert_int_eq(go_rwmutex_lock(arg), 0);
    go_rwmutex_unlock(arg);
    note_done();
}

GO_TEST(readers_are_told)
{
    struct go_rwmutex m = { 0 };
    char text[100];
    done = 0;
    ck_assert_int_eq(go_rwmutex_rlock(&m), 0);
    go_start(write_and_note, &m);
    (void)snprintf(text, sizeof(text), "# waits for rwlock %p held by goroutine %llu\n", (void *)&m,
                   (unsigned long long)go_id());
    GO_UNTIL(go_test_dumped(text));
    go_rwmutex_runlock(&m);
    GO_UNTIL(count_done() == 1);
    go_rwmutex_rlock(&m);
    go_start(keep_reading, &m);
    GO_UNTIL(count_done() == 2);
    go_start(write_and_note, &m);
    GO_UNTIL(go_test_dumped(" and 1 more reader\n"));
    go_rwmutex_runlock(&m);
    GO_UNTIL(!go_test_dumped(" more reader"));
    ck_assert(go_test_dumped("# waits for rwlock 0x"));
    ck_assert(!go_test_dumped("held by 1 reader"));
    __atomic_store_n(&done, 100, __ATOMIC_SEQ_CST);
    GO_UNTIL(count_done() == 102);
    ck_assert_uint_eq(m.state_, 0);
}

static void want_more(void *arg)
{
    ck_assert_int_eq(go_rwmutex_rlock(arg), 0);
    ck_assert_int_eq(go_rwmutex_lock(arg), -ECANCELED);
    go_rwmutex_runlock(arg);
    note_done();
}

GO_TEST(a_reader_that_wants_to_write_is_told)
{
    struct go_rwmutex m = { 0 };
    struct go_context *context = go_context_new(NULL), *before = go_context_enter(context);
    struct go_options named = { .name = "greedy" };
    done = 0;
    go_start_with(&named, want_more, &m);
    go_context_leave(before);
    GO_UNTIL(go_test_dumped(" held by itself\n"));
    ck_assert(go_test_dumped(" [sync.RWMutex.Lock, named greedy]:\n"));
    go_context_cancel(context);
    go_context_free(context);
    GO_UNTIL(count_done() == 1);
}

/* ---- rwmutex ---- */

static void read_and_write(void *arg)
{
    struct guarded *g = arg;
    for (int i = 0; i < each / 5; i++) {
        if (i % 5 == 0) {
            ck_assert_int_eq(go_rwmutex_lock(&g->rwmutex), 0);
            ck_assert_uint_eq(__atomic_add_fetch(&g->writers, 1, __ATOMIC_SEQ_CST), 1);
            ck_assert_uint_eq(__atomic_load_n(&g->readers, __ATOMIC_SEQ_CST), 0);
            g->value++;
            go_yield();
            __atomic_sub_fetch(&g->writers, 1, __ATOMIC_SEQ_CST);
            ck_assert_int_eq(go_rwmutex_unlock(&g->rwmutex), 0);
        } else {
            ck_assert_int_eq(go_rwmutex_rlock(&g->rwmutex), 0);
            __atomic_add_fetch(&g->readers, 1, __ATOMIC_SEQ_CST);
            ck_assert_uint_eq(__atomic_load_n(&g->writers, __ATOMIC_SEQ_CST), 0);
            go_yield();
            __atomic_sub_fetch(&g->readers, 1, __ATOMIC_SEQ_CST);
            ck_assert_int_eq(go_rwmutex_runlock(&g->rwmutex), 0);
        }
    }
}

GO_TEST(many_readers_or_one_writer)
{
    struct guarded g = { .value = 0 };
    for (int i = 0; i < MANY; i++) {
        go_wait_group_start(&g.group, read_and_write, &g);
    }
    ck_assert_int_eq(go_wait_group_wait(&g.group), 0);
    ck_assert_int_eq(g.value, MANY * each / 25);
    ck_assert_uint_eq(g.rwmutex.state_, 0);
}

static void write_once(void *arg)
{
    struct guarded *g = arg;
    ck_assert_int_eq(go_rwmutex_lock(&g->rwmutex), 0);
    g->value = 1;
    go_rwmutex_unlock(&g->rwmutex);
}

static void read_after_writer(void *arg)
{
    struct guarded *g = arg;
    ck_assert_int_eq(go_rwmutex_rlock(&g->rwmutex), 0);
    ck_assert_int_eq(g->value, 1);
    go_rwmutex_runlock(&g->rwmutex);
    note_done();
}

GO_TEST(a_waiting_writer_keeps_new_readers_out)
{
    struct guarded g = { .value = 0 };
    done = 0;
    ck_assert_int_eq(go_rwmutex_rlock(&g.rwmutex), 0);
    ck_assert(go_rwmutex_try_rlock(&g.rwmutex));
    go_start(write_once, &g);
    GO_UNTIL(__atomic_load_n(&g.rwmutex.state_, __ATOMIC_SEQ_CST) & 2);
    ck_assert(!go_rwmutex_try_rlock(&g.rwmutex));
    go_start(read_after_writer, &g);
    go_start(read_after_writer, &g);
    let_run();
    ck_assert_uint_eq(count_done(), 0);
    go_rwmutex_runlock(&g.rwmutex);
    go_rwmutex_runlock(&g.rwmutex);
    GO_UNTIL(count_done() == 2);
}

static void write_and_give_up(void *arg)
{
    ck_assert_int_eq(go_rwmutex_lock(arg), -ECANCELED);
    note_done();
}

/* Starts it with a context of its own: to be cancelled and freed. */
static struct go_context *start_impatient(go_fn fn, void *arg)
{
    struct go_context *context = go_context_new(NULL), *before = go_context_enter(context);
    ck_assert_int_eq(go_start(fn, arg), 0);
    go_context_leave(before);
    return context;
}

GO_TEST(a_writer_that_gives_up_lets_readers_in)
{
    struct go_rwmutex m = { 0 };
    done = 0;
    ck_assert_int_eq(go_rwmutex_rlock(&m), 0);
    struct go_context *context = start_impatient(write_and_give_up, &m);
    GO_UNTIL(__atomic_load_n(&m.state_, __ATOMIC_SEQ_CST) & 2);
    go_start(read_and_note, &m);
    go_start(read_and_note, &m);
    let_run();
    ck_assert_uint_eq(count_done(), 0);
    go_context_cancel(context);
    go_context_free(context);
    GO_UNTIL(count_done() == 3); /* though this reader stays */
    go_rwmutex_runlock(&m);
    ck_assert(go_rwmutex_try_lock(&m));
    go_rwmutex_unlock(&m);
}

GO_TEST(rwmutex_misuse)
{
    struct go_rwmutex m = { 0 };
    ck_assert_int_eq(go_rwmutex_unlock(&m), -EPERM);
    ck_assert_int_eq(go_rwmutex_runlock(&m), -EPERM);
    go_rwmutex_rlock(&m);
    ck_assert_int_eq(go_rwmutex_unlock(&m), -EPERM);
    ck_assert(!go_rwmutex_try_lock(&m));
    ck_assert_int_eq(go_rwmutex_runlock(&m), 0);
    go_rwmutex_lock(&m);
    ck_assert_int_eq(go_rwmutex_runlock(&m), -EPERM);
    ck_assert(!go_rwmutex_try_rlock(&m));
    ck_assert_int_eq(go_rwmutex_unlock(&m), 0);
}

/* ---- wait group, once ---- */

static void end_by_exit(void *arg)
{
    (void)arg;
    note_done();
    go_exit();
}

static void wait_for_group(void *arg)
{
    ck_assert_int_eq(go_wait_group_wait(arg), 0);
    note_done();
}

GO_TEST(wait_groups)
{
    struct go_wait_group group = { 0 };
    done = 0;
    ck_assert_int_eq(go_wait_group_wait(&group), 0);
    ck_assert_int_eq(go_wait_group_done(&group), -EINVAL);
    ck_assert_int_eq(go_wait_group_add(&group, 2), 0);
    ck_assert_int_eq(go_wait_group_add(&group, -3), -EINVAL);
    go_start(wait_for_group, &group);
    go_start(wait_for_group, &group);
    GO_WITH_TIMEOUT(GO_MS) {
        ck_assert_int_eq(go_wait_group_wait(&group), -ETIMEDOUT);
    }
    go_wait_group_done(&group);
    let_run();
    ck_assert_uint_eq(count_done(), 0);
    go_wait_group_done(&group);
    GO_UNTIL(count_done() == 2);
    ck_assert_int_eq(go_wait_group_start(&group, end_by_exit, NULL), 0);
    ck_assert_int_eq(go_wait_group_wait(&group), 0);
    ck_assert_uint_eq(count_done(), 3);
}

static struct go_once once_only;

static void make_once(void *arg)
{
    go_sleep(2 * GO_MS);
    ++*(int *)arg;
}

static void do_once(void *arg)
{
    ck_assert_int_eq(go_once_do(&once_only, make_once, arg), 0);
    ck_assert_int_eq(*(int *)arg, 1);
    note_done();
}

GO_TEST(once)
{
    int made = 0;
    done = 0;
    once_only = (struct go_once){ 0 };
    for (int i = 0; i < MANY; i++) {
        go_start(do_once, &made);
    }
    do_once(&made);
    GO_UNTIL(count_done() == MANY + 1);
    ck_assert_int_eq(made, 1);
}

/* ---- condition ---- */

struct gate {
    struct go_mutex mutex;
    struct go_cond cond;
    uint32_t waiting;
    bool is_open;
};

static void pass_gate(void *arg)
{
    struct gate *gate = arg;
    go_mutex_lock(&gate->mutex);
    gate->waiting++;
    ck_assert_int_eq(go_cond_wait(&gate->cond, &gate->mutex), 0);
    gate->waiting--;
    go_mutex_unlock(&gate->mutex);
    note_done();
}

static uint32_t count_waiting(struct gate *gate)
{
    go_mutex_lock(&gate->mutex);
    uint32_t n = gate->waiting;
    go_mutex_unlock(&gate->mutex);
    return n;
}

GO_TEST(signal_wakes_one_and_broadcast_all)
{
    struct gate gate = { .waiting = 0 };
    done = 0;
    go_cond_signal(&gate.cond); /* nobody there: forgotten */
    for (int i = 0; i < 10; i++) {
        go_start(pass_gate, &gate);
    }
    GO_UNTIL(count_waiting(&gate) == 10);
    go_cond_signal(&gate.cond);
    GO_UNTIL(count_done() == 1);
    let_run();
    ck_assert_uint_eq(count_done(), 1);
    go_cond_broadcast(&gate.cond);
    GO_UNTIL(count_done() == 10);
}

GO_TEST(a_condition_wait_ends_with_the_context_and_holds_the_mutex)
{
    struct gate gate = { .waiting = 0 };
    ck_assert_int_eq(go_cond_wait(&gate.cond, &gate.mutex), -EPERM);
    go_mutex_lock(&gate.mutex);
    GO_WITH_TIMEOUT(GO_MS) {
        ck_assert_int_eq(go_cond_wait(&gate.cond, &gate.mutex), -ETIMEDOUT);
        ck_assert(!go_mutex_try_lock(&gate.mutex));
    }
    ck_assert_int_eq(go_mutex_unlock(&gate.mutex), 0);
    ck_assert_uint_eq(gate.cond.waiters_, 0);
}

struct exchange {
    struct go_mutex mutex;
    struct go_cond filled, emptied;
    struct go_wait_group group;
    int slots;
    long sum;
};

static void put_items(void *arg)
{
    struct exchange *x = arg;
    for (int i = 0; i < each; i++) {
        go_mutex_lock(&x->mutex);
        while (x->slots == 3) {
            go_cond_wait(&x->emptied, &x->mutex);
        }
        x->slots++;
        go_cond_signal(&x->filled);
        go_mutex_unlock(&x->mutex);
    }
}

static void take_items(void *arg)
{
    struct exchange *x = arg;
    for (int i = 0; i < each; i++) {
        go_mutex_lock(&x->mutex);
        while (x->slots == 0) {
            go_cond_wait(&x->filled, &x->mutex);
        }
        x->slots--;
        x->sum++;
        go_cond_signal(&x->emptied);
        go_mutex_unlock(&x->mutex);
    }
}

GO_TEST(no_signal_is_lost)
{
    struct exchange x = { .slots = 0 };
    for (int i = 0; i < 6; i++) {
        go_wait_group_start(&x.group, i % 2 ? put_items : take_items, &x);
    }
    ck_assert_int_eq(go_wait_group_wait(&x.group), 0);
    ck_assert_int_eq(x.sum, 3 * each);
    ck_assert_int_eq(x.slots, 0);
}

/* ---- semaphore, pool ---- */

struct needs {
    struct go_sem *sem;
    int64_t n;
};

static void acquire_and_note(void *arg)
{
    struct needs *needs = arg;
    ck_assert_int_eq(go_sem_acquire(needs->sem, needs->n), 0);
    note_done();
}

GO_TEST(semaphores_serve_in_order)
{
    struct go_sem sem = { 0 };
    struct needs five = { &sem, 5 }, one = { &sem, 1 };
    done = 0;
    ck_assert_int_eq(go_sem_add(&sem, -1), -EINVAL);
    ck_assert_int_eq(go_sem_acquire(&sem, -1), -EINVAL);
    ck_assert_int_eq(go_sem_add(&sem, 2), 0);
    ck_assert(!go_sem_try_acquire(&sem, 3));
    go_start(acquire_and_note, &five);
    GO_UNTIL(__atomic_load_n(&sem.queue_[0], __ATOMIC_SEQ_CST) != NULL);
    ck_assert(!go_sem_try_acquire(&sem, 1)); /* not before the one that waits */
    go_start(acquire_and_note, &one);
    let_run();
    ck_assert_uint_eq(count_done(), 0);
    go_sem_add(&sem, 4);
    GO_UNTIL(count_done() == 2);
    ck_assert_int_eq(sem.count_, 0);
}

static void acquire_and_give_up(void *arg)
{
    struct needs *needs = arg;
    ck_assert_int_eq(go_sem_acquire(needs->sem, needs->n), -ECANCELED);
    note_done();
}

GO_TEST(one_that_gives_up_lets_those_behind_go)
{
    struct go_sem sem = { 0 };
    struct needs five = { &sem, 5 }, one = { &sem, 1 };
    done = 0;
    go_sem_add(&sem, 2);
    struct go_context *context = start_impatient(acquire_and_give_up, &five);
    GO_UNTIL(__atomic_load_n(&sem.queue_[0], __ATOMIC_SEQ_CST) != NULL);
    go_start(acquire_and_note, &one);
    let_run();
    ck_assert_uint_eq(count_done(), 0);
    go_context_cancel(context);
    go_context_free(context);
    GO_UNTIL(count_done() == 2);
    ck_assert_int_eq(sem.count_, 1);
}

static void *make_thing(void *ctx)
{
    ++*(int *)ctx;
    return malloc(8);
}

static int dropped;

static void drop_thing(void *thing)
{
    dropped++;
    free(thing);
}

GO_TEST(pools_keep_some_and_drop_the_rest)
{
    int made = 0;
    void *things[3];
    dropped = 0;
    struct go_pool *pool = go_pool_new(make_thing, drop_thing, &made, 2);
    for (int i = 0; i < 3; i++) {
        things[i] = go_pool_get(pool);
        ck_assert_ptr_nonnull(things[i]);
    }
    for (int i = 0; i < 3; i++) {
        go_pool_put(pool, things[i]);
    }
    ck_assert_int_eq(dropped, 1);
    ck_assert_ptr_eq(go_pool_get(pool), things[1]);
    ck_assert_int_eq(made, 3);
    go_pool_put(pool, things[1]);
    go_pool_put(pool, NULL);
    go_pool_free(pool);
    ck_assert_int_eq(dropped, 3);
    ck_assert_ptr_null(go_pool_new(NULL, NULL, NULL, SIZE_MAX / 4));
}

/* Profiling is off in a program that is built with ThreadSanitizer. */
extern void __tsan_init(void) __attribute__((weak));

static Suite *suite(void)
{
    Suite *s = suite_create("runtime_go_sync");
    each = go_test_count(500);
    TCase *t = tcase_create("locks");
    tcase_set_timeout(t, 60);
    GO_TEST_ADD(t, one_at_a_time);
    GO_TEST_ADD(t, mutex_misuse_and_try);
    GO_TEST_ADD(t, another_may_unlock_and_the_context_ends_a_wait);
    GO_TEST_ADD(t, nobody_starves);
    GO_TEST_ADD(t, the_last_holder_frees);
    GO_TEST_ADD(t, waits_that_end_lose_nothing);
    if (!__tsan_init) {
        GO_TEST_ADD(t, the_mutex_profile_has_the_unlock);
    }
    GO_TEST_ADD(t, a_ring_of_waits_is_told);
    GO_TEST_ADD(t, a_holder_that_has_ended_is_told);
    GO_TEST_ADD(t, readers_are_told);
    GO_TEST_ADD(t, a_reader_that_wants_to_write_is_told);
    GO_TEST_ADD(t, many_readers_or_one_writer);
    GO_TEST_ADD(t, a_waiting_writer_keeps_new_readers_out);
    GO_TEST_ADD(t, a_writer_that_gives_up_lets_readers_in);
    GO_TEST_ADD(t, rwmutex_misuse);
    GO_TEST_ADD(t, wait_groups);
    GO_TEST_ADD(t, once);
    GO_TEST_ADD(t, signal_wakes_one_and_broadcast_all);
    GO_TEST_ADD(t, a_condition_wait_ends_with_the_context_and_holds_the_mutex);
    GO_TEST_ADD(t, no_signal_is_lost);
    GO_TEST_ADD(t, semaphores_serve_in_order);
    GO_TEST_ADD(t, one_that_gives_up_lets_those_behind_go);
    GO_TEST_ADD(t, pools_keep_some_and_drop_the_rest);
    tcase_add_test(t, threads_and_goroutines_share_a_mutex);
    suite_add_tcase(s, t);
    return s;
}

#include "check_main.h"
