/* A destructor that never runs: each thread keeps its scratch buffer under a key, and the key was
 * made without a destructor. When a thread ends, its buffer stays.
 *
 *   build/pprof leaks --every=2 -- build/examples/destructor
 *
 * reports scratch at the line of its malloc, called by handle_request.
 * usage: destructor [SECONDS]     (60)
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SCRATCH_BYTES = 16 << 10 };

static pthread_key_t scratch_key;

__attribute__((noinline)) static char *scratch(void)
{
    char *buffer = pthread_getspecific(scratch_key);
    if (!buffer) {
        buffer = malloc(SCRATCH_BYTES); /* LEAK: who would free it? */
        if (!buffer || pthread_setspecific(scratch_key, buffer) != 0) {
            exit(1);
        }
        memset(buffer, 0, SCRATCH_BYTES);
    }
    return buffer;
}

__attribute__((noinline)) static void handle_request(const char *name)
{
    snprintf(scratch(), SCRATCH_BYTES, "hello, %s", name);
}

static void *worker(void *arg)
{
    handle_request(arg);
    handle_request("again");
    return NULL;
}

int main(int argc, char **argv)
{
    int seconds = argc > 1 ? atoi(argv[1]) : 60;
    pthread_key_create(&scratch_key, NULL); /* free was meant to stand here */
    for (int i = 0; i < seconds * 100; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, worker, "you") == 0) {
            pthread_join(thread, NULL);
        }
        usleep(10000);
    }
    puts("requests handled");
    return 0;
}
