#include "tool/symbolize/url.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The colon of "scheme:", or NULL; a scheme starts with a letter. */
static const char *scheme_end(const char *text)
{
    if (!isalpha((unsigned char)text[0])) {
        return NULL;
    }
    const char *p = text;
    while (isalnum((unsigned char)*p) || *p == '+' || *p == '-' || *p == '.') {
        p++;
    }
    return *p == ':' ? p : NULL;
}

static int hex_value(int c)
{
    if (isdigit(c)) {
        return c - '0';
    }
    c = tolower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_escape(const char *text, size_t left)
{
    return left > 2 && hex_value((unsigned char)text[1]) >= 0 &&
           hex_value((unsigned char)text[2]) >= 0;
}

static bool has_broken_escape(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '%' && !is_escape(text + i, len - i)) {
            return true;
        }
    }
    return false;
}

/* Percent-decodes; plus: "+" is a blank. A broken escape stays as it is. */
static char *decode(struct pp_arena *arena, const char *text, size_t len, bool plus)
{
    char *out = pp_arena_strndup(arena, text, len);
    if (!out) {
        return NULL;
    }
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '%' && is_escape(text + i, len - i)) {
            out[n++] = (char)(hex_value((unsigned char)text[i + 1]) * 16 +
                              hex_value((unsigned char)text[i + 2]));
            i += 2;
        } else {
            out[n++] = plus && text[i] == '+' ? ' ' : text[i];
        }
    }
    out[n] = '\0';
    return out;
}

static void encode(struct pp_buf *out, const char *text)
{
    for (const char *p = text; *p; p++) {
        if (isalnum((unsigned char)*p) || strchr("-_.~", *p)) {
            pp_buf_char(out, *p);
        } else if (*p == ' ') {
            pp_buf_char(out, '+');
        } else {
            pp_buf_printf(out, "%%%02X", (unsigned char)*p);
        }
    }
}

static const struct {
    const char *text;
    enum pp_url_scheme scheme;
} schemes[] = {
    {"http", PP_URL_HTTP},
    {"https", PP_URL_HTTPS},
    {"https+insecure", PP_URL_HTTPS_INSECURE},
    {"unix", PP_URL_UNIX},
    {"http+unix", PP_URL_UNIX},
};

static enum pp_url_scheme scheme_of(const char *text)
{
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        if (!strcasecmp(schemes[i].text, text)) {
            return schemes[i].scheme;
        }
    }
    return PP_URL_OTHER;
}

/* Splits path, query and fragment. */
static int set_path(struct pp_arena *arena, const char *text, struct pp_url *url)
{
    size_t len = strcspn(text, "#");
    const char *mark = memchr(text, '?', len);
    size_t path_len = mark ? (size_t)(mark - text) : len;
    url->path = pp_arena_strndup(arena, text, path_len);
    url->query = mark ? pp_arena_strndup(arena, mark + 1, len - path_len - 1)
                      : pp_arena_strndup(arena, "", 0);
    url->fragment = pp_arena_strndup(arena, text + len, strlen(text + len));
    return url->path && url->query && url->fragment ? 0 : PPROF_ERR_NOMEM;
}

/* A host's name is not checked, but for what no URL can hold. */
static bool is_host(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] <= ' ' || strchr("\\^`{|}%", text[i])) {
            return false;
        }
    }
    return true;
}

/* host, host:port, [v6], [v6]:port */
static int set_host(struct pp_arena *arena, const char *text, size_t len, struct pp_url *url)
{
    const char *host = text, *port = NULL;
    size_t host_len = len;
    const char *close = len && text[0] == '[' ? memchr(text, ']', len) : NULL;
    if (close) {
        host = text + 1;
        host_len = (size_t)(close - host);
        port = close + 1 < text + len && close[1] == ':' ? close + 2 : NULL;
    } else {
        const char *colon = memchr(text, ':', len);
        if (colon) {
            host_len = (size_t)(colon - text);
            port = colon + 1;
        }
    }
    size_t port_len = port ? (size_t)(text + len - port) : 0;
    if (!close && !is_host(host, host_len)) {
        return PPROF_ERR_INVALID;
    }
    for (size_t i = 0; i < port_len; i++) {
        if (!isdigit((unsigned char)port[i])) {
            return PPROF_ERR_INVALID;
        }
    }
    url->host = pp_arena_strndup(arena, host, host_len);
    url->port = pp_arena_strndup(arena, port ? port : "", port_len);
    return url->host && url->port ? 0 : PPROF_ERR_NOMEM;
}

static int set_authority(struct pp_arena *arena, const char *text, struct pp_url *url)
{
    size_t len = strcspn(text, "/?#");
    const char *at = memrchr(text, '@', len);
    const char *host = at ? at + 1 : text;
    size_t host_len = (size_t)(text + len - host);
    if (at) {
        url->user = decode(arena, text, (size_t)(at - text), false);
    }
    if (host_len == 0) {
        return PPROF_ERR_INVALID;
    }
    int r;
    if (url->scheme == PP_URL_UNIX) {
        url->socket = decode(arena, host, host_len, false);
        r = set_host(arena, "localhost", 9, url);
    } else {
        r = set_host(arena, host, host_len, url);
    }
    return r ? r : set_path(arena, text + len, url);
}

/* "/run/x.sock:/path?query" */
static int parse_unix(struct pp_arena *arena, const char *rest, struct pp_url *url)
{
    const char *colon = strstr(rest, ":/");
    size_t len = colon ? (size_t)(colon - rest) : strcspn(rest, "?#");
    if (rest[0] != '/') { /* a host of that name, perhaps */
        return PPROF_ERR_INVALID;
    }
    url->socket = pp_arena_strndup(arena, rest, len);
    int r = set_host(arena, "localhost", 9, url);
    return r ? r : set_path(arena, colon ? colon + 1 : rest + len, url);
}

int pp_url_parse(struct pp_arena *arena, const char *text, struct pp_url *url)
{
    const char *colon = scheme_end(text);
    if (!colon) {
        return PPROF_ERR_INVALID;
    }
    struct pp_url made = {.scheme_text = pp_arena_strndup(arena, text, (size_t)(colon - text))};
    if (!made.scheme_text) {
        return PPROF_ERR_NOMEM;
    }
    for (char *c = made.scheme_text; *c; c++) {
        *c = (char)tolower((unsigned char)*c);
    }
    made.scheme = scheme_of(made.scheme_text);
    int r;
    if (!strncmp(colon, "://", 3)) {
        r = set_authority(arena, colon + 3, &made);
    } else if (made.scheme == PP_URL_UNIX) {
        r = parse_unix(arena, colon + 1, &made);
    } else {
        r = PPROF_ERR_INVALID;
    }
    if (r == 0) {
        *url = made;
    }
    return r;
}

/* The text behind "scheme:" where a path stands by itself: no host, or an empty one. */
static const char *hostless_path(const char *rest)
{
    return strncmp(rest, "//", 2) != 0 ? rest : rest[2] == '/' ? rest + 2 : NULL;
}

bool pp_url_is_absolute(struct pp_arena *arena, const char *text)
{
    const char *colon = scheme_end(text);
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p < ' ' || *p == 0x7f) {
            return false;
        }
    }
    if (!colon) {
        return false;
    }
    const char *path = hostless_path(colon + 1);
    struct pp_url url;
    return path ? *path != '/' || !has_broken_escape(path, strcspn(path, "?#"))
                : pp_url_parse(arena, text, &url) == 0;
}

int pp_url_parse_source(struct pp_arena *arena, const char *text, struct pp_url *url)
{
    int r = pp_url_parse(arena, text, url);
    size_t first = strcspn(text, "/");
    bool colon = memchr(text, ':', first) != NULL;
    if (r != PPROF_ERR_INVALID || !colon || strstr(text, "://") == text + first - 1 ||
        !strncasecmp(text, "file:", 5)) {
        return r;
    }
    struct pp_buf with;
    pp_buf_init(&with, arena);
    pp_buf_str(&with, "http://");
    pp_buf_str(&with, text);
    return with.err ? with.err : pp_url_parse(arena, with.data, url);
}

static void put_authority(struct pp_buf *out, const struct pp_url *url)
{
    bool v6 = strchr(url->host, ':') != NULL;
    pp_buf_printf(out, v6 ? "[%s]" : "%s", url->host);
    if (url->port[0]) {
        pp_buf_printf(out, ":%s", url->port);
    }
}

/* What stands for itself in a URL stays; blanks and the like are escaped. */
static void put_path(struct pp_buf *out, const char *path)
{
    for (const unsigned char *p = (const unsigned char *)path; *p; p++) {
        if (*p <= ' ' || *p >= 0x7f || strchr("\"<>\\^`{|}", *p)) {
            pp_buf_printf(out, "%%%02X", *p);
        } else {
            pp_buf_char(out, (char)*p);
        }
    }
}

char *pp_url_text(struct pp_arena *arena, const struct pp_url *url)
{
    struct pp_buf out;
    pp_buf_init(&out, arena);
    if (url->socket) {
        pp_buf_printf(&out, "unix:%s", url->socket);
        pp_buf_str(&out, url->path[0] ? ":" : "");
    } else {
        pp_buf_printf(&out, "%s://", url->scheme_text);
        if (url->user) {
            pp_buf_printf(&out, "%s@", url->user);
        }
        put_authority(&out, url);
    }
    if (url->socket) {
        pp_buf_str(&out, url->path);
    } else {
        put_path(&out, url->path);
    }
    if (url->query[0]) {
        pp_buf_printf(&out, "?%s", url->query);
    }
    pp_buf_str(&out, url->fragment);
    return out.err ? NULL : out.data;
}

struct pair {
    char *key, *value;
};

/* Splits the query into decoded pairs, without those that are broken; their number, or SIZE_MAX
 * without memory. One place is kept free at the end. */
static size_t split(struct pp_arena *arena, const char *query, struct pair **pairs)
{
    size_t n = 0, cap = 2;
    for (const char *p = query; *p; p++) {
        cap += *p == '&';
    }
    *pairs = pp_arena_array(arena, cap, sizeof(**pairs));
    for (const char *p = query; *pairs && *p;) {
        size_t len = strcspn(p, "&");
        const char *equal = memchr(p, '=', len);
        size_t key_len = equal ? (size_t)(equal - p) : len;
        if (len && !memchr(p, ';', len) && !has_broken_escape(p, len)) {
            struct pair *pair = &(*pairs)[n++];
            pair->key = decode(arena, p, key_len, true);
            pair->value = equal ? decode(arena, equal + 1, len - key_len - 1, true)
                                : decode(arena, "", 0, true);
            if (!pair->key || !pair->value) {
                return SIZE_MAX;
            }
        }
        p += len + (p[len] == '&');
    }
    return *pairs ? n : SIZE_MAX;
}

char *pp_url_param(struct pp_arena *arena, const char *query, const char *name)
{
    struct pair *pairs;
    size_t n = split(arena, query, &pairs);
    for (size_t i = 0; n != SIZE_MAX && i < n; i++) {
        if (!strcmp(pairs[i].key, name)) {
            return pairs[i].value;
        }
    }
    return NULL;
}

/* Removes every pair of that name, then adds one. */
static size_t replace(struct pair *pairs, size_t n, const char *name, const char *value)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(pairs[i].key, name) != 0) {
            pairs[kept++] = pairs[i];
        }
    }
    pairs[kept++] = (struct pair){(char *)name, (char *)value};
    return kept;
}

/* Insertion sort: stable, as the order of values of one key must stay. */
static void sort_pairs(struct pair *pairs, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct pair held = pairs[i];
        size_t k = i;
        for (; k > 0 && strcmp(pairs[k - 1].key, held.key) > 0; k--) {
            pairs[k] = pairs[k - 1];
        }
        pairs[k] = held;
    }
}

char *pp_url_query_set(struct pp_arena *arena, const char *query, const char *name,
                       const char *value)
{
    struct pair *pairs;
    size_t n = split(arena, query, &pairs);
    if (n == SIZE_MAX) {
        return NULL;
    }
    if (value) {
        n = replace(pairs, n, name, value);
    }
    sort_pairs(pairs, n);
    struct pp_buf out;
    pp_buf_init(&out, arena);
    pp_buf_str(&out, "");
    for (size_t i = 0; i < n; i++) {
        pp_buf_str(&out, i ? "&" : "");
        encode(&out, pairs[i].key);
        pp_buf_char(&out, '=');
        encode(&out, pairs[i].value);
    }
    return out.err ? NULL : pp_arena_strndup(arena, out.data ? out.data : "", out.len);
}

bool pp_url_same_server(const struct pp_url *a, const struct pp_url *b)
{
    if (a->scheme != b->scheme || !a->socket != !b->socket) {
        return false;
    }
    if (a->socket) {
        return !strcmp(a->socket, b->socket);
    }
    return !strcasecmp(a->host, b->host) && !strcmp(a->port, b->port);
}

int pp_url_resolve(struct pp_arena *arena, const struct pp_url *base, const char *location,
                   struct pp_url *url)
{
    if (scheme_end(location)) {
        return pp_url_parse(arena, location, url);
    }
    struct pp_url made = *base;
    if (!strncmp(location, "//", 2)) {
        made.user = NULL;
        int r = set_authority(arena, location + 2, &made);
        *url = made;
        return r;
    }
    struct pp_buf path;
    pp_buf_init(&path, arena);
    if (location[0] != '/') {
        const char *slash = strrchr(base->path, '/');
        size_t len = slash ? (size_t)(slash - base->path) : 0;
        pp_buf_append(&path, base->path, len);
        pp_buf_char(&path, '/');
    }
    pp_buf_str(&path, location);
    int r = path.err ? path.err : set_path(arena, path.data, &made);
    *url = made;
    return r;
}
