#include "runtime/serve/listen.h"

#include "base/atomic.h"
#include "base/err.h"
#include "base/http.h"
#include "base/log.h"
#include "base/sys.h"
#include "runtime/capture/heap.h"
#include "runtime/capture/self.h"
#include "runtime/capture/thread.h"
#include "runtime/serve/announce.h"
#include "runtime/serve/serve.h"
#include "runtime/unwind/lock.h"
#include "runtime/unwind/module.h"

#include <stdio.h>
#include <string.h>

static struct {
    uint32_t lock; /* guards all of this; a leaf but for what pp_http_* does itself */
    struct pp_http_server *server;
    void *page;
} serving;

static int client_gone(void *ctx)
{
    return pp_http_gone(ctx);
}

static void add_header(struct pp_buf *headers, const char *name, const char *value)
{
    if (value) {
        pp_buf_str(headers, name);
        pp_buf_str(headers, ": ");
        pp_buf_str(headers, value);
        pp_buf_str(headers, "\r\n");
    }
}

static void copy_answer(const struct pp_call *call, struct pp_http_reply *reply)
{
    const struct pprof_response *response = &call->response;
    reply->status = response->status;
    reply->content_type = response->content_type;
    add_header(&reply->headers, "Allow", response->allow);
    add_header(&reply->headers, "Content-Disposition", response->content_disposition);
    add_header(&reply->headers, "Location", response->location);
    add_header(&reply->headers, "X-Content-Type-Options", response->location ? NULL : "nosniff");
    add_header(&reply->headers, "X-Go-Pprof", response->is_error ? "1" : NULL);
    reply->body = call->body;
}

/* The HTTP server's handler: one more client of the table in handlers.c. */
static void handle(void *ctx, const struct pp_http_request *http, struct pp_http_reply *reply)
{
    (void)ctx;
    struct pprof_request request = {
        .method = http->method,
        .path = http->path,
        .query = http->query,
        .body = http->body,
        .body_len = http->body_len,
        .canceled = client_gone,
        .canceled_ctx = (void *)(uintptr_t)http,
    };
    struct pp_call call;
    pp_self_enter();
    pp_call_answer(&call, &request, http->arena);
    copy_answer(&call, reply);
    pp_self_leave();
}

void pp_listen_warn_blind(void)
{
    int blind = 0;
    const char *owner = pp_heap_owner(&blind);
    if (blind) {
        pp_log("heap profiles are limited: %s", owner);
    }
}

static void tell(const char *url)
{
    bool is_unix = strncmp(url, "unix:", 5) == 0;
    pp_log("serving %s%s (pid %d)", url, is_unix ? "" : "/debug/pprof/", (int)pp_sys_pid());
    pp_listen_warn_blind();
}

/* "host:port" to "host:0", "unix:/path" to "unix:/path.PID". */
static void other_address(const char *address, char *out, size_t cap)
{
    if (strncmp(address, "unix:", 5) == 0) {
        (void)snprintf(out, cap, "%s.%d", address, (int)pp_sys_pid());
        return;
    }
    const char *colon = strrchr(address, ':');
    (void)snprintf(out, cap, "%.*s:0", colon ? (int)(colon - address) : 0, address);
}

/* The unwind rules that the first dump of threads would wait for take 3 ms to compile. */
static void prepare(void *ctx)
{
    (void)ctx;
    pp_self_enter();
    pp_modules_refresh();
    pp_self_leave();
}

static int start_server(const char *address, const struct pp_listen_options *wanted,
                        struct pprof_error *error)
{
    char other[300];
    struct pp_http_options options = {
        .token = wanted->token && *wanted->token ? wanted->token : NULL,
        .handle = handle,
        .prepare = prepare,
        .start_thread = pp_thread_start_ours,
    };
    int failed = pp_http_start(address, &options, &serving.server, error);
    if (failed == PPROF_ERR_BUSY && wanted->move_on) {
        other_address(address, other, sizeof(other));
        failed = pp_http_start(other, &options, &serving.server, error);
    }
    return failed;
}

static void announce(const struct pp_listen_options *options)
{
    const char *url = pp_http_url(serving.server);
    serving.page = pp_announce(url);
    if (!options->quiet && !(options->told_url && strcmp(options->told_url, url) == 0)) {
        tell(url);
    }
}

int pp_listen_start(const char *address, const struct pp_listen_options *options,
                    struct pprof_error *error)
{
    int failed;
    pp_unwind_lock(&serving.lock);
    if (serving.server) {
        failed = pp_err_set(error, PPROF_ERR_BUSY, "this process serves %s already",
                            pp_http_url(serving.server));
    } else {
        failed = start_server(address, options, error);
    }
    if (!failed) {
        announce(options);
    }
    pp_unwind_unlock(&serving.lock);
    return failed;
}

void pp_listen_stop(void)
{
    pp_unwind_lock(&serving.lock);
    if (serving.server) {
        pp_announce_withdraw(serving.page);
        pp_http_stop(serving.server);
        serving.server = NULL;
        serving.page = NULL;
    }
    pp_unwind_unlock(&serving.lock);
}

int pp_listen_url(char *buf, size_t cap)
{
    int result = PPROF_ERR_OFF;
    pp_unwind_lock(&serving.lock);
    if (serving.server) {
        const char *url = pp_http_url(serving.server);
        result = strlen(url) < cap ? 0 : PPROF_ERR_LIMIT;
        if (!result) {
            memcpy(buf, url, strlen(url) + 1);
        }
    }
    pp_unwind_unlock(&serving.lock);
    return result;
}

void pp_listen_after_fork(void)
{
    pp_store(&serving.lock, 0);
    if (serving.server) {
        pp_http_after_fork(serving.server);
    }
    serving.server = NULL;
    serving.page = NULL; /* not mapped here: MADV_DONTFORK */
}

void pp_listen_exit(void)
{
    if (serving.server) {
        pp_http_forget_file(serving.server);
    }
}
