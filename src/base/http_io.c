#include "base/http_private.h"

#include "base/atomic.h"
#include "base/log.h"

#include <errno.h>
#include <poll.h>
#include <sys/syscall.h>
#include <time.h>

static const int64_t STALL_NS = 30 * SECOND, REPLY_NS = 600 * SECOND, LINGER_NS = SECOND;

bool pp_http_wait_for(struct pp_http_server *server, int fd, short events, int64_t deadline)
{
    struct pollfd fds[2] = { { fd, events, 0 }, { server->stop_event.fd, POLLIN, 0 } };
    for (;;) {
        int64_t left = deadline < 0 ? 0 : deadline - pp_sys_monotonic_ns();
        if (pp_load(&server->stopping) || left < 0) {
            return false;
        }
        struct timespec timeout = { left / SECOND, left % SECOND };
        long got = pp_sys_call(SYS_ppoll, (long)fds, 2, deadline < 0 ? 0 : (long)&timeout, 0, 0, 0);
        if (got == -EINTR) {
            continue;
        }
        if (got > 0 && fds[1].revents != 0 && !pp_swap(&server->stopping, 1)) {
            pp_log("the program closed a descriptor of ours: %s is not served any more", server->url);
        }
        return got > 0 && fds[0].revents != 0 && !pp_load(&server->stopping);
    }
}

/* A program that closes every descriptor it finds may have got the connection's number for a file of
 * its own: nothing is read from that, or written. */
static bool is_ours(const struct pp_http_connection *c)
{
    return pp_descriptor_is_same(&c->socket);
}

long pp_http_fill(struct pp_http_connection *c, int64_t deadline)
{
    for (;;) {
        if (!pp_http_wait_for(c->server, c->socket.fd, POLLIN, deadline)) {
            return -ETIMEDOUT;
        }
        if (!is_ours(c)) {
            return -EBADF;
        }
        long got = pp_sys_call(SYS_recvfrom, c->socket.fd, (long)(c->buffer + c->have),
                               (long)(sizeof(c->buffer) - c->have), 0, 0, 0);
        if (got == -EAGAIN || got == -EINTR) {
            continue;
        }
        c->have += got > 0 ? (size_t)got : 0;
        return got;
    }
}

static void advance(struct iovec *parts, size_t sent)
{
    for (int i = 0; i < 2 && sent; i++) {
        size_t step = sent < parts[i].iov_len ? sent : parts[i].iov_len;
        parts[i].iov_base = (char *)parts[i].iov_base + step;
        parts[i].iov_len -= step;
        sent -= step;
    }
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

bool pp_http_send_parts(const struct pp_http_connection *c, struct iovec parts[2])
{
    int64_t end = pp_http_in_ns(REPLY_NS);
    while (parts[0].iov_len + parts[1].iov_len) {
        if (!is_ours(c)) {
            return false;
        }
        struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
        long sent = pp_sys_call(SYS_sendmsg, c->socket.fd, (long)&message, MSG_NOSIGNAL, 0, 0, 0);
        if (sent == -EAGAIN) {
            int64_t deadline = earlier(pp_http_in_ns(STALL_NS), end);
            if (!pp_http_wait_for(c->server, c->socket.fd, POLLOUT, deadline)) {
                return false;
            }
        } else if (sent >= 0) {
            advance(parts, (size_t)sent);
        } else if (sent != -EINTR) {
            return false;
        }
    }
    return true;
}

void pp_http_linger(struct pp_http_connection *c)
{
    int64_t deadline = pp_http_in_ns(LINGER_NS);
    if (!is_ours(c)) {
        return;
    }
    pp_sys_call(SYS_shutdown, c->socket.fd, SHUT_WR, 0, 0, 0, 0);
    for (size_t drained = 0; drained < 1 << 20; drained += c->have) {
        c->have = 0;
        if (pp_http_fill(c, deadline) <= 0) {
            return;
        }
    }
}
