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
#include <sys/syscall.h>

enum { TASKS_MAX = 128, LOOKS = 400, QUICK_LOOKS = 100 };

static uint32_t alive;    /* registered threads of the program */
static uint32_t watching;
static uint32_t is_guarded, has_guard; /* what is wanted; whether the thread for it runs */

static void (*on_end)(void); /* atomic */

/* As in /proc; 0 when it has none. */
static char state_of(pid_t tid)
{
    char path[64], text[256];
    (void)snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)tid);
    ssize_t len = pp_sys_read_file(path, text, sizeof(text));
    const char *state = len > 0 ? pp_proc_stat_field(text, PP_STAT_STATE) : NULL;
    return state ? *state : '\0';
}

static bool is_dead(pid_t tid)
{
    char state = state_of(tid);
    return state == '\0' || state == 'Z' || state == 'X';
}

bool pp_thread_first_ended(void)
{
    return state_of(pp_sys_pid()) == 'Z';
}

void pp_thread_on_end(void (*told)(void))
{
    pp_store(&on_end, told);
}

static void tell_end(void)
{
    void (*told)(void) = pp_load(&on_end);
    if (told) {
        told();
    }
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
    tell_end(); /* who counts threads has counted this one meanwhile */
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
    tell_end();
}

void pp_thread_last_after_fork(uint32_t count)
{
    pp_store(&alive, count);
    pp_store(&is_guarded, 0);
    pp_store(&has_guard, 0);
    pp_store(&watching, 0);
}

/* ---- threads that are killed ----------------------------------------------------------------- */

enum { GUARD_NS = 200000000 };

/* How the first thread ended, as waitpid would tell; 0 when it cannot be read. */
static int leader_status(void)
{
    char path[64], text[1024];
    (void)snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)pp_sys_pid());
    ssize_t len = pp_sys_read_file(path, text, sizeof(text));
    const char *code = len > 0 ? pp_proc_stat_field(text, PP_STAT_EXIT_CODE) : NULL;
    return code ? (int)strtol(code, NULL, 10) : 0;
}

/* Ends the process as it would have ended without our threads. */
static void end_as_leader(void)
{
    int status = leader_status(), signal = status & 0x7f;
    if (signal) {
        struct sigaction action;
        sigset_t set;
        memset(&action, 0, sizeof(action));
        action.sa_handler = SIG_DFL;
        (void)pp_real_sigaction(signal, &action, NULL);
        sigemptyset(&set);
        sigaddset(&set, signal);
        pthread_sigmask(SIG_UNBLOCK, &set, NULL);
        (void)pp_sys_tgkill(pp_sys_tid(), signal);
    }
    pp_sys_call(SYS_exit_group, status >> 8 & 0xff, 0, 0, 0, 0, 0);
}

/* One that was let go and is wanted again goes on. */
static bool goes_on(void)
{
    if (pp_load(&is_guarded)) {
        return true;
    }
    pp_store(&has_guard, 0);
    return pp_load(&is_guarded) && !pp_swap(&has_guard, 1);
}

static void *guard(void *arg)
{
    while (goes_on()) {
        pp_sys_sleep_ns(GUARD_NS);
        if (pp_load(&is_guarded) && is_alone() == 1) {
            end_as_leader();
        }
    }
    return arg;
}

void pp_thread_guard(bool on)
{
    pp_store(&is_guarded, on);
    if (on && !pp_swap(&has_guard, 1) && pp_thread_start_ours("guard", guard, NULL) != 0) {
        pp_store(&has_guard, 0);
    }
}
