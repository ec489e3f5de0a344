#include "tool/symbolize/debuginfod.h"

#include "base/buf.h"
#include "base/sys.h"
#include "tool/symbolize/http_client.h"

#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MISS_SECONDS = 600, TIMEOUT_SECONDS = 90 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* one question at a time */

/* --- the cache -------------------------------------------------------------------------------- */

static bool cache_folder(char *path, size_t cap)
{
    const char *own = getenv("DEBUGINFOD_CACHE_PATH"), *xdg = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    int len;
    if (own && *own) {
        len = snprintf(path, cap, "%s", own);
    } else if (xdg && *xdg == '/') {
        len = snprintf(path, cap, "%s/debuginfod_client", xdg);
    } else if (home && *home == '/') {
        len = snprintf(path, cap, "%s/.cache/debuginfod_client", home);
    } else {
        return false;
    }
    return len > 0 && (size_t)len < cap;
}

static void make_folders(const char *path)
{
    char copy[PATH_MAX];
    (void)snprintf(copy, sizeof(copy), "%s", path);
    for (char *p = copy + 1; *p; p++) {
        if (*p == '/') {
            *p = '\0';
            (void)mkdir(copy, 0700);
            *p = '/';
        }
    }
    (void)mkdir(copy, 0700);
}

/* "/a/b.c" is kept as "source#a#b.c", two marks for the first slash. */
static bool file_name(char *path, size_t cap, const char *build_id, const char *kind,
                      const char *source)
{
    size_t len = strlen(path);
    int more = snprintf(path + len, cap - len, "/%s", build_id);
    if (more < 0 || (size_t)more >= cap - len) {
        return false;
    }
    make_folders(path);
    len += (size_t)more;
    more = snprintf(path + len, cap - len, "/%s%s%s", kind, source ? "#" : "",
                    source ? source : "");
    if (more < 0 || (size_t)more >= cap - len || more > NAME_MAX) {
        return false;
    }
    for (char *p = path + len + 1; *p; p++) {
        *p = *p == '/' ? '#' : *p;
    }
    return true;
}

enum state { KEPT, MISSING, UNKNOWN };

static enum state look_up(const char *path)
{
    struct stat info;
    if (stat(path, &info)) {
        return UNKNOWN;
    }
    if (info.st_size > 0) {
        return KEPT;
    }
    return time(NULL) - info.st_mtime < MISS_SECONDS ? MISSING : UNKNOWN;
}

/* The file appears whole or not at all. */
static bool keep(const char *path, const char *data, size_t len)
{
    char made[PATH_MAX];
    if (snprintf(made, sizeof(made), "%s.%d", path, (int)getpid()) >= (int)sizeof(made)) {
        return false;
    }
    int fd = open(made, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool whole = fd >= 0 && pp_sys_write_all(fd, data, len) == 0;
    if (fd >= 0) {
        (void)close(fd);
    }
    whole = whole && rename(made, path) == 0;
    if (!whole && fd >= 0) {
        (void)unlink(made);
    }
    return whole;
}

/* --- servers ---------------------------------------------------------------------------------- */

static int64_t timeout_ns(void)
{
    const char *text = getenv("DEBUGINFOD_TIMEOUT");
    long seconds = text ? strtol(text, NULL, 10) : 0;
    return (int64_t)(seconds > 0 && seconds < 100000 ? seconds : TIMEOUT_SECONDS) * 1000000000;
}

/* A path in a URL: everything but letters, digits and a few signs is a percent code. */
static void put_path(struct pp_buf *url, const char *path)
{
    for (; *path; path++) {
        if (isalnum((unsigned char)*path) || strchr("/-._~", *path)) {
            pp_buf_char(url, *path);
        } else {
            pp_buf_printf(url, "%%%02X", (unsigned char)*path);
        }
    }
}

/* True when this server's answer is kept; *missed when it said that it has no such file. */
static bool ask(struct pp_arena *arena, const char *server, size_t server_len, const char *rest,
                const char *path, bool *missed)
{
    struct pp_buf url;
    pp_buf_init(&url, arena);
    while (server_len && server[server_len - 1] == '/') {
        server_len--;
    }
    pp_buf_append(&url, server, server_len);
    pp_buf_str(&url, rest);
    struct pp_http_call call = { .url = url.data, .timeout_ns = timeout_ns() };
    struct pp_http_answer answer = { 0 };
    pp_buf_init(&answer.body, arena);
    if (url.err || pp_http_exchange(&call, &answer, NULL)) {
        return false;
    }
    *missed |= answer.status == 404;
    return answer.status == 200 && answer.body.len &&
           keep(path, answer.body.data, answer.body.len);
}

static bool ask_all(const char *servers, const char *rest, const char *path)
{
    bool found = false, missed = false;
    while (!found && *(servers += strspn(servers, " \t\n"))) {
        size_t len = strcspn(servers, " \t\n");
        struct pp_arena arena;
        pp_arena_init(&arena, 0);
        found = strncmp(servers, "ima:", 4) != 0 && /* a policy, not a server */
                ask(&arena, servers, len, rest, path, &missed);
        pp_arena_release(&arena);
        servers += len;
    }
    if (!found && missed) {
        (void)keep(path, "", 0);
    }
    return found;
}

static bool is_build_id(const char *id)
{
    size_t len = strlen(id);
    return len >= 4 && len <= 128 && len % 2 == 0 && strspn(id, "0123456789abcdef") == len;
}

const char *pp_debuginfod_find(struct pp_arena *arena, const char *build_id, const char *kind,
                               const char *source)
{
    const char *servers = getenv("DEBUGINFOD_URLS");
    char path[PATH_MAX];
    struct pp_buf rest;
    if (!servers || !servers[strspn(servers, " \t\n")] || !is_build_id(build_id) ||
        !cache_folder(path, sizeof(path)) ||
        !file_name(path, sizeof(path), build_id, kind, source)) {
        return NULL;
    }
    pp_buf_init(&rest, arena);
    pp_buf_printf(&rest, "/buildid/%s/%s", build_id, kind);
    put_path(&rest, source ? source : "");
    if (rest.err) {
        return NULL;
    }
    pthread_mutex_lock(&lock);
    enum state state = look_up(path);
    if (state == UNKNOWN && ask_all(servers, rest.data, path)) {
        state = KEPT;
    }
    pthread_mutex_unlock(&lock);
    return state == KEPT ? pp_arena_strndup(arena, path, strlen(path)) : NULL;
}
