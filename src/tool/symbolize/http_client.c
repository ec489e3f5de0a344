/* Redirects, tokens, and which transport: the built-in one for plain http and unix sockets, libcurl
 * for https and proxies.
 *
 * The built-in one is first choice for plain http, also where libcurl is installed: profiles come
 * from loopback nearly always, where it saves loading libcurl and its 30 libraries (15 ms, against
 * 0.4 ms for the whole exchange), and what everybody uses is then one code path that is always
 * there and always tested, not a fallback that rots.
 */
#include "tool/symbolize/http_client.h"

#include "base/err.h"
#include "base/sys.h"
#include "profile/wire.h"
#include "tool/symbolize/http_hop.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { MAX_REDIRECTS = 10 };

static void copy_text(char *out, size_t cap, const char *text, size_t len)
{
    len = len < cap ? len : cap - 1;
    memcpy(out, text, len);
    out[len] = '\0';
}

bool pp_http_take_status(struct pp_http_answer *answer, const char *line, size_t len)
{
    if (len < 12 || strncmp(line, "HTTP/", 5) != 0) {
        return false;
    }
    const char *blank = memchr(line, ' ', len);
    if (!blank || blank + 4 > line + len || !isdigit((unsigned char)blank[1])) {
        return false;
    }
    copy_text(answer->status_text, sizeof(answer->status_text), blank + 1,
              (size_t)(line + len - blank - 1));
    answer->status = atoi(answer->status_text);
    answer->content_type[0] = '\0';
    answer->go_pprof = answer->is_packed = false;
    return answer->status >= 100;
}

static const char *header_value(const char *line, size_t len, const char *name, size_t *value_len)
{
    size_t n = strlen(name);
    if (len <= n || line[n] != ':' || strncasecmp(line, name, n) != 0) {
        return NULL;
    }
    const char *value = line + n + 1, *end = line + len;
    while (value < end && (*value == ' ' || *value == '\t')) {
        value++;
    }
    while (end > value && isspace((unsigned char)end[-1])) {
        end--;
    }
    *value_len = (size_t)(end - value);
    return value;
}

void pp_http_take_header(struct pp_http_hop *hop, struct pp_http_answer *answer, const char *line,
                         size_t len)
{
    size_t n = 0;
    const char *value;
    if ((value = header_value(line, len, "Content-Type", &n))) {
        copy_text(answer->content_type, sizeof(answer->content_type), value, n);
    } else if ((value = header_value(line, len, "Location", &n))) {
        pp_buf_reset(&hop->location);
        pp_buf_append(&hop->location, value, n);
    } else if ((value = header_value(line, len, "Content-Encoding", &n))) {
        answer->is_packed = n == 4 && !strncasecmp(value, "gzip", 4);
    } else if (header_value(line, len, "X-Go-Pprof", &n)) {
        answer->go_pprof = n > 0;
    }
}

bool pp_http_is_loopback(const char *host)
{
    return !strcasecmp(host, "localhost") || !strncmp(host, "127.", 4) || !strcmp(host, "::1");
}

static bool wants_proxy(const struct pp_url *url)
{
    const char *proxy = getenv("http_proxy");
    proxy = proxy && *proxy ? proxy : getenv("HTTP_PROXY");
    return proxy && *proxy && !pp_http_is_loopback(url->host);
}

static int one_hop(struct pp_http_hop *hop, struct pp_http_answer *answer,
                   struct pprof_error *error)
{
    pp_buf_reset(&answer->body);
    pp_buf_init(&hop->location, answer->body.arena);
    switch (hop->url->scheme) {
    case PP_URL_UNIX:
        return pp_http_plain(hop, answer, error);
    case PP_URL_HTTP:
        return wants_proxy(hop->url) ? pp_http_curl(hop, answer, error)
                                     : pp_http_plain(hop, answer, error);
    case PP_URL_HTTPS:
    case PP_URL_HTTPS_INSECURE:
        return pp_http_curl(hop, answer, error);
    default:
        return pp_err_set(error, PPROF_ERR_ADDRESS,
                          "unsupported protocol scheme \"%s\" (there are http, https, "
                          "https+insecure and unix)",
                          hop->url->scheme_text);
    }
}

static bool is_redirect(const struct pp_http_answer *answer, const struct pp_http_hop *hop)
{
    int s = answer->status;
    return (s == 301 || s == 302 || s == 303 || s == 307 || s == 308) && hop->location.len > 0;
}

static int follow(struct pp_http_hop *hop, struct pp_http_answer *answer, struct pp_url *url,
                  struct pprof_error *error)
{
    for (int i = 0; i < MAX_REDIRECTS; i++) {
        int r = one_hop(hop, answer, error);
        if (r || !is_redirect(answer, hop)) {
            return r;
        }
        struct pp_url next;
        r = pp_url_resolve(answer->body.arena, url, hop->location.data, &next);
        if (r) {
            return pp_err_set(error, PPROF_ERR_ADDRESS, "redirected to a bad address: %s",
                              hop->location.data);
        }
        if (next.scheme == PP_URL_UNIX && url->scheme != PP_URL_UNIX) {
            return pp_err_set(error, PPROF_ERR_REFUSED, "redirected to a unix socket: %s",
                              hop->location.data);
        }
        hop->token = pp_url_same_server(url, &next) ? hop->token : NULL;
        *url = next;
    }
    return pp_err_set(error, PPROF_ERR_ADDRESS, "stopped after %d redirects", MAX_REDIRECTS);
}

static int check_file(const char *file, const char *what, struct pprof_error *error)
{
    return access(file, R_OK) == 0 ? 0
                                   : pp_err_lower(error, PPROF_ERR_INVALID, errno,
                                                  "could not load %s: open %s", what, file);
}

/* Half of the pair: a file in PEM's text form. */
static int check_pem(const char *path, const char *half, struct pprof_error *error)
{
    static const char pair[] = "certificate/key pair specified by -tls_cert and -tls_key";
    struct pp_sys_file file;
    int r = check_file(path, pair, error);
    if (r || pp_sys_file_map(path, &file)) {
        return r;
    }
    bool is_pem = memmem(file.data, file.size, "-----BEGIN ", 11) != NULL;
    pp_sys_file_unmap(&file);
    return is_pem ? 0
                  : pp_err_set(error, PPROF_ERR_INVALID,
                               "could not load %s: tls: failed to find any PEM data in %s input",
                               pair, half);
}

static int check_files(const struct pp_http_tls *tls, struct pprof_error *error)
{
    int r = tls->cert && *tls->cert ? check_pem(tls->cert, "certificate", error) : 0;
    r = !r && tls->key && *tls->key ? check_pem(tls->key, "key", error) : r;
    return !r && tls->ca && *tls->ca ? check_file(tls->ca, "CA specified by -tls_ca", error) : r;
}

/* A client certificate and its key come together; what is named is there, also where the server
 * does not speak TLS. */
static int check_tls(const struct pp_http_tls *tls, struct pprof_error *error)
{
    bool cert = tls->cert && *tls->cert, key = tls->key && *tls->key;
    if (cert != key) {
        return pp_err_set(error, PPROF_ERR_INVALID,
                          cert ? "-tls_cert is specified, so -tls_key must also be specified"
                               : "-tls_key is specified, so -tls_cert must also be specified");
    }
    return check_files(tls, error);
}

/* A body that is no gzip after all stays as it is. */
static void unpack(struct pp_http_answer *answer, size_t cap)
{
    struct pp_buf plain;
    pp_buf_init(&plain, answer->body.arena);
    if (answer->is_packed &&
        pp_gunzip(&plain, answer->body.data, answer->body.len, cap, NULL) == 0) {
        answer->body = plain;
    }
}

int pp_http_exchange(const struct pp_http_call *call, struct pp_http_answer *answer,
                     struct pprof_error *error)
{
    struct pp_arena *arena = answer->body.arena;
    struct pp_url url;
    if (pp_url_parse(arena, call->url, &url)) {
        return pp_err_set(error, PPROF_ERR_ADDRESS, "not a URL: %s", call->url);
    }
    int r = check_tls(&call->tls, error);
    if (r) {
        return r;
    }
    struct pp_http_hop hop = {.url = &url, .call = call, .token = getenv("PPROF_TOKEN")};
    hop.token = hop.token && *hop.token ? hop.token : NULL;
    hop.body_cap = call->body_cap ? call->body_cap : (size_t)4 << 30;
    if (call->timeout_ns > 0) {
        hop.deadline_ns = pp_sys_monotonic_ns() + call->timeout_ns;
    }
    r = follow(&hop, answer, &url, error);
    if (r) {
        return r;
    }
    unpack(answer, hop.body_cap);
    answer->url = pp_url_text(arena, &url);
    return answer->url ? 0 : pp_err_set(error, PPROF_ERR_NOMEM, "out of memory");
}
