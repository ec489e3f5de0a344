/* Blocking calls, wrapped: registers of the waiter, what it waits for and since when are left in a
 * frame on its own stack, linked from its slot, while the C library's function runs.
 *
 * Cost: nine stores and a coarse clock (5 ns) around a system call; locks look first whether they
 * would wait at all, and jump on when not. errno is whatever the real function left; a cancellation
 * unwinds through these frames like any other, since they have nothing to clean up.
 *
 * Everything here is in section pp_hooks: by that the walker knows where our frames end. */
#include "base/sys.h"
#include "runtime/capture/fd_hooks.h"
#include "runtime/capture/sigwait_hooks.h"
#include "runtime/capture/thread_private.h"
#include "runtime/capture/wait_hooks.h"
#include "runtime/unwind/next.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <threads.h>

#define HOOK_TEXT __attribute__((section("pp_hooks"), noinline))

extern const char __start_pp_hooks[] __attribute__((visibility("hidden")));
extern const char __stop_pp_hooks[] __attribute__((visibility("hidden")));

bool pp_wait_hook_holds(uintptr_t pc)
{
    return pc >= (uintptr_t)__start_pp_hooks && pc < (uintptr_t)__stop_pp_hooks;
}

size_t pp_wait_hook_drop(uintptr_t *pcs, size_t depth)
{
    size_t kept = depth ? 1 : 0;
    for (size_t i = 1; i < depth; i++) {
        if (!pp_wait_hook_holds(pcs[i])) {
            pcs[kept++] = pcs[i];
        }
    }
    return kept;
}

/* ---- the frame ---- */

#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* Links the frame; NULL when this call is not to be noted. */
ALWAYS_INLINE struct pp_thread *begin(struct pp_wait_frame *frame, enum pp_wait_reason reason)
{
    if (pp_unlikely(!pp_load_relaxed(&pp_enabled) || pp_self.inside)) {
        return NULL;
    }
    struct pp_thread *thread = pp_self.thread;
    if (pp_unlikely(!thread)) {
        thread = pp_thread_self();
        if (!thread) {
            return NULL;
        }
    }
    frame->outer = thread->wait.frame;
    frame->check = (uintptr_t)frame ^ PP_WAIT_CHECK;
    frame->reason = reason;
    frame->since_ns = pp_sys_monotonic_coarse_ns();
    pp_regs_capture(&frame->regs);
    pp_store_relaxed(&thread->wait.seq, thread->wait.seq + 1);
    pp_store_release(&thread->wait.frame, frame);
    return thread;
}

ALWAYS_INLINE void end(struct pp_thread *thread, struct pp_wait_frame *frame)
{
    if (pp_likely(thread != NULL)) {
        pp_store_release(&thread->wait.frame, frame->outer);
        pp_store_relaxed(&thread->wait.seq, thread->wait.seq + 1);
        /* A stale frame further down must not pass for this one. */
        pp_store_relaxed(&frame->check, 0);
    }
}

/* ---- the C library's functions ---- */

static void bind_real(void *where, const char *name)
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

static int lacks_call(void)
{
    errno = ENOSYS;
    return -1;
}

static int lacks_thread_call(void)
{
    return ENOSYS;
}

/* Hooks of one form: X(library, reason, result, name, parameters, arguments). `library` is `call`
 * (-1 and errno) or `thread_call` (an error number), for a libc that has no such function. */
#define PLAIN_HOOKS(X)                                                                             \
    X(call, IO, ssize_t, read, (int fd, void *buf, size_t n), (fd, buf, n))                        \
    X(call, IO, ssize_t, write, (int fd, const void *buf, size_t n), (fd, buf, n))                 \
    X(call, IO, ssize_t, pread, (int fd, void *buf, size_t n, off_t at), (fd, buf, n, at))         \
    X(call, IO, ssize_t, pread64, (int fd, void *buf, size_t n, off_t at), (fd, buf, n, at))       \
    X(call, IO, ssize_t, pwrite, (int fd, const void *buf, size_t n, off_t at), (fd, buf, n, at))  \
    X(call, IO, ssize_t, pwrite64, (int fd, const void *buf, size_t n, off_t at),                  \
      (fd, buf, n, at))                                                                            \
    X(call, IO, ssize_t, readv, (int fd, const struct iovec *v, int n), (fd, v, n))                \
    X(call, IO, ssize_t, writev, (int fd, const struct iovec *v, int n), (fd, v, n))               \
    X(call, IO, ssize_t, recv, (int fd, void *buf, size_t n, int flags), (fd, buf, n, flags))      \
    X(call, IO, ssize_t, recvfrom,                                                                 \
      (int fd, void *buf, size_t n, int flags, struct sockaddr *from, socklen_t *len),             \
      (fd, buf, n, flags, from, len))                                                              \
    X(call, IO, ssize_t, recvmsg, (int fd, struct msghdr *msg, int flags), (fd, msg, flags))       \
    X(call, IO, ssize_t, send, (int fd, const void *buf, size_t n, int flags),                     \
      (fd, buf, n, flags))                                                                         \
    X(call, IO, ssize_t, sendto,                                                                   \
      (int fd, const void *buf, size_t n, int flags, const struct sockaddr *to, socklen_t len),    \
      (fd, buf, n, flags, to, len))                                                                \
    X(call, IO, ssize_t, sendmsg, (int fd, const struct msghdr *msg, int flags), (fd, msg, flags)) \
    X(call, IO, ssize_t, __read_chk, (int fd, void *buf, size_t n, size_t room),                   \
      (fd, buf, n, room))                                                                          \
    X(call, IO, ssize_t, __pread_chk, (int fd, void *buf, size_t n, off_t at, size_t room),        \
      (fd, buf, n, at, room))                                                                      \
    X(call, IO, ssize_t, __pread64_chk, (int fd, void *buf, size_t n, off_t at, size_t room),      \
      (fd, buf, n, at, room))                                                                      \
    X(call, IO, ssize_t, __recv_chk, (int fd, void *buf, size_t n, size_t room, int flags),        \
      (fd, buf, n, room, flags))                                                                   \
    X(call, IO, ssize_t, __recvfrom_chk,                                                           \
      (int fd, void *buf, size_t n, size_t room, int flags, struct sockaddr *from,                 \
       socklen_t *len),                                                                            \
      (fd, buf, n, room, flags, from, len))                                                        \
    X(call, IO, int, accept, (int fd, struct sockaddr *from, socklen_t *len), (fd, from, len))     \
    X(call, IO, int, accept4, (int fd, struct sockaddr *from, socklen_t *len, int flags),          \
      (fd, from, len, flags))                                                                      \
    X(call, IO, int, connect, (int fd, const struct sockaddr *to, socklen_t len), (fd, to, len))   \
    X(call, IO, int, poll, (struct pollfd *fds, nfds_t n, int timeout), (fds, n, timeout))         \
    X(call, IO, int, ppoll,                                                                        \
      (struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask),        \
      (fds, n, timeout, mask))                                                                     \
    X(call, IO, int, __poll_chk, (struct pollfd *fds, nfds_t n, int timeout, size_t room),         \
      (fds, n, timeout, room))                                                                     \
    X(call, IO, int, __ppoll_chk,                                                                  \
      (struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask,         \
       size_t room),                                                                               \
      (fds, n, timeout, mask, room))                                                               \
    X(call, SELECT, int, select,                                                                   \
      (int n, fd_set *in, fd_set *out, fd_set *except, struct timeval *timeout),                   \
      (n, in, out, except, timeout))                                                               \
    X(call, SELECT, int, pselect,                                                                  \
      (int n, fd_set *in, fd_set *out, fd_set *except, const struct timespec *timeout,             \
       const sigset_t *mask),                                                                      \
      (n, in, out, except, timeout, mask))                                                         \
    X(call, IO, int, epoll_wait, (int fd, struct epoll_event *events, int max, int timeout),       \
      (fd, events, max, timeout))                                                                  \
    X(call, IO, int, epoll_pwait,                                                                  \
      (int fd, struct epoll_event *events, int max, int timeout, const sigset_t *mask),            \
      (fd, events, max, timeout, mask))                                                            \
    X(call, IO, int, epoll_pwait2,                                                                 \
      (int fd, struct epoll_event *events, int max, const struct timespec *timeout,                \
       const sigset_t *mask),                                                                      \
      (fd, events, max, timeout, mask))                                                            \
    X(call, SLEEP, int, nanosleep, (const struct timespec *time, struct timespec *left),           \
      (time, left))                                                                                \
    X(thread_call, SLEEP, int, clock_nanosleep,                                                    \
      (clockid_t clock, int flags, const struct timespec *time, struct timespec *left),            \
      (clock, flags, time, left))                                                                  \
    X(call, SLEEP, unsigned, sleep, (unsigned seconds), (seconds))                                 \
    X(call, SLEEP, int, usleep, (useconds_t time), (time))                                         \
    X(call, SLEEP, int, thrd_sleep, (const struct timespec *time, struct timespec *left),          \
      (time, left))                                                                                \
    X(call, SIGNAL, int, pause, (void), ())                                                        \
    X(call, SIGNAL, int, sigsuspend, (const sigset_t *mask), (mask))                               \
    X(thread_call, SIGNAL, int, sigwait, (const sigset_t *set, int *signal), (set, signal))        \
    X(call, SIGNAL, int, sigwaitinfo, (const sigset_t *set, siginfo_t *info), (set, info))         \
    X(call, SIGNAL, int, sigtimedwait,                                                             \
      (const sigset_t *set, siginfo_t *info, const struct timespec *timeout),                      \
      (set, info, timeout))                                                                        \
    X(thread_call, JOIN, int, pthread_join, (pthread_t thread, void **result), (thread, result))   \
    X(thread_call, JOIN, int, pthread_timedjoin_np,                                                \
      (pthread_t thread, void **result, const struct timespec *until), (thread, result, until))    \
    X(thread_call, JOIN, int, pthread_clockjoin_np,                                                \
      (pthread_t thread, void **result, clockid_t clock, const struct timespec *until),            \
      (thread, result, clock, until))                                                              \
    X(call, JOIN, int, thrd_join, (thrd_t thread, int *result), (thread, result))                  \
    X(thread_call, COND, int, pthread_cond_wait, (pthread_cond_t *cond, pthread_mutex_t *mutex),   \
      (cond, mutex))                                                                               \
    X(thread_call, COND, int, pthread_cond_timedwait,                                              \
      (pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *until),                \
      (cond, mutex, until))                                                                        \
    X(thread_call, COND, int, pthread_cond_clockwait,                                              \
      (pthread_cond_t *cond, pthread_mutex_t *mutex, clockid_t clock,                              \
       const struct timespec *until),                                                              \
      (cond, mutex, clock, until))                                                                 \
    X(call, COND, int, cnd_wait, (cnd_t *cond, mtx_t *mutex), (cond, mutex))                       \
    X(call, COND, int, cnd_timedwait,                                                              \
      (cnd_t *cond, mtx_t *mutex, const struct timespec *until), (cond, mutex, until))             \
    X(thread_call, BARRIER, int, pthread_barrier_wait, (pthread_barrier_t *barrier), (barrier))    \
    X(call, CHILD, pid_t, wait, (int *status), (status))                                           \
    X(call, CHILD, pid_t, waitpid, (pid_t pid, int *status, int options), (pid, status, options))  \
    X(call, CHILD, pid_t, wait3, (int *status, int options, struct rusage *usage),                 \
      (status, options, usage))                                                                    \
    X(call, CHILD, pid_t, wait4, (pid_t pid, int *status, int options, struct rusage *usage),      \
      (pid, status, options, usage))                                                               \
    X(call, CHILD, int, waitid, (idtype_t type, id_t id, siginfo_t *info, int options),            \
      (type, id, info, options))                                                                   \
    X(call, LOCKFILE, int, flock, (int fd, int operation), (fd, operation))                        \
    X(call, LOCKFILE, int, lockf, (int fd, int command, off_t length), (fd, command, length))      \
    X(call, LOCKFILE, int, lockf64, (int fd, int command, off_t length), (fd, command, length))    \
    X(call, SEMAPHORE, int, semop, (int id, struct sembuf *ops, size_t n), (id, ops, n))           \
    X(call, IO, int, msgsnd, (int id, const void *msg, size_t n, int flags), (id, msg, n, flags))  \
    X(call, IO, ssize_t, msgrcv, (int id, void *msg, size_t n, long type, int flags),              \
      (id, msg, n, type, flags))

/* Locks, which look before they wait: X(reason, name, parameters, arguments, is it free). */
#define MUTEX_FREE (pp_load_relaxed(&m->__data.__lock) == 0)
/* __readers: bit 1 a writer owns it, from bit 3 up the number of readers. */
#define RLOCK_FREE ((pp_load_relaxed(&l->__data.__readers) & 2) == 0)
#define WLOCK_FREE ((pp_load_relaxed(&l->__data.__readers) & ~5u) == 0)
/* The first word of a semaphore is its value. */
#define SEM_FREE (pp_load_relaxed((const uint32_t *)(const void *)s) != 0)
#define LOCK_HOOKS(X)                                                                              \
    X(thread_call, MUTEX, pthread_mutex_lock, (pthread_mutex_t *m), (m), MUTEX_FREE)               \
    X(thread_call, MUTEX, pthread_mutex_timedlock,                                                 \
      (pthread_mutex_t *m, const struct timespec *until), (m, until), MUTEX_FREE)                  \
    X(thread_call, MUTEX, pthread_mutex_clocklock,                                                 \
      (pthread_mutex_t *m, clockid_t clock, const struct timespec *until), (m, clock, until),      \
      MUTEX_FREE)                                                                                  \
    X(thread_call, RLOCK, pthread_rwlock_rdlock, (pthread_rwlock_t *l), (l), RLOCK_FREE)           \
    X(thread_call, RLOCK, pthread_rwlock_timedrdlock,                                              \
      (pthread_rwlock_t *l, const struct timespec *until), (l, until), RLOCK_FREE)                 \
    X(thread_call, RLOCK, pthread_rwlock_clockrdlock,                                              \
      (pthread_rwlock_t *l, clockid_t clock, const struct timespec *until), (l, clock, until),     \
      RLOCK_FREE)                                                                                  \
    X(thread_call, WLOCK, pthread_rwlock_wrlock, (pthread_rwlock_t *l), (l), WLOCK_FREE)           \
    X(thread_call, WLOCK, pthread_rwlock_timedwrlock,                                              \
      (pthread_rwlock_t *l, const struct timespec *until), (l, until), WLOCK_FREE)                 \
    X(thread_call, WLOCK, pthread_rwlock_clockwrlock,                                              \
      (pthread_rwlock_t *l, clockid_t clock, const struct timespec *until), (l, clock, until),     \
      WLOCK_FREE)                                                                                  \
    X(call, SEMAPHORE, sem_wait, (sem_t *s), (s), SEM_FREE)                                        \
    X(call, SEMAPHORE, sem_timedwait, (sem_t *s, const struct timespec *until), (s, until),        \
      SEM_FREE)                                                                                    \
    X(call, SEMAPHORE, sem_clockwait,                                                              \
      (sem_t *s, clockid_t clock, const struct timespec *until), (s, clock, until), SEM_FREE)

/* The pointer behind each hook. Until bound it leads to a function that binds it and goes on. */
#define POINTER(library, result, name, parameters, arguments)                                      \
    static result first_##name parameters;                                                         \
    static result (*real_##name) parameters = first_##name;                                        \
    HOOK_TEXT static result first_##name parameters                                                \
    {                                                                                              \
        bind_real(&real_##name, #name);                                                            \
        return real_##name == first_##name ? (result)lacks_##library() : real_##name arguments;    \
    }

#define PLAIN_HOOK(library, reason, result, name, parameters, arguments)                           \
    POINTER(library, result, name, parameters, arguments)                                          \
    result hook_##name parameters PP_HOOK(name);                                                   \
    result hook_##name parameters                                                                  \
    {                                                                                              \
        struct pp_wait_frame frame;                                                                \
        struct pp_thread *waiter = begin(&frame, PP_WAIT_##reason);                                \
        result answer = real_##name arguments;                                                     \
        end(waiter, &frame);                                                                       \
        return answer;                                                                             \
    }

#define LOCK_HOOK(library, reason, name, parameters, arguments, is_free)                           \
    POINTER(library, int, name, parameters, arguments)                                             \
    HOOK_TEXT static int slow_##name parameters                                                    \
    {                                                                                              \
        struct pp_wait_frame frame;                                                                \
        struct pp_thread *waiter = begin(&frame, PP_WAIT_##reason);                                \
        int answer = real_##name arguments;                                                        \
        end(waiter, &frame);                                                                       \
        return answer;                                                                             \
    }                                                                                              \
    int hook_##name parameters PP_HOOK(name);                                                      \
    int hook_##name parameters                                                                     \
    {                                                                                              \
        if (pp_likely(is_free)) {                                                                  \
            return real_##name arguments;                                                          \
        }                                                                                          \
        return slow_##name arguments;                                                              \
    }

PLAIN_HOOKS(PLAIN_HOOK)
LOCK_HOOKS(LOCK_HOOK)

/* Older names of the same functions, which some programs bind to. */
#define ALIAS(result, name, of, parameters)                                                        \
    result alias_##name parameters __asm__(#name)                                                  \
        __attribute__((alias(#of), visibility("default")));
ALIAS(ssize_t, __read, read, (int fd, void *buf, size_t n))
ALIAS(ssize_t, __write, write, (int fd, const void *buf, size_t n))
ALIAS(int, __poll, poll, (struct pollfd * fds, nfds_t n, int timeout))
ALIAS(int, __nanosleep, nanosleep, (const struct timespec *time, struct timespec *left))
ALIAS(int, __pthread_mutex_lock, pthread_mutex_lock, (pthread_mutex_t * m))
ALIAS(int, __pthread_rwlock_rdlock, pthread_rwlock_rdlock, (pthread_rwlock_t * l))
ALIAS(int, __pthread_rwlock_wrlock, pthread_rwlock_wrlock, (pthread_rwlock_t * l))

/* ---- variadic functions: forwarded as the register arguments they are ---- */

typedef int fcntl_fn(int fd, int command, long arg);
POINTER(call, int, fcntl, (int fd, int command, long arg), (fd, command, arg))
POINTER(call, int, fcntl64, (int fd, int command, long arg), (fd, command, arg))

HOOK_TEXT static int lock_record(fcntl_fn *real, int fd, int command, long arg)
{
    struct pp_wait_frame frame;
    struct pp_thread *waiter = begin(&frame, PP_WAIT_LOCKFILE);
    int answer = real(fd, command, arg);
    end(waiter, &frame);
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
extern syscall_fn pp_syscall_futex_wait;
__attribute__((visibility("hidden"))) syscall_fn *pp_real_syscall = first_syscall;

static long first_syscall(long number, long a, long b, long c, long d, long e, long f)
{
    bind_real(&pp_real_syscall, "syscall");
    return pp_real_syscall == first_syscall ? lacks_call()
                                            : pp_real_syscall(number, a, b, c, d, e, f);
}

HOOK_TEXT long pp_syscall_futex_wait(long number, long a, long b, long c, long d, long e, long f)
{
    struct pp_wait_frame frame;
    struct pp_thread *waiter = begin(&frame, PP_WAIT_FUTEX);
    long answer = pp_real_syscall(number, a, b, c, d, e, f);
    end(waiter, &frame);
    return answer;
}

/* ---- binding all at start ---- */

/* Between our hooks and the C library; once, since a filter must not come to call itself. */
static void filter_ticks(void)
{
    static bool done;
    struct pp_sigwait_calls calls = { real_sigwait, real_sigwaitinfo, real_sigtimedwait };
    if (!done && calls.wait != first_sigwait && calls.waitinfo != first_sigwaitinfo &&
        calls.timedwait != first_sigtimedwait) {
        done = true;
        calls = pp_sigwait_filter(&calls);
        pp_store_release(&real_sigwait, calls.wait);
        pp_store_release(&real_sigwaitinfo, calls.waitinfo);
        pp_store_release(&real_sigtimedwait, calls.timedwait);
    }
}

/* Likewise below the hooks: what accept and fcntl open is noted. */
static void note_descriptors(void)
{
    static bool done;
    struct pp_fd_calls calls = { real_accept, real_accept4, real_fcntl, real_fcntl64 };
    if (!done && calls.accept != first_accept && calls.accept4 != first_accept4 &&
        calls.fcntl != first_fcntl && calls.fcntl64 != first_fcntl64) {
        done = true;
        calls = pp_fd_calls_noted(&calls);
        pp_store_release(&real_accept, calls.accept);
        pp_store_release(&real_accept4, calls.accept4);
        pp_store_release(&real_fcntl, calls.fcntl);
        pp_store_release(&real_fcntl64, calls.fcntl64);
    }
}

void pp_wait_hooks_resolve(void)
{
#define BIND(name) bind_real(&real_##name, #name);
#define BIND_PLAIN(library, reason, result, name, parameters, arguments) BIND(name)
#define BIND_LOCK(library, reason, name, parameters, arguments, is_free) BIND(name)
    PLAIN_HOOKS(BIND_PLAIN)
    LOCK_HOOKS(BIND_LOCK)
    BIND(fcntl)
    BIND(fcntl64)
    bind_real(&pp_real_syscall, "syscall");
    filter_ticks();
    note_descriptors();
}
