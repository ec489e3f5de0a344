/* The switch from one goroutine to the next, for sched.c and go_start.c: inlined into each way to
 * stop, since what the compiler keeps over it depends on that.
 */
#ifndef PP_GO_SWITCH_H
#define PP_GO_SWITCH_H

#include "runtime/capture/self.h"
#include "runtime/go/run_queue.h"

#pragma GCC visibility push(hidden)

enum { PP_GO_FREE_CACHE = 512, PP_GO_FREE_BATCH = 256 }; /* free stacks of a place */

/* The rarer things to do for one that was left; and its stack goes to the shared list. */
void pp_go_after_slow(struct pp_m *m, struct pp_g *old, enum pp_go_after what);
void pp_go_end_free(struct pp_m *m, struct pp_g *g);

/* On the new stack, for the one that was left. */
ALWAYS_INLINE void finish(struct pp_m *m)
{
    struct pp_g *old = m->after_g;
    enum pp_go_after what = m->after;
    pp_store_release(&old->seq, old->seq + 1);
    if (pp_likely(what == PP_GO_AFTER_UNLOCK)) {
        old->state = PP_GO_WAITING;
        pp_store_release((uint32_t *)m->after_arg, 0);
    } else if (what == PP_GO_AFTER_END) {
        struct pp_p *p = m->p;
        old->state = PP_GO_DEAD;
        if (pp_likely(p && old->stack_class == 1 && p->free_count < PP_GO_FREE_CACHE - 1 &&
                      !pp_go_watched)) {
            old->next = p->free;
            p->free = old;
            p->free_count++;
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

ALWAYS_INLINE struct pp_m *switch_to(struct pp_m *m, struct pp_g *from, struct pp_g *to)
{
    from->errno_value = *m->errno_at;
    *m->errno_at = to->errno_value;
    from->label_set = pp_self.label_set;
    pp_self.label_set = to->label_set;
    pp_self.label_nest = &to->nest;
    m->current = to;
    m->after_g = from;
    to->state = PP_GO_RUNNING;
    pp_store_release(&to->seq, to->seq + 1);
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

#pragma GCC visibility pop

#endif
