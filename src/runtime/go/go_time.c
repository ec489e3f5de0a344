/* Sleep, timers and tickers of the public face. */
#include "base/sys.h"
#include "runtime/go/chan.h"
#include "runtime/go/sched_private.h"

#include <errno.h>
#include <stdlib.h>

struct go_timer {
    struct pp_go_alarm alarm;
    struct go_chan *chan; /* NULL: starts fn */
    go_fn fn;
    void *arg;
    int64_t every_ns;     /* ticker; else 0 */
    uint32_t lock;        /* one setting or clearing at a time; rank before timers */
    bool frees_itself;
};

PPROF_API int64_t go_now(void)
{
    return pp_sys_monotonic_ns();
}

int64_t pp_go_due(int64_t ns)
{
    int64_t now = pp_sys_monotonic_ns();
    return ns <= 0 ? now : ns > INT64_MAX - 1 - now ? GO_FOREVER - 1 : now + ns;
}

PPROF_API int go_sleep(int64_t ns)
{
    uint32_t lock = 1;
    struct pp_go_queue queue = { NULL, NULL };
    struct pp_go_waiter waiter = { 0 };
    int64_t until = pp_go_due(ns);
    if (ns <= 0) {
        go_yield();
        return pp_go_ambient_error();
    }
    int result = pp_go_wait_until(&queue, &lock, &waiter, PP_GO_WAIT_SLEEP, NULL, until, false);
    return result == -ETIMEDOUT && pp_sys_monotonic_ns() >= until ? 0 : result;
}

/* ---- firing ---- */

static void send_now(struct go_chan *chan)
{
    int64_t now = pp_sys_monotonic_ns();
    (void)go_chan_try_send(chan, &now);
}

static void end_self(struct go_timer *timer)
{
    struct go_chan *chan = timer->chan;
    free(timer);
    go_chan_free(chan);
}

static void fire_timer(struct pp_go_alarm *alarm)
{
    struct go_timer *timer = (struct go_timer *)(void *)alarm;
    if (timer->chan) {
        send_now(timer->chan);
    } else {
        (void)go_start(timer->fn, timer->arg);
    }
    if (timer->frees_itself) {
        end_self(timer);
    } else if (timer->every_ns) {
        int64_t next = alarm->when + timer->every_ns, now = pp_sys_monotonic_ns();
        (void)pp_go_alarm_set(alarm, next > now ? next : now + timer->every_ns);
    } else {
        pp_go_alarm_done(alarm);
    }
}

/* ---- making ---- */

static struct go_timer *new_timer(bool has_chan)
{
    struct go_timer *timer = calloc(1, sizeof(*timer));
    if (timer) {
        timer->alarm.fire = fire_timer;
        timer->chan = has_chan ? go_chan_new(sizeof(int64_t), 1) : NULL;
    }
    if (timer && has_chan && !timer->chan) {
        free(timer);
        return NULL;
    }
    return timer;
}

static struct go_timer *start_timer(struct go_timer *timer, int64_t ns)
{
    if (timer && !pp_go_alarm_set(&timer->alarm, pp_go_due(ns))) {
        end_self(timer);
        return NULL;
    }
    return timer;
}

PPROF_API struct go_timer *go_timer_new(int64_t ns)
{
    return start_timer(new_timer(true), ns);
}

PPROF_API struct go_timer *go_after_func(int64_t ns, go_fn fn, void *arg)
{
    struct go_timer *timer = new_timer(false);
    if (timer) {
        timer->fn = fn;
        timer->arg = arg;
    }
    return start_timer(timer, ns);
}

PPROF_API struct go_timer *go_ticker_new(int64_t ns)
{
    struct go_timer *timer = ns > 0 ? new_timer(true) : NULL;
    if (timer) {
        timer->every_ns = ns;
    }
    return start_timer(timer, ns);
}

PPROF_API struct go_chan *go_after(int64_t ns)
{
    struct go_timer *timer = new_timer(true);
    if (!timer) {
        return NULL;
    }
    struct go_chan *chan = go_chan_hold(timer->chan);
    timer->frees_itself = true;
    if (!start_timer(timer, ns)) {
        go_chan_free(chan);
        return NULL;
    }
    return chan;
}

/* ---- using ---- */

PPROF_API struct go_chan *go_timer_chan(struct go_timer *timer)
{
    return timer ? timer->chan : NULL;
}

PPROF_API bool go_timer_stop(struct go_timer *timer)
{
    if (!timer) {
        return false;
    }
    pp_go_lock(&timer->lock);
    bool was_set = pp_go_alarm_clear(&timer->alarm);
    pp_go_unlock(&timer->lock);
    return was_set;
}

PPROF_API bool go_timer_reset(struct go_timer *timer, int64_t ns)
{
    if (!timer) {
        return false;
    }
    pp_go_lock(&timer->lock);
    bool was_set = pp_go_alarm_clear(&timer->alarm);
    timer->every_ns = timer->every_ns && ns > 0 ? ns : timer->every_ns;
    (void)pp_go_alarm_set(&timer->alarm, pp_go_due(ns));
    pp_go_unlock(&timer->lock);
    return was_set;
}

PPROF_API void go_timer_free(struct go_timer *timer)
{
    if (timer) {
        (void)go_timer_stop(timer);
        end_self(timer);
    }
}
