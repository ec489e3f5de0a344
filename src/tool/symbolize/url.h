/* URLs of servers, as net/url reads and writes them where it matters to a profiler's user.
 *
 *   scheme://[user@]host[:port][/path][?query]
 *   unix:/run/x.sock[:/path][?query]     the socket's path ends at the first ":/"
 *   http+unix://%2Frun%2Fx.sock[/path][?query]
 *
 * Texts are NUL-terminated and live in the arena given to pp_url_parse.
 */
#ifndef PP_TOOL_URL_H
#define PP_TOOL_URL_H

#include "base/buf.h"
#include "pprof/error.h"

#include <stdbool.h>

enum pp_url_scheme { PP_URL_HTTP, PP_URL_HTTPS, PP_URL_HTTPS_INSECURE, PP_URL_UNIX, PP_URL_OTHER };

struct pp_url {
    enum pp_url_scheme scheme;
    char *scheme_text; /* "http", "unix", ... */
    char *user;        /* "name:password", decoded; NULL: none */
    char *host;        /* without brackets; "localhost" on a unix socket */
    char *port;        /* "" when none was given */
    char *socket;      /* a unix socket's path; else NULL */
    char *path;        /* as given, "" or starting with "/" */
    char *query;       /* without "?"; "" when none */
    char *fragment;    /* with "#"; "" when none; never sent */
};

/* PPROF_ERR_INVALID when the text is no URL with a host (then it may be a file). */
int pp_url_parse(struct pp_arena *arena, const char *text, struct pp_url *url)
    __attribute__((warn_unused_result));

/* As pp_url_parse, but what has a colon and no scheme ("localhost:6060/x") gets http:// in
 * front. */
int pp_url_parse_source(struct pp_arena *arena, const char *text, struct pp_url *url)
    __attribute__((warn_unused_result));

/* Whether net/url takes the text for a URL with a scheme: "C:\x.exe" and "http:x" are some, too. */
bool pp_url_is_absolute(struct pp_arena *arena, const char *text);

/* The URL as text in the arena; NULL when out of memory. */
char *pp_url_text(struct pp_arena *arena, const struct pp_url *url);

/* The value of a query parameter, decoded; NULL when absent. */
char *pp_url_param(struct pp_arena *arena, const char *query, const char *name);

/* The query with name set to value (NULL: no change), decoded and encoded again, sorted by key. */
char *pp_url_query_set(struct pp_arena *arena, const char *query, const char *name,
                       const char *value);

/* True when both name the same server (scheme, host, port or socket). */
bool pp_url_same_server(const struct pp_url *a, const struct pp_url *b);

/* Where a Location header leads, seen from base. */
int pp_url_resolve(struct pp_arena *arena, const struct pp_url *base, const char *location,
                   struct pp_url *url) __attribute__((warn_unused_result));

#endif
