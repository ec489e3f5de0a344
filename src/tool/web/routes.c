/* Which path leads where, and the headers that every answer carries. */
#include "tool/web/room.h"

#include "base/err.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Scripts and styles only from the bundle, nothing from elsewhere, in nobody's frame. */
static const char headers[] =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Cache-Control: no-cache\r\n";

/* A page that another site's page opened is out of its opener's reach. One that the user opened, or
 * one of our own, has no such opener, and without this header the browser draws it in the process
 * it has at hand: the first picture comes 30 to 90 ms earlier. */
static const char opener_header[] = "Cross-Origin-Opener-Policy: same-origin\r\n";

void pp_web_say(struct pp_web_ask *call, int status, const char *text)
{
    call->reply->status = status;
    call->reply->content_type = "text/plain; charset=utf-8";
    pp_buf_reset(&call->reply->body);
    pp_buf_str(&call->reply->body, text);
    pp_buf_char(&call->reply->body, '\n');
}

const char *pp_web_param(struct pp_web_ask *call, const char *name)
{
    const char *value = pp_http_param(call->request->arena, call->request->query, name);
    return value ? value : "";
}

static void redirect(struct pp_web_ask *call, int status, const char *to)
{
    const char *query = call->request->query;
    pp_buf_printf(&call->reply->headers, "Location: %s%s%s\r\n", to, *query ? "?" : "", query);
    call->reply->status = status;
    call->reply->content_type = NULL;
}

static void fail(struct pp_web_ask *call, const struct pprof_error *error)
{
    pp_web_say(call, 400, error->detail);
}

/* --- routes below /ui/ ------------------------------------------------------------------------ */

static void to_flamegraph(struct pp_web_ask *call)
{
    redirect(call, 301, "flamegraph");
}

static void download(struct pp_web_ask *call)
{
    struct pp_web_shared *shared = NULL;
    struct pprof_error error = { 0 };
    int fd = memfd_create("download", MFD_CLOEXEC);
    int r = fd < 0 ? pp_err_set(&error, PPROF_ERR_SYSTEM, "no memory file for the download") : 0;
    r = r ? r : pp_web_profile(call, &shared, &error);
    r = r ? r : pprof_profile_write(shared->profile, fd, PPROF_WRITE_GZIP, &error);
    pp_web_profile_done(call->web, shared);
    off_t len = r ? 0 : lseek(fd, 0, SEEK_END);
    char *room = r ? NULL : pp_buf_room(&call->reply->body, (size_t)len);
    if (room && pread(fd, room, (size_t)len, 0) == len) {
        call->reply->body.len += (size_t)len;
        call->reply->content_type = "application/vnd.google.protobuf+gzip";
        pp_buf_str(&call->reply->headers,
                   "Content-Disposition: attachment;filename=profile.pb.gz\r\n");
    } else {
        pp_web_say(call, 500, r ? error.detail : "not enough memory for the download");
    }
    if (fd >= 0) {
        (void)close(fd);
    }
}

static void save_config(struct pp_web_ask *call)
{
    struct pprof_error error = { 0 };
    int r = pp_web_config(call, &error);
    r = r ? r : pp_web_settings_save(call, pp_web_param(call, "config"), &error);
    if (r) {
        fail(call, &error);
    }
}

static void delete_config(struct pp_web_ask *call)
{
    struct pprof_error error = { 0 };
    if (pp_web_settings_delete(call, pp_web_param(call, "config"), &error)) {
        fail(call, &error);
    }
}

static void collect(void *ctx, const char *text)
{
    struct pp_json *list = ctx;
    pp_json_text(list, text);
}

/* Fetches the source again: {"number": N, "messages": [...]}. */
static void take(struct pp_web_ask *call)
{
    struct pprof_error error = { 0 };
    struct pp_json *j = &call->json;
    unsigned number = 0;
    if (!call->web->is_live) {
        pp_web_say(call, 400, "the source is a file: there is nothing new to fetch");
        return;
    }
    pp_json_open(j, '{');
    pp_json_key(j, "messages");
    pp_json_open(j, '[');
    int r = pp_web_take(call->web, collect, j, &number, &error);
    pp_json_close(j, ']');
    pp_json_put_int(j, "number", number);
    pp_json_close(j, '}');
    call->reply->content_type = "application/json";
    if (r) {
        fail(call, &error);
    }
}

static void send_configs(struct pp_web_ask *call)
{
    pp_web_settings_list(call, &call->json);
    call->reply->content_type = "application/json";
}

static const struct {
    const char *path;
    void (*run)(struct pp_web_ask *call);
    bool wants_post; /* what browsers never send for a link or an image */
} routes[] = {
    { "", to_flamegraph, false },
    { "flamegraph2", to_flamegraph, false },
    { "flamegraphold", to_flamegraph, false },
    { "download", download, false },
    { "saveconfig", save_config, false },
    { "deleteconfig", delete_config, false },
    { "data/configs", send_configs, false },
    { "data/known", pp_web_known, false },
    { "data/take", take, true },
    { "data/record", pp_web_record, true },
};

bool pp_web_is_foreign(const struct pp_http_request *request)
{
    return *request->site && strcmp(request->site, "same-origin") != 0 &&
           strcmp(request->site, "none") != 0;
}

static void run_route(struct pp_web_ask *call, const char *path)
{
    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
        if (strcmp(path, routes[i].path) != 0) {
            continue;
        }
        if (routes[i].run != to_flamegraph && pp_web_is_foreign(call->request)) {
            pp_web_say(call, 403, "a page of another site may not ask for this");
        } else if (routes[i].wants_post && strcmp(call->request->method, "POST") != 0) {
            pp_web_say(call, 405, "this wants POST");
        } else if (routes[i].run == to_flamegraph || pp_web_await_profile(call)) {
            routes[i].run(call);
        }
        return;
    }
    pp_web_say(call, 404, "404 page not found");
}

static void answer_ui(struct pp_web_ask *call, const char *path)
{
    bool is_data = !strncmp(path, "data/", 5);
    const struct pp_web_view *view = pp_web_view_named(is_data ? path + 5 : path);
    call->view = view;
    if (!strncmp(path, "assets/", 7) && pp_web_asset(call, path + 7)) {
        return;
    }
    if (view && !is_data) {
        pp_web_page(call, view);
    } else if (view && pp_web_is_foreign(call->request)) {
        pp_web_say(call, 403, "a page of another site may not ask for this");
    } else if (view && pp_web_await_profile(call)) {
        call->reply->content_type = "application/json";
        pp_web_answer(call, view);
    } else if (!view) {
        run_route(call, path);
    }
}

/* A browser that came with the token keeps it as a cookie, so that links need not carry it. */
static void keep_token(struct pp_web_ask *call)
{
    const char *token = getenv("PPROF_TOKEN");
    const char *given = pp_web_param(call, "token");
    if (token && *given && !strcmp(token, given) && !strpbrk(given, "; \t\r\n,\"")) {
        pp_buf_printf(&call->reply->headers,
                      "Set-Cookie: pprof_token=%s; HttpOnly; SameSite=Strict; Path=/ui/\r\n",
                      given);
    }
}

void pp_web_handle(void *web, const struct pp_http_request *request, struct pp_http_reply *reply)
{
    struct pp_web_ask call = { .web = web, .request = request, .reply = reply,
                                .json = pp_json_on(&reply->body) };
    const char *path = request->path;
    pp_buf_str(&reply->headers, headers);
    if (!*request->site || pp_web_is_foreign(request)) {
        pp_buf_str(&reply->headers, opener_header);
    }
    keep_token(&call);
    if (!strcmp(path, "/ui")) {
        redirect(&call, 301, "/ui/");
    } else if (!strncmp(path, "/ui/", 4)) {
        answer_ui(&call, path + 4);
    } else {
        redirect(&call, 307, "/ui");
    }
}
