/* CockroachDB. */
#include "kernels.h"

/* 10214: the heartbeat sender and the tick take two locks in opposite order. */
static struct { struct go_mutex coalesced, raft; } c10214;

static void c10214_send(void *arg)
{
    (void)arg;
    go_mutex_lock(&c10214.coalesced);
    let_others();
    go_mutex_lock(&c10214.raft); /* LEAK cockroach/10214: sync.Mutex.Lock */
    go_mutex_unlock(&c10214.raft);
    go_mutex_unlock(&c10214.coalesced);
}

static void c10214_run(void *arg)
{
    struct go_mutex *first = fixed ? &c10214.coalesced : &c10214.raft;
    struct go_mutex *second = fixed ? &c10214.raft : &c10214.coalesced;
    go_start(c10214_send, arg);
    let_others();
    go_mutex_lock(first);
    let_others();
    go_mutex_lock(second); /* LEAK cockroach/10214: sync.Mutex.Lock */
    go_mutex_unlock(second);
    go_mutex_unlock(first);
}

/* 1055: the stopper keeps its lock while it waits for tasks, which end only when it stops. */
static struct { struct go_mutex lock; struct go_wait_group tasks; struct go_chan *stop; } c1055;

static void c1055_task(void *arg)
{
    (void)arg;
    go_chan_recv(c1055.stop, NULL); /* LEAK cockroach/1055: chan receive */
    go_wait_group_done(&c1055.tasks);
}

static void c1055_start_task(void *arg)
{
    (void)arg;
    go_mutex_lock(&c1055.lock); /* LEAK cockroach/1055: sync.Mutex.Lock */
    go_mutex_unlock(&c1055.lock);
}

static void c1055_run(void *arg)
{
    c1055.stop = chan_with_room(0);
    go_wait_group_add(&c1055.tasks, 1);
    go_start(c1055_task, arg);
    go_mutex_lock(&c1055.lock);
    go_start(c1055_start_task, arg);
    if (fixed) {
        go_chan_close(c1055.stop);
    }
    go_wait_group_wait(&c1055.tasks); /* LEAK cockroach/1055: sync.WaitGroup.Wait */
    go_chan_close(c1055.stop);
    go_mutex_unlock(&c1055.lock);
}

/* 10790: who collects the commands leaves with its context, and they cannot hand in results. */
static void c10790_command(void *results)
{
    go_chan_send(results, &one); /* LEAK cockroach/10790: chan send */
}

static void c10790_run(void *arg)
{
    struct go_chan *results = chan_with_room(fixed ? 2 : 0);
    struct go_context *context = go_context_new(arg);
    go_context_cancel(context);
    struct go_case cases[] = { go_case_done(context) };
    go_select(cases, 1);
    go_start(c10790_command, results);
    go_start(c10790_command, results);
    go_context_free(context);
}

/* 13197: a transaction's watcher waits for a context that nobody cancels. */
static void c13197_await_done(void *context)
{
    go_context_wait(context); /* LEAK cockroach/13197: chan receive */
    go_context_free(context);
}

static void c13197_run(void *arg)
{
    struct go_context *context = go_context_new(arg);
    go_start(c13197_await_done, go_context_hold(context));
    if (fixed) {
        go_context_cancel(context); /* commit */
    }
    go_context_free(context);
}

/* 13755: rows are read but not closed, so their watcher stays. */
struct c13755_rows { struct go_context *context; };

static void c13755_await_done(void *context)
{
    go_context_wait(context); /* LEAK cockroach/13755: chan receive */
}

static void c13755_close(struct c13755_rows *rows)
{
    go_context_cancel(rows->context);
}

static void c13755_run(void *arg)
{
    struct c13755_rows rows = { go_context_new(arg) };
    go_start(c13755_await_done, rows.context);
    let_others();
    if (fixed) {
        c13755_close(&rows);
    }
}

/* 1462: the reader of events leaves when told to stop; the worker still has one to send. */
static struct { struct go_chan *events, *stop; struct go_wait_group workers; } c1462;

static void c1462_worker(void *arg)
{
    struct go_case cases[] = { go_case_send(c1462.events, &one), go_case_recv(c1462.stop, NULL) };
    (void)arg;
    if (fixed) {
        go_select(cases, 2);
    } else {
        go_chan_send(c1462.events, &one); /* LEAK cockroach/1462: chan send */
    }
    go_wait_group_done(&c1462.workers);
}

static void c1462_run(void *arg)
{
    c1462.events = chan_with_room(0);
    c1462.stop = chan_with_room(0);
    go_wait_group_add(&c1462.workers, 1);
    go_start(c1462_worker, arg);
    go_chan_close(c1462.stop); /* the reader saw this first */
    go_wait_group_wait(&c1462.workers); /* LEAK cockroach/1462: sync.WaitGroup.Wait */
}

/* 16167: a statement reads the system configuration twice, a change comes between. */
static struct go_rwmutex c16167_config;

static void c16167_update(void *arg)
{
    (void)arg;
    go_rwmutex_lock(&c16167_config); /* LEAK cockroach/16167: sync.RWMutex.Lock */
    go_rwmutex_unlock(&c16167_config);
}

static void c16167_get_version(void)
{
    go_rwmutex_rlock(&c16167_config); /* LEAK cockroach/16167: sync.RWMutex.RLock */
    go_rwmutex_runlock(&c16167_config);
}

static void c16167_run(void *arg)
{
    go_rwmutex_rlock(&c16167_config);
    go_start(c16167_update, arg);
    let_others();
    if (fixed) {
        go_rwmutex_runlock(&c16167_config);
        c16167_get_version();
    } else {
        c16167_get_version();
        go_rwmutex_runlock(&c16167_config);
    }
}

/* 18101: the context ends the reader of splits, not those who send them. */
static struct { struct go_chan *splits; struct go_context *context; } c18101;

static void c18101_sender(void *arg)
{
    struct go_case cases[] = { go_case_send(c18101.splits, &one), go_case_done(c18101.context) };
    (void)arg;
    if (fixed) {
        go_select(cases, 2);
    } else {
        go_chan_send(c18101.splits, &one); /* LEAK cockroach/18101: chan send */
    }
}

static void c18101_run(void *arg)
{
    c18101.splits = chan_with_room(0);
    c18101.context = go_context_new(arg);
    for (int i = 0; i < 3; i++) {
        go_start(c18101_sender, arg);
    }
    go_chan_recv(c18101.splits, NULL);
    go_context_cancel(c18101.context);
}

/* 2448: two loops, each in a select in which it can only hand on to the other. */
static struct { struct go_chan *events, *callbacks, *stop; } c2448;

static void c2448_store(void *arg)
{
    struct go_case cases[] = { go_case_send(c2448.callbacks, &one), go_case_recv(c2448.stop, NULL),
                               go_case_recv(fixed ? c2448.events : NULL, NULL) };
    (void)arg;
    while (go_select(cases, 3) == 2) { /* LEAK cockroach/2448: select */
    }
}

static void c2448_run(void *arg)
{
    struct go_case cases[] = { go_case_send(c2448.events = chan_with_room(0), &one),
                               go_case_recv(c2448.stop = chan_with_room(0), NULL) };
    c2448.callbacks = chan_with_room(0);
    go_start(c2448_store, arg);
    go_select(cases, 2); /* LEAK cockroach/2448: select */
    if (fixed) {
        go_chan_close(c2448.stop);
    }
}

/* 24808: the compactor suggests a second time before its loop began to read. */
static void c24808_run(void *arg)
{
    struct go_chan *suggestions = chan_with_room(fixed ? 2 : 1);
    go_chan_send(suggestions, &one);
    go_chan_send(suggestions, &one); /* LEAK cockroach/24808: chan send */
    go_chan_recv(suggestions, arg);
}

/* 25456: a queue checks for quiescence of a store that is not drained. */
static void c25456_run(void *arg)
{
    struct go_chan *quiesce = chan_with_room(0);
    if (fixed) {
        go_chan_close(quiesce); /* stops the store first */
    }
    go_chan_recv(quiesce, arg); /* LEAK cockroach/25456: chan receive */
}

/* 35073: the outbox fails to start and leaves its rows channel open and unread. */
static void c35073_producer(void *rows)
{
    while (go_chan_send(rows, &one) == 0) { /* LEAK cockroach/35073: chan send */
    }
}

static void c35073_run(void *arg)
{
    struct go_chan *rows = chan_with_room(2);
    (void)arg;
    go_start(c35073_producer, rows);
    let_others();
    if (fixed) {
        go_chan_close(rows); /* its way to say that nobody reads */
    }
}

/* 35931: a cancelled flow tells its inputs one by one; the first is full. */
static struct go_chan *c35931_inputs[2];

static void c35931_cancel(void *arg)
{
    (void)arg;
    for (int i = 0; i < 2; i++) {
        if (!fixed) {
            go_chan_send(c35931_inputs[i], &one); /* LEAK cockroach/35931: chan send */
        } else if (go_chan_try_send(c35931_inputs[i], &one) != 0) {
            go_chan_close(c35931_inputs[i]);
        }
    }
}

static void c35931_run(void *arg)
{
    c35931_inputs[0] = chan_with_room(1);
    c35931_inputs[1] = chan_with_room(1);
    go_chan_send(c35931_inputs[0], &one);
    go_start(c35931_cancel, arg);
}

/* 3710: a range is looked at twice under the store's read lock, a writer between. */
static struct go_rwmutex c3710_store;

static void c3710_writer(void *arg)
{
    (void)arg;
    go_rwmutex_lock(&c3710_store); /* LEAK cockroach/3710: sync.RWMutex.Lock */
    go_rwmutex_unlock(&c3710_store);
}

static void c3710_raft_status(void)
{
    if (!fixed) {
        go_rwmutex_rlock(&c3710_store); /* LEAK cockroach/3710: sync.RWMutex.RLock */
        go_rwmutex_runlock(&c3710_store);
    }
}

static void c3710_run(void *arg)
{
    go_rwmutex_rlock(&c3710_store);
    go_start(c3710_writer, arg);
    let_others();
    c3710_raft_status();
    go_rwmutex_runlock(&c3710_store);
}

/* 584: a loop is left by break with the lock held. */
static struct { struct go_mutex lock; bool is_closed; } c584 = { .is_closed = true };

static void c584_manage(void)
{
    for (;;) {
        go_mutex_lock(&c584.lock);
        if (c584.is_closed) {
            if (fixed) {
                go_mutex_unlock(&c584.lock);
            }
            break;
        }
        go_mutex_unlock(&c584.lock);
    }
}

static void c584_run(void *arg)
{
    (void)arg;
    c584_manage();
    go_mutex_lock(&c584.lock); /* LEAK cockroach/584: sync.Mutex.Lock */
    go_mutex_unlock(&c584.lock);
}

/* 6181: the cache is printed under its read lock; printing takes that again. */
static struct { struct go_rwmutex lock; struct go_wait_group users; } c6181;

static void c6181_to_text(void)
{
    go_rwmutex_rlock(&c6181.lock); /* LEAK cockroach/6181: sync.RWMutex.RLock */
    go_rwmutex_runlock(&c6181.lock);
}

static void c6181_lookup(void *arg)
{
    (void)arg;
    go_rwmutex_rlock(&c6181.lock);
    let_others();
    if (!fixed) {
        c6181_to_text();
    }
    go_rwmutex_runlock(&c6181.lock);
}

static void c6181_insert(void *arg)
{
    (void)arg;
    go_rwmutex_lock(&c6181.lock); /* LEAK cockroach/6181: sync.RWMutex.Lock */
    go_rwmutex_unlock(&c6181.lock);
}

static void c6181_run(void *arg)
{
    go_wait_group_start(&c6181.users, c6181_lookup, arg);
    let_others();
    go_wait_group_start(&c6181.users, c6181_insert, arg);
    go_wait_group_wait(&c6181.users); /* LEAK cockroach/6181: sync.WaitGroup.Wait */
}

/* 7504: a lease is released under lease and then cache lock, and dropped the other way round. */
static struct { struct go_mutex lease, names; } c7504;

static void c7504_both(struct go_mutex *outer, struct go_mutex *inner)
{
    go_mutex_lock(outer);
    let_others();
    go_mutex_lock(inner); /* LEAK cockroach/7504: sync.Mutex.Lock */
    go_mutex_unlock(inner);
    go_mutex_unlock(outer);
}

static void c7504_release(void *arg)
{
    (void)arg;
    c7504_both(&c7504.lease, &c7504.names);
}

static void c7504_run(void *arg)
{
    go_start(c7504_release, arg);
    let_others();
    c7504_both(fixed ? &c7504.lease : &c7504.names, fixed ? &c7504.names : &c7504.lease);
}

/* 9935: the logger fails while it holds its lock, and the way out locks it again. */
static struct go_mutex c9935_lock;

static void c9935_exit(void)
{
    go_mutex_lock(&c9935_lock); /* LEAK cockroach/9935: sync.Mutex.Lock */
    go_mutex_unlock(&c9935_lock);
}

static void c9935_run(void *arg)
{
    (void)arg;
    go_mutex_lock(&c9935_lock);
    if (fixed) {
        go_mutex_unlock(&c9935_lock);
        c9935_exit();
    } else {
        c9935_exit();
        go_mutex_unlock(&c9935_lock);
    }
}

const struct kernel cockroach_kernels[] = {
    { "cockroach/10214", c10214_run }, { "cockroach/1055", c1055_run },
    { "cockroach/10790", c10790_run }, { "cockroach/13197", c13197_run },
    { "cockroach/13755", c13755_run }, { "cockroach/1462", c1462_run },
    { "cockroach/16167", c16167_run }, { "cockroach/18101", c18101_run },
    { "cockroach/2448", c2448_run },   { "cockroach/24808", c24808_run },
    { "cockroach/25456", c25456_run }, { "cockroach/35073", c35073_run },
    { "cockroach/35931", c35931_run }, { "cockroach/3710", c3710_run },
    { "cockroach/584", c584_run },     { "cockroach/6181", c6181_run },
    { "cockroach/7504", c7504_run },   { "cockroach/9935", c9935_run },
    { NULL, NULL },
};
