/* links libpprof */
/* TCP echo: go_echo go|epoll serves on a free port, which it prints; go_echo client PORT SECONDS asks
 * with 100 connections, 64 bytes in flight in each, one thread, and prints requests a second. */
#include <pprof/go.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { CONNECTIONS = 100, BYTES = 64, BATCH = 128, BUFFER = 4096 };

static int listen_any(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(fd, (struct sockaddr *)&address, len) != 0 || listen(fd, 1024) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) != 0) {
        perror("listen");
        exit(1);
    }
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

/* ---- goroutines ---- */

static void echo(void *arg)
{
    int fd = (int)(intptr_t)arg;
    char buf[BUFFER];
    ssize_t n;
    while ((n = go_read(fd, buf, sizeof(buf))) > 0 && go_write_all(fd, buf, (size_t)n) == 0) {
    }
    go_close(fd);
}

static void serve(void *arg)
{
    int fd;
    while ((fd = go_accept((int)(intptr_t)arg, NULL, NULL)) >= 0) {
        go_start(echo, (void *)(intptr_t)fd);
    }
}

/* ---- one thread, one epoll ---- */

static void add(int epoll, int fd)
{
    struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static void echo_ready(int fd)
{
    char buf[BUFFER];
    ssize_t n = read(fd, buf, sizeof(buf));
    if (n <= 0 || write(fd, buf, (size_t)n) != n) {
        close(fd);
    }
}

static void serve_epoll(int listener)
{
    struct epoll_event events[BATCH];
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    add(epoll, listener);
    for (;;) {
        int n = epoll_wait(epoll, events, BATCH, -1);
        for (int i = 0; i < n; i++) {
            if (events[i].data.fd == listener) {
                add(epoll, accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC));
            } else {
                echo_ready(events[i].data.fd);
            }
        }
    }
}

/* ---- the client ---- */

static int connect_to(int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        perror("connect");
        exit(1);
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    return fd;
}

static void ask(int port, double seconds)
{
    struct epoll_event events[BATCH];
    char buf[BYTES] = "x";
    long answers = 0;
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < CONNECTIONS; i++) {
        int fd = connect_to(port);
        add(epoll, fd);
        answers += write(fd, buf, BYTES) - BYTES;
    }
    int64_t began = go_now(), until = began + (int64_t)(seconds * 1e9);
    while (go_now() < until) {
        int n = epoll_wait(epoll, events, BATCH, 1000);
        for (int i = 0; i < n; i++) {
            if (read(events[i].data.fd, buf, BYTES) == BYTES &&
                write(events[i].data.fd, buf, BYTES) == BYTES) {
                answers++;
            }
        }
    }
    printf("%.0f\n", (double)answers * 1e9 / (double)(go_now() - began));
}

int main(int argc, char **argv)
{
    if (argc > 3 && strcmp(argv[1], "client") == 0) {
        ask(atoi(argv[2]), atof(argv[3]));
    } else if (argc > 1 && strcmp(argv[1], "epoll") == 0) {
        serve_epoll(listen_any());
    } else if (argc > 1 && strcmp(argv[1], "go") == 0) {
        return go_run(serve, (void *)(intptr_t)listen_any());
    }
    return 0;
}
