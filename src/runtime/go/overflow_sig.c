/* A goroutine that ran over the end of its stack: said with its name and size, then the program's
 * own handler or the default. Everything here runs in a signal handler on the worker's alternate
 * stack. */
#include "runtime/go/go_seen.h"

#include "base/sys.h"
#include "runtime/go/sched_private.h"
#include "runtime/go/stack_private.h"
#include "runtime/unwind/regs.h"

#include <sys/syscall.h>
#include <ucontext.h>

struct sigaction pp_go_overflow_before;

struct line {
    char text[400];
    size_t len;
};

static void add_text(struct line *line, const char *text)
{
    for (; *text && line->len < sizeof(line->text); text++) {
        line->text[line->len++] = *text;
    }
}

static void add_number(struct line *line, uint64_t n)
{
    char digits[24];
    size_t i = sizeof(digits);
    digits[--i] = '\0';
    do {
        digits[--i] = (char)('0' + n % 10);
        n /= 10;
    } while (n);
    add_text(line, digits + i);
}

static void tell_sig(const struct pp_g *g)
{
    struct line line = { .len = 0 };
    add_text(&line, "pprof: goroutine ");
    add_number(&line, g->id);
    if (g->has_name) {
        add_text(&line, " (");
        add_text(&line, g->name);
        add_text(&line, ")");
    }
    add_text(&line, ": stack overflow: it has ");
    add_number(&line, pp_go_stack_bytes(g->stack_class) >> 10);
    add_text(&line, " KiB; ask for more by go_start_with and go_options.stack_bytes\n");
    (void)pp_sys_write_all(2, line.text, line.len);
}

/* The stack pointer of a frame larger than the guard may be far below the stack, and what was
 * touched anywhere. Not so in go_block, nor in a signal handler: these have stacks of their own. */
static bool is_below_sig(const struct pp_g *g, const ucontext_t *context)
{
    struct pp_regs regs;
    pp_regs_from_ucontext_sig(&regs, context);
    uint64_t alternate = (uint64_t)(uintptr_t)context->uc_stack.ss_sp;
    return g->state == PP_GO_RUNNING && regs.sp < g->stack_low &&
           g->stack_low - regs.sp <= pp_go_stack_bytes(PP_GO_CLASSES - 1) &&
           (regs.sp < alternate || regs.sp - alternate >= context->uc_stack.ss_size);
}

static bool is_overflow_sig(const struct pp_g *g, const siginfo_t *info, const void *context)
{
    uintptr_t at = (uintptr_t)info->si_addr;
    return g && g->stack_low && info->si_code > 0 &&
           ((at < g->stack_low && at >= g->stack_low - pp_sys_page_size()) ||
            is_below_sig(g, context));
}

/* As without us. A fault comes again on return; a signal that was sent must be sent once more. */
static void end_as_usual_sig(int signal, const siginfo_t *info)
{
    bool was_sent = info->si_code <= 0;
    if (was_sent && pp_go_overflow_before.sa_handler == SIG_IGN) {
        return;
    }
    uint64_t plain[4] = { 0 }; /* the kernel's own form, all zero: the default */
    (void)pp_sys_call(SYS_rt_sigaction, signal, (long)plain, 0, sizeof(plain[0]), 0, 0);
    if (was_sent) {
        (void)pp_sys_call(SYS_tgkill, pp_sys_pid(), pp_sys_tid(), signal, 0, 0, 0);
    }
}

void pp_go_overflow_sig(int signal, siginfo_t *info, void *context)
{
    struct pp_m *m = PP_SYS_TLS_GET(pp_go_m);
    const struct pp_g *g = m ? m->current : NULL;
    if (is_overflow_sig(g, info, context)) {
        tell_sig(g);
    }
    if (pp_go_overflow_before.sa_flags & SA_SIGINFO) {
        pp_go_overflow_before.sa_sigaction(signal, info, context);
    } else if (pp_go_overflow_before.sa_handler != SIG_DFL &&
               pp_go_overflow_before.sa_handler != SIG_IGN) {
        pp_go_overflow_before.sa_handler(signal);
    } else {
        end_as_usual_sig(signal, info);
    }
}
