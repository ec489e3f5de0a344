/* Waits of goroutines in the block profile, as those of threads: where, how often, how long.
 *
 * The scheduler's clock goes on every 64 switches or so. A wait counts what the clock moved
 * meanwhile: most short ones nothing, some a whole step, and on average what they took. */
#include "runtime/capture/contention.h"
#include "runtime/capture/self.h"
#include "runtime/go/go_seen.h"
#include "runtime/go/sched_private.h"

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

__attribute__((noinline)) void pp_go_waited(const struct pp_g *g, int64_t waited_ns)
{
    uintptr_t pcs[PP_STACK_DEPTH_MAX];
    uint64_t count, sum_ns;
    struct pp_regs regs;
    unsigned flags = 0;
    if (!is_counted(g->reason) || !pp_block_weigh_sig(waited_ns, &count, &sum_ns)) {
        return;
    }
    pp_self_enter();
    pp_regs_capture(&regs);
    size_t depth = pp_unwind_sig(&regs, bounds_of(g, regs.sp), pcs, PP_STACK_DEPTH_MAX, &flags);
    depth = pp_go_drop_ours(pcs, depth);
    pp_stack_id stack = pp_stack_intern_sig(pcs, depth, flags, g->label_set);
    pp_sumtab_add_sig(&pp_block_sums, pp_sum_key(stack, 0), count, sum_ns);
    pp_self_leave();
}
