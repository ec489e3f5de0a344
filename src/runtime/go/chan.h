/* Inside a channel, for chan.c, select.c and time.c. Everything under chan->lock (rank object). */
#ifndef PP_GO_CHAN_H
#define PP_GO_CHAN_H

#include "runtime/go/run_queue.h"

#include <string.h>

#pragma GCC visibility push(hidden)

struct go_chan {
    uint32_t lock;
    bool closed;
    uint32_t holders; /* atomic */
    size_t element, capacity;
    size_t count;     /* atomic to read */
    size_t head, tail;
    struct pp_go_queue receivers, senders;
};

static inline void *pp_go_chan_slot(struct go_chan *chan, size_t index)
{
    return (char *)(chan + 1) + index * chan->element;
}

/* Elements that are copied by one move, with no sanitizer to see it: most are. What follows is
 * compiled for these (is_word, a constant) and for all. */
ALWAYS_INLINE bool pp_go_chan_is_word(const struct go_chan *chan)
{
    return chan->element == sizeof(uint64_t) && !pp_go_watched;
}

ALWAYS_INLINE void pp_go_chan_copy(const struct go_chan *chan, void *to, const void *from,
                                   bool is_word)
{
    if (to && is_word) {
        memcpy(to, from, sizeof(uint64_t));
    } else if (to && chan->element) {
        memcpy(to, from, chan->element);
    }
}

static inline void pp_go_chan_zero(const struct go_chan *chan, void *value)
{
    if (value && chan->element) {
        memset(value, 0, chan->element);
    }
}

static inline size_t pp_go_chan_next(const struct go_chan *chan, size_t index)
{
    return index + 1 == chan->capacity ? 0 : index + 1;
}

ALWAYS_INLINE void pp_go_chan_put(struct go_chan *chan, const void *value, bool is_word)
{
    pp_go_chan_copy(chan, pp_go_chan_slot(chan, chan->tail), value, is_word);
    chan->tail = pp_go_chan_next(chan, chan->tail);
    chan->count++;
}

/* Hands *value on, to a receiver or the buffer: true; *wake is then whom to wake, or NULL. The
 * channel is open. */
ALWAYS_INLINE bool pp_go_chan_give(struct go_chan *chan, const void *value,
                                   struct pp_go_waiter **wake, bool is_word)
{
    struct pp_go_waiter *receiver = pp_go_queue_take(&chan->receivers);
    *wake = receiver;
    if (receiver) {
        pp_go_chan_copy(chan, receiver->value, value, is_word);
        return true;
    }
    if (chan->count == chan->capacity) {
        return false;
    }
    pp_go_chan_put(chan, value, is_word);
    return true;
}

/* Takes an element into *value (may be NULL), from the buffer or a sender. */
ALWAYS_INLINE bool pp_go_chan_get(struct go_chan *chan, void *value, struct pp_go_waiter **wake,
                                  bool is_word)
{
    bool was_empty = chan->count == 0;
    if (!was_empty) {
        pp_go_chan_copy(chan, value, pp_go_chan_slot(chan, chan->head), is_word);
        chan->head = pp_go_chan_next(chan, chan->head);
        chan->count--;
    }
    struct pp_go_waiter *sender = pp_go_queue_take(&chan->senders);
    *wake = sender;
    if (!sender) {
        return !was_empty;
    }
    if (was_empty) {
        pp_go_chan_copy(chan, value, sender->value, is_word);
    } else {
        pp_go_chan_put(chan, sender->value, is_word);
    }
    return true;
}

#pragma GCC visibility pop

#endif
