/* The small HTTP server: its parser on friendly and hostile heads, then a live one. */
#include "base/http.h"
#include "base/http_address.h"
#include "base/http_parse.h"
#include "base/sys.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- parser --------------------------------------------------------------------------------- */

static int parse(const char *text, struct pp_http_head *head)
{
    static char copy[20000];
    size_t len = strlen(text);
    memcpy(copy, text, len + 1);
    ck_assert_uint_eq(pp_http_head_end(copy, len), len);
    return pp_http_parse_head(copy, len, head);
}

START_TEST(head_is_parsed)
{
    struct pp_http_head head;
    ck_assert_int_eq(parse("GET /a%20b?x=%31 HTTP/1.1\r\nHost: localhost:1\r\nConnection: close\r\n"
                           "content-length:  12\t\r\nAuthorization: Bearer abc\r\n\r\n",
                           &head),
                     0);
    ck_assert_str_eq(head.method, "GET");
    ck_assert_str_eq(head.path, "/a b");
    ck_assert_str_eq(head.query, "x=%31");
    ck_assert_str_eq(head.host, "localhost:1");
    ck_assert_str_eq(head.authorization, "Bearer abc");
    ck_assert_uint_eq(head.body_len, 12);
    ck_assert(!head.keep_alive);
}
END_TEST

START_TEST(old_and_absolute_forms_are_parsed)
{
    struct pp_http_head head;
    ck_assert_int_eq(parse("\r\nGET / HTTP/1.0\n\n", &head), 0);
    ck_assert(!head.keep_alive);
    ck_assert(head.is_http10);
    ck_assert_ptr_null(head.host);
    ck_assert_int_eq(parse("GET http://h:1/p?q HTTP/1.1\r\nHost: other\r\n\r\n", &head), 0);
    ck_assert_str_eq(head.host, "h:1");
    ck_assert_str_eq(head.path, "/p");
}
END_TEST

static const struct {
    const char *text;
    int status;
} refused[] = {
    { "GET / HTTP/1.1\r\n\r\n", 400 },
    { "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
    { "GET /\r\nHost: a\r\n\r\n", 400 },
    { "G@T / HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
    { "GET x HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
    { "GET http:///p HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
    { "GET /%0 HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
    { "GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
    { "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
    { "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
    { "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505 },
    { "GET / JUNK/1.1\r\nHost: a\r\n\r\n", 400 },
    { "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400 },
    { "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400 },
    { "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 400 },
    { "GET / HTTP/1.1\r\nHost: a\r\nnocolon\r\n\r\n", 400 },
    { "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400 },
    { "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400 },
    { "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999999\r\n\r\n", 400 },
    { "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n", 413 },
    { "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 501 },
    { "GET / HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\n\r\n", 417 },
};

START_TEST(malformed_heads_are_refused)
{
    struct pp_http_head head;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        int status = parse(refused[i].text, &head);
        ck_assert_msg(status == refused[i].status, "%s gave %d", refused[i].text, status);
    }
}
END_TEST

START_TEST(incomplete_heads_wait)
{
    static const char text[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    for (size_t len = 0; len < sizeof(text) - 1; len++) {
        ck_assert_uint_eq(pp_http_head_end(text, len), 0);
    }
    ck_assert_uint_eq(pp_http_head_end("\r\n\r\n", 4), 0);
    ck_assert_uint_eq(pp_http_head_end(text, sizeof(text) - 1), sizeof(text) - 1);
}
END_TEST

/* Every cut and every one-byte change of a head is parsed or refused, within its own bytes. */
START_TEST(damaged_heads_are_survived)
{
    static const char text[] = "POST http://h/%41?a=1 HTTP/1.1\r\nHost: [::1]:80\r\nExpect: "
                               "100-continue\r\nContent-Length: 3\r\nA:\r\n\r\n";
    struct pp_http_head head;
    for (size_t at = 0; at < sizeof(text) - 1; at++) {
        for (int byte = 0; byte < 256; byte++) {
            char *copy = malloc(sizeof(text) - 1);
            memcpy(copy, text, sizeof(text) - 1);
            copy[at] = (char)byte;
            size_t end = pp_http_head_end(copy, sizeof(text) - 1);
            ck_assert_uint_le(end, sizeof(text) - 1);
            if (end) {
                int status = pp_http_parse_head(copy, end, &head);
                ck_assert(status == 0 || (status >= 400 && status <= 505));
            }
            free(copy);
        }
    }
}
END_TEST

START_TEST(parameters_are_found_and_decoded)
{
    struct pp_arena arena;
    pp_arena_init(&arena, 0);
    const char *query = "debug=1&na%6De=a+b%21&empty=&flag&bad=%zz&bad=2&debug=3&a;b=1";
    ck_assert_str_eq(pp_http_param(&arena, query, "debug"), "1");
    ck_assert_str_eq(pp_http_param(&arena, query, "name"), "a b!");
    ck_assert_str_eq(pp_http_param(&arena, query, "empty"), "");
    ck_assert_str_eq(pp_http_param(&arena, query, "flag"), "");
    ck_assert_str_eq(pp_http_param(&arena, query, "bad"), "2");
    ck_assert_ptr_null(pp_http_param(&arena, query, "b"));
    ck_assert_ptr_null(pp_http_param(&arena, query, "ebug"));
    ck_assert_ptr_null(pp_http_param(&arena, NULL, "x"));
    pp_arena_release(&arena);
}
END_TEST

START_TEST(secrets_compare)
{
    ck_assert(pp_http_same_secret("abc", "abc"));
    ck_assert(!pp_http_same_secret("abc", "abd"));
    ck_assert(!pp_http_same_secret("abc", "abcabc"));
    ck_assert(!pp_http_same_secret("abc", "ab"));
    ck_assert(!pp_http_same_secret("abc", ""));
}
END_TEST

/* ---- addresses ------------------------------------------------------------------------------ */

static const struct {
    const char *text, *url; /* url NULL: refused */
    bool is_local;
} addresses[] = {
    { "localhost:6060", "http://127.0.0.1:6060", true },
    { ":6060", "http://127.0.0.1:6060", true },
    { "127.0.0.9:1", "http://127.0.0.9:1", true },
    { "[::1]:80", "http://[::1]:80", true },
    { "0.0.0.0:80", "http://0.0.0.0:80", false },
    { "*:80", "http://0.0.0.0:80", false },
    { "10.1.2.3:80", "http://10.1.2.3:80", false },
    { "[::]:80", "http://[::]:80", false },
    { "unix:/tmp/x.sock", "unix:/tmp/x.sock", true },
    { "unix:@name", "unix:@name", true },
    { "6060", NULL, false },
    { "", NULL, false },
    { "localhost", NULL, false },
    { "localhost:", NULL, false },
    { "localhost:65536", NULL, false },
    { "localhost:-1", NULL, false },
    { "::1:80", NULL, false },
    { "[::1:80", NULL, false },
    { "[]:80", "http://127.0.0.1:80", true },
    { "example.com:80", NULL, false },
    { "1.2.3:80", NULL, false },
    { "unix:", NULL, false },
};

START_TEST(addresses_are_parsed)
{
    for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        struct pp_http_address address;
        struct pprof_error error;
        char url[160] = "";
        int failed = pp_http_address_parse(addresses[i].text, &address, &error);
        ck_assert_msg(!failed == !!addresses[i].url, "%s", addresses[i].text);
        if (failed) {
            ck_assert_int_eq(failed, PPROF_ERR_ADDRESS);
            ck_assert_int_gt((int)strlen(error.detail), 20);
            continue;
        }
        pp_http_address_url(&address, url, sizeof(url));
        ck_assert_str_eq(url, addresses[i].url);
        ck_assert_int_eq(address.is_local, addresses[i].is_local);
    }
}
END_TEST

START_TEST(hosts_are_judged)
{
    struct pp_http_address local, lan, any;
    ck_assert_int_eq(pp_http_address_parse("localhost:1", &local, NULL), 0);
    ck_assert_int_eq(pp_http_address_parse("10.1.2.3:1", &lan, NULL), 0);
    ck_assert_int_eq(pp_http_address_parse("0.0.0.0:1", &any, NULL), 0);
    static const char *const ours[] = { "localhost", "LOCALHOST:99", "127.0.0.1:6060", "127.5.5.5",
                                        "[::1]:80", "[::1]", "app.localhost:1" };
    static const char *const foreign[] = { "", "evil.example", "localhost.evil.example:6060",
                                           "127.0.0.1.evil.example", "10.1.2.3", "[::2]", "[::1",
                                           "[::1]x", "evillocalhost", ".localhost" };
    for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
        ck_assert_msg(pp_http_host_is_ours(&local, ours[i]), "%s", ours[i]);
    }
    for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
        ck_assert_msg(!pp_http_host_is_ours(&local, foreign[i]), "%s", foreign[i]);
    }
    ck_assert(pp_http_host_is_ours(&lan, "10.1.2.3:1"));
    ck_assert(!pp_http_host_is_ours(&lan, "10.1.2.4:1"));
    ck_assert(pp_http_host_is_ours(&any, "10.1.2.4:1"));
    ck_assert(!pp_http_host_is_ours(&any, "evil.example"));
}
END_TEST

/* ---- a live server -------------------------------------------------------------------------- */

static struct pp_http_server *server;
static int port;

static int start_thread(const char *name, void *(*thread_main)(void *), void *arg)
{
    pthread_t thread;
    (void)name;
    if (pthread_create(&thread, NULL, thread_main, arg) != 0) {
        return PPROF_ERR_SYSTEM;
    }
    return pthread_detach(thread) ? PPROF_ERR_SYSTEM : 0;
}

static int taken[2]; /* the program's own pair; its first end takes the number of /taken's connection */
static int taken_fd;
static int gone_seen, waits; /* what /wait saw at its end; how many began */

static void await(const int *flag)
{
    for (int i = 0; i < 5000 && !__atomic_load_n(flag, __ATOMIC_SEQ_CST); i++) {
        usleep(10000);
    }
    ck_assert_int_ne(__atomic_load_n(flag, __ATOMIC_SEQ_CST), 0);
}

static void handle(void *ctx, const struct pp_http_request *request, struct pp_http_reply *reply)
{
    (void)ctx;
    if (strcmp(request->path, "/wait") == 0) {
        __atomic_add_fetch(&waits, 1, __ATOMIC_SEQ_CST);
        for (int i = 0; i < 4500 && !pp_http_gone(request); i++) {
            usleep(10000);
        }
        __atomic_store_n(&gone_seen, pp_http_gone(request), __ATOMIC_SEQ_CST);
        return;
    }
    if (strcmp(request->path, "/taken") == 0) {
        taken_fd = dup2(taken[0], request->fd);
    }
    if (strcmp(request->path, "/big") == 0) {
        pp_buf_fill(&reply->body, 'x', 8 << 20);
        return;
    }
    pp_buf_str(&reply->headers, "X-Test: yes\r\n");
    pp_buf_printf(&reply->body, "%s %s ?%s %.*s", request->method, request->path, request->query,
                  (int)request->body_len, request->body);
}

static void start_at(const char *address, const char *token, unsigned connections)
{
    struct pprof_error error = { 0 };
    struct pp_http_options options = {
        .token = token, .handle = handle, .start_thread = start_thread,
        .max_connections = connections,
    };
    int failed = pp_http_start(address, &options, &server, &error);
    ck_assert_msg(failed == 0, "%s", error.detail);
    const char *colon = strrchr(pp_http_url(server), ':');
    port = atoi(colon + 1);
}

static int dial(void)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                              .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
    return fd;
}

/* Sends the text and reads until the server closes or `enough` was seen. */
static const char *converse(int fd, const char *text, const char *enough)
{
    static char got[1 << 16];
    size_t len = 0;
    ck_assert_int_eq((int)send(fd, text, strlen(text), MSG_NOSIGNAL), (int)strlen(text));
    for (;;) {
        struct pollfd wait = { fd, POLLIN, 0 };
        ck_assert_int_eq(poll(&wait, 1, 15000), 1);
        ssize_t n = recv(fd, got + len, sizeof(got) - 1 - len, 0);
        len += n > 0 ? (size_t)n : 0;
        got[len] = '\0';
        if (n <= 0 || (enough && strstr(got, enough))) {
            return got;
        }
    }
}

static const char *ask(const char *text)
{
    int fd = dial();
    const char *got = converse(fd, text, NULL);
    close(fd);
    return got;
}

#define ck_has(text, part)                                                                         \
    ck_assert_msg(strstr((text), (part)) != NULL, "no \"%s\" in:\n%s", part, text)
#define ck_lacks(text, part) ck_assert_msg(!strstr((text), (part)), "\"%s\" in:\n%s", part, text)

START_TEST(get_is_answered)
{
    start_at("localhost:0", NULL, 0);
    const char *got = ask("GET /x?y=1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    ck_assert_int_eq(strncmp(got, "HTTP/1.1 200 OK\r\n", 17), 0);
    ck_has(got, "Content-Length: 12\r\n");
    ck_has(got, "X-Test: yes\r\n");
    ck_has(got, " GMT\r\n");
    ck_has(got, "\r\n\r\nGET /x ?y=1 ");
    pp_http_stop(server);
}
END_TEST

START_TEST(head_has_no_body)
{
    start_at("localhost:0", NULL, 0);
    const char *got = ask("HEAD /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    ck_has(got, "Content-Length: 10\r\n");
    ck_assert_str_eq(strstr(got, "\r\n\r\n"), "\r\n\r\n");
    pp_http_stop(server);
}
END_TEST

START_TEST(connections_are_kept_and_pipelined)
{
    start_at("localhost:0", NULL, 0);
    int fd = dial();
    const char *got = converse(fd,
                               "POST /1 HTTP/1.1\r\nHost: a.localhost\r\nContent-Length: 3\r\n\r\n"
                               "abc"
                               "GET /2 HTTP/1.1\r\nHost: localhost\r\n\r\n",
                               "GET /2");
    ck_has(got, "POST /1 ? abc");
    ck_lacks(got, "Connection: close");
    got = converse(fd, "GET /3 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "GET /3");
    ck_has(got, "Connection: keep-alive\r\n");
    got = converse(fd, "GET /4 HTTP/1.0\r\n\r\n", NULL);
    ck_has(got, "GET /4");
    ck_has(got, "Connection: close\r\n");
    close(fd);
    pp_http_stop(server);
}
END_TEST

START_TEST(body_waits_for_continue)
{
    start_at("localhost:0", NULL, 0);
    int fd = dial();
    const char *got = converse(fd,
                               "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n"
                               "Expect: 100-continue\r\n\r\n",
                               "\r\n\r\n");
    ck_assert_str_eq(got, "HTTP/1.1 100 Continue\r\n\r\n");
    ck_has(converse(fd, "hi", "? hi"), "POST / ? hi");
    close(fd);
    pp_http_stop(server);
}
END_TEST

START_TEST(hostile_requests_get_an_error)
{
    start_at("localhost:0", NULL, 0);
    ck_has(ask("\x16\x03\x01junk\r\n\r\n"), "HTTP/1.1 400 Bad Request\r\n");
    ck_has(ask("GET / HTTP/1.1\r\n\r\n"), "HTTP/1.1 400 ");
    ck_has(ask("GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
           "HTTP/1.1 501 ");
    static char many[4000];
    strcpy(many, "GET / HTTP/1.1\r\nHost: localhost\r\n");
    for (int i = 0; i < 120; i++) {
        strcat(many, "a: b\r\n");
    }
    strcat(many, "\r\n");
    ck_has(ask(many), "HTTP/1.1 431 ");
    static char huge[20001];
    memset(huge, 'A', 20000);
    ck_has(ask(huge), "HTTP/1.1 431 ");
    ck_has(ask("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"), "200 OK");
    pp_http_stop(server);
}
END_TEST

START_TEST(foreign_hosts_are_refused)
{
    start_at("localhost:0", NULL, 0);
    const char *got = ask("GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
    ck_has(got, "HTTP/1.1 403 Forbidden\r\n");
    ck_has(got, "Host header");
    ck_lacks(got, "GET /");
    pp_http_stop(server);
}
END_TEST

START_TEST(the_token_is_wanted)
{
    start_at("localhost:0", "s3cret+", 0);
    ck_has(ask("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
           "401 Unauthorized");
    ck_has(ask("GET / HTTP/1.1\r\nHost: localhost\r\nCookie: a=b; pprof_token=s3cret+; c=d\r\n"
               "Connection: close\r\n\r\n"),
           "200 ");
    ck_has(ask("GET / HTTP/1.1\r\nHost: localhost\r\nCookie: xpprof_token=s3cret+\r\n"
               "Connection: close\r\n\r\n"),
           "401 ");
    ck_has(ask("GET /?token=s3cret HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
           "401 Unauthorized");
    ck_has(ask("GET /?token=s3cret%2b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
           "200 OK");
    ck_has(ask("GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: bearer s3cret+\r\n"
               "Connection: close\r\n\r\n"),
           "200 OK");
    pp_http_stop(server);
}
END_TEST

START_TEST(beyond_loopback_wants_a_token)
{
    struct pprof_error error;
    struct pp_http_options options = { .handle = handle, .start_thread = start_thread };
    ck_assert_int_eq(pp_http_start("0.0.0.0:0", &options, &server, &error), PPROF_ERR_REFUSED);
    ck_has(error.detail, "token");
    start_at("0.0.0.0:0", "t", 0);
    ck_has(ask("GET / HTTP/1.1\r\nHost: myhost:80\r\nConnection: close\r\n\r\n"), "403 ");
    ck_has(ask("GET /?token=t HTTP/1.1\r\nHost: myhost:80\r\nConnection: close\r\n\r\n"), "200 ");
    pp_http_stop(server);
}
END_TEST

START_TEST(a_slow_client_is_cut_off)
{
    start_at("localhost:0", NULL, 0);
    int fd = dial();
    int64_t begin = pp_sys_monotonic_ns();
    const char *got = converse(fd, "GET / HTTP/1.1\r\nHost: ", NULL);
    int64_t took = pp_sys_monotonic_ns() - begin;
    ck_has(got, "HTTP/1.1 408 ");
    ck_assert_int_gt(took / 1000000, 8000);
    ck_assert_int_lt(took / 1000000, 45000);
    close(fd);
    pp_http_stop(server);
}
END_TEST

START_TEST(a_client_that_leaves_is_noticed)
{
    start_at("localhost:0", NULL, 0);
    int fd = dial();
    ck_assert_int_gt((int)send(fd, "GET /wait HTTP/1.0\r\n\r\n", 22, 0), 0);
    await(&waits);
    close(fd);
    await(&gone_seen);
    pp_http_stop(server);
}
END_TEST

START_TEST(a_client_that_does_not_read_kills_nobody)
{
    start_at("localhost:0", NULL, 0);
    int fd = dial();
    ck_assert_int_gt((int)send(fd, "GET /big HTTP/1.0\r\n\r\n", 21, 0), 0);
    usleep(100000);
    struct linger now = { 1, 0 };
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    close(fd); /* a reset in the middle of 8 MiB: SIGPIPE would end this test */
    ck_has(ask("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"), "200 OK");
    pp_http_stop(server);
}
END_TEST

START_TEST(stopping_cuts_off_and_frees_the_port)
{
    start_at("localhost:0", NULL, 0);
    int old = port;
    int waiting = dial();
    int idle = dial();
    ck_assert_int_gt((int)send(waiting, "GET /wait HTTP/1.0\r\n\r\n", 22, 0), 0);
    await(&waits);
    pp_http_stop(server);
    await(&gone_seen); /* it did not wait for the end */
    char address[32];
    snprintf(address, sizeof(address), "127.0.0.1:%d", old);
    start_at(address, NULL, 0);
    ck_has(ask("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"), "200 OK");
    struct pprof_error error;
    struct pp_http_server *second;
    struct pp_http_options options = { .handle = handle, .start_thread = start_thread };
    ck_assert_int_eq(pp_http_start(address, &options, &second, &error), PPROF_ERR_BUSY);
    ck_has(error.detail, address);
    pp_http_stop(server);
    close(waiting);
    close(idle);
}
END_TEST

START_TEST(too_many_connections_are_turned_away)
{
    start_at("localhost:0", NULL, 2);
    int a = dial(), b = dial();
    usleep(50000);
    int c = dial();
    char got[256] = "";
    ck_assert_int_gt((int)recv(c, got, sizeof(got) - 1, 0), 0);
    ck_has(got, "HTTP/1.1 503 ");
    close(a);
    const char *text = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    const char *answer = ask(text);
    for (int i = 0; i < 1000 && !strstr(answer, "200 OK"); i++) { /* until it was noticed */
        usleep(10000);
        answer = ask(text);
    }
    ck_has(answer, "200 OK");
    close(b);
    close(c);
    pp_http_stop(server);
}
END_TEST

static int dial_unix(const char *path)
{
    struct pp_http_address to;
    char text[200];
    snprintf(text, sizeof(text), "unix:%s", path);
    ck_assert_int_eq(pp_http_address_parse(text, &to, NULL), 0);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(connect(fd, &to.socket.any, to.len), 0);
    return fd;
}

START_TEST(unix_sockets_serve)
{
    char path[64], address[80];
    struct stat st;
    snprintf(path, sizeof(path), "/tmp/pp_http_%d.sock", getpid());
    snprintf(address, sizeof(address), "unix:%s", path);
    /* A stale file: bound, never removed, nobody listening. */
    struct sockaddr_un stale = { .sun_family = AF_UNIX };
    strcpy(stale.sun_path, path);
    int old = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(old, (struct sockaddr *)&stale, sizeof(stale)), 0);
    close(old);
    start_at(address, NULL, 0);
    ck_assert_str_eq(pp_http_url(server), address);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_int_eq(st.st_mode & 0777, 0600);
    int fd = dial_unix(path);
    ck_has(converse(fd, "GET /u HTTP/1.1\r\nHost: anything\r\nConnection: close\r\n\r\n", NULL),
           "GET /u ?");
    close(fd);
    struct pp_http_server *second;
    struct pp_http_options options = { .handle = handle, .start_thread = start_thread };
    ck_assert_int_eq(pp_http_start(address, &options, &second, NULL), PPROF_ERR_BUSY);
    ck_assert_int_eq(stat(path, &st), 0);
    pp_http_stop(server);
    ck_assert_int_eq(stat(path, &st), -1);
}
END_TEST

START_TEST(a_file_is_not_replaced_by_a_socket)
{
    char path[64], address[80];
    struct stat st;
    snprintf(path, sizeof(path), "/tmp/pp_http_%d.txt", getpid());
    snprintf(address, sizeof(address), "unix:%s", path);
    FILE *file = fopen(path, "w");
    fclose(file);
    struct pp_http_options options = { .handle = handle, .start_thread = start_thread };
    ck_assert_int_eq(pp_http_start(address, &options, &server, NULL), PPROF_ERR_BUSY);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert(S_ISREG(st.st_mode));
    unlink(path);
}
END_TEST

START_TEST(abstract_sockets_serve)
{
    char address[80];
    snprintf(address, sizeof(address), "unix:@pp_http_%d", getpid());
    start_at(address, NULL, 0);
    ck_assert_str_eq(pp_http_url(server), address);
    int fd = dial_unix(address + 5);
    ck_has(converse(fd, "GET /u HTTP/1.0\r\n\r\n", NULL), "GET /u ?");
    close(fd);
    pp_http_stop(server);
}
END_TEST

START_TEST(a_forked_child_forgets)
{
    start_at("localhost:0", NULL, 0);
    int idle = dial();
    usleep(50000);
    pid_t child = fork();
    if (child == 0) {
        pp_http_after_fork(server);
        int open = 0;
        for (int fd = 3; fd < 1100; fd++) {
            struct sockaddr_in bound;
            socklen_t len = sizeof(bound);
            open += fd != idle && getsockname(fd, (struct sockaddr *)&bound, &len) == 0 &&
                    ntohs(bound.sin_port) == port;
        }
        _exit(open);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    ck_has(ask("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"), "200 OK");
    close(idle);
    pp_http_stop(server);
}
END_TEST

static int listening_fd(void)
{
    for (int fd = 3; fd < 2048; fd++) {
        int listens = 0;
        socklen_t len = sizeof(listens);
        if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) == 0 && listens) {
            return fd;
        }
    }
    return -1;
}

START_TEST(a_descriptor_that_was_taken_away_is_let_go)
{
    int pipes[2];
    start_at("localhost:0", NULL, 0);
    int fd = listening_fd();
    ck_assert_int_ge(fd, 900);
    ck_assert_int_eq(pipe(pipes), 0);
    ck_assert_int_eq(dup2(pipes[0], fd), fd); /* ours is closed, the number is another file's */
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                              .sin_addr = { htonl(INADDR_LOOPBACK) } };
    (void)!connect(client, (struct sockaddr *)&to, sizeof(to));
    usleep(100000);
    pp_http_stop(server);
    ck_assert_int_eq((int)write(pipes[1], "x", 1), 1);
    char byte = 0;
    ck_assert_int_eq((int)read(fd, &byte, 1), 1);
    ck_assert_int_eq(byte, 'x');
    close(client);
}
END_TEST

START_TEST(a_connection_that_was_taken_away_is_let_go)
{
    start_at("localhost:0", NULL, 0);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, taken), 0);
    ck_assert_str_eq(ask("GET /taken HTTP/1.1\r\nHost: localhost\r\n\r\n"), "");
    ck_assert_int_eq((int)send(taken[1], "GET / HTTP/1.1\r\n\r\n", 18, MSG_NOSIGNAL), 18);
    pp_http_stop(server);
    char text[64];
    ck_assert_int_eq((int)recv(taken[1], text, sizeof(text), 0), -1); /* nothing was written */
    ck_assert_int_eq(errno, EAGAIN);
    ck_assert_int_eq((int)recv(taken_fd, text, sizeof(text), 0), 18); /* nothing read */
    close(taken_fd);
    close(taken[0]);
    close(taken[1]);
}
END_TEST

static TCase *parser_case(void)
{
    TCase *tc = tcase_create("parser");
    tcase_add_test(tc, head_is_parsed);
    tcase_add_test(tc, old_and_absolute_forms_are_parsed);
    tcase_add_test(tc, malformed_heads_are_refused);
    tcase_add_test(tc, incomplete_heads_wait);
    tcase_add_test(tc, damaged_heads_are_survived);
    tcase_add_test(tc, parameters_are_found_and_decoded);
    tcase_add_test(tc, secrets_compare);
    tcase_add_test(tc, addresses_are_parsed);
    tcase_add_test(tc, hosts_are_judged);
    return tc;
}

static TCase *live_case(void)
{
    TCase *tc = tcase_create("live");
    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, get_is_answered);
    tcase_add_test(tc, head_has_no_body);
    tcase_add_test(tc, connections_are_kept_and_pipelined);
    tcase_add_test(tc, body_waits_for_continue);
    tcase_add_test(tc, hostile_requests_get_an_error);
    tcase_add_test(tc, foreign_hosts_are_refused);
    tcase_add_test(tc, the_token_is_wanted);
    tcase_add_test(tc, beyond_loopback_wants_a_token);
    tcase_add_test(tc, a_slow_client_is_cut_off);
    tcase_add_test(tc, a_client_that_leaves_is_noticed);
    tcase_add_test(tc, a_client_that_does_not_read_kills_nobody);
    tcase_add_test(tc, stopping_cuts_off_and_frees_the_port);
    tcase_add_test(tc, too_many_connections_are_turned_away);
    tcase_add_test(tc, unix_sockets_serve);
    tcase_add_test(tc, a_file_is_not_replaced_by_a_socket);
    tcase_add_test(tc, abstract_sockets_serve);
    tcase_add_test(tc, a_forked_child_forgets);
    tcase_add_test(tc, a_descriptor_that_was_taken_away_is_let_go);
    tcase_add_test(tc, a_connection_that_was_taken_away_is_let_go);
    return tc;
}

static Suite *suite(void)
{
    Suite *made = suite_create("base_http");
    suite_add_tcase(made, parser_case());
    suite_add_tcase(made, live_case());
    return made;
}

#include "check_main.h"
