#include "runtime/capture/thread_dump.h"

#include "base/atomic.h"
#include "base/sys.h"
#include "runtime/capture/thread_private.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

enum {
    CANDIDATES = 12,        /* real-time signals looked at, from the highest down */
    ANSWER_MS = 40,         /* a runnable thread may have to wait for a processor */
    WALKING_MS = 2000,      /* it began to walk: it will end, unless the machine is very busy */
};

static bool gave_up; /* a handler may still write to the request: never ask again */

static bool is_our_handler(const struct sigaction *action)
{
    return (action->sa_flags & SA_SIGINFO) &&
           action->sa_sigaction == (void (*)(int, siginfo_t *, void *))pp_dump_handler_sig;
}

static bool take_signal(int signal)
{
    struct sigaction action;
    if (pp_real_sigaction(signal, NULL, &action) != 0) {
        return false;
    }
    if (is_our_handler(&action)) {
        return true;
    }
    if ((action.sa_flags & SA_SIGINFO) || action.sa_handler != SIG_DFL) {
        return false;
    }
    memset(&action, 0, sizeof(action));
    action.sa_sigaction = (void (*)(int, siginfo_t *, void *))pp_dump_handler_sig;
    action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
    sigfillset(&action.sa_mask);
    return pp_real_sigaction(signal, &action, NULL) == 0;
}

int pp_dump_signal_prepare(void)
{
    if (gave_up || !pp_load_relaxed(&pp_enabled)) {
        return 0;
    }
    for (int i = 0; i < CANDIDATES && SIGRTMAX - 1 - i > SIGRTMIN; i++) {
        if (take_signal(SIGRTMAX - 1 - i)) {
            return SIGRTMAX - 1 - i;
        }
    }
    return 0;
}

static bool wait_while(uint32_t state, int timeout_ms)
{
    int64_t until = pp_sys_monotonic_ns() + (int64_t)timeout_ms * 1000000;
    while (pp_load_acquire(&pp_dump_request.state) == state) {
        int64_t left = until - pp_sys_monotonic_ns();
        if (left <= 0) {
            return false;
        }
        pp_sys_futex_wait(&pp_dump_request.state, state, left);
    }
    return true;
}

bool pp_dump_ask(pid_t tid, int signal, struct pp_dump_result *result)
{
    struct pp_dump_request *request = &pp_dump_request;
    pp_store_release(&request->tid, tid);
    pp_store(&request->state, PP_DUMP_ASKED);
    if (pp_sys_tgkill(tid, signal) != 0) {
        pp_store(&request->state, PP_DUMP_IDLE);
        return false;
    }
    if (!wait_while(PP_DUMP_ASKED, ANSWER_MS)) {
        uint32_t state = PP_DUMP_ASKED;
        if (pp_cas(&request->state, &state, PP_DUMP_IDLE)) {
            return false;
        }
    }
    if (!wait_while(PP_DUMP_WALKING, WALKING_MS)) {
        gave_up = true;
        return false;
    }
    *result = request->result;
    pp_store(&request->state, PP_DUMP_IDLE);
    return true;
}

void pp_dump_after_fork(void)
{
    pp_dump_request.state = PP_DUMP_IDLE;
    gave_up = false;
}
