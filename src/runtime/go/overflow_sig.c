/* A goroutine that ran over the end of its stack: said with its name and size, then the program's
 * own handler or the default. Everything here runs in a signal handler on the worker's alternate
 * stack. */
#include "runtime/go/go_seen.h"

#include "base/sys.h"
#include "runtime/go/sched_private.h"

#include <sys/syscall.h>

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

void pp_go_overflow_sig(int signal, siginfo_t *info, void *context)
{
    struct pp_m *m = PP_SYS_TLS_GET(pp_go_m);
    const struct pp_g *g = m ? m->current : NULL;
    uintptr_t at = (uintptr_t)info->si_addr, page = pp_sys_page_size();
    if (g && g->stack_low && at < g->stack_low && at >= g->stack_low - page) {
        tell_sig(g);
    }
    if (pp_go_overflow_before.sa_flags & SA_SIGINFO) {
        pp_go_overflow_before.sa_sigaction(signal, info, context);
    } else if (pp_go_overflow_before.sa_handler != SIG_DFL &&
               pp_go_overflow_before.sa_handler != SIG_IGN) {
        pp_go_overflow_before.sa_handler(signal);
    } else {
        /* The kernel's own form, all zero: the default. It faults again, and ends as it would. */
        uint64_t plain[4] = { 0 };
        (void)pp_sys_call(SYS_rt_sigaction, signal, (long)plain, 0, sizeof(plain[0]), 0, 0);
    }
}
