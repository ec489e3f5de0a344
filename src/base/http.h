/* A small HTTP/1.1 server for few, local clients: what /debug/pprof/ and the tool's pages need.
 *
 *   accept thread -> one thread a connection (capped) -> parse -> handler -> reply -> keep alive
 *
 * Hostile until parsed: request line and headers capped (16 KiB, 100 headers), body capped
 * (64 KiB), 10 s for a request to arrive, 60 s idle, one request at a time on a connection.
 * Refuses foreign Host headers (DNS rebinding): the host must be a loopback name or address, or
 * what was bound; a server beyond loopback takes any name from a client that presents the token,
 * since a web page that was led astray does not have it. A unix socket serves its owner and root.
 * Never calls malloc; all descriptors are close-on-exec; SIGPIPE is never raised; no wake-ups while
 * nobody asks. Threads are started through a callback, so the runtime can mark them as its own.
 */
#ifndef PP_BASE_HTTP_H
#define PP_BASE_HTTP_H

#include "base/arena.h"
#include "base/buf.h"
#include "pprof/error.h"

#include <stdbool.h>

struct pp_http_request {
    const char *method, *path, *query; /* path percent-decoded; query raw, "" when none */
    const char *host;                  /* Host header, "" when none */
    const char *site;                  /* Sec-Fetch-Site: where a browser's page is; "" when none */
    const char *body;
    size_t body_len;
    struct pp_arena *arena; /* for the reply; released after it was sent */
    int fd;                 /* the connection, for pp_http_gone */
    const struct pp_http_server *server;
};

struct pp_http_reply {
    int status;               /* default 200 */
    const char *content_type; /* default text/plain; charset=utf-8 */
    struct pp_buf headers;    /* more lines, each ending in \r\n */
    struct pp_buf body;
};

struct pp_http_options {
    const char *token;        /* NULL: none. Wanted as "Authorization: Bearer T", as token=T, or
                                 as the cookie pprof_token */
    unsigned max_connections; /* 0: 16 */
    void (*handle)(void *ctx, const struct pp_http_request *request, struct pp_http_reply *reply);
    void (*prepare)(void *ctx); /* or NULL: once, in the thread that accepts, before it does */
    void *ctx;
    int (*start_thread)(const char *name, void *(*main)(void *), void *arg);
};

struct pp_http_server;

/* Parses "host:port" or "unix:/path", binds, listens, starts. Errors as pprof_serve. The token is
 * copied (at most 255 bytes). */
int pp_http_start(const char *address, const struct pp_http_options *options,
                  struct pp_http_server **server, struct pprof_error *error)
    __attribute__((warn_unused_result));

/* "http://127.0.0.1:34567" or "unix:/path"; lives as long as the server. */
const char *pp_http_url(const struct pp_http_server *server);

/* Stops, waits for the threads, frees, removes a unix socket's file. */
void pp_http_stop(struct pp_http_server *server);

/* Removes a unix socket's file and nothing else: for a process about to end, waiting for nobody. */
void pp_http_forget_file(const struct pp_http_server *server);

/* In a forked child: closes the inherited descriptors, forgets the server without stopping it. */
void pp_http_after_fork(struct pp_http_server *server);

/* True when the client of this request has closed its side, or the server is stopping. */
bool pp_http_gone(const struct pp_http_request *request);

/* The value of a query parameter, percent-decoded into the request's arena; NULL when absent. */
const char *pp_http_param(struct pp_arena *arena, const char *query, const char *name);

#endif
