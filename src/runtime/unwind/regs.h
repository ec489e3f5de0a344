/* Registers from which a stack is walked: what the unwinder needs and nothing else. */
#ifndef PP_UNWIND_REGS_H
#define PP_UNWIND_REGS_H

#include <stdint.h>

struct pp_regs {
    uint64_t pc, sp, fp; /* x86-64: rip, rsp, rbp; aarch64: pc, sp, x29 */
#if defined(__x86_64__)
    uint64_t rbx, r12, r13, r14, r15;
    uint64_t r10, r11; /* frame bases inside some prologues */
#elif defined(__aarch64__)
    uint64_t lr, x19, x20, x21, x22, x23, x24, x25, x26, x27, x28;
#endif
};

/* The registers at this point of the calling function (always inlined: pc is here).
 * Handler-safe. */
static inline __attribute__((always_inline)) void pp_regs_capture(struct pp_regs *regs)
{
#if defined(__x86_64__)
    __asm__ volatile("leaq 0(%%rip), %%rax\n\t"
                     "movq %%rax, %0\n\t"
                     "movq %%rsp, %1\n\t"
                     "movq %%rbp, %2\n\t"
                     "movq %%rbx, %3\n\t"
                     "movq %%r12, %4\n\t"
                     "movq %%r13, %5\n\t"
                     "movq %%r14, %6\n\t"
                     "movq %%r15, %7\n\t"
                     : "=m"(regs->pc), "=m"(regs->sp), "=m"(regs->fp), "=m"(regs->rbx),
                       "=m"(regs->r12), "=m"(regs->r13), "=m"(regs->r14), "=m"(regs->r15)
                     :
                     : "rax");
    regs->r10 = regs->r11 = 0;
#elif defined(__aarch64__)
    __asm__ volatile("adr x9, .\n\t"
                     "mov x10, sp\n\t"
                     "stp x9, x10, [%0]\n\t"
                     "stp x29, x30, [%0, #16]\n\t"
                     "stp x19, x20, [%0, #32]\n\t"
                     "stp x21, x22, [%0, #48]\n\t"
                     "stp x23, x24, [%0, #64]\n\t"
                     "stp x25, x26, [%0, #80]\n\t"
                     "stp x27, x28, [%0, #96]\n\t"
                     :
                     : "r"(regs)
                     : "x9", "x10", "memory");
#endif
}

/* The registers of the interrupted code from a signal handler's third argument. Handler-safe. */
void pp_regs_from_ucontext_sig(struct pp_regs *regs, const void *ucontext);

#endif
