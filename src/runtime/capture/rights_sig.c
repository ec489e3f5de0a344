#include "runtime/capture/rights.h"

#include "base/sys.h"
#include "runtime/capture/self.h"
#include "runtime/capture/thread_private.h"

#include <linux/capability.h>
#include <string.h>
#include <sys/syscall.h>

/* SETPCAP is for PR_SET_SECUREBITS; without others beside it, it grants nothing. */
enum { KEPT = 1 << CAP_SETUID | 1 << CAP_SETGID | 1 << CAP_SETPCAP };

struct pp_rights_change pp_rights_change;

static void limit_sig(uint32_t effective, uint32_t permitted)
{
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
    if (pp_sys_call(SYS_capget, (long)&header, (long)data, 0, 0, 0, 0) != 0) {
        return;
    }
    data[0].permitted &= permitted & KEPT;
    data[0].effective = effective & data[0].permitted;
    data[1].permitted = data[1].effective = 0;
    pp_sys_call(SYS_capset, (long)&header, (long)data, 0, 0, 0, 0);
}

void pp_rights_drop_sig(void)
{
    limit_sig(KEPT, KEPT);
}

static void repeat_sig(const struct pp_rights_change *change)
{
    if (change->option) {
        pp_sys_call(SYS_prctl, change->option, (long)change->value, 0, 0, 0, 0);
    } else {
        limit_sig(change->effective, change->permitted);
    }
}

/* A system call that a filter of the program's turns into this signal, just now. */
static void pass_on_sig(int signal, siginfo_t *info, void *context)
{
    const struct sigaction *before = &pp_rights_change.before;
    if (before->sa_flags & SA_SIGINFO) {
        before->sa_sigaction(signal, info, context);
    } else if (before->sa_handler != SIG_DFL && before->sa_handler != SIG_IGN) {
        before->sa_handler(signal);
    } else if (before->sa_handler == SIG_DFL) {
        (void)pp_real_sigaction(signal, before, NULL);
        (void)pp_sys_tgkill(pp_sys_tid(), signal); /* taken as soon as we return */
    }
}

void pp_rights_handler_sig(int signal, siginfo_t *info, void *context)
{
    const struct pp_thread *thread = pp_self.thread;
    if (!thread || !thread->is_ours || info->si_code != SI_TKILL) {
        pass_on_sig(signal, info, context);
        return;
    }
    repeat_sig(&pp_rights_change);
    if (pp_sub(&pp_rights_change.pending, 1) == 1) {
        pp_sys_futex_wake(&pp_rights_change.pending, 1);
    }
}
