/* A small HTTP client: GET and POST over http, https, and http on unix sockets.
 *
 *   http://host[:port]/path     unix:/run/x.sock:/path     http+unix://%2Frun%2Fx.sock/path
 *   https://..., https+insecure://... (libcurl.so.4, loaded when first needed)
 *
 * PPROF_TOKEN, when set, is sent as "Authorization: Bearer ..." to the host that was named, never
 * to another one that it redirects to. At most 10 redirects are followed. Any thread.
 */
#ifndef PP_TOOL_HTTP_CLIENT_H
#define PP_TOOL_HTTP_CLIENT_H

#include "base/buf.h"
#include "pprof/error.h"

#include <stdbool.h>

struct pp_http_tls {
    const char *cert, *key, *ca; /* file names; NULL or "": none */
};

struct pp_http_call {
    const char *url;
    const char *body; /* NULL: GET; else POST of body_len bytes, application/octet-stream */
    size_t body_len;
    int64_t timeout_ns; /* for the whole exchange; 0: none */
    size_t body_cap;    /* of the answer; 0: 4 GiB */
    struct pp_http_tls tls;
};

struct pp_http_answer {
    int status;
    char status_text[96];  /* "404 Not Found" */
    char content_type[96]; /* "" when none */
    bool go_pprof;         /* X-Go-Pprof was there: the body of an error is a sentence */
    bool is_packed;        /* by gzip, for the way alone; undone when the exchange is over */
    char *url;             /* after redirects; in the body's arena */
    struct pp_buf body;    /* initialised by the caller */
};

/* One exchange, redirects followed. Success means an answer of any status arrived whole. Errors:
 * PPROF_ERR_ADDRESS (bad URL, no such host), PPROF_ERR_SYSTEM (cannot connect, broken connection),
 * PPROF_ERR_CANCELED (timeout), PPROF_ERR_TRUNCATED, PPROF_ERR_FORMAT (not HTTP), PPROF_ERR_LIMIT,
 * PPROF_ERR_UNSUPPORTED (https without libcurl), PPROF_ERR_NOMEM. */
int pp_http_exchange(const struct pp_http_call *call, struct pp_http_answer *answer,
                     struct pprof_error *error) __attribute__((warn_unused_result));

#endif
