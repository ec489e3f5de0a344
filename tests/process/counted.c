/* Two threads that count together, by a mutex of each kind that is taken in our hooks. Without
 * libpprof unless it is preloaded. Prints what they counted. */
#include <pthread.h>
#include <stdio.h>

enum { KINDS = 4, TURNS = 200 };

static pthread_mutex_t mutexes[KINDS] = {
    PTHREAD_MUTEX_INITIALIZER,
    PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP,
    PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP,
    PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP,
};
static int counts[KINDS];

__attribute__((noinline)) static void count_one(int kind)
{
    pthread_mutex_lock(&mutexes[kind]);
    counts[kind]++;
    pthread_mutex_unlock(&mutexes[kind]);
}

static void *count(void *arg)
{
    for (int i = 0; i < KINDS * TURNS; i++) {
        count_one(i % KINDS);
    }
    return arg;
}

int main(void)
{
    pthread_t other;
    count(NULL); /* alone: hooks that are bound at their first call are bound now */
    if (pthread_create(&other, NULL, count, NULL) != 0) {
        return 1;
    }
    count(NULL);
    pthread_join(other, NULL);
    printf("counted %d %d %d %d\n", counts[0], counts[1], counts[2], counts[3]);
    return 0;
}
