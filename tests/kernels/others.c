/* Hugo, Istio, Knative Serving, Syncthing. */
#include "kernels.h"

/* hugo/3251: the lock of a page is waited for under the table's lock, which its holder needs. */
static struct { struct go_rwmutex table; struct go_mutex page; struct go_wait_group all; } h3251;

static void h3251_lock(void)
{
    if (fixed) {
        go_mutex_lock(&h3251.page);
        return;
    }
    go_rwmutex_lock(&h3251.table);
    go_mutex_lock(&h3251.page); /* LEAK hugo/3251: sync.Mutex.Lock */
    go_rwmutex_unlock(&h3251.table);
}

static void h3251_unlock(void)
{
    go_rwmutex_rlock(&h3251.table); /* LEAK hugo/3251: sync.RWMutex.RLock */
    go_mutex_unlock(&h3251.page);
    go_rwmutex_runlock(&h3251.table);
}

static void h3251_get(void *arg)
{
    (void)arg;
    h3251_lock();
    let_others();
    h3251_unlock();
}

static void h3251_run(void *arg)
{
    go_wait_group_start(&h3251.all, h3251_get, arg);
    go_wait_group_start(&h3251.all, h3251_get, arg);
    go_wait_group_wait(&h3251.all); /* LEAK hugo/3251: sync.WaitGroup.Wait */
}

/* hugo/5379: the content is initialized under its lock by what locks it. */
static struct { struct go_mutex init; struct go_wait_group all; } h5379;

static void h5379_prepare(void)
{
    go_mutex_lock(&h5379.init); /* LEAK hugo/5379: sync.Mutex.Lock */
    go_mutex_unlock(&h5379.init);
}

static void h5379_render(void *arg)
{
    (void)arg;
    if (!fixed) {
        go_mutex_lock(&h5379.init);
    }
    h5379_prepare();
    if (!fixed) {
        go_mutex_unlock(&h5379.init);
    }
}

static void h5379_run(void *arg)
{
    go_wait_group_start(&h5379.all, h5379_render, arg);
    go_wait_group_wait(&h5379.all); /* LEAK hugo/5379: sync.WaitGroup.Wait */
}

/* istio/16224: an event is sent under the lock that its reader takes first. */
static struct { struct go_mutex lock; struct go_chan *events; } i16224;

static void i16224_reader(void *arg)
{
    (void)arg;
    go_mutex_lock(&i16224.lock); /* LEAK istio/16224: sync.Mutex.Lock */
    go_mutex_unlock(&i16224.lock);
    go_chan_recv(i16224.events, NULL);
}

static void i16224_run(void *arg)
{
    i16224.events = chan_with_room(fixed ? 1 : 0);
    go_mutex_lock(&i16224.lock);
    go_start(i16224_reader, arg);
    go_chan_send(i16224.events, &one); /* LEAK istio/16224: chan send */
    go_mutex_unlock(&i16224.lock);
}

/* istio/17860: the agent was cancelled, and its proxy still tells how it ended. */
static void i17860_wait_for_exit(void *status)
{
    go_chan_send(status, &one); /* LEAK istio/17860: chan send */
}

static void i17860_run(void *arg)
{
    struct go_chan *status = chan_with_room(fixed ? 1 : 0);
    struct go_context *context = go_context_new(arg);
    struct go_case cases[] = { go_case_recv(status, NULL), go_case_done(context) };
    go_context_cancel(context);
    go_select(cases, 2);
    go_context_free(context);
    go_start(i17860_wait_for_exit, status);
}

/* istio/18454: who resets a timer that has fired drains a channel that another drained already. */
static struct { struct go_timer *timer; struct go_chan *reset; } i18454;

static void i18454_publisher(void *arg)
{
    (void)arg;
    go_chan_recv(go_timer_chan(i18454.timer), NULL); /* the other */
    if (!go_timer_stop(i18454.timer) && !fixed) {
        go_chan_recv(go_timer_chan(i18454.timer), NULL); /* LEAK istio/18454: chan receive */
    }
    go_chan_recv(i18454.reset, NULL);
}

static void i18454_run(void *arg)
{
    i18454.timer = go_timer_new(GO_US);
    i18454.reset = chan_with_room(0);
    go_start(i18454_publisher, arg);
    go_chan_send(i18454.reset, &one); /* LEAK istio/18454: chan send */
}

/* serving/2137: requests are let go in an order that keeps one in its send and one at the lock. */
static struct { struct go_mutex lock; struct go_chan *active, *accepted; } s2137;

static void s2137_request(void *arg)
{
    (void)arg;
    go_chan_send(s2137.active, &one); /* LEAK serving/2137: chan send */
    go_chan_send(s2137.accepted, &one);
    go_mutex_lock(&s2137.lock); /* LEAK serving/2137: sync.Mutex.Lock */
    go_chan_recv(s2137.active, NULL);
    go_mutex_unlock(&s2137.lock);
}

static void s2137_run(void *arg)
{
    s2137.active = chan_with_room(1);
    s2137.accepted = chan_with_room(0);
    go_mutex_lock(&s2137.lock);
    go_start(s2137_request, arg);
    go_start(s2137_request, arg);
    go_chan_recv(s2137.accepted, NULL);
    if (fixed) {
        go_mutex_unlock(&s2137.lock);
    }
    go_chan_recv(s2137.accepted, NULL); /* LEAK serving/2137: chan receive */
    if (!fixed) {
        go_mutex_unlock(&s2137.lock);
    }
}

/* syncthing/4829: a mapping changes under its lock, and who is told reads it under the same. */
static struct go_rwmutex y4829_mapping;

static void y4829_notify(void)
{
    go_rwmutex_rlock(&y4829_mapping); /* LEAK syncthing/4829: sync.RWMutex.RLock */
    go_rwmutex_runlock(&y4829_mapping);
}

static void y4829_run(void *arg)
{
    (void)arg;
    go_rwmutex_lock(&y4829_mapping);
    if (fixed) {
        go_rwmutex_unlock(&y4829_mapping);
    }
    y4829_notify();
    if (!fixed) {
        go_rwmutex_unlock(&y4829_mapping);
    }
}

/* syncthing/5795: the dispatcher closes the connection, which waits for the dispatcher. */
static struct { struct go_chan *dispatcher_stopped; } y5795;

static void y5795_close(void *arg)
{
    (void)arg;
    go_chan_recv(y5795.dispatcher_stopped, NULL); /* LEAK syncthing/5795: chan receive */
}

static void y5795_run(void *arg)
{
    y5795.dispatcher_stopped = chan_with_room(0);
    if (fixed) {
        go_start(y5795_close, arg);
    } else {
        y5795_close(arg);
    }
    go_chan_close(y5795.dispatcher_stopped);
}

const struct kernel other_kernels[] = {
    { "hugo/3251", h3251_run },      { "hugo/5379", h5379_run },
    { "istio/16224", i16224_run },   { "istio/17860", i17860_run },
    { "istio/18454", i18454_run },   { "serving/2137", s2137_run },
    { "syncthing/4829", y4829_run }, { "syncthing/5795", y5795_run },
    { NULL, NULL },
};
