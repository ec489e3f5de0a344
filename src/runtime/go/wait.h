/* Waiting in queues: what every blocking call is made of.
 *
 *   object { lock, queue }     queue -> waiter <-> waiter <-> waiter      (on the waiting stacks)
 *                                         |
 *   ambient context's event -> waiter ----+-- one ticket: who wins it wakes the goroutine
 *   timer -------------------------------'
 *
 * A lock, a wait group or a semaphore needs only this:
 *
 *     pp_go_lock(&object->lock);
 *     if (must wait) {
 *         struct pp_go_waiter w = { 0 };
 *         return pp_go_wait(&object->queue, &object->lock, &w, PP_GO_WAIT_MUTEX, object);
 *     }
 *     ...
 * and on the other side
 *     pp_go_lock(&object->lock);
 *     struct pp_go_waiter *w = pp_go_queue_take(&object->queue);
 *     (change the object's state: w owns it now)
 *     pp_go_unlock(&object->lock);
 *     if (w) { pp_go_wake(w, 0); }
 *
 * Invariants
 *  - a waiter is in at most one queue, and out of it before the function that holds it returns.
 *  - a waiter that pp_go_queue_take returned will go on with the result given to pp_go_wake: its
 *    context or deadline can no longer end the wait.
 *  - a waiter whose context or deadline ended the wait stays in the queue until it has run;
 *    pp_go_queue_take passes over it.
 */
#ifndef PP_GO_WAIT_H
#define PP_GO_WAIT_H

#include "runtime/go/sched.h"

#pragma GCC visibility push(hidden)

struct pp_go_queue;
struct pp_go_waiter;

/* Which of its waiters ended a goroutine's wait. */
void pp_go_woken_by(struct pp_g *g, struct pp_go_waiter *waiter);

struct pp_go_waiter {
    struct pp_go_waiter *next, *prev;
    struct pp_go_queue *queue; /* it is in, or NULL; guarded by the queue's lock */
    struct pp_g *g;
    uint64_t ticket; /* 0: only the queue can end the wait */
    void *value;     /* for the queue's owner: where to copy, how many, ... */
    int result;      /* set by the waker */
};

struct pp_go_queue {
    struct pp_go_waiter *head, *tail;
};

/* Puts the caller into the queue (at its end), lets go of *lock, and waits: what pp_go_wake was
 * given, or -ECANCELED, -ETIMEDOUT when the ambient context ended first (at once when it already
 * has). *waiter is the caller's, zero but for `value`; *lock is held at entry, not at return. */
int pp_go_wait(struct pp_go_queue *queue, uint32_t *lock, struct pp_go_waiter *waiter,
               enum pp_go_reason reason, const void *object);

/* The same at the head of the queue, for one that was woken and found itself too late. */
int pp_go_wait_first(struct pp_go_queue *queue, uint32_t *lock, struct pp_go_waiter *waiter,
                     enum pp_go_reason reason, const void *object);

/* The same with a deadline of its own (go_now time, GO_FOREVER: none): -ETIMEDOUT. With
 * is_deaf the ambient context is not looked at (for waits that must not fail). */
int pp_go_wait_until(struct pp_go_queue *queue, uint32_t *lock, struct pp_go_waiter *waiter,
                     enum pp_go_reason reason, const void *object, int64_t deadline, bool is_deaf);

/* Puts a waiter at the end or the head; takes it out when it is still in one. Under the lock. */
static inline void pp_go_queue_add(struct pp_go_queue *queue, struct pp_go_waiter *waiter)
{
    waiter->queue = queue;
    waiter->next = NULL;
    waiter->prev = queue->tail;
    *(queue->tail ? &queue->tail->next : &queue->head) = waiter;
    queue->tail = waiter;
}

static inline void pp_go_queue_add_first(struct pp_go_queue *queue, struct pp_go_waiter *waiter)
{
    waiter->queue = queue;
    waiter->prev = NULL;
    waiter->next = queue->head;
    *(queue->head ? &queue->head->prev : &queue->tail) = waiter;
    queue->head = waiter;
}

static inline void pp_go_queue_remove(struct pp_go_waiter *waiter)
{
    struct pp_go_queue *queue = waiter->queue;
    if (queue) {
        *(waiter->prev ? &waiter->prev->next : &queue->head) = waiter->next;
        *(waiter->next ? &waiter->next->prev : &queue->tail) = waiter->prev;
        waiter->queue = NULL;
    }
}

/* The first that may still wait, without taking it; or NULL. Under the queue's lock. */
struct pp_go_waiter *pp_go_queue_first(const struct pp_go_queue *queue);

/* pp_go_waiter_claim and pp_go_queue_take read the goroutine's ticket: sched_private.h. */

/* Lets a taken waiter go on with that result; the struct is gone after this. No lock held. */
static inline void pp_go_wake(struct pp_go_waiter *waiter, int result)
{
    struct pp_g *g = waiter->g;
    waiter->result = result;
    if (waiter->ticket) {
        pp_go_woken_by(g, waiter);
    }
    pp_go_ready(g);
}

/* 0, or why the caller's ambient context has ended: for calls that need not wait. */
int pp_go_ambient_error(void);

/* ---- events: something that happens once ------------------------------------------------- */

/* All zero has not happened. */
struct pp_go_event {
    uint32_t lock;
    int result; /* 0: not yet; else what its waiters get; read without the lock: atomic */
    struct pp_go_queue queue;
};

/* It happens now, with that result (not 0): wakes all who wait. False when it had happened. Takes
 * the event's lock, and no other, one waiter after the other. */
bool pp_go_event_fire(struct pp_go_event *event, int result);

/* ---- timers ------------------------------------------------------------------------------ */

/* In the caller's memory, zero at first. `fire` is called once for each setting, on a worker or our
 * monitor thread, with no lock held, and ends in pp_go_alarm_done (or in setting the alarm again);
 * until then who clears the alarm waits. It must not park, and may lock and ready. */
struct pp_go_alarm {
    int64_t when;
    void (*fire)(struct pp_go_alarm *alarm);
    struct pp_p *place; /* whose heap it was put into, or NULL */
    uint32_t index;     /* in that heap */
    uint32_t state;     /* private */
};

/* Fires at `when`. The alarm is not set at that moment. False: no memory. */
bool pp_go_alarm_set(struct pp_go_alarm *alarm, int64_t when);
/* `fire` has ended; the alarm's memory may be gone after this. */
void pp_go_alarm_done(struct pp_go_alarm *alarm);
/* It will not fire after this returns (waits for `fire` to end if it is under way on another
 * thread). True when it was still to fire. May be called any number of times. */
bool pp_go_alarm_clear(struct pp_go_alarm *alarm);

#pragma GCC visibility pop

#endif
