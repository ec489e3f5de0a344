/* Requests to answers, in the order of evaluation and with the words of Go's net/http/pprof. */
#include "base/atomic.h"
#include "base/err.h"
#include "base/http.h"
#include "base/sys.h"
#include "runtime/capture/cpu.h"
#include "runtime/capture/self.h"
#include "runtime/capture/text.h"
#include "runtime/serve/encode.h"
#include "runtime/serve/maps.h"
#include "runtime/serve/serve.h"
#include "runtime/unwind/module.h"

#include <limits.h>
#include <string.h>

#define PLAIN_TEXT "text/plain; charset=utf-8"
#define ROOT "/debug/pprof/"
#define SECONDS_MAX (INT64_MAX / 2000000000) /* half of what nanoseconds can count */

/* ---- small things all answers need ---------------------------------------------------------- */

const char *pp_call_param(const struct pp_call *call, const char *name)
{
    return pp_http_param(call->arena, call->query, name);
}

bool pp_call_parse_int(const char *text, int64_t *value)
{
    bool is_negative = *text == '-';
    uint64_t number = 0;
    uint64_t limit = (uint64_t)INT64_MAX + is_negative;
    bool in_range = true;
    *value = 0;
    text += *text == '-' || *text == '+';
    if (!*text) {
        return false;
    }
    for (; *text; text++) {
        if (*text < '0' || *text > '9') {
            return false;
        }
        unsigned digit = (unsigned)(*text - '0');
        in_range = in_range && number <= (limit - digit) / 10;
        number = in_range ? number * 10 + digit : limit;
    }
    *value = is_negative ? (int64_t)(0 - number) : (int64_t)number;
    return in_range;
}

static int64_t int_param(const struct pp_call *call, const char *name)
{
    int64_t value = 0;
    const char *text = pp_call_param(call, name);
    if (text) {
        (void)pp_call_parse_int(text, &value);
    }
    return value;
}

int64_t pp_call_seconds(const struct pp_call *call)
{
    enum { DEFAULT = 30 };
    int64_t seconds = 0;
    const char *text = pp_call_param(call, "seconds");
    if (!text || !pp_call_parse_int(text, &seconds) || seconds <= 0) {
        return DEFAULT;
    }
    return seconds < SECONDS_MAX ? seconds : SECONDS_MAX;
}

static bool is_canceled(const struct pp_call *call)
{
    const struct pprof_request *request = call->request;
    if (!request->canceled) {
        return false;
    }
    pp_self_leave(); /* the program's code, not ours */
    bool canceled = request->canceled(request->canceled_ctx) != 0;
    pp_self_enter();
    return canceled;
}

bool pp_call_sleep(const struct pp_call *call, int64_t seconds)
{
    return pp_call_sleep_ns(call, (seconds < SECONDS_MAX ? seconds : SECONDS_MAX) * 1000000000);
}

bool pp_call_sleep_ns(const struct pp_call *call, int64_t ns)
{
    const int64_t slice_ns = 100 * 1000 * 1000;
    int64_t end = pp_sys_monotonic_ns() + ns;
    for (;;) {
        int64_t left = end - pp_sys_monotonic_ns();
        if (left <= 0) {
            return true;
        }
        if (is_canceled(call)) {
            return false;
        }
        pp_sys_sleep_ns(left < slice_ns ? left : slice_ns);
    }
}

void pp_call_error(struct pp_call *call, int status, const char *text)
{
    call->response = (struct pprof_response){ .status = status,
                                              .content_type = PLAIN_TEXT,
                                              .is_error = true };
    pp_buf_reset(&call->body);
    pp_buf_str(&call->body, text);
    pp_buf_char(&call->body, '\n');
}

void pp_call_name_attachment(struct pp_call *call, const char *name)
{
    struct pp_buf header;
    pp_buf_init(&header, call->arena);
    pp_buf_printf(&header, "attachment; filename=\"%s\"", name);
    call->response.content_type = "application/octet-stream";
    call->response.content_disposition = header.data;
}

void pp_call_attachment(struct pp_call *call, const char *name, const struct pprof_profile *profile,
                        int level)
{
    struct pprof_error error;
    pp_call_name_attachment(call, name);
    if (pp_encode_gzip(profile, level, &call->body, &error) != 0) {
        pp_call_error(call, 500, error.detail);
    }
}

/* ---- endpoints ------------------------------------------------------------------------------ */

static void answer_cmdline(struct pp_call *call)
{
    size_t len;
    const char *text = pp_proc_read(call->arena, "/proc/self/cmdline", &len);
    len -= text && len > 0 && text[len - 1] == '\0'; /* joined by NUL, not ended by it */
    pp_buf_append(&call->body, text, len);
}

int pp_kind_text(const struct pp_kind *kind, int debug, struct pp_buf *out,
                 struct pprof_error *error)
{
    struct pp_arena scratch;
    pp_modules_rescan();
    if (kind->text) {
        return kind->text(kind, debug, out, error);
    }
    pp_arena_init(&scratch, 0);
    struct pp_snapshot snapshot = { .arena = &scratch };
    int failed = kind->collect(kind, &snapshot, error);
    if (!failed) {
        pp_text_count_profile(kind->name, &snapshot, kind->leaf_is_return, out);
    }
    pp_arena_release(&scratch);
    return failed;
}

/* Go's heap tests debug == 0 and the others debug > 0, so that debug=-1 differs. */
static bool wants_text(const struct pp_kind *kind, int64_t debug)
{
    return debug > 0 || (debug < 0 && (strcmp(kind->name, "heap") == 0 || kind == &pp_kind_allocs));
}

static void answer_binary(struct pp_call *call, const struct pp_kind *kind)
{
    struct pprof_profile *profile;
    struct pprof_error error = { .code = 0 };
    if (pp_encode_collect(kind, &profile, &error) != 0) {
        pp_call_error(call, 500, error.detail);
        return;
    }
    if (pp_encode_gzip(profile, 1, &call->body, &error) != 0) {
        pp_call_error(call, 500, error.detail);
    }
    pprof_profile_free(profile);
}

static void answer_kind(struct pp_call *call, const struct pp_kind *kind)
{
    struct pprof_error error = { .code = 0 };
    const char *seconds = pp_call_param(call, "seconds");
    if (kind == &pp_kind_heap && int_param(call, "age") > 0) {
        kind = &pp_kind_heap_ages;
    }
    if (seconds && *seconds) {
        pp_call_delta(call, kind, seconds);
        return;
    }
    int64_t debug = int_param(call, "debug");
    if (debug == 0) {
        pp_call_name_attachment(call, kind->name);
    }
    if (!wants_text(kind, debug)) {
        answer_binary(call, kind);
        return;
    }
    int level = debug > INT_MAX ? INT_MAX : debug < 0 ? 1 : (int)debug;
    if (pp_kind_text(kind, level, &call->body, &error) != 0) {
        pp_call_error(call, 500, error.detail);
    }
}

static const struct pp_endpoint endpoints[] = {
    { "", pp_call_index, NULL, false },
    { "cmdline", answer_cmdline, "The command line this program was started with", false },
    { "memory", pp_call_memory,
      "Where the resident memory is: the program, libraries, allocator, profiler; with the limits "
      "above it",
      false },
    { "metrics", pp_call_metrics, "Numbers of this process and its profiles for Prometheus",
      false },
    { "profile", pp_call_cpu,
      "Where CPU time goes. The seconds parameter says how long to look (30 by default); open the "
      "file with pprof.",
      false },
    { "self", pp_call_self, NULL, false },
    { "symbol", pp_call_symbol,
      "Names of functions for program counters, given as 0x.. numbers with '+' between them in the "
      "query or in the body of a POST",
      true },
    { "wall", pp_call_wall,
      "What threads do and wait for, by the clock on the wall. The seconds parameter says how long "
      "to look (30 by default); tags tell running from each kind of waiting.",
      false },
    { "trace", pp_call_trace,
      "What each thread did and waited for, for ui.perfetto.dev. The seconds parameter says how "
      "long to look (1 by default); last=SECONDS gives what the flight recorder holds.",
      false },
};

const struct pp_endpoint *pp_endpoints(size_t *count)
{
    *count = sizeof(endpoints) / sizeof(endpoints[0]);
    return endpoints;
}

static const struct pp_endpoint *find_endpoint(const char *name)
{
    for (size_t i = 0; i < sizeof(endpoints) / sizeof(endpoints[0]); i++) {
        if (strcmp(endpoints[i].name, name) == 0) {
            return &endpoints[i];
        }
    }
    return NULL;
}

/* ---- paths ---------------------------------------------------------------------------------- */

/* One "/a/./b//../c/" to "/a/c/", as Go's mux cleans it. The result is never longer. */
static char *clean_path(struct pp_arena *arena, const char *path)
{
    char *out = pp_arena_alloc(arena, strlen(path) + 2);
    if (!out) {
        return NULL;
    }
    size_t len = 0;
    out[len++] = '/';
    for (const char *at = path; *at;) {
        at += strspn(at, "/");
        size_t part = strcspn(at, "/");
        bool is_last = at[part] == '\0';
        if (part == 2 && at[0] == '.' && at[1] == '.') {
            len -= len > 1;
            while (len > 0 && out[len - 1] != '/') {
                len--;
            }
        } else if (part > 0 && !(part == 1 && at[0] == '.')) {
            memcpy(out + len, at, part);
            len += part;
            if (!is_last) {
                out[len++] = '/';
            }
        }
        at += part;
    }
    out[len] = '\0';
    return out;
}

/* A decoded path back into a URL: what could end a header line or a query must not pass. */
static void escape_path(struct pp_buf *out, const char *path)
{
    static const char digits[] = "0123456789ABCDEF";
    for (; *path; path++) {
        unsigned char c = (unsigned char)*path;
        if (c > 0x20 && c < 0x7f && !strchr("\"%<>?#\\^`{|}'&", c)) {
            pp_buf_char(out, (char)c);
        } else {
            pp_buf_char(out, '%');
            pp_buf_char(out, digits[c >> 4]);
            pp_buf_char(out, digits[c & 15]);
        }
    }
}

static bool is_printable(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text <= 0x20 || (unsigned char)*text >= 0x7f || *text == '"' ||
            *text == '<' || *text == '>') {
            return false;
        }
    }
    return true;
}

static void redirect(struct pp_call *call, const char *path, const char *tail)
{
    struct pp_buf location;
    pp_buf_init(&location, call->arena);
    escape_path(&location, path);
    pp_buf_str(&location, tail);
    if (*call->query && is_printable(call->query)) {
        pp_buf_char(&location, '?');
        pp_buf_str(&location, call->query);
    }
    call->response.status = 307;
    call->response.content_type = "text/html; charset=utf-8";
    call->response.location = location.data ? location.data : "/";
    pp_buf_str(&call->body, "<a href=\"");
    for (const char *c = call->response.location; *c; c++) {
        pp_buf_str(&call->body, *c == '&' ? "&amp;" : (char[]){ *c, '\0' });
    }
    pp_buf_str(&call->body, "\">Temporary Redirect</a>.\n\n");
}

static void answer_plain(struct pp_call *call, int status, const char *text)
{
    call->response.status = status;
    pp_buf_str(&call->body, text);
}

static bool is_allowed(struct pp_call *call, const struct pp_endpoint *endpoint)
{
    const char *method = call->request->method;
    bool post = endpoint && endpoint->takes_post;
    if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 ||
        (post && strcmp(method, "POST") == 0)) {
        return true;
    }
    call->response.allow = post ? "GET, HEAD, POST" : "GET, HEAD";
    answer_plain(call, 405, "Method Not Allowed\n");
    return false;
}

/* Everything below /debug/pprof/. */
static void answer_name(struct pp_call *call)
{
    const struct pp_endpoint *endpoint = find_endpoint(call->name);
    if (!is_allowed(call, endpoint)) {
        return;
    }
    if (!pp_load_relaxed(&pp_enabled) && strcmp(call->name, "self") != 0) {
        pp_call_error(call, 503,
                      "profiling is switched off in this process (pprof_enable or PPROF_OFF)");
        return;
    }
    if (endpoint) {
        endpoint->answer(call);
        return;
    }
    const struct pp_kind *kind = pp_kind_find(call->name);
    if (!kind) {
        pp_call_error(call, 404, "Unknown profile");
        return;
    }
    answer_kind(call, kind);
}

static const char *last_root(const char *path)
{
    const char *found = NULL;
    for (const char *at = path; (at = strstr(at, ROOT)) != NULL; at++) {
        found = at;
    }
    return found;
}

static bool ends_in_root_name(const char *path)
{
    size_t len = strlen(path);
    const size_t root = sizeof(ROOT) - 2; /* without the last slash */
    return len >= root && memcmp(path + len - root, ROOT, root) == 0;
}

static void route(struct pp_call *call, const char *path)
{
    const char *clean = clean_path(call->arena, path);
    const char *root = last_root(path);
    if (!clean) {
        pp_call_error(call, 500, "not enough memory for this request");
    } else if (strcmp(path, clean) != 0) {
        redirect(call, clean, "");
    } else if (root) {
        call->name = root + sizeof(ROOT) - 1;
        answer_name(call);
    } else if (ends_in_root_name(path)) {
        redirect(call, path, "/");
    } else if (strcmp(path, "/metrics") == 0) {
        call->name = "metrics";
        answer_name(call);
    } else if (strcmp(path, "/") == 0) {
        redirect(call, ROOT, "");
    } else {
        answer_plain(call, 404, "404 page not found\n");
    }
}

void pp_call_answer(struct pp_call *call, const struct pprof_request *request,
                    struct pp_arena *arena)
{
    *call = (struct pp_call){
        .request = request,
        .name = "",
        .query = request->query ? request->query : "",
        .arena = arena,
        .response = { .status = 200, .content_type = PLAIN_TEXT },
    };
    pp_buf_init(&call->body, arena);
    route(call, request->path);
    if (call->body.err) {
        pp_call_error(call, 500, "not enough memory for this answer");
    }
    call->response.content_length = call->body.len;
}
