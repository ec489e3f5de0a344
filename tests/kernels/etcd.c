/* etcd. */
#include "kernels.h"

/* 10492: a lease is renewed under the lessor's lock, and the checkpoint function takes it too. */
static struct go_mutex e10492_lessor;

static void e10492_checkpoint(void)
{
    go_mutex_lock(&e10492_lessor); /* LEAK etcd/10492: sync.Mutex.Lock */
    go_mutex_unlock(&e10492_lessor);
}

static void e10492_run(void *arg)
{
    (void)arg;
    go_mutex_lock(&e10492_lessor);
    if (fixed) {
        go_mutex_unlock(&e10492_lessor);
    }
    e10492_checkpoint();
    if (!fixed) {
        go_mutex_unlock(&e10492_lessor);
    }
}

/* 5509: a failed acquire keeps the client's read lock, and close needs it whole. */
static struct go_rwmutex e5509_client;

static int e5509_acquire(bool is_halted)
{
    go_rwmutex_rlock(&e5509_client);
    if (is_halted) {
        if (fixed) {
            go_rwmutex_runlock(&e5509_client);
        }
        return -ECANCELED;
    }
    go_rwmutex_runlock(&e5509_client);
    return 0;
}

static void e5509_run(void *arg)
{
    (void)arg;
    (void)e5509_acquire(true);
    go_rwmutex_lock(&e5509_client); /* LEAK etcd/5509: sync.RWMutex.Lock */
    go_rwmutex_unlock(&e5509_client);
}

/* 6708: the client is set under its lock, and its endpoints are read under the same one inside. */
static struct go_rwmutex e6708_client;

static void e6708_endpoints(void)
{
    go_rwmutex_rlock(&e6708_client); /* LEAK etcd/6708: sync.RWMutex.RLock */
    go_rwmutex_runlock(&e6708_client);
}

static void e6708_run(void *arg)
{
    (void)arg;
    go_rwmutex_lock(&e6708_client);
    if (fixed) {
        go_rwmutex_unlock(&e6708_client);
        e6708_endpoints();
    } else {
        e6708_endpoints();
        go_rwmutex_unlock(&e6708_client);
    }
}

/* 6857: the node took the stop case; who asks for its status has nobody to ask. */
static struct { struct go_chan *status, *stop, *done; } e6857;

static void e6857_node(void *arg)
{
    struct go_case cases[] = { go_case_recv(e6857.status, NULL), go_case_recv(e6857.stop, NULL) };
    (void)arg;
    while (go_select(cases, 2) == 0) {
    }
    go_chan_close(e6857.done);
}

static void e6857_status(void *arg)
{
    struct go_case cases[] = { go_case_send(e6857.status, &one), go_case_recv(e6857.done, NULL) };
    (void)arg;
    if (fixed) {
        go_select(cases, 2);
    } else {
        go_chan_send(e6857.status, &one); /* LEAK etcd/6857: chan send */
    }
}

static void e6857_run(void *arg)
{
    e6857.status = chan_with_room(0);
    e6857.stop = chan_with_room(0);
    e6857.done = chan_with_room(0);
    go_start(e6857_node, arg);
    go_chan_send(e6857.stop, &one);
    let_others();
    go_start(e6857_status, arg);
}

/* 6873: stop waits for the coalescer with the lock that the coalescer needs to come to its end. */
static struct { struct go_mutex lock; struct go_chan *updates, *done; } e6873;

static void e6873_coalesce(void *arg)
{
    (void)arg;
    while (go_chan_recv(e6873.updates, NULL) == 0) {
        go_mutex_lock(&e6873.lock); /* LEAK etcd/6873: sync.Mutex.Lock */
        go_mutex_unlock(&e6873.lock);
    }
    go_chan_close(e6873.done);
}

static void e6873_run(void *arg)
{
    e6873.updates = chan_with_room(1);
    e6873.done = chan_with_room(0);
    go_start(e6873_coalesce, arg);
    go_mutex_lock(&e6873.lock);
    go_chan_send(e6873.updates, &one);
    go_chan_close(e6873.updates);
    if (fixed) {
        go_mutex_unlock(&e6873.lock);
    }
    go_chan_recv(e6873.done, NULL); /* LEAK etcd/6873: chan receive */
    if (!fixed) {
        go_mutex_unlock(&e6873.lock);
    }
}

/* 7443: the balancer tells of an address while it holds its lock; who listens closes it first. */
static struct { struct go_mutex lock; struct go_chan *notify; } e7443;

static void e7443_up(void *arg)
{
    (void)arg;
    go_mutex_lock(&e7443.lock);
    if (fixed) {
        go_mutex_unlock(&e7443.lock);
    }
    go_chan_send(e7443.notify, &one); /* LEAK etcd/7443: chan send */
    if (!fixed) {
        go_mutex_unlock(&e7443.lock);
    }
}

static void e7443_run(void *arg)
{
    e7443.notify = chan_with_room(0);
    go_start(e7443_up, arg);
    let_others();
    go_mutex_lock(&e7443.lock); /* LEAK etcd/7443: sync.Mutex.Lock */
    go_chan_close(e7443.notify);
    go_mutex_unlock(&e7443.lock);
}

/* 7492: a token is handed over under the lock that the keeper of tokens wants before it reads. */
static struct { struct go_mutex lock; struct go_chan *added; struct go_wait_group users; } e7492;

static void e7492_assign(void *arg)
{
    (void)arg;
    go_mutex_lock(&e7492.lock);
    if (fixed) {
        go_mutex_unlock(&e7492.lock);
    }
    go_chan_send(e7492.added, &one); /* LEAK etcd/7492: chan send */
    if (!fixed) {
        go_mutex_unlock(&e7492.lock);
    }
}

static void e7492_keeper(void *arg)
{
    (void)arg;
    let_others();
    do {
        go_mutex_lock(&e7492.lock); /* LEAK etcd/7492: sync.Mutex.Lock */
        go_mutex_unlock(&e7492.lock);
    } while (go_chan_recv(e7492.added, NULL) == 0);
}

static void e7492_run(void *arg)
{
    e7492.added = chan_with_room(0);
    go_start(e7492_keeper, arg);
    go_wait_group_start(&e7492.users, e7492_assign, arg);
    go_wait_group_wait(&e7492.users); /* LEAK etcd/7492: sync.WaitGroup.Wait */
    go_chan_close(e7492.added);
}

/* 7902: a follower waits for the next round under the lock that the leader needs to begin it. */
static struct { struct go_mutex lock; struct go_chan *next; struct go_wait_group all; } e7902;

static void e7902_follower(void *arg)
{
    (void)arg;
    go_mutex_lock(&e7902.lock);
    if (fixed) {
        go_mutex_unlock(&e7902.lock);
    }
    go_chan_recv(e7902.next, NULL); /* LEAK etcd/7902: chan receive */
    if (!fixed) {
        go_mutex_unlock(&e7902.lock);
    }
}

static void e7902_leader(void *arg)
{
    (void)arg;
    go_mutex_lock(&e7902.lock); /* LEAK etcd/7902: sync.Mutex.Lock */
    go_chan_close(e7902.next);
    go_mutex_unlock(&e7902.lock);
}

static void e7902_run(void *arg)
{
    e7902.next = chan_with_room(0);
    go_wait_group_start(&e7902.all, e7902_follower, arg);
    let_others();
    go_wait_group_start(&e7902.all, e7902_leader, arg);
    go_wait_group_wait(&e7902.all); /* LEAK etcd/7902: sync.WaitGroup.Wait */
}

const struct kernel etcd_kernels[] = {
    { "etcd/10492", e10492_run }, { "etcd/5509", e5509_run }, { "etcd/6708", e6708_run },
    { "etcd/6857", e6857_run },   { "etcd/6873", e6873_run }, { "etcd/7443", e7443_run },
    { "etcd/7492", e7492_run },   { "etcd/7902", e7902_run }, { NULL, NULL },
};
