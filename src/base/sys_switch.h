/* Switching stacks, and thread-local words that a switch may not leave stale: the processor's part
 * of the goroutine scheduler.
 *
 * A switch saves three registers and tells the compiler that all others are lost, so that whoever
 * calls keeps just what it needs; it ends in a jump, since a mispredicted return costs 6 ns. No
 * instruction in between leaves the stack pointer outside of a valid stack. The floating point
 * control words are the thread's, not the goroutine's.
 */
#ifndef PP_BASE_SYS_SWITCH_H
#define PP_BASE_SYS_SWITCH_H

#include <stdint.h>

struct pp_sys_context {
    uintptr_t pc, sp, fp;
};

/* Saves the caller in *from and goes on in *to. Returns, when somebody switches to *from, what that
 * one handed over as `carry`. What a fresh context (pc an assembly entry) gets is in the first
 * argument register. */
static inline __attribute__((always_inline)) void *
pp_sys_switch(struct pp_sys_context *from, struct pp_sys_context *to, void *carry)
{
#if defined(__x86_64__)
    __asm__ volatile("leaq 1f(%%rip), %%rax\n\t"
                     "movq %%rax, 0(%%rsi)\n\t"
                     "movq %%rsp, 8(%%rsi)\n\t"
                     "movq %%rbp, 16(%%rsi)\n\t"
                     "movq 0(%%rdx), %%rax\n\t"
                     "movq 16(%%rdx), %%rbp\n\t"
                     "movq 8(%%rdx), %%rsp\n\t"
                     "jmpq *%%rax\n"
                     "1:\n"
                     : "+D"(carry), "+S"(from), "+d"(to)
                     :
                     : "rax", "rbx", "rcx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
                       "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8",
                       "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "memory",
                       "cc");
    return carry;
#elif defined(__aarch64__)
    register void *x0 __asm__("x0") = carry;
    register void *x1 __asm__("x1") = from;
    register void *x2 __asm__("x2") = to;
    __asm__ volatile("adr x9, 1f\n\t"
                     "mov x10, sp\n\t"
                     "stp x9, x10, [x1]\n\t"
                     "str x29, [x1, #16]\n\t"
                     "ldp x9, x10, [x2]\n\t"
                     "ldr x29, [x2, #16]\n\t"
                     "mov sp, x10\n\t"
                     "br x9\n"
                     "1:\n"
                     : "+r"(x0), "+r"(x1), "+r"(x2)
                     :
                     : "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14",
                       "x15", "x16", "x17", "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26",
                       "x27", "x28", "x30", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8",
                       "v9", "v10", "v11", "v12", "v13", "v14", "v15", "v16", "v17", "v18", "v19",
                       "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30",
                       "v31", "memory", "cc");
    return x0;
#endif
}

/* The value of an initial-exec thread-local pointer of the thread that runs now. The compiler keeps
 * addresses of thread-local variables over calls; this asks the processor each time. */
#if defined(__x86_64__)
#define PP_SYS_TLS_GET(name)                                                                       \
    __extension__({                                                                                \
        void *value_;                                                                              \
        __asm__ volatile("movq " #name "@gottpoff(%%rip), %0\n\tmovq %%fs:(%0), %0"                \
                         : "=r"(value_)                                                            \
                         :                                                                         \
                         : "memory");                                                              \
        value_;                                                                                    \
    })
#define PP_SYS_TLS_SET(name, value)                                                                \
    __extension__({                                                                                \
        void *at_, *new_ = (value);                                                                \
        __asm__ volatile("movq " #name "@gottpoff(%%rip), %0\n\tmovq %1, %%fs:(%0)"                \
                         : "=&r"(at_)                                                              \
                         : "r"(new_)                                                               \
                         : "memory");                                                              \
    })
#elif defined(__aarch64__)
#define PP_SYS_TLS_GET(name)                                                                       \
    __extension__({                                                                                \
        void *value_, *base_;                                                                      \
        __asm__ volatile("mrs %1, tpidr_el0\n\tadrp %0, :gottprel:" #name                          \
                         "\n\tldr %0, [%0, #:gottprel_lo12:" #name "]\n\tldr %0, [%1, %0]"         \
                         : "=&r"(value_), "=&r"(base_)                                             \
                         :                                                                         \
                         : "memory");                                                              \
        value_;                                                                                    \
    })
#define PP_SYS_TLS_SET(name, value)                                                                \
    __extension__({                                                                                \
        void *at_, *base_, *new_ = (value);                                                        \
        __asm__ volatile("mrs %1, tpidr_el0\n\tadrp %0, :gottprel:" #name                          \
                         "\n\tldr %0, [%0, #:gottprel_lo12:" #name "]\n\tstr %2, [%1, %0]"         \
                         : "=&r"(at_), "=&r"(base_)                                                \
                         : "r"(new_)                                                               \
                         : "memory");                                                              \
    })
#endif

#endif
