/* How fast a place gets through its switches, which decides whether others help it.
 *
 *            64 switches in under 32 us                     every 0.1, 0.2, ... 16 ms
 *     SLOW  ---------------------------->  QUICK  -------------------------------->  OFFERS
 *           <----------------------------         <--------------------------------
 *            twice more; or the monitor             a thief took the half of its ring
 *            saw few switches
 *
 * To run a goroutine on another processor costs some hundred ns: its lines of cache go there and
 * back. A place whose switches are shorter than that is left alone: nothing is taken from its ring,
 * nor from the global queue, where it looks often, and nobody is woken to do so. Three goroutines
 * that select among each other, taken apart, ran at half their speed. But others may be quick and
 * have nothing to do with each other: so one theft is allowed now and then, more and more seldom
 * while that does not change the pace. What runs long behind quick ones is found by the monitor. */
#include "base/sys.h"
#include "runtime/go/sched_private.h"

#define OFFER_FIRST_NS INT64_C(100000)
#define OFFER_MAX_NS INT64_C(16000000)

/* Its time without work does not count. */
static int64_t busy_until(struct pp_p *p, int64_t now)
{
    p->busy_ns += p->busy_since ? now - p->busy_since : 0;
    p->busy_since = now;
    return p->busy_ns;
}

static void offer_now_and_then(struct pp_p *p, int64_t now)
{
    if (now - p->offered_ns > p->offer_every_ns) {
        p->offered_ns = now;
        p->offer_every_ns += p->offer_every_ns < OFFER_MAX_NS ? p->offer_every_ns : 0;
        pp_store_relaxed(&p->pace, PP_P_OFFERS);
    }
}

void pp_go_pace_judge(struct pp_p *p, int64_t now)
{
    uint32_t ran = p->tick - p->paced_tick, pace = pp_load_relaxed(&p->pace);
    int64_t took = busy_until(p, now);
    bool was_slow = p->was_slow;
    if (ran < PP_GO_CHECK_EVERY && took < PP_GO_CHECK_EVERY * PP_GO_QUICK_NS) {
        return; /* too early to tell */
    }
    p->paced_tick = p->tick;
    p->busy_ns = 0;
    p->was_slow = took > (int64_t)ran * PP_GO_QUICK_NS;
    if (p->was_slow && was_slow) {
        pp_store_relaxed(&p->pace, PP_P_SLOW);
    } else if (!p->was_slow && pace == PP_P_SLOW) {
        p->offered_ns = now;
        p->offer_every_ns = OFFER_FIRST_NS;
        pp_store_relaxed(&p->pace, PP_P_QUICK);
        pp_go_monitor_soon();
    } else if (!p->was_slow) {
        offer_now_and_then(p, now);
    }
}
