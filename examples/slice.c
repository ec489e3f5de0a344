/* A small slice that keeps a large buffer: sixteen bytes are wanted of each 64 KiB message, but the
 * slice points into the message's buffer, which therefore can never be freed.
 *
 *   build/examples/slice & build/pprof leaks --every=2 localhost:6061
 *
 * names message_read at the line of its malloc: 64 KiB stay for each message, of which the program
 * believes to keep 16 bytes; `pprof -list message_read http://localhost:6061/debug/pprof/heap`
 * shows the line in its source. This program serves its profiles itself: pprof_serve is the one
 * call it takes; pprof_write saves the same into a file.
 * usage: slice [ADDRESS [SECONDS [FILE]]]     (localhost:6061, 60, none)
 */
#include <pprof/pprof.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MESSAGE_BYTES = 65536, KEPT = 4096 };

struct slice {
    const char *at;
    size_t len;
};

static struct slice headers[KEPT]; /* the last KEPT ones: the program's own idea of its memory */
static size_t count;

__attribute__((noinline)) static char *message_read(size_t number)
{
    char *buffer = malloc(MESSAGE_BYTES); /* HELD: by a slice of 16 bytes */
    if (buffer) {
        memset(buffer, 'x', MESSAGE_BYTES);
        snprintf(buffer, 17, "message %8zu", number % 100000000);
    }
    return buffer;
}

__attribute__((noinline)) static void header_keep(const char *message)
{
    headers[count++ % KEPT] =
        (struct slice){ message, 16 }; /* should be: a copy, and free(message) */
}

int main(int argc, char **argv)
{
    int seconds = argc > 2 ? atoi(argv[2]) : 60;
    pprof_heap_rate(65536);
    if (pprof_serve(argc > 1 ? argv[1] : "localhost:6061", NULL) != 0) {
        return 1;
    }
    for (int i = 0; i < seconds * 20; i++) {
        char *message = message_read(count);
        if (message) {
            header_keep(message);
        }
        usleep(50000);
    }
    int fd = argc > 3 ? open(argv[3], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
    if (fd >= 0 && pprof_write("heap", fd, 0) != 0) {
        fprintf(stderr, "slice: cannot write %s\n", argv[3]);
    }
    printf("%zu headers, the last is \"%.16s\"\n", count, headers[(count - 1) % KEPT].at);
    return 0;
}
