/* Reading and writing of the public face: the system call first, then, if it would have waited,
 * parked until the next edge. Raw system calls: the library's own wait hooks see none of it. */
#include "runtime/go/poll.h"

#include "base/sys.h"
#include "runtime/capture/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>

#define CONNECT_NAP_MAX (32 * GO_MS)

/* What was done before a write comes before what follows a read, as Go's race detector has it. */
static char io_order;

struct call {
    long number, a, b, c, d;
    long full; /* of a plain read: bytes asked for; else 0 */
    int flags; /* of a call with MSG_*, else 0 */
};

static long once(const struct call *call, int fd)
{
    return pp_sys_call(call->number, fd, call->a, call->b, call->c, call->d, 0);
}

struct file_call {
    const struct call *call;
    int fd;
    long result;
};

static void run_file(void *arg)
{
    struct file_call *file = arg;
    do {
        file->result = once(file->call, file->fd);
    } while (file->result == -EINTR);
}

static long on_file(const struct call *call, int fd)
{
    struct file_call file = { call, fd, pp_go_ambient_error() };
    if (!file.result) {
        go_block(run_file, &file);
    }
    return file.result;
}

/* A stream that gave less than was asked for is empty, and says so by an edge when it is no longer:
 * the read that would only find that out is left out, a third of the calls of an echo server. */
static inline void note_drained(struct pp_go_fd *entry, const struct call *call,
                                uint32_t direction, long result)
{
    if (direction == PP_GO_IN) {
        pp_go_acquired(&io_order);
        bool is_drained = pp_load_relaxed(&entry->is_stream) && result > 0 && result < call->full;
        pp_store_relaxed(&entry->is_drained, is_drained);
    }
}

/* Waits for what is to be read; in a bracket, since somebody else may be faster. */
static long on_shared(const struct call *call, int fd, uint32_t direction)
{
    int failed = direction == PP_GO_IN ? go_wait_fd(fd, POLLIN) : 0;
    return failed && failed != -EPERM ? failed : on_file(call, fd);
}

static long on_other(const struct call *call, int fd, int kind, uint32_t direction)
{
    switch (kind) {
    case PP_GO_FD_FILE:
        return on_file(call, fd);
    case PP_GO_FD_SHARED:
        return on_shared(call, fd, direction);
    default:
        return kind;
    }
}

/* Not open, or beyond the table. */
static int no_entry(int fd)
{
    long flags = pp_sys_call(SYS_fcntl, fd, F_GETFD, 0, 0, 0, 0);
    return flags < 0 ? (int)flags : -EMFILE;
}

static long repeat(int fd, const struct call *call, uint32_t direction)
{
    struct pp_go_fd *entry = pp_go_fd_get(fd);
    if (pp_unlikely(!entry)) {
        return no_entry(fd);
    }
    int kind = pp_go_fd_prepare(fd, entry);
    if (pp_unlikely(kind != PP_GO_FD_POLLED)) {
        return on_other(call, fd, kind, direction);
    }
    int failed = pp_go_ambient_error();
    if (direction == PP_GO_OUT) {
        pp_go_released(&io_order);
    }
    if (!failed && call->full && pp_go_fd_is_empty(entry)) { /* no flags, then */
        failed = pp_go_fd_wait(fd, entry, direction);
    }
    while (!failed) {
        pp_go_fd_expect(entry, direction);
        long result = once(call, fd);
        bool is_over = result != -EAGAIN || call->flags & MSG_DONTWAIT;
        if (is_over && result != -EINTR) {
            note_drained(entry, call, direction, result);
            return result;
        }
        failed = result == -EINTR ? 0 : pp_go_fd_wait(fd, entry, direction);
    }
    return failed;
}

PPROF_API ssize_t go_read(int fd, void *buf, size_t len)
{
    struct call call = { SYS_read, (long)buf, (long)len, 0, 0, (long)len, 0 };
    return repeat(fd, &call, PP_GO_IN);
}

PPROF_API ssize_t go_write(int fd, const void *buf, size_t len)
{
    struct call call = { SYS_write, (long)buf, (long)len, 0, 0, 0, 0 };
    return repeat(fd, &call, PP_GO_OUT);
}

PPROF_API ssize_t go_readv(int fd, const struct iovec *parts, int count)
{
    struct call call = { SYS_readv, (long)parts, count, 0, 0, 0, 0 };
    return repeat(fd, &call, PP_GO_IN);
}

PPROF_API ssize_t go_writev(int fd, const struct iovec *parts, int count)
{
    struct call call = { SYS_writev, (long)parts, count, 0, 0, 0, 0 };
    return repeat(fd, &call, PP_GO_OUT);
}

PPROF_API ssize_t go_recv(int fd, void *buf, size_t len, int flags)
{
    long full = flags ? 0 : (long)len;
    struct call call = { SYS_recvfrom, (long)buf, (long)len, flags, 0, full, flags };
    return repeat(fd, &call, PP_GO_IN);
}

PPROF_API ssize_t go_send(int fd, const void *buf, size_t len, int flags)
{
    struct call call = { SYS_sendto, (long)buf, (long)len, flags, 0, 0, flags };
    return repeat(fd, &call, PP_GO_OUT);
}

PPROF_API ssize_t go_recvmsg(int fd, struct msghdr *message, int flags)
{
    struct call call = { SYS_recvmsg, (long)message, flags, 0, 0, 0, flags };
    return repeat(fd, &call, PP_GO_IN);
}

PPROF_API ssize_t go_sendmsg(int fd, const struct msghdr *message, int flags)
{
    struct call call = { SYS_sendmsg, (long)message, flags, 0, 0, 0, flags };
    return repeat(fd, &call, PP_GO_OUT);
}

PPROF_API int go_write_all(int fd, const void *buf, size_t len)
{
    const char *at = buf;
    while (len) {
        ssize_t n = go_write(fd, at, len);
        if (n < 0) {
            return (int)n;
        }
        at += n;
        len -= (size_t)n;
    }
    return 0;
}

PPROF_API int go_accept(int fd, struct sockaddr *address, socklen_t *len)
{
    struct call call = { SYS_accept4, (long)address, (long)len, SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
                         0, 0 };
    long got;
    do {
        got = repeat(fd, &call, PP_GO_IN);
    } while (got == -ECONNABORTED);
    if (got >= 0) {
        struct pp_go_fd *listener = pp_go_fd_get(fd);
        pp_go_fd_fresh((int)got, listener && listener->is_stream);
    }
    return pp_fd_note_sig((int)got, PP_FD_UNKNOWN, __builtin_return_address(0));
}

/* A listener of this machine's with a full backlog (AF_UNIX): nothing tells when it has room. */
static long connect_soon(int fd, const struct sockaddr *address, socklen_t len)
{
    int64_t nap = GO_MS;
    for (;;) {
        long result = pp_sys_call(SYS_connect, fd, (long)address, len, 0, 0, 0);
        int failed = result == -EAGAIN ? go_sleep(nap) : 0;
        if (failed || result != -EAGAIN) {
            return failed ? failed : result;
        }
        nap = nap < CONNECT_NAP_MAX ? 2 * nap : nap;
    }
}

PPROF_API int go_connect(int fd, const struct sockaddr *address, socklen_t len)
{
    struct pp_go_fd *entry = pp_go_fd_get(fd);
    int failed = entry ? pp_go_fd_prepare(fd, entry) : no_entry(fd);
    if (failed < 0) {
        return failed;
    }
    pp_go_fd_expect(entry, PP_GO_OUT);
    long result = connect_soon(fd, address, len);
    if (result != -EINPROGRESS && result != -EINTR) {
        return (int)result;
    }
    failed = go_wait_fd(fd, POLLOUT);
    int error = 0;
    socklen_t size = sizeof(error);
    if (failed) {
        return failed;
    }
    result = pp_sys_call(SYS_getsockopt, fd, SOL_SOCKET, SO_ERROR, (long)&error, (long)&size, 0);
    return result < 0 ? (int)result : -error;
}

/* 1, 0, -EBADF. */
static int holds_now(int fd, short events)
{
    struct pollfd one = { .fd = fd, .events = events };
    struct timespec none = { 0, 0 };
    bool holds = pp_sys_call(SYS_ppoll, (long)&one, 1, (long)&none, 0, 0, 0) > 0;
    return one.revents & POLLNVAL ? -EBADF : holds;
}

PPROF_API int go_wait_fd(int fd, short events)
{
    struct pp_go_fd *entry = pp_go_fd_get(fd);
    if (events != POLLIN && events != POLLOUT) {
        return -EINVAL;
    }
    if (!entry) {
        return no_entry(fd);
    }
    uint32_t direction = events == POLLIN ? PP_GO_IN : PP_GO_OUT;
    int failed = pp_go_ambient_error();
    while (!failed) {
        pp_go_fd_expect(entry, direction);
        int holds = holds_now(fd, events);
        if (holds) {
            return holds > 0 ? 0 : holds;
        }
        failed = pp_go_fd_wait(fd, entry, direction);
    }
    return failed;
}

PPROF_API int go_close(int fd)
{
    struct pp_go_fd *entry = pp_go_fd_get(fd);
    pp_go_released(&io_order);
    if (entry) {
        pp_go_fd_forget(entry);
    }
    pp_fd_forget_sig(fd);
    return (int)pp_sys_call(SYS_close, fd, 0, 0, 0, 0, 0);
}

/* ---- files ---- */

PPROF_API int go_open(const char *path, int flags, mode_t mode)
{
    struct call call = { SYS_openat, (long)path, flags | O_CLOEXEC, (long)mode, 0, 0, 0 };
    int fd = (int)on_file(&call, AT_FDCWD);
    struct pp_go_fd *entry = fd >= 0 ? pp_go_fd_get(fd) : NULL;
    if (entry) {
        pp_go_fd_forget(entry);
    }
    return pp_fd_note_sig(fd, PP_FD_UNKNOWN, __builtin_return_address(0));
}

PPROF_API ssize_t go_pread(int fd, void *buf, size_t len, off_t offset)
{
    struct call call = { SYS_pread64, (long)buf, (long)len, offset, 0, 0, 0 };
    return on_file(&call, fd);
}

PPROF_API ssize_t go_pwrite(int fd, const void *buf, size_t len, off_t offset)
{
    struct call call = { SYS_pwrite64, (long)buf, (long)len, offset, 0, 0, 0 };
    return on_file(&call, fd);
}

PPROF_API int go_fsync(int fd)
{
    struct call call = { SYS_fsync, 0, 0, 0, 0, 0, 0 };
    return (int)on_file(&call, fd);
}
