/* Blocking calls, wrapped: registers of the waiter, what it waits for and since when are left in a
 * frame on its own stack, linked from its slot, while the C library's function runs.
 *
 * Cost: eleven stores and a coarse clock (5 ns) around a system call. errno is whatever the real
 * function left; a cancellation unwinds through these frames like any other, since they have
 * nothing to clean up. Locks, conditions and the like are in lock_hooks.c.
 *
 * Everything here is in section pp_hooks: by that the walker knows where our frames end. */
#include "runtime/capture/wait_hooks.h"

#include "base/sys.h"
#include "runtime/capture/fd_hooks.h"
#include "runtime/capture/sigwait_hooks.h"
#include "runtime/capture/wait_calls.h"
#include "runtime/capture/wait_frame.h"
#include "runtime/unwind/next.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <threads.h>

extern const char __start_pp_hooks[] __attribute__((visibility("hidden")));
extern const char __stop_pp_hooks[] __attribute__((visibility("hidden")));

PP_HOT bool pp_wait_hook_holds(uintptr_t pc)
{
    return pc >= (uintptr_t)__start_pp_hooks && pc < (uintptr_t)__stop_pp_hooks;
}

PP_HOT size_t pp_wait_hook_drop(uintptr_t *pcs, size_t depth)
{
    size_t kept = depth ? 1 : 0;
    for (size_t i = 1; i < depth; i++) {
        if (!pp_wait_hook_holds(pcs[i])) {
            pcs[kept++] = pcs[i];
        }
    }
    return kept;
}

/* ---- the C library's functions ---- */

void pp_hook_bind(void *where, const char *name)
{
    pp_self_enter();
    void *found = NULL;
    /* glibc keeps an older, incompatible form of these on x86-64. */
    if (strncmp(name, "pthread_cond_", 13) == 0) {
        found = pp_next_version(name, "GLIBC_2.3.2");
    }
    if (!found) {
        found = pp_next_symbol(name);
    }
    if (found) {
        pp_store_release((void **)where, found);
    }
    pp_self_leave();
}

int pp_hook_lacks_call(void)
{
    errno = ENOSYS;
    return -1;
}

int pp_hook_lacks_thread_call(void)
{
    return ENOSYS;
}

#define PLAIN_HOOK(library, reason, result, name, parameters, arguments)                           \
    PP_HOOK_POINTER(library, result, name, parameters, arguments)                                  \
    result hook_##name parameters PP_HOOK(name);                                                   \
    result hook_##name parameters                                                                  \
    {                                                                                              \
        struct pp_wait_frame frame;                                                                \
        struct pp_thread *waiter = pp_wait_begin(&frame, PP_WAIT_##reason, NULL, 0);               \
        result answer = real_##name arguments;                                                     \
        pp_wait_end(waiter, &frame, (const void *)real_##name, pp_wait_now(waiter, &frame));       \
        return answer;                                                                             \
    }

PP_WAIT_CALLS(PLAIN_HOOK)

PP_HOOK_ALIAS(ssize_t, __read, read, (int fd, void *buf, size_t n))
PP_HOOK_ALIAS(ssize_t, __write, write, (int fd, const void *buf, size_t n))
PP_HOOK_ALIAS(int, __poll, poll, (struct pollfd * fds, nfds_t n, int timeout))
PP_HOOK_ALIAS(int, __nanosleep, nanosleep, (const struct timespec *time, struct timespec *left))

/* ---- variadic functions: forwarded as the register arguments they are ---- */

typedef int fcntl_fn(int fd, int command, long arg);
PP_HOOK_POINTER(call, int, fcntl, (int fd, int command, long arg), (fd, command, arg))
PP_HOOK_POINTER(call, int, fcntl64, (int fd, int command, long arg), (fd, command, arg))

PP_HOOK_TEXT static int lock_record(fcntl_fn *real, int fd, int command, long arg)
{
    struct pp_wait_frame frame;
    struct pp_thread *waiter = pp_wait_begin(&frame, PP_WAIT_LOCKFILE, NULL, 0);
    int answer = real(fd, command, arg);
    pp_wait_end(waiter, &frame, (const void *)real, pp_wait_now(waiter, &frame));
    return answer;
}

int hook_fcntl(int fd, int command, long arg) PP_HOOK(fcntl);
int hook_fcntl64(int fd, int command, long arg) PP_HOOK(fcntl64);

int hook_fcntl(int fd, int command, long arg)
{
    if (pp_unlikely(command == F_SETLKW || command == F_OFD_SETLKW)) {
        return lock_record(real_fcntl, fd, command, arg);
    }
    return real_fcntl(fd, command, arg);
}

int hook_fcntl64(int fd, int command, long arg)
{
    if (pp_unlikely(command == F_SETLKW || command == F_OFD_SETLKW)) {
        return lock_record(real_fcntl64, fd, command, arg);
    }
    return real_fcntl64(fd, command, arg);
}

/* syscall itself is in syscall_hook.S: its caller may have passed fewer arguments than the function
 * takes, and compiled code might write to the place of the missing ones. */
typedef long syscall_fn(long number, long a, long b, long c, long d, long e, long f);
static syscall_fn first_syscall;
extern syscall_fn *pp_real_syscall;
extern syscall_fn pp_syscall_futex_wait, pp_syscall_ring_wait;
__attribute__((visibility("hidden"))) syscall_fn *pp_real_syscall = first_syscall;

static long first_syscall(long number, long a, long b, long c, long d, long e, long f)
{
    pp_hook_bind(&pp_real_syscall, "syscall");
    return pp_real_syscall == first_syscall ? pp_hook_lacks_call()
                                            : pp_real_syscall(number, a, b, c, d, e, f);
}

#define SYSCALL_HOOK(name, reason)                                                                 \
    PP_HOOK_TEXT long name(long number, long a, long b, long c, long d, long e, long f)            \
    {                                                                                              \
        struct pp_wait_frame frame;                                                                \
        struct pp_thread *waiter = pp_wait_begin(&frame, PP_WAIT_##reason, NULL, 0);               \
        long answer = pp_real_syscall(number, a, b, c, d, e, f);                                   \
        pp_wait_end(waiter, &frame, (const void *)pp_real_syscall, pp_wait_now(waiter, &frame));   \
        return answer;                                                                             \
    }

SYSCALL_HOOK(pp_syscall_futex_wait, FUTEX)
SYSCALL_HOOK(pp_syscall_ring_wait, IO)

/* ---- binding all at start ---- */

enum { FILTERS_MAX = 9 };
static struct {
    const void *ours, *libc;
} filters[FILTERS_MAX];

const void *pp_wait_hook_behind(const void *called)
{
    for (size_t i = 0; i < FILTERS_MAX; i++) {
        if (pp_load_acquire(&filters[i].ours) == called) {
            return filters[i].libc;
        }
    }
    return called;
}

/* `real` is the pointer behind a hook. Known before it can be called. */
static void put_between(size_t place, void *real, const void *filter)
{
    filters[place].libc = *(void **)real;
    pp_store_release(&filters[place].ours, filter);
    pp_store_release((const void **)real, filter);
}

#define PUT_BETWEEN(place, name, filter) put_between(place, &real_##name, (const void *)(filter))

/* Between our hooks and the C library; once, since a filter must not come to call itself. */
static void filter_ticks(void)
{
    static bool done;
    struct pp_sigwait_calls calls = { real_sigwait, real_sigwaitinfo, real_sigtimedwait };
    if (!done && calls.wait != first_sigwait && calls.waitinfo != first_sigwaitinfo &&
        calls.timedwait != first_sigtimedwait) {
        done = true;
        calls = pp_sigwait_filter(&calls);
        PUT_BETWEEN(0, sigwait, calls.wait);
        PUT_BETWEEN(1, sigwaitinfo, calls.waitinfo);
        PUT_BETWEEN(2, sigtimedwait, calls.timedwait);
    }
}

/* Likewise below the hooks: what accept and fcntl open, and what a message brings, is noted. */
static void note_descriptors(void)
{
    static bool done;
    struct pp_fd_calls calls = { real_accept,  real_accept4, real_fcntl,
                                 real_fcntl64, real_recvmsg, real_recvmmsg };
    if (!done && calls.accept != first_accept && calls.accept4 != first_accept4 &&
        calls.fcntl != first_fcntl && calls.fcntl64 != first_fcntl64 &&
        calls.recvmsg != first_recvmsg && calls.recvmmsg != first_recvmmsg) {
        done = true;
        calls = pp_fd_calls_noted(&calls);
        PUT_BETWEEN(3, accept, calls.accept);
        PUT_BETWEEN(4, accept4, calls.accept4);
        PUT_BETWEEN(5, fcntl, calls.fcntl);
        PUT_BETWEEN(6, fcntl64, calls.fcntl64);
        PUT_BETWEEN(7, recvmsg, calls.recvmsg);
        PUT_BETWEEN(8, recvmmsg, calls.recvmmsg);
    }
}

void pp_wait_hooks_resolve(void)
{
#define BIND(name) pp_hook_bind(&real_##name, #name);
#define BIND_PLAIN(library, reason, result, name, parameters, arguments) BIND(name)
    PP_WAIT_CALLS(BIND_PLAIN)
    BIND(fcntl)
    BIND(fcntl64)
    pp_lock_hooks_resolve();
    pp_hook_bind(&pp_real_syscall, "syscall");
    filter_ticks();
    note_descriptors();
}
