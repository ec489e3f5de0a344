/* A running program as the source: its pages, and its totals over time.
 *
 *   index page ("<tr><td>17</td><td><a href='heap?debug=1'>")  -> a count for each kind
 *   heap?debug=1, first line                                   -> bytes in use
 *   /proc/PID, when the program runs here                      -> memory, threads, descriptors
 */
#include "tool/web/room.h"

#include "base/err.h"
#include "base/sys.h"
#include "tool/driver/announced.h"
#include "tool/driver/pipeline.h"
#include "tool/symbolize/url.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOT "/debug/pprof/"
static const int64_t SECOND_NS = 1000000000;
enum { PAGE_SECONDS = 20, INDEX_MAX = 1 << 20 };

/* --- where ------------------------------------------------------------------------------------ */

/* ".../debug/pprof/" of a source below it; NULL for another URL. */
static const char *root_of(struct pp_arena *arena, const char *source)
{
    struct pp_url url;
    if (pp_url_parse_source(arena, source, &url)) {
        return NULL;
    }
    char *mark = strstr(url.path, "/debug/pprof");
    if (!mark) {
        return NULL;
    }
    struct pp_buf path;
    pp_buf_init(&path, arena);
    pp_buf_append(&path, url.path, (size_t)(mark - url.path));
    pp_buf_str(&path, ROOT);
    url.path = path.data;
    url.query = url.fragment = (char *)"";
    return path.err ? NULL : pp_url_text(arena, &url);
}

static bool is_this_machine(const struct pp_url *url)
{
    return !url->socket && (!strcmp(url->host, "localhost") || !strncmp(url->host, "127.", 4) ||
                            !strcmp(url->host, "::1"));
}

/* The same server, by whatever name of this machine. */
static bool is_same(struct pp_arena *arena, const struct pp_url *root, const char *announced)
{
    struct pp_url url;
    if (!*announced || pp_url_parse_source(arena, announced, &url)) {
        return false;
    }
    return pp_url_same_server(root, &url) ||
           (is_this_machine(root) && is_this_machine(&url) && !strcmp(root->port, url.port));
}

/* The process on this machine that announced such an address. */
static pid_t find_process(struct pp_arena *arena, const char *text)
{
    struct pp_url root;
    if (pp_url_parse_source(arena, text, &root)) {
        return 0;
    }
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    pid_t found = 0;
    while (proc && !found && (entry = readdir(proc))) {
        struct pp_announced announced;
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (pid > 0 && !pp_announced_read(pid, &announced) &&
            is_same(arena, &root, announced.url)) {
            found = pid;
        }
    }
    if (proc) {
        (void)closedir(proc);
    }
    return found;
}

void pp_web_live_init(struct pp_web *web)
{
    struct stat st;
    const struct pp_args *args = web->args;
    struct pp_url url;
    if (args->source_count != 1 || !stat(args->sources[0], &st) ||
        pp_url_parse_source(&web->arena, args->sources[0], &url)) {
        return;
    }
    web->is_live = true;
    web->root = root_of(&web->arena, args->sources[0]);
    web->pid = web->root ? find_process(&web->arena, web->root) : 0;
}

/* --- pages ------------------------------------------------------------------------------------ */

static int get_url(struct pp_web *web, const char *url, struct pp_http_answer *answer,
                   struct pprof_error *error)
{
    struct pp_http_call call = { .url = url, .timeout_ns = PAGE_SECONDS * SECOND_NS,
                                 .body_cap = PP_WEB_DUMP_BYTES, .tls = web->args->fetch.tls };
    int r = pp_http_exchange(&call, answer, error);
    if (!r && answer->status != 200) {
        r = pp_err_set(error, PPROF_ERR_NOTFOUND, "server response: %s", answer->status_text);
    }
    return r;
}

int pp_web_get(struct pp_web *web, const char *page, char **text, size_t *len,
               struct pprof_error *error)
{
    struct pp_arena arena;
    struct pp_http_answer answer = { .status = 0 };
    struct pp_buf url;
    pp_arena_init(&arena, 0);
    pp_buf_init(&url, &arena);
    pp_buf_init(&answer.body, &arena);
    pp_buf_printf(&url, "%s%s", web->root ? web->root : "", page);
    int r = url.err || !web->root
                ? pp_err_set(error, PPROF_ERR_NOTFOUND, "the source has no /debug/pprof/ pages")
                : get_url(web, url.data, &answer, error);
    if (!r) {
        *text = strndup(answer.body.data ? answer.body.data : "", answer.body.len);
        *len = *text ? strlen(*text) : 0;
        r = *text ? 0 : pp_err_set(error, PPROF_ERR_NOMEM, "not enough memory for this page");
    }
    pp_arena_release(&arena);
    return r;
}

/* A file's text if it is a dump: it starts with "goroutine N [". */
static int read_dump(const char *path, char **text, size_t *len, struct pprof_error *error)
{
    struct pp_sys_file file;
    int r = pp_sys_file_map(path, &file);
    if (r) {
        return pp_err_errno(error, PPROF_ERR_NOTFOUND, -r, "no goroutine dump: %s", path);
    }
    const char *begin = (const char *)file.data;
    bool is_dump = file.size > 12 && file.size < PP_WEB_DUMP_BYTES &&
                   !memchr(begin, '\0', file.size < 4096 ? file.size : 4096) &&
                   (!strncmp(begin, "goroutine ", 10) ||
                    memmem(begin, file.size, "\ngoroutine ", 11));
    *text = is_dump ? strndup(begin, file.size) : NULL;
    *len = *text ? strlen(*text) : 0;
    pp_sys_file_unmap(&file);
    return *text ? 0 : pp_err_set(error, PPROF_ERR_NOTFOUND, "the source is no goroutine dump");
}

int pp_web_take_dump(struct pp_web *web, char **text, size_t *len, struct pprof_error *error)
{
    if (!web->is_live) {
        return web->args->source_count == 1
                   ? read_dump(web->args->sources[0], text, len, error)
                   : pp_err_set(error, PPROF_ERR_NOTFOUND, "several sources have no one dump");
    }
    int r = pp_web_get(web, "goroutine?debug=3", text, len, error);
    if (!r && !strncmp(*text, "goroutine ", 10)) {
        return 0;
    }
    if (!r) { /* Go takes 3 for 2 since long, and older servers for 1 */
        free(*text);
    }
    return pp_web_get(web, "goroutine?debug=2", text, len, error);
}

/* --- totals ----------------------------------------------------------------------------------- */

/* The series of that name, made when new; PP_WEB_SERIES when there are too many. Under guard. */
static size_t series_of(struct pp_web *web, const char *name)
{
    for (size_t i = 0; i < web->series_count; i++) {
        if (!strcmp(web->series[i], name)) {
            return i;
        }
    }
    if (web->series_count < PP_WEB_SERIES) {
        (void)snprintf(web->series[web->series_count], PP_WEB_SERIES_NAME, "%s", name);
        return web->series_count++;
    }
    return PP_WEB_SERIES;
}

static void set_value(struct pp_web *web, struct pp_web_point *point, const char *name,
                      double value)
{
    (void)pthread_mutex_lock(&web->guard);
    size_t i = series_of(web, name);
    (void)pthread_mutex_unlock(&web->guard);
    if (i < PP_WEB_SERIES) {
        point->values[i] = value;
    }
}

/* Rows of the index page with a count. */
static void read_index(struct pp_web *web, struct pp_web_point *point, const char *page)
{
    static const char row[] = "<tr><td>";
    for (const char *at = page; (at = strstr(at, row));) {
        char *end, name[PP_WEB_SERIES_NAME];
        double count = strtod(at + sizeof(row) - 1, &end);
        const char *link = strstr(end, "href=");
        const char *next = strstr(end, row);
        at = end;
        if (!link || (next && link > next)) {
            continue;
        }
        link += 5 + (link[5] == '\'' || link[5] == '"');
        size_t len = strcspn(link, "?'\"> ");
        if (len && len < sizeof(name) && count > 0) {
            memcpy(name, link, len);
            name[len] = '\0';
            set_value(web, point, name, count);
        }
    }
}

static void read_heap(struct pp_web *web, struct pp_web_point *point)
{
    char *text = NULL;
    size_t len;
    long long objects, bytes;
    if (pp_web_get(web, "heap?debug=1", &text, &len, NULL)) {
        return;
    }
    if (sscanf(text, "heap profile: %lld: %lld", &objects, &bytes) == 2) {
        set_value(web, point, "heap in use (bytes)", (double)bytes);
    }
    free(text);
}

static size_t count_entries(pid_t pid, const char *folder)
{
    char path[64];
    size_t count = 0;
    (void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, folder);
    DIR *d = opendir(path);
    for (struct dirent *e; d && (e = readdir(d));) {
        count += e->d_name[0] != '.';
    }
    if (d) {
        (void)closedir(d);
    }
    return count;
}

static void read_process(struct pp_web *web, struct pp_web_point *point)
{
    char path[64], text[128];
    long long pages, resident;
    (void)snprintf(path, sizeof(path), "/proc/%d/statm", (int)web->pid);
    if (!web->pid || pp_sys_read_file(path, text, sizeof(text)) <= 0 ||
        sscanf(text, "%lld %lld", &pages, &resident) != 2) {
        return;
    }
    set_value(web, point, "resident memory (bytes)",
              (double)resident * (double)pp_sys_page_size());
    set_value(web, point, "threads", (double)count_entries(web->pid, "task"));
    set_value(web, point, "descriptors", (double)count_entries(web->pid, "fd"));
}

static void take_point(struct pp_web *web)
{
    struct pp_web_point point = { .at_ns = pp_sys_wall_ns() };
    struct pprof_error why = { 0 };
    char *page = NULL;
    size_t len;
    for (size_t i = 0; i < PP_WEB_SERIES; i++) {
        point.values[i] = NAN;
    }
    int r = pp_web_get(web, "", &page, &len, &why);
    if (!r) {
        read_process(web, &point);
        read_index(web, &point, page);
        read_heap(web, &point);
    }
    free(page);
    (void)pthread_mutex_lock(&web->guard);
    (void)snprintf(web->trouble, sizeof(web->trouble), "%.250s", r ? why.detail : "");
    if (!r && web->points) {
        web->points[web->point_count++ % PP_WEB_POINTS] = point;
    }
    (void)pthread_mutex_unlock(&web->guard);
}

/* --- recording -------------------------------------------------------------------------------- */

static void quiet(void *ctx, const char *text)
{
    (void)ctx;
    (void)text;
}

static struct timespec in_seconds(double seconds)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_REALTIME, &t);
    int64_t ns = (int64_t)t.tv_sec * SECOND_NS + t.tv_nsec + (int64_t)(seconds * 1e9);
    return (struct timespec){ ns / SECOND_NS, ns % SECOND_NS };
}

/* Waits for the next point; false while nothing is recorded. */
static bool wait_for_turn(struct pp_web *web, bool *profiles)
{
    (void)pthread_mutex_lock(&web->guard);
    while (web->record_every_s <= 0) {
        (void)pthread_cond_wait(&web->wake, &web->guard);
    }
    struct timespec until = in_seconds(web->record_every_s);
    int r = pthread_cond_timedwait(&web->wake, &web->guard, &until);
    *profiles = web->record_profiles;
    (void)pthread_mutex_unlock(&web->guard);
    return r == ETIMEDOUT;
}

void *pp_web_recorder(void *arg)
{
    struct pp_web *web = arg;
    while (true) {
        bool profiles;
        unsigned number;
        if (!wait_for_turn(web, &profiles)) {
            continue;
        }
        take_point(web);
        struct pprof_error why = { 0 };
        if (profiles && pp_web_take(web, quiet, NULL, &number, &why)) {
            (void)pthread_mutex_lock(&web->guard);
            (void)snprintf(web->trouble, sizeof(web->trouble), "%.250s", why.detail);
            (void)pthread_mutex_unlock(&web->guard);
        }
    }
    return NULL;
}

/* every=SECONDS (0 stops), profiles=1: a moment with each point. */
void pp_web_record(struct pp_web_ask *call)
{
    struct pp_web *web = call->web;
    double every = 0;
    if (!web->root) {
        pp_web_say(call, 400, "the source is no running program: there is nothing to record");
        return;
    }
    if (!pp_parse_real(pp_web_param(call, "every"), &every) || !(every >= 0 && every <= 3600)) {
        pp_web_say(call, 400, "every: seconds from 0 to 3600");
        return;
    }
    bool starts = every > 0;
    if (starts) {
        take_point(web);
    }
    (void)pthread_mutex_lock(&web->guard);
    web->record_every_s = starts && every < 0.2 ? 0.2 : every;
    web->record_profiles = *pp_web_param(call, "profiles") == '1';
    (void)pthread_cond_signal(&web->wake);
    (void)pthread_mutex_unlock(&web->guard);
    pp_web_say(call, 200, starts ? "recording" : "stopped");
}

/* --- the chart's data ------------------------------------------------------------------------- */

static void put_series(struct pp_web *web, struct pp_json *j, size_t series)
{
    size_t first = web->point_count > PP_WEB_POINTS ? web->point_count - PP_WEB_POINTS : 0;
    pp_json_open(j, '[');
    for (size_t i = first; i < web->point_count; i++) {
        const struct pp_web_point *p = &web->points[i % PP_WEB_POINTS];
        pp_json_real(j, series == PP_WEB_SERIES ? (double)p->at_ns / 1e9 : p->values[series]);
    }
    pp_json_close(j, ']');
}

int pp_web_live(struct pp_web_ask *call, struct pprof_error *error)
{
    struct pp_web *web = call->web;
    struct pp_json *j = &call->json;
    (void)error;
    pp_json_open(j, '{');
    pp_json_put_text(j, "source", web->args->sources[0]);
    pp_json_put_int(j, "pid", web->pid);
    pp_json_key(j, "moments");
    pp_web_moments_list(web, j);
    (void)pthread_mutex_lock(&web->guard);
    pp_json_key(j, "every");
    pp_json_real(j, web->record_every_s);
    pp_json_put_bool(j, "profiles", web->record_profiles);
    pp_json_put_text(j, "trouble", web->trouble);
    pp_json_key(j, "at");
    put_series(web, j, PP_WEB_SERIES);
    pp_json_key(j, "series");
    pp_json_open(j, '{');
    for (size_t i = 0; i < web->series_count; i++) {
        pp_json_key(j, web->series[i]);
        put_series(web, j, i);
    }
    pp_json_close(j, '}');
    (void)pthread_mutex_unlock(&web->guard);
    pp_json_close(j, '}');
    return 0;
}
