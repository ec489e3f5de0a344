/* The switch from one goroutine to the next, for sched.c and go_start.c: inlined into each way to
 * stop, since what the compiler keeps over it depends on that.
 */
#ifndef PP_GO_SWITCH_H
#define PP_GO_SWITCH_H

#include "runtime/capture/self.h"
#include "runtime/go/go_seen.h"
#include "runtime/go/run_queue.h"
#include "runtime/go/trim.h"

#pragma GCC visibility push(hidden)

/* The rarer things to do for one that was left; and its stack goes to the shared list. */
void pp_go_after_slow(struct pp_m *m, struct pp_g *old, enum pp_go_after what);
void pp_go_end_free(struct pp_m *m, struct pp_g *g);
/* The usual way out, go_entry.S: saves `from`, goes on with `to`, sets *word to value on the stack
 * of `to`, and m is no longer busy. What `to` gets from its own call is its waiter's result. Only as
 * the last thing its caller does, so that no frame of ours is in between. */
int pp_go_swap(struct pp_m *m, struct pp_g *from, struct pp_g *to, uint32_t *word, uint32_t value);
/* The same where `to` cannot be claimed at once. */
int pp_go_swap_late(struct pp_m *m, struct pp_g *from, struct pp_g *to, uint32_t *word,
                    uint32_t value);
/* The same two for one that has ended and is not gone on with: nothing is saved. */
int pp_go_swap_last(struct pp_m *m, struct pp_g *from, struct pp_g *to);
int pp_go_swap_last_late(struct pp_m *m, struct pp_g *from, struct pp_g *to);
/* `to` may not have left its thread yet (park_unlocked), or its stack is held (trim.c): waits. */
void pp_go_claim_late(struct pp_g *to);
/* For pp_go_swap: what finish does; and what a wait that is to be counted needs. */
void pp_go_arrive(struct pp_m *m);
void pp_go_late(struct pp_g *g);

#if defined(__x86_64__)
#define PP_GO_HAS_SWAP 1
#else
#define PP_GO_HAS_SWAP 0
#endif

/* Not with a sanitizer, which is told before and after; and a thread only sleeps. */
ALWAYS_INLINE bool can_swap(const struct pp_g *g)
{
    return PP_GO_HAS_SWAP && !g->is_thread && pp_likely(!pp_go_watched);
}

/* The stack of one that ended can simply be added to those of its place. */
ALWAYS_INLINE bool may_keep(const struct pp_p *p, const struct pp_g *g)
{
    return p && g->stack_class == 1 && p->free_count < PP_GO_FREE_BATCH;
}

ALWAYS_INLINE void keep(struct pp_p *p, struct pp_g *g)
{
    pp_go_stack_link(g, p->free);
    p->free = g;
    p->free_count++;
}

/* One that was kept. */
ALWAYS_INLINE struct pp_g *unkeep(struct pp_p *p)
{
    struct pp_g *g = p->free;
    p->free = g->next;
    p->free_count--;
    expect_start(g->next_but_one);
    return g;
}

/* On the new stack, for the one that was left. */
ALWAYS_INLINE void finish(struct pp_m *m)
{
    struct pp_g *old = m->after_g;
    enum pp_go_after what = m->after;
    if (pp_likely(what == PP_GO_AFTER_DONE)) {
        return;
    }
    pp_store_release(&old->seq, old->seq + 1);
    if (pp_likely(what == PP_GO_AFTER_UNLOCK)) {
        old->state = PP_GO_WAITING;
        pp_store_release((uint32_t *)m->after_arg, 0);
    } else if (what == PP_GO_AFTER_END) {
        struct pp_p *p = m->p;
        old->state = PP_GO_DEAD;
        if (pp_likely(may_keep(p, old) && !pp_go_watched)) {
            keep(p, old);
        } else {
            pp_go_end_free(m, old);
        }
    } else if (what == PP_GO_AFTER_YIELD && pp_likely(m->p != NULL)) {
        old->state = PP_GO_RUNNABLE;
        ring_push(m->p, old);
    } else if (what != PP_GO_AFTER_NONE) {
        pp_go_after_slow(m, old, what);
    }
}

/* Makes `to` one that runs; false, and nothing is changed, when that must wait. */
ALWAYS_INLINE bool claim(struct pp_g *to)
{
    uint32_t seq = pp_load_acquire(&to->seq);
    if (pp_unlikely(seq & 1)) {
        return false;
    }
    pp_store_release(&to->seq, seq + 1);
    pp_signal_fence();
    if (pp_unlikely(pp_load_relaxed(&pp_go_watched) & PP_GO_WATCH_TRIM)) {
        pp_store_release(&to->seq, seq);
        return false;
    }
    return true;
}

/* What belongs to the thread and is of the goroutine; `to` is claimed. */
ALWAYS_INLINE void hand_over(struct pp_m *m, struct pp_g *from, struct pp_g *to)
{
    int *errno_at = m->errno_at;
    m->current = to;
    to->state = PP_GO_RUNNING;
    from->label_set = pp_self.label_set;
    pp_self.label_set = to->label_set;
    pp_self.label_nest = &to->nest;
    from->errno_value = *errno_at;
    *errno_at = to->errno_value;
}

/* As pp_go_swap. What is rare is behind a call in its place: so whoever ends in this keeps nothing
 * over a call and needs no frame. */
ALWAYS_INLINE int swap(struct pp_m *m, struct pp_g *from, struct pp_g *to, uint32_t *word,
                       uint32_t value)
{
    if (pp_unlikely(!claim(to))) {
        return pp_go_swap_late(m, from, to, word, value);
    }
    hand_over(m, from, to);
    return pp_go_swap(m, from, to, word, value);
}

ALWAYS_INLINE int swap_last(struct pp_m *m, struct pp_g *from, struct pp_g *to)
{
    if (pp_unlikely(!claim(to))) {
        return pp_go_swap_last_late(m, from, to);
    }
    hand_over(m, from, to);
    return pp_go_swap_last(m, from, to);
}

ALWAYS_INLINE struct pp_m *switch_to(struct pp_m *m, struct pp_g *from, struct pp_g *to)
{
    if (pp_unlikely(!claim(to))) {
        pp_go_claim_late(to);
    }
    hand_over(m, from, to);
    m->after_g = from;
    if (pp_unlikely(pp_go_watched)) {
        pp_go_watch_leave(m, from, to, m->after == PP_GO_AFTER_END);
    }
    m = pp_sys_switch(&from->regs, &to->regs, m);
    if (pp_unlikely(pp_go_watched)) {
        pp_go_watch_arrive(m);
    }
    finish(m);
    return m;
}

/* The one to go on with: a goroutine, or the worker's own stack, now and then and when somebody
 * asked, for timers, descriptors and the global queue: not here, where the parking one holds a
 * lock. A pinned one is the worker's to hand over. */
ALWAYS_INLINE struct pp_g *choose(struct pp_m *m, const struct pp_g *g)
{
    struct pp_p *p = m->p;
    if (pp_unlikely(!p || g->pinned)) {
        return &m->g0;
    }
    p->tick++;
    if (pp_unlikely(p->tick % PP_GO_CHECK_EVERY == 0 || pp_load_relaxed(&p->attention))) {
        return &m->g0;
    }
    struct pp_g *to = pick(p);
    if (pp_unlikely(!to)) {
        return &m->g0;
    }
    if (pp_unlikely(to->pinned != NULL)) {
        m->next_g = to;
        return &m->g0;
    }
    return to;
}

/* What dumps and profiles say of a wait. Built with PP_GO_UNSEEN, to measure what that costs
 * (bench/go_seen.sh), nothing is noted. */
#ifdef PP_GO_UNSEEN
enum { IS_SEEN = 0 };
#else
enum { IS_SEEN = 1 };
#endif

ALWAYS_INLINE void note_wait(struct pp_g *g, enum pp_go_reason reason, const void *object)
{
    if (!IS_SEEN) {
        return;
    }
    g->reason = (uint8_t)reason;
    g->object = object;
    g->since_ns = pp_go_clock();
}

/* Parks g, which can_swap, until its waiter (or who holds it) is readied: the waiter's result. Last
 * of all, as pp_go_swap; m was entered. */
ALWAYS_INLINE int park_swap(struct pp_m *m, struct pp_g *g, enum pp_go_reason reason,
                            const void *object, uint32_t *lock)
{
    note_wait(g, reason, object);
    struct pp_g *to = choose(m, g);
    g->state = PP_GO_WAITING;
    return swap(m, g, to, lock, 0);
}

/* Parks g, which can_swap and was noted as WAITING, with all locks let go: it may have been readied
 * already, by a thread that then waits in pp_go_claim_late until its registers are saved. */
ALWAYS_INLINE void park_unlocked(struct pp_m *m, struct pp_g *g)
{
    (void)swap(m, g, choose(m, g), &m->scrap, 0);
}

/* A function that parked returns by a jump as well (see pp_go_swap). */
#if defined(__x86_64__) && defined(__has_attribute)
#if __has_attribute(function_return)
#define PP_GO_BY_JUMP __attribute__((function_return("thunk-extern")))
#endif
#endif
#ifndef PP_GO_BY_JUMP
#define PP_GO_BY_JUMP
#endif

/* pp_go_ready, where it must be fast; and 0, so that it can be the last of what needs no frame. */
int pp_go_ready_late(struct pp_g *g);

ALWAYS_INLINE int ready(struct pp_g *g)
{
    struct pp_m *m = pp_go_enter_simply();
    if (pp_unlikely(!m)) {
        return pp_go_ready_late(g);
    }
    struct pp_p *p = m->p;
    bool has_waited = IS_SEEN && pp_go_clock() > g->since_ns;
    if (pp_unlikely(!p || p->run_next || g->is_thread || has_waited || pp_go_watched)) {
        pp_go_leave_simply(m);
        return pp_go_ready_late(g);
    }
    g->state = PP_GO_RUNNABLE;
    p->run_next = g;
    pp_go_leave_simply(m);
    return 0;
}

/* pp_go_wake with 0, in the same way; nobody: 0. */
ALWAYS_INLINE int wake(struct pp_go_waiter *waiter)
{
    if (!waiter) {
        return 0;
    }
    struct pp_g *g = waiter->g;
    waiter->result = 0;
    if (waiter->ticket) {
        g->woken = waiter;
    }
    return ready(g);
}

#pragma GCC visibility pop

#endif
