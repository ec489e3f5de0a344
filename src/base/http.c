/* The server's threads: one accepts, one serves each connection.
 *
 *   listener, stop event --poll--> accept thread --slot--> connection thread --poll--> client
 *
 * A program may close descriptors it did not open (daemons do), and get their numbers for files of
 * its own: each is closed only while it is the one we opened, and when the listener or the stop
 * event is not, the server ends and says so.
 *
 * Stopping: `stopping` is set, the stop event becomes readable for ever, every poll returns, every
 * thread ends and counts itself out of `live`; the last one wakes the stopper. Connections are
 * never shut down from outside, since their descriptor could be somebody else's by then. */
#include "base/http.h"

#include "base/atomic.h"
#include "base/err.h"
#include "base/http_address.h"
#include "base/http_parse.h"
#include "base/log.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL

/* Out of the way of programs that close or count low descriptors; nearer to the limit where that is
 * lower, and not at all in a process that has few. */
enum { HIGH_DESCRIPTOR = 900, ROOM_ABOVE = 40, DESCRIPTORS_MIN = 128 };
enum { CONNECTIONS_DEFAULT = 16, CONNECTIONS_MAX = 1024, TOKEN_MAX = 255 };
static const int64_t REQUEST_NS = 10 * SECOND, IDLE_NS = 60 * SECOND, STALL_NS = 30 * SECOND,
                     REPLY_NS = 600 * SECOND, LINGER_NS = SECOND;

struct descriptor {
    int fd; /* -1: none */
    dev_t dev;
    ino_t ino;
};

struct connection {
    struct pp_http_server *server;
    struct pp_arena arena;
    uint32_t busy; /* set by the accept thread, cleared by the connection's as its last act */
    struct descriptor socket;
    size_t have;
    char buffer[PP_HTTP_HEAD_MAX + PP_HTTP_BODY_MAX];
};

struct pp_http_server {
    size_t map_bytes;
    struct pp_http_options options;
    struct pp_http_address address;
    struct descriptor listener;
    struct descriptor stop_event; /* a datagram socket, readable once shut down; an eventfd would
                                     share its inode with every other one */
    uint32_t stopping, live;
    char url[160];
    char token[TOKEN_MAX + 1];
    unsigned slot_count;
    struct connection slots[];
};

static void close_fd(int fd)
{
    pp_sys_call(SYS_close, fd, 0, 0, 0, 0, 0);
}

/* ---- descriptors ---------------------------------------------------------------------------- */

static struct descriptor describe(int fd)
{
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) {
        return (struct descriptor){ .fd = fd };
    }
    return (struct descriptor){ fd, st.st_dev, st.st_ino };
}

static uint64_t descriptor_limit(void)
{
    struct rlimit limit;
    long got = pp_sys_call(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, (long)&limit, 0, 0);
    return got == 0 ? limit.rlim_cur : RLIM_INFINITY;
}

static struct descriptor move_high(int fd)
{
    uint64_t limit = descriptor_limit();
    long from = limit < HIGH_DESCRIPTOR + ROOM_ABOVE ? (long)limit - ROOM_ABOVE : HIGH_DESCRIPTOR;
    long high = pp_sys_call(SYS_fcntl, fd, F_DUPFD_CLOEXEC, from, 0, 0, 0);
    if (high >= 0) {
        close_fd(fd);
    }
    return describe(high >= 0 ? (int)high : fd);
}

static bool is_still_ours(const struct descriptor *d)
{
    struct descriptor now = describe(d->fd);
    return d->fd >= 0 && d->ino && now.dev == d->dev && now.ino == d->ino;
}

/* The number is forgotten before it is free, so that a child made by fork in between closes nothing
 * that is not ours. */
static void close_ours(struct descriptor *d)
{
    bool ours = is_still_ours(d);
    int fd = pp_swap(&d->fd, -1);
    if (ours) {
        close_fd(fd);
    }
}

/* ---- waiting and moving bytes --------------------------------------------------------------- */

/* Waits until fd has one of the events. False on timeout (at most until deadline) or stop. Also
 * ends the server when its stop event is ready though nobody stopped it: that is not ours then. */
static bool wait_for(struct pp_http_server *server, int fd, short events, int64_t deadline)
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
        if (got > 0 && fds[1].revents != 0) {
            pp_store(&server->stopping, 1);
        }
        return got > 0 && fds[0].revents != 0 && !pp_load(&server->stopping);
    }
}

static int64_t in_ns(int64_t ns)
{
    return pp_sys_monotonic_ns() + ns;
}

/* Reads more into the buffer: bytes, 0 at the end, -ETIMEDOUT or another error. */
static long fill(struct connection *c, int64_t deadline)
{
    for (;;) {
        if (!wait_for(c->server, c->socket.fd, POLLIN, deadline)) {
            return -ETIMEDOUT;
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

/* Sends both parts; false when the client stalls, goes, or takes for ever. */
static bool send_parts(const struct connection *c, struct iovec parts[2])
{
    int64_t end = in_ns(REPLY_NS);
    while (parts[0].iov_len + parts[1].iov_len) {
        struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
        long sent = pp_sys_call(SYS_sendmsg, c->socket.fd, (long)&message, MSG_NOSIGNAL, 0, 0, 0);
        if (sent == -EAGAIN) {
            if (!wait_for(c->server, c->socket.fd, POLLOUT, earlier(in_ns(STALL_NS), end))) {
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

/* Lets the client read the last reply: closing with unread input would reset the connection. */
static void linger(struct connection *c)
{
    int64_t deadline = in_ns(LINGER_NS);
    pp_sys_call(SYS_shutdown, c->socket.fd, SHUT_WR, 0, 0, 0, 0);
    for (size_t drained = 0; drained < 1 << 20; drained += c->have) {
        c->have = 0;
        if (fill(c, deadline) <= 0) {
            return;
        }
    }
}

/* ---- replies -------------------------------------------------------------------------------- */

static const struct status_row {
    int status;
    const char *reason;
} status_rows[] = {
    { 200, "OK" },
    { 301, "Moved Permanently" },
    { 307, "Temporary Redirect" },
    { 400, "Bad Request" },
    { 401, "Unauthorized" },
    { 403, "Forbidden" },
    { 404, "Not Found" },
    { 405, "Method Not Allowed" },
    { 408, "Request Timeout" },
    { 413, "Request Entity Too Large" },
    { 417, "Expectation Failed" },
    { 431, "Request Header Fields Too Large" },
    { 500, "Internal Server Error" },
    { 501, "Not Implemented" },
    { 503, "Service Unavailable" },
    { 505, "HTTP Version Not Supported" },
};

static const char *reason_of(int status)
{
    for (size_t i = 0; i < sizeof(status_rows) / sizeof(status_rows[0]); i++) {
        if (status_rows[i].status == status) {
            return status_rows[i].reason;
        }
    }
    return "Status";
}

/* "Sun, 06 Nov 1994 08:49:37 GMT" without libc's time zone lock. Days to a civil date by the usual
 * 400-year cycle with years that begin in March. */
static void add_date(struct pp_buf *out)
{
    static const char days[][4] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" };
    static const char months[][4] = { "Mar", "Apr", "May", "Jun", "Jul", "Aug",
                                      "Sep", "Oct", "Nov", "Dec", "Jan", "Feb" };
    int64_t now = pp_sys_wall_ns() / SECOND;
    int64_t day = now / 86400;
    unsigned second = (unsigned)(now % 86400);
    int64_t z = day + 719468;
    unsigned in_era = (unsigned)(z % 146097);
    unsigned year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    unsigned in_year = in_era - (365 * year + year / 4 - year / 100);
    unsigned month = (5 * in_year + 2) / 153;
    pp_buf_printf(out, "Date: %s, %02u %s %lld %02u:%02u:%02u GMT\r\n", days[day % 7],
                  in_year - (153 * month + 2) / 5 + 1, months[month],
                  (long long)(z / 146097 * 400 + year + (month >= 10)), second / 3600,
                  second / 60 % 60, second % 60);
}

static void add_head(struct pp_buf *out, const struct pp_http_reply *reply,
                     const struct pp_http_head *head, bool keep)
{
    pp_buf_printf(out, "HTTP/1.1 %d %s\r\n", reply->status, reason_of(reply->status));
    if (reply->content_type) {
        pp_buf_printf(out, "Content-Type: %s\r\n", reply->content_type);
    }
    pp_buf_append(out, reply->headers.data, reply->headers.len);
    add_date(out);
    pp_buf_printf(out, "Content-Length: %zu\r\n", reply->body.len);
    if (!keep) {
        pp_buf_str(out, "Connection: close\r\n");
    } else if (head->is_http10) {
        pp_buf_str(out, "Connection: keep-alive\r\n");
    }
    pp_buf_str(out, "\r\n");
}

static void set_text(struct pp_http_reply *reply, int status, const char *text)
{
    reply->status = status;
    reply->content_type = "text/plain; charset=utf-8";
    pp_buf_reset(&reply->headers);
    pp_buf_reset(&reply->body);
    pp_buf_printf(&reply->body, "%s\n", text);
}

static bool send_reply(struct connection *c, struct pp_http_reply *reply,
                       const struct pp_http_head *head, bool keep)
{
    struct pp_buf out;
    if (reply->headers.err || reply->body.err) {
        set_text(reply, 500, "not enough memory for this answer");
    }
    pp_buf_init(&out, &c->arena);
    add_head(&out, reply, head, keep);
    if (out.err) {
        return false;
    }
    bool is_head = head->method && strcmp(head->method, "HEAD") == 0;
    struct iovec parts[2] = { { out.data, out.len },
                              { reply->body.data, is_head ? 0 : reply->body.len } };
    return send_parts(c, parts);
}

static void init_reply(struct pp_http_reply *reply, struct pp_arena *arena)
{
    *reply = (struct pp_http_reply){ .status = 200, .content_type = "text/plain; charset=utf-8" };
    pp_buf_init(&reply->headers, arena);
    pp_buf_init(&reply->body, arena);
}

static void refuse(struct connection *c, int status)
{
    struct pp_http_reply reply;
    struct pp_http_head head = { .method = NULL };
    init_reply(&reply, &c->arena);
    set_text(&reply, status, reason_of(status));
    send_reply(c, &reply, &head, false);
}

/* ---- who may ask ---------------------------------------------------------------------------- */

/* The value of one cookie, to its end; NULL when absent. */
static const char *cookie_value(struct pp_arena *arena, const char *cookies, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = cookies; at && *at;) {
        at += strspn(at, "; ");
        size_t whole = strcspn(at, ";");
        if (whole > len && strncmp(at, name, len) == 0 && at[len] == '=') {
            return pp_arena_strndup(arena, at + len + 1, whole - len - 1);
        }
        at += whole;
    }
    return NULL;
}

static const char *presented_token(struct connection *c, const struct pp_http_head *head)
{
    if (head->authorization && strncasecmp(head->authorization, "Bearer ", 7) == 0) {
        return head->authorization + 7;
    }
    const char *given = pp_http_param(&c->arena, head->query, "token");
    return given ? given : cookie_value(&c->arena, head->cookie, "pprof_token");
}

/* True when the request may go on; else the reply says why not. */
static bool may_ask(struct connection *c, const struct pp_http_head *head,
                    struct pp_http_reply *reply)
{
    const struct pp_http_server *server = c->server;
    const char *given = server->token[0] ? presented_token(c, head) : NULL;
    bool has_token = given && pp_http_same_secret(server->token, given);
    bool host_ok = !head->host || pp_http_host_is_ours(&server->address, head->host);
    if (!host_ok && !(has_token && !server->address.is_local)) {
        set_text(reply, 403,
                 "This server answers to local names only, and the Host header names another one. "
                 "Ask for localhost or the address it listens on.");
        return false;
    }
    if (server->token[0] && !has_token) {
        set_text(reply, 401,
                 "This server wants its token: send the header \"Authorization: Bearer TOKEN\" or "
                 "add token=TOKEN to the address.");
        pp_buf_str(&reply->headers, "WWW-Authenticate: Bearer\r\n");
        return false;
    }
    return true;
}

/* ---- one request ---------------------------------------------------------------------------- */

/* Reads until the head is complete: its length, 0 to close silently, or a negative status. */
static long read_head(struct connection *c)
{
    if (c->have == 0 && fill(c, in_ns(IDLE_NS)) <= 0) {
        return 0;
    }
    int64_t deadline = in_ns(REQUEST_NS);
    for (;;) {
        size_t end = pp_http_head_end(c->buffer, c->have);
        if (end > PP_HTTP_HEAD_MAX || (!end && c->have >= PP_HTTP_HEAD_MAX)) {
            return -431;
        }
        if (end) {
            return (long)end;
        }
        long got = fill(c, deadline);
        if (got <= 0) {
            return got == -ETIMEDOUT && !pp_load(&c->server->stopping) ? -408 : 0;
        }
    }
}

static bool read_body(struct connection *c, const struct pp_http_head *head, size_t head_len)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    int64_t deadline = in_ns(REQUEST_NS);
    if (head->wants_continue && c->have < head_len + head->body_len) {
        struct iovec parts[2] = { { (void *)(uintptr_t)go_on, sizeof(go_on) - 1 }, { NULL, 0 } };
        if (!send_parts(c, parts)) {
            return false;
        }
    }
    while (c->have < head_len + head->body_len) {
        if (fill(c, deadline) <= 0) {
            return false;
        }
    }
    return true;
}

static bool answer(struct connection *c, const struct pp_http_head *head, size_t head_len)
{
    struct pp_http_reply reply;
    struct pp_http_request request = {
        .method = head->method,
        .path = head->path,
        .query = head->query,
        .host = head->host ? head->host : "",
        .site = head->site ? head->site : "",
        .body = pp_arena_strndup(&c->arena, c->buffer + head_len, head->body_len),
        .body_len = head->body_len,
        .arena = &c->arena,
        .fd = c->socket.fd,
        .server = c->server,
    };
    init_reply(&reply, &c->arena);
    if (!request.body) {
        set_text(&reply, 500, "not enough memory for this request");
    } else if (may_ask(c, head, &reply)) {
        c->server->options.handle(c->server->options.ctx, &request, &reply);
    }
    return send_reply(c, &reply, head, head->keep_alive) && head->keep_alive;
}

/* Serves the next request; false when the connection is to be closed. */
static bool serve_one(struct connection *c)
{
    struct pp_http_head head;
    long head_len = read_head(c);
    if (head_len <= 0) {
        if (head_len < 0) {
            refuse(c, (int)-head_len);
        }
        return false;
    }
    int status = pp_http_parse_head(c->buffer, (size_t)head_len, &head);
    if (!status && !read_body(c, &head, (size_t)head_len)) {
        status = 408;
    }
    if (status) {
        refuse(c, status);
        return false;
    }
    bool keep = answer(c, &head, (size_t)head_len);
    size_t used = (size_t)head_len + head.body_len;
    c->have -= used;
    memmove(c->buffer, c->buffer + used, c->have);
    return keep;
}

static void leave(struct pp_http_server *server)
{
    if (pp_add(&server->live, (uint32_t)-1) == 1) {
        pp_sys_futex_wake(&server->live, 1);
    }
}

static void *connection_main(void *arg)
{
    struct connection *c = arg;
    struct pp_http_server *server = c->server;
    bool keep;
    pp_arena_init(&c->arena, 0);
    do {
        keep = serve_one(c);
        pp_arena_release(&c->arena);
    } while (keep);
    linger(c);
    close_ours(&c->socket);
    pp_store_release(&c->busy, 0);
    leave(server);
    return NULL;
}

/* ---- accepting ------------------------------------------------------------------------------ */

/* A unix socket's peer must be this user or root; TCP has no such knowledge. */
static bool peer_is_friend(const struct pp_http_server *server, int fd)
{
    struct ucred peer = { 0, (uid_t)-1, (gid_t)-1 };
    socklen_t len = sizeof(peer);
    if (!server->address.is_unix) {
        return true;
    }
    long got = pp_sys_call(SYS_getsockopt, fd, SOL_SOCKET, SO_PEERCRED, (long)&peer, (long)&len, 0);
    return got == 0 && (peer.uid == 0 || peer.uid == geteuid());
}

static struct connection *free_slot(struct pp_http_server *server)
{
    for (unsigned i = 0; i < server->slot_count; i++) {
        if (!pp_load_acquire(&server->slots[i].busy)) {
            return &server->slots[i];
        }
    }
    return NULL;
}

static void turn_away(int fd, const char *status, const char *text)
{
    char reply[512];
    int len = snprintf(reply, sizeof(reply),
                       "HTTP/1.1 %s\r\nContent-Type: text/plain; charset=utf-8\r\n"
                       "Content-Length: %zu\r\nConnection: close\r\n\r\n%s\n",
                       status, strlen(text) + 1, text);
    pp_sys_call(SYS_sendto, fd, (long)reply, len, MSG_NOSIGNAL | MSG_DONTWAIT, 0, 0);
    pp_sys_call(SYS_shutdown, fd, SHUT_WR, 0, 0, 0, 0);
    close_fd(fd);
}

static void start_connection(struct pp_http_server *server, int fd)
{
    struct connection *c = free_slot(server);
    int one = 1;
    if (!peer_is_friend(server, fd)) {
        turn_away(fd, "403 Forbidden", "this socket serves its owner and root only");
        return;
    }
    if (!c) {
        turn_away(fd, "503 Service Unavailable", "all connections are in use; try again later");
        return;
    }
    if (!server->address.is_unix) {
        pp_sys_call(SYS_setsockopt, fd, IPPROTO_TCP, TCP_NODELAY, (long)&one, sizeof(one), 0);
    }
    c->server = server;
    c->have = 0;
    c->socket = describe(fd);
    pp_store(&c->busy, 1);
    pp_add(&server->live, 1);
    if (server->options.start_thread("conn", connection_main, c) != 0) {
        close_ours(&c->socket);
        pp_store_release(&c->busy, 0);
        leave(server);
    }
}

static void accept_one(struct pp_http_server *server)
{
    if (!is_still_ours(&server->listener)) {
        pp_log("the program closed the descriptor of %s; it is not served any more", server->url);
        pp_store(&server->stopping, 1);
        return;
    }
    const int flags = SOCK_CLOEXEC | SOCK_NONBLOCK;
    long fd = pp_sys_call(SYS_accept4, server->listener.fd, 0, 0, flags, 0, 0);
    if (fd >= 0) {
        start_connection(server, (int)fd);
    } else if (fd == -EMFILE || fd == -ENFILE || fd == -ENOBUFS || fd == -ENOMEM) {
        /* The program is out of descriptors: the connection stays queued; do not spin on it. */
        wait_for(server, -1, 0, in_ns(SECOND / 10));
    }
}

static void *accept_main(void *arg)
{
    struct pp_http_server *server = arg;
    while (!pp_load(&server->stopping)) {
        if (wait_for(server, server->listener.fd, POLLIN, -1)) {
            accept_one(server);
        }
    }
    leave(server);
    return NULL;
}

/* ---- life ----------------------------------------------------------------------------------- */

static struct pp_http_server *new_server(const struct pp_http_options *options)
{
    unsigned slots = options->max_connections ? options->max_connections : CONNECTIONS_DEFAULT;
    slots = slots > CONNECTIONS_MAX ? CONNECTIONS_MAX : slots;
    size_t bytes = sizeof(struct pp_http_server) + slots * sizeof(struct connection);
    struct pp_http_server *server = pp_sys_reserve(bytes);
    if (!server) {
        return NULL;
    }
    server->map_bytes = bytes;
    server->options = *options;
    server->slot_count = slots;
    server->listener.fd = -1;
    server->stop_event.fd = -1;
    for (unsigned i = 0; i < slots; i++) {
        server->slots[i].socket.fd = -1;
    }
    return server;
}

static void free_server(struct pp_http_server *server)
{
    close_ours(&server->listener);
    close_ours(&server->stop_event);
    pp_sys_unmap(server, server->map_bytes);
}

static int take_token(struct pp_http_server *server, const char *text, struct pprof_error *error)
{
    const char *token = server->options.token;
    server->options.token = NULL;
    if (token && strlen(token) > TOKEN_MAX) {
        return pp_err_set(error, PPROF_ERR_INVALID, "the token is longer than %d bytes", TOKEN_MAX);
    }
    if (token) {
        memcpy(server->token, token, strlen(token));
    }
    if (!server->address.is_local && !server->token[0]) {
        return pp_err_set(error, PPROF_ERR_REFUSED,
                          "%.200s can be reached from other machines, so a token is needed; set "
                          "one (PPROF_TOKEN) or listen on localhost",
                          text);
    }
    return 0;
}

static int open_server(struct pp_http_server *server, const char *text, struct pprof_error *error)
{
    if (descriptor_limit() < DESCRIPTORS_MIN) {
        return pp_err_set(
            error, PPROF_ERR_LIMIT,
            "this process may open only %llu files (ulimit -n), and needs them itself",
            (unsigned long long)descriptor_limit());
    }
    int failed = pp_http_address_parse(text, &server->address, error);
    failed = failed ? failed : take_token(server, text, error);
    int listener;
    failed = failed ? failed : pp_http_listen(text, &server->address, &listener, error);
    if (failed) {
        return failed;
    }
    server->listener = move_high(listener);
    long event = pp_sys_call(SYS_socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, 0, 0, 0);
    if (event < 0) {
        return pp_err_errno(error, PPROF_ERR_SYSTEM, (int)-event, "cannot make a stop event");
    }
    server->stop_event = move_high((int)event);
    pp_http_address_url(&server->address, server->url, sizeof(server->url));
    server->live = 1;
    if (server->options.start_thread("http", accept_main, server) != 0) {
        return pp_err_set(error, PPROF_ERR_SYSTEM, "cannot start a thread to serve %.200s", text);
    }
    return 0;
}

int pp_http_start(const char *address, const struct pp_http_options *options,
                  struct pp_http_server **server, struct pprof_error *error)
{
    struct pp_http_server *made = new_server(options);
    if (!made) {
        return pp_err_set(error, PPROF_ERR_NOMEM, "no memory for a server");
    }
    int failed = open_server(made, address, error);
    if (failed) {
        pp_http_address_remove(&made->address);
        free_server(made);
        return failed;
    }
    *server = made;
    return 0;
}

const char *pp_http_url(const struct pp_http_server *server)
{
    return server->url;
}

void pp_http_stop(struct pp_http_server *server)
{
    uint32_t live;
    pp_store(&server->stopping, 1);
    if (is_still_ours(&server->stop_event)) {
        pp_sys_call(SYS_shutdown, server->stop_event.fd, SHUT_RDWR, 0, 0, 0, 0);
    }
    while ((live = pp_load(&server->live)) != 0) {
        pp_sys_futex_wait(&server->live, live, SECOND / 10);
    }
    pp_http_address_remove(&server->address);
    free_server(server);
}

void pp_http_forget_file(const struct pp_http_server *server)
{
    pp_http_address_remove(&server->address);
}

void pp_http_after_fork(struct pp_http_server *server)
{
    for (unsigned i = 0; i < server->slot_count; i++) {
        close_ours(&server->slots[i].socket);
    }
    free_server(server);
}

bool pp_http_gone(const struct pp_http_request *request)
{
    char byte;
    if (pp_load(&request->server->stopping)) {
        return true;
    }
    long got =
        pp_sys_call(SYS_recvfrom, request->fd, (long)&byte, 1, MSG_PEEK | MSG_DONTWAIT, 0, 0);
    return got == 0 || (got < 0 && got != -EAGAIN && got != -EINTR);
}
