/* Timers: a 4-ary heap in each place, each alarm knowing its index, so that most, which are
 * cleared before they fire, go in O(log n) at once and nothing piles up.
 *
 * An alarm that is due leaves the heap, fires without the lock, and only then is done: who clears
 * it meanwhile waits for that. */
#include "base/sys.h"
#include "runtime/go/sched_private.h"

#include <string.h>

enum { ARITY = 4, CAP_FIRST = 1024 };
enum { ALARM_IDLE, ALARM_SET, ALARM_FIRING };

static void put(struct pp_go_alarms *alarms, uint32_t at, struct pp_go_alarm *alarm)
{
    alarms->heap[at] = alarm;
    alarm->index = at;
}

static uint32_t sift_up(struct pp_go_alarms *alarms, uint32_t at, struct pp_go_alarm *alarm)
{
    while (at > 0 && alarms->heap[(at - 1) / ARITY]->when > alarm->when) {
        put(alarms, at, alarms->heap[(at - 1) / ARITY]);
        at = (at - 1) / ARITY;
    }
    put(alarms, at, alarm);
    return at;
}

static void sift_down(struct pp_go_alarms *alarms, uint32_t at, struct pp_go_alarm *alarm)
{
    for (;;) {
        uint32_t first = at * ARITY + 1, least = first;
        if (first >= alarms->count) {
            break;
        }
        for (uint32_t i = first + 1; i < first + ARITY && i < alarms->count; i++) {
            least = alarms->heap[i]->when < alarms->heap[least]->when ? i : least;
        }
        if (alarms->heap[least]->when >= alarm->when) {
            break;
        }
        put(alarms, at, alarms->heap[least]);
        at = least;
    }
    put(alarms, at, alarm);
}

static void note_next(struct pp_go_alarms *alarms)
{
    pp_store(&alarms->next, alarms->count ? alarms->heap[0]->when : INT64_MAX);
}

static void take_out(struct pp_go_alarms *alarms, uint32_t at)
{
    struct pp_go_alarm *last = alarms->heap[--alarms->count];
    if (at < alarms->count && sift_up(alarms, at, last) == at) {
        sift_down(alarms, at, last);
    }
    note_next(alarms);
}

/* Room for one more. The old heap's pages are given back. */
static bool grow(struct pp_go_alarms *alarms)
{
    if (alarms->count < alarms->cap) {
        return true;
    }
    uint32_t cap = alarms->cap ? alarms->cap * 2 : CAP_FIRST;
    struct pp_go_alarm **heap = pp_sys_map(cap * sizeof(*heap));
    if (!heap) {
        return false;
    }
    if (alarms->heap) {
        memcpy(heap, alarms->heap, alarms->count * sizeof(*heap));
        pp_sys_unmap(alarms->heap, alarms->cap * sizeof(*heap));
    }
    alarms->heap = heap;
    alarms->cap = cap;
    return true;
}

/* Own place, or of all for threads without one the first. */
static struct pp_p *here(void)
{
    struct pp_m *m = pp_go_enter();
    struct pp_p *p = m->p ? m->p : pp_go_sched.places[0];
    pp_go_leave(m);
    return p;
}

bool pp_go_alarm_set(struct pp_go_alarm *alarm, int64_t when)
{
    if (pp_load_acquire(&pp_go_sched.started_up) != 2 && pp_go_start_up() != 0) {
        return false;
    }
    struct pp_p *p = here();
    struct pp_go_alarms *alarms = &p->alarms;
    alarm->when = when;
    alarm->place = p;
    pp_go_lock(&alarms->lock);
    bool good = grow(alarms);
    if (good) {
        pp_store_relaxed(&alarm->state, ALARM_SET);
        sift_up(alarms, alarms->count++, alarm);
        note_next(alarms);
    }
    pp_go_unlock(&alarms->lock);
    if (good) {
        pp_go_poller_hurry(when);
    }
    return good;
}

/* One look: ALARM_IDLE and ALARM_SET are final, the latter now cleared. */
static uint32_t clear_once(struct pp_go_alarm *alarm)
{
    struct pp_p *p = pp_load_acquire(&alarm->place);
    pp_go_lock(&p->alarms.lock);
    uint32_t state = alarm->place == p ? alarm->state : ALARM_FIRING;
    if (state == ALARM_SET) {
        take_out(&p->alarms, alarm->index);
        pp_store_relaxed(&alarm->state, ALARM_IDLE);
    }
    pp_go_unlock(&p->alarms.lock);
    return state;
}

bool pp_go_alarm_clear(struct pp_go_alarm *alarm)
{
    uint32_t state = ALARM_IDLE;
    for (int spins = 0; pp_load_acquire(&alarm->place); spins++) {
        state = clear_once(alarm);
        if (state != ALARM_FIRING) {
            break;
        }
        if (spins < 100) {
            pp_pause();
        } else {
            pp_sys_sleep_ns(1000);
        }
    }
    return state == ALARM_SET;
}

static struct pp_go_alarm *take_due(struct pp_go_alarms *alarms, int64_t now)
{
    struct pp_go_alarm *alarm = NULL;
    pp_go_lock(&alarms->lock);
    if (alarms->count && alarms->heap[0]->when <= now) {
        alarm = alarms->heap[0];
        take_out(alarms, 0);
        pp_store_relaxed(&alarm->state, ALARM_FIRING);
    }
    pp_go_unlock(&alarms->lock);
    return alarm;
}

int64_t pp_go_alarms_run(struct pp_p *p, int64_t now)
{
    struct pp_go_alarm *alarm;
    while ((alarm = take_due(&p->alarms, now)) != NULL) {
        alarm->fire(alarm);
    }
    return pp_load(&p->alarms.next);
}

int64_t pp_go_alarms_next(void)
{
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < PP_GO_PROCS_MAX && pp_go_sched.places[i]; i++) {
        int64_t due = pp_load(&pp_go_sched.places[i]->alarms.next);
        next = due < next ? due : next;
    }
    return next;
}

void pp_go_alarm_done(struct pp_go_alarm *alarm)
{
    pp_store_release(&alarm->state, ALARM_IDLE);
}
