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
#include "base/http_private.h"

#include "base/atomic.h"
#include "base/err.h"
#include "base/log.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CONNECTIONS_DEFAULT = 16, CONNECTIONS_MAX = 1024, DESCRIPTORS_MIN = 128 };

void pp_http_leave(struct pp_http_server *server)
{
    if (pp_add(&server->live, (uint32_t)-1) == 1) {
        pp_sys_futex_wake(&server->live, 1);
    }
}

/* --- accepting ---------------------------------------------------------------------------- */

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

static struct pp_http_connection *free_slot(struct pp_http_server *server)
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
    pp_sys_close(fd);
}

static void start_connection(struct pp_http_server *server, int fd)
{
    struct pp_http_connection *c = free_slot(server);
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
    c->socket = pp_descriptor_of(fd);
    pp_store(&c->busy, 1);
    pp_add(&server->live, 1);
    if (server->options.start_thread("conn", pp_http_connection_main, c) != 0) {
        pp_descriptor_close(&c->socket);
        pp_store_release(&c->busy, 0);
        pp_http_leave(server);
    }
}

static void accept_one(struct pp_http_server *server)
{
    if (!pp_descriptor_is_same(&server->listener)) {
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
        pp_http_wait_for(server, -1, 0, pp_http_in_ns(SECOND / 10));
    }
}

static void *accept_main(void *arg)
{
    struct pp_http_server *server = arg;
    if (server->options.prepare) {
        server->options.prepare(server->options.ctx);
    }
    while (!pp_load(&server->stopping)) {
        if (pp_http_wait_for(server, server->listener.fd, POLLIN, -1)) {
            accept_one(server);
        }
    }
    pp_http_leave(server);
    return NULL;
}

/* --- life --------------------------------------------------------------------------------- */

static struct pp_http_server *new_server(const struct pp_http_options *options)
{
    unsigned slots = options->max_connections ? options->max_connections : CONNECTIONS_DEFAULT;
    slots = slots > CONNECTIONS_MAX ? CONNECTIONS_MAX : slots;
    size_t bytes = sizeof(struct pp_http_server) + slots * sizeof(struct pp_http_connection);
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
    pp_descriptor_close(&server->listener);
    pp_descriptor_close(&server->stop_event);
    pp_sys_unmap(server, server->map_bytes);
}

static int take_token(struct pp_http_server *server, const char *text, struct pprof_error *error)
{
    const char *token = server->options.token;
    server->options.token = NULL;
    if (token && strlen(token) > PP_HTTP_TOKEN_MAX) {
        return pp_err_set(error, PPROF_ERR_INVALID, "the token is longer than %d bytes",
                          PP_HTTP_TOKEN_MAX);
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
    if (pp_sys_limit(RLIMIT_NOFILE) < DESCRIPTORS_MIN) {
        return pp_err_set(
            error, PPROF_ERR_LIMIT,
            "this process may open only %llu files (ulimit -n), and needs them itself",
            (unsigned long long)pp_sys_limit(RLIMIT_NOFILE));
    }
    int failed = pp_http_address_parse(text, &server->address, error);
    failed = failed ? failed : take_token(server, text, error);
    int listener;
    failed = failed ? failed : pp_http_listen(text, &server->address, &listener, error);
    if (failed) {
        return failed;
    }
    server->listener = pp_descriptor_move_high(listener);
    long event = pp_sys_call(SYS_socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, 0, 0, 0);
    if (event < 0) {
        return pp_err_errno(error, PPROF_ERR_SYSTEM, (int)-event, "cannot make a stop event");
    }
    server->stop_event = pp_descriptor_move_high((int)event);
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
    if (pp_descriptor_is_same(&server->stop_event)) {
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
        pp_descriptor_close(&server->slots[i].socket);
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
