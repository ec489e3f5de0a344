#include "runtime/go/go_trace.h"

#include "runtime/capture/self.h"
#include "runtime/capture/trace.h"
#include "runtime/go/go_seen.h"
#include "runtime/go/sched_private.h"
#include "runtime/unwind/lock.h"
#include "runtime/unwind/unwind.h"

static uint32_t lock; /* rank: leaf */

void pp_go_trace_update(void)
{
    pp_unwind_lock(&lock);
    if (pp_load(&pp_trace_on)) {
        (void)pp_or(&pp_go_watched, PP_GO_WATCH_TRACE);
    } else {
        (void)__atomic_fetch_and(&pp_go_watched, ~(uint32_t)PP_GO_WATCH_TRACE,
                                 __ATOMIC_SEQ_CST);
    }
    pp_unwind_unlock(&lock);
}

void pp_go_trace_after_fork(void)
{
    lock = 0;
    pp_go_trace_update();
}

static void note(enum pp_trace_kind kind, uint32_t name, const struct pp_g *g)
{
    if (pp_load_relaxed(&pp_enabled)) {
        pp_trace_event_sig(kind, name, g->id);
    }
}

/* The stack of the caller, a goroutine, for the event before. */
__attribute__((noinline)) static void note_stack(const struct pp_g *g)
{
    uintptr_t pcs[PP_STACK_DEPTH_MAX];
    struct pp_regs regs;
    unsigned flags = 0;
    if (!pp_load_relaxed(&pp_enabled) || !(pp_load_relaxed(&pp_trace_on) & PP_TRACE_STACKS)) {
        return;
    }
    pp_self_enter();
    pp_regs_capture(&regs);
    struct pp_stack_bounds bounds = { regs.sp, pp_go_stack_top(g) };
    size_t depth = pp_unwind_sig(&regs, bounds, pcs, PP_STACK_DEPTH_MAX, &flags);
    depth = pp_go_drop_ours(g, pcs, depth);
    pp_trace_event_sig(PP_TRACE_STACK, 0, pp_stack_intern_sig(pcs, depth, flags, 0));
    pp_self_leave();
}

static void note_with_function(enum pp_trace_kind kind, const struct pp_g *g)
{
    uintptr_t fn = (uintptr_t)g->fn;
    note(kind, pp_stack_intern_sig(&fn, 1, PP_UNWIND_COMPLETE, 0), g);
}

void pp_go_trace_create(const struct pp_g *g)
{
    note_with_function(PP_TRACE_GO_CREATE, g);
    if (g->has_name) {
        pp_go_trace_name(g);
    }
}

void pp_go_trace_name(const struct pp_g *g)
{
    if (g->id && pp_load_relaxed(&pp_enabled)) {
        pp_self_enter();
        note(PP_TRACE_GO_NAME, pp_trace_text(g->name), g);
        pp_self_leave();
    }
}

static void note_left(enum pp_go_after after, const struct pp_g *g)
{
    switch (after) {
    case PP_GO_AFTER_UNLOCK:
    case PP_GO_AFTER_CALL:
        note(PP_TRACE_GO_PARK, g->reason, g);
        note_stack(g);
        break;
    case PP_GO_AFTER_END:
        if (g->has_name) { /* it may have got it before the trace began */
            pp_go_trace_name(g);
        }
        note_with_function(PP_TRACE_GO_END, g);
        break;
    default:
        note(PP_TRACE_GO_YIELD, 0, g);
        break;
    }
}

void pp_go_trace_switch(const struct pp_m *m, const struct pp_g *from, const struct pp_g *to)
{
    if (from != &m->g0) {
        note_left(m->after, from);
    }
    if (to != &m->g0) {
        note(PP_TRACE_GO_START, 0, to);
    }
}

void pp_go_trace_ready(const struct pp_g *g)
{
    if (!g->is_thread) {
        note(PP_TRACE_GO_READY, 0, g);
    }
}
