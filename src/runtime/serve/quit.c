#include "runtime/serve/quit.h"

#include "base/err.h"
#include "base/sys.h"
#include "pprof/pprof.h"
#include "runtime/capture/kind.h"
#include "runtime/capture/self.h"
#include "runtime/capture/thread.h"
#include "runtime/capture/thread_private.h"
#include "runtime/serve/init.h"
#include "runtime/serve/serve.h"
#include "runtime/unwind/lock.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static uint32_t lock;   /* guards is_on, has_thread */
static uint32_t asked;  /* signals so far; a futex word */
static uint32_t inside; /* threads that are in the handler */
static bool is_on, has_thread;

static void handle_sig(int signal)
{
    (void)signal;
    pp_add(&inside, 1);
    pp_add(&asked, 1);
    pp_sys_futex_wake(&asked, 1);
    pp_sub(&inside, 1);
}

/* Stacks are to show where the program was, not that it was interrupted: whoever got the signal is
 * let out of the handler first, and back into the call that it waited in. */
static void let_out(void)
{
    enum { NAP_NS = 1000000, NAPS = 200 };
    int naps = 0;
    do {
        pp_sys_sleep_ns(NAP_NS);
    } while (pp_load(&inside) && ++naps < NAPS);
}

static void write_stacks(void)
{
    struct pp_arena arena;
    struct pp_buf text;
    struct pprof_error error = { .code = 0 };
    pp_arena_init(&arena, 0);
    pp_buf_init(&text, &arena);
    pp_buf_str(&text, "SIGQUIT: quit\n"); /* an empty line follows, as between threads */
    if (pp_kind_text(&pp_kind_goroutine, 2, &text, &error) != 0) {
        pp_buf_printf(&text, "no stacks: %s\n", error.detail);
    }
    (void)pp_sys_write_unheard(STDERR_FILENO, text.data, text.len);
    pp_arena_release(&arena);
}

/* Signals that come while one dump is written are answered by one more. */
static void *answer(void *arg)
{
    uint32_t seen = 0;
    pp_self_enter();
    for (;;) {
        uint32_t now = pp_load(&asked);
        if (now != seen) {
            seen = now;
            let_out();
            write_stacks();
        } else {
            (void)pp_sys_futex_wait(&asked, seen, -1);
        }
    }
    return arg;
}

static bool is_ours(const struct sigaction *action)
{
    return !(action->sa_flags & SA_SIGINFO) && action->sa_handler == handle_sig;
}

/* The signal may be taken only from nobody. */
static int install(struct pprof_error *error)
{
    struct sigaction old, action = { .sa_handler = handle_sig, .sa_flags = SA_RESTART | SA_ONSTACK };
    sigemptyset(&action.sa_mask);
    if (pp_real_sigaction(SIGQUIT, NULL, &old) != 0) {
        return pp_err_errno(error, PPROF_ERR_SYSTEM, errno, "sigaction");
    }
    bool is_free = !(old.sa_flags & SA_SIGINFO) && old.sa_handler == SIG_DFL;
    if (!is_free && !is_ours(&old)) {
        return pp_err_set(error, PPROF_ERR_BUSY, "the program handles or ignores SIGQUIT itself");
    }
    if (pp_real_sigaction(SIGQUIT, &action, NULL) != 0) {
        return pp_err_errno(error, PPROF_ERR_SYSTEM, errno, "sigaction");
    }
    return 0;
}

static void uninstall(void)
{
    struct sigaction old, action = { .sa_handler = SIG_DFL };
    sigemptyset(&action.sa_mask);
    if (pp_real_sigaction(SIGQUIT, NULL, &old) == 0 && is_ours(&old)) {
        (void)pp_real_sigaction(SIGQUIT, &action, NULL);
    }
}

int pp_quit_start(struct pprof_error *error)
{
    int result = 0;
    pp_unwind_lock(&lock);
    if (!has_thread) {
        result = pp_thread_start_ours("quit", answer, NULL);
        has_thread = result == 0;
        if (result) {
            pp_err_set(error, result, "no thread could be started");
        }
    }
    result = result ? result : install(error);
    is_on = result == 0;
    pp_unwind_unlock(&lock);
    return result;
}

void pp_quit_stop(void)
{
    pp_unwind_lock(&lock);
    if (is_on) {
        uninstall();
        is_on = false;
    }
    pp_unwind_unlock(&lock);
}

void pp_quit_after_fork(void)
{
    lock = asked = inside = 0;
    has_thread = false;
    if (is_on) {
        uninstall();
        is_on = false;
    }
}

int pprof_dump_on_sigquit(bool on)
{
    int result = pp_init_ensure();
    if (result == 0) {
        pp_self_enter();
        if (on) {
            result = pp_quit_start(NULL);
        } else {
            pp_quit_stop();
        }
        pp_self_leave();
    }
    return result;
}
