#include "runtime/unwind/view.h"

#include "base/sys.h"

enum { LOWEST_ADDRESS = 4096 };

static bool take_page(struct pp_stack_view *view, uintptr_t address, bool readable)
{
    if (address < LOWEST_ADDRESS || !readable) {
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

bool pp_view_probe_sig(struct pp_stack_view *view, uintptr_t address)
{
    return take_page(view, address, pp_sys_readable((const void *)address));
}

bool pp_view_insist_sig(struct pp_stack_view *view, uintptr_t address)
{
    return take_page(view, address, pp_sys_probe((const void *)address));
}
