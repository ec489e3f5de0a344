/* Starting goroutines, and their end. */
#include "runtime/capture/label.h"
#include "runtime/go/fiber.h"
#include "runtime/go/switch.h"

#include <errno.h>
#include <pthread.h>

enum { ID_BATCH = 64 };

extern char pp_go_entry[] __attribute__((visibility("hidden")));
void pp_go_begin(struct pp_m *m)
    __attribute__((noreturn, visibility("hidden"), section("pp_hooks"), noinline));

/* Returns m, so that the caller need not keep it: see pp_go_begin. */
NOINLINE static struct pp_m *begin_slow(struct pp_m *m)
{
    struct pp_g *g = m->current;
    if (pp_unlikely(pp_go_watched)) {
        pp_go_watch_arrive(m);
    }
    finish(m);
    if (pp_unlikely(g->pins)) {
        pp_go_pin_here(m, g);
    }
    pp_go_acquired(g);
    return m;
}

static int end(void);

/* What begins, does little and ends should touch one line of its stack: nothing is kept over a call
 * here, and `end` has no frame. */
void pp_go_begin(struct pp_m *m)
{
    if (pp_unlikely(m->after != PP_GO_AFTER_DONE || m->current->has_extras || pp_go_watched)) {
        m = begin_slow(m);
    }
    struct pp_g *g = m->current;
    pp_go_leave(m);
    g->fn(g->arg);
    (void)end();
    __builtin_unreachable();
}

NOINLINE static uint64_t more_ids(struct pp_p *p)
{
    p->next_id = pp_add_relaxed(&pp_go_sched.next_id, ID_BATCH) + 1;
    p->last_id = p->next_id + ID_BATCH;
    return p->next_id++;
}

/* The place has none at hand: it gets a batch; one without a place. */
NOINLINE static struct pp_g *take_stack(struct pp_p *p, unsigned k)
{
    uint32_t count = p && k == 1 ? PP_GO_FREE_BATCH : 1;
    struct pp_g *g;
    if (count > 1 && p->free_batch) {
        g = p->free_batch;
        p->free_batch = NULL;
    } else {
        g = pp_go_stack_take(k, &count);
    }
    if (g && count > 1) {
        p->free = g->next;
        p->free_count = count - 1;
    }
    return g;
}

static struct pp_g *new_goroutine(struct pp_m *m, unsigned k)
{
    struct pp_p *p = m->p;
    struct pp_g *g = p && k == 1 && p->free ? unkeep(p) : take_stack(p, k);
    if (!g) {
        return NULL;
    }
    if (p) {
        g->id = p->next_id != p->last_id ? p->next_id++ : more_ids(p);
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
    g->has_extras = false;
    g->label_set = pp_self.label_set;
    g->nest.depth = 0;
    g->errno_value = 0;
    g->has_name = false;
    g->state = PP_GO_RUNNABLE;
}

static void launch(struct pp_m *m, struct pp_g *g)
{
    if (pp_go_watched) {
        pp_go_watch_begin(g);
        pp_go_released(g);
    }
    if (m->p) {
        queue_next(m->p, g);
    } else {
        pp_go_queue_global(&g, 1);
        pp_go_wake_worker();
    }
}

struct ending {
    go_fn then;
    void *arg;
};

/* Any start at all: go_start has the simple ones. */
NOINLINE static int start(const struct go_options *options, go_fn fn, void *arg,
                          struct ending ending, uintptr_t pc)
{
    int k = pp_go_stack_class(options ? options->stack_bytes : 0);
    if (!fn || k < 0 || (options && options->flags & ~(unsigned)GO_PINNED)) {
        return -EINVAL;
    }
    int failed = pp_go_start_up();
    if (failed) {
        return failed;
    }
    struct pp_m *m = pp_go_enter();
    struct pp_g *g = new_goroutine(m, (unsigned)k);
    if (!g) {
        pp_go_leave(m);
        return -ENOMEM;
    }
    struct pp_g *parent = m->current;
    fill(g, parent, fn, arg, pc);
    if (parent->context) {
        g->context = pp_go_context_inherit(parent->context, &g->done);
    }
    g->then = ending.then;
    g->then_arg = ending.arg;
    g->pins = options && options->flags & GO_PINNED ? 1 : 0;
    g->has_extras = g->context || g->then || g->pins;
    if (options && options->name) {
        pp_go_name_set(g, options->name);
    }
    if (options && options->label_count) {
        g->label_set =
            pp_label_set_extend(g->label_set, options->labels, options->label_count, NULL);
    }
    launch(m, g);
    pp_go_leave(m);
    return 0;
}

/* A stack, a number and room in the queue are at hand. */
ALWAYS_INLINE bool is_simple(const struct pp_p *p, const struct pp_g *parent)
{
    return p && p->free && p->next_id != p->last_id && !parent->context &&
           (!p->run_next || p->tail - pp_load_acquire(&p->head) < PP_GO_RING);
}

NOINLINE static int wake_worker(struct pp_m *m)
{
    pp_go_wake_worker();
    pp_go_leave_simply(m);
    return 0;
}

/* All calls are in place of the usual end, so this needs no frame. */
PPROF_API int go_start(go_fn fn, void *arg)
{
    uintptr_t pc = (uintptr_t)__builtin_return_address(0);
    bool is_up = pp_load_acquire(&pp_go_sched.started_up) == 2;
    struct pp_m *m = is_up && fn && !pp_go_watched ? pp_go_enter_simply() : NULL;
    struct pp_p *p = m ? m->p : NULL;
    const struct pp_g *parent = m ? m->current : NULL;
    if (pp_unlikely(!is_simple(p, parent))) {
        if (m) {
            pp_go_leave_simply(m);
        }
        return start(NULL, fn, arg, (struct ending){ NULL, NULL }, pc);
    }
    struct pp_g *g = unkeep(p), *before = p->run_next;
    g->id = p->next_id++;
    p->started++;
    fill(g, parent, fn, arg, pc);
    p->run_next = g;
    if (before) {
        ring_add(p, before);
        if (pp_unlikely(others_may_help(p))) {
            return wake_worker(m);
        }
    }
    pp_go_leave_simply(m);
    return 0;
}

PPROF_API int go_start_with(const struct go_options *options, go_fn fn, void *arg)
{
    return start(options, fn, arg, (struct ending){ NULL, NULL },
                 (uintptr_t)__builtin_return_address(0));
}

int pp_go_start_then(go_fn fn, void *arg, go_fn then, void *then_arg, uintptr_t pc)
{
    return start(NULL, fn, arg, (struct ending){ then, then_arg }, pc);
}

/* Whoever waits for the end finds all of it done. */
NOINLINE static void end_extras(struct pp_g *g)
{
    if (g->locals) {
        pp_go_locals_end(g);
    }
    if (g->context) {
        struct go_context *context = g->context;
        pp_go_context_set(g, NULL, NULL);
        pp_go_context_drop(context);
    }
    go_fn then = g->then;
    g->then = NULL;
    if (then) {
        then(g->then_arg);
    }
}

NOINLINE static int end_slow(void)
{
    struct pp_g *g = pp_go_self();
    if (g->is_thread) { /* also a goroutine that forked, in the child */
        pthread_exit(NULL);
    }
    if (g->has_extras) {
        end_extras(g);
    }
    struct pp_m *m = pp_go_enter();
    if (g->pinned) {
        pp_go_unpin_here(m, g);
        g->pins = 0;
    }
    pp_go_released(g); /* its stack is somebody else's next */
    if (m->p) {
        m->p->ended++;
    } else {
        (void)pp_add_relaxed(&pp_go_sched.ended, 1);
    }
    struct pp_g *to = choose(m, g);
    m->after = PP_GO_AFTER_END;
    (void)switch_to(m, g, to);
    __builtin_unreachable();
}

void pp_go_end_left(struct pp_g *g)
{
    if (g->has_extras) {
        end_extras(g);
    }
    pp_go_released(g);
    (void)pp_add_relaxed(&pp_go_sched.ended, 1);
    g->state = PP_GO_DEAD;
    pp_store_release(&g->seq, g->seq + 1);
    pp_go_watch_end(g);
    pp_go_stack_give(g);
}

/* Does not return. All calls are in place of the usual end, as in go_start. */
static int end(void)
{
    struct pp_m *m = pp_go_enter_simply();
    if (pp_unlikely(!m)) {
        return end_slow();
    }
    struct pp_g *g = m->current;
    struct pp_p *p = m->p;
    if (pp_unlikely(!can_swap(g) || g->has_extras || g->pinned || !may_keep(p, g))) {
        pp_go_leave_simply(m);
        return end_slow();
    }
    p->ended++;
    struct pp_g *to = choose(m, g);
    keep(p, g);
    g->state = PP_GO_DEAD;
    return swap_last(m, g, to);
}

void pp_go_end(void)
{
    (void)end();
    __builtin_unreachable();
}

PPROF_API void go_exit(void)
{
    if (!pp_go_self()->is_thread) {
        pp_go_leave_frames();
    }
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
