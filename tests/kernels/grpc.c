/* gRPC. */
#include "kernels.h"

/* 1275: who reads a stream waits for a message; closing the stream sends none. */
static struct { struct go_chan *messages, *done; } g1275;

static void g1275_reader(void *arg)
{
    (void)arg;
    go_chan_recv(g1275.messages, NULL); /* LEAK grpc/1275: chan receive */
    go_chan_close(g1275.done);
}

static void g1275_run(void *arg)
{
    g1275.messages = chan_with_room(1);
    g1275.done = chan_with_room(0);
    go_start(g1275_reader, arg);
    if (fixed) {
        go_chan_send(g1275.messages, &one); /* CloseStream */
    }
    go_chan_recv(g1275.done, NULL); /* LEAK grpc/1275: chan receive */
}

/* 1353: updates are sent under the lock that their reader takes in between. */
static struct { struct go_mutex lock; struct go_chan *updates; } g1353;

static void g1353_watch(void *arg)
{
    (void)arg;
    go_mutex_lock(&g1353.lock);
    if (fixed) {
        go_mutex_unlock(&g1353.lock);
    }
    go_chan_send(g1353.updates, &one); /* LEAK grpc/1353: chan send */
    if (!fixed) {
        go_mutex_unlock(&g1353.lock);
    }
}

static void g1353_down(void)
{
    go_mutex_lock(&g1353.lock); /* LEAK grpc/1353: sync.Mutex.Lock */
    go_mutex_unlock(&g1353.lock);
}

static void g1353_run(void *arg)
{
    g1353.updates = chan_with_room(0);
    go_start(g1353_watch, arg);
    let_others();
    g1353_down();
    go_chan_recv(g1353.updates, NULL);
}

/* 1424: the dialer returns at the first error and leaves one that waits for it. */
static void g1424_balancer(void *done)
{
    go_chan_recv(done, NULL); /* LEAK grpc/1424: chan receive */
}

static int g1424_dial(struct go_chan *done, bool works)
{
    if (works || fixed) {
        go_chan_close(done);
    }
    return works ? 0 : -EIO;
}

static void g1424_run(void *arg)
{
    struct go_chan *done = chan_with_room(0);
    (void)arg;
    go_start(g1424_balancer, done);
    (void)g1424_dial(done, false);
}

/* 1460: keepalive sleeps until it is awoken, with the lock of who would wake it. */
static struct { struct go_mutex lock; struct go_chan *awaken; } g1460;

static void g1460_keepalive(void *arg)
{
    (void)arg;
    go_mutex_lock(&g1460.lock);
    if (fixed) {
        go_mutex_unlock(&g1460.lock);
    }
    go_chan_recv(g1460.awaken, NULL); /* LEAK grpc/1460: chan receive */
    if (!fixed) {
        go_mutex_unlock(&g1460.lock);
    }
}

static void g1460_run(void *arg)
{
    g1460.awaken = chan_with_room(0);
    go_start(g1460_keepalive, arg);
    let_others();
    go_mutex_lock(&g1460.lock); /* LEAK grpc/1460: sync.Mutex.Lock */
    go_chan_send(g1460.awaken, &one);
    go_mutex_unlock(&g1460.lock);
}

/* 3017: a connection whose timer already ran is removed without unlocking. */
static struct { struct go_mutex lock; struct go_chan *done; } g3017;

static void g3017_remove(bool timer_ran)
{
    go_mutex_lock(&g3017.lock); /* LEAK grpc/3017: sync.Mutex.Lock */
    if (timer_ran && !fixed) {
        return;
    }
    go_mutex_unlock(&g3017.lock);
}

static void g3017_remover(void *arg)
{
    (void)arg;
    g3017_remove(true);
    g3017_remove(false);
    go_chan_close(g3017.done);
}

static void g3017_run(void *arg)
{
    g3017.done = chan_with_room(0);
    go_start(g3017_remover, arg);
    go_chan_recv(g3017.done, NULL); /* LEAK grpc/3017: chan receive */
}

/* 660: the benchmark ends at its deadline and does not receive what a worker has done. */
static void g660_worker(void *done)
{
    go_chan_send(done, &one); /* LEAK grpc/660: chan send */
}

static void g660_run(void *arg)
{
    (void)arg;
    go_start(g660_worker, chan_with_room(fixed ? 1 : 0));
}

/* 795: a graceful stop takes the server's lock again on the way out; serve waits behind it. */
static struct { struct go_mutex lock; bool is_draining; } g795 = { .is_draining = true };

static void g795_serve(void *arg)
{
    (void)arg;
    go_mutex_lock(&g795.lock); /* LEAK grpc/795: sync.Mutex.Lock */
    go_mutex_unlock(&g795.lock);
}

static void g795_run(void *arg)
{
    go_mutex_lock(&g795.lock);
    go_start(g795_serve, arg);
    if (g795.is_draining) {
        if (!fixed) {
            go_mutex_lock(&g795.lock); /* LEAK grpc/795: sync.Mutex.Lock */
        }
        go_mutex_unlock(&g795.lock);
    }
}

/* 862: a dial without connections returns and does not close what it began. */
static void g862_reset(void *context)
{
    go_context_wait(context); /* LEAK grpc/862: chan receive */
}

static int g862_dial(struct go_context *context, const void *connection)
{
    go_start(g862_reset, context);
    if (!connection) {
        if (fixed) {
            go_context_cancel(context);
        }
        return -ENOTCONN;
    }
    return 0;
}

static void g862_run(void *arg)
{
    (void)g862_dial(go_context_new(arg), NULL);
}

const struct kernel grpc_kernels[] = {
    { "grpc/1275", g1275_run }, { "grpc/1353", g1353_run }, { "grpc/1424", g1424_run },
    { "grpc/1460", g1460_run }, { "grpc/3017", g3017_run }, { "grpc/660", g660_run },
    { "grpc/795", g795_run },   { "grpc/862", g862_run },   { NULL, NULL },
};
