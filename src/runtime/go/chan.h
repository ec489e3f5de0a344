/* Inside a channel, for chan.c, select.c and time.c. Everything under chan->lock (rank object). */
#ifndef PP_GO_CHAN_H
#define PP_GO_CHAN_H

#include "runtime/go/wait.h"

#include <string.h>

struct go_chan {
    uint32_t lock;
    bool closed;
    uint32_t holders; /* atomic */
    size_t element, capacity;
    size_t count;     /* atomic to read */
    size_t head, tail;
    struct pp_go_queue receivers, senders;
};

/* Hands *value on, to a receiver or the buffer: true; *wake is then whom to wake, or NULL. The
 * channel is open. */
bool pp_go_chan_give(struct go_chan *chan, const void *value, struct pp_go_waiter **wake);

/* Takes an element into *value (may be NULL), from the buffer or a sender. */
bool pp_go_chan_get(struct go_chan *chan, void *value, struct pp_go_waiter **wake);

static inline void *pp_go_chan_slot(struct go_chan *chan, size_t index)
{
    return (char *)(chan + 1) + index * chan->element;
}

static inline void pp_go_chan_copy(const struct go_chan *chan, void *to, const void *from)
{
    if (pp_likely(chan->element == sizeof(uint64_t) && to && !pp_go_watched)) {
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

#endif
