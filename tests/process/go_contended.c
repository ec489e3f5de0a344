/* links libpprof, flags: -O1 */
/* Unlocks for which others have waited, ROUNDS times 5 ms each; then the mutex profile. */
#include <pprof/go.h>
#include <pprof/pprof.h>

enum { ROUNDS = 20 };

static struct go_mutex mutex;
static struct go_rwmutex rwmutex;
static struct go_wait_group others;
static int come; /* how many are about to wait */

static void wants_mutex(void *arg)
{
    (void)arg;
    __atomic_add_fetch(&come, 1, __ATOMIC_SEQ_CST);
    if (go_mutex_lock(&mutex) == 0) {
        go_mutex_unlock(&mutex);
    }
}

static void wants_to_read(void *arg)
{
    (void)arg;
    __atomic_add_fetch(&come, 1, __ATOMIC_SEQ_CST);
    if (go_rwmutex_rlock(&rwmutex) == 0) {
        go_rwmutex_runlock(&rwmutex);
    }
}

__attribute__((noinline)) int lets_others_in(void)
{
    int failed = go_mutex_unlock(&mutex);
    return failed + go_rwmutex_unlock(&rwmutex);
}

static void hold(void *arg)
{
    int failed = 0;
    for (int i = 0; i < ROUNDS; i++) {
        go_mutex_lock(&mutex);
        go_rwmutex_lock(&rwmutex);
        go_wait_group_start(&others, wants_mutex, arg);
        go_wait_group_start(&others, wants_to_read, arg);
        while (__atomic_load_n(&come, __ATOMIC_SEQ_CST) < 2 * (i + 1)) {
            go_sleep(GO_MS);
        }
        go_sleep(5 * GO_MS);
        failed += lets_others_in();
        go_wait_group_wait(&others);
    }
    *(int *)arg = failed;
}

int main(void)
{
    int failed = 0;
    pprof_mutex_fraction(1);
    return go_run(hold, &failed) || failed || pprof_write("mutex", 1, 1);
}
