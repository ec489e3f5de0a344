#include "tool/driver/leaks.h"

#include "base/err.h"
#include "base/sys.h"
#include "tool/driver/announced.h"
#include "tool/symbolize/http_client.h"
#include "tool/symbolize/url.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ROOT "/debug/pprof/"
static const int64_t TIMEOUT_NS = INT64_C(60) * 1000000000;

/* ---- where ----------------------------------------------------------------------------------- */

static int no_memory(struct pprof_error *error)
{
    return pp_err_set(error, PPROF_ERR_NOMEM, "out of memory");
}

/* Of whatever page below /debug/pprof/ was named, the root. */
static int set_url(struct pp_hunt *hunt, const char *text, struct pprof_error *error)
{
    struct pp_url url;
    if (pp_url_parse_source(&hunt->arena, text, &url) != 0) {
        return pp_err_set(error, PPROF_ERR_ADDRESS,
                          "%.200s is no URL, HOST:PORT or process id (to start a program: pprof "
                          "leaks -- COMMAND)",
                          text);
    }
    char *end = strstr(url.path, "/debug/pprof");
    size_t keep = end ? (size_t)(end - url.path) : 0;
    char *path = pp_arena_alloc(&hunt->arena, keep + sizeof(ROOT));
    if (!path) {
        return no_memory(error);
    }
    memcpy(path, url.path, keep);
    memcpy(path + keep, ROOT, sizeof(ROOT));
    url.path = path;
    url.query = url.fragment = (char *)"";
    hunt->url = pp_url_text(&hunt->arena, &url);
    return hunt->url ? 0 : no_memory(error);
}

static int resolve_pid(struct pp_hunt *hunt, pid_t pid, struct pprof_error *error)
{
    struct pp_announced found;
    int result = pp_announced_read(pid, &found);
    if (result < 0) {
        return pp_err_errno(error, PPROF_ERR_NOTFOUND, -result, "process %d", (int)pid);
    }
    if (!*found.url) {
        return pp_err_set(error, PPROF_ERR_NOTFOUND,
                          "process %d %s; start it with: pprof run -- COMMAND", (int)pid,
                          found.has_library ? "has libpprof in it, but serves nothing"
                                            : "does not have libpprof in it");
    }
    return set_url(hunt, found.url, error);
}

int pp_hunt_resolve(struct pp_hunt *hunt, const char *target, struct pprof_error *error)
{
    if (*target && target[strspn(target, "0123456789")] == '\0') {
        return resolve_pid(hunt, (pid_t)atol(target), error);
    }
    return set_url(hunt, target, error);
}

/* ---- what ------------------------------------------------------------------------------------ */

static char *join(struct pp_hunt *hunt, const char *a, const char *b)
{
    size_t len = strlen(a);
    char *text = pp_arena_alloc(&hunt->arena, len + strlen(b) + 1);
    if (text) {
        memcpy(text, a, len);
        memcpy(text + len, b, strlen(b) + 1);
    }
    return text;
}

/* A page below the root into body; anything but 200 is an error with the server's words. */
static int get(struct pp_hunt *hunt, const char *page, struct pp_buf *body,
               struct pprof_error *error)
{
    struct pp_http_answer answer = { 0 };
    struct pp_http_call call = { .url = join(hunt, hunt->url, page), .timeout_ns = TIMEOUT_NS };
    if (!call.url) {
        return no_memory(error);
    }
    pp_buf_init(&answer.body, body->arena);
    int result = pp_http_exchange(&call, &answer, error);
    if (result == 0 && answer.status != 200) {
        const char *words = answer.body.data ? answer.body.data : "";
        result = pp_err_set(error, PPROF_ERR_NOTFOUND, "%.200s: %s %.*s", call.url,
                            answer.status_text, (int)strcspn(words, "\r\n"), words);
    }
    *body = answer.body;
    return result;
}

static int save(const char *path, const struct pp_buf *body, struct pprof_error *error)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int result = fd < 0 ? -errno : pp_sys_write_all(fd, body->data, body->len);
    if (fd >= 0) {
        close(fd);
    }
    return result ? pp_err_errno(error, PPROF_ERR_SYSTEM, -result, "cannot write %.300s", path) : 0;
}

static char *file_name(struct pp_hunt *hunt, const char *format, int number)
{
    char name[64], *path;
    (void)snprintf(name, sizeof(name), format, number);
    path = pp_arena_alloc(&hunt->arena, strlen(hunt->directory) + strlen(name) + 2);
    if (path) {
        (void)sprintf(path, "%s/%s", hunt->directory, name);
    }
    return path;
}

/* ---- the heap -------------------------------------------------------------------------------- */

static int add_shot(struct pp_hunt *hunt, const void *data, size_t len, double at_s,
                    struct pprof_error *error)
{
    struct pp_shot *shot = &hunt->shots[hunt->shot_count];
    if (hunt->shot_count == PP_SHOTS_MAX) {
        return pp_err_set(error, PPROF_ERR_LIMIT, "more than %d profiles", PP_SHOTS_MAX);
    }
    int result = pprof_profile_read(data, len, NULL, &shot->profile, error);
    if (result == 0) {
        shot->at_s = at_s;
        hunt->shot_count++;
    }
    return result;
}

static void mark_moment(struct pp_hunt *hunt, char *file)
{
    hunt->shots[hunt->shot_count - 1].file = file;
    if (hunt->moments_taken++ == 0) {
        hunt->first_moment = hunt->shot_count - 1;
    }
}

int pp_hunt_shoot(struct pp_hunt *hunt, bool is_moment, struct pprof_error *error)
{
    struct pp_arena scratch;
    struct pp_buf body;
    pp_arena_init(&scratch, 0);
    pp_buf_init(&body, &scratch);
    char *file = is_moment ? file_name(hunt, "heap.%d.pb.gz", hunt->moments_taken + 1) : NULL;
    double before = pp_hunt_now(hunt);
    int result = get(hunt, "heap", &body, error);
    double at_s = (before + pp_hunt_now(hunt)) / 2;
    result = result || !file ? result : save(file, &body, error);
    result = result ? result : add_shot(hunt, body.data, body.len, at_s, error);
    if (result == 0 && file) {
        mark_moment(hunt, file);
    }
    pp_arena_release(&scratch);
    return result;
}

void pp_hunt_shoot_end(struct pp_hunt *hunt)
{
    struct stat st;
    struct timespec now;
    struct pp_sys_file map;
    char *file = file_name(hunt, "heap.%d.pb.gz", (int)hunt->child.pid);
    if (!file || stat(file, &st) != 0) {
        return;
    }
    clock_gettime(CLOCK_REALTIME, &now);
    double age = (double)(now.tv_sec - st.st_mtim.tv_sec) +
                 (double)(now.tv_nsec - st.st_mtim.tv_nsec) / 1e9;
    double at_s = pp_hunt_now(hunt) - age;
    bool is_newer = !hunt->shot_count || at_s > hunt->shots[hunt->shot_count - 1].at_s;
    if (is_newer && pp_sys_file_map(file, &map) == 0) {
        if (add_shot(hunt, map.data, map.size, at_s, NULL) == 0) {
            mark_moment(hunt, file);
        }
        pp_sys_file_unmap(&map);
    }
}

/* ---- threads --------------------------------------------------------------------------------- */

int pp_hunt_take_threads(struct pp_hunt *hunt, struct pprof_error *error)
{
    struct pp_buf text, proto;
    char *text_file = file_name(hunt, "goroutine.txt", 0);
    char *proto_file = file_name(hunt, "goroutine.pb.gz", 0);
    if (!text_file || !proto_file) {
        return no_memory(error);
    }
    pp_buf_init(&text, &hunt->arena);
    pp_buf_init(&proto, &hunt->arena);
    int result = get(hunt, "goroutine?debug=3", &text, error); /* 3: 2, with seconds */
    result = result ? result : save(text_file, &text, error);
    if (result) {
        return result;
    }
    hunt->dump = text.data ? text.data : "";
    if (get(hunt, "goroutine", &proto, NULL) == 0 && save(proto_file, &proto, NULL) == 0 &&
        pprof_profile_read(proto.data, proto.len, NULL, &hunt->stacks, NULL) != 0) {
        hunt->stacks = NULL;
    }
    return 0;
}
