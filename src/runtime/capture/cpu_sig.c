#include "runtime/capture/cpu_private.h"

#include "base/table.h"
#include "runtime/capture/self.h"
#include "runtime/capture/trace.h"
#include "runtime/capture/wait_hooks.h"

#include <signal.h>

struct pp_cpu_session pp_cpu_session PP_HOT_DATA;

static PP_HOT void count_sig(pp_stack_id id, uint32_t label_set, uint64_t ticks)
{
    uint32_t key = id + 1;
    size_t start = (size_t)pp_hash_u64(key);
    for (size_t i = 0; i < PP_CPU_REACH; i++) {
        struct pp_cpu_count *slot = &pp_cpu_session.counts[(start + i) & (PP_CPU_COUNTS - 1)];
        uint32_t seen = pp_load_acquire(&slot->key);
        if (seen == key || (seen == 0 && (pp_cas(&slot->key, &seen, key) || seen == key))) {
            pp_store_relaxed(&slot->label_set, label_set);
            pp_add_relaxed(&slot->ticks, ticks);
            return;
        }
    }
    pp_add_relaxed(&pp_cpu_session.lost, ticks);
}

static PP_HOT void sample_sig(const void *context, uint64_t ticks)
{
    uintptr_t pcs[PP_STACK_DEPTH_MAX];
    struct pp_regs regs;
    unsigned flags;
    uint32_t label_set = pp_self.label_set;
    pp_regs_from_ucontext_sig(&regs, context);
    size_t depth = pp_unwind_sig(&regs, pp_self.bounds, pcs, PP_STACK_DEPTH_MAX, &flags);
    depth = pp_wait_hook_drop(pcs, depth);
    pp_stack_id id = pp_stack_intern_sig(pcs, depth, flags, label_set);
    count_sig(id, label_set, ticks);
    if (pp_unlikely(pp_load_relaxed(&pp_trace_on))) {
        pp_trace_event_sig(PP_TRACE_CPU_SAMPLE, 0, id);
    }
    pp_add_relaxed(&pp_cpu_session.ticks, ticks);
}

PP_HOT void pp_cpu_handler_sig(int signal, void *info, void *context)
{
    const siginfo_t *what = info;
    (void)signal;
    if (what->si_code != SI_TIMER || what->si_value.sival_ptr != &pp_cpu_session) {
        return;
    }
    pp_self_enter();
    pp_add(&pp_cpu_session.in_handler, 1);
    if (pp_load(&pp_cpu_session.running) && pp_load_relaxed(&pp_enabled)) {
        uint64_t missed = what->si_overrun > 0 ? (uint64_t)what->si_overrun : 0;
        sample_sig(context, 1 + missed);
    }
    pp_add(&pp_cpu_session.in_handler, UINT32_MAX); /* less one */
    pp_self_leave();
}
