/* The monitor: a thread without a place that looks after the others, every 100 us while there is
 * something to do for it, every 10 ms while anything runs, and not at all when nothing does.
 *
 *  - who runs for 10 ms while others wait loses the place (a C stack cannot be switched at any
 *    instruction, but its thread need not keep the place); it is named once a second at most;
 *  - who is in go_block loses the place as soon as others wait;
 *  - run_next of somebody who computes goes to an idle place;
 *  - timers and descriptors are seen to when nobody else does; the scheduler's clock goes on;
 *  - unused stacks give their pages back, and parked ones what they do not use (trim.c).
 *
 * To take something from a thread that is not told: set its freeze, make all threads meet a barrier
 * (membarrier), see that it is not inside (busy 0). It then waits at the door until it melts. */
#include "base/log.h"
#include "base/sys.h"
#include "runtime/capture/thread.h"
#include "runtime/go/go_seen.h"
#include "runtime/go/sched_private.h"
#include "runtime/go/trim.h"
#include "runtime/unwind/module.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

#define SLICE_NS INT64_C(10000000)
#define NEXT_WAIT_NS INT64_C(100000)  /* run_next of one who computes */
#define TICK_MIN_NS INT64_C(100000)
#define TICK_MAX_NS INT64_C(10000000)
#define TICK_CARE_NS INT64_C(400000)  /* while others leave a quick place alone (pace.c) */
#define SECOND_NS INT64_C(1000000000)
enum { QUIET_TICKS = 100 };           /* with nothing running, before it sleeps for good */

static struct {
    uint32_t wake; /* futex: 1 when asked to look soon; 2 while it sleeps for good */
    uint32_t again; /* something may have ended: not to sleep yet; atomic */
    bool has_barrier, cares;
    int64_t looked_ns, tick_ns, told_ns, trimmed_ns, polled_ns;
    pid_t tid; /* atomic */
    int quiet;
    struct { /* lost its place before it had run for long: named if it goes on */
        struct pp_m *m; /* or NULL */
        uint64_t goroutine;
        int64_t cpu_ns;
    } suspect;
} monitor;

/* ---- freezing ---- */

void pp_go_barrier_init(void)
{
    monitor.has_barrier =
        pp_sys_call(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0, 0, 0, 0) == 0;
}

bool pp_go_barrier(void)
{
    return monitor.has_barrier &&
           pp_sys_call(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0, 0, 0, 0) == 0;
}

bool pp_go_freeze(struct pp_m *m)
{
    if (!monitor.has_barrier) {
        return false;
    }
    pp_store(&m->freeze, 1);
    (void)pp_go_barrier();
    if (pp_load(&m->busy)) {
        pp_go_melt(m);
        return false;
    }
    return true;
}

void pp_go_melt(struct pp_m *m)
{
    pp_store(&m->freeze, 0);
}

struct pp_m *pp_go_thaw(struct pp_m *m)
{
    for (;;) {
        pp_store(&m->busy, 0);
        while (pp_load_acquire(&m->freeze)) {
            (void)pp_sys_call(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
        }
        pp_store(&m->busy, 1);
        pp_signal_fence();
        if (!pp_load_relaxed(&m->freeze)) {
            return m;
        }
    }
}

/* ---- one place ---- */

static bool has_waiting(const struct pp_p *p)
{
    return pp_load_relaxed(&p->run_next) || pp_go_ring_count(p) ||
           pp_load_relaxed(&pp_go_sched.queue_count);
}

/* What the thread used of a processor since it was first seen at the same switch: on a busy machine
 * it may have had none, and be innocent. */
static int64_t thread_cpu_ns(const struct pp_m *m)
{
    struct timespec time = { 0, 0 };
    clockid_t clock = (clockid_t)((~(unsigned)m->tid << 3) | 6);
    (void)pp_sys_call(SYS_clock_gettime, clock, (long)&time, 0, 0, 0, 0);
    return time.tv_sec * SECOND_NS + time.tv_nsec;
}

/* Frozen. False: it has hardly run since. */
static bool tell(const struct pp_m *m, int64_t since_cpu_ns, int64_t now)
{
    const struct pp_g *g = m->current;
    const char *name = "?";
    uintptr_t entry;
    int64_t ran_ns = thread_cpu_ns(m) - since_cpu_ns;
    if (ran_ns < SLICE_NS) {
        return false;
    }
    if (now - monitor.told_ns >= SECOND_NS) {
        monitor.told_ns = now;
        (void)pp_module_symbol((uintptr_t)g->fn, &name, &entry);
        pp_log("goroutine %llu%s%s%s (%s) has run %lld ms without a break while others waited; "
               "another thread runs them now", (unsigned long long)g->id, g->has_name ? " (" : "",
               pp_go_name_of(g), g->has_name ? ")" : "", name, (long long)(ran_ns / 1000000));
    }
    return true;
}

static void tell_now_or_later(struct pp_m *m, const struct pp_p *p, int64_t now)
{
    int64_t since = p->seen_cpu_ns ? p->seen_cpu_ns : thread_cpu_ns(m);
    if (!tell(m, since, now) && !monitor.suspect.m) {
        monitor.suspect.m = m;
        monitor.suspect.goroutine = m->current->id;
        monitor.suspect.cpu_ns = since;
    }
}

/* The thread runs on without its place; or not, and is none of our business. */
static void look_at_suspect(int64_t now)
{
    struct pp_m *m = monitor.suspect.m;
    if (!m || !pp_go_freeze(m)) {
        return;
    }
    bool is_same = !pp_load_relaxed(&m->is_gone) && m->lost_place &&
                   m->current->id == monitor.suspect.goroutine;
    if (!is_same || tell(m, monitor.suspect.cpu_ns, now)) {
        monitor.suspect.m = NULL;
    }
    pp_go_melt(m);
}

/* The place of a goroutine that does not give way, if it is in the program's code just now. */
static bool take_place(struct pp_p *p, int64_t now)
{
    struct pp_m *m = pp_load_relaxed(&p->m);
    if (!m || !pp_go_freeze(m)) {
        return false;
    }
    bool is_its = m->p == p && m->current != &m->g0;
    if (is_its) {
        tell_now_or_later(m, p, now);
        m->p = NULL;
        m->lost_place = true;
        (void)pp_add(&pp_go_sched.blocked, 1);
    }
    pp_go_melt(m);
    if (is_its) {
        p->tick++;
        pp_go_place_release(p);
    }
    return is_its;
}

static bool take_next(struct pp_p *p)
{
    struct pp_m *m = pp_load_relaxed(&p->m);
    if (!m || !pp_go_freeze(m)) {
        return false;
    }
    struct pp_g *g = m->p == p ? p->run_next : NULL;
    if (g) {
        p->run_next = NULL;
    }
    pp_go_melt(m);
    if (g) {
        pp_go_queue_global(&g, 1);
        pp_go_wake_worker();
    }
    return g != NULL;
}

static bool take_blocked(struct pp_p *p)
{
    uint32_t state = PP_P_BLOCKED;
    if (!has_waiting(p) && pp_go_alarms_next() > pp_go_clock() &&
        pp_load_relaxed(&pp_go_sched.poller)) {
        return false;
    }
    if (!pp_cas(&p->state, &state, PP_P_RUNNING)) {
        return false;
    }
    pp_go_place_release(p);
    return true;
}

static bool look_at(struct pp_p *p, int64_t now, bool due)
{
    uint32_t state = pp_load_acquire(&p->state), tick = pp_load_relaxed(&p->tick);
    if (state == PP_P_IDLE) {
        return false;
    }
    if ((tick - p->seen_tick) * (int64_t)PP_GO_QUICK_NS < now - monitor.looked_ns) {
        pp_store_relaxed(&p->pace, PP_P_SLOW); /* sooner than it finds out itself */
    }
    if (tick != p->seen_tick) {
        p->seen_tick = tick;
        p->seen_ns = now;
        p->seen_cpu_ns = 0;
        return false;
    }
    if (state == PP_P_BLOCKED) {
        return take_blocked(p);
    }
    if (due || now - p->seen_ns > SLICE_NS) {
        pp_store_relaxed(&p->attention, 1);
    }
    if (!p->seen_cpu_ns && now - p->seen_ns > NEXT_WAIT_NS && p->m) {
        p->seen_cpu_ns = thread_cpu_ns(p->m);
    }
    bool idle = pp_load_relaxed(&pp_go_sched.idle_p_count) > 0;
    if (now - p->seen_ns > SLICE_NS && (has_waiting(p) || due)) {
        return take_place(p, now);
    }
    return idle && pp_load_relaxed(&p->run_next) && now - p->seen_ns > NEXT_WAIT_NS && take_next(p);
}

/* ---- all of them ---- */

static bool look_around(int64_t now)
{
    struct pp_go_sched *s = &pp_go_sched;
    bool did = false, any_alone = false;
    uint32_t waiting = 0;
    bool due = pp_go_alarms_next() <= now;
    for (size_t i = 0; i < PP_GO_PROCS_MAX && s->places[i]; i++) {
        did |= look_at(s->places[i], now, due);
        bool alone = pp_go_is_left_alone(s->places[i]);
        waiting += alone ? 0 : pp_go_ring_count(s->places[i]);
        any_alone |= alone;
    }
    monitor.cares = any_alone && pp_load(&s->idle_p_count);
    waiting += any_alone ? 0 : pp_load_relaxed(&s->queue_count);
    bool is_left = waiting || (due && !pp_load(&s->poller));
    if (is_left && pp_load(&s->idle_p_count) && !pp_load(&s->spinning)) {
        pp_go_wake_worker();
        did = true;
    }
    if (pp_load_relaxed(&s->io_waiters) && !pp_load_relaxed(&s->poller) &&
        pp_load(&s->idle_p_count) && now - monitor.polled_ns > SLICE_NS) {
        monitor.polled_ns = now;
        pp_go_wake_worker();
    }
    return did;
}

static bool is_quiet(void)
{
    struct pp_go_sched *s = &pp_go_sched;
    return pp_load(&s->idle_p_count) == pp_load(&s->procs);
}

static void nap(void)
{
    struct pp_go_sched *s = &pp_go_sched;
    if (monitor.quiet < QUIET_TICKS || pp_go_trim_is_due()) {
        uint32_t asked = pp_swap(&monitor.wake, 0);
        if (asked != 1) {
            (void)pp_sys_futex_wait(&monitor.wake, 0, monitor.tick_ns);
        }
        return;
    }
    pp_store(&monitor.wake, 2);
    if (is_quiet() && pp_load(&s->idle_m_count) && !pp_load(&monitor.again)) {
        (void)pp_sys_futex_wait(&monitor.wake, 2, -1);
    }
    pp_store(&monitor.wake, 0);
    monitor.quiet = 0;
    monitor.tick_ns = TICK_MIN_NS;
}

void pp_go_monitor_hurry(void)
{
    if (pp_swap(&monitor.wake, 1) != 1) {
        pp_sys_futex_wake(&monitor.wake, 1);
    }
}

static void look_again(void)
{
    pp_store(&monitor.again, 1);
    pp_go_monitor_hurry();
}

void pp_go_monitor_rouse(void)
{
    if (pp_unlikely(pp_load(&monitor.wake) == 2)) {
        pp_go_monitor_hurry();
    }
}

void pp_go_monitor_soon(void)
{
    if (pp_load_relaxed(&monitor.tick_ns) > 2 * TICK_MIN_NS) {
        pp_store_relaxed(&monitor.tick_ns, TICK_MIN_NS);
        pp_go_monitor_hurry();
    }
}

static void tick(void)
{
    int64_t now = pp_sys_monotonic_ns();
    pp_store_relaxed(&pp_go_sched.clock_ns, now);
    bool did = look_around(now);
    monitor.looked_ns = now;
    look_at_suspect(now);
    if (is_quiet()) {
        monitor.quiet = pp_swap(&monitor.again, 0) ? 0 : monitor.quiet + 1;
        pp_go_deadlock_check();
    } else {
        monitor.quiet = 0;
    }
    if (now - monitor.trimmed_ns > SECOND_NS) {
        monitor.trimmed_ns = now;
        pp_go_stack_trim();
    }
    pp_go_trim(now);
    int64_t longer = monitor.tick_ns + monitor.tick_ns / 8;
    int64_t longest = monitor.cares ? TICK_CARE_NS : TICK_MAX_NS;
    monitor.tick_ns = did ? TICK_MIN_NS : longer > longest ? longest : longer;
}

static void *monitor_main(void *arg)
{
    (void)arg;
    pp_store_release(&monitor.tid, pp_sys_tid());
    monitor.tick_ns = TICK_MIN_NS;
    for (;;) {
        tick();
        nap();
    }
    return NULL;
}

/* Where profiling is off, and with it the registry of our threads. */
static int start_plain(void)
{
    pthread_attr_t attr;
    pthread_t thread;
    sigset_t all, before;
    (void)pthread_attr_init(&attr);
    (void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&thread, &attr, monitor_main, NULL);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)pthread_attr_destroy(&attr);
    pp_go_sched.helpers += !failed;
    return failed ? -EAGAIN : 0;
}

bool pp_go_monitor_is_self(void)
{
    return pp_load_acquire(&monitor.tid) == pp_sys_tid();
}

int pp_go_monitor_start(void)
{
    pp_thread_on_end(look_again);
    return pp_thread_start_ours("go", monitor_main, NULL) == 0 ? 0 : start_plain();
}

void pp_go_monitor_after_fork(void)
{
    bool has_barrier = monitor.has_barrier;
    memset(&monitor, 0, sizeof(monitor));
    monitor.has_barrier = has_barrier;
}
