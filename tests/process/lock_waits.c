/* Threads that wait in every way the profiles of waiting must tell of; then it sleeps. Served by
 * `pprof run`, driven by locks.t. */
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

enum { TURNS = 20, MANY = 30 };

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER, kept = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t twice = PTHREAD_MUTEX_INITIALIZER, joining = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t timed_a = PTHREAD_MUTEX_INITIALIZER, timed_b = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t met, timed_met;
static atomic_int taken, done;
static atomic_bool joined_is_known;
static pthread_t joined_thread;

#define KEEP __attribute__((noinline, noclone))

/* ---- twenty contended turns ---- */

static int is_waited_for(const pthread_mutex_t *mutex)
{
    return __atomic_load_n(&mutex->__data.__lock, __ATOMIC_RELAXED) == 2;
}

KEEP static void take_turn(int i)
{
    pthread_mutex_lock(&turn);
    atomic_store(&taken, i + 1);
    while (!is_waited_for(&turn)) {
        usleep(1000);
    }
    usleep(1000);
    pthread_mutex_unlock(&turn);
    while (atomic_load(&done) <= i) {
        usleep(100);
    }
}

KEEP static void wait_for_turn(int i)
{
    while (atomic_load(&taken) <= i) {
        usleep(100);
    }
    pthread_mutex_lock(&turn);
    pthread_mutex_unlock(&turn);
    atomic_store(&done, i + 1);
}

static void *take_turns(void *arg)
{
    for (int i = 0; i < TURNS; i++) {
        take_turn(i);
    }
    return arg;
}

static void *wait_for_turns(void *arg)
{
    for (int i = 0; i < TURNS; i++) {
        wait_for_turn(i);
    }
    return arg;
}

/* ---- waits without an end ---- */

KEEP static void *keeper(void *arg)
{
    pthread_mutex_lock(&kept);
    pthread_barrier_wait(&met);
    sleep(1000);
    return arg;
}

KEEP static void *wants_kept(void *arg)
{
    pthread_barrier_wait(&met);
    pthread_mutex_lock(&kept);
    return arg;
}

KEEP static void *self_lock(void *arg)
{
    pthread_mutex_lock(&twice);
    pthread_mutex_lock(&twice);
    return arg;
}

KEEP static void *joined(void *arg)
{
    while (!is_waited_for(&joining) && !atomic_load(&joined_is_known)) {
        usleep(1000);
    }
    pthread_mutex_lock(&joining);
    return arg;
}

KEEP static void *joins(void *arg)
{
    pthread_mutex_lock(&joining);
    pthread_create(&joined_thread, NULL, joined, NULL);
    atomic_store(&joined_is_known, 1);
    pthread_join(joined_thread, NULL);
    return arg;
}

KEEP static void *gives_up(void *arg)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 1000;
    pthread_mutex_lock(&timed_a);
    pthread_barrier_wait(&timed_met);
    pthread_mutex_timedlock(&timed_b, &until);
    return arg;
}

KEEP static void *never_gives_up(void *arg)
{
    pthread_mutex_lock(&timed_b);
    pthread_barrier_wait(&timed_met);
    pthread_mutex_lock(&timed_a);
    return arg;
}

static void *end_at_once(void *arg)
{
    return arg;
}

KEEP static void start_many(void)
{
    for (int i = 0; i < MANY; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, end_at_once, NULL) == 0) {
            pthread_join(thread, NULL);
        }
    }
}

/* ---- and one that runs ---- */

static volatile unsigned long rounds;

static void *run(void *arg)
{
    for (;;) {
        rounds++;
        if (rounds % 4096 == 0) {
            usleep(1); /* a little: tests share the machine */
        }
    }
    return arg;
}

int main(void)
{
    static void *(*const bodies[])(void *) = { keeper,   wants_kept,     self_lock, joins,
                                               gives_up, never_gives_up, run };
    pthread_t turns[2], thread;
    pthread_barrier_init(&met, NULL, 2);
    pthread_barrier_init(&timed_met, NULL, 2);
    pthread_create(&turns[0], NULL, take_turns, NULL);
    pthread_create(&turns[1], NULL, wait_for_turns, NULL);
    pthread_join(turns[0], NULL);
    pthread_join(turns[1], NULL);
    start_many();
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        pthread_create(&thread, NULL, bodies[i], NULL);
    }
    sleep(1000);
    return 0;
}
