/* Kubernetes. */
#include "kernels.h"

/* 10182: a pod's status is sent under the lock that the syncer takes before it receives. */
static struct { struct go_mutex lock; struct go_chan *statuses; } k10182;

static void k10182_sync(void *arg)
{
    (void)arg;
    for (int i = 0; i < 2; i++) {
        go_chan_recv(k10182.statuses, NULL);
        go_mutex_lock(&k10182.lock); /* LEAK kubernetes/10182: sync.Mutex.Lock */
        go_mutex_unlock(&k10182.lock);
    }
}

static void k10182_set_status(void *arg)
{
    (void)arg;
    go_mutex_lock(&k10182.lock);
    if (fixed) {
        go_mutex_unlock(&k10182.lock);
    }
    go_chan_send(k10182.statuses, &one);
    go_chan_send(k10182.statuses, &one); /* LEAK kubernetes/10182: chan send */
    if (!fixed) {
        go_mutex_unlock(&k10182.lock);
    }
}

static void k10182_run(void *arg)
{
    k10182.statuses = chan_with_room(0);
    go_start(k10182_sync, arg);
    go_start(k10182_set_status, arg);
}

/* 11298: who waits for the condition came after the signal; who waits for that one waits too. */
static struct {
    struct go_mutex lock;
    struct go_cond cond;
    bool is_ready;
    struct go_chan *after;
} k11298;

static void k11298_wait(void *arg)
{
    (void)arg;
    go_mutex_lock(&k11298.lock);
    while (!fixed || !k11298.is_ready) {
        go_cond_wait(&k11298.cond, &k11298.lock); /* LEAK kubernetes/11298: sync.Cond.Wait */
    }
    go_mutex_unlock(&k11298.lock);
    go_chan_close(k11298.after);
}

static void k11298_run(void *arg)
{
    k11298.after = chan_with_room(0);
    go_mutex_lock(&k11298.lock);
    k11298.is_ready = true;
    go_cond_signal(&k11298.cond);
    go_mutex_unlock(&k11298.lock);
    go_start(k11298_wait, arg);
    go_chan_recv(k11298.after, NULL); /* LEAK kubernetes/11298: chan receive */
}

/* 13135: the cacher takes its lock and then the watch cache's, an update the other way round. */
static struct { struct go_mutex cacher, cache; } k13135;

static void k13135_process(void *arg)
{
    (void)arg;
    go_mutex_lock(&k13135.cache);
    let_others();
    if (fixed) {
        go_mutex_unlock(&k13135.cache); /* handlers are called without it */
    }
    go_mutex_lock(&k13135.cacher); /* LEAK kubernetes/13135: sync.Mutex.Lock */
    go_mutex_unlock(&k13135.cacher);
    if (!fixed) {
        go_mutex_unlock(&k13135.cache);
    }
}

static void k13135_run(void *arg)
{
    go_mutex_lock(&k13135.cacher);
    go_start(k13135_process, arg);
    let_others();
    go_mutex_lock(&k13135.cache); /* LEAK kubernetes/13135: sync.Mutex.Lock */
    go_mutex_unlock(&k13135.cache);
    go_mutex_unlock(&k13135.cacher);
}

/* 1321: results are distributed under the lock that a watcher needs to stop. */
static struct { struct go_mutex lock; struct go_chan *result; bool is_stopped; } k1321;

static void k1321_distribute(void *arg)
{
    (void)arg;
    go_mutex_lock(&k1321.lock);
    go_chan_send(k1321.result, &one); /* LEAK kubernetes/1321: chan send */
    go_mutex_unlock(&k1321.lock);
}

static void k1321_stop(void)
{
    if (fixed) {
        go_chan_close(k1321.result); /* first lets a sender go */
    }
    go_mutex_lock(&k1321.lock); /* LEAK kubernetes/1321: sync.Mutex.Lock */
    k1321.is_stopped = true;
    go_mutex_unlock(&k1321.lock);
}

static void k1321_run(void *arg)
{
    k1321.result = chan_with_room(0);
    go_start(k1321_distribute, arg);
    let_others();
    k1321_stop();
}

/* 25331: stopping cancels the context, but the watcher is in a send that does not hear of it. */
static struct { struct go_chan *results; struct go_context *context; } k25331;

static void k25331_watch(void *arg)
{
    struct go_case cases[] = { go_case_send(k25331.results, &one), go_case_done(k25331.context) };
    (void)arg;
    if (fixed) {
        go_select(cases, 2);
    } else {
        go_chan_send(k25331.results, &one); /* LEAK kubernetes/25331: chan send */
    }
}

static void k25331_run(void *arg)
{
    k25331.results = chan_with_room(0);
    k25331.context = go_context_new(arg);
    go_start(k25331_watch, arg);
    let_others();
    go_context_cancel(k25331.context);
}

/* 26980: pop waits for more under the lock that who adds needs. */
static struct { struct go_mutex lock; struct go_chan *added, *stop; } k26980;

static void k26980_pop(void *arg)
{
    struct go_case cases[] = { go_case_recv(k26980.added, NULL), go_case_recv(k26980.stop, NULL) };
    (void)arg;
    go_mutex_lock(&k26980.lock);
    if (fixed) {
        go_mutex_unlock(&k26980.lock);
    }
    go_select(cases, 2); /* LEAK kubernetes/26980: select */
    if (!fixed) {
        go_mutex_unlock(&k26980.lock);
    }
}

static void k26980_run(void *arg)
{
    k26980.added = chan_with_room(1);
    k26980.stop = chan_with_room(0);
    go_start(k26980_pop, arg);
    let_others();
    go_mutex_lock(&k26980.lock); /* LEAK kubernetes/26980: sync.Mutex.Lock */
    go_chan_send(k26980.added, &one);
    go_mutex_unlock(&k26980.lock);
}

/* 30872: popping holds the queue and calls what locks the informer; a sync holds the informer. */
static struct { struct go_mutex queue, informer; } k30872;

static void k30872_pop(void *arg)
{
    (void)arg;
    go_mutex_lock(&k30872.queue);
    let_others();
    go_mutex_lock(&k30872.informer); /* LEAK kubernetes/30872: sync.Mutex.Lock */
    go_mutex_unlock(&k30872.informer);
    go_mutex_unlock(&k30872.queue);
}

static void k30872_run(void *arg)
{
    if (!fixed) {
        go_mutex_lock(&k30872.informer);
    }
    go_start(k30872_pop, arg);
    let_others();
    go_mutex_lock(&k30872.queue); /* LEAK kubernetes/30872: sync.Mutex.Lock */
    go_mutex_unlock(&k30872.queue);
    if (!fixed) {
        go_mutex_unlock(&k30872.informer);
    }
}

/* 38669: an event is sent on to a result that nobody reads after the stop. */
static struct { struct go_chan *result, *done; } k38669;

static void k38669_process(void *arg)
{
    struct go_case cases[] = { go_case_send(k38669.result, &one), go_case_recv(k38669.done, NULL) };
    (void)arg;
    if (fixed) {
        go_select(cases, 2);
    } else {
        go_chan_send(k38669.result, &one); /* LEAK kubernetes/38669: chan send */
    }
}

static void k38669_run(void *arg)
{
    k38669.result = chan_with_room(0);
    k38669.done = chan_with_room(0);
    go_start(k38669_process, arg);
    go_chan_close(k38669.done);
}

/* 5316: a request ran into its timeout; its handler has a result for nobody. */
static void k5316_handle(void *result)
{
    go_sleep(5 * GO_MS);
    go_chan_send(result, &one); /* LEAK kubernetes/5316: chan send */
}

static void k5316_run(void *arg)
{
    struct go_chan *result = chan_with_room(fixed ? 1 : 0);
    struct go_case cases[] = { go_case_recv(result, arg), go_case_after(GO_US) };
    go_start(k5316_handle, result);
    go_select(cases, 2);
}

/* 58107: a worker waits for a condition with the read lock; a writer waits for that, others too. */
static struct {
    struct go_rwmutex quota;
    struct go_mutex lock;
    struct go_cond filled;
    int queued;
} k58107;

static void k58107_worker(void *arg)
{
    (void)arg;
    go_rwmutex_rlock(&k58107.quota);
    if (fixed) {
        go_rwmutex_runlock(&k58107.quota);
    }
    go_mutex_lock(&k58107.lock);
    while (k58107.queued == 0) {
        go_cond_wait(&k58107.filled, &k58107.lock); /* LEAK kubernetes/58107: sync.Cond.Wait */
    }
    go_mutex_unlock(&k58107.lock);
    if (!fixed) {
        go_rwmutex_runlock(&k58107.quota);
    }
}

static void k58107_sync(void *arg)
{
    (void)arg;
    go_rwmutex_lock(&k58107.quota); /* LEAK kubernetes/58107: sync.RWMutex.Lock */
    go_rwmutex_unlock(&k58107.quota);
}

static void k58107_run(void *arg)
{
    go_start(k58107_worker, arg);
    let_others();
    go_start(k58107_sync, arg);
    let_others();
    go_rwmutex_rlock(&k58107.quota); /* LEAK kubernetes/58107: sync.RWMutex.RLock */
    go_rwmutex_runlock(&k58107.quota);
    go_mutex_lock(&k58107.lock);
    k58107.queued = 1;
    go_cond_signal(&k58107.filled);
    go_mutex_unlock(&k58107.lock);
}

/* 62464: the state's read lock is taken again in a call, with a writer between. */
static struct go_rwmutex k62464_state;

static void k62464_remove(void *arg)
{
    (void)arg;
    go_rwmutex_lock(&k62464_state); /* LEAK kubernetes/62464: sync.RWMutex.Lock */
    go_rwmutex_unlock(&k62464_state);
}

static void k62464_default_set(void)
{
    if (!fixed) {
        go_rwmutex_rlock(&k62464_state); /* LEAK kubernetes/62464: sync.RWMutex.RLock */
        go_rwmutex_runlock(&k62464_state);
    }
}

static void k62464_run(void *arg)
{
    go_rwmutex_rlock(&k62464_state);
    go_start(k62464_remove, arg);
    let_others();
    k62464_default_set();
    go_rwmutex_runlock(&k62464_state);
}

/* 6632: a frame is written under the lock that the monitor needs before it reads resets. */
static struct { struct go_mutex lock; struct go_chan *resets; } k6632;

static void k6632_monitor(void *arg)
{
    (void)arg;
    let_others();
    if (!fixed) {
        go_mutex_lock(&k6632.lock); /* LEAK kubernetes/6632: sync.Mutex.Lock */
        go_mutex_unlock(&k6632.lock);
    }
    while (go_chan_recv(k6632.resets, NULL) == 0) {
    }
}

static void k6632_run(void *arg)
{
    k6632.resets = chan_with_room(1);
    go_start(k6632_monitor, arg);
    go_mutex_lock(&k6632.lock);
    go_chan_send(k6632.resets, &one);
    go_chan_send(k6632.resets, &one); /* LEAK kubernetes/6632: chan send */
    go_mutex_unlock(&k6632.lock);
    go_chan_close(k6632.resets);
}

/* 70277: a poller ends only when its caller closes done, which no caller does. */
static struct { struct go_chan *ticks, *done; } k70277;

static void k70277_poller(void *arg)
{
    (void)arg;
    go_chan_recv(k70277.done, NULL); /* LEAK kubernetes/70277: chan receive */
    go_chan_close(k70277.ticks);
}

static struct go_chan *k70277_poll(struct go_chan *done)
{
    k70277.ticks = chan_with_room(1);
    k70277.done = done;
    go_start(k70277_poller, NULL);
    go_chan_send(k70277.ticks, &one);
    return k70277.ticks;
}

static void k70277_run(void *arg)
{
    struct go_chan *done = chan_with_room(0);
    go_chan_recv(k70277_poll(done), arg);
    if (fixed) {
        go_chan_close(done);
    }
}

const struct kernel kubernetes_kernels[] = {
    { "kubernetes/10182", k10182_run }, { "kubernetes/11298", k11298_run },
    { "kubernetes/13135", k13135_run }, { "kubernetes/1321", k1321_run },
    { "kubernetes/25331", k25331_run }, { "kubernetes/26980", k26980_run },
    { "kubernetes/30872", k30872_run }, { "kubernetes/38669", k38669_run },
    { "kubernetes/5316", k5316_run },   { "kubernetes/58107", k58107_run },
    { "kubernetes/62464", k62464_run }, { "kubernetes/6632", k6632_run },
    { "kubernetes/70277", k70277_run }, { NULL, NULL },
};
