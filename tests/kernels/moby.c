/* Moby (Docker). */
#include "kernels.h"

/* 17176: a device that is in use is left without unlocking. */
static struct { struct go_mutex devices; int deleted; } m17176;

static void m17176_clean_up(void)
{
    go_mutex_lock(&m17176.devices); /* LEAK moby/17176: sync.Mutex.Lock */
    if (m17176.deleted == 0) {
        if (fixed) {
            go_mutex_unlock(&m17176.devices);
        }
        return;
    }
    go_mutex_unlock(&m17176.devices);
}

static void m17176_run(void *arg)
{
    (void)arg;
    m17176_clean_up();
    m17176_clean_up();
}

/* 21233: a test's reader of progress has failed; writer and watchers stay. */
static struct { struct go_chan *progress, *watchers, *stop; } m21233;

static void m21233_transfer(void *arg)
{
    struct go_case cases[] = { go_case_send(m21233.progress, &one),
                               go_case_recv(fixed ? m21233.stop : NULL, NULL) };
    (void)arg;
    go_select(cases, 2); /* LEAK moby/21233: select */
    go_chan_close(m21233.watchers);
}

static void m21233_watch(void *arg)
{
    (void)arg;
    go_chan_recv(m21233.watchers, NULL); /* LEAK moby/21233: chan receive */
}

static void m21233_run(void *arg)
{
    m21233.progress = chan_with_room(0);
    m21233.watchers = chan_with_room(0);
    m21233.stop = chan_with_room(0);
    go_start(m21233_transfer, arg);
    go_start(m21233_watch, arg);
    go_chan_close(m21233.stop);
}

/* 25384: the group is waited for inside of the loop that starts its members. */
static struct go_wait_group m25384_plugins;

static void m25384_restore(void *arg)
{
    (void)arg;
    go_wait_group_done(&m25384_plugins);
}

static void m25384_run(void *arg)
{
    go_wait_group_add(&m25384_plugins, 2);
    for (int i = 0; i < 2; i++) {
        go_start(m25384_restore, arg);
        if (!fixed) {
            go_wait_group_wait(&m25384_plugins); /* LEAK moby/25384: sync.WaitGroup.Wait */
        }
    }
    go_wait_group_wait(&m25384_plugins);
}

/* 27782: removing a watch waits for a signal that comes behind a send that nobody receives. */
static struct {
    struct go_mutex lock;
    struct go_cond removed;
    bool is_removed;
    struct go_chan *events;
} m27782;

static void m27782_read_events(void *arg)
{
    (void)arg;
    go_chan_send(m27782.events, &one); /* LEAK moby/27782: chan send */
    go_mutex_lock(&m27782.lock);
    m27782.is_removed = true;
    go_cond_broadcast(&m27782.removed);
    go_mutex_unlock(&m27782.lock);
}

static void m27782_run(void *arg)
{
    m27782.events = chan_with_room(fixed ? 1 : 0);
    go_start(m27782_read_events, arg);
    go_mutex_lock(&m27782.lock);
    while (!m27782.is_removed) {
        go_cond_wait(&m27782.removed, &m27782.lock); /* LEAK moby/27782: sync.Cond.Wait */
    }
    go_mutex_unlock(&m27782.lock);
}

/* 28462: a container's probe is stopped under the lock that the probe needs to end. */
static struct { struct go_mutex container; struct go_chan *stop; } m28462;

static void m28462_monitor(void *arg)
{
    (void)arg;
    let_others();
    go_mutex_lock(&m28462.container); /* LEAK moby/28462: sync.Mutex.Lock */
    go_mutex_unlock(&m28462.container);
    go_chan_recv(m28462.stop, NULL);
}

static void m28462_run(void *arg)
{
    m28462.stop = chan_with_room(0);
    go_start(m28462_monitor, arg);
    go_mutex_lock(&m28462.container);
    if (fixed) {
        go_chan_close(m28462.stop);
    } else {
        go_chan_send(m28462.stop, &one); /* LEAK moby/28462: chan send */
    }
    go_mutex_unlock(&m28462.container);
}

/* 29733: a plugin's activation is waited for, and a failed one tells nobody. */
static struct { struct go_mutex lock; struct go_cond activated; bool is_active; } m29733;

static void m29733_activate(bool works)
{
    if (works || fixed) {
        go_mutex_lock(&m29733.lock);
        m29733.is_active = true;
        go_cond_broadcast(&m29733.activated);
        go_mutex_unlock(&m29733.lock);
    }
}

static void m29733_wait_active(void *arg)
{
    (void)arg;
    go_mutex_lock(&m29733.lock);
    while (!m29733.is_active) {
        go_cond_wait(&m29733.activated, &m29733.lock); /* LEAK moby/29733: sync.Cond.Wait */
    }
    go_mutex_unlock(&m29733.lock);
}

static void m29733_run(void *arg)
{
    go_start(m29733_wait_active, arg);
    let_others();
    m29733_activate(false);
}

/* 30408: the same with a parent that waits for the one that waits. */
static struct {
    struct go_mutex lock;
    struct go_cond activated;
    bool is_active;
    struct go_chan *done;
} m30408;

static void m30408_wait_active(void *arg)
{
    (void)arg;
    go_mutex_lock(&m30408.lock);
    while (!m30408.is_active) {
        go_cond_wait(&m30408.activated, &m30408.lock); /* LEAK moby/30408: sync.Cond.Wait */
    }
    go_mutex_unlock(&m30408.lock);
    go_chan_close(m30408.done);
}

static void m30408_run(void *arg)
{
    m30408.done = chan_with_room(0);
    go_start(m30408_wait_active, arg);
    let_others();
    go_mutex_lock(&m30408.lock);
    m30408.is_active = true;
    go_mutex_unlock(&m30408.lock);
    if (fixed) {
        go_cond_broadcast(&m30408.activated);
    }
    go_chan_recv(m30408.done, NULL); /* LEAK moby/30408: chan receive */
}

/* 33293: an error is sent into a channel before the caller has it. */
static struct go_chan *m33293_wait(void)
{
    struct go_chan *errors = chan_with_room(fixed ? 1 : 0);
    go_chan_send(errors, &one); /* LEAK moby/33293: chan send */
    return errors;
}

static void m33293_run(void *arg)
{
    go_chan_recv(m33293_wait(), arg);
}

/* 33781: the probe's monitor was cancelled and does not receive the probe's result. */
static void m33781_probe(void *results)
{
    let_others();
    go_chan_send(results, &one); /* LEAK moby/33781: chan send */
}

static void m33781_run(void *arg)
{
    struct go_chan *results = chan_with_room(fixed ? 1 : 0);
    struct go_context *context = go_context_new(arg);
    struct go_case cases[] = { go_case_recv(results, NULL), go_case_done(context) };
    go_start(m33781_probe, results);
    go_context_cancel(context);
    go_select(cases, 2);
    go_context_free(context);
}

/* 36114: a disk is added under the lock of its machine, and the callee locks that. */
static struct go_mutex m36114_machine;

static void m36114_hot_add(void)
{
    if (!fixed) {
        go_mutex_lock(&m36114_machine); /* LEAK moby/36114: sync.Mutex.Lock */
        go_mutex_unlock(&m36114_machine);
    }
}

static void m36114_run(void *arg)
{
    (void)arg;
    go_mutex_lock(&m36114_machine);
    m36114_hot_add();
    go_mutex_unlock(&m36114_machine);
}

/* 4395: the channel of a call is returned and never read. */
static void m4395_call(void *result)
{
    go_chan_send(result, &one); /* LEAK moby/4395: chan send */
}

static struct go_chan *m4395_begin(void)
{
    struct go_chan *result = chan_with_room(fixed ? 1 : 0);
    go_start(m4395_call, result);
    return result;
}

static void m4395_run(void *arg)
{
    (void)arg;
    (void)m4395_begin();
}

/* 4951: a device is deleted under the set's lock and then its own, and removed the other way. */
static struct { struct go_mutex set, device; } m4951;

static void m4951_delete(void *arg)
{
    struct go_mutex *first = fixed ? &m4951.device : &m4951.set;
    struct go_mutex *second = fixed ? &m4951.set : &m4951.device;
    (void)arg;
    go_mutex_lock(first);
    let_others();
    go_mutex_lock(second); /* LEAK moby/4951: sync.Mutex.Lock */
    go_mutex_unlock(second);
    go_mutex_unlock(first);
}

static void m4951_run(void *arg)
{
    go_mutex_lock(&m4951.device);
    go_start(m4951_delete, arg);
    let_others();
    go_mutex_lock(&m4951.set); /* LEAK moby/4951: sync.Mutex.Lock */
    go_mutex_unlock(&m4951.set);
    go_mutex_unlock(&m4951.device);
}

/* 7559: a connection that fails goes to the next round with the lock held. */
static struct go_mutex m7559_connections;

static void m7559_run(void *arg)
{
    (void)arg;
    for (int i = 0; i < 2; i++) {
        go_mutex_lock(&m7559_connections); /* LEAK moby/7559: sync.Mutex.Lock */
        if (i == 0) { /* cannot be dialled */
            if (fixed) {
                go_mutex_unlock(&m7559_connections);
            }
            continue;
        }
        go_mutex_unlock(&m7559_connections);
    }
}

const struct kernel moby_kernels[] = {
    { "moby/17176", m17176_run }, { "moby/21233", m21233_run }, { "moby/25384", m25384_run },
    { "moby/27782", m27782_run }, { "moby/28462", m28462_run }, { "moby/29733", m29733_run },
    { "moby/30408", m30408_run }, { "moby/33293", m33293_run }, { "moby/33781", m33781_run },
    { "moby/36114", m36114_run }, { "moby/4395", m4395_run },   { "moby/4951", m4951_run },
    { "moby/7559", m7559_run },   { NULL, NULL },
};
