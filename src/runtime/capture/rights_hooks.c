#include "runtime/capture/rights.h"

#include "base/sys.h"
#include "runtime/capture/sandbox_hooks.h"
#include "runtime/capture/self.h"
#include "runtime/capture/thread_private.h"
#include "runtime/unwind/lock.h"
#include "runtime/unwind/next.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>

enum { ANSWER_NS = 2000000000 };

typedef int capset_fn(void *header, const void *data);
static capset_fn *real_capset;
static uint32_t lock; /* guards the change and what is below */
static bool gave_up;

static bool is_ours(const struct pp_thread *thread)
{
    return pp_load_acquire(&thread->state) == PP_THREAD_LIVE && thread->is_ours;
}

/* Those that were asked are counted in `pending`, beside the asker. */
static void ask_all(const struct pp_thread *slots, size_t count)
{
    pp_store(&pp_rights_change.pending, 1);
    for (size_t i = 0; i < count; i++) {
        if (is_ours(&slots[i])) {
            pp_add(&pp_rights_change.pending, 1);
            if (pp_sys_tgkill(pp_load_relaxed(&slots[i].tid), SIGSYS) != 0) {
                pp_sub(&pp_rights_change.pending, 1);
            }
        }
    }
    pp_sub(&pp_rights_change.pending, 1);
}

static bool all_answered(void)
{
    uint32_t *pending = &pp_rights_change.pending, left;
    int64_t until = pp_sys_monotonic_ns() + ANSWER_NS;
    while ((left = pp_load(pending)) != 0) {
        int64_t rest = until - pp_sys_monotonic_ns();
        if (rest <= 0) {
            return false;
        }
        (void)pp_sys_futex_wait(pending, left, rest);
    }
    return true;
}

static void ask_and_wait(const struct pp_thread *slots, size_t count)
{
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    action.sa_sigaction = pp_rights_handler_sig;
    action.sa_flags = SA_SIGINFO | SA_RESTART;
    sigfillset(&action.sa_mask);
    if (pp_real_sigaction(SIGSYS, NULL, &pp_rights_change.before) != 0 ||
        pp_real_sigaction(SIGSYS, &action, NULL) != 0) {
        return;
    }
    ask_all(slots, count);
    gave_up = !all_answered();
    if (!gave_up) {
        (void)pp_real_sigaction(SIGSYS, &pp_rights_change.before, NULL);
    }
}

static bool any_of_ours(const struct pp_thread *slots, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (is_ours(&slots[i])) {
            return true;
        }
    }
    return false;
}

/* No handler of the program's may come to change rights while we hold the lock. */
static void repeat(const struct pp_rights_change *change)
{
    struct pp_thread *slots;
    size_t count = pp_thread_slots(&slots);
    sigset_t all, before;
    if (pp_self.inside || pp_sandbox_stands() || !any_of_ours(slots, count)) {
        return;
    }
    int saved = errno;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pp_unwind_lock(&lock);
    if (!gave_up) {
        pp_rights_change = *change;
        ask_and_wait(slots, count);
    }
    pp_unwind_unlock(&lock);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = saved;
}

void pp_rights_prctl(int option, unsigned long value)
{
    if (option == PR_SET_KEEPCAPS || option == PR_SET_SECUREBITS) {
        repeat(&(struct pp_rights_change){ .option = option, .value = value });
    }
}

/* The first of data's two words has all that we look at, whatever the header's version. */
static void repeat_capset(const void *data)
{
    const struct __user_cap_data_struct *low = data;
    repeat(&(struct pp_rights_change){ .effective = low->effective, .permitted = low->permitted });
}

int hook_capset(void *header, const void *data) __asm__("capset")
    __attribute__((visibility("default")));

int hook_capset(void *header, const void *data)
{
    if (pp_unlikely(!pp_load_acquire(&real_capset))) {
        pp_store_release(&real_capset, (capset_fn *)pp_next_symbol("capset"));
    }
    if (!real_capset) {
        errno = ENOSYS;
        return -1;
    }
    int result = real_capset(header, data);
    if (result == 0) {
        repeat_capset(data);
    }
    return result;
}

long pp_syscall_capset(long number, long header, long data, long c, long d, long e, long f)
{
    long result = pp_real_syscall(number, header, data, c, d, e, f);
    if (result == 0) {
        repeat_capset((const void *)data);
    }
    return result;
}
