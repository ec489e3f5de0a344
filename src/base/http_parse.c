#include "base/http_parse.h"

#include "base/http.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

size_t pp_http_head_end(const char *data, size_t len)
{
    bool has_line = false; /* blank lines before the request line are leftovers, and skipped */
    for (size_t at = 0; at < len;) {
        const char *newline = memchr(data + at, '\n', len - at);
        if (!newline) {
            return 0;
        }
        size_t next = (size_t)(newline + 1 - data);
        bool is_blank = next - at == 1 || (next - at == 2 && data[at] == '\r');
        if (is_blank && has_line) {
            return next;
        }
        has_line |= !is_blank;
        at = next;
    }
    return 0;
}

static bool is_token_char(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_token(const char *text)
{
    const char *at = text;
    while (is_token_char((unsigned char)*at)) {
        at++;
    }
    return *at == '\0' && at != text;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool pp_http_unescape(char *text, bool plus_is_space)
{
    char *to = text;
    for (const char *from = text; *from; from++) {
        char c = *from;
        if (c == '%') {
            int high = hex_digit(from[1]);
            int low = high < 0 ? -1 : hex_digit(from[2]);
            if (low < 0 || (high == 0 && low == 0)) {
                return false;
            }
            c = (char)(high * 16 + low);
            from += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        *to++ = c;
    }
    *to = '\0';
    return true;
}

bool pp_http_same_secret(const char *secret, const char *given)
{
    size_t secret_len = strlen(secret);
    size_t given_len = strlen(given);
    volatile unsigned char different = secret_len != given_len;
    for (size_t i = 0; i < given_len; i++) {
        different |= (unsigned char)(given[i] ^ secret[secret_len ? i % secret_len : 0]);
    }
    return !different;
}

static bool parse_length(const char *text, size_t *length)
{
    size_t value = 0;
    if (!*text) {
        return false;
    }
    for (; *text; text++) {
        if (*text < '0' || *text > '9' || value > SIZE_MAX / 16) {
            return false;
        }
        value = value * 10 + (size_t)(*text - '0');
    }
    *length = value;
    return true;
}

/* ---- headers: one row each ------------------------------------------------------------------ */

static int take_host(struct pp_http_head *head, const char *value)
{
    if (head->host) {
        return 400;
    }
    head->host = value;
    return 0;
}

static int take_cookie(struct pp_http_head *head, const char *value)
{
    head->cookie = value;
    return 0;
}

static int take_site(struct pp_http_head *head, const char *value)
{
    head->site = value;
    return 0;
}

static int take_authorization(struct pp_http_head *head, const char *value)
{
    head->authorization = value;
    return 0;
}

static int take_length(struct pp_http_head *head, const char *value)
{
    size_t length;
    if (!parse_length(value, &length) || (head->has_length && head->body_len != length)) {
        return 400;
    }
    head->has_length = true;
    head->body_len = length;
    return length > PP_HTTP_BODY_MAX ? 413 : 0;
}

static int take_coding(struct pp_http_head *head, const char *value)
{
    (void)head;
    (void)value;
    return 501;
}

static int take_expect(struct pp_http_head *head, const char *value)
{
    head->wants_continue = strcasecmp(value, "100-continue") == 0;
    return head->wants_continue ? 0 : 417;
}

static int take_connection(struct pp_http_head *head, const char *value)
{
    if (strcasestr(value, "close")) {
        head->keep_alive = false;
    } else if (strcasestr(value, "keep-alive")) {
        head->keep_alive = true;
    }
    return 0;
}

static const struct header_row {
    const char *name;
    int (*take)(struct pp_http_head *head, const char *value);
} header_rows[] = {
    { "Host", take_host },
    { "Authorization", take_authorization },
    { "Cookie", take_cookie },
    { "Sec-Fetch-Site", take_site },
    { "Content-Length", take_length },
    { "Transfer-Encoding", take_coding },
    { "Expect", take_expect },
    { "Connection", take_connection },
};

static int take_header(struct pp_http_head *head, const char *name, const char *value)
{
    for (size_t i = 0; i < sizeof(header_rows) / sizeof(header_rows[0]); i++) {
        if (strcasecmp(name, header_rows[i].name) == 0) {
            return header_rows[i].take(head, value);
        }
    }
    return 0;
}

static char *trim(char *text)
{
    while (*text == ' ' || *text == '\t') {
        text++;
    }
    char *end = text + strlen(text);
    while (end > text && (end[-1] == ' ' || end[-1] == '\t')) {
        *--end = '\0';
    }
    return text;
}

static int parse_header(struct pp_http_head *head, char *line)
{
    char *colon = strchr(line, ':');
    if (!colon) {
        return 400;
    }
    *colon = '\0';
    if (!is_token(line)) {
        return 400; /* also a folded line, and a space before the colon */
    }
    return take_header(head, line, trim(colon + 1));
}

/* ---- request line --------------------------------------------------------------------------- */

static int parse_version(struct pp_http_head *head, const char *text)
{
    if (strcmp(text, "HTTP/1.1") == 0) {
        head->keep_alive = true;
        return 0;
    }
    if (strcmp(text, "HTTP/1.0") == 0) {
        head->is_http10 = true;
        return 0;
    }
    return strncmp(text, "HTTP/", 5) == 0 ? 505 : 400;
}

/* "http://host/path": the authority takes the place of the Host header. */
static char *strip_authority(struct pp_http_head *head, char *target)
{
    if (strncasecmp(target, "http://", 7) != 0) {
        return target;
    }
    char *host = target + 7;
    char *path = host + strcspn(host, "/?");
    if (*path != '/' || path == host) {
        return NULL;
    }
    /* The host moves one to the left, over a slash, which makes room for its NUL. */
    size_t len = (size_t)(path - host);
    memmove(host - 1, host, len);
    host[len - 1] = '\0';
    head->host = host - 1;
    return path;
}

static int parse_target(struct pp_http_head *head, char *target)
{
    target = strip_authority(head, target);
    if (!target || (target[0] != '/' && strcmp(target, "*") != 0)) {
        return 400;
    }
    char *mark = strchr(target, '?');
    head->query = "";
    if (mark) {
        *mark = '\0';
        head->query = mark + 1;
    }
    head->path = target;
    return pp_http_unescape(target, false) ? 0 : 400;
}

static int parse_request_line(struct pp_http_head *head, char *line)
{
    char *target = strchr(line, ' ');
    char *version = target ? strchr(target + 1, ' ') : NULL;
    if (!version || target + 1 == version) {
        return 400;
    }
    *target++ = '\0';
    *version++ = '\0';
    head->method = line;
    if (!is_token(line)) {
        return 400;
    }
    int status = parse_version(head, version);
    return status ? status : parse_target(head, target);
}

/* Cuts the next line off, without its line end. NULL when it holds a control character. */
static char *next_line(char **at, const char *end)
{
    char *line = *at;
    char *newline = memchr(line, '\n', (size_t)(end - line));
    *at = newline + 1;
    char *last = newline > line && newline[-1] == '\r' ? newline - 1 : newline;
    *last = '\0';
    for (const char *c = line; c < last; c++) {
        if (((unsigned char)*c < 0x20 && *c != '\t') || *c == 0x7f) {
            return NULL;
        }
    }
    return line;
}

static int parse_headers(struct pp_http_head *head, char *at, const char *end)
{
    bool from_target = head->host != NULL;
    const char *host = head->host;
    head->host = NULL;
    for (unsigned count = 0;; count++) {
        char *line = next_line(&at, end);
        if (!line) {
            return 400;
        }
        if (!*line) {
            break;
        }
        int status = count < PP_HTTP_HEADERS_MAX ? parse_header(head, line) : 431;
        if (status) {
            return status;
        }
    }
    if (!head->host && !head->is_http10 && !from_target) {
        return 400;
    }
    head->host = from_target ? host : head->host;
    return 0;
}

int pp_http_parse_head(char *data, size_t len, struct pp_http_head *head)
{
    *head = (struct pp_http_head){ .method = NULL };
    char *at = data;
    const char *end = data + len;
    char *line;
    do {
        line = next_line(&at, end);
    } while (line && !*line && at < end);
    if (!line) {
        return 400;
    }
    int status = parse_request_line(head, line);
    return status ? status : parse_headers(head, at, end);
}

/* ---- query parameters ----------------------------------------------------------------------- */

const char *pp_http_param(struct pp_arena *arena, const char *query, const char *name)
{
    for (const char *at = query ? query : ""; *at;) {
        size_t len = strcspn(at, "&");
        char *pair = pp_arena_strndup(arena, at, len);
        if (!pair) {
            return NULL;
        }
        char *value = strchr(pair, '=');
        if (value) {
            *value++ = '\0';
        } else {
            value = pair + strlen(pair);
        }
        /* A broken escape or a semicolon voids its pair, as in Go's url.ParseQuery. */
        if (!strchr(pair, ';') && !strchr(value, ';') && pp_http_unescape(pair, true) &&
            strcmp(pair, name) == 0 && pp_http_unescape(value, true)) {
            return value;
        }
        at += len + (at[len] == '&');
    }
    return NULL;
}
