/* links libpprof */
/* main ends by pthread_exit while others go on: go_main_leaves goroutines | thread | asleep */
#include <pprof/go.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void at_exit(void)
{
    puts("at exit");
}

static void naps(void *arg)
{
    go_sleep(20 * GO_MS);
    puts("goroutine ends");
    (void)arg;
}

__attribute__((noinline)) void waits_for_ever(void *arg)
{
    go_chan_recv(arg, NULL);
    __asm__ volatile("");
}

/* Longer than the goroutine, and longer than anybody watches what does not move. */
static void *outlives(void *arg)
{
    sleep(2);
    puts("thread ends");
    return arg;
}

int main(int argc, char **argv)
{
    const char *way = argc > 1 ? argv[1] : "";
    pthread_t thread;
    atexit(at_exit);
    if (strcmp(way, "asleep") == 0) {
        go_start(waits_for_ever, go_chan_new(0, 0));
    } else {
        go_start(naps, NULL);
    }
    if (strcmp(way, "thread") == 0 && pthread_create(&thread, NULL, outlives, NULL) != 0) {
        return 9;
    }
    pthread_exit(NULL);
}
