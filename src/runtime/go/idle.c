/* A worker's own stack: looking for work, and sleeping.
 *
 *   look:  timers -> own queue -> global queue -> descriptors -> other Ps' rings, a while
 *   sleep: place to the idle list; look at all rings once more; then one of the sleepers waits for
 *          descriptors and timers (the poller), the others for a kick
 *
 * A wake-up cannot be lost: whoever fills the global queue does so under sched.lock and then looks
 * for spinners; a spinner first stops being one and then looks at that queue under the same lock.
 * For rings the owner is awake anyway, and the monitor looks after them; and after the queue while it
 * is left to a quick place (pace.c). */
#include "base/sys.h"
#include "runtime/go/sched_private.h"

enum { SPIN_ROUNDS = 40, SPIN_PAUSES = 32, POLL_EVERY_NS = 20000 };

/* ---- places ---- */

static void place_push(struct pp_p *p)
{
    struct pp_go_sched *s = &pp_go_sched;
    pp_store_relaxed(&p->state, PP_P_IDLE);
    pp_store_relaxed(&p->pace, PP_P_SLOW);
    p->m = NULL;
    if (p->index >= s->procs) {
        return;
    }
    p->next_idle = s->idle_p;
    s->idle_p = p;
    pp_store(&s->idle_p_count, s->idle_p_count + 1);
}

static struct pp_p *place_pop(void)
{
    struct pp_go_sched *s = &pp_go_sched;
    struct pp_p *p = s->idle_p;
    if (p) {
        s->idle_p = p->next_idle;
        pp_store(&s->idle_p_count, s->idle_p_count - 1);
        pp_store_relaxed(&p->state, PP_P_RUNNING);
    }
    return p;
}

struct pp_p *pp_go_place_take(void)
{
    struct pp_go_sched *s = &pp_go_sched;
    if (!pp_load_relaxed(&s->idle_p_count)) {
        return NULL;
    }
    pp_go_lock(&s->lock);
    struct pp_p *p = place_pop();
    pp_go_unlock(&s->lock);
    return p;
}

void pp_go_place_use(struct pp_m *m, struct pp_p *p)
{
    m->p = p;
    p->m = m;
    p->busy_since = 0;
    pp_store_relaxed(&p->state, PP_P_RUNNING);
}

/* ---- waking others ---- */

void pp_go_kick(struct pp_m *m)
{
    pp_store(&m->park, 1);
    pp_sys_futex_wake(&m->park, 1);
    if (pp_load(&m->is_polling)) {
        pp_go_poll_break();
    }
}

static struct pp_m *idle_pop(void)
{
    struct pp_m *m = pp_go_sched.idle_m;
    if (m) {
        pp_go_sched.idle_m = m->next_idle;
        pp_store_relaxed(&pp_go_sched.idle_m_count, pp_go_sched.idle_m_count - 1);
    }
    return m;
}

static bool idle_remove(struct pp_m *m)
{
    for (struct pp_m **at = &pp_go_sched.idle_m; *at; at = &(*at)->next_idle) {
        if (*at == m) {
            *at = m->next_idle;
            pp_store_relaxed(&pp_go_sched.idle_m_count, pp_go_sched.idle_m_count - 1);
            return true;
        }
    }
    return false;
}

static void idle_push(struct pp_m *m, bool last)
{
    struct pp_m **at = &pp_go_sched.idle_m;
    while (last && *at) {
        at = &(*at)->next_idle;
    }
    m->next_idle = *at;
    *at = m;
    pp_store_relaxed(&pp_go_sched.idle_m_count, pp_go_sched.idle_m_count + 1);
}

/* Gives p to a sleeping worker, or to a new one. */
static void place_hand(struct pp_p *p, bool is_spinning)
{
    struct pp_go_sched *s = &pp_go_sched;
    pp_go_lock(&s->lock);
    struct pp_m *m = idle_pop();
    if (m) {
        m->next_p = p;
        m->is_spinning = is_spinning;
    }
    pp_go_unlock(&s->lock);
    if (m) {
        pp_go_kick(m);
    } else if (pp_go_worker_start(p, is_spinning) != 0) {
        pp_go_lock(&s->lock);
        place_push(p);
        pp_go_unlock(&s->lock);
        pp_sub_relaxed(&s->spinning, is_spinning);
    }
}

void pp_go_wake_worker(void)
{
    struct pp_go_sched *s = &pp_go_sched;
    uint32_t none = 0;
    if (!pp_load(&s->idle_p_count) || pp_load(&s->spinning) || !pp_cas(&s->spinning, &none, 1)) {
        return;
    }
    struct pp_p *p = pp_go_place_take();
    if (p) {
        place_hand(p, true);
    } else {
        (void)pp_sub_relaxed(&s->spinning, 1);
    }
}

/* A place that is left alone looks at the global queue soon enough. */
static bool queue_needs_us(void)
{
    bool needs = pp_load(&pp_go_sched.queue_count) > 0;
    for (size_t i = 0; needs && i < PP_GO_PROCS_MAX && pp_go_sched.places[i]; i++) {
        needs = !pp_go_is_left_alone(pp_go_sched.places[i]);
    }
    return needs;
}

static bool has_work(const struct pp_p *p)
{
    return p->run_next || pp_go_ring_count(p) || queue_needs_us();
}

void pp_go_place_release(struct pp_p *p)
{
    struct pp_go_sched *s = &pp_go_sched;
    p->m = NULL;
    if (p->index < pp_load_relaxed(&s->procs) && has_work(p)) {
        place_hand(p, false);
        return;
    }
    struct pp_g *g;
    while (p->index >= pp_load_relaxed(&s->procs) &&
           (p->run_next || pp_go_ring_count(p))) { /* procs were reduced */
        g = p->run_next ? p->run_next : pp_go_ring_pop(p);
        p->run_next = NULL;
        if (g) {
            pp_go_queue_global(&g, 1);
        }
    }
    pp_go_lock(&s->lock);
    place_push(p);
    pp_go_unlock(&s->lock);
    if (queue_needs_us()) {
        pp_go_wake_worker();
    }
}

void pp_go_poller_hurry(int64_t when)
{
    struct pp_go_sched *s = &pp_go_sched;
    pp_fence();
    if (!pp_load(&s->poller)) {
        if (pp_load(&s->idle_p_count) == pp_load(&s->procs)) {
            pp_go_wake_worker();
        }
        return;
    }
    if (when >= pp_load(&s->poll_until)) {
        return;
    }
    pp_go_lock(&s->lock);
    struct pp_m *m = s->poller_m;
    pp_go_unlock(&s->lock);
    if (m) {
        pp_go_kick(m);
    }
}

/* ---- looking for work ---- */

static void run_alarms(int64_t now)
{
    for (size_t i = 0; i < PP_GO_PROCS_MAX && pp_go_sched.places[i]; i++) {
        if (pp_load(&pp_go_sched.places[i]->alarms.next) <= now) {
            (void)pp_go_alarms_run(pp_go_sched.places[i], now);
        }
    }
}

/* A look at descriptors costs 160 ns: not at every turn. */
static void poll_if_due(int64_t now)
{
    struct pp_go_sched *s = &pp_go_sched;
    if (pp_load_relaxed(&s->io_waiters) && !pp_load_relaxed(&s->poller) &&
        now - pp_load_relaxed(&s->polled_ns) > POLL_EVERY_NS) {
        pp_store_relaxed(&s->polled_ns, now);
        pp_go_poll_now();
    }
}

static struct pp_g *look_near(struct pp_m *m)
{
    struct pp_p *p = m->p;
    int64_t now = pp_sys_monotonic_ns();
    pp_store_relaxed(&pp_go_sched.clock_ns, now);
    pp_store_relaxed(&p->attention, 0);
    run_alarms(now);
    poll_if_due(now);
    if (pp_load_relaxed(&pp_go_sched.procs) > 1) {
        pp_go_pace_judge(p, now);
    }
    struct pp_g *g = p->tick % PP_GO_CHECK_EVERY ? NULL : pp_go_take_global(p);
    g = g ? g : pp_go_pick(p);
    return g ? g : pp_go_take_global(p);
}

static struct pp_g *steal_from(struct pp_p *p, struct pp_p *victim)
{
    uint32_t offers = PP_P_OFFERS;
    struct pp_g *g = pp_go_is_left_alone(victim) ? NULL : pp_go_ring_steal(p, victim);
    if (g && pp_load_relaxed(&victim->pace) == offers) {
        (void)pp_cas(&victim->pace, &offers, PP_P_QUICK);
    }
    return g;
}

static struct pp_g *steal_once(struct pp_m *m)
{
    uint32_t procs = pp_load_relaxed(&pp_go_sched.procs);
    m->random = m->random * UINT64_C(6364136223846793005) + 1;
    uint32_t at = (uint32_t)(m->random >> 33) % procs;
    for (uint32_t i = 0; i < procs; i++, at = at + 1 < procs ? at + 1 : 0) {
        struct pp_p *victim = pp_go_sched.places[at];
        struct pp_g *g = victim && victim != m->p ? steal_from(m->p, victim) : NULL;
        if (g) {
            return g;
        }
    }
    return queue_needs_us() ? pp_go_take_global(m->p) : NULL;
}

/* Some 10 us of looking at the others' rings: less than half of what being woken costs. */
static struct pp_g *look_far(struct pp_m *m)
{
    struct pp_go_sched *s = &pp_go_sched;
    uint32_t running = s->procs - pp_load_relaxed(&s->idle_p_count);
    if (s->procs == 1 || (!m->is_spinning && 2 * pp_load_relaxed(&s->spinning) >= running)) {
        return NULL;
    }
    if (!m->is_spinning) {
        m->is_spinning = true;
        (void)pp_add(&s->spinning, 1);
    }
    for (int i = 0; i < SPIN_ROUNDS; i++) {
        struct pp_g *g = steal_once(m);
        if (g) {
            m->p->busy_since = pp_sys_monotonic_ns();
            return g;
        }
        for (int k = 0; k < SPIN_PAUSES; k++) {
            pp_pause();
        }
    }
    return NULL;
}

static void stop_spinning(struct pp_m *m)
{
    if (m->is_spinning) {
        m->is_spinning = false;
        (void)pp_sub_relaxed(&pp_go_sched.spinning, 1);
        pp_fence();
    }
}

/* ---- sleeping ---- */

static bool any_ring(void)
{
    for (size_t i = 0; i < PP_GO_PROCS_MAX && pp_go_sched.places[i]; i++) {
        const struct pp_p *p = pp_go_sched.places[i];
        if (!pp_go_is_left_alone(p) && pp_go_ring_count(p)) {
            return true;
        }
    }
    return false;
}

static void take_given(struct pp_m *m)
{
    if (m->next_p) {
        pp_go_place_use(m, m->next_p);
        m->next_p = NULL;
    }
}

/* Descriptors and the first timer. A timer set after the look at the heaps finds poll_until too
 * late and breaks the wait. */
static void sleep_polling(struct pp_m *m)
{
    struct pp_go_sched *s = &pp_go_sched;
    pp_store(&s->poll_until, INT64_MAX);
    pp_fence();
    int64_t now = pp_sys_monotonic_ns();
    int64_t next = pp_go_alarms_next();
    pp_store(&s->poll_until, next);
    int64_t wait = next == INT64_MAX ? -1 : next > now ? next - now : 0;
    struct epoll_event events[PP_GO_POLL_BATCH];
    int n = 0;
    if (pp_go_poll_in_use()) {
        n = pp_go_poll_wait(events, PP_GO_POLL_BATCH, wait);
    } else if (!pp_load(&m->park)) {
        (void)pp_sys_futex_wait(&m->park, 0, wait);
    }
    pp_go_lock(&s->lock);
    m->is_polling = false;
    s->poller_m = NULL;
    pp_store(&s->poller, 0);
    (void)idle_remove(m);
    take_given(m);
    struct pp_p *p = m->p || n == 0 ? NULL : place_pop();
    pp_go_unlock(&s->lock);
    if (p) {
        pp_go_place_use(m, p);
    }
    pp_go_poll_ready(events, n);
}

/* A late break of a wait for timers may wake us for nothing. */
static void sleep_plain(struct pp_m *m)
{
    while (!m->p) {
        while (!pp_load_acquire(&m->park)) {
            pp_sys_futex_wait(&m->park, 0, -1);
        }
        pp_go_lock(&pp_go_sched.lock);
        m->park = 0;
        take_given(m);
        pp_go_unlock(&pp_go_sched.lock);
    }
}

/* Without a place. Returns with one, or to look for one. */
static void sleep(struct pp_m *m)
{
    struct pp_go_sched *s = &pp_go_sched;
    pp_go_lock(&s->lock);
    if (s->idle_p && queue_needs_us()) {
        pp_go_place_use(m, place_pop());
        pp_go_unlock(&s->lock);
        return;
    }
    m->park = 0;
    bool polls = !s->poller;
    if (polls) {
        m->is_polling = true;
        s->poller_m = m;
        pp_store(&s->poller, 1);
    }
    idle_push(m, polls);
    pp_go_unlock(&s->lock);
    if (polls) {
        sleep_polling(m);
    } else {
        sleep_plain(m);
    }
    pp_store_relaxed(&s->clock_ns, pp_sys_monotonic_ns());
}

static void rest(struct pp_m *m)
{
    struct pp_p *p = m->p;
    m->p = NULL;
    pp_go_place_release(p);
    stop_spinning(m);
    if (any_ring()) {
        p = pp_go_place_take();
        if (p) {
            pp_go_place_use(m, p);
            return;
        }
    }
    sleep(m);
}

/* ---- the loop ---- */

static struct pp_g *find(struct pp_m *m)
{
    for (;;) {
        struct pp_p *p = m->p ? NULL : pp_go_place_take();
        if (p) {
            pp_go_place_use(m, p);
        }
        if (!m->p) {
            stop_spinning(m);
            sleep(m);
            continue;
        }
        if (m->next_g) {
            struct pp_g *g = m->next_g;
            m->next_g = NULL;
            return g;
        }
        struct pp_g *g = NULL;
        if (m->p->index < pp_load_relaxed(&pp_go_sched.procs)) {
            g = look_near(m);
            g = g ? g : look_far(m);
        }
        if (g) {
            return g;
        }
        rest(m);
    }
}

/* A pinned goroutine runs on its own worker only: that one gets our place. */
static void hand_pinned(struct pp_m *m, struct pp_g *g)
{
    struct pp_m *owner = g->pinned;
    struct pp_p *p = m->p;
    m->p = NULL;
    pp_go_lock(&pp_go_sched.lock);
    owner->next_g = g;
    owner->next_p = p;
    pp_go_unlock(&pp_go_sched.lock);
    pp_go_kick(owner);
}

/* The worker of a parked pinned goroutine runs nothing else. */
static void wait_pinned(struct pp_m *m)
{
    struct pp_p *p = m->p;
    m->p = NULL;
    if (p) {
        pp_go_place_release(p);
    }
    sleep_plain(m);
}

static void run(struct pp_m *m, struct pp_g *g)
{
    pp_go_run(m, g);
    if (m->lost_place) {
        m->lost_place = false;
        (void)pp_sub_relaxed(&pp_go_sched.blocked, 1);
    }
}

void pp_go_worker(struct pp_m *m)
{
    m->busy = 1;
    take_given(m);
    for (;;) {
        struct pp_g *g = find(m);
        pp_go_monitor_rouse();
        if (m->is_spinning) {
            stop_spinning(m);
            if (pp_go_ring_count(m->p) || queue_needs_us()) {
                pp_go_wake_worker();
            }
        }
        if (g->pinned && g->pinned != m) {
            hand_pinned(m, g);
            continue;
        }
        run(m, g);
        while (m->pinned_g) {
            wait_pinned(m);
            g = m->next_g;
            m->next_g = NULL;
            run(m, g);
        }
    }
}
