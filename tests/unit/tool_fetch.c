/* URLs and what becomes of them, a server that misbehaves in every way, several sources, saving. */
#include "base/sys.h"
#include "profile/build.h"
#include "profile/wire.h"
#include "tool/driver/fetch.h"
#include "tool/symbolize/remote.h"
#include "tool/symbolize/url.h"

#include <arpa/inet.h>
#include <check.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct pp_arena arena;
static struct pp_buf body; /* a gzipped profile */
static char folder[64], said[16384], last_request[8192];
static int port, other_port, listeners[3];

static void keep(void *ctx, const char *text)
{
    (void)ctx;
    size_t len = strlen(said);
    snprintf(said + len, sizeof(said) - len, "%s\n", text);
}

/* --- a server ------------------------------------------------------------------------------------ */

static void send_text(int fd, const char *format, ...)
{
    char text[4096];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    (void)!send(fd, text, (size_t)n, MSG_NOSIGNAL);
}

static void send_profile(int fd, size_t announced, size_t sent)
{
    send_text(fd, "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
                  "Content-Length: %zu\r\n\r\n", announced);
    (void)!send(fd, body.data, sent, MSG_NOSIGNAL);
}

static void send_chunked(int fd)
{
    send_text(fd, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (size_t at = 0; at < body.len;) {
        size_t n = body.len - at < 7 ? body.len - at : 7;
        send_text(fd, "%zx;x=y\r\n", n);
        (void)!send(fd, body.data + at, n, MSG_NOSIGNAL);
        send_text(fd, "\r\n");
        at += n;
    }
    send_text(fd, "0\r\nTrailer: x\r\n\r\n");
}

static void send_symbols(int fd, const char *request)
{
    if (!strncmp(request, "POST", 4)) {
        send_text(fd, "HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n");
        return;
    }
    send_text(fd, "HTTP/1.1 200 OK\r\n\r\nnum_symbols: 1\n0x1234\tremote_name\n");
}

static bool asks(const char *request, const char *path)
{
    const char *blank = strchr(request, ' ');
    return blank && !strncmp(blank + 1, path, strlen(path)) &&
           strchr(" ?", blank[1 + strlen(path)]) != NULL;
}

static void answer(int fd, const char *request)
{
    if (asks(request, "/debug/pprof/heap")) {
        send_profile(fd, body.len, body.len);
    } else if (asks(request, "/debug/pprof/symbol")) {
        send_symbols(fd, request);
    } else if (asks(request, "/chunked")) {
        send_chunked(fd);
    } else if (asks(request, "/close")) {
        send_text(fd, "HTTP/1.0 200 OK\n\n");
        (void)!send(fd, body.data, body.len, MSG_NOSIGNAL);
    } else if (asks(request, "/short")) {
        send_profile(fd, body.len, body.len / 2);
    } else if (asks(request, "/shortchunk")) {
        send_text(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n100\r\nabc");
    } else if (asks(request, "/badchunk")) {
        send_text(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\nabc");
    } else if (asks(request, "/badlength")) {
        send_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nabc");
    } else if (asks(request, "/busy")) {
        send_text(fd, "HTTP/1.1 500 Internal Server Error\r\nX-Go-Pprof: 1\r\n"
                      "Content-Type: text/plain; charset=utf-8\r\n\r\nalready in use\n");
    } else if (asks(request, "/html")) {
        send_text(fd, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>hello");
    } else if (asks(request, "/garbage")) {
        send_text(fd, "HTTP/1.1 200 OK\r\n\r\nnot a profile at all");
    } else if (asks(request, "/nothttp")) {
        send_text(fd, "220 mail ready\r\n");
    } else if (asks(request, "/loop")) {
        send_text(fd, "HTTP/1.1 302 Found\r\nLocation: /loop\r\nContent-Length: 0\r\n\r\n");
    } else if (asks(request, "/moved")) {
        send_text(fd, "HTTP/1.1 302 Found\r\nLocation: debug/pprof/heap\r\nContent-Length: 0\r\n\r\n");
    } else if (asks(request, "/away")) {
        send_text(fd, "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:%d/debug/pprof/heap\r\n\r\n",
                  other_port);
    } else if (asks(request, "/slow")) {
        send_text(fd, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab");
        sleep(50);
    } else {
        send_text(fd, "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\n\r\nno such page\n");
    }
}

/* One connection at a time is enough. */
static void *serve(void *arg)
{
    int listener = *(int *)arg;
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        char request[8192];
        size_t len = 0;
        ssize_t n;
        request[0] = '\0';
        while (!strstr(request, "\r\n\r\n") && len + 1 < sizeof(request) &&
               (n = read(fd, request + len, sizeof(request) - len - 1)) > 0) {
            len += (size_t)n;
            request[len] = '\0';
        }
        memcpy(last_request, request, len + 1);
        answer(fd, request);
        close(fd);
    }
    return NULL;
}

static int listen_tcp(int *listener)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    *listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(*listener, (struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(listen(*listener, 16), 0);
    getsockname(*listener, (struct sockaddr *)&address, &len);
    return ntohs(address.sin_port);
}

static void listen_unix(int *listener)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/s", folder);
    *listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(*listener, (struct sockaddr *)&address, sizeof(address)), 0);
    ck_assert_int_eq(listen(*listener, 16), 0);
}

static void make_profile(void)
{
    struct pp_build *build = pp_build_new(0);
    struct pprof_profile *profile = NULL;
    struct pp_buf plain;
    pp_build_sample_type(build, "objects", "count");
    pp_build_sample_type(build, "space", "bytes");
    struct pprof_mapping mapping = {.start = 0x1000, .limit = 0x2000};
    mapping.filename = pp_build_cstr(build, "/opt/bin/server");
    uint32_t m = pp_build_mapping(build, &mapping);
    uint32_t location = pp_build_location(build, 0, 0x1234, m, NULL, 0, false);
    int64_t values[] = {3, 4096};
    pp_build_sample(build, &location, 1, values, NULL, 0);
    ck_assert_int_eq(pp_build_finish(build, &profile, NULL), 0);
    pp_buf_init(&plain, &arena);
    pp_buf_init(&body, &arena);
    ck_assert_int_eq(pp_wire_encode(profile, &plain, NULL), 0);
    ck_assert_int_eq(pp_gzip(&body, plain.data, plain.len, 6, NULL), 0);
    pprof_profile_free(profile);
}

static void set_up(void)
{
    pthread_t thread;
    pp_arena_init(&arena, 0);
    strcpy(folder, "/tmp/pp-fetch-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    setenv("PPROF_BINARY_PATH", folder, 1);
    unsetenv("PPROF_TOKEN");
    unsetenv("http_proxy");
    make_profile();
    port = listen_tcp(&listeners[0]);
    other_port = listen_tcp(&listeners[1]);
    listen_unix(&listeners[2]);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(pthread_create(&thread, NULL, serve, &listeners[i]), 0);
        pthread_detach(thread);
    }
}

static void tear_down(void)
{
    char command[128];
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

/* --- URLs ---------------------------------------------------------------------------------------- */

static const struct {
    const char *source;
    int seconds, timeout;
    const char *url; /* NULL: not a URL */
    int wait_s;
} urls[] = {
    {"localhost:6060", 0, 0, "http://localhost:6060", 65},
    {"localhost:6060/debug/pprof/heap", 0, 0, "http://localhost:6060/debug/pprof/heap", 65},
    {"127.0.0.1:6060", 0, 0, "http://127.0.0.1:6060", 65},
    {"[::1]:6060/x", 0, 0, "http://[::1]:6060/x", 65},
    {"http://h/p?b=2&a=1", 0, 0, "http://h/p?a=1&b=2", 65},
    {"http://h/p?seconds=10", 0, 0, "http://h/p?seconds=10", 20},
    {"http://h/p?seconds=10", 20, 0, "http://h/p?seconds=20", 35},
    {"http://h/p?seconds=10", 20, 7, "http://h/p?seconds=20", 12},
    {"http://h/p?seconds=x", 0, 0, "http://h/p?seconds=x", 65},
    {"http://h/p?a=b c&d=%2f;&e", 0, 0, "http://h/p?a=b+c&e=", 65},
    {"https+insecure://h:1/p", 2, 0, "https+insecure://h:1/p?seconds=2", 8},
    {"unix:/run/x.sock:/debug/pprof/heap", 0, 0, "unix:/run/x.sock:/debug/pprof/heap", 65},
    {"unix:/run/x.sock", 3, 0, "unix:/run/x.sock?seconds=3", 9},
    {"http+unix://%2Frun%2Fx.sock/a", 0, 0, "unix:/run/x.sock:/a", 65},
    {"localhost", 0, 0, NULL, 0},
    {"/tmp/file.pb.gz", 0, 0, NULL, 0},
    {"dir/file:1", 0, 0, NULL, 0},
    {"file:///tmp/x", 0, 0, NULL, 0},
    {"http:///x", 0, 0, NULL, 0},
    {"", 0, 0, NULL, 0},
    {"unix:6060", 0, 0, "http://unix:6060", 65},
    {"http+unix:///x", 0, 0, NULL, 0},
    {":6060/x", 0, 0, "http://:6060/x", 65},
    {"http://h/p?q#part", 0, 0, "http://h/p?q=#part", 65},
    {"http://h/p?a=%zz&b=1&c=%4", 0, 0, "http://h/p?b=1", 65},
    {"h%zz:1/p", 0, 0, NULL, 0},
};

START_TEST(test_urls)
{
    struct pp_fetch_options options = {.seconds = urls[_i].seconds, .timeout_seconds = urls[_i].timeout};
    char *url = NULL;
    int64_t timeout_ns = 0;
    int r = pp_fetch_url(&arena, urls[_i].source, &options, &url, &timeout_ns);
    ck_assert_msg((r == 0) == (urls[_i].url != NULL), "%s: %d", urls[_i].source, r);
    if (r == 0) {
        ck_assert_str_eq(url, urls[_i].url);
        ck_assert_int_eq(timeout_ns / 1000000000, urls[_i].wait_s);
    }
}
END_TEST

/* What stands for a server as a mapping's file, and so is forgotten when names are found. */
START_TEST(test_absolute_urls)
{
    static const char *const absolute[] = {"http://h/p", "C:\\x.exe", "c:x", "x:", "file:///a", "a:/b"};
    static const char *const others[] = {"", "/bin/x", "x", "1a:b", "[vdso]", "//anon", "a/b:c",
                                         "a:\tb", "a:/%zz", "a://b c/d", "\xc3\xa9:x"};
    for (size_t i = 0; i < sizeof(absolute) / sizeof(absolute[0]); i++) {
        ck_assert_msg(pp_url_is_absolute(&arena, absolute[i]), "%s", absolute[i]);
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        ck_assert_msg(!pp_url_is_absolute(&arena, others[i]), "%s", others[i]);
    }
}
END_TEST

START_TEST(test_symbol_urls)
{
    ck_assert_str_eq(pp_symbol_url(&arena, "http://h:1/debug/pprof/heap?seconds=3"),
                     "http://h:1/debug/pprof/symbol");
    ck_assert_str_eq(pp_symbol_url(&arena, "http://h/x/pprof/growth"), "http://h/x/pprof/symbol");
    ck_assert_str_eq(pp_symbol_url(&arena, "http://h/profilez"), "http://h/symbolz");
    ck_assert_ptr_null(pp_symbol_url(&arena, "/usr/bin/server"));
}
END_TEST

/* --- exchanges ----------------------------------------------------------------------------------- */

static int fetch(const char *path, int timeout, struct pp_fetched *out, struct pprof_error *error)
{
    char url[256];
    struct pp_fetch_options options = {.timeout_seconds = timeout};
    snprintf(url, sizeof(url), "http://127.0.0.1:%d%s", port, path);
    return pp_fetch(url, &options, out, keep, NULL, error);
}

static const char *const good[] = {"/debug/pprof/heap", "/chunked", "/close", "/moved"};

START_TEST(test_good_answers)
{
    struct pp_fetched out;
    struct pprof_error error = {0};
    char wanted[256];
    ck_assert_msg(fetch(good[_i], 0, &out, &error) == 0, "%s: %s", good[_i], error.detail);
    ck_assert_uint_eq(out.profile->sample_count, 1);
    ck_assert_int_eq(out.profile->values[1], 4096);
    ck_assert(out.is_remote);
    ck_assert_uint_eq(out.mapping_count, 1);
    ck_assert_str_eq(out.mappings[0].key, "/opt/bin/server");
    snprintf(wanted, sizeof(wanted), "Fetching profile over HTTP from http://127.0.0.1:%d%s\n", port, good[_i]);
    ck_assert_str_eq(said, wanted);
    pp_fetched_release(&out);
}
END_TEST

static const struct {
    const char *path;
    int code;
    const char *sentence;
} bad[] = {
    {"/busy", PPROF_ERR_NOTFOUND, "server response: 500 Internal Server Error - already in use"},
    {"/nothing", PPROF_ERR_NOTFOUND, "server response: 404 Not Found"},
    {"/", PPROF_ERR_NOTFOUND, "/debug/pprof/heap"},
    {"", PPROF_ERR_NOTFOUND, "/debug/pprof/profile?seconds=10"},
    {"/html", PPROF_ERR_FORMAT, "is an HTML page, not a profile; profiles are usually at"},
    {"/garbage", PPROF_ERR_FORMAT, "parsing profile: "},
    {"/nothttp", PPROF_ERR_FORMAT, ": not an HTTP answer: 220 mail ready"},
    {"/short", PPROF_ERR_TRUNCATED, "unexpected EOF: the server closed before its answer was complete"},
    {"/shortchunk", PPROF_ERR_TRUNCATED, "closed before"},
    {"/badchunk", PPROF_ERR_FORMAT, "bad chunk size"},
    {"/badlength", PPROF_ERR_FORMAT, "bad Content-Length"},
    {"/loop", PPROF_ERR_ADDRESS, "stopped after 10 redirects"},
};

START_TEST(test_bad_answers)
{
    struct pp_fetched out;
    struct pprof_error error = {0};
    int r = fetch(bad[_i].path, 0, &out, &error);
    ck_assert_msg(r == bad[_i].code, "%s: %d %s", bad[_i].path, r, error.detail);
    ck_assert_msg(strstr(error.detail, bad[_i].sentence) != NULL, "%s", error.detail);
    ck_assert_ptr_null(out.profile);
    pp_fetched_release(&out);
}
END_TEST

START_TEST(test_timeout)
{
    struct pp_http_answer reply = {0};
    struct pprof_error error = {0};
    char url[128];
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/slow", port);
    struct pp_http_call call = {.url = url, .timeout_ns = 300000000};
    pp_buf_init(&reply.body, &arena);
    int64_t start = pp_sys_monotonic_ns();
    ck_assert_int_eq(pp_http_exchange(&call, &reply, &error), PPROF_ERR_CANCELED);
    ck_assert_int_lt(pp_sys_monotonic_ns() - start, 40000000000);
    ck_assert_ptr_nonnull(strstr(error.detail, "-timeout"));
}
END_TEST

START_TEST(test_body_cap)
{
    struct pp_http_answer reply = {0};
    char url[128];
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/close", port);
    struct pp_http_call call = {.url = url, .body_cap = 10};
    pp_buf_init(&reply.body, &arena);
    ck_assert_int_eq(pp_http_exchange(&call, &reply, NULL), PPROF_ERR_LIMIT);
}
END_TEST

START_TEST(test_unix_socket)
{
    struct pp_fetched out;
    struct pp_fetch_options options = {.seconds = 2};
    struct pprof_error error = {0};
    char source[256];
    snprintf(source, sizeof(source), "unix:%s/s:/debug/pprof/heap", folder);
    ck_assert_msg(pp_fetch(source, &options, &out, keep, NULL, &error) == 0, "%s", error.detail);
    ck_assert_uint_eq(out.profile->sample_count, 1);
    ck_assert_ptr_nonnull(strstr(last_request, "GET /debug/pprof/heap?seconds=2 HTTP/1.1\r\nHost: localhost\r\n"));
    ck_assert_ptr_nonnull(strstr(said, "\nPlease wait... (2s)\n"));
    pp_fetched_release(&out);
}
END_TEST

/* The token goes to the server that was named, and stays there. */
START_TEST(test_token)
{
    struct pp_fetched out;
    setenv("PPROF_TOKEN", "s3cret", 1);
    ck_assert_int_eq(fetch("/moved", 0, &out, NULL), 0);
    ck_assert_ptr_nonnull(strstr(last_request, "Authorization: Bearer s3cret\r\n"));
    pp_fetched_release(&out);
    ck_assert_int_eq(fetch("/away", 0, &out, NULL), 0);
    ck_assert_ptr_nonnull(strstr(last_request, "/debug/pprof/heap"));
    ck_assert_ptr_null(strstr(last_request, "s3cret"));
    pp_fetched_release(&out);
}
END_TEST

START_TEST(test_no_server)
{
    struct pp_fetched out;
    struct pp_fetch_options options = {0};
    struct pprof_error error = {0};
    int listener;
    char source[64];
    snprintf(source, sizeof(source), "127.0.0.1:%d", listen_tcp(&listener));
    close(listener);
    ck_assert_int_eq(pp_fetch(source, &options, &out, keep, NULL, &error), PPROF_ERR_SYSTEM);
    ck_assert_ptr_nonnull(strstr(error.detail, ": connect: connection refused"));
    pp_fetched_release(&out);
    ck_assert_int_eq(pp_fetch("ftp://h/x", &options, &out, keep, NULL, &error), PPROF_ERR_ADDRESS);
    pp_fetched_release(&out);
    ck_assert_int_eq(pp_fetch("/no/such", &options, &out, keep, NULL, &error), PPROF_ERR_SYSTEM);
    ck_assert_str_eq(error.detail, "stat /no/such: no such file or directory");
    pp_fetched_release(&out);
    ck_assert_int_eq(pp_fetch("/tmp", &options, &out, keep, NULL, &error), PPROF_ERR_SYSTEM);
    ck_assert_str_eq(error.detail, "read /tmp: is a directory");
    pp_fetched_release(&out);
    ck_assert_int_ne(pp_fetch("/dev/null", &options, &out, keep, NULL, &error), 0);
    ck_assert_ptr_nonnull(strstr(error.detail, "empty input file"));
    pp_fetched_release(&out);
}
END_TEST

START_TEST(test_remote_names)
{
    struct pp_fetched out;
    struct pprof_error error = {0};
    ck_assert_int_eq(fetch("/debug/pprof/heap", 0, &out, &error), 0);
    struct pp_symbolize_options options = {.mode = "remote", .sources = out.mappings,
                                           .source_count = out.mapping_count};
    ck_assert_int_eq(pp_symbolize_profile(out.profile, &options, keep, NULL, &error), 0);
    ck_assert_ptr_nonnull(strstr(last_request, "GET /debug/pprof/symbol?0x1234 "));
    const struct pprof_profile *p = out.profile;
    ck_assert_uint_eq(p->locations[0].line_count, 1);
    uint32_t function = p->lines[p->locations[0].line_begin].function;
    ck_assert_str_eq(p->strings[p->functions[function].name].ptr, "remote_name");
    pp_fetched_release(&out);
}
END_TEST

/* A build id alone is enough to know whom to ask. */
START_TEST(test_remote_names_by_build_id)
{
    struct pp_fetched out;
    struct pprof_error error = {0};
    char url[64];
    struct pp_fetch_options options = {.build_id = "abc"};
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/debug/pprof/heap", port);
    ck_assert_msg(pp_fetch(url, &options, &out, keep, NULL, &error) == 0, "%s", error.detail);
    out.profile->mappings[0].filename = 0;
    struct pp_symbolize_options names = {.mode = "remote", .sources = out.mappings,
                                         .source_count = out.mapping_count};
    ck_assert_int_eq(pp_symbolize_profile(out.profile, &names, keep, NULL, &error), 0);
    ck_assert_uint_eq(out.profile->locations[0].line_count, 1);
    pp_fetched_release(&out);
}
END_TEST

START_TEST(test_several)
{
    enum { N = 20 };
    const char *sources[N];
    struct pp_fetched out[N];
    struct pp_fetch_options options = {0};
    char one[128];
    snprintf(one, sizeof(one), "http://127.0.0.1:%d/debug/pprof/heap", port);
    for (int i = 0; i < N; i++) {
        sources[i] = i == 7 ? "/no/such" : one;
    }
    ck_assert_uint_eq(pp_fetch_all(sources, N, &options, out, keep, NULL), N - 1);
    for (int i = 0; i < N; i++) {
        ck_assert((out[i].profile == NULL) == (i == 7));
        pp_fetched_release(&out[i]);
    }
    ck_assert_ptr_nonnull(strstr(said, "/no/such: stat /no/such: no such file or directory\n"));
}
END_TEST

START_TEST(test_save)
{
    struct pp_fetched out;
    struct pp_fetch_options options = {0};
    struct pprof_error error = {0};
    char wanted[256], path[200];
    ck_assert_int_eq(fetch("/debug/pprof/heap", 0, &out, NULL), 0);
    snprintf(path, sizeof(path), "%s/a/b", folder);
    setenv("PPROF_TMPDIR", path, 1);
    for (int i = 1; i <= 2; i++) {
        said[0] = '\0';
        ck_assert_msg(pp_save_profile(out.profile, keep, NULL, &error) == 0, "%s", error.detail);
        snprintf(wanted, sizeof(wanted), "Saved profile in %s/pprof.server.objects.space.%03d.pb.gz\n", path, i);
        ck_assert_str_eq(said, wanted);
    }
    pp_fetched_release(&out);
    snprintf(path, sizeof(path), "%s/a/b/pprof.server.objects.space.002.pb.gz", folder);
    ck_assert_int_eq(pp_fetch(path, &options, &out, keep, NULL, &error), 0);
    ck_assert_int_eq(out.profile->values[1], 4096);
    ck_assert(!out.is_remote);
    pp_fetched_release(&out);
}
END_TEST

static Suite *suite(void)
{
    Suite *made = suite_create("fetch");
    TCase *tcase = tcase_create("fetch");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, test_urls, 0, (int)(sizeof(urls) / sizeof(urls[0])));
    tcase_add_test(tcase, test_absolute_urls);
    tcase_add_test(tcase, test_symbol_urls);
    tcase_add_loop_test(tcase, test_good_answers, 0, (int)(sizeof(good) / sizeof(good[0])));
    tcase_add_loop_test(tcase, test_bad_answers, 0, (int)(sizeof(bad) / sizeof(bad[0])));
    tcase_add_test(tcase, test_timeout);
    tcase_add_test(tcase, test_body_cap);
    tcase_add_test(tcase, test_unix_socket);
    tcase_add_test(tcase, test_token);
    tcase_add_test(tcase, test_no_server);
    tcase_add_test(tcase, test_remote_names);
    tcase_add_test(tcase, test_remote_names_by_build_id);
    tcase_add_test(tcase, test_several);
    tcase_add_test(tcase, test_save);
    suite_add_tcase(made, tcase);
    return made;
}

#include "check_main.h"
