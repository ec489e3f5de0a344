/* Calls that open, copy and close descriptors. Each passes on and notes the number that came back.
 *
 * Until the constructor binds them the pointers lead to the system calls themselves and not to
 * dlsym: an allocator behind us maps and opens while it starts, in the middle of a dlsym. */
#include "base/sys.h"
#include "runtime/capture/fd.h"
#include "runtime/capture/fd_hooks.h"
#include "runtime/capture/self.h"
#include "runtime/capture/wait_frame.h"
#include "runtime/unwind/next.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define CALLER __builtin_return_address(0)

/* A system call as libc makes it: errno and -1. */
static int call(long number, long a, long b, long c, long d)
{
    long result = pp_sys_call(number, a, b, c, d, 0, 0);
    if (result < 0) {
        errno = (int)-result;
        return -1;
    }
    return (int)result;
}

/* X(kind, name, parameters, arguments, system call). The optional third or fourth argument of open
 * travels in its register whether it was given or not. */
#define PATH_HOOKS(X)                                                                              \
    X(UNKNOWN, open, (const char *path, int flags, mode_t mode), (path, flags, mode),              \
      (SYS_openat, AT_FDCWD, (long)path, flags, mode))                                             \
    X(UNKNOWN, open64, (const char *path, int flags, mode_t mode), (path, flags, mode),            \
      (SYS_openat, AT_FDCWD, (long)path, flags, mode))                                             \
    X(UNKNOWN, openat, (int at, const char *path, int flags, mode_t mode),                         \
      (at, path, flags, mode), (SYS_openat, at, (long)path, flags, mode))                          \
    X(UNKNOWN, openat64, (int at, const char *path, int flags, mode_t mode),                       \
      (at, path, flags, mode), (SYS_openat, at, (long)path, flags, mode))                          \
    X(UNKNOWN, __open_2, (const char *path, int flags), (path, flags),                             \
      (SYS_openat, AT_FDCWD, (long)path, flags, 0))                                                \
    X(UNKNOWN, __open64_2, (const char *path, int flags), (path, flags),                           \
      (SYS_openat, AT_FDCWD, (long)path, flags, 0))                                                \
    X(UNKNOWN, __openat_2, (int at, const char *path, int flags), (at, path, flags),               \
      (SYS_openat, at, (long)path, flags, 0))                                                      \
    X(UNKNOWN, __openat64_2, (int at, const char *path, int flags), (at, path, flags),             \
      (SYS_openat, at, (long)path, flags, 0))                                                      \
    X(UNKNOWN, creat, (const char *path, mode_t mode), (path, mode),                               \
      (SYS_openat, AT_FDCWD, (long)path, O_CREAT | O_WRONLY | O_TRUNC, mode))                      \
    X(UNKNOWN, creat64, (const char *path, mode_t mode), (path, mode),                             \
      (SYS_openat, AT_FDCWD, (long)path, O_CREAT | O_WRONLY | O_TRUNC, mode))

#define OPEN_HOOKS(X)                                                                              \
    X(UNKNOWN, dup, (int fd), (fd), (SYS_dup, fd, 0, 0, 0))                                        \
    X(UNKNOWN, socket, (int domain, int type, int protocol), (domain, type, protocol),             \
      (SYS_socket, domain, type, protocol, 0))                                                     \
    X(EVENTFD, eventfd, (unsigned count, int flags), (count, flags),                               \
      (SYS_eventfd2, (long)count, flags, 0, 0))                                                    \
    X(EPOLL, epoll_create, (int size), (size), (SYS_epoll_create1, 0, size, 0, 0))                 \
    X(EPOLL, epoll_create1, (int flags), (flags), (SYS_epoll_create1, flags, 0, 0, 0))             \
    X(TIMERFD, timerfd_create, (clockid_t clock, int flags), (clock, flags),                       \
      (SYS_timerfd_create, clock, flags, 0, 0))                                                    \
    X(MEMFD, memfd_create, (const char *name, unsigned flags), (name, flags),                      \
      (SYS_memfd_create, (long)name, (long)flags, 0, 0))                                           \
    X(INOTIFY, inotify_init, (void), (), (SYS_inotify_init1, 0, 0, 0, 0))                          \
    X(INOTIFY, inotify_init1, (int flags), (flags), (SYS_inotify_init1, flags, 0, 0, 0))           \
    X(PIDFD, pidfd_open, (pid_t pid, unsigned flags), (pid, flags),                                \
      (SYS_pidfd_open, pid, (long)flags, 0, 0))                                                    \
    X(UNKNOWN, pidfd_getfd, (int process, int fd, unsigned flags), (process, fd, flags),           \
      (SYS_pidfd_getfd, process, fd, (long)flags, 0))                                              \
    X(UNKNOWN, fanotify_init, (unsigned flags, unsigned of_events), (flags, of_events),            \
      (SYS_fanotify_init, (long)flags, (long)of_events, 0, 0))                                     \
    X(UNKNOWN, open_by_handle_at, (int mount, void *handle, int flags), (mount, handle, flags),    \
      (SYS_open_by_handle_at, mount, (long)handle, flags, 0))                                      \
    X(UNKNOWN, mq_open, (const char *name, int flags, mode_t mode, void *attributes),              \
      (name, flags, mode, attributes),                                                             \
      (SYS_mq_open, (long)(name + (*name == '/')), flags, mode, (long)attributes))                 \
    X(UNKNOWN, __mq_open_2, (const char *name, int flags), (name, flags),                          \
      (SYS_mq_open, (long)(name + (*name == '/')), flags, 0, 0))

#define POINTER(name, parameters, system_call)                                                     \
    static int raw_##name parameters                                                               \
    {                                                                                              \
        return call system_call;                                                                   \
    }                                                                                              \
    static int (*real_##name) parameters = raw_##name;

#define OPEN_HOOK(kind, name, parameters, arguments, system_call)                                  \
    POINTER(name, parameters, system_call)                                                         \
    int hook_##name parameters PP_HOOK(name);                                                      \
    int hook_##name parameters                                                                     \
    {                                                                                              \
        return pp_fd_note_sig(real_##name arguments, PP_FD_##kind, CALLER);                        \
    }

OPEN_HOOKS(OPEN_HOOK)

/* A pipe with a name waits for its other end, a device for what it is, a network for an answer. */
#define PATH_HOOK(kind, name, parameters, arguments, system_call)                                  \
    POINTER(name, parameters, system_call)                                                         \
    int hook_##name parameters PP_HOOK(name);                                                      \
    int hook_##name parameters                                                                     \
    {                                                                                              \
        struct pp_wait_frame frame;                                                                \
        struct pp_thread *waiter = pp_wait_begin(&frame, PP_WAIT_IO, NULL, 0);                     \
        int fd = real_##name arguments;                                                            \
        pp_wait_end(waiter, &frame, (const void *)real_##name, pp_wait_now(waiter, &frame));       \
        return pp_fd_note_sig(fd, PP_FD_##kind, CALLER);                                           \
    }

PATH_HOOKS(PATH_HOOK)

/* ---- two at once ---------------------------------------------------------------------------- */

POINTER(pipe, (int *ends), (SYS_pipe2, (long)ends, 0, 0, 0))
POINTER(pipe2, (int *ends, int flags), (SYS_pipe2, (long)ends, flags, 0, 0))
POINTER(socketpair, (int domain, int type, int protocol, int *ends),
        (SYS_socketpair, domain, type, protocol, (long)ends))

static int note_pair(int result, const int *ends, enum pp_fd_kind kind, const void *caller)
{
    if (result == 0) {
        pp_fd_note_sig(ends[0], kind, caller);
        pp_fd_note_sig(ends[1], kind, caller);
    }
    return result;
}

int hook_pipe(int *ends) PP_HOOK(pipe);
int hook_pipe2(int *ends, int flags) PP_HOOK(pipe2);
int hook_socketpair(int domain, int type, int protocol, int *ends) PP_HOOK(socketpair);

int hook_pipe(int *ends)
{
    return note_pair(real_pipe(ends), ends, PP_FD_PIPE, CALLER);
}

int hook_pipe2(int *ends, int flags)
{
    return note_pair(real_pipe2(ends, flags), ends, PP_FD_PIPE, CALLER);
}

int hook_socketpair(int domain, int type, int protocol, int *ends)
{
    return note_pair(real_socketpair(domain, type, protocol, ends), ends, PP_FD_UNKNOWN, CALLER);
}

/* ---- onto a number that may be open --------------------------------------------------------- */

POINTER(dup2, (int from, int to), (SYS_dup3, from, to, 0, 0))
POINTER(dup3, (int from, int to, int flags), (SYS_dup3, from, to, flags, 0))

int hook_dup2(int from, int to) PP_HOOK(dup2);
int hook_dup3(int from, int to, int flags) PP_HOOK(dup3);

/* What was open under that number is closed, if the call did anything. To itself nothing is opened. */
static int note_onto(int result, int from, const void *caller)
{
    if (result < 0 || result == from) {
        return result;
    }
    pp_fd_forget_sig(result);
    return pp_fd_note_sig(result, PP_FD_UNKNOWN, caller);
}

int hook_dup2(int from, int to)
{
    return note_onto(real_dup2(from, to), from, CALLER);
}

int hook_dup3(int from, int to, int flags)
{
    return note_onto(real_dup3(from, to, flags), from, CALLER);
}

/* ---- closing -------------------------------------------------------------------------------- */

POINTER(close, (int fd), (SYS_close, fd, 0, 0, 0))
POINTER(close_range, (unsigned first, unsigned last, int flags),
        (SYS_close_range, (long)first, (long)last, flags, 0))
static void raw_closefrom(int first)
{
    (void)call(SYS_close_range, first, ~0U, 0, 0);
}
static void (*real_closefrom)(int first) = raw_closefrom;

POINTER(mq_close, (int fd), (SYS_close, fd, 0, 0, 0))

int hook_close(int fd) PP_HOOK(close);
int hook_mq_close(int fd) PP_HOOK(mq_close);
int hook_close_range(unsigned first, unsigned last, int flags) PP_HOOK(close_range);
void hook_closefrom(int first) PP_HOOK(closefrom);

/* A socket may linger, a terminal drain, a network be told. */
int hook_close(int fd)
{
    struct pp_wait_frame frame;
    pp_fd_forget_sig(fd);
    struct pp_thread *waiter = pp_wait_begin(&frame, PP_WAIT_IO, NULL, 0);
    int result = real_close(fd);
    pp_wait_end(waiter, &frame, (const void *)real_close, pp_wait_now(waiter, &frame));
    return result;
}

int hook_mq_close(int fd)
{
    pp_fd_forget_sig(fd);
    return real_mq_close(fd);
}

int hook_close_range(unsigned first, unsigned last, int flags)
{
    enum { CLOEXEC = 1 << 2 }; /* these stay open until an exec */
    if (!(flags & CLOEXEC) && first <= last) {
        pp_fd_forget_range_sig(first, last);
    }
    return real_close_range(first, last, flags);
}

void hook_closefrom(int first)
{
    pp_fd_forget_range_sig(first < 0 ? 0 : (unsigned)first, ~0U);
    real_closefrom(first);
}

/* ---- below the hooks of wait_hooks.c -------------------------------------------------------- */

#define BELOW static __attribute__((section("pp_hooks"), noinline))

static struct pp_fd_calls libc;

BELOW int noted_accept(int fd, struct sockaddr *from, socklen_t *len)
{
    return pp_fd_note_sig(libc.accept(fd, from, len), PP_FD_UNKNOWN, NULL);
}

BELOW int noted_accept4(int fd, struct sockaddr *from, socklen_t *len, int flags)
{
    return pp_fd_note_sig(libc.accept4(fd, from, len, flags), PP_FD_UNKNOWN, NULL);
}

static bool is_copy(int command)
{
    return command == F_DUPFD || command == F_DUPFD_CLOEXEC;
}

BELOW int noted_fcntl(int fd, int command, long arg)
{
    int result = libc.fcntl(fd, command, arg);
    return is_copy(command) ? pp_fd_note_sig(result, PP_FD_UNKNOWN, NULL) : result;
}

BELOW int noted_fcntl64(int fd, int command, long arg)
{
    int result = libc.fcntl64(fd, command, arg);
    return is_copy(command) ? pp_fd_note_sig(result, PP_FD_UNKNOWN, NULL) : result;
}

/* The descriptors that came with a message, which the kernel has checked. */
BELOW void note_received(struct msghdr *msg)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) {
            continue;
        }
        for (size_t at = CMSG_LEN(0); at + sizeof(int) <= c->cmsg_len; at += sizeof(int)) {
            int fd;
            memcpy(&fd, (const char *)c + at, sizeof(fd));
            pp_fd_note_sig(fd, PP_FD_UNKNOWN, NULL);
        }
    }
}

BELOW ssize_t noted_recvmsg(int fd, struct msghdr *msg, int flags)
{
    ssize_t got = libc.recvmsg(fd, msg, flags);
    if (pp_unlikely(got >= 0 && msg->msg_controllen > 0)) {
        note_received(msg);
    }
    return got;
}

BELOW int noted_recvmmsg(int fd, struct mmsghdr *msgs, unsigned count, int flags,
                         struct timespec *timeout)
{
    int got = libc.recvmmsg(fd, msgs, count, flags, timeout);
    for (int i = 0; i < got; i++) {
        if (msgs[i].msg_hdr.msg_controllen > 0) {
            note_received(&msgs[i].msg_hdr);
        }
    }
    return got;
}

struct pp_fd_calls pp_fd_calls_noted(const struct pp_fd_calls *calls)
{
    libc = *calls;
    return (struct pp_fd_calls){ noted_accept,  noted_accept4, noted_fcntl,
                                 noted_fcntl64, noted_recvmsg, noted_recvmmsg };
}

/* ---- binding -------------------------------------------------------------------------------- */

void pp_fd_hooks_resolve(void)
{
#define BIND(name) pp_next_bind(&real_##name, #name);
#define BIND_OPEN(kind, name, parameters, arguments, system_call) BIND(name)
    pp_self_enter();
    OPEN_HOOKS(BIND_OPEN)
    PATH_HOOKS(BIND_OPEN)
    BIND(pipe)
    BIND(pipe2)
    BIND(socketpair)
    BIND(dup2)
    BIND(dup3)
    BIND(close)
    BIND(mq_close)
    BIND(close_range)
    BIND(closefrom)
    pp_fd_stream_hooks_resolve();
    pp_self_leave();
}
