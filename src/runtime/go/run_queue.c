#include "runtime/go/run_queue.h"

enum { GLOBAL_BATCH = 128 };

/* ---- the global queue ---- */

static void list_push(struct pp_go_sched *s, struct pp_g *g)
{
    g->next = NULL;
    if (s->queue_tail) {
        s->queue_tail->next = g;
    } else {
        s->queue_head = g;
    }
    s->queue_tail = g;
}

static struct pp_g *list_pop(struct pp_go_sched *s)
{
    struct pp_g *g = s->queue_head;
    s->queue_head = g->next;
    s->queue_tail = s->queue_head ? s->queue_tail : NULL;
    return g;
}

void pp_go_queue_global(struct pp_g *const *g, uint32_t count)
{
    struct pp_go_sched *s = &pp_go_sched;
    pp_go_lock(&s->lock);
    for (uint32_t i = 0; i < count; i++) {
        if (pp_unlikely(s->queue_head || s->queue_in_ring == PP_GO_QUEUE)) {
            list_push(s, g[i]); /* behind the ring */
        } else {
            s->queue[(s->queue_first + s->queue_in_ring++) % PP_GO_QUEUE] = g[i];
        }
    }
    pp_store_relaxed(&s->queue_count, s->queue_count + count);
    pp_go_unlock(&s->lock);
}

static struct pp_g *global_pop(struct pp_go_sched *s)
{
    if (pp_unlikely(!s->queue_in_ring)) {
        return list_pop(s);
    }
    struct pp_g *g = s->queue[s->queue_first];
    s->queue_first = --s->queue_in_ring ? (s->queue_first + 1) % PP_GO_QUEUE : 0;
    return g;
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
    struct pp_g *g = n ? global_pop(s) : NULL;
    for (uint32_t i = 1; i < n; i++) {
        ring_push(p, global_pop(s));
    }
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
    pp_go_queue_global(batch, n + 1);
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
