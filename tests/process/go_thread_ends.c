/* links libpprof */
/* Goroutines that call pthread_exit have ended, wherever they were: go_thread_ends */
#include <pprof/go.h>

#include <pthread.h>
#include <stdio.h>

enum { EACH = 8 };

static struct go_wait_group group;
static int key;
static uint32_t destroyed;

static void destroy(void *value)
{
    (void)value;
    __atomic_fetch_add(&destroyed, 1, __ATOMIC_SEQ_CST);
}

static void leaves(void *arg)
{
    (void)arg;
    go_local_set(key, &destroyed);
    pthread_exit(NULL);
}

static void leaves_pinned(void *arg)
{
    go_pin();
    leaves(arg);
}

static void leaves_blocked(void *arg)
{
    go_block(leaves, arg);
}

static int leaves_scope(void *arg)
{
    leaves(arg);
    return 0;
}

static void goes_on(void *arg)
{
    go_sleep(GO_MS);
    go_wait_group_done(arg);
}

static void runs(void *arg)
{
    static const go_fn ways[] = { leaves, leaves_pinned, leaves_blocked };
    struct go_scope *scope = go_scope_new(0);
    (void)arg;
    go_wait_group_add(&group, EACH);
    for (int i = 0; i < EACH; i++) {
        for (size_t k = 0; k < sizeof(ways) / sizeof(ways[0]); k++) {
            go_start(ways[k], NULL);
        }
        go_scope_start(scope, leaves_scope, NULL);
        go_start(goes_on, &group);
    }
    go_wait_group_wait(&group);
    go_scope_join(scope);
    while (go_count() > 1) {
        go_sleep(GO_MS);
    }
}

int main(void)
{
    key = go_local_new(destroy);
    if (key < 0 || go_run(runs, NULL) != 0) {
        return 1;
    }
    printf("%u destroyed\n", destroyed);
    return 0;
}
