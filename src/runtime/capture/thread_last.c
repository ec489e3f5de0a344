/* A program may end by the end of its last thread: pthread_exit in main, and the workers finish.
 * glibc then calls exit(0) in the last one; with a thread of ours about it never would, and the
 * process would stay for ever.
 *
 *   last registered thread ends -> watcher -> only ours left in /proc/self/task? -> exit(0)
 *
 * The watcher looks at what the kernel lists, since threads may live that the registry does not
 * know; when one does, it gives up, and the next thread that ends starts another. */
#include "runtime/capture/thread_private.h"

#include "base/sys.h"
#include "runtime/capture/thread_proc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TASKS_MAX = 128, LOOKS = 400, QUICK_LOOKS = 100 };

static uint32_t alive;    /* registered threads of the program */
static uint32_t watching;

static bool is_dead(pid_t tid)
{
    char path[64], text[256];
    (void)snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)tid);
    ssize_t len = pp_sys_read_file(path, text, sizeof(text));
    const char *name_end = len > 0 ? strrchr(text, ')') : NULL;
    return len <= 0 || (name_end && (name_end[2] == 'Z' || name_end[2] == 'X'));
}

/* 1: nobody but us; 0: somebody; -1: it cannot be told. */
static int is_alone(void)
{
    pid_t tids[TASKS_MAX];
    size_t count = pp_threads_list(tids, TASKS_MAX);
    if (count == 0 || count > TASKS_MAX) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        const struct pp_thread *slot = pp_thread_find(tids[i]);
        if (tids[i] != pp_sys_tid() && !(slot && slot->is_ours) && !is_dead(tids[i])) {
            return 0;
        }
    }
    return 1;
}

static void *watch(void *arg)
{
    int alone = 0;
    pp_self_enter();
    for (int i = 0; i < LOOKS && alone == 0; i++) {
        pp_sys_sleep_ns(i < QUICK_LOOKS ? 200000 : 5000000);
        alone = is_alone();
    }
    pp_store(&watching, 0);
    pp_self_leave();
    if (alone == 1) {
        exit(0);
    }
    return arg;
}

static void start_watcher(void)
{
    pthread_attr_t attr;
    pthread_t thread;
    uint32_t none = 0;
    if (!pp_cas(&watching, &none, 1u)) {
        return;
    }
    bool started = pthread_attr_init(&attr) == 0;
    if (started) {
        pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
        started = pp_real_pthread_create(&thread, &attr, watch, NULL) == 0;
        pthread_attr_destroy(&attr);
    }
    if (!started) {
        pp_store(&watching, 0);
    }
}

void pp_thread_last_begin(void)
{
    pp_add(&alive, 1);
}

void pp_thread_last_gone(void)
{
    pp_add(&alive, UINT32_MAX); /* less one */
}

void pp_thread_last_end(bool ours_run)
{
    if (pp_add(&alive, UINT32_MAX) == 1 && ours_run) {
        start_watcher();
    }
}

void pp_thread_last_after_fork(uint32_t count)
{
    pp_store(&alive, count);
    pp_store(&watching, 0);
}
