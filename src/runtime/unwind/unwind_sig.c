/* The walk of this thread's own memory: from a hook, or from a signal handler over what it
 * interrupted. */
#include "runtime/unwind/unwind_private.h"

#include "base/atomic.h"
#include "base/sys.h"

struct local_view {
    struct pp_stack_view view;
    struct pp_stack_bounds bounds;
};

static bool in_bounds(const struct pp_stack_bounds *bounds, uintptr_t address)
{
    return address >= bounds->low && address < bounds->high;
}

/* Outside of the known stack (a coroutine's, an alternate signal stack) each page is probed once, and
 * joined to the window when it is the next one up. */
static bool probe_page(struct pp_stack_view *view, uintptr_t address)
{
    if (address < (uintptr_t)1 << 12 || !pp_sys_readable((const void *)address)) {
        return false;
    }
    uintptr_t page = pp_sys_page_size();
    uintptr_t start = address & ~(page - 1);
    if (view->high != start) {
        view->low = start;
    }
    view->high = start + page;
    return true;
}

static bool more_local(struct pp_stack_view *view, uintptr_t address)
{
    struct local_view *local = (struct local_view *)view;
    if (!in_bounds(&local->bounds, address) || view->low == local->bounds.low) {
        return probe_page(view, address);
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

size_t pp_unwind_sig(const struct pp_regs *regs, struct pp_stack_bounds bounds, uintptr_t *pcs,
                     size_t max, unsigned *flags)
{
    struct local_view local;
    struct pp_walk walk;
    init_view(&local, regs->sp, bounds);
    pp_walk_init_sig(&walk, regs, true, &local.view, pcs, max);
    pp_walk_run_sig(&walk);
    pp_walk_count_sig(walk.flags);
    *flags = walk.flags;
    return walk.count;
}
