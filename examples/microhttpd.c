/* A program with an HTTP server of its own (libmicrohttpd) that mounts the profiles under it:
 *   ./microhttpd 8080        then: pprof http://localhost:8080/debug/pprof/heap */
#include <pprof/pprof.h>

#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct answer {
    struct MHD_Connection *connection;
    char *body;
    size_t used;
};

static enum MHD_Result reply(struct MHD_Connection *c, int status, struct MHD_Response *response)
{
    enum MHD_Result queued = MHD_queue_response(c, (unsigned)status, response);
    MHD_destroy_response(response);
    return queued;
}

/* Gathers the pieces of the body; with the last one the answer goes out. */
static int collect(void *ctx, const struct pprof_response *r, const void *data, size_t len)
{
    struct answer *a = ctx;
    a->body = a->body ? a->body : malloc(r->content_length + 1);
    memcpy(a->body + a->used, data, len);
    if ((a->used += len) < r->content_length) {
        return 0;
    }
    struct MHD_Response *out =
        MHD_create_response_from_buffer(a->used, a->body, MHD_RESPMEM_MUST_FREE);
    const char *const headers[][2] = {
        { "Content-Type", r->content_type }, { "Content-Disposition", r->content_disposition },
        { "Location", r->location },         { "X-Go-Pprof", r->is_error ? "1" : NULL },
        { "Allow", r->allow },               { "X-Content-Type-Options", "nosniff" },
    };
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        MHD_add_response_header(out, headers[i][0], headers[i][1]); /* takes no NULL */
    }
    return reply(a->connection, r->status, out) == MHD_YES ? 0 : 1;
}

/* The query before libmicrohttpd takes it apart; called in the connection's own thread. */
static __thread char query[512];

static void *keep_query(void *unused, const char *uri, struct MHD_Connection *c)
{
    (void)unused, (void)c;
    const char *mark = strchr(uri, '?');
    snprintf(query, sizeof(query), "%s", mark ? mark + 1 : "");
    return NULL;
}

static enum MHD_Result serve(void *unused, struct MHD_Connection *c, const char *path,
                             const char *method, const char *version, const char *upload,
                             size_t *upload_size, void **state)
{
    (void)unused, (void)version, (void)upload, (void)upload_size, (void)state;
    if (strncmp(path, "/debug/pprof", 12) == 0) {
        struct answer answer = { .connection = c };
        struct pprof_request request = { .method = method, .path = path, .query = query };
        return pprof_handle(&request, collect, &answer) == 0 ? MHD_YES : MHD_NO;
    }
    return reply(c, 200, MHD_create_response_from_buffer(6, "hello\n", MHD_RESPMEM_PERSISTENT));
}

int main(int argc, char **argv)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    at.sin_port = htons((uint16_t)(argc > 1 ? atoi(argv[1]) : 8080));
    struct MHD_Daemon *d = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION, 0, NULL, NULL, serve, NULL,
        MHD_OPTION_SOCK_ADDR, &at, MHD_OPTION_URI_LOG_CALLBACK, keep_query, NULL, MHD_OPTION_END);
    dprintf(1, "port %d\n", d ? MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT)->port : 0);
    return d ? pause() : 1;
}
