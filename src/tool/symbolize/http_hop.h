/* One request and its answer, without following redirects: what the two transports offer. */
#ifndef PP_TOOL_HTTP_HOP_H
#define PP_TOOL_HTTP_HOP_H

#include "tool/symbolize/http_client.h"
#include "tool/symbolize/url.h"

struct pp_http_hop {
    const struct pp_url *url;
    const struct pp_http_call *call;
    int64_t deadline_ns; /* monotonic; 0: none */
    size_t body_cap;
    const char *token;    /* NULL: none for this host */
    struct pp_buf location; /* out: the Location header */
};

/* Plain http over TCP or a unix socket. */
int pp_http_plain(struct pp_http_hop *hop, struct pp_http_answer *answer, struct pprof_error *error)
    __attribute__((warn_unused_result));

/* Anything libcurl speaks: https, proxies. PPROF_ERR_UNSUPPORTED when it cannot be loaded. */
int pp_http_curl(struct pp_http_hop *hop, struct pp_http_answer *answer, struct pprof_error *error)
    __attribute__((warn_unused_result));

/* Whether a host is this machine, which no proxy is asked for. */
bool pp_http_is_loopback(const char *host);

/* Takes one header line (without its end) into the answer, for both transports. */
void pp_http_take_header(struct pp_http_hop *hop, struct pp_http_answer *answer, const char *line,
                         size_t len);

/* "HTTP/1.1 404 Not Found" into status and status_text; false when it is something else. */
bool pp_http_take_status(struct pp_http_answer *answer, const char *line, size_t len);

#endif
