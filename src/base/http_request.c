#include "base/http_private.h"

#include "base/atomic.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

static const int64_t REQUEST_NS = 10 * SECOND, IDLE_NS = 60 * SECOND;

/* --- who may ask -------------------------------------------------------------------------- */

/* The value of one cookie, to its end; NULL when absent. */
static const char *cookie_value(struct pp_arena *arena, const char *cookies, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = cookies; at && *at;) {
        at += strspn(at, "; ");
        size_t whole = strcspn(at, ";");
        if (whole > len && strncmp(at, name, len) == 0 && at[len] == '=') {
            return pp_arena_strndup(arena, at + len + 1, whole - len - 1);
        }
        at += whole;
    }
    return NULL;
}

static const char *presented_token(struct pp_http_connection *c, const struct pp_http_head *head)
{
    if (head->authorization && strncasecmp(head->authorization, "Bearer ", 7) == 0) {
        return head->authorization + 7;
    }
    const char *given = pp_http_param(&c->arena, head->query, "token");
    return given ? given : cookie_value(&c->arena, head->cookie, "pprof_token");
}

/* True when the request may go on; else the reply says why not. */
static bool may_ask(struct pp_http_connection *c, const struct pp_http_head *head,
                    struct pp_http_reply *reply)
{
    const struct pp_http_server *server = c->server;
    const char *given = server->token[0] ? presented_token(c, head) : NULL;
    bool has_token = given && pp_http_same_secret(server->token, given);
    bool host_ok = !head->host || pp_http_host_is_ours(&server->address, head->host);
    if (!host_ok && !(has_token && !server->address.is_local)) {
        pp_http_set_text(reply, 403,
                         "This server answers to local names only, and the Host header names "
                         "another one. Ask for localhost or the address it listens on.");
        return false;
    }
    if (server->token[0] && !has_token) {
        pp_http_set_text(reply, 401,
                         "This server wants its token: send the header \"Authorization: Bearer "
                         "TOKEN\" or add token=TOKEN to the address.");
        pp_buf_str(&reply->headers, "WWW-Authenticate: Bearer\r\n");
        return false;
    }
    return true;
}

/* --- one request -------------------------------------------------------------------------- */

/* Reads until the head is complete: its length, 0 to close silently, or a negative status. */
static long read_head(struct pp_http_connection *c)
{
    if (c->have == 0 && pp_http_fill(c, pp_http_in_ns(IDLE_NS)) <= 0) {
        return 0;
    }
    int64_t deadline = pp_http_in_ns(REQUEST_NS);
    for (;;) {
        size_t end = pp_http_head_end(c->buffer, c->have);
        if (end > PP_HTTP_HEAD_MAX || (!end && c->have >= PP_HTTP_HEAD_MAX)) {
            return -431;
        }
        if (end) {
            return (long)end;
        }
        long got = pp_http_fill(c, deadline);
        if (got <= 0) {
            return got == -ETIMEDOUT && !pp_load(&c->server->stopping) ? -408 : 0;
        }
    }
}

static bool read_body(struct pp_http_connection *c, const struct pp_http_head *head,
                      size_t head_len)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    int64_t deadline = pp_http_in_ns(REQUEST_NS);
    if (head->wants_continue && c->have < head_len + head->body_len) {
        struct iovec parts[2] = { { (void *)(uintptr_t)go_on, sizeof(go_on) - 1 }, { NULL, 0 } };
        if (!pp_http_send_parts(c, parts)) {
            return false;
        }
    }
    while (c->have < head_len + head->body_len) {
        if (pp_http_fill(c, deadline) <= 0) {
            return false;
        }
    }
    return true;
}

static bool answer(struct pp_http_connection *c, const struct pp_http_head *head, size_t head_len)
{
    struct pp_http_reply reply;
    struct pp_http_request request = {
        .method = head->method,
        .path = head->path,
        .query = head->query,
        .host = head->host ? head->host : "",
        .site = head->site ? head->site : "",
        .body = pp_arena_strndup(&c->arena, c->buffer + head_len, head->body_len),
        .body_len = head->body_len,
        .arena = &c->arena,
        .fd = c->socket.fd,
        .server = c->server,
    };
    pp_http_init_reply(&reply, &c->arena);
    if (!request.body) {
        pp_http_set_text(&reply, 500, "not enough memory for this request");
    } else if (may_ask(c, head, &reply)) {
        c->server->options.handle(c->server->options.ctx, &request, &reply);
    }
    return pp_http_send_reply(c, &reply, head, head->keep_alive) && head->keep_alive;
}

/* Serves the next request; false when the connection is to be closed. */
static bool serve_one(struct pp_http_connection *c)
{
    struct pp_http_head head;
    long head_len = read_head(c);
    if (head_len <= 0) {
        if (head_len < 0) {
            pp_http_refuse(c, (int)-head_len);
        }
        return false;
    }
    int status = pp_http_parse_head(c->buffer, (size_t)head_len, &head);
    if (!status && !read_body(c, &head, (size_t)head_len)) {
        status = 408;
    }
    if (status) {
        pp_http_refuse(c, status);
        return false;
    }
    bool keep = answer(c, &head, (size_t)head_len);
    size_t used = (size_t)head_len + head.body_len;
    c->have -= used;
    memmove(c->buffer, c->buffer + used, c->have);
    return keep;
}

void *pp_http_connection_main(void *arg)
{
    struct pp_http_connection *c = arg;
    struct pp_http_server *server = c->server;
    bool keep;
    pp_arena_init(&c->arena, 0);
    do {
        keep = serve_one(c);
        pp_arena_release(&c->arena);
    } while (keep);
    pp_http_linger(c);
    pp_descriptor_close(&c->socket);
    pp_store_release(&c->busy, 0);
    pp_http_leave(server);
    return NULL;
}
