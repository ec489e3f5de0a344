/* Running goroutines: switch, park, ready, start and end.
 *
 *   park:   save registers -> next of this P (run_next, ring), or the worker's own stack
 *           on the next stack: unlock what the parked one waits for (pp_go_after)
 *   ready:  run_next of this P; who was there goes to the ring
 *
 * A wake-up of an idle processor costs 19 us here, a switch 2 ns: so what is readied stays on this
 * P, and others are woken only when the ring holds more than that. What nobody came for is found by
 * the monitor. */
#include "base/sys.h"
#include "runtime/go/fiber.h"
#include "runtime/go/go_seen.h"
#include "runtime/go/switch.h"
#include "runtime/go/switch_offsets.h"

#include <sys/syscall.h>

enum { LEAVING_SPINS = 100 };

struct pp_go_sched pp_go_sched;
__thread struct pp_m *pp_go_m __attribute__((tls_model("initial-exec"), visibility("hidden")));

const char *pp_go_reason_text(enum pp_go_reason reason)
{
    static const char *const texts[] = {
#define X(name, text, leak) text,
        PP_GO_REASONS(X)
#undef X
    };
    return reason < PP_GO_REASON_COUNT ? texts[reason] : "";
}

/* ---- the switch ---- */

#define AT(type, field, at) _Static_assert(offsetof(type, field) == (at), #field)
AT(struct pp_g, regs.pc, PP_GO_G_PC);
AT(struct pp_g, regs.sp, PP_GO_G_SP);
AT(struct pp_g, regs.fp, PP_GO_G_FP);
AT(struct pp_g, seq, PP_GO_G_SEQ);
AT(struct pp_g, late_ns, PP_GO_G_LATE);
AT(struct pp_g, waiter.result, PP_GO_G_RESULT);
AT(struct pp_m, current, PP_GO_M_CURRENT);
AT(struct pp_m, busy, PP_GO_M_BUSY);
AT(struct pp_m, after, PP_GO_M_AFTER);
_Static_assert(PP_GO_AFTER_DONE == PP_GO_AFTER_DONE_VALUE, "");

void pp_go_arrive(struct pp_m *m)
{
    finish(m);
}

void pp_go_claim_late(struct pp_g *to)
{
    uint32_t seq;
    for (int i = 0; (seq = pp_load_acquire(&to->seq)) & 1; i++) {
        if (i < LEAVING_SPINS) {
            pp_pause();
        } else { /* its thread lost the processor */
            (void)pp_sys_call(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
        }
    }
    pp_store_release(&to->seq, seq + 1);
    pp_signal_fence();
    if (pp_load_relaxed(&pp_go_watched) & PP_GO_WATCH_TRIM) {
        pp_go_trim_wait(to);
    }
}

#if PP_GO_HAS_SWAP
NOINLINE int pp_go_swap_late(struct pp_m *m, struct pp_g *from, struct pp_g *to, uint32_t *word,
                             uint32_t value)
{
    pp_go_claim_late(to);
    hand_over(m, from, to);
    return pp_go_swap(m, from, to, word, value);
}

NOINLINE int pp_go_swap_last_late(struct pp_m *m, struct pp_g *from, struct pp_g *to)
{
    pp_go_claim_late(to);
    hand_over(m, from, to);
    return pp_go_swap_last(m, from, to);
}
#endif

void pp_go_end_free(struct pp_m *m, struct pp_g *g)
{
    struct pp_p *p = m->p;
    pp_go_watch_end(g);
    if (!p || g->stack_class != 1) {
        pp_go_stack_give(g);
        return;
    }
    if (p->free_count == PP_GO_FREE_BATCH) {
        if (p->free_batch) {
            pp_go_stack_give_batch(p->free_batch);
        }
        p->free_batch = p->free;
        p->free = NULL;
        p->free_count = 0;
    }
    keep(p, g);
}

void pp_go_after_slow(struct pp_m *m, struct pp_g *old, enum pp_go_after what)
{
    if (what == PP_GO_AFTER_CALL) {
        old->state = PP_GO_WAITING;
        m->after_fn(m->after_arg);
    } else if (what == PP_GO_AFTER_GLOBAL || !m->p) {
        old->state = PP_GO_RUNNABLE;
        pp_go_queue_global(&old, 1);
        pp_go_wake_worker();
    }
}

NOINLINE void pp_go_run(struct pp_m *m, struct pp_g *g)
{
    m->after = PP_GO_AFTER_NONE;
    (void)switch_to(m, &m->g0, g);
}

NOINLINE void pp_go_switch_away(struct pp_m *m, enum pp_go_after after)
{
    struct pp_g *g = m->current, *to = choose(m, g);
    m->after = after;
    m = switch_to(m, g, to);
    pp_go_leave(m);
}

/* ---- park and ready ---- */

/* The wait is over. */
ALWAYS_INLINE void note_end(struct pp_g *g)
{
    pp_go_acquired(g);
    if (pp_unlikely(g->late_ns > 0)) {
        pp_go_late(g);
    }
}

void pp_go_late(struct pp_g *g)
{
    int64_t waited = g->late_ns;
    g->late_ns = 0;
    pp_go_waited(g, waited);
}

/* A thread sleeps; the monitor is told, since this may have been the last that could go on. */
NOINLINE static void park_thread(struct pp_g *g, pp_go_unlock_fn unlock, void *arg)
{
    g->since_ns = pp_sys_monotonic_ns();
    g->wake = 0;
    g->state = PP_GO_WAITING;
    unlock(arg);
    /* Only now is everything told that may wake us: a deadlock is not seen before. */
    (void)pp_add(&pp_go_sched.parked_threads, 1);
    if (pp_go_start_up() == 0) {
        pp_go_monitor_rouse();
    }
    while (!pp_load_acquire(&g->wake)) {
        pp_sys_futex_wait(&g->wake, 0, -1);
    }
    g->state = PP_GO_RUNNING;
    int64_t now = pp_sys_monotonic_ns();
    pp_store_relaxed(&pp_go_sched.clock_ns, now);
    g->late_ns = now - g->since_ns;
}

static void unlock_one(void *arg)
{
    pp_go_unlock(arg);
}

NOINLINE static int park_unlock_slow(struct pp_g *g, enum pp_go_reason reason, const void *object,
                                     uint32_t *lock)
{
    struct pp_m *m = pp_go_enter();
    note_wait(g, reason, object);
    pp_go_released(lock);
    if (g->is_thread) {
        pp_go_leave(m);
        park_thread(g, unlock_one, lock);
    } else {
        struct pp_g *to = choose(m, g);
        m->after = PP_GO_AFTER_UNLOCK;
        m->after_arg = lock;
        m = switch_to(m, g, to);
        pp_go_leave(m);
    }
    note_end(g);
    return g->waiter.result;
}

NOINLINE int pp_go_park_unlock(enum pp_go_reason reason, const void *object, uint32_t *lock)
{
    struct pp_m *m = pp_go_enter();
    struct pp_g *g = m->current;
    if (pp_unlikely(!can_swap(g))) {
        pp_go_leave(m);
        return park_unlock_slow(g, reason, object, lock);
    }
    return park_swap(m, g, reason, object, lock);
}

NOINLINE void pp_go_park(enum pp_go_reason reason, const void *object, pp_go_unlock_fn unlock,
                         void *arg)
{
    struct pp_m *m = pp_go_enter();
    struct pp_g *g = m->current;
    note_wait(g, reason, object);
    if (pp_unlikely(g->is_thread)) {
        pp_go_leave(m);
        park_thread(g, unlock, arg);
    } else {
        struct pp_g *to = choose(m, g);
        m->after = PP_GO_AFTER_CALL;
        m->after_fn = unlock;
        m->after_arg = arg;
        m = switch_to(m, g, to);
        pp_go_leave(m);
    }
    note_end(g);
}

static void ready_thread(struct pp_g *g)
{
    uint32_t *wake = &g->wake;
    (void)pp_sub_relaxed(&pp_go_sched.parked_threads, 1);
    pp_store(wake, 1);
    pp_sys_futex_wake(wake, 1);
}

void pp_go_ready(struct pp_g *g)
{
    pp_go_readying(g);
    if (pp_unlikely(g->is_thread)) {
        ready_thread(g);
        return;
    }
    struct pp_m *m = pp_go_enter();
    struct pp_p *p = m->p;
    if (pp_unlikely(!p)) { /* all may have slept, and the clock with them */
        pp_store_relaxed(&pp_go_sched.clock_ns, pp_sys_monotonic_ns());
    }
    int64_t waited = pp_go_clock() - g->since_ns;
    if (pp_unlikely(waited > 0)) {
        pp_go_note_late(g, waited);
    }
    g->state = PP_GO_RUNNABLE;
    if (pp_likely(p != NULL)) {
        queue_next(p, g);
    } else {
        pp_go_queue_global(&g, 1);
        pp_go_wake_worker();
    }
    pp_go_leave(m);
}

NOINLINE int pp_go_ready_late(struct pp_g *g)
{
    pp_go_ready(g);
    return 0;
}

struct pp_g *pp_go_self(void)
{
    return pp_go_here()->current;
}

/* ---- giving way ---- */

NOINLINE static void yield_slow(void)
{
    struct pp_m *m = pp_go_enter();
    if (m->current->is_thread) {
        pp_go_leave(m);
        (void)pp_sys_call(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
    } else {
        pp_go_switch_away(m, PP_GO_AFTER_YIELD);
    }
}

PPROF_API void go_yield(void)
{
    struct pp_m *m = pp_go_enter_simply();
    if (pp_unlikely(!m)) {
        yield_slow();
        return;
    }
    struct pp_g *g = m->current;
    struct pp_p *p = m->p;
    uint32_t tail = p ? p->tail : 0, queued = p ? tail - pp_load_relaxed(&p->head) : 0;
    if (pp_unlikely(!p || !can_swap(g) || queued == PP_GO_RING)) {
        pp_go_leave_simply(m);
        yield_slow();
        return;
    }
    if (!queued && !p->run_next && !p->attention && (p->tick + 1) % PP_GO_CHECK_EVERY) {
        p->tick++;
        pp_go_leave_simply(m);
        return;
    }
    struct pp_g *to = choose(m, g);
    pp_store_relaxed(&p->ring[tail % PP_GO_RING], g);
    g->state = PP_GO_RUNNABLE;
    (void)swap(m, g, to, &p->tail, tail + 1);
}

PPROF_API void go_checkpoint(void)
{
    struct pp_m *m = pp_go_here();
    struct pp_p *p = pp_load_relaxed(&m->p);
    if (pp_unlikely(!m->current->is_thread && (!p || pp_load_relaxed(&p->attention)))) {
        go_yield();
    }
}

