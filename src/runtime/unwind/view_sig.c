#include "runtime/unwind/view.h"

#include "base/sys.h"

enum { LOWEST_ADDRESS = 4096 };

bool pp_view_probe_sig(struct pp_stack_view *view, uintptr_t address)
{
    if (address < LOWEST_ADDRESS || !pp_sys_readable((const void *)address)) {
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
