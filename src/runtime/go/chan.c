/* Channels.
 *
 *   struct go_chan | lock, counts, queues | element | element | ...      one block of the program's
 *                    receivers -> waiter -> waiter     only while the buffer is empty
 *                    senders   -> waiter               only while it is full
 *
 * A value goes straight from sender to waiting receiver; the receiver is readied after the lock is
 * let go. Channels are the program's memory (malloc), so that heap profiles and leak checkers of
 * every kind see who made them. */
#include "runtime/go/chan.h"

#include "runtime/go/switch.h"
#include "runtime/go/fiber.h"

#include <errno.h>
#include <stdlib.h>

#define CHAN_BYTES_MAX ((size_t)1 << 46)

PPROF_API struct go_chan *go_chan_new(size_t element_bytes, size_t capacity)
{
    size_t bytes;
    if (__builtin_mul_overflow(element_bytes, capacity, &bytes) || bytes > CHAN_BYTES_MAX) {
        return NULL;
    }
    struct go_chan *chan = malloc(sizeof(*chan) + bytes);
    if (chan) {
        *chan = (struct go_chan){ .holders = 1, .element = element_bytes, .capacity = capacity };
    }
    return chan;
}

PPROF_API struct go_chan *go_chan_hold(struct go_chan *chan)
{
    if (chan) {
        (void)pp_add_relaxed(&chan->holders, 1);
    }
    return chan;
}

PPROF_API void go_chan_free(struct go_chan *chan)
{
    if (!chan) {
        return;
    }
    pp_go_released(&chan->holders);
    if (pp_add(&chan->holders, UINT32_MAX) == 1) {
        pp_go_acquired(&chan->holders);
        free(chan);
    }
}

PPROF_API size_t go_chan_len(const struct go_chan *chan)
{
    return chan ? pp_load_relaxed(&chan->count) : 0;
}

PPROF_API size_t go_chan_capacity(const struct go_chan *chan)
{
    return chan ? chan->capacity : 0;
}

/* ---- sending and receiving ---- */

/* A nil channel: only the ambient context can end this. */
static int wait_for_ever(enum pp_go_reason reason)
{
    uint32_t lock = 1;
    struct pp_go_queue queue = { NULL, NULL };
    struct pp_go_waiter waiter = { 0 };
    return pp_go_wait(&queue, &lock, &waiter, reason, NULL);
}

/* With a context, a deadline or on a thread: as everything else waits. */
static __attribute__((noinline)) int wait_slow(struct go_chan *chan, struct pp_go_queue *queue,
                                               void *value, enum pp_go_reason reason)
{
    struct pp_go_waiter waiter = { .value = value };
    return pp_go_wait(queue, &chan->lock, &waiter, reason, chan);
}

static inline __attribute__((always_inline)) int wait_in(struct go_chan *chan,
                                                         struct pp_go_queue *queue, void *value,
                                                         enum pp_go_reason reason)
{
    struct pp_m *m = pp_go_enter_simply();
    if (pp_unlikely(!m)) {
        return wait_slow(chan, queue, value, reason);
    }
    struct pp_g *g = m->current;
    if (pp_unlikely(g->done || !can_swap(g))) {
        pp_go_leave_simply(m);
        return wait_slow(chan, queue, value, reason);
    }
    g->waiter.g = g;
    g->waiter.value = value;
    g->waiter.ticket = 0;
    pp_go_queue_add(queue, &g->waiter);
    return park_swap(m, g, reason, chan, &chan->lock);
}

/* Apart from what need not wait: that returns as usual (see pp_go_swap). */
static NOINLINE int wait_to_send(struct go_chan *chan, void *value)
{
    return wait_in(chan, &chan->senders, value, PP_GO_WAIT_SEND);
}

static NOINLINE int wait_to_receive(struct go_chan *chan, void *value)
{
    return wait_in(chan, &chan->receivers, value, PP_GO_WAIT_RECV);
}

ALWAYS_INLINE bool lock_at_once(struct go_chan *chan)
{
    uint32_t is_free = 0;
    return pp_cas_acquire(&chan->lock, &is_free, 1);
}

ALWAYS_INLINE void let_go(struct go_chan *chan, bool is_word)
{
    if (is_word) { /* nobody is to be told */
        pp_store_release(&chan->lock, 0);
    } else {
        pp_go_unlock(&chan->lock);
    }
}

/* Under the lock, and lets go of it. Whatever is called is called last: so what the usual way needs
 * is in registers, with no frame to make and to leave. */
ALWAYS_INLINE int send_locked(struct go_chan *chan, const void *value, bool is_word)
{
    struct pp_go_waiter *receiver;
    bool is_closed = chan->closed;
    if (pp_likely(!is_closed) && pp_go_chan_give(chan, value, &receiver, is_word)) {
        let_go(chan, is_word);
        return wake(receiver);
    }
    if (pp_unlikely(is_closed)) {
        let_go(chan, is_word);
        return GO_CLOSED;
    }
    return wait_to_send(chan, (void *)(uintptr_t)value);
}

static NOINLINE int closed_to_receiver(struct go_chan *chan, void *value)
{
    pp_go_unlock(&chan->lock);
    pp_go_chan_zero(chan, value);
    return GO_CLOSED;
}

ALWAYS_INLINE int receive_locked(struct go_chan *chan, void *value, bool is_word)
{
    struct pp_go_waiter *sender;
    if (pp_go_chan_get(chan, value, &sender, is_word)) {
        let_go(chan, is_word);
        return wake(sender);
    }
    if (pp_unlikely(chan->closed)) {
        return closed_to_receiver(chan, value);
    }
    return wait_to_receive(chan, value);
}

static NOINLINE int send_any(struct go_chan *chan, const void *value)
{
    if (!chan) {
        return wait_for_ever(PP_GO_WAIT_SEND_NIL);
    }
    pp_go_lock(&chan->lock);
    return send_locked(chan, value, false);
}

static NOINLINE int receive_any(struct go_chan *chan, void *value)
{
    if (!chan) {
        return wait_for_ever(PP_GO_WAIT_RECV_NIL);
    }
    pp_go_lock(&chan->lock);
    return receive_locked(chan, value, false);
}

PPROF_API int go_chan_send(struct go_chan *chan, const void *value)
{
    if (pp_unlikely(!chan || !pp_go_chan_is_word(chan) || !lock_at_once(chan))) {
        return send_any(chan, value);
    }
    return send_locked(chan, value, true);
}

PPROF_API int go_chan_recv(struct go_chan *chan, void *value)
{
    if (pp_unlikely(!chan || !pp_go_chan_is_word(chan) || !lock_at_once(chan))) {
        return receive_any(chan, value);
    }
    return receive_locked(chan, value, true);
}

PPROF_API int go_chan_try_send(struct go_chan *chan, const void *value)
{
    struct pp_go_waiter *waiter;
    if (!chan) {
        return -EAGAIN;
    }
    pp_go_lock(&chan->lock);
    bool closed = chan->closed;
    bool done = !closed && pp_go_chan_give(chan, value, &waiter, false);
    pp_go_unlock(&chan->lock);
    if (done && waiter) {
        pp_go_wake(waiter, 0);
    }
    return closed ? GO_CLOSED : done ? 0 : -EAGAIN;
}

PPROF_API int go_chan_try_recv(struct go_chan *chan, void *value)
{
    struct pp_go_waiter *waiter;
    if (!chan) {
        return -EAGAIN;
    }
    pp_go_lock(&chan->lock);
    bool done = pp_go_chan_get(chan, value, &waiter, false);
    bool closed = chan->closed;
    pp_go_unlock(&chan->lock);
    if (done && waiter) {
        pp_go_wake(waiter, 0);
    } else if (!done && closed) {
        pp_go_chan_zero(chan, value);
    }
    return done ? 0 : closed ? GO_CLOSED : -EAGAIN;
}

/* ---- closing ---- */

static bool wake_one(struct go_chan *chan)
{
    struct pp_go_waiter *waiter = pp_go_queue_take(&chan->receivers);
    if (waiter) {
        pp_go_chan_zero(chan, waiter->value);
    } else {
        waiter = pp_go_queue_take(&chan->senders);
    }
    pp_go_unlock(&chan->lock);
    if (waiter) {
        pp_go_wake(waiter, GO_CLOSED);
    }
    pp_go_lock(&chan->lock);
    return waiter != NULL;
}

PPROF_API int go_chan_close(struct go_chan *chan)
{
    if (!chan) {
        return -EINVAL;
    }
    go_chan_hold(chan); /* who is woken may free it */
    pp_go_lock(&chan->lock);
    bool closed = chan->closed;
    chan->closed = true;
    while (!closed && wake_one(chan)) {
    }
    pp_go_unlock(&chan->lock);
    go_chan_free(chan);
    return closed ? GO_CLOSED : 0;
}
