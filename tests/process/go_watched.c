/* links libpprof */
/* For sanitizers, built by tests/cli/go_sanitize.t: go_watched
 * race | ordered | overflow | stack | returned | clean */
#include <pprof/go.h>

#include <stdlib.h>
#include <string.h>

static struct go_chan *turns;
static int shared;
static volatile int index_of_byte = 10;

static void add_to_shared(void *arg)
{
    shared++;
    go_chan_send(turns, arg);
}

/* Two goroutines on one thread: nothing orders them but the channel. */
static void race(void *is_ordered)
{
    go_start(add_to_shared, NULL);
    if (is_ordered) {
        go_chan_recv(turns, NULL);
    }
    go_start(add_to_shared, NULL);
    go_chan_recv(turns, NULL);
    if (!is_ordered) {
        go_chan_recv(turns, NULL);
    }
}

static void overflow(void *arg)
{
    char *block = malloc(10);
    go_yield();
    __asm__ volatile("" : "+r"(block) : : "memory");
    block[index_of_byte] = 1;
    __asm__ volatile("" : : "r"(block) : "memory");
    free(block);
    (void)arg;
}

static void stack_overflow(void *arg)
{
    char room[10];
    memset(room, 0, sizeof(room));
    go_chan_recv(turns, NULL);
    room[index_of_byte] = 1;
    go_chan_send(arg, room);
}

static volatile char *volatile kept;

/* Without inline assembler: clang watches no locals of functions that have some. */
__attribute__((noinline)) static void keep_a_local(void)
{
    volatile char room[10];
    room[0] = 1;
    kept = room;
    go_yield();
}

static void use_returned(void *arg)
{
    keep_a_local();
    go_yield();
    *kept = 1;
    (void)arg;
}

static void fill(void *arg)
{
    char room[3000];
    memset(room, 1, sizeof(room));
    go_yield();
    go_chan_send(arg, room);
}

static void clean(void *arg)
{
    (void)arg;
    for (int i = 0; i < 300; i++) {
        go_start(fill, turns);
    }
    for (int i = 0; i < 300; i++) {
        go_chan_recv(turns, NULL);
    }
}

static void stack(void *arg)
{
    (void)arg;
    go_start(stack_overflow, turns);
    go_chan_send(turns, NULL);
    go_chan_recv(turns, NULL);
}

int main(int argc, char **argv)
{
    const char *way = argc > 1 ? argv[1] : "";
    turns = go_chan_new(0, 0);
    int failed = strcmp(way, "race") == 0       ? go_run(race, NULL)
                 : strcmp(way, "ordered") == 0  ? go_run(race, turns)
                 : strcmp(way, "overflow") == 0 ? go_run(overflow, NULL)
                 : strcmp(way, "stack") == 0    ? go_run(stack, NULL)
                 : strcmp(way, "returned") == 0 ? go_run(use_returned, NULL)
                 : strcmp(way, "clean") == 0    ? go_run(clean, NULL)
                                                : -1;
    go_chan_free(turns);
    return failed ? 9 : 0;
}
