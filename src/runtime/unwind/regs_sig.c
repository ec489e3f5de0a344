/* Registers out of the context that the kernel hands to a signal handler. */
#include "runtime/unwind/regs.h"

#include "base/atomic.h"

#include <ucontext.h>

#if defined(__x86_64__)
PP_HOT void pp_regs_from_ucontext_sig(struct pp_regs *regs, const void *ucontext)
{
    const greg_t *g = ((const ucontext_t *)ucontext)->uc_mcontext.gregs;
    *regs = (struct pp_regs){
        .pc = (uint64_t)g[REG_RIP],
        .sp = (uint64_t)g[REG_RSP],
        .fp = (uint64_t)g[REG_RBP],
        .rbx = (uint64_t)g[REG_RBX],
        .r12 = (uint64_t)g[REG_R12],
        .r13 = (uint64_t)g[REG_R13],
        .r14 = (uint64_t)g[REG_R14],
        .r15 = (uint64_t)g[REG_R15],
        .r10 = (uint64_t)g[REG_R10],
        .r11 = (uint64_t)g[REG_R11],
    };
}
#elif defined(__aarch64__)
PP_HOT void pp_regs_from_ucontext_sig(struct pp_regs *regs, const void *ucontext)
{
    const mcontext_t *m = &((const ucontext_t *)ucontext)->uc_mcontext;
    *regs = (struct pp_regs){
        .pc = m->pc,
        .sp = m->sp,
        .fp = m->regs[29],
        .lr = m->regs[30],
        .x19 = m->regs[19],
        .x20 = m->regs[20],
        .x21 = m->regs[21],
        .x22 = m->regs[22],
        .x23 = m->regs[23],
        .x24 = m->regs[24],
        .x25 = m->regs[25],
        .x26 = m->regs[26],
        .x27 = m->regs[27],
        .x28 = m->regs[28],
    };
}
#endif
