/* The stack of whoever called into the library. */
#include "runtime/capture/caller.h"

#include "base/atomic.h"
#include "runtime/capture/self.h"
#include "runtime/unwind/module.h"

#include <sys/auxv.h>

enum { OWN_FRAMES_MAX = 16 };

/* In libpprof.a our code has a section of its own; the linker marks its ends. */
extern const char __start_pp_text[] __attribute__((weak, visibility("hidden")));
extern const char __stop_pp_text[] __attribute__((weak, visibility("hidden")));

/* Where our code is; low 1 when that cannot be told (our objects linked one by one into a
 * program). */
static uintptr_t own_low, own_high;

static void find_own_code(void)
{
    uintptr_t low = (uintptr_t)__start_pp_text, high = (uintptr_t)__stop_pp_text;
    if (!low) {
        const struct pp_module *module = pp_module_find_sig((uintptr_t)&find_own_code);
        if (!module) {
            return; /* modules are not scanned yet: ask again next time */
        }
        bool is_program = pp_module_find_sig((uintptr_t)getauxval(AT_ENTRY)) == module;
        low = is_program ? 1 : module->start;
        high = is_program ? 1 : module->limit;
    }
    pp_store_relaxed(&own_high, high);
    pp_store_release(&own_low, low);
}

bool pp_caller_is_ours_sig(uintptr_t pc)
{
    if (!pp_load_acquire(&own_low)) {
        find_own_code();
    }
    return pc >= pp_load_acquire(&own_low) && pc < pp_load_relaxed(&own_high);
}

pp_stack_id pp_caller_stack_sig(int skip, uint32_t label_set)
{
    uintptr_t pcs[PP_STACK_DEPTH_MAX + OWN_FRAMES_MAX];
    unsigned flags = 0;
    struct pp_regs regs;
    pp_regs_capture(&regs);
    size_t depth = pp_unwind_sig(&regs, pp_self.bounds, pcs, PP_STACK_DEPTH_MAX + OWN_FRAMES_MAX,
                                 &flags);
    size_t first = 1; /* this function */
    while (first < depth && pp_caller_is_ours_sig(pcs[first])) {
        first++;
    }
    first += skip > 0 ? (size_t)skip : 0;
    if (first > depth) {
        first = depth;
    }
    size_t count = depth - first;
    if (count > PP_STACK_DEPTH_MAX) {
        count = PP_STACK_DEPTH_MAX;
        flags = (flags & ~(unsigned)PP_UNWIND_COMPLETE) | PP_UNWIND_CUT;
    }
    return pp_stack_intern_sig(pcs + first, count, flags, label_set);
}
