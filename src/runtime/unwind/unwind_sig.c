/* The walk of this thread's own memory: from a hook, or from a signal handler over what it
 * interrupted. */
#include "runtime/unwind/unwind_private.h"

#include "base/atomic.h"

struct local_view {
    struct pp_stack_view view;
    struct pp_stack_bounds bounds;
};

static bool in_bounds(const struct pp_stack_bounds *bounds, uintptr_t address)
{
    return address >= bounds->low && address < bounds->high;
}

static bool more_local(struct pp_stack_view *view, uintptr_t address)
{
    struct local_view *local = (struct local_view *)view;
    if (!in_bounds(&local->bounds, address) || view->low == local->bounds.low) {
        return pp_view_probe_sig(view, address);
    }
    view->low = local->bounds.low;
    view->high = local->bounds.high;
    return true;
}

/* What is below the stack pointer is not read: of a main thread's bounds, most is not there yet. */
static void init_view(struct local_view *local, uintptr_t sp, struct pp_stack_bounds bounds)
{
    uintptr_t high = bounds.high & ~(uintptr_t)7;
    *local = (struct local_view){ .view = { .more = more_local } };
    if (sp >= bounds.low && sp < high) {
        uintptr_t low = sp & ~(uintptr_t)7;
        local->view.low = low;
        local->view.high = high;
        local->bounds = (struct pp_stack_bounds){ low, high };
    }
}

PP_HOT size_t pp_unwind_sig(const struct pp_regs *regs, struct pp_stack_bounds bounds,
                            uintptr_t *pcs, size_t max, unsigned *flags)
{
    struct local_view local;
    init_view(&local, regs->sp, bounds);
    return pp_walk_sig(regs, true, &local.view, pcs, max, flags);
}
