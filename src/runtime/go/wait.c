#include "runtime/go/wait.h"

#include "base/sys.h"
#include "runtime/go/sched_private.h"

#include <errno.h>
#include <sys/syscall.h>

enum { SPINS = 60, YIELDS = 20, NAP_NS = 20000 };

/* ---- the short lock ---- */

/* The holder does a few loads and stores; if it takes longer, its thread lost the processor. */
void pp_go_lock_slow(uint32_t *lock)
{
    for (int round = 0;; round++) {
        if (round < SPINS) {
            pp_pause();
        } else if (round < SPINS + YIELDS) {
            (void)pp_sys_call(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
        } else {
            pp_sys_sleep_ns(NAP_NS);
        }
        uint32_t is_free = 0;
        if (!pp_load_relaxed(lock) && pp_cas_acquire(lock, &is_free, 1)) {
            return;
        }
    }
}

/* ---- waking ---- */

struct pp_go_waiter *pp_go_queue_first(const struct pp_go_queue *queue)
{
    struct pp_go_waiter *waiter = queue->head;
    while (waiter && waiter->ticket && pp_load_acquire(&waiter->g->ticket) != waiter->ticket) {
        waiter = waiter->next;
    }
    return waiter;
}

void pp_go_woken_by(struct pp_g *g, struct pp_go_waiter *waiter)
{
    g->woken = waiter;
}

/* ---- waiting with a context or a deadline ---- */

struct slow_wait {
    struct pp_go_waiter *waiter;
    uint32_t *lock;
    struct pp_go_event *done;
    struct pp_go_waiter on_done;
    struct pp_go_alarm alarm;
    struct pp_go_waiter on_alarm;
    int64_t deadline;
};

static void fire_wait(struct pp_go_alarm *alarm)
{
    struct slow_wait *wait =
        (struct slow_wait *)(void *)((char *)alarm - offsetof(struct slow_wait, alarm));
    struct pp_go_waiter *waiter = &wait->on_alarm;
    struct pp_g *g = waiter->g;
    bool won = pp_go_waiter_claim(waiter);
    if (won) {
        waiter->result = -ETIMEDOUT;
        g->woken = waiter;
    }
    pp_go_alarm_done(alarm);
    if (won) {
        pp_go_ready(g);
    }
}

/* On the next stack: only now may anybody wake us. Our frame stays while any lock is held, since we
 * take them all again before we return. */
static void unlock_slow(void *arg)
{
    struct slow_wait *wait = arg;
    uint32_t *lock = wait->lock, *done_lock = wait->done ? &wait->done->lock : NULL;
    if (wait->deadline != GO_FOREVER) {
        (void)pp_go_alarm_set(&wait->alarm, wait->deadline);
    }
    if (done_lock) {
        pp_store_release(done_lock, 0);
    }
    pp_store_release(lock, 0);
}

static void clean_up(struct slow_wait *wait)
{
    pp_go_lock(wait->lock);
    pp_go_queue_remove(wait->waiter);
    if (wait->done) {
        pp_go_lock(&wait->done->lock);
        pp_go_queue_remove(&wait->on_done);
        pp_go_unlock(&wait->done->lock);
    }
    pp_go_unlock(wait->lock);
    if (wait->deadline != GO_FOREVER) {
        (void)pp_go_alarm_clear(&wait->alarm);
    }
}

static int wait_slow(struct slow_wait *wait, struct pp_g *g, enum pp_go_reason reason,
                     const void *object)
{
    struct pp_go_waiter *waiter = wait->waiter;
    waiter->ticket = pp_go_ticket_new(g);
    wait->on_done = wait->on_alarm = (struct pp_go_waiter){ .g = g, .ticket = waiter->ticket };
    wait->alarm = (struct pp_go_alarm){ .fire = fire_wait };
    if (wait->done) {
        pp_go_lock(&wait->done->lock);
        int result = pp_load_relaxed(&wait->done->result);
        if (result) {
            pp_go_unlock(&wait->done->lock);
            pp_go_queue_remove(waiter);
            pp_go_unlock(wait->lock);
            return result;
        }
        pp_go_queue_add(&wait->done->queue, &wait->on_done);
        pp_go_released(&wait->done->lock);
    }
    pp_go_released(wait->lock);
    pp_go_park(reason, object, unlock_slow, wait);
    int result = ((struct pp_go_waiter *)g->woken)->result;
    clean_up(wait);
    return result;
}

static int wait_queued(struct pp_go_waiter *waiter, uint32_t *lock, enum pp_go_reason reason,
                       const void *object, int64_t deadline, bool is_deaf)
{
    struct pp_g *g = waiter->g;
    struct pp_go_event *done = is_deaf ? NULL : g->done;
    if (pp_likely(!done && deadline == GO_FOREVER)) {
        waiter->ticket = 0;
        (void)pp_go_park_unlock(reason, object, lock);
        return waiter->result;
    }
    struct slow_wait wait = { .waiter = waiter, .lock = lock, .done = done, .deadline = deadline };
    return wait_slow(&wait, g, reason, object);
}

int pp_go_wait_until(struct pp_go_queue *queue, uint32_t *lock, struct pp_go_waiter *waiter,
                     enum pp_go_reason reason, const void *object, int64_t deadline, bool is_deaf)
{
    waiter->g = pp_go_self();
    pp_go_queue_add(queue, waiter);
    return wait_queued(waiter, lock, reason, object, deadline, is_deaf);
}

int pp_go_wait(struct pp_go_queue *queue, uint32_t *lock, struct pp_go_waiter *waiter,
               enum pp_go_reason reason, const void *object)
{
    return pp_go_wait_until(queue, lock, waiter, reason, object, GO_FOREVER, false);
}

int pp_go_wait_first(struct pp_go_queue *queue, uint32_t *lock, struct pp_go_waiter *waiter,
                     enum pp_go_reason reason, const void *object)
{
    waiter->g = pp_go_self();
    pp_go_queue_add_first(queue, waiter);
    return wait_queued(waiter, lock, reason, object, GO_FOREVER, false);
}

int pp_go_ambient_error(void)
{
    const struct pp_go_event *done = pp_go_self()->done;
    return done ? pp_load_acquire(&done->result) : 0;
}

/* ---- events ---- */

bool pp_go_event_fire(struct pp_go_event *event, int result)
{
    struct pp_go_waiter *waiter;
    pp_go_lock(&event->lock);
    bool first = !event->result;
    if (first) {
        pp_store_release(&event->result, result);
    }
    while (first && (waiter = pp_go_queue_take(&event->queue)) != NULL) {
        pp_go_unlock(&event->lock);
        pp_go_wake(waiter, result);
        pp_go_lock(&event->lock);
    }
    pp_go_unlock(&event->lock);
    return first;
}

/* ---- contexts of goroutines ---- */

struct go_context *pp_go_context_of(const struct pp_g *g)
{
    return g->context;
}

void pp_go_context_set(struct pp_g *g, struct go_context *context, struct pp_go_event *done)
{
    g->context = context;
    g->done = done;
    g->has_extras |= context != NULL;
}
