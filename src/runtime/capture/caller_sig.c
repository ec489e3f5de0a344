/* The stack of whoever called into the library. */
#include "runtime/capture/caller.h"

#include "base/atomic.h"
#include "base/sys.h"
#include "runtime/capture/self.h"
#include "runtime/unwind/module.h"

#include <signal.h>
#include <sys/auxv.h>
#include <sys/syscall.h>

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

/* Never inlined: its frame of 1 KiB must not be part of those that spare a stack. */
__attribute__((noinline)) pp_stack_id pp_caller_stack_sig(int skip, uint32_t label_set)
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
    return pp_stack_intern_sig(pcs + first, depth - first, flags, label_set);
}

/* Within the thread's stack its bounds tell; elsewhere (a signal's, a goroutine's) the kernel knows
 * whether this is a signal's, which may be 2 KiB in all. */
static bool has_room(void)
{
    enum { ROOM = 8 << 10 };
    stack_t alternate = { .ss_flags = 0 };
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    struct pp_stack_bounds bounds = pp_self.bounds;
    if (here > bounds.low && here < bounds.high) {
        return here - bounds.low >= ROOM;
    }
    pp_sys_call(SYS_sigaltstack, 0, (long)&alternate, 0, 0, 0, 0);
    return !(alternate.ss_flags & SS_ONSTACK) || here - (uintptr_t)alternate.ss_sp >= ROOM;
}

pp_stack_id pp_caller_stack_spare_sig(const void *caller)
{
    uintptr_t only = (uintptr_t)caller;
    return has_room() ? pp_caller_stack_sig(0, 0)
                      : pp_stack_intern_sig(&only, caller ? 1 : 0, PP_UNWIND_LOST, 0);
}
