/* A program that filters its system calls (seccomp). The kernel may from then on kill a single
 * thread for a call: without us that was the only one and the process ended, with a thread of ours
 * it would stay for ever. So a guard is started before, while that is still allowed, and nothing of
 * ours that runs on the program's threads asks the kernel whether memory can be read. */
#include "base/sys.h"
#include "runtime/capture/rights.h"
#include "runtime/capture/sandbox_hooks.h"
#include "runtime/capture/self.h"
#include "runtime/capture/thread_private.h"
#include "runtime/unwind/next.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

typedef int prctl_fn(int option, unsigned long a, unsigned long b, unsigned long c,
                     unsigned long d);
static prctl_fn *real_prctl;
static uint32_t is_filtered;

bool pp_sandbox_stands(void)
{
    return pp_load(&is_filtered) != 0;
}

static bool enter_sandbox(void)
{
    bool noted = pp_load_relaxed(&pp_enabled) && !pp_self.inside;
    if (noted) {
        int saved = errno;
        pp_sys_allow_probing(false);
        pp_thread_guard(true);
        errno = saved;
    }
    return noted;
}

/* A program may try what the kernel knows, and be refused, before a filter and after. */
static void leave_sandbox(bool noted, bool failed)
{
    if (noted && !failed) {
        pp_store(&is_filtered, 1);
    } else if (noted && !pp_load(&is_filtered)) {
        pp_sys_allow_probing(true);
        pp_thread_guard(false);
    }
}

static int prctl_of_rights(int option, unsigned long a, unsigned long b, unsigned long c,
                           unsigned long d)
{
    int result = real_prctl(option, a, b, c, d);
    if (result == 0) {
        pp_rights_prctl(option, a);
    }
    return result;
}

int hook_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
    __asm__("prctl") __attribute__((visibility("default")));

int hook_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
    if (pp_unlikely(!pp_load_relaxed(&real_prctl))) {
        pp_store_release(&real_prctl, (prctl_fn *)pp_next_symbol("prctl"));
    }
    if (!real_prctl) {
        errno = ENOSYS;
        return -1;
    }
    if (pp_likely(option != PR_SET_SECCOMP)) {
        return prctl_of_rights(option, a, b, c, d);
    }
    bool noted = enter_sandbox();
    int result = real_prctl(option, a, b, c, d);
    leave_sandbox(noted, result != 0);
    return result;
}

long pp_syscall_seccomp(long number, long operation, long flags, long filter, long d, long e,
                        long f)
{
    bool sets = operation == SECCOMP_SET_MODE_STRICT || operation == SECCOMP_SET_MODE_FILTER;
    bool noted = sets && enter_sandbox();
    long result = pp_real_syscall(number, operation, flags, filter, d, e, f);
    leave_sandbox(noted, result < 0);
    return result;
}
