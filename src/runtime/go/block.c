/* Blocking code, pinning, names, and go_run. */
#include "base/sys.h"
#include "runtime/go/go_trace.h"
#include "runtime/go/sched_private.h"
#include "runtime/go/fiber.h"

#include <errno.h>
#include <string.h>

enum { RED_ZONE = 256 };

/* ---- blocking ---- */

/* The place stays loosely ours: whoever changes its state from BLOCKED has it. */
PPROF_API void go_block_begin(void)
{
    struct pp_m *m = pp_go_enter();
    struct pp_p *p = m->p;
    if (!m->current->is_thread) {
        m->current->state = PP_GO_BLOCKED;
        m->left_p = p;
        (void)pp_add_relaxed(&pp_go_sched.blocked, 1);
    }
    bool others_wait = false;
    if (p) {
        others_wait = p->run_next || pp_go_ring_count(p);
        m->p = NULL;
        pp_store_release(&p->state, PP_P_BLOCKED);
    }
    pp_go_leave(m);
    if (others_wait) {
        pp_go_monitor_soon();
    }
}

void pp_go_block_long(void)
{
    struct pp_m *m = pp_go_here();
    go_block_begin();
    struct pp_p *p = m->left_p;
    uint32_t state = PP_P_BLOCKED;
    if (!m->current->is_thread && p && pp_cas(&p->state, &state, PP_P_RUNNING)) {
        pp_go_place_release(p);
    }
}

static bool place_again(struct pp_m *m)
{
    uint32_t state = PP_P_BLOCKED;
    struct pp_p *p = m->left_p;
    m->left_p = NULL;
    if (!p || !pp_cas(&p->state, &state, PP_P_RUNNING)) {
        p = pp_go_place_take();
    }
    if (p) {
        pp_go_place_use(m, p);
    }
    return p != NULL;
}

PPROF_API void go_block_end(void)
{
    struct pp_m *m = pp_go_enter();
    if (m->current->is_thread) {
        pp_go_leave(m);
        return;
    }
    m->current->state = PP_GO_RUNNING;
    (void)pp_sub_relaxed(&pp_go_sched.blocked, 1);
    if (place_again(m)) {
        pp_go_leave(m);
    } else {
        pp_go_switch_away(m, PP_GO_AFTER_GLOBAL);
    }
}

PPROF_API void go_block(go_fn fn, void *arg)
{
    struct pp_m *m = pp_go_here();
    if (m->current->is_thread) {
        fn(arg);
        return;
    }
    go_block_begin();
    pp_go_watch_call(m, fn, arg, m->g0.regs.sp - RED_ZONE);
    go_block_end();
}

/* ---- pinning ---- */

void pp_go_pin_here(struct pp_m *m, struct pp_g *g)
{
    g->pinned = m;
    m->park = 0;
    m->pinned_g = g;
    pp_go_acquired(m); /* what was pinned here before has left thread-local traces */
}

void pp_go_unpin_here(struct pp_m *m, struct pp_g *g)
{
    g->pinned = NULL;
    m->pinned_g = NULL;
    pp_go_released(m);
}

PPROF_API void go_pin(void)
{
    struct pp_m *m = pp_go_enter();
    struct pp_g *g = m->current;
    if (!g->is_thread && g->pins++ == 0) {
        pp_go_pin_here(m, g);
    }
    pp_go_leave(m);
}

PPROF_API void go_unpin(void)
{
    struct pp_m *m = pp_go_enter();
    struct pp_g *g = m->current;
    if (!g->is_thread && g->pins && --g->pins == 0) {
        pp_go_unpin_here(m, g);
    }
    pp_go_leave(m);
}

/* ---- who ---- */

PPROF_API uint64_t go_id(void)
{
    return pp_go_self()->id;
}

/* A name is shown on one line of a report, a log or a debugger: no control characters, and not the
 * half of a letter at its end. */
static size_t copy_name(char *to, size_t room, const char *name)
{
    size_t len = strnlen(name, room);
    while (len == room && len && ((unsigned char)name[len] & 0xc0) == 0x80) {
        room = --len;
    }
    for (size_t i = 0; i < len; i++) {
        to[i] = (unsigned char)name[i] < ' ' || name[i] == 127 ? '_' : name[i];
    }
    to[len] = '\0';
    return len;
}

void pp_go_name_set(struct pp_g *g, const char *name)
{
    g->has_name = false;
    size_t len = copy_name(g->name, sizeof(g->name) - 1, name ? name : "");
    g->has_name = len > 0;
    if (pp_unlikely(pp_go_watched & PP_GO_WATCH_TRACE) && len) {
        pp_go_trace_name(g);
    }
}

const char *pp_go_name_of(const struct pp_g *g)
{
    return g->has_name ? g->name : "";
}

PPROF_API void go_name(const char *name)
{
    pp_go_name_set(pp_go_self(), name);
}

/* ---- run and wait ---- */

struct errand {
    uint32_t lock;
    bool is_done;
    struct pp_go_queue waiting;
};

static void end_errand(void *arg)
{
    struct errand *errand = arg;
    pp_go_lock(&errand->lock);
    errand->is_done = true;
    struct pp_go_waiter *waiter = pp_go_queue_take(&errand->waiting);
    pp_go_unlock(&errand->lock);
    if (waiter) {
        pp_go_wake(waiter, 0);
    }
}

PPROF_API int go_run(go_fn fn, void *arg)
{
    struct errand errand = { 0 };
    struct pp_go_waiter waiter = { 0 };
    int failed = pp_go_start_then(fn, arg, end_errand, &errand,
                                  (uintptr_t)__builtin_return_address(0));
    if (failed) {
        return failed;
    }
    pp_go_lock(&errand.lock);
    if (errand.is_done) {
        pp_go_unlock(&errand.lock);
        return 0;
    }
    return pp_go_wait_until(&errand.waiting, &errand.lock, &waiter, PP_GO_WAIT_WAIT_GROUP, fn,
                            GO_FOREVER, true);
}
