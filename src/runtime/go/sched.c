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
#include "runtime/capture/self.h"
#include "runtime/go/sched_private.h"
#include "runtime/go/fiber.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>

#define ALWAYS_INLINE static inline __attribute__((always_inline))
#define NOINLINE __attribute__((noinline))

enum { GLOBAL_BATCH = 128, FREE_CACHE = 512, FREE_BATCH = 256, ID_BATCH = 16 };

struct pp_go_sched pp_go_sched;
__thread struct pp_m *pp_go_m __attribute__((tls_model("initial-exec"), visibility("hidden")));

extern char pp_go_entry[] __attribute__((visibility("hidden")));
void pp_go_begin(struct pp_m *m)
    __attribute__((noreturn, visibility("hidden"), section("pp_hooks"), noinline));

const char *pp_go_reason_text(enum pp_go_reason reason)
{
    static const char *const texts[] = {
#define X(name, text, leak) text,
        PP_GO_REASONS(X)
#undef X
    };
    return reason < PP_GO_REASON_COUNT ? texts[reason] : "";
}

/* ---- run queues ---- */

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

/* Half of a full ring and g go to the global queue; false when a thief made room meanwhile. */
NOINLINE static bool overflow(struct pp_p *p, struct pp_g *g)
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

ALWAYS_INLINE bool others_may_help(void)
{
    return pp_load_relaxed(&pp_go_sched.idle_p_count) && !pp_load_relaxed(&pp_go_sched.spinning);
}

ALWAYS_INLINE void ring_push(struct pp_p *p, struct pp_g *g)
{
    while (pp_unlikely(p->tail - pp_load_acquire(&p->head) >= PP_GO_RING)) {
        if (overflow(p, g)) {
            return;
        }
    }
    pp_store_relaxed(&p->ring[p->tail % PP_GO_RING], g);
    pp_store_release(&p->tail, p->tail + 1);
}

void pp_go_queue_local(struct pp_p *p, struct pp_g *g)
{
    ring_push(p, g);
}

ALWAYS_INLINE void queue_next(struct pp_p *p, struct pp_g *g)
{
    struct pp_g *before = p->run_next;
    p->run_next = g;
    if (before) {
        ring_push(p, before);
        if (pp_unlikely(others_may_help())) {
            pp_go_wake_worker();
        }
    }
}

ALWAYS_INLINE struct pp_g *ring_pop(struct pp_p *p)
{
    uint32_t head = pp_load_acquire(&p->head);
    while (head != p->tail) {
        struct pp_g *g = pp_load_relaxed(&p->ring[head % PP_GO_RING]);
        if (pp_likely(pp_cas(&p->head, &head, head + 1))) {
            return g;
        }
    }
    return NULL;
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

/* ---- who is next ---- */

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

struct pp_g *pp_go_pick(struct pp_p *p)
{
    return pick(p);
}

/* ---- the switch ---- */

NOINLINE static void end_free(struct pp_m *m, struct pp_g *g)
{
    struct pp_p *p = m->p;
    pp_go_watch_end(g);
    if (!p || g->stack_class != 1) {
        pp_go_stack_give(g, 1);
        return;
    }
    g->next = p->free;
    p->free = g;
    if (++p->free_count < FREE_CACHE) {
        return;
    }
    struct pp_g *first = p->free, *last = first;
    for (int i = 1; i < FREE_BATCH; i++) {
        last = last->next;
    }
    p->free = last->next;
    p->free_count -= FREE_BATCH;
    pp_go_stack_give(first, FREE_BATCH);
}

NOINLINE static void after_slow(struct pp_m *m, struct pp_g *old, enum pp_go_after what)
{
    if (what == PP_GO_AFTER_CALL) {
        old->state = PP_GO_WAITING;
        m->after_fn(m->after_arg);
    } else if (what == PP_GO_AFTER_GLOBAL || !m->p) {
        old->state = PP_GO_RUNNABLE;
        pp_go_queue_global(old, old, 1);
        pp_go_wake_worker();
    }
}

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
        if (pp_likely(p && old->stack_class == 1 && p->free_count < FREE_CACHE - 1 &&
                      !pp_go_watched)) {
            old->next = p->free;
            p->free = old;
            p->free_count++;
        } else {
            end_free(m, old);
        }
    } else if (what == PP_GO_AFTER_YIELD && pp_likely(m->p != NULL)) {
        old->state = PP_GO_RUNNABLE;
        ring_push(m->p, old);
    } else if (what != PP_GO_AFTER_NONE) {
        after_slow(m, old, what);
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

/* The one to go on with: a goroutine, or the worker's own stack, now and then and when somebody asked,
 * for timers, descriptors and the global queue: not here, where the parking one holds a lock. A
 * pinned one is the worker's to hand over. */
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

ALWAYS_INLINE void note_wait(struct pp_g *g, enum pp_go_reason reason, const void *object)
{
    g->reason = (uint8_t)reason;
    g->object = object;
    g->since_ns = pp_go_clock();
}

/* A thread sleeps; the monitor is told, since this may have been the last that could go on. */
NOINLINE static void park_thread(struct pp_g *g, pp_go_unlock_fn unlock, void *arg)
{
    g->since_ns = pp_sys_monotonic_ns();
    g->wake = 0;
    g->state = PP_GO_WAITING;
    (void)pp_add(&pp_go_sched.parked_threads, 1);
    unlock(arg);
    if (pp_load(&pp_go_sched.started_up)) {
        pp_go_monitor_rouse();
    }
    while (!pp_load_acquire(&g->wake)) {
        pp_sys_futex_wait(&g->wake, 0, -1);
    }
    g->state = PP_GO_RUNNING;
}

static void unlock_one(void *arg)
{
    pp_go_unlock(arg);
}

NOINLINE void pp_go_park_unlock(enum pp_go_reason reason, const void *object, uint32_t *lock)
{
    struct pp_m *m = pp_go_enter();
    struct pp_g *g = m->current;
    note_wait(g, reason, object);
    pp_go_released(lock);
    if (pp_unlikely(g->is_thread)) {
        pp_go_leave(m);
        park_thread(g, unlock_one, lock);
    } else {
        struct pp_g *to = choose(m, g);
        m->after = PP_GO_AFTER_UNLOCK;
        m->after_arg = lock;
        m = switch_to(m, g, to);
        pp_go_leave(m);
    }
    pp_go_acquired(g);
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
    pp_go_acquired(g);
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
    pp_go_released(g);
    if (pp_unlikely(g->is_thread)) {
        ready_thread(g);
        return;
    }
    struct pp_m *m = pp_go_enter();
    g->state = PP_GO_RUNNABLE;
    if (pp_likely(m->p != NULL)) {
        queue_next(m->p, g);
    } else {
        pp_go_queue_global(g, g, 1);
        pp_go_wake_worker();
    }
    pp_go_leave(m);
}

struct pp_g *pp_go_self(void)
{
    return pp_go_here()->current;
}

/* ---- giving way ---- */

PPROF_API void go_yield(void)
{
    struct pp_m *m = pp_go_enter();
    if (pp_unlikely(m->current->is_thread)) {
        pp_go_leave(m);
        (void)pp_sys_call(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
        return;
    }
    struct pp_p *p = m->p;
    if (pp_likely(p && !p->run_next && p->tail == pp_load_relaxed(&p->head) && !p->attention &&
                  (p->tick + 1) % PP_GO_CHECK_EVERY)) {
        p->tick++;
        pp_go_leave(m);
        return;
    }
    pp_go_switch_away(m, PP_GO_AFTER_YIELD);
}

PPROF_API void go_checkpoint(void)
{
    struct pp_m *m = pp_go_here();
    struct pp_p *p = pp_load_relaxed(&m->p);
    if (pp_unlikely(!m->current->is_thread && (!p || pp_load_relaxed(&p->attention)))) {
        go_yield();
    }
}

/* ---- beginning and end ---- */

void pp_go_begin(struct pp_m *m)
{
    struct pp_g *g = m->current;
    if (pp_unlikely(pp_go_watched)) {
        pp_go_watch_arrive(m);
    }
    finish(m);
    if (pp_unlikely(g->pins)) {
        pp_go_pin_here(m, g);
    }
    pp_go_leave(m);
    pp_go_acquired(g);
    g->fn(g->arg);
    pp_go_end();
}

NOINLINE static uint64_t more_ids(struct pp_p *p)
{
    p->next_id = pp_add_relaxed(&pp_go_sched.next_id, ID_BATCH) + 1;
    p->last_id = p->next_id + ID_BATCH;
    return p->next_id++;
}

/* From the shared list: one, or with a place a batch for it. */
NOINLINE static struct pp_g *take_stack(struct pp_p *p, unsigned k)
{
    uint32_t count = p && k == 1 ? FREE_BATCH : 1;
    struct pp_g *g = pp_go_stack_take(k, &count);
    if (g && count > 1) {
        p->free = g->next;
        p->free_count = count - 1;
    }
    return g;
}

ALWAYS_INLINE struct pp_g *new_goroutine(struct pp_m *m, unsigned k)
{
    struct pp_p *p = m->p;
    struct pp_g *g;
    if (pp_likely(p && k == 1 && p->free)) {
        g = p->free;
        p->free = g->next;
        p->free_count--;
    } else {
        g = take_stack(p, k);
        if (!g) {
            return NULL;
        }
    }
    if (pp_likely(p != NULL)) {
        g->id = pp_likely(p->next_id != p->last_id) ? p->next_id++ : more_ids(p);
        p->started++;
    } else {
        g->id = pp_add_relaxed(&pp_go_sched.next_id, 1) + 1;
        (void)pp_add_relaxed(&pp_go_sched.started, 1);
    }
    return g;
}

ALWAYS_INLINE void fill(struct pp_g *g, const struct pp_g *parent, go_fn fn, void *arg,
                        uintptr_t pc)
{
    g->regs.pc = (uintptr_t)pp_go_entry;
    g->regs.sp = pp_go_stack_top(g);
    g->regs.fp = 0;
    g->fn = fn;
    g->arg = arg;
    g->created_by = parent->id;
    g->created_pc = pc;
    g->epoch = pp_load_relaxed(&pp_go_sched.epoch);
    g->then = NULL;
    g->label_set = pp_self.label_set;
    g->nest.depth = 0;
    g->errno_value = 0;
    g->has_name = false;
    g->state = PP_GO_RUNNABLE;
    if (pp_unlikely(parent->context != NULL)) {
        g->context = pp_go_context_inherit(parent->context, &g->done);
    }
}

ALWAYS_INLINE void launch(struct pp_m *m, struct pp_g *g)
{
    if (pp_unlikely(pp_go_watched)) {
        pp_go_watch_begin(g);
        pp_go_released(g);
    }
    if (pp_likely(m->p != NULL)) {
        queue_next(m->p, g);
    } else {
        pp_go_queue_global(g, g, 1);
        pp_go_wake_worker();
    }
}

/* Anything out of the ordinary: the first start, options. */
struct ending {
    go_fn then;
    void *arg;
};

NOINLINE static int start_slow(const struct go_options *options, go_fn fn, void *arg,
                               struct ending ending, uintptr_t pc)
{
    int k = pp_go_stack_class(options ? options->stack_bytes : 0);
    int failed = pp_go_start_up();
    if (failed || k < 0 || (options && options->flags & ~(unsigned)GO_PINNED)) {
        return failed ? failed : -EINVAL;
    }
    struct pp_m *m = pp_go_enter();
    struct pp_g *g = new_goroutine(m, (unsigned)k);
    if (!g) {
        pp_go_leave(m);
        return -ENOMEM;
    }
    fill(g, m->current, fn, arg, pc);
    g->then = ending.then;
    g->then_arg = ending.arg;
    if (options && options->name) {
        pp_go_name_set(g, options->name);
    }
    if (options && options->label_count) {
        g->label_set =
            pp_label_set_extend(g->label_set, options->labels, options->label_count, NULL);
    }
    g->pins = options && options->flags & GO_PINNED ? 1 : 0;
    launch(m, g);
    pp_go_leave(m);
    return 0;
}

PPROF_API int go_start(go_fn fn, void *arg)
{
    uintptr_t pc = (uintptr_t)__builtin_return_address(0);
    if (pp_unlikely(pp_load_acquire(&pp_go_sched.started_up) != 2)) {
        return start_slow(NULL, fn, arg, (struct ending){ NULL, NULL }, pc);
    }
    struct pp_m *m = pp_go_enter();
    struct pp_g *g = new_goroutine(m, 1);
    if (pp_unlikely(!g)) {
        pp_go_leave(m);
        return -ENOMEM;
    }
    fill(g, m->current, fn, arg, pc);
    launch(m, g);
    pp_go_leave(m);
    return 0;
}

PPROF_API int go_start_with(const struct go_options *options, go_fn fn, void *arg)
{
    return start_slow(options, fn, arg, (struct ending){ NULL, NULL },
                      (uintptr_t)__builtin_return_address(0));
}

int pp_go_start_then(go_fn fn, void *arg, go_fn then, void *then_arg, uintptr_t pc)
{
    return start_slow(NULL, fn, arg, (struct ending){ then, then_arg }, pc);
}

NOINLINE static void end_extras(struct pp_g *g)
{
    go_fn then = g->then;
    g->then = NULL;
    if (then) {
        then(g->then_arg);
    }
    if (g->locals) {
        pp_go_locals_end(g);
    }
    if (g->context) {
        struct go_context *context = g->context;
        pp_go_context_set(g, NULL, NULL);
        pp_go_context_drop(context);
    }
}

void pp_go_end(void)
{
    struct pp_g *g = pp_go_self();
    if (pp_unlikely(g->locals || g->context || g->then)) {
        end_extras(g);
    }
    struct pp_m *m = pp_go_enter();
    if (pp_unlikely(g->pinned != NULL)) {
        pp_go_unpin_here(m, g);
        g->pins = 0;
    }
    pp_go_released(g); /* its stack is somebody else's next */
    if (pp_likely(m->p != NULL)) {
        m->p->ended++;
    } else {
        (void)pp_add_relaxed(&pp_go_sched.ended, 1);
    }
    struct pp_g *to = choose(m, g);
    m->after = PP_GO_AFTER_END;
    (void)switch_to(m, g, to);
    __builtin_unreachable();
}

PPROF_API void go_exit(void)
{
    pp_go_end();
}

PPROF_API size_t go_count(void)
{
    struct pp_go_sched *s = &pp_go_sched;
    uint64_t started = 0, ended = pp_load_relaxed(&s->ended);
    for (size_t i = 0; i < PP_GO_PROCS_MAX && s->places[i]; i++) {
        ended += pp_load_relaxed(&s->places[i]->ended);
    }
    for (size_t i = 0; i < PP_GO_PROCS_MAX && s->places[i]; i++) {
        started += pp_load_relaxed(&s->places[i]->started);
    }
    started += pp_load_relaxed(&s->started);
    return started > ended ? started - ended : 0;
}
