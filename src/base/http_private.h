/* The server from inside: what its files share.
 *
 *   http.c          life, and the thread that accepts
 *   http_request.c  a connection's thread: read, ask whether it may, handle
 *   http_reply.c    heads and texts of replies
 *   http_io.c       bytes in and out, with deadlines
 *
 * Invariants
 *  - a slot belongs to the accepting thread until `busy` is set and to its connection's thread
 *    until that one clears it, as its last act there.
 *  - `stopping` is never cleared; once it is set, every wait ends with false.
 *  - `live` counts the threads; whoever takes it to 0 touches the server no more.
 */
#ifndef PP_BASE_HTTP_PRIVATE_H
#define PP_BASE_HTTP_PRIVATE_H

#include "base/descriptor.h"
#include "base/http.h"
#include "base/http_address.h"
#include "base/http_parse.h"
#include "base/sys.h"

#include <stdint.h>
#include <sys/uio.h>

#define SECOND 1000000000LL

enum { PP_HTTP_TOKEN_MAX = 255 };

struct pp_http_connection {
    struct pp_http_server *server;
    struct pp_arena arena;
    uint32_t busy;
    struct pp_descriptor socket;
    size_t have; /* bytes in the buffer */
    char buffer[PP_HTTP_HEAD_MAX + PP_HTTP_BODY_MAX];
};

struct pp_http_server {
    size_t map_bytes;
    struct pp_http_options options;
    struct pp_http_address address;
    struct pp_descriptor listener;
    struct pp_descriptor stop_event; /* a datagram socket, readable once shut down; an eventfd would
                                        share its inode with every other one */
    uint32_t stopping, live;
    char url[160];
    char token[PP_HTTP_TOKEN_MAX + 1];
    unsigned slot_count;
    struct pp_http_connection slots[];
};

/* The moment so many nanoseconds from now, as the functions below want it. */
static inline int64_t pp_http_in_ns(int64_t ns)
{
    return pp_sys_monotonic_ns() + ns;
}

/* Waits until fd (-1: none) has one of the events. False on timeout (deadline -1: never) or stop.
 * Also stops the server when its stop event is ready though nobody stopped it: the number is not
 * ours then. */
bool pp_http_wait_for(struct pp_http_server *server, int fd, short events, int64_t deadline);

/* Reads more into the buffer: bytes, 0 at the end, -ETIMEDOUT or another error. */
long pp_http_fill(struct pp_http_connection *c, int64_t deadline);

/* Sends both parts, and moves them along; false when the client stalls, goes, or takes for ever. */
bool pp_http_send_parts(const struct pp_http_connection *c, struct iovec parts[2]);

/* Lets the client read the last reply: closing with unread input would reset the connection. */
void pp_http_linger(struct pp_http_connection *c);

/* An empty 200 of plain text. */
void pp_http_init_reply(struct pp_http_reply *reply, struct pp_arena *arena);

/* Makes the reply a status and a line of text, whatever it was. */
void pp_http_set_text(struct pp_http_reply *reply, int status, const char *text);

/* False when the connection is of no more use. */
bool pp_http_send_reply(struct pp_http_connection *c, struct pp_http_reply *reply,
                        const struct pp_http_head *head, bool keep);

/* Sends the status in its own words, to close afterwards. */
void pp_http_refuse(struct pp_http_connection *c, int status);

/* A connection's thread, `arg` its slot. */
void *pp_http_connection_main(void *arg);

/* A thread's last act: counts it out. */
void pp_http_leave(struct pp_http_server *server);

#endif
