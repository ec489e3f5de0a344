/* HTTP/1.1 request heads: hostile text in, checked fields out. In place, nothing is allocated. */
#ifndef PP_BASE_HTTP_PARSE_H
#define PP_BASE_HTTP_PARSE_H

#include <stdbool.h>
#include <stddef.h>

enum { PP_HTTP_HEAD_MAX = 16 << 10, PP_HTTP_BODY_MAX = 64 << 10, PP_HTTP_HEADERS_MAX = 100 };

struct pp_http_head {
    const char *method, *path, *query; /* path decoded; query raw, "" when none */
    const char *host;                  /* NULL when there was none */
    const char *authorization;         /* NULL when there was none */
    const char *cookie, *site;         /* Cookie and Sec-Fetch-Site; NULL when there was none */
    size_t body_len;
    bool is_http10, keep_alive, wants_continue, has_length;
};

/* The bytes of the head with its blank line, or 0 when it is not complete yet. Lines may end in a
 * bare newline. */
size_t pp_http_head_end(const char *data, size_t len);

/* Parses a complete head of len bytes, writing NULs into it. 0, or the status to refuse with: 400
 * malformed, 413 body too large, 431 too many headers, 501 transfer coding, 505 version. */
int pp_http_parse_head(char *data, size_t len, struct pp_http_head *head);

/* Decodes %XX in place; '+' becomes a space when plus_is_space. False when an escape is broken or
 * a NUL would appear. */
bool pp_http_unescape(char *text, bool plus_is_space);

/* True when equal; the time depends on the length of `given` only. */
bool pp_http_same_secret(const char *secret, const char *given);

#endif
