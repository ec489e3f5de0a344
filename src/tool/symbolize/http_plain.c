/* HTTP/1.1 over TCP and unix sockets: one request, "Connection: close", one answer.
 *
 *   connect -> send -> status line, headers -> body: chunked | Content-Length | to the end
 *
 * The answer is hostile until parsed: lines and headers capped, sizes checked, one deadline for
 * all.
 */
#include "base/err.h"
#include "base/sys.h"
#include "tool/symbolize/http_hop.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { HEAD_MAX_BYTES = 1 << 20 };

struct conn {
    int fd;
    int64_t deadline_ns;
    struct pprof_error *error;
    size_t head_left; /* what lines may still take together */
    size_t pos, len;  /* unread part of buf */
    char buf[65536];
};

static int fail_timeout(struct conn *conn)
{
    return pp_err_set(conn->error, PPROF_ERR_CANCELED,
                      "context deadline exceeded: no complete answer in time (-timeout sets how "
                      "many seconds to wait)");
}

/* 0 when ready, else an error. */
static int wait_for(struct conn *conn, short events)
{
    struct pollfd poll_fd = {.fd = conn->fd, .events = events};
    for (;;) {
        int timeout_ms = -1;
        if (conn->deadline_ns) {
            int64_t left = conn->deadline_ns - pp_sys_monotonic_ns();
            if (left <= 0) {
                return fail_timeout(conn);
            }
            int64_t ms = left / 1000000 + 1;
            timeout_ms = ms > INT_MAX ? INT_MAX : (int)ms;
        }
        int n = poll(&poll_fd, 1, timeout_ms);
        if (n > 0) {
            return 0;
        }
        if (n < 0 && errno != EINTR) {
            return pp_err_errno(conn->error, PPROF_ERR_SYSTEM, errno, "poll");
        }
    }
}

/* Starts and finishes one non-blocking connect: 0, a positive errno value, or an error. */
static int try_connect(struct conn *conn, int family, const struct sockaddr *address, socklen_t len)
{
    conn->fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (conn->fd < 0) {
        return errno;
    }
    if (connect(conn->fd, address, len) == 0) {
        return 0;
    }
    int err = errno;
    if (err == EINPROGRESS) {
        int r = wait_for(conn, POLLOUT);
        socklen_t size = sizeof(err);
        if (r == 0 && getsockopt(conn->fd, SOL_SOCKET, SO_ERROR, &err, &size) == 0 && err == 0) {
            return 0;
        }
        err = r ? r : err;
    }
    close(conn->fd);
    conn->fd = -1;
    return err;
}

static int connect_unix(struct conn *conn, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(address.sun_path)) {
        return pp_err_set(conn->error, PPROF_ERR_ADDRESS, "socket path too long: %s", path);
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    int r = try_connect(conn, AF_UNIX, (struct sockaddr *)&address, sizeof(address));
    return r > 0 ? pp_err_lower(conn->error, PPROF_ERR_SYSTEM, r, "dial unix %s: connect", path) : r;
}

/* port is a number: URLs have no other. */
static int resolve(struct conn *conn, const struct pp_url *url, const char *port,
                   struct addrinfo **list)
{
    /* localhost is this machine, whatever a resolver says or lacks (RFC 6761), as is a port alone:
     * no host asks for that. */
    bool is_local = !url->host[0] || strcasecmp(url->host, "localhost") == 0;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = is_local ? 0 : AI_ADDRCONFIG};
    if (strlen(port) > 5 || atoi(port) > UINT16_MAX) {
        return pp_err_set(conn->error, PPROF_ERR_ADDRESS, "dial tcp: address %s: invalid port",
                          port);
    }
    int r = getaddrinfo(is_local ? NULL : url->host, port, &hints, list);
    const char *why = r == EAI_NONAME || r == EAI_NODATA ? "no such host" : gai_strerror(r);
    return r ? pp_err_set(conn->error, PPROF_ERR_ADDRESS, "dial tcp: lookup %s: %s", url->host, why)
             : 0;
}

static int fail_connect(struct conn *conn, const struct addrinfo *to, const char *port, int err)
{
    char host[NI_MAXHOST] = "";
    (void)getnameinfo(to->ai_addr, to->ai_addrlen, host, sizeof(host), NULL, 0, NI_NUMERICHOST);
    return pp_err_lower(conn->error, PPROF_ERR_SYSTEM, err,
                        to->ai_family == AF_INET6 ? "dial tcp [%s]:%s: connect"
                                                  : "dial tcp %s:%s: connect",
                        host, port);
}

/* To the first address that answers; what is wrong with the first one is told. */
static int connect_tcp(struct conn *conn, const struct pp_url *url)
{
    const char *port = url->port[0] ? url->port : "80";
    struct addrinfo *list = NULL;
    int r = resolve(conn, url, port, &list), first = 0;
    if (r) {
        return r;
    }
    r = EHOSTUNREACH;
    for (struct addrinfo *a = list; a && r > 0; a = a->ai_next) {
        r = try_connect(conn, a->ai_family, a->ai_addr, a->ai_addrlen);
        first = first ? first : r;
    }
    r = r > 0 ? fail_connect(conn, list, port, first) : r;
    freeaddrinfo(list);
    return r;
}

static void put_base64(struct pp_buf *out, const char *text)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i += 3) {
        uint32_t v = 0;
        for (size_t k = 0; k < 3; k++) {
            v = v << 8 | (i + k < len ? (unsigned char)text[i + k] : 0);
        }
        for (size_t k = 0; k < 4; k++) {
            pp_buf_char(out, i + k > len ? '=' : digits[v >> (18 - 6 * k) & 63]);
        }
    }
}

/* Control characters in a URL would split the request; they travel percent-encoded. */
static void put_target(struct pp_buf *out, const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p <= ' ' || *p == 0x7f) {
            pp_buf_printf(out, "%%%02X", *p);
        } else {
            pp_buf_char(out, (char)*p);
        }
    }
}

static void put_host(struct pp_buf *out, const struct pp_url *url)
{
    pp_buf_str(out, "Host: ");
    pp_buf_str(out, strchr(url->host, ':') ? "[" : "");
    put_target(out, url->host);
    pp_buf_str(out, strchr(url->host, ':') ? "]" : "");
    if (url->port[0]) {
        pp_buf_printf(out, ":%s", url->port);
    }
    pp_buf_str(out, "\r\n");
}

static void put_request(struct pp_buf *out, const struct pp_http_hop *hop)
{
    const struct pp_url *url = hop->url;
    const struct pp_http_call *call = hop->call;
    pp_buf_str(out, call->body ? "POST " : "GET ");
    put_target(out, url->path[0] ? url->path : "/");
    if (url->query[0]) {
        pp_buf_char(out, '?');
        put_target(out, url->query);
    }
    pp_buf_str(out, " HTTP/1.1\r\n");
    put_host(out, url);
    pp_buf_str(out, "User-Agent: pprof\r\nConnection: close\r\n");
    if (hop->token) {
        pp_buf_str(out, "Authorization: Bearer ");
        put_target(out, hop->token);
        pp_buf_str(out, "\r\n");
    } else if (url->user) {
        pp_buf_str(out, "Authorization: Basic ");
        put_base64(out, url->user);
        pp_buf_str(out, "\r\n");
    }
    pp_buf_str(out, call->body ? "" : "Accept-Encoding: gzip\r\n");
    if (call->body) {
        pp_buf_printf(out, "Content-Type: application/octet-stream\r\nContent-Length: %zu\r\n",
                      call->body_len);
    }
    pp_buf_str(out, "\r\n");
    pp_buf_append(out, call->body, call->body ? call->body_len : 0);
}

static int send_all(struct conn *conn, const char *data, size_t len)
{
    while (len) {
        ssize_t n = send(conn->fd, data, len, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN) {
            int r = wait_for(conn, POLLOUT);
            if (r) {
                return r;
            }
        } else if (n < 0 && errno != EINTR) {
            return pp_err_errno(conn->error, PPROF_ERR_SYSTEM, errno, "sending the request");
        } else if (n > 0) {
            data += n;
            len -= (size_t)n;
        }
    }
    return 0;
}

static int send_request(struct conn *conn, const struct pp_http_hop *hop, struct pp_arena *arena)
{
    struct pp_buf request;
    pp_buf_init(&request, arena);
    put_request(&request, hop);
    if (request.err) {
        return pp_err_set(conn->error, PPROF_ERR_NOMEM, "out of memory");
    }
    return send_all(conn, request.data, request.len);
}

/* Up to cap bytes: their number, 0 at the end of the stream, or an error. */
static ssize_t receive(struct conn *conn, char *to, size_t cap)
{
    for (;;) {
        ssize_t n = recv(conn->fd, to, cap, 0);
        if (n >= 0) {
            return n;
        }
        int r = 0;
        if (errno == EAGAIN) {
            r = wait_for(conn, POLLIN);
        } else if (errno != EINTR) {
            r = pp_err_errno(conn->error, PPROF_ERR_SYSTEM, errno, "reading the answer");
        }
        if (r) {
            return r;
        }
    }
}

/* Makes at least one unread byte: 1, 0 at the end, or an error. */
static int fill(struct conn *conn)
{
    if (conn->pos < conn->len) {
        return 1;
    }
    ssize_t n = receive(conn, conn->buf, sizeof(conn->buf));
    if (n <= 0) {
        return (int)n;
    }
    conn->pos = 0;
    conn->len = (size_t)n;
    return 1;
}

static int fail_truncated(struct conn *conn)
{
    return pp_err_set(conn->error, PPROF_ERR_TRUNCATED,
                      "the server closed before its answer was complete");
}

/* A line without its end into line (reset first). */
static int read_line(struct conn *conn, struct pp_buf *line)
{
    pp_buf_reset(line);
    for (;;) {
        int r = fill(conn);
        if (r <= 0) {
            return r ? r : fail_truncated(conn);
        }
        const char *start = conn->buf + conn->pos;
        const char *newline = memchr(start, '\n', conn->len - conn->pos);
        size_t n = newline ? (size_t)(newline - start) : conn->len - conn->pos;
        if (n >= conn->head_left) {
            return pp_err_set(conn->error, PPROF_ERR_LIMIT, "more than %d bytes of headers",
                              HEAD_MAX_BYTES);
        }
        conn->head_left -= n + 1;
        pp_buf_append(line, start, n);
        conn->pos += n + (newline != NULL);
        if (newline) {
            while (line->len && line->data[line->len - 1] == '\r') {
                line->data[--line->len] = '\0';
            }
            return line->err;
        }
    }
}

struct framing {
    bool chunked, has_length;
    uint64_t length;
};

static int take_framing(struct conn *conn, struct framing *framing, const char *line)
{
    if (!strncasecmp(line, "Transfer-Encoding:", 18)) {
        framing->chunked = strcasestr(line + 18, "chunked") != NULL;
    } else if (!strncasecmp(line, "Content-Length:", 15)) {
        const char *p = line + 15 + strspn(line + 15, " \t");
        char *end;
        errno = 0;
        framing->length = strtoull(p, &end, 10);
        framing->has_length = true;
        if (!isdigit((unsigned char)*p) || errno || end[strspn(end, " \t")]) {
            return pp_err_set(conn->error, PPROF_ERR_FORMAT, "bad Content-Length: %.40s", p);
        }
    }
    return 0;
}

static int read_headers(struct conn *conn, struct pp_http_hop *hop, struct pp_http_answer *answer,
                        struct framing *framing, struct pp_buf *line)
{
    for (;;) {
        int r = read_line(conn, line);
        if (r || line->len == 0) {
            return r;
        }
        pp_http_take_header(hop, answer, line->data, line->len);
        r = take_framing(conn, framing, line->data);
        if (r) {
            return r;
        }
    }
}

/* Status line and headers; interim 1xx answers are passed over. */
static int read_head(struct conn *conn, struct pp_http_hop *hop, struct pp_http_answer *answer,
                     struct framing *framing)
{
    struct pp_buf line;
    pp_buf_init(&line, answer->body.arena);
    do {
        *framing = (struct framing){0};
        int r = read_line(conn, &line);
        if (r) {
            return r;
        }
        if (!pp_http_take_status(answer, line.data ? line.data : "", line.len)) {
            return pp_err_set(conn->error, PPROF_ERR_FORMAT, "not an HTTP answer: %.60s",
                              line.data ? line.data : "");
        }
        r = read_headers(conn, hop, answer, framing, &line);
        if (r) {
            return r;
        }
    } while (answer->status < 200 && answer->status != 101);
    return 0;
}

/* Appends what arrives, at most max bytes: their number, 0 at the end, or an error. */
static ssize_t read_some(struct conn *conn, struct pp_buf *body, uint64_t max, size_t cap)
{
    if (body->len >= cap) {
        return pp_err_set(conn->error, PPROF_ERR_LIMIT, "the answer is larger than %zu MiB",
                          cap >> 20);
    }
    size_t want = max < 262144 ? (size_t)max : 262144;
    char *room = pp_buf_room(body, want);
    if (!room) {
        return pp_err_set(conn->error, PPROF_ERR_NOMEM, "out of memory after %zu bytes", body->len);
    }
    size_t held = conn->len - conn->pos;
    ssize_t n;
    if (held) {
        n = (ssize_t)(held < want ? held : want);
        memcpy(room, conn->buf + conn->pos, (size_t)n);
        conn->pos += (size_t)n;
    } else {
        n = receive(conn, room, want);
    }
    if (n > 0) {
        body->len += (size_t)n;
        body->data[body->len] = '\0';
    }
    return n;
}

static int read_exactly(struct conn *conn, struct pp_buf *body, uint64_t length, size_t cap)
{
    while (length) {
        ssize_t n = read_some(conn, body, length, cap);
        if (n <= 0) {
            return n ? (int)n : fail_truncated(conn);
        }
        length -= (uint64_t)n;
    }
    return 0;
}

static int read_to_end(struct conn *conn, struct pp_buf *body, size_t cap)
{
    ssize_t n;
    do {
        n = read_some(conn, body, UINT64_MAX, cap);
    } while (n > 0);
    return (int)n;
}

static int read_chunked(struct conn *conn, struct pp_buf *body, size_t cap)
{
    struct pp_buf line;
    pp_buf_init(&line, body->arena);
    for (;;) {
        conn->head_left = HEAD_MAX_BYTES;
        int r = read_line(conn, &line);
        if (r) {
            return r;
        }
        char *end = NULL;
        errno = 0;
        uint64_t size = line.len ? strtoull(line.data, &end, 16) : 0;
        if (!line.len || !isxdigit((unsigned char)line.data[0]) || errno) {
            return pp_err_set(conn->error, PPROF_ERR_FORMAT, "bad chunk size in the answer");
        }
        if (size == 0) {
            return 0;
        }
        r = read_exactly(conn, body, size, cap);
        r = r ? r : read_line(conn, &line);
        if (r) {
            return r;
        }
    }
}

static int read_body(struct conn *conn, const struct framing *framing,
                     struct pp_http_answer *answer, size_t cap)
{
    if (answer->status == 204 || answer->status == 304) {
        return 0;
    }
    if (framing->chunked) {
        return read_chunked(conn, &answer->body, cap);
    }
    return framing->has_length ? read_exactly(conn, &answer->body, framing->length, cap)
                               : read_to_end(conn, &answer->body, cap);
}

static int exchange(struct conn *conn, struct pp_http_hop *hop, struct pp_http_answer *answer)
{
    struct framing framing;
    int r = hop->url->socket ? connect_unix(conn, hop->url->socket) : connect_tcp(conn, hop->url);
    r = r ? r : send_request(conn, hop, answer->body.arena);
    r = r ? r : read_head(conn, hop, answer, &framing);
    return r ? r : read_body(conn, &framing, answer, hop->body_cap);
}

int pp_http_plain(struct pp_http_hop *hop, struct pp_http_answer *answer, struct pprof_error *error)
{
    struct conn *conn = pp_arena_alloc(answer->body.arena, sizeof(*conn));
    if (!conn) {
        return pp_err_set(error, PPROF_ERR_NOMEM, "out of memory");
    }
    conn->fd = -1;
    conn->deadline_ns = hop->deadline_ns;
    conn->error = error;
    conn->head_left = HEAD_MAX_BYTES;
    int r = exchange(conn, hop, answer);
    if (conn->fd >= 0) {
        close(conn->fd);
    }
    return r;
}
