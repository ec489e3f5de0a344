/* From the command line to a page in a browser. */
#include "tool/web/web.h"

#include "base/err.h"
#include "tool/driver/viewer.h"
#include "tool/web/room.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CONNECTIONS = 64, PORT_MAX = 65535, ADDRESS_CAP = 160 };

/* --- the address ------------------------------------------------------------------------------ */

/* In tens, without a prefix: "010" is ten and "0x50" nothing. */
static bool parse_port(const char *text, int64_t *number)
{
    const char *digits = text + (*text == '+' || *text == '-');
    size_t len = strspn(digits, "0123456789");
    *number = strtoll(text, NULL, 10);
    return len && !digits[len];
}

/* "host:port" apart; both may be empty. The sentences are google/pprof's. */
static int split_address(const char *text, char *host, size_t cap, int *port,
                         struct pprof_error *error)
{
    const char *colon = strrchr(text, ':');
    size_t len = colon ? (size_t)(colon - text) : 0;
    int64_t number = 0;
    bool is_open = text[0] == '[' && !strchr(text, ']');
    if (!colon || is_open || (text[0] == '[' && text[len - 1] != ']')) {
        return pp_err_set(error, PPROF_ERR_INVALID,
                          "could not split http address: address %s: missing %s in address", text,
                          is_open ? "']'" : "port");
    }
    if (text[0] != '[' && memchr(text, ':', len)) {
        return pp_err_set(error, PPROF_ERR_INVALID,
                          "could not split http address: address %s: too many colons in address",
                          text);
    }
    if (colon[1] && !parse_port(colon + 1, &number)) {
        return pp_err_set(error, PPROF_ERR_INVALID,
                          "invalid port number: strconv.Atoi: parsing \"%s\": invalid syntax",
                          colon + 1);
    }
    if (number < 0 || number > PORT_MAX) {
        return pp_err_set(error, PPROF_ERR_INVALID, "listen tcp: address %s: invalid port",
                          colon + 1);
    }
    if (len >= cap) {
        return pp_err_set(error, PPROF_ERR_INVALID, "the host in -http is too long");
    }
    (void)snprintf(host, cap, "%.*s", (int)len, text);
    *port = (int)number;
    return 0;
}

int pp_web_spawn(const char *name, void *(*run)(void *), void *arg)
{
    pthread_t thread;
    int r = pthread_create(&thread, NULL, run, arg);
    if (!r) {
        (void)pthread_setname_np(thread, name);
        (void)pthread_detach(thread);
    }
    return r;
}

static int start_server(struct pp_web *web, char *url, size_t cap, struct pp_http_server **server,
                        struct pprof_error *error)
{
    char host[80], address[ADDRESS_CAP];
    int port;
    struct pp_http_options options = { .max_connections = CONNECTIONS, .handle = pp_web_handle,
                                       .ctx = web, .start_thread = pp_web_spawn };
    int r = split_address(web->args->http, host, sizeof(host), &port, error);
    if (r) {
        return r;
    }
    bool is_localhost = !*host || !strcmp(host, "localhost");
    bool is_local = is_localhost || !strncmp(host, "127.", 4) || !strcmp(host, "[::1]");
    options.token = is_local ? NULL : getenv("PPROF_TOKEN");
    (void)snprintf(address, sizeof(address), "%s:%d", is_localhost ? "localhost" : host, port);
    r = pp_http_start(address, &options, server, error);
    if (r) {
        return r;
    }
    const char *bound = pp_http_url(*server), *colon = strrchr(bound, ':');
    (void)snprintf(url, cap, "http://%s%s", is_localhost ? "localhost" : host, colon);
    return 0;
}

/* --- the browser ------------------------------------------------------------------------------ */

static void open_browser(const struct pp_web *web, const char *url)
{
    struct pp_arena arena;
    struct pp_buf full;
    pp_arena_init(&arena, 0);
    pp_buf_init(&full, &arena);
    pp_buf_printf(&full, "%s/ui/", url);
    pp_web_config_query(&web->args->config, &full);
    if (!full.err && (web->args->no_browser || !isatty(STDOUT_FILENO) ||
                      pp_viewer_show("browser", full.data, false, NULL))) {
        if (!web->args->no_browser) {
            (void)fprintf(stderr, "%s\n", full.data);
        }
    }
    pp_arena_release(&arena);
}

/* --- all of it -------------------------------------------------------------------------------- */

static int init(struct pp_web *web, const struct pp_args *args, struct pprof_error *error)
{
    web->args = args;
    pp_arena_init(&web->arena, 0);
    (void)pthread_mutex_init(&web->code, NULL);
    (void)pthread_mutex_init(&web->subtracting, NULL);
    (void)pthread_mutex_init(&web->guard, NULL);
    (void)pthread_cond_init(&web->wake, NULL);
    (void)pthread_cond_init(&web->made, NULL);
    (void)pthread_cond_init(&web->loaded, NULL);
    pp_web_live_init(web);
    if (web->is_live) {
        web->points = calloc(PP_WEB_POINTS, sizeof(*web->points));
        if (!web->points || pp_web_spawn("recorder", pp_web_recorder, web)) {
            return pp_err_set(error, PPROF_ERR_NOMEM, "cannot start the recorder's thread");
        }
    }
    return 0;
}

static bool is_file(const char *source)
{
    struct stat info;
    return !stat(source, &info) && S_ISREG(info.st_mode);
}

/* Whether all there is to wait for is our own reading. */
static bool is_at_hand(const struct pp_args *args)
{
    bool at_hand = !*args->base || is_file(args->base);
    for (size_t i = 0; i < args->source_count; i++) {
        at_hand = at_hand && is_file(args->sources[i]);
    }
    return at_hand;
}

static void announce(const struct pp_web *web, const char *url)
{
    (void)fprintf(stderr, "Serving web UI on %s\n", url);
    open_browser(web, url);
}

/* A browser that waits for files starts meanwhile; nobody is sent to a page that has to wait for
 * another machine. */
static int serve(struct pp_web *web, struct pp_http_server *server, const char *url,
                 struct pprof_error *error)
{
    bool at_hand = is_at_hand(web->args);
    if (at_hand) {
        announce(web, url);
    }
    int r = pp_web_load(web, error);
    if (r) {
        pp_http_stop(server); /* who waits is told why */
        return r;
    }
    pp_web_prepare(web, "/ui/data/flamegraph", "");
    if (!at_hand) {
        announce(web, url);
    }
    while (true) {
        (void)pause();
    }
}

int pp_web_run(const struct pp_args *args, struct pprof_error *error)
{
    char host[80], url[ADDRESS_CAP + 16];
    int port;
    struct pp_http_server *server = NULL;
    struct pp_web *web = calloc(1, sizeof(*web));
    int r = web ? split_address(args->http, host, sizeof(host), &port, error)
                : pp_err_set(error, PPROF_ERR_NOMEM, "out of memory");
    r = r ? r : init(web, args, error);
    r = r ? r : start_server(web, url, sizeof(url), &server, error);
    return r ? r : serve(web, server, url, error); /* the room stays: threads may hold on to it */
}
