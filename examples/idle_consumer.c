/* A thread that waits for ever on a queue nobody feeds: the producer of these jobs was removed, its
 * consumer was forgotten, and each request starts another one.
 *
 *   build/pprof leaks --every=2 -- build/examples/idle_consumer
 *
 * lists them in one line: so many threads wait in queue_take, called by consumer, sync.Cond.Wait,
 * the oldest since the program started. Live: curl 'http://ADDRESS/debug/pprof/goroutine?debug=2'.
 * usage: idle_consumer [SECONDS]     (60)
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t added;
    int count;
};

static struct queue thumbnails = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0 };

__attribute__((noinline)) static int queue_take(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    while (q->count == 0) {
        pthread_cond_wait(&q->added, &q->lock); /* WAITS: nobody calls queue_add any more */
    }
    int left = --q->count;
    pthread_mutex_unlock(&q->lock);
    return left;
}

__attribute__((noinline)) static void *consumer(void *arg)
{
    int left = queue_take(&thumbnails);
    printf("one taken, %d left\n", left);
    return arg;
}

int main(int argc, char **argv)
{
    int seconds = argc > 1 ? atoi(argv[1]) : 60;
    for (int i = 0; i < seconds * 10; i++) {
        pthread_t thread;
        if (i < 6 &&
            pthread_create(&thread, NULL, consumer, NULL) == 0) { /* one for each request */
            pthread_detach(thread);
        }
        usleep(100000);
    }
    puts("requests handled; the consumers still wait");
    fflush(stdout);
    _exit(0);
}
