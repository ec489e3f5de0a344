/* Files and sockets that are never closed: the way out on an error forgets the file, and the
 * connection to the log server is opened anew for each request.
 *
 *   PPROF_DIR=held PPROF_KINDS=fd build/pprof run -- build/examples/unclosed
 *   build/pprof -top held/?*.fd.pb.gz
 *
 * shows read_config and log_request with how many each holds; -tags tells files from sockets and
 * how old they are. Live: the same at http://ADDRESS/debug/pprof/fd.
 * usage: unclosed [REQUESTS]     (60)
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

__attribute__((noinline)) static bool read_config(const char *path, char *line, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC); /* FILE: stays open when nothing could be read */
    if (fd < 0 || read(fd, line, size) <= 0) {
        return false;
    }
    close(fd);
    return true;
}

__attribute__((noinline)) static void log_request(int number)
{
    char text[64];
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) { /* SOCKET: never closed */
        return;
    }
    int len = snprintf(text, sizeof text, "request %d\n", number);
    if (write(ends[0], text, (size_t)len) != len) {
        perror("log");
    }
}

int main(int argc, char **argv)
{
    int requests = argc > 1 ? atoi(argv[1]) : 60;
    char line[64];
    for (int i = 0; i < requests; i++) {
        (void)read_config(i % 3 ? "/dev/null" : "/etc/passwd", line, sizeof line);
        log_request(i);
    }
    printf("%d requests handled\n", requests);
    return 0;
}
