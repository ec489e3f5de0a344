/* The fast ways into and out of a place's run queue, for sched.c, go_start.c and run_queue.c.
 *
 *     run_next -> [ ring of 256 ] -> global queue
 *
 * One that is readied runs next; who was next goes to the ring; a full ring gives half of it away.
 */
#ifndef PP_GO_RUN_QUEUE_H
#define PP_GO_RUN_QUEUE_H

#include "runtime/go/sched_private.h"

#pragma GCC visibility push(hidden)

#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define NOINLINE __attribute__((noinline))

/* Half of a full ring and g go to the global queue; false when a thief made room meanwhile. */
bool pp_go_ring_overflow(struct pp_p *p, struct pp_g *g);

ALWAYS_INLINE bool others_may_help(const struct pp_p *p)
{
    return pp_load_relaxed(&pp_go_sched.idle_p_count) && pp_load_relaxed(&p->pace) != PP_P_QUICK &&
           !pp_load_relaxed(&pp_go_sched.spinning);
}

/* Where there is room. */
ALWAYS_INLINE void ring_add(struct pp_p *p, struct pp_g *g)
{
    pp_store_relaxed(&p->ring[p->tail % PP_GO_RING], g);
    pp_store_release(&p->tail, p->tail + 1);
}

ALWAYS_INLINE void ring_push(struct pp_p *p, struct pp_g *g)
{
    while (pp_unlikely(p->tail - pp_load_acquire(&p->head) >= PP_GO_RING)) {
        if (pp_go_ring_overflow(p, g)) {
            return;
        }
    }
    ring_add(p, g);
}

ALWAYS_INLINE void queue_next(struct pp_p *p, struct pp_g *g)
{
    struct pp_g *before = p->run_next;
    p->run_next = g;
    if (before) {
        ring_push(p, before);
        if (pp_unlikely(others_may_help(p))) {
            pp_go_wake_worker();
        }
    }
}

/* With many about, each one's lines come from far: asked for while others still run. */
ALWAYS_INLINE void expect_start(const struct pp_g *g)
{
    uintptr_t at = (uintptr_t)g; /* of nobody, where there is none */
    __builtin_prefetch(g, 1);
    __builtin_prefetch((const void *)(at + offsetof(struct pp_g, id)), 1);
}

ALWAYS_INLINE void expect_run(const struct pp_g *g)
{
    expect_start(g);
    __builtin_prefetch((const void *)((uintptr_t)g - PP_GO_CACHE_LINE), 1);
}

ALWAYS_INLINE struct pp_g *ring_pop(struct pp_p *p)
{
    uint32_t head = pp_load_acquire(&p->head);
    while (head != p->tail) {
        struct pp_g *g = pp_load_relaxed(&p->ring[head % PP_GO_RING]);
        if (pp_likely(pp_cas(&p->head, &head, head + 1))) {
            expect_run(pp_load_relaxed(&p->ring[(head + 2) % PP_GO_RING]));
            return g;
        }
    }
    return NULL;
}

/* The next to run here, or NULL. */
ALWAYS_INLINE struct pp_g *pick(struct pp_p *p)
{
    struct pp_g *next = p->run_next;
    if (next && pp_likely(++p->inherited < PP_GO_INHERIT_MAX)) {
        p->run_next = NULL;
        return next;
    }
    p->inherited = 0;
    struct pp_g *g = ring_pop(p);
    if (!g) {
        p->run_next = NULL;
        g = next;
    }
    return g;
}

#pragma GCC visibility pop

#endif
