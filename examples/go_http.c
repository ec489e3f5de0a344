/* An HTTP server with keep-alive and timeouts: a goroutine for each connection, no callbacks.
 *
 *   PPROF_HTTP=localhost:6060 build/examples/go_http 8080 30
 *   curl http://localhost:8080/ ; curl 'http://localhost:6060/debug/pprof/goroutine?debug=1'
 *
 * One that sends no whole request for 30 seconds is closed. usage: go_http [PORT [IDLE-SECONDS]]
 */
#include <pprof/go.h>

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

enum { REQUEST_MAX = 8192 };
static int64_t idle_ns = 30 * GO_S;

/* Reads until the end of the head; what comes behind it stays. The head's length, or -1. */
static ssize_t read_head(int fd, char *buf, size_t *have)
{
    char *end;
    buf[*have] = '\0';
    while (!(end = strstr(buf, "\r\n\r\n"))) {
        ssize_t n = go_read(fd, buf + *have, REQUEST_MAX - *have);
        if (n <= 0) {
            return -1; /* closed, too long, or too late */
        }
        *have += (size_t)n;
        buf[*have] = '\0';
    }
    return end + 4 - buf;
}

static int answer(int fd, bool stays)
{
    static const char kept[] = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n";
    static const char last[] = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello\n";
    return stays ? go_write_all(fd, kept, sizeof(kept) - 1)
                 : go_write_all(fd, last, sizeof(last) - 1);
}

static void serve(void *arg)
{
    int fd = (int)(intptr_t)arg;
    char buf[REQUEST_MAX + 1];
    size_t have = 0;
    bool stays = true;
    while (stays) {
        ssize_t head = -1;
        GO_WITH_TIMEOUT(idle_ns) {
            head = read_head(fd, buf, &have);
            if (head >= 0) {
                buf[head - 1] = '\0';
                stays = !strcasestr(buf, "\nConnection: close") && strstr(buf, " HTTP/1.1\r\n");
                head = answer(fd, stays) == 0 ? head : -1;
            }
        }
        stays = stays && head >= 0;
        have -= stays ? (size_t)head : 0;
        memmove(buf, buf + (stays ? head : 0), have);
    }
    go_close(fd);
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    int yes = 1, fd = -1, listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)(argc > 1 ? atoi(argv[1]) : 8080));
    idle_ns = argc > 2 ? atoi(argv[2]) * GO_S : idle_ns;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    int failed = bind(listener, (void *)&address, sizeof(address)) || listen(listener, 512);
    while (!failed && (fd = go_accept(listener, NULL, NULL)) >= 0) {
        if (go_start(serve, (void *)(intptr_t)fd) != 0) {
            go_close(fd);
        }
    }
    perror("go_http");
    return 1;
}
