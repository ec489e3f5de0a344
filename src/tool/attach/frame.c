/* The frame that the kernel would have pushed for a signal at the moment the thread was stopped. */
#if defined(__x86_64__)

#include "tool/attach/trace.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>

/* linux/uapi asm/sigcontext.h: how the kernel knows an extended state when it reads it back. */
enum {
    MAGIC_START = 0x46505853,
    MAGIC_END = 0x46505845,
    SOFTWARE_AT = 464, /* of struct _fpx_sw_bytes in the 512 bytes of FXSAVE */
    FLAG_XSTATE = 1,
    FLAGS_SEGMENTS = 2 | 4,
    STACK_UNCHANGED = 0x1234, /* no flags of a signal stack: left as it is */
};

struct software_bytes {
    uint32_t magic, extended_size;
    uint64_t features;
    uint32_t xstate_size, padding[7];
};

/* What the registers must be for the interrupted system call to be made again. */
static struct user_regs_struct restarted(const struct user_regs_struct *saved)
{
    enum { RESTART_FIRST = 512, RESTART_LAST = 516 }; /* linux/errno.h: ERESTARTSYS and its like */
    struct user_regs_struct regs = *saved;
    long result = -(long)saved->rax;
    if ((long)saved->orig_rax >= 0 && result >= RESTART_FIRST && result <= RESTART_LAST) {
        regs.rax = saved->orig_rax;
        regs.rip -= 2;
    }
    return regs;
}

static void put_registers(ucontext_t *context, const struct user_regs_struct *r)
{
    greg_t *to = context->uc_mcontext.gregs;
    to[REG_R8] = (greg_t)r->r8;
    to[REG_R9] = (greg_t)r->r9;
    to[REG_R10] = (greg_t)r->r10;
    to[REG_R11] = (greg_t)r->r11;
    to[REG_R12] = (greg_t)r->r12;
    to[REG_R13] = (greg_t)r->r13;
    to[REG_R14] = (greg_t)r->r14;
    to[REG_R15] = (greg_t)r->r15;
    to[REG_RDI] = (greg_t)r->rdi;
    to[REG_RSI] = (greg_t)r->rsi;
    to[REG_RBP] = (greg_t)r->rbp;
    to[REG_RBX] = (greg_t)r->rbx;
    to[REG_RDX] = (greg_t)r->rdx;
    to[REG_RAX] = (greg_t)r->rax;
    to[REG_RCX] = (greg_t)r->rcx;
    to[REG_RSP] = (greg_t)r->rsp;
    to[REG_RIP] = (greg_t)r->rip;
    to[REG_EFL] = (greg_t)r->eflags;
    to[REG_CSGSFS] = (greg_t)(r->cs | r->gs << 16 | r->fs << 32 | r->ss << 48);
}

static size_t put_xstate(const struct pp_trace *trace, unsigned char *out)
{
    struct software_bytes bytes;
    uint32_t end = MAGIC_END;
    memcpy(out, trace->xstate, trace->xstate_len);
    memcpy(&bytes.features, trace->xstate + SOFTWARE_AT, sizeof(bytes.features));
    bytes = (struct software_bytes){ .magic = MAGIC_START, .features = bytes.features,
                                     .extended_size = (uint32_t)(trace->xstate_len + sizeof(end)),
                                     .xstate_size = (uint32_t)trace->xstate_len };
    memcpy(out + SOFTWARE_AT, &bytes, sizeof(bytes));
    memcpy(out + trace->xstate_len, &end, sizeof(end));
    return trace->xstate_len + sizeof(end);
}

size_t pp_trace_frame(const struct pp_trace *trace, uintptr_t at, uintptr_t restore,
                      unsigned char *out)
{
    enum { CONTEXT_AT = 8, XSTATE_AT = 1152 };
    struct user_regs_struct regs = restarted(&trace->regs);
    ucontext_t context;
    uint64_t return_address = restore;
    _Static_assert(CONTEXT_AT + sizeof(context) <= XSTATE_AT && XSTATE_AT % 64 == 0, "overlap");
    memset(out, 0, XSTATE_AT);
    memset(&context, 0, sizeof(context));
    context.uc_flags = FLAG_XSTATE | FLAGS_SEGMENTS;
    context.uc_stack.ss_flags = STACK_UNCHANGED;
    put_registers(&context, &regs);
    context.uc_mcontext.fpregs = (fpregset_t)(at + XSTATE_AT);
    memcpy(&context.uc_sigmask, &trace->mask, sizeof(trace->mask));
    memcpy(out, &return_address, sizeof(return_address));
    memcpy(out + CONTEXT_AT, &context, sizeof(context));
    return XSTATE_AT + put_xstate(trace, out + XSTATE_AT);
}

#endif
