/* A free list that is never trimmed: a burst of connections once needed 400 buffers. They came back
 * to the pool, which keeps them for the next burst, for ever; one is in use since.
 *
 *   build/pprof run --http=localhost:6063 -- build/examples/free_list &
 *   build/pprof -top -tagfocus=age=10s: 'http://localhost:6063/debug/pprof/heap?age=1'
 *
 * after the burst shows that pool_take's buffers, all of them old, are nearly the whole heap;
 * nothing grows, so a tool that looks for growth is silent.
 * usage: free_list [SECONDS]     (60)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct buffer {
    struct buffer *next;
    char bytes[(64 << 10) - sizeof(struct buffer *)];
};

static struct buffer *pool;

__attribute__((noinline)) static struct buffer *pool_take(void)
{
    struct buffer *buffer = pool;
    if (buffer) {
        pool = buffer->next;
        return buffer;
    }
    buffer = malloc(sizeof *buffer); /* HELD: as many as there ever were connections at once */
    if (!buffer) {
        exit(1);
    }
    memset(buffer, 0, sizeof *buffer);
    return buffer;
}

static void pool_give(struct buffer *buffer)
{
    buffer->next = pool;
    pool = buffer; /* and none is ever freed */
}

static void serve(int connections)
{
    struct buffer *all[400];
    for (int i = 0; i < connections; i++) {
        all[i] = pool_take();
    }
    for (int i = 0; i < connections; i++) {
        pool_give(all[i]);
    }
}

int main(int argc, char **argv)
{
    int seconds = argc > 1 ? atoi(argv[1]) : 60;
    serve(400);
    for (int i = 0; i < seconds * 20; i++) {
        serve(1);
        usleep(50000);
    }
    puts("served");
    return 0;
}
