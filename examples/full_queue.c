/* Producers blocked on a full queue: the consumer stopped after an error, the queue filled up, and
 * every producer now waits for room that will never come, each holding the job it wanted to add.
 *
 *   build/pprof leaks --every=2 -- build/examples/full_queue
 *
 * lists the producers in one line: they wait in queue_add, semacquire, longest first. Live:
 * curl 'http://ADDRESS/debug/pprof/goroutine?debug=2'. usage: full_queue [SECONDS]     (60)
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { ROOM = 8, PRODUCERS = 5, GOOD_JOBS = 20 };

static struct {
    void *jobs[ROOM];
    unsigned head, tail;
    pthread_mutex_t lock;
    sem_t room, filled;
} queue = { .lock = PTHREAD_MUTEX_INITIALIZER };

__attribute__((noinline)) static void queue_add(void *job)
{
    sem_wait(&queue.room); /* WAITS: the queue is full and nobody takes from it */
    pthread_mutex_lock(&queue.lock);
    queue.jobs[queue.tail++ % ROOM] = job;
    pthread_mutex_unlock(&queue.lock);
    sem_post(&queue.filled);
}

__attribute__((noinline)) static void *queue_take(void)
{
    sem_wait(&queue.filled);
    pthread_mutex_lock(&queue.lock);
    void *job = queue.jobs[queue.head++ % ROOM];
    pthread_mutex_unlock(&queue.lock);
    sem_post(&queue.room);
    return job;
}

static void *producer(void *arg)
{
    for (;;) {
        queue_add(malloc(1000));
    }
    return arg;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    sem_init(&queue.room, 0, ROOM);
    sem_init(&queue.filled, 0, 0);
    for (int i = 0; i < PRODUCERS; i++) {
        pthread_create(&thread, NULL, producer, NULL);
    }
    for (int i = 0; i < GOOD_JOBS; i++) {
        free(queue_take());
    }
    fprintf(stderr, "full_queue: a bad job, the consumer gives up\n"); /* and tells no producer */
    sleep((unsigned)(argc > 1 ? atoi(argv[1]) : 60));
    _exit(0);
}
