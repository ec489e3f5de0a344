/* Two locks taken in opposite order: a transfer from A to B and one from B to A each hold one account
 * and wait for the other, for ever.
 *
 *   build/pprof leaks --every=1 -- build/examples/two_locks
 *
 * names the ring under DEADLOCKS: both threads, both mutexes, who holds which, and how many others
 * wait behind. Live: curl 'http://ADDRESS/debug/pprof/goroutine?debug=2' ends with the same line.
 * usage: two_locks [SECONDS]     (60)
 */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

struct account {
    pthread_mutex_t lock;
    long money;
};

static struct account savings = { PTHREAD_MUTEX_INITIALIZER, 100 };
static struct account checking = { PTHREAD_MUTEX_INITIALIZER, 100 };

__attribute__((noinline)) static void transfer(struct account *from, struct account *to, long sum)
{
    pthread_mutex_lock(&from->lock);
    usleep(500000); /* looks up the rate */
    pthread_mutex_lock(&to->lock); /* WAITS: the other way round holds it, and waits for ours */
    from->money -= sum;
    to->money += sum;
    pthread_mutex_unlock(&to->lock);
    pthread_mutex_unlock(&from->lock);
}

__attribute__((noinline)) static void *save(void *arg)
{
    transfer(&checking, &savings, 10);
    return arg;
}

__attribute__((noinline)) static void *spend(void *arg)
{
    transfer(&savings, &checking, 20);
    return arg;
}

int main(int argc, char **argv)
{
    int seconds = argc > 1 ? atoi(argv[1]) : 60;
    pthread_t threads[3];
    pthread_create(&threads[0], NULL, save, NULL);
    pthread_create(&threads[1], NULL, spend, NULL);
    usleep(700000);
    pthread_create(&threads[2], NULL, spend, NULL);
    sleep((unsigned)seconds);
    _exit(0);
}
