/* A thread that spins for ever: it waits for a flag that the thread which would set it dropped, and
 * never sleeps.
 *
 *   build/pprof run --http=localhost:6062 -- build/examples/spinner &
 *   build/pprof -top 'http://localhost:6062/debug/pprof/profile?seconds=2'
 *
 * shows await_reload with nearly all of the CPU time. The heap does not grow, and every thread that
 * waits is meant to.
 * usage: spinner [SECONDS]     (60)
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

static atomic_bool reloaded;
static volatile unsigned long rounds;

__attribute__((noinline)) static void await_reload(void)
{
    while (!atomic_load(&reloaded)) { /* SPINS: the reload failed, and nobody says so */
        rounds++;
    }
}

static void *serve(void *arg)
{
    await_reload();
    return arg;
}

int main(int argc, char **argv)
{
    int seconds = argc > 1 ? atoi(argv[1]) : 60;
    pthread_t thread;
    pthread_create(&thread, NULL, serve, NULL);
    sleep((unsigned)seconds);
    _exit(0);
}
