/* https and proxies by libcurl, loaded when first needed so that nothing else pays for it. */
#include "base/err.h"
#include "base/sys.h"
#include "tool/symbolize/dynlib.h"
#include "tool/symbolize/http_hop.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#define CURL_FUNCTIONS(X)                                                                          \
    X(curl_global_init)                                                                            \
    X(curl_easy_init)                                                                              \
    X(curl_easy_setopt)                                                                            \
    X(curl_easy_perform)                                                                           \
    X(curl_easy_cleanup)                                                                           \
    X(curl_easy_getinfo)                                                                           \
    X(curl_easy_strerror)                                                                          \
    X(curl_slist_append)                                                                           \
    X(curl_slist_free_all)

static struct {
#define X(name) __typeof__(&name) name;
    CURL_FUNCTIONS(X)
#undef X
} lib;

static const char *const function_names[] = {
#define X(name) #name,
    CURL_FUNCTIONS(X)
#undef X
    NULL
};

static bool begin(void)
{
    return (lib.curl_global_init)(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

static struct pp_dynlib library = { .files = { "libcurl.so.4", "libcurl-gnutls.so.4" },
                                    .names = function_names, .table = &lib, .check = begin };

struct transfer {
    struct pp_http_hop *hop;
    struct pp_http_answer *answer;
    int err; /* why a callback stopped it */
};

static size_t on_body(char *data, size_t size, size_t count, void *ctx)
{
    struct transfer *transfer = ctx;
    struct pp_buf *body = &transfer->answer->body;
    size_t len = size * count;
    if (len > transfer->hop->body_cap - body->len) {
        transfer->err = PPROF_ERR_LIMIT;
        return 0;
    }
    pp_buf_append(body, data, len);
    transfer->err = body->err;
    return body->err ? 0 : len;
}

static size_t on_header(char *data, size_t size, size_t count, void *ctx)
{
    struct transfer *transfer = ctx;
    size_t len = size * count, text = len;
    while (text && (data[text - 1] == '\n' || data[text - 1] == '\r')) {
        text--;
    }
    if (!pp_http_take_status(transfer->answer, data, text)) {
        pp_http_take_header(transfer->hop, transfer->answer, data, text);
    }
    return len;
}

#define SET(curl, option, value) ((void)(lib.curl_easy_setopt)((curl), (option), (value)))

static void set_tls(CURL *curl, const struct pp_http_hop *hop)
{
    const struct pp_http_tls *tls = &hop->call->tls;
    if (tls->cert && *tls->cert) {
        SET(curl, CURLOPT_SSLCERT, tls->cert);
        SET(curl, CURLOPT_SSLKEY, tls->key);
    }
    if (tls->ca && *tls->ca) {
        SET(curl, CURLOPT_CAINFO, tls->ca);
    }
    if (hop->url->scheme == PP_URL_HTTPS_INSECURE) {
        SET(curl, CURLOPT_SSL_VERIFYPEER, 0L);
        SET(curl, CURLOPT_SSL_VERIFYHOST, 0L);
    }
}

/* curl itself reads only the lower-case variable for http, and asks proxies for loopback. */
static void set_proxy(CURL *curl, const struct pp_url *url)
{
    const char *upper = getenv("HTTP_PROXY");
    const char *lower = getenv("http_proxy");
    if (pp_http_is_loopback(url->host)) {
        SET(curl, CURLOPT_PROXY, "");
    } else if (url->scheme == PP_URL_HTTP && upper && *upper && !(lower && *lower)) {
        SET(curl, CURLOPT_PROXY, upper);
    }
}

static char *plain_url(struct pp_arena *arena, const struct pp_url *url)
{
    struct pp_url copy = *url;
    copy.user = NULL;
    copy.scheme_text = copy.scheme == PP_URL_HTTP ? "http" : "https";
    return pp_url_text(arena, &copy);
}

static int set_request(CURL *curl, struct transfer *transfer, struct curl_slist *headers,
                       struct pprof_error *error)
{
    const struct pp_http_hop *hop = transfer->hop;
    char *url = plain_url(transfer->answer->body.arena, hop->url);
    if (!url) {
        return pp_err_set(error, PPROF_ERR_NOMEM, "out of memory");
    }
    SET(curl, CURLOPT_URL, url);
    SET(curl, CURLOPT_NOSIGNAL, 1L);
    SET(curl, CURLOPT_USERAGENT, "pprof");
    SET(curl, CURLOPT_HTTPHEADER, headers);
    SET(curl, CURLOPT_WRITEFUNCTION, on_body);
    SET(curl, CURLOPT_WRITEDATA, transfer);
    SET(curl, CURLOPT_HEADERFUNCTION, on_header);
    SET(curl, CURLOPT_HEADERDATA, transfer);
    if (hop->url->user && !hop->token) {
        SET(curl, CURLOPT_USERPWD, hop->url->user);
    }
    if (hop->call->body) {
        SET(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)hop->call->body_len);
        SET(curl, CURLOPT_POSTFIELDS, hop->call->body);
    }
    if (hop->deadline_ns) {
        int64_t left_ms = (hop->deadline_ns - pp_sys_monotonic_ns()) / 1000000;
        SET(curl, CURLOPT_TIMEOUT_MS, (long)(left_ms > 0 ? left_ms : 1));
    }
    set_proxy(curl, hop->url);
    set_tls(curl, hop);
    return 0;
}

/* What is wrong with a server's certificate, in the words that Go's programs say and scripts look
 * for; the number is OpenSSL's, or curl's 1 when only the name is another. */
static const char *certificate_fault(CURL *curl)
{
    enum { UNSPECIFIED = 1, NOT_YET_VALID = 9, EXPIRED = 10 };
    long why = 0;
    if ((lib.curl_easy_getinfo)(curl, CURLINFO_SSL_VERIFYRESULT, &why) != CURLE_OK ||
        why <= UNSPECIFIED) {
        return "certificate is not valid for this name";
    }
    return why == EXPIRED || why == NOT_YET_VALID ? "certificate has expired or is not yet valid"
                                                  : "certificate signed by unknown authority";
}

/* curl's text names the server, or the proxy that could not be reached. */
static int fail_connect(CURL *curl, const struct pp_url *url, const char *detail,
                        struct pprof_error *error)
{
    long err = 0;
    if (!strstr(detail, url->host)) {
        return pp_err_set(error, PPROF_ERR_SYSTEM, "proxyconnect tcp: %s", detail);
    }
    if ((lib.curl_easy_getinfo)(curl, CURLINFO_OS_ERRNO, &err) != CURLE_OK || err <= 0) {
        return pp_err_set(error, PPROF_ERR_SYSTEM, "%s", detail);
    }
    return pp_err_lower(error, PPROF_ERR_SYSTEM, (int)err, "dial tcp %s:%s: connect", url->host,
                        url->port[0] ? url->port : "443");
}

static int result(CURL *curl, const struct transfer *transfer, CURLcode code, const char *detail,
                  struct pprof_error *error)
{
    const struct pp_url *url = transfer->hop->url;
    if (transfer->err == PPROF_ERR_LIMIT) {
        return pp_err_set(error, PPROF_ERR_LIMIT, "the answer is larger than %zu MiB",
                          transfer->hop->body_cap >> 20);
    }
    const char *text = *detail ? detail : (lib.curl_easy_strerror)(code);
    switch (code) {
    case CURLE_OK:
        return 0;
    case CURLE_OPERATION_TIMEDOUT:
        return pp_err_set(error, PPROF_ERR_CANCELED, "%s (-timeout sets how many seconds to wait)",
                          text);
    case CURLE_PARTIAL_FILE:
        return pp_err_set(error, PPROF_ERR_TRUNCATED, "%s", text);
    case CURLE_PEER_FAILED_VERIFICATION:
        return pp_err_set(error, PPROF_ERR_SYSTEM,
                          "tls: failed to verify certificate: x509: %s (%s)",
                          certificate_fault(curl), text);
    case CURLE_COULDNT_CONNECT:
        return fail_connect(curl, url, text, error);
    case CURLE_GOT_NOTHING:
        return pp_err_set(error, PPROF_ERR_SYSTEM, "EOF: %s", text);
    case CURLE_COULDNT_RESOLVE_HOST:
        return pp_err_set(error, PPROF_ERR_ADDRESS, "dial tcp: lookup %s: no such host (%s)",
                          url->host, text);
    case CURLE_URL_MALFORMAT:
        return pp_err_set(error, PPROF_ERR_ADDRESS, "%s", text);
    default:
        return pp_err_set(error, PPROF_ERR_SYSTEM, "%s", text);
    }
}

static int transfer_with(CURL *curl, struct pp_http_hop *hop, struct pp_http_answer *answer,
                         struct pprof_error *error)
{
    struct transfer transfer = {.hop = hop, .answer = answer};
    char detail[CURL_ERROR_SIZE] = "";
    struct curl_slist *headers = (lib.curl_slist_append)(NULL, "Expect:");
    headers = (lib.curl_slist_append)(headers, hop->call->body
                                                   ? "Content-Type: application/octet-stream"
                                                   : "Accept-Encoding: gzip");
    if (hop->token) {
        struct pp_buf line;
        pp_buf_init(&line, answer->body.arena);
        pp_buf_printf(&line, "Authorization: Bearer %s", hop->token);
        headers = line.err ? headers : (lib.curl_slist_append)(headers, line.data);
    }
    SET(curl, CURLOPT_ERRORBUFFER, detail);
    int r = set_request(curl, &transfer, headers, error);
    if (r == 0) {
        CURLcode code = (lib.curl_easy_perform)(curl);
        r = result(curl, &transfer, code, detail, error);
    }
    (lib.curl_slist_free_all)(headers);
    return r;
}

int pp_http_curl(struct pp_http_hop *hop, struct pp_http_answer *answer, struct pprof_error *error)
{
    if (!pp_dynlib_load(&library)) {
        return pp_err_set(error, PPROF_ERR_UNSUPPORTED,
                          "%s needs libcurl.so.4, which is not installed (Debian: apt install "
                          "libcurl4; Fedora: dnf install libcurl)",
                          hop->url->scheme == PP_URL_HTTP ? "a proxy (HTTP_PROXY)" : "https");
    }
    CURL *curl = (lib.curl_easy_init)();
    if (!curl) {
        return pp_err_set(error, PPROF_ERR_NOMEM, "out of memory");
    }
    int r = transfer_with(curl, hop, answer, error);
    (lib.curl_easy_cleanup)(curl);
    return r;
}
