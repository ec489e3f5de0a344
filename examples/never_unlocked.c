/* A mutex that is never unlocked: an early return on a rare path forgets it, its thread ends, and
 * from then on every request waits.
 *
 *   build/pprof leaks --every=1 -- build/examples/never_unlocked
 *
 * says "never unlocked", names the function that waits first and that the holder has ended, and
 * counts the waiters with their line and age. Live: curl 'http://ADDRESS/debug/pprof/block?debug=1'.
 * usage: never_unlocked [SECONDS]     (60)
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_mutex_t sessions_lock = PTHREAD_MUTEX_INITIALIZER;
static int sessions;

__attribute__((noinline)) static bool session_add(int user)
{
    pthread_mutex_lock(&sessions_lock); /* WAITS: behind the one who left without unlocking */
    if (user == 3) {
        return false; /* "too many sessions": and the mutex stays locked */
    }
    sessions++;
    pthread_mutex_unlock(&sessions_lock);
    return true;
}

__attribute__((noinline)) static void *handle_request(void *arg)
{
    if (!session_add((int)(long)arg)) {
        fputs("too many sessions\n", stderr);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    int seconds = argc > 1 ? atoi(argv[1]) : 60;
    for (long i = 0; i < seconds * 10L; i++) {
        pthread_t thread;
        if (i < 8 && pthread_create(&thread, NULL, handle_request, (void *)i) == 0) {
            pthread_detach(thread);
        }
        usleep(100000);
    }
    fflush(stdout);
    _exit(0);
}
