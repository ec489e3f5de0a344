#include "runtime/capture/thread_dump.h"

#include "base/sys.h"
#include "runtime/capture/self.h"
#include "runtime/capture/wait_hooks.h"

struct pp_dump_request pp_dump_request;

/* Claims the request, so that one that comes late finds nothing to do. */
void pp_dump_handler_sig(int signal, void *info, void *context)
{
    (void)signal;
    (void)info;
    struct pp_dump_request *request = &pp_dump_request;
    uint32_t state = PP_DUMP_ASKED;
    if (pp_load_acquire(&request->tid) != pp_sys_tid() ||
        !pp_cas(&request->state, &state, PP_DUMP_WALKING)) {
        return;
    }
    struct pp_regs regs;
    pp_self_enter();
    pp_regs_from_ucontext_sig(&regs, context);
    request->result.depth = pp_unwind_sig(&regs, pp_self.bounds, request->result.pcs,
                                          PP_STACK_DEPTH_MAX, &request->result.flags);
    request->result.depth = pp_wait_hook_drop(request->result.pcs, request->result.depth);
    pp_self_leave();
    pp_store(&request->state, PP_DUMP_DONE);
    pp_sys_futex_wake(&request->state, 1);
}
