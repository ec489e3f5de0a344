/* The C library's blocking calls that wait_hooks.c wraps: one row makes the hook. A new one is named
 * in cmake/libpprof.map as well, and its system call in thread_proc.c's table of reasons.
 *
 * X(library, reason, result, name, parameters, arguments). `library` is `call` (-1 and errno) or
 * `thread_call` (an error number), for a libc that has no such function. */
#ifndef PP_CAPTURE_WAIT_CALLS_H
#define PP_CAPTURE_WAIT_CALLS_H

#include <mqueue.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

#define PP_WAIT_CALLS(X)                                                                           \
    X(call, IO, ssize_t, read, (int fd, void *buf, size_t n), (fd, buf, n))                        \
    X(call, IO, ssize_t, write, (int fd, const void *buf, size_t n), (fd, buf, n))                 \
    X(call, IO, ssize_t, pread, (int fd, void *buf, size_t n, off_t at), (fd, buf, n, at))         \
    X(call, IO, ssize_t, pread64, (int fd, void *buf, size_t n, off_t at), (fd, buf, n, at))       \
    X(call, IO, ssize_t, pwrite, (int fd, const void *buf, size_t n, off_t at), (fd, buf, n, at))  \
    X(call, IO, ssize_t, pwrite64, (int fd, const void *buf, size_t n, off_t at),                  \
      (fd, buf, n, at))                                                                            \
    X(call, IO, ssize_t, readv, (int fd, const struct iovec *v, int n), (fd, v, n))                \
    X(call, IO, ssize_t, writev, (int fd, const struct iovec *v, int n), (fd, v, n))               \
    X(call, IO, ssize_t, preadv, (int fd, const struct iovec *v, int n, off_t at), (fd, v, n, at)) \
    X(call, IO, ssize_t, preadv64, (int fd, const struct iovec *v, int n, off_t at),               \
      (fd, v, n, at))                                                                              \
    X(call, IO, ssize_t, preadv2, (int fd, const struct iovec *v, int n, off_t at, int flags),     \
      (fd, v, n, at, flags))                                                                       \
    X(call, IO, ssize_t, preadv64v2, (int fd, const struct iovec *v, int n, off_t at, int flags),  \
      (fd, v, n, at, flags))                                                                       \
    X(call, IO, ssize_t, pwritev, (int fd, const struct iovec *v, int n, off_t at),                \
      (fd, v, n, at))                                                                              \
    X(call, IO, ssize_t, pwritev64, (int fd, const struct iovec *v, int n, off_t at),              \
      (fd, v, n, at))                                                                              \
    X(call, IO, ssize_t, pwritev2, (int fd, const struct iovec *v, int n, off_t at, int flags),    \
      (fd, v, n, at, flags))                                                                       \
    X(call, IO, ssize_t, pwritev64v2, (int fd, const struct iovec *v, int n, off_t at, int flags), \
      (fd, v, n, at, flags))                                                                       \
    X(call, IO, ssize_t, sendfile, (int to, int from, off_t *at, size_t n), (to, from, at, n))     \
    X(call, IO, ssize_t, sendfile64, (int to, int from, off_t *at, size_t n), (to, from, at, n))   \
    X(call, IO, ssize_t, copy_file_range,                                                          \
      (int from, off_t *from_at, int to, off_t *to_at, size_t n, unsigned flags),                  \
      (from, from_at, to, to_at, n, flags))                                                        \
    X(call, IO, ssize_t, splice,                                                                   \
      (int from, off_t *from_at, int to, off_t *to_at, size_t n, unsigned flags),                  \
      (from, from_at, to, to_at, n, flags))                                                        \
    X(call, IO, ssize_t, vmsplice, (int fd, const struct iovec *v, size_t n, unsigned flags),      \
      (fd, v, n, flags))                                                                           \
    X(call, IO, ssize_t, tee, (int from, int to, size_t n, unsigned flags), (from, to, n, flags))  \
    X(call, IO, int, fsync, (int fd), (fd))                                                        \
    X(call, IO, int, fdatasync, (int fd), (fd))                                                    \
    X(call, IO, int, syncfs, (int fd), (fd))                                                       \
    X(call, IO, int, sync_file_range, (int fd, off_t at, off_t n, unsigned flags),                 \
      (fd, at, n, flags))                                                                          \
    X(call, IO, int, msync, (void *start, size_t n, int flags), (start, n, flags))                 \
    X(call, IO, int, tcdrain, (int fd), (fd))                                                      \
    X(call, IO, ssize_t, getrandom, (void *buf, size_t n, unsigned flags), (buf, n, flags))        \
    X(call, IO, int, getentropy, (void *buf, size_t n), (buf, n))                                  \
    X(call, IO, ssize_t, recv, (int fd, void *buf, size_t n, int flags), (fd, buf, n, flags))      \
    X(call, IO, ssize_t, recvfrom,                                                                 \
      (int fd, void *buf, size_t n, int flags, struct sockaddr *from, socklen_t *len),             \
      (fd, buf, n, flags, from, len))                                                              \
    X(call, IO, ssize_t, recvmsg, (int fd, struct msghdr *msg, int flags), (fd, msg, flags))       \
    X(call, IO, int, recvmmsg,                                                                     \
      (int fd, struct mmsghdr *msgs, unsigned count, int flags, struct timespec *timeout),         \
      (fd, msgs, count, flags, timeout))                                                           \
    X(call, IO, ssize_t, send, (int fd, const void *buf, size_t n, int flags),                     \
      (fd, buf, n, flags))                                                                         \
    X(call, IO, ssize_t, sendto,                                                                   \
      (int fd, const void *buf, size_t n, int flags, const struct sockaddr *to, socklen_t len),    \
      (fd, buf, n, flags, to, len))                                                                \
    X(call, IO, ssize_t, sendmsg, (int fd, const struct msghdr *msg, int flags), (fd, msg, flags)) \
    X(call, IO, int, sendmmsg, (int fd, struct mmsghdr *msgs, unsigned count, int flags),          \
      (fd, msgs, count, flags))                                                                    \
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
    X(call, IO, int, poll, (struct pollfd * fds, nfds_t n, int timeout), (fds, n, timeout))        \
    X(call, IO, int, ppoll,                                                                        \
      (struct pollfd * fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask),       \
      (fds, n, timeout, mask))                                                                     \
    X(call, IO, int, __poll_chk, (struct pollfd * fds, nfds_t n, int timeout, size_t room),        \
      (fds, n, timeout, room))                                                                     \
    X(call, IO, int, __ppoll_chk,                                                                  \
      (struct pollfd * fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask,        \
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
    X(call, SIGNAL, int, sigpause, (int mask), (mask))                                             \
    X(call, SIGNAL, int, __xpg_sigpause, (int signal), (signal))                                   \
    X(thread_call, SIGNAL, int, sigwait, (const sigset_t *set, int *signal), (set, signal))        \
    X(call, SIGNAL, int, sigwaitinfo, (const sigset_t *set, siginfo_t *info), (set, info))         \
    X(call, SIGNAL, int, sigtimedwait,                                                             \
      (const sigset_t *set, siginfo_t *info, const struct timespec *timeout),                      \
      (set, info, timeout))                                                                        \
    X(call, CHILD, pid_t, wait, (int *status), (status))                                           \
    X(call, CHILD, pid_t, waitpid, (pid_t pid, int *status, int options), (pid, status, options))  \
    X(call, CHILD, pid_t, wait3, (int *status, int options, struct rusage *usage),                 \
      (status, options, usage))                                                                    \
    X(call, CHILD, pid_t, wait4, (pid_t pid, int *status, int options, struct rusage *usage),      \
      (pid, status, options, usage))                                                               \
    X(call, CHILD, int, waitid, (idtype_t type, id_t id, siginfo_t * info, int options),           \
      (type, id, info, options))                                                                   \
    X(call, LOCKFILE, int, flock, (int fd, int operation), (fd, operation))                        \
    X(call, LOCKFILE, int, lockf, (int fd, int command, off_t length), (fd, command, length))      \
    X(call, LOCKFILE, int, lockf64, (int fd, int command, off_t length), (fd, command, length))    \
    X(call, SEMAPHORE, int, semop, (int id, struct sembuf *ops, size_t n), (id, ops, n))           \
    X(call, SEMAPHORE, int, semtimedop,                                                            \
      (int id, struct sembuf *ops, size_t n, const struct timespec *timeout),                      \
      (id, ops, n, timeout))                                                                       \
    X(call, IO, int, msgsnd, (int id, const void *msg, size_t n, int flags), (id, msg, n, flags))  \
    X(call, IO, ssize_t, msgrcv, (int id, void *msg, size_t n, long type, int flags),              \
      (id, msg, n, type, flags))                                                                   \
    X(call, IO, ssize_t, mq_receive, (mqd_t queue, char *msg, size_t n, unsigned *priority),       \
      (queue, msg, n, priority))                                                                   \
    X(call, IO, ssize_t, mq_timedreceive,                                                          \
      (mqd_t queue, char *msg, size_t n, unsigned *priority, const struct timespec *until),        \
      (queue, msg, n, priority, until))                                                            \
    X(call, IO, int, mq_send, (mqd_t queue, const char *msg, size_t n, unsigned priority),         \
      (queue, msg, n, priority))                                                                   \
    X(call, IO, int, mq_timedsend,                                                                 \
      (mqd_t queue, const char *msg, size_t n, unsigned priority, const struct timespec *until),   \
      (queue, msg, n, priority, until))

#endif
