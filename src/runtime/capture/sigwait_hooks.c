/* Programs that take signals by asking for them, where SIGPROF of a CPU profile would turn up as
 * one more: a thread that blocks every signal has our tick pending, and waits for "any". Such a
 * program must not be handed a tick.
 *
 *   sigwait, sigwaitinfo, sigtimedwait   our own ticks are taken and forgotten, the wait goes on
 *   signalfd of every signal             SIGPROF is left out of the set: it is ours, or nobody's
 *
 * The waits are filtered below wait_hooks.c's hooks, which keep the waiter's frame. In section
 * pp_hooks like those. */
#include "runtime/capture/cpu.h"
#include "runtime/capture/cpu_private.h"
#include "runtime/capture/fd.h"
#include "runtime/capture/sigwait_hooks.h"
#include "runtime/capture/thread_private.h"
#include "runtime/unwind/next.h"

#include "base/sys.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

#define HOOK_TEXT __attribute__((section("pp_hooks"), noinline))

static struct pp_sigwait_calls libc;

static bool may_see_ticks(const sigset_t *set)
{
    return pp_cpu_signal_is_ours() && sigismember(set, SIGPROF) == 1;
}

static bool is_tick(const siginfo_t *info)
{
    return info->si_signo == SIGPROF && info->si_code == SI_TIMER &&
           info->si_value.sival_ptr == &pp_cpu_session;
}

HOOK_TEXT static int filtered_waitinfo(const sigset_t *set, siginfo_t *info)
{
    siginfo_t own;
    int got;
    if (!may_see_ticks(set)) {
        return libc.waitinfo(set, info);
    }
    do {
        got = libc.waitinfo(set, &own);
    } while (got == SIGPROF && is_tick(&own));
    if (got > 0 && info) {
        *info = own;
    }
    return got;
}

HOOK_TEXT static int filtered_wait(const sigset_t *set, int *signal)
{
    if (!may_see_ticks(set)) {
        return libc.wait(set, signal);
    }
    int saved = errno, got, err;
    do {
        got = filtered_waitinfo(set, NULL);
        err = got < 0 ? errno : 0;
    } while (err == EINTR); /* as glibc's own: a handler does not end it */
    errno = saved;
    if (!err) {
        *signal = got;
    }
    return err;
}

static struct timespec left_until(int64_t until_ns)
{
    int64_t left = until_ns - pp_sys_monotonic_ns();
    left = left > 0 ? left : 0;
    return (struct timespec){ left / 1000000000, left % 1000000000 };
}

HOOK_TEXT static int filtered_timedwait(const sigset_t *set, siginfo_t *info,
                                        const struct timespec *timeout)
{
    enum { LONG_S = 1 << 30 }; /* beyond it a timeout is passed on anew each time */
    siginfo_t own;
    if (!timeout || !may_see_ticks(set)) {
        return timeout ? libc.timedwait(set, info, timeout) : filtered_waitinfo(set, info);
    }
    bool is_short = timeout->tv_sec >= 0 && timeout->tv_sec < LONG_S;
    int64_t until = is_short ? pp_sys_monotonic_ns() + (int64_t)timeout->tv_sec * 1000000000 +
                                   timeout->tv_nsec
                             : 0;
    int got = libc.timedwait(set, &own, timeout);
    while (got == SIGPROF && is_tick(&own)) {
        struct timespec left = is_short ? left_until(until) : *timeout;
        got = libc.timedwait(set, &own, &left);
    }
    if (got > 0 && info) {
        *info = own;
    }
    return got;
}

struct pp_sigwait_calls pp_sigwait_filter(const struct pp_sigwait_calls *calls)
{
    libc = *calls;
    return (struct pp_sigwait_calls){ filtered_wait, filtered_waitinfo, filtered_timedwait };
}

/* ---- signalfd ------------------------------------------------------------------------------- */

typedef int signalfd_fn(int fd, const sigset_t *mask, int flags);

/* Nobody reads faults of the processor from a descriptor, except by asking for all there is. */
static bool is_everything(const sigset_t *mask)
{
    return sigismember(mask, SIGSEGV) == 1 && sigismember(mask, SIGFPE) == 1 &&
           sigismember(mask, SIGILL) == 1 && sigismember(mask, SIGPROF) == 1;
}

int hook_signalfd(int fd, const sigset_t *mask, int flags) PP_HOOK(signalfd);

int hook_signalfd(int fd, const sigset_t *mask, int flags)
{
    static signalfd_fn *real;
    sigset_t fewer;
    if (!pp_load_acquire(&real)) {
        pp_self_enter();
        pp_store_release(&real, (signalfd_fn *)pp_next_symbol("signalfd"));
        pp_self_leave();
    }
    if (!real) {
        errno = ENOSYS;
        return -1;
    }
    if (pp_load_relaxed(&pp_enabled) && mask && is_everything(mask)) {
        fewer = *mask;
        sigdelset(&fewer, SIGPROF);
        mask = &fewer;
    }
    int result = real(fd, mask, flags);
    return fd < 0 ? pp_fd_note_sig(result, PP_FD_SIGNALFD, __builtin_return_address(0))
                  : result; /* only its mask is new */
}
