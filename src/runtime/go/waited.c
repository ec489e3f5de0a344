/* Waits of goroutines in the block profile, as those of threads: where, how often, how long; and in
 * the mutex profile the unlocks that ended them.
 *
 * The scheduler's clock goes on every 64 switches or so. A wait counts what the clock moved
 * meanwhile: most short ones nothing, some a whole step, and on average what they took. */
#include "runtime/capture/contention.h"
#include "runtime/capture/self.h"
#include "runtime/go/go_seen.h"
#include "runtime/go/sync.h"

static bool is_counted(unsigned reason)
{
    bool is_io = reason == PP_GO_WAIT_IO || reason == PP_GO_WAIT_SLEEP;
    return pp_load_relaxed(&pp_wait_timed) && pp_load_relaxed(&pp_enabled) &&
           (!is_io || pp_block_io_get());
}

static struct pp_stack_bounds bounds_of(const struct pp_g *g, uintptr_t sp)
{
    if (g->is_thread) {
        return pp_self.bounds;
    }
    return (struct pp_stack_bounds){ sp, pp_go_stack_top(g) };
}

void pp_go_note_late(struct pp_g *g, int64_t waited_ns)
{
    if (is_counted(g->reason)) {
        g->late_ns = waited_ns;
    }
}

/* The stack of the caller, which runs, without our frames. */
__attribute__((noinline)) static void add_here(struct pp_sumtab *sums, const struct pp_g *g,
                                               uint64_t count, uint64_t sum_ns)
{
    uintptr_t pcs[PP_STACK_DEPTH_MAX];
    struct pp_regs regs;
    unsigned flags = 0;
    pp_self_enter();
    pp_regs_capture(&regs);
    size_t depth = pp_unwind_sig(&regs, bounds_of(g, regs.sp), pcs, PP_STACK_DEPTH_MAX, &flags);
    depth = pp_go_drop_ours(g, pcs, depth);
    pp_stack_id stack = pp_stack_intern_sig(pcs, depth, flags, g->label_set);
    pp_sumtab_add_sig(sums, pp_sum_key(stack, 0), count, sum_ns);
    pp_self_leave();
}

__attribute__((noinline)) void pp_go_waited(const struct pp_g *g, int64_t waited_ns)
{
    uint64_t count, sum_ns;
    if (!is_counted(g->reason) || !pp_block_weigh_sig(waited_ns, &count, &sum_ns)) {
        return;
    }
    add_here(&pp_block_sums, g, count, sum_ns);
}

/* What the clock moved while they waited, all together. */
static int64_t sum_waits(const struct pp_go_waiter *waiter)
{
    int64_t sum = 0, now = pp_go_clock();
    for (; waiter; waiter = waiter->next) {
        int64_t waited = now - waiter->g->since_ns;
        sum += waited > 0 ? waited : 0;
    }
    return sum;
}

void pp_go_let_in(struct pp_go_waiter *first, int result)
{
    uint64_t weight = 0;
    bool counts = first && pp_load_relaxed(&pp_enabled) && pp_mutex_weigh_sig(&weight);
    int64_t waited = counts ? sum_waits(first) : 0;
    pp_go_wake_all(first, result);
    if (pp_unlikely(waited > 0)) {
        add_here(&pp_mutex_sums, pp_go_self(), weight << PP_EVENT_SHIFT,
                 (uint64_t)waited * weight);
    }
}
