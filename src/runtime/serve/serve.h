/* What the files of this room share: one request and its answer, built in memory.
 *
 *   HTTP server (http) or pprof_handle (api) -> struct pp_call -> handlers' table -> body, response
 *
 * Whoever answers runs between pp_self_enter and pp_self_leave, so that nothing of ours is sampled.
 */
#ifndef PP_SERVE_SERVE_H
#define PP_SERVE_SERVE_H

#include "base/buf.h"
#include "pprof/pprof.h"
#include "pprof/profile.h"
#include "runtime/capture/kind.h"

struct pp_call {
    const struct pprof_request *request;
    const char *name; /* what follows the last "/debug/pprof/" of the path */
    const char *query;
    struct pp_arena *arena; /* everything below lives there */
    struct pp_buf body;
    struct pprof_response response;
};

/* Answers the request: fills body and response. Never fails; errors are answers. */
void pp_call_answer(struct pp_call *call, const struct pprof_request *request,
                    struct pp_arena *arena);

/* Go's serveError: plain text with a newline, and the X-Go-Pprof mark. */
void pp_call_error(struct pp_call *call, int status, const char *text);

/* A gzipped profile as an attachment of that name. */
void pp_call_attachment(struct pp_call *call, const char *name, const struct pprof_profile *profile,
                        int level);

/* A query parameter, decoded; NULL when absent. */
const char *pp_call_param(const struct pp_call *call, const char *name);

/* strconv.ParseInt(text, 10, 64): false on bad syntax (value 0) or range (value at the limit). */
bool pp_call_parse_int(const char *text, int64_t *value);

/* How long to look: the parameter "seconds", 30 where that is none or not above 0; never so much
 * that it is none in nanoseconds. */
int64_t pp_call_seconds(const struct pp_call *call);

/* Names the answer as a file to be saved. */
void pp_call_name_attachment(struct pp_call *call, const char *name);

/* Sleeps for that long; false when the client left before. */
bool pp_call_sleep(const struct pp_call *call, int64_t seconds);
bool pp_call_sleep_ns(const struct pp_call *call, int64_t ns);

/* The pages and profiles with rules of their own. */
void pp_call_index(struct pp_call *call);
void pp_call_self(struct pp_call *call);
void pp_call_memory(struct pp_call *call);
void pp_call_metrics(struct pp_call *call);
void pp_call_symbol(struct pp_call *call);
void pp_call_delta(struct pp_call *call, const struct pp_kind *kind, const char *seconds);
void pp_call_cpu(struct pp_call *call);
void pp_call_wall(struct pp_call *call);
void pp_call_trace(struct pp_call *call);

/* The endpoints that are no kinds, for the index page. */
struct pp_endpoint {
    const char *name;
    void (*answer)(struct pp_call *call);
    const char *description; /* NULL: not in the table of profiles */
    bool takes_post;
};
const struct pp_endpoint *pp_endpoints(size_t *count);

/* p1 - p0 with the times of the later one; both stay the caller's. */
int pp_profile_difference(struct pprof_profile *p0, struct pprof_profile *p1,
                          struct pprof_profile **difference, struct pprof_error *error)
    __attribute__((warn_unused_result));

/* The text of a kind at a debug level, behind out. */
int pp_kind_text(const struct pp_kind *kind, int debug, struct pp_buf *out,
                 struct pprof_error *error) __attribute__((warn_unused_result));

#endif
