#if defined(__x86_64__)

#include "tool/attach/trace.h"

#include "base/err.h"

#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

enum {
    STOP_MS = 500,     /* for a thread to stop: one in an uninterruptible call does not */
    RUN_MS = 20000,    /* for the library to load */
    TICK_US = 50000,
    SYSTEM_CALL = SIGTRAP | 0x80,
};

/* ---- waiting with a limit -------------------------------------------------------------------- */

static void nothing(int signal)
{
    (void)signal;
}

/* A tick now and then ends waitpid, so that the time is looked at. */
static void set_ticks(bool on)
{
    struct sigaction action = { .sa_handler = nothing };
    struct itimerval timer = { { 0, on ? TICK_US : 0 }, { 0, on ? TICK_US : 0 } };
    if (on) {
        (void)sigaction(SIGALRM, &action, NULL);
    }
    (void)setitimer(ITIMER_REAL, &timer, NULL);
}

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The next stop of the thread: 0, ESRCH when it has ended, ETIMEDOUT. */
static int await(pid_t tid, int64_t until_ms, int *status)
{
    int result = ETIMEDOUT;
    set_ticks(true);
    do {
        pid_t got = waitpid(tid, status, __WALL);
        if (got == tid) {
            result = WIFSTOPPED(*status) ? 0 : ESRCH;
            break;
        }
        if (got < 0 && errno != EINTR) {
            result = ESRCH;
            break;
        }
    } while (now_ms() < until_ms);
    set_ticks(false);
    return result;
}

static bool is_event_stop(int status)
{
    return status >> 16 == PTRACE_EVENT_STOP;
}

static bool resume(pid_t tid, bool to_calls, int signal)
{
    return ptrace(to_calls ? PTRACE_SYSCALL : PTRACE_CONT, tid, NULL, (void *)(long)signal) == 0;
}

/* Goes on until the stop that PTRACE_INTERRUPT makes; signals met meanwhile take their course. */
static int await_interrupt(struct pp_trace *trace)
{
    int status, err;
    int64_t until = now_ms() + STOP_MS;
    if (ptrace(PTRACE_INTERRUPT, trace->tid, NULL, NULL) != 0) {
        return errno;
    }
    while ((err = await(trace->tid, until, &status)) == 0 && !is_event_stop(status)) {
        int signal = WSTOPSIG(status);
        if (!resume(trace->tid, false, signal == SYSTEM_CALL ? 0 : signal)) {
            return ESRCH;
        }
    }
    return err;
}

/* ---- state ----------------------------------------------------------------------------------- */

static int save(struct pp_trace *trace)
{
    struct iovec area = { trace->xstate, sizeof(trace->xstate) };
    if (ptrace(PTRACE_GETREGS, trace->tid, NULL, &trace->regs) != 0 ||
        ptrace(PTRACE_GETSIGMASK, trace->tid, (void *)sizeof(trace->mask), &trace->mask) != 0 ||
        ptrace(PTRACE_GETREGSET, trace->tid, (void *)NT_X86_XSTATE, &area) != 0) {
        return errno;
    }
    trace->xstate_len = area.iov_len;
    trace->is_saved = area.iov_len < sizeof(trace->xstate);
    return trace->is_saved ? 0 : ENOTSUP;
}

int pp_trace_seize(struct pp_trace *trace, pid_t pid, pid_t tid)
{
    *trace = (struct pp_trace){ .pid = pid, .tid = tid };
    if (ptrace(PTRACE_SEIZE, tid, NULL, (void *)PTRACE_O_TRACESYSGOOD) != 0) {
        return errno;
    }
    trace->is_seized = true;
    int err = await_interrupt(trace);
    return err ? err : save(trace);
}

/* Some calls answer a stop with EINTR instead of going on (signal(7)). That the program would not
 * have seen without us: the call is made again, unless a signal of its own is due as well. */
static bool was_cut_short(const struct pp_trace *trace)
{
    static const short calls[] = {
        SYS_epoll_wait, SYS_epoll_pwait, SYS_epoll_pwait2, SYS_semop, SYS_semtimedop, SYS_msgrcv,
        SYS_msgsnd, SYS_rt_sigtimedwait, SYS_read, SYS_accept, SYS_accept4, SYS_connect,
        SYS_recvfrom, SYS_recvmsg, SYS_recvmmsg, SYS_sendto, SYS_sendmsg, SYS_io_getevents,
        SYS_futex,
    };
    if ((long)trace->regs.rax != -EINTR) {
        return false;
    }
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        if ((long)trace->regs.orig_rax == calls[i]) {
            return true;
        }
    }
    return false;
}

static uint64_t pending_in(const struct pp_trace *trace)
{
    char path[64], line[128];
    unsigned long long own = 0, shared = 0;
    (void)snprintf(path, sizeof(path), "/proc/%d/task/%d/status", (int)trace->pid,
                   (int)trace->tid);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof(line), file)) {
        (void)sscanf(line, "SigPnd: %llx", &own);
        (void)sscanf(line, "ShdPnd: %llx", &shared);
    }
    if (file) {
        fclose(file);
    }
    return own | shared;
}

/* The registers come last: until they are set, and when something fails before, the thread would
 * restore itself. */
static void restore(struct pp_trace *trace)
{
    struct user_regs_struct regs = trace->regs;
    struct iovec area = { trace->xstate, trace->xstate_len };
    bool again = !trace->signal && was_cut_short(trace) && !(pending_in(trace) & ~trace->mask);
    if (again) {
        regs.rax = regs.orig_rax;
        regs.orig_rax = (unsigned long long)-1;
        regs.rip -= 2;
    }
    if (trace->has_run &&
        (ptrace(PTRACE_SETSIGMASK, trace->tid, (void *)sizeof(trace->mask), &trace->mask) != 0 ||
         ptrace(PTRACE_SETREGSET, trace->tid, (void *)NT_X86_XSTATE, &area) != 0)) {
        return;
    }
    if (again || trace->has_run) {
        (void)ptrace(PTRACE_SETREGS, trace->tid, NULL, &regs);
    }
}

void pp_trace_let_go(struct pp_trace *trace)
{
    if (trace->is_seized && trace->is_saved && !trace->is_left) {
        restore(trace);
    }
    if (trace->is_seized) {
        (void)ptrace(PTRACE_DETACH, trace->tid, NULL, (void *)(long)trace->signal);
    }
    trace->is_seized = false;
}

/* ---- running --------------------------------------------------------------------------------- */

#define BIT(signal) (UINT64_C(1) << ((signal) - 1))

static bool is_fault(struct pp_trace *trace, int signal)
{
    const uint64_t faults = BIT(SIGSEGV) | BIT(SIGBUS) | BIT(SIGILL) | BIT(SIGFPE) | BIT(SIGTRAP) |
                            BIT(SIGSYS);
    siginfo_t info;
    return (faults & BIT(signal)) &&
           ptrace(PTRACE_GETSIGINFO, trace->tid, NULL, &info) == 0 && info.si_code > 0;
}

static bool set_off(struct pp_trace *trace, const struct user_regs_struct *start)
{
    uint64_t all = ~(BIT(SIGSEGV) | BIT(SIGBUS) | BIT(SIGILL) | BIT(SIGFPE) | BIT(SIGTRAP) |
                     BIT(SIGSYS));
    trace->has_run = true;
    return ptrace(PTRACE_SETREGS, trace->tid, NULL, start) == 0 &&
           ptrace(PTRACE_SETSIGMASK, trace->tid, (void *)sizeof(all), &all) == 0 &&
           resume(trace->tid, true, 0);
}

enum step { GO_ON, AT_END, FAULT, FAILED };

/* At a system call: entered when the result is still ENOSYS, else come back from. */
static enum step at_call(struct pp_trace *trace, long number, int64_t *result)
{
    struct user_regs_struct regs;
    if (ptrace(PTRACE_GETREGS, trace->tid, NULL, &regs) != 0) {
        return FAILED;
    }
    bool is_entry = (long)regs.rax == -ENOSYS;
    if (is_entry && (long)regs.orig_rax == SYS_rt_sigreturn) {
        /* Left out, and about to be made again if we should not come to restore the thread. */
        regs.orig_rax = (unsigned long long)-1;
        regs.rax = SYS_rt_sigreturn;
        regs.rip -= 2;
        return ptrace(PTRACE_SETREGS, trace->tid, NULL, &regs) == 0 ? AT_END : FAILED;
    }
    if (!is_entry && result && (long)regs.orig_rax == number) {
        *result = (int64_t)regs.rax;
    }
    return GO_ON;
}

static enum step at_stop(struct pp_trace *trace, int status, long number, int64_t *result,
                         struct pprof_error *error)
{
    int signal = WSTOPSIG(status);
    if (signal == SYSTEM_CALL) {
        return at_call(trace, number, result);
    }
    if (is_event_stop(status)) {
        return GO_ON; /* the program is being stopped: it will be when we let go */
    }
    if (is_fault(trace, signal)) {
        struct user_regs_struct regs = { .rip = 0 };
        (void)ptrace(PTRACE_GETREGS, trace->tid, NULL, &regs);
        (void)pp_err_set(error, PPROF_ERR_SYSTEM, "signal %d at %#llx while the library was loaded",
                         signal, regs.rip);
        return FAULT;
    }
    trace->signal = signal;
    return GO_ON;
}

/* The stop of the left-out rt_sigreturn becomes one from which a system call is restarted. */
static int settle(struct pp_trace *trace, struct pprof_error *error)
{
    int status, err = ESRCH;
    if (ptrace(PTRACE_INTERRUPT, trace->tid, NULL, NULL) == 0 && resume(trace->tid, false, 0)) {
        int64_t until = now_ms() + STOP_MS;
        while ((err = await(trace->tid, until, &status)) == 0 && !is_event_stop(status)) {
            if (!resume(trace->tid, false, 0)) {
                err = ESRCH;
                break;
            }
        }
    }
    return err ? pp_err_errno(error, PPROF_ERR_SYSTEM, err, "thread %d", (int)trace->tid) : 0;
}

static int interrupt_run(struct pp_trace *trace, struct pprof_error *error)
{
    (void)await_interrupt(trace);
    return pp_err_set(error, PPROF_ERR_SYSTEM,
                      "the library was not loaded within %d s (a lock that another thread holds?)",
                      RUN_MS / 1000);
}

/* Tracing failed, not what runs: that is left to run to its end, where the thread restores itself.
 * Cut off, it might hold a lock of the library's for ever. */
static int leave_alone(struct pp_trace *trace, struct pprof_error *error)
{
    if (!error->code) {
        (void)pp_err_errno(error, PPROF_ERR_SYSTEM, errno,
                           "thread %d was lost, and finishes by itself (pprof ps says whether it "
                           "serves)", (int)trace->tid);
    }
    trace->is_left = true;
    return error->code;
}

int pp_trace_run(struct pp_trace *trace, const struct user_regs_struct *start, long number,
                 int64_t *result, struct pprof_error *error)
{
    int status;
    int64_t until = now_ms() + RUN_MS;
    if (!set_off(trace, start)) {
        return pp_err_errno(error, PPROF_ERR_SYSTEM, errno, "thread %d", (int)trace->tid);
    }
    for (;;) {
        int err = await(trace->tid, until, &status);
        if (err == ETIMEDOUT) {
            return interrupt_run(trace, error);
        }
        if (err) {
            trace->is_seized = false;
            return pp_err_set(error, PPROF_ERR_SYSTEM, "the thread or the process has ended");
        }
        enum step step = at_stop(trace, status, number, result, error);
        if (step == FAULT) {
            return error->code;
        }
        if (step == AT_END) {
            return settle(trace, error) == 0 ? 0 : leave_alone(trace, error);
        }
        if (step == FAILED || !resume(trace->tid, true, 0)) {
            return leave_alone(trace, error);
        }
    }
}

#endif
