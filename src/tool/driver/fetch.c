#include "tool/driver/fetch.h"

#include "base/err.h"
#include "base/sys.h"
#include "profile/decode.h"
#include "tool/symbolize/http_client.h"
#include "tool/symbolize/url.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { THREADS = 8, GRACE_SECONDS = 5 };

static int fail_file(struct pprof_error *error, const char *what, const char *path, int err)
{
    return pp_err_lower(error, PPROF_ERR_SYSTEM, err, "%s %s", what, path);
}

/* --- URLs ------------------------------------------------------------------------------------- */

static int url_seconds(struct pp_arena *arena, const char *query)
{
    const char *value = pp_url_param(arena, query, "seconds");
    char *end = NULL;
    long seconds = value ? strtol(value, &end, 10) : 0;
    bool whole = end && end > value && *end == '\0';
    return whole && seconds > 0 && seconds < 1000000 ? (int)seconds : 0;
}

int pp_fetch_url(struct pp_arena *arena, const char *source, const struct pp_fetch_options *options,
                 char **url, int64_t *timeout_ns)
{
    struct pp_url parsed;
    int r = pp_url_parse_source(arena, source, &parsed);
    if (r) {
        return r;
    }
    char number[16];
    int duration = options->seconds > 0 ? options->seconds : url_seconds(arena, parsed.query);
    (void)snprintf(number, sizeof(number), "%d", options->seconds);
    parsed.query =
        pp_url_query_set(arena, parsed.query, "seconds", options->seconds > 0 ? number : NULL);
    char *text = parsed.query ? pp_url_text(arena, &parsed) : NULL;
    if (!text) {
        return PPROF_ERR_NOMEM;
    }
    int64_t wait_ms = duration > 0 ? (int64_t)duration * 1500 : 60000;
    wait_ms = options->timeout_seconds > 0 ? (int64_t)options->timeout_seconds * 1000 : wait_ms;
    *timeout_ns = (wait_ms + GRACE_SECONDS * 1000) * 1000000;
    *url = text;
    return 0;
}

static void say_wait(int seconds, pp_message_fn message, void *ctx)
{
    int h = seconds / 3600, m = seconds / 60 % 60, s = seconds % 60;
    if (h) {
        pp_message(message, ctx, "Please wait... (%dh%dm%ds)", h, m, s);
    } else if (m) {
        pp_message(message, ctx, "Please wait... (%dm%ds)", m, s);
    } else {
        pp_message(message, ctx, "Please wait... (%ds)", s);
    }
}

static bool is_html(const struct pp_http_answer *answer)
{
    const char *p = answer->body.data ? answer->body.data : "";
    p += strspn(p, " \t\r\n");
    return !strncasecmp(answer->content_type, "text/html", 9) || !strncasecmp(p, "<!doctype", 9) ||
           !strncasecmp(p, "<html", 5);
}

/* Where the profiles of a server are, for one who named only the server. */
static void likely_urls(struct pp_arena *arena, const char *url, char *out, size_t cap)
{
    struct pp_url parsed;
    char *root = NULL;
    if (pp_url_parse(arena, url, &parsed) == 0) {
        parsed.path = (char *)"/debug/pprof/";
        parsed.query = parsed.fragment = (char *)"";
        root = pp_url_text(arena, &parsed);
    }
    (void)snprintf(out, cap, "profiles are usually at %1$sheap, %1$sgoroutine and "
                   "%1$sprofile?seconds=10", root ? root : "/debug/pprof/");
}

static bool names_only_server(struct pp_arena *arena, const char *url)
{
    struct pp_url parsed;
    return pp_url_parse(arena, url, &parsed) == 0 && (!parsed.path[0] || !strcmp(parsed.path, "/"));
}

static int check_answer(const struct pp_http_answer *answer, const char *asked,
                        struct pprof_error *error)
{
    struct pp_arena *arena = answer->body.arena;
    char hint[400];
    likely_urls(arena, answer->url, hint, sizeof(hint));
    if (answer->status != 200) {
        const char *body = answer->body.data ? answer->body.data : "";
        size_t len = strcspn(body, "\r\n");
        if (answer->go_pprof && !strncasecmp(answer->content_type, "text/plain", 10) && len) {
            return pp_err_set(error, PPROF_ERR_NOTFOUND, "server response: %s - %.*s",
                              answer->status_text, (int)(len < 400 ? len : 400), body);
        }
        bool bare = names_only_server(arena, asked);
        return pp_err_set(error, PPROF_ERR_NOTFOUND, "server response: %s%s%s", answer->status_text,
                          bare ? "; " : "", bare ? hint : "");
    }
    if (is_html(answer)) {
        return pp_err_set(error, PPROF_ERR_FORMAT, "%s is an HTML page, not a profile; %s",
                          answer->url, hint);
    }
    return 0;
}

/* --- bytes to a profile ----------------------------------------------------------------------- */

static void forget(void *file)
{
    if (file) {
        pp_sys_file_unmap(file);
    }
}

/* Megabytes that are packed may be terabytes: no part of a profile takes more than half of the
 * machine's memory. */
static size_t memory_cap(const struct pp_fetch_options *options)
{
    long pages = sysconf(_SC_PHYS_PAGES);
    size_t half = pages > 0 ? (size_t)pages / 2 * pp_sys_page_size() : 0;
    return options->memory_cap_bytes ? options->memory_cap_bytes : half;
}

/* Where the bytes are a file's, it is unmapped as soon as possible: its pages count as ours. */
static int parse(const void *data, size_t len, struct pp_sys_file *file,
                 const struct pp_fetch_options *options, struct pp_fetched *out,
                 struct pprof_error *error)
{
    static const char *const known[] = {"parsing profile: ", "decompressing profile: ",
                                        "malformed profile: "};
    struct pprof_read_options read = {.memory_cap_bytes = memory_cap(options)};
    struct pprof_error why = {0};
    int r = pp_profile_read_then(data, len, &read, forget, file, &out->profile, &why);
    if (r == 0) {
        return 0;
    }
    out->profile = NULL;
    bool prefixed = false;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        prefixed = prefixed || !strncmp(why.detail, known[i], strlen(known[i]));
    }
    return pp_err_set(error, r, "%s%.480s", prefixed ? "" : known[0], why.detail);
}

/* Go's words: what it reads of an answer that has begun is no longer a matter of the request. */
static int fail_exchange(int r, const char *url, const char *why, struct pprof_error *error)
{
    return r == PPROF_ERR_TRUNCATED
               ? pp_err_set(error, r, "unexpected EOF: %s", why)
               : pp_err_set(error, r, "http fetch: Get \"%.240s\": %.240s", url, why);
}

static int fetch_remote(const char *url, int64_t timeout_ns, const struct pp_fetch_options *options,
                        struct pp_fetched *out, struct pprof_error *error)
{
    struct pp_arena arena;
    struct pprof_error why = {0};
    struct pp_http_call call = {.url = url, .timeout_ns = timeout_ns, .tls = options->tls};
    struct pp_http_answer answer = {0};
    pp_arena_init(&arena, 0);
    pp_buf_init(&answer.body, &arena);
    int r = pp_http_exchange(&call, &answer, &why);
    r = r ? fail_exchange(r, url, why.detail, error) : check_answer(&answer, url, error);
    r = r ? r : parse(answer.body.data, answer.body.len, NULL, options, out, error);
    if (r == 0) {
        out->is_remote = true;
        out->url = pp_arena_strndup(&out->arena, answer.url, strlen(answer.url));
        r = out->url ? 0 : pp_err_set(error, PPROF_ERR_NOMEM, "out of memory");
    }
    pp_arena_release(&arena);
    return r;
}

/* Pipes and terminals have no size: read to the end. */
static int read_stream(int fd, struct pp_buf *data, const char *path, struct pprof_error *error)
{
    for (;;) {
        char *room = pp_buf_room(data, 1 << 18);
        if (!room) {
            return pp_err_set(error, PPROF_ERR_NOMEM, "out of memory");
        }
        ssize_t n = read(fd, room, 1 << 18);
        if (n == 0) {
            return 0;
        }
        if (n < 0 && errno != EINTR) {
            return fail_file(error, "read", path, errno);
        }
        data->len += n > 0 ? (size_t)n : 0;
    }
}

static int fetch_stream(const char *path, const struct pp_fetch_options *options,
                        struct pp_fetched *out, struct pprof_error *error)
{
    struct pp_arena arena;
    struct pp_buf data;
    bool standard_input = !strcmp(path, "-");
    int fd = standard_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return fail_file(error, "open", path, errno);
    }
    pp_arena_init(&arena, 0);
    pp_buf_init(&data, &arena);
    int r = read_stream(fd, &data, path, error);
    r = r ? r : parse(data.data ? data.data : "", data.len, NULL, options, out, error);
    pp_arena_release(&arena);
    if (!standard_input) {
        close(fd);
    }
    return r;
}

static int fetch_file(const char *path, const struct stat *info,
                      const struct pp_fetch_options *options, struct pp_fetched *out,
                      struct pprof_error *error)
{
    if (!S_ISREG(info->st_mode) && !S_ISDIR(info->st_mode)) {
        return fetch_stream(path, options, out, error);
    }
    struct pp_sys_file file;
    int r = pp_sys_file_map(path, &file);
    if (r == -EISDIR || S_ISDIR(info->st_mode)) {
        if (r == 0) {
            pp_sys_file_unmap(&file);
        }
        return fail_file(error, "read", path, EISDIR);
    }
    if (r) {
        return fail_file(error, "open", path, -r);
    }
    if (file.size == 0) { /* also /proc files, which tell no size */
        pp_sys_file_unmap(&file);
        return fetch_stream(path, options, out, error);
    }
    return parse(file.data, file.size, &file, options, out, error);
}

/* --- one source ------------------------------------------------------------------------------- */

/* Where each mapping can be asked for names; one without any name is named after the source. */
static int collect_mappings(struct pp_fetched *out, struct pprof_error *error)
{
    struct pprof_profile *p = out->profile;
    out->mappings = pp_arena_array(&out->arena, p->mapping_count + 1, sizeof(*out->mappings));
    for (size_t i = 0; out->mappings && i < p->mapping_count; i++) {
        struct pprof_mapping *m = &p->mappings[i];
        const char *key = p->strings[m->build_id ? m->build_id : m->filename].ptr;
        key = *key ? key : out->url;
        out->mappings[i].key = pp_arena_strndup(&out->arena, key, strlen(key));
        out->mappings[i].url = out->url;
        out->mappings[i].start = m->start;
        if (!out->mappings[i].key) {
            break;
        }
        out->mapping_count++;
    }
    bool whole = out->mappings && out->mapping_count == p->mapping_count;
    return whole ? 0 : pp_err_set(error, PPROF_ERR_NOMEM, "out of memory");
}

static int acquire(const char *source, const struct pp_fetch_options *options,
                   struct pp_fetched *out, pp_message_fn message, void *ctx,
                   struct pprof_error *error)
{
    struct stat info;
    char *url;
    int64_t timeout_ns;
    if (!strcmp(source, "-")) {
        return fetch_stream(source, options, out, error);
    }
    if (stat(source, &info) == 0) {
        return fetch_file(source, &info, options, out, error);
    }
    int err = errno;
    int r = pp_fetch_url(&out->arena, source, options, &url, &timeout_ns);
    if (r) {
        return r == PPROF_ERR_NOMEM ? pp_err_set(error, r, "out of memory")
                                    : fail_file(error, "stat", source, err);
    }
    pp_message(message, ctx, "Fetching profile over HTTP from %s", url);
    if (options->seconds > 0) {
        say_wait(options->seconds, message, ctx);
    }
    return fetch_remote(url, timeout_ns, options, out, error);
}

int pp_fetch(const char *source, const struct pp_fetch_options *options, struct pp_fetched *out,
             pp_message_fn message, void *ctx, struct pprof_error *error)
{
    memset(out, 0, sizeof(*out));
    pp_arena_init(&out->arena, 0);
    int r = acquire(source, options, out, message, ctx, &out->error);
    r = r ? r : pp_locate_binaries(out->profile, options->executable, options->build_id, message,
                                   ctx, &out->error);
    r = r || !out->is_remote ? r : pp_fetch_name_sources(out, &out->error);
    r = r || !out->is_remote ? r : collect_mappings(out, &out->error);
    if (r) {
        pprof_profile_free(out->profile);
        out->profile = NULL;
        if (error) {
            *error = out->error;
        }
    }
    return r;
}

void pp_fetched_release(struct pp_fetched *fetched)
{
    pprof_profile_free(fetched->profile);
    pp_arena_release(&fetched->arena);
    memset(fetched, 0, sizeof(*fetched));
}

/* --- several sources -------------------------------------------------------------------------- */

struct crew {
    pthread_mutex_t lock; /* guards next and the calls of message */
    const char *const *sources;
    size_t count, next;
    const struct pp_fetch_options *options;
    struct pp_fetched *out;
    pp_message_fn message;
    void *ctx;
};

static void say_one_by_one(void *ctx, const char *text)
{
    struct crew *crew = ctx;
    pthread_mutex_lock(&crew->lock);
    if (crew->message) {
        crew->message(crew->ctx, text);
    }
    pthread_mutex_unlock(&crew->lock);
}

static void *work(void *arg)
{
    struct crew *crew = arg;
    for (;;) {
        pthread_mutex_lock(&crew->lock);
        size_t i = crew->next++;
        pthread_mutex_unlock(&crew->lock);
        if (i >= crew->count) {
            return NULL;
        }
        int failed = pp_fetch(crew->sources[i], crew->options, &crew->out[i], say_one_by_one, crew,
                              NULL);
        (void)failed; /* out[i] keeps why */
    }
}

size_t pp_fetch_all(const char *const *sources, size_t count,
                    const struct pp_fetch_options *options, struct pp_fetched *out,
                    pp_message_fn message, void *ctx)
{
    struct crew crew = {.lock = PTHREAD_MUTEX_INITIALIZER, .sources = sources, .count = count,
                        .options = options, .out = out, .message = message, .ctx = ctx};
    pthread_t threads[THREADS];
    size_t started = 0;
    while (started + 1 < count && started + 1 < THREADS &&
           pthread_create(&threads[started], NULL, work, &crew) == 0) {
        started++;
    }
    work(&crew);
    for (size_t i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
    }
    pthread_mutex_destroy(&crew.lock);
    size_t good = 0;
    for (size_t i = 0; i < count; i++) {
        good += out[i].profile != NULL;
        if (!out[i].profile) {
            pp_message(message, ctx, "%s: %s", sources[i], out[i].error.detail);
        }
    }
    return good;
}
