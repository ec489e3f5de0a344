/* sigaction and its older forms, for SIGPROF only: a program that takes the signal gets it, and
 * never sees that we had it. Everything else is passed straight on.
 *
 *   program installs a handler or ignores it   our profile ends first, then the call goes on
 *   program restores the default               our handler stays (a late tick must not kill);
 *                                              the program is told that the default is set */
#include "runtime/capture/cpu.h"
#include "runtime/capture/linked_calls.h"
#include "runtime/capture/thread_private.h"
#include "runtime/unwind/next.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

typedef int sigaction_fn(int signal, const struct sigaction *act, struct sigaction *old);
typedef sighandler_t signal_fn(int signal, sighandler_t handler);

static sigaction_fn *real_sigaction;
static signal_fn *real_signal, *real_sysv_signal;

void pp_sigaction_hooks_resolve(void)
{
    if (pp_load_acquire(&real_sigaction)) {
        return;
    }
    pp_self_enter();
    pp_store_release(&real_signal, (signal_fn *)pp_next_symbol("signal"));
    pp_store_release(&real_sysv_signal, (signal_fn *)pp_next_symbol("__sysv_signal"));
    sigaction_fn *found = (sigaction_fn *)pp_next_symbol("sigaction");
    pp_store_release(&real_sigaction, found ? found : pp_linked_calls().sigaction);
    pp_self_leave();
}

int pp_real_sigaction(int signal, const struct sigaction *act, struct sigaction *old)
{
    pp_sigaction_hooks_resolve();
    if (!real_sigaction) {
        errno = ENOSYS;
        return -1;
    }
    return real_sigaction(signal, act, old);
}

static bool is_default(const struct sigaction *act)
{
    return !(act->sa_flags & SA_SIGINFO) && act->sa_handler == SIG_DFL;
}

/* SIGPROF while our handler is installed. */
static int prof_sigaction(const struct sigaction *act, struct sigaction *old)
{
    struct sigaction before;
    int saved = errno;
    if (pp_real_sigaction(SIGPROF, NULL, &before) != 0) {
        return -1;
    }
    bool ours = pp_cpu_is_handler(&before);
    if (ours) {
        memset(&before, 0, sizeof(before));
        before.sa_handler = SIG_DFL;
    }
    if (act && !(ours && is_default(act))) {
        pp_cpu_signal_taken();
        errno = saved;
        if (pp_real_sigaction(SIGPROF, act, NULL) != 0) {
            return -1;
        }
    }
    if (old) {
        *old = before;
    }
    return 0;
}

int hook_sigaction(int signal, const struct sigaction *act, struct sigaction *old)
    __asm__("sigaction") __attribute__((visibility("default")));

int hook_sigaction(int signal, const struct sigaction *act, struct sigaction *old)
{
    if (pp_unlikely(signal == SIGPROF && pp_cpu_signal_is_ours())) {
        return prof_sigaction(act, old);
    }
    return pp_real_sigaction(signal, act, old);
}

/* signal() and its System V form, which lets go of the handler at the first signal. */
static sighandler_t prof_signal(sighandler_t handler, int flags)
{
    struct sigaction act, old;
    memset(&act, 0, sizeof(act));
    act.sa_handler = handler;
    act.sa_flags = flags;
    if (prof_sigaction(&act, &old) != 0) {
        return SIG_ERR;
    }
    return old.sa_handler;
}

static sighandler_t pass_signal(signal_fn *real, int signal, sighandler_t handler)
{
    if (!real) {
        errno = ENOSYS;
        return SIG_ERR;
    }
    return real(signal, handler);
}

sighandler_t hook_signal(int signal, sighandler_t handler) __asm__("signal")
    __attribute__((visibility("default")));
sighandler_t hook_bsd_signal(int signal, sighandler_t handler) __asm__("bsd_signal")
    __attribute__((visibility("default")));
sighandler_t hook_sysv_signal(int signal, sighandler_t handler) __asm__("__sysv_signal")
    __attribute__((visibility("default")));

sighandler_t hook_signal(int signal, sighandler_t handler)
{
    pp_sigaction_hooks_resolve();
    if (pp_unlikely(signal == SIGPROF && handler != SIG_ERR && pp_cpu_signal_is_ours())) {
        return prof_signal(handler, SA_RESTART);
    }
    return pass_signal(real_signal, signal, handler);
}

sighandler_t hook_bsd_signal(int signal, sighandler_t handler)
{
    return hook_signal(signal, handler);
}

sighandler_t hook_sysv_signal(int signal, sighandler_t handler)
{
    pp_sigaction_hooks_resolve();
    if (pp_unlikely(signal == SIGPROF && handler != SIG_ERR && pp_cpu_signal_is_ours())) {
        return prof_signal(handler, (int)SA_RESETHAND | SA_NODEFER);
    }
    return pass_signal(real_sysv_signal, signal, handler);
}
