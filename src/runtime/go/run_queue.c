#include "runtime/go/run_queue.h"

enum { GLOBAL_BATCH = 128 };

/* ---- the global queue ---- */

void pp_go_queue_global(struct pp_g *first, struct pp_g *last, uint32_t count)
{
    struct pp_go_sched *s = &pp_go_sched;
    last->next = NULL;
    pp_go_lock(&s->lock);
    if (s->queue_tail) {
        s->queue_tail->next = first;
    } else {
        s->queue_head = first;
    }
    s->queue_tail = last;
    pp_store_relaxed(&s->queue_count, s->queue_count + count);
    pp_go_unlock(&s->lock);
}

struct pp_g *pp_go_take_global(struct pp_p *p)
{
    struct pp_go_sched *s = &pp_go_sched;
    if (!pp_load_relaxed(&s->queue_count)) {
        return NULL;
    }
    pp_go_lock(&s->lock);
    uint32_t n = s->queue_count / s->procs + 1;
    n = n > s->queue_count ? s->queue_count : n;
    uint32_t room = PP_GO_RING - pp_go_ring_count(p);
    n = n > room ? room : n;
    n = n > GLOBAL_BATCH ? GLOBAL_BATCH : n;
    struct pp_g *g = n ? s->queue_head : NULL;
    for (uint32_t i = 0; i < n; i++) {
        struct pp_g *next = s->queue_head;
        s->queue_head = next->next;
        if (i > 0) {
            ring_push(p, next);
        }
    }
    s->queue_tail = s->queue_head ? s->queue_tail : NULL;
    pp_store_relaxed(&s->queue_count, s->queue_count - n);
    pp_go_unlock(&s->lock);
    return g;
}

/* ---- rings ---- */

bool pp_go_ring_overflow(struct pp_p *p, struct pp_g *g)
{
    struct pp_g *batch[PP_GO_RING / 2 + 1];
    uint32_t head = pp_load_acquire(&p->head), n = PP_GO_RING / 2;
    if (p->tail - head < PP_GO_RING) {
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        batch[i] = pp_load_relaxed(&p->ring[(head + i) % PP_GO_RING]);
    }
    uint32_t expected = head;
    if (!pp_cas(&p->head, &expected, head + n)) {
        return false;
    }
    batch[n] = g;
    for (uint32_t i = 0; i < n; i++) {
        batch[i]->next = batch[i + 1];
    }
    pp_go_queue_global(batch[0], g, n + 1);
    return true;
}

void pp_go_queue_local(struct pp_p *p, struct pp_g *g)
{
    ring_push(p, g);
}

struct pp_g *pp_go_ring_pop(struct pp_p *p)
{
    return ring_pop(p);
}

uint32_t pp_go_ring_count(const struct pp_p *p)
{
    return pp_load_acquire(&p->tail) - pp_load_acquire(&p->head);
}

struct pp_g *pp_go_ring_steal(struct pp_p *p, struct pp_p *victim)
{
    uint32_t own = p->tail;
    for (;;) {
        uint32_t head = pp_load_acquire(&victim->head), tail = pp_load_acquire(&victim->tail);
        uint32_t n = tail - head;
        n -= n / 2;
        if (n == 0) {
            return NULL;
        }
        if (n > PP_GO_RING / 2) {
            continue; /* head and tail were not of the same moment */
        }
        for (uint32_t i = 0; i < n; i++) {
            struct pp_g *g = pp_load_relaxed(&victim->ring[(head + i) % PP_GO_RING]);
            pp_store_relaxed(&p->ring[(own + i) % PP_GO_RING], g);
        }
        if (pp_cas(&victim->head, &head, head + n)) {
            struct pp_g *g = p->ring[(own + n - 1) % PP_GO_RING];
            pp_store_release(&p->tail, own + n - 1);
            return g;
        }
    }
}

struct pp_g *pp_go_pick(struct pp_p *p)
{
    return pick(p);
}
