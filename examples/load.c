/* A bounded load for leaky_server, on loopback only: some connections that log in again and again.
 *
 *   build/examples/load [PORT [SECONDS [REQUESTS_PER_SECOND]]]     (8642, 60, 2000)
 *
 * Waits up to a minute for the server to come up. Prints nothing unless something is wrong.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS = 3, BATCH = 20 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int open_connection(int port)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    to.sin_port = htons((uint16_t)port);
    for (double end = now() + 60; now() < end; usleep(50000)) {
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0) {
            return fd;
        }
        close(fd);
    }
    fprintf(stderr, "load: nobody listens on 127.0.0.1:%d: %s\n", port, strerror(errno));
    return -1;
}

static int log_in(int fd, unsigned long user)
{
    char text[256];
    int len =
        snprintf(text, sizeof(text), "GET /user%lu HTTP/1.1\r\nHost: localhost\r\n\r\n", user);
    return write(fd, text, (size_t)len) == len && read(fd, text, sizeof(text)) > 0;
}

static double argument(int argc, char **argv, int i, double otherwise)
{
    return argc > i ? strtod(argv[i], NULL) : otherwise;
}

int main(int argc, char **argv)
{
    int port = (int)argument(argc, argv, 1, 8642), fds[CONNECTIONS];
    double seconds = argument(argc, argv, 2, 60), rate = argument(argc, argv, 3, 2000);
    if (!(seconds > 0 && seconds <= 3600 && rate > 0)) {
        fprintf(stderr, "usage: load [PORT [SECONDS (at most 3600) [REQUESTS_PER_SECOND]]]\n");
        return 2;
    }
    for (int i = 0; i < CONNECTIONS; i++) {
        if ((fds[i] = open_connection(port)) < 0) {
            return 1;
        }
    }
    double start = now();
    for (unsigned long sent = 0; now() < start + seconds; sent++) {
        if (sent % BATCH == 0) { /* a pause, so that the pace is the one asked for */
            double ahead = (double)sent / rate - (now() - start);
            usleep(ahead > 0 ? (useconds_t)(ahead * 1e6) : 0);
        }
        if (!log_in(fds[sent % CONNECTIONS], sent)) {
            return 0; /* the server ended */
        }
    }
    return 0;
}
