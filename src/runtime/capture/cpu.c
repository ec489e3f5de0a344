/* Starting and stopping CPU profiles: timers, the signal, and who owns it.
 *
 *   start -> a timer for each thread -> SIGPROF to it -> cpu_sig.c counts -> stop -> records
 *
 * One futex lock guards the timers and the session's state; the handler does not take it. */
#include "runtime/capture/cpu.h"

#include "base/err.h"
#include "base/log.h"
#include "base/sys.h"
#include "runtime/capture/cpu_private.h"
#include "runtime/capture/kind.h"
#include "runtime/capture/thread_private.h"
#include "runtime/unwind/lock.h"
#include "runtime/unwind/module.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

enum {
#ifdef PPROF_SMALL
    TIMERS = 32,
#else
    TIMERS = 32 << 10,
#endif
    RATE_DEFAULT = 100,
    RATE_MAX = 1000,
};

struct timer {
    pid_t tid;
    int id; /* the kernel's */
};

static uint32_t lock;
static struct timer *timers; /* the first timer_count are armed */
static size_t timer_count;
static uint64_t timers_lost;
static int rate_hz = RATE_DEFAULT;
static uint32_t handler_installed;
static uint32_t taken; /* the program took SIGPROF while a profile was running */
static int64_t period_ns, started_ns, started_wall_ns, ended_ns, started_cpu_ns, session_cpu_ns;

static int64_t process_cpu_ns(void)
{
    struct timespec now = { 0, 0 };
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- who owns SIGPROF ---- */

static bool is_our_handler(const struct sigaction *action)
{
    return (action->sa_flags & SA_SIGINFO) &&
           action->sa_sigaction == (void (*)(int, siginfo_t *, void *))pp_cpu_handler_sig;
}

static int refuse(struct pprof_error *error, const char *owner)
{
    return pp_err_set(error, PPROF_ERR_BUSY, "%s: a CPU profile would disturb it", owner);
}

static int check_owner(struct pprof_error *error)
{
    struct sigaction action;
    struct itimerval interval;
    if (pp_real_sigaction(SIGPROF, NULL, &action) != 0) {
        return pp_err_errno(error, PPROF_ERR_SYSTEM, errno, "sigaction");
    }
    if (is_our_handler(&action)) {
        return 0;
    }
    if ((action.sa_flags & SA_SIGINFO) ||
        (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN)) {
        return refuse(error, "the program has its own SIGPROF handler");
    }
    if (action.sa_handler == SIG_IGN) {
        return refuse(error, "the program ignores SIGPROF");
    }
    if (getitimer(ITIMER_PROF, &interval) == 0 &&
        (interval.it_value.tv_sec || interval.it_value.tv_usec)) {
        return refuse(error, "the program runs an ITIMER_PROF timer");
    }
    return 0;
}

static int install_handler(struct pprof_error *error)
{
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    action.sa_sigaction = (void (*)(int, siginfo_t *, void *))pp_cpu_handler_sig;
    action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
    sigfillset(&action.sa_mask);
    if (pp_real_sigaction(SIGPROF, &action, NULL) != 0) {
        return pp_err_errno(error, PPROF_ERR_SYSTEM, errno, "sigaction");
    }
    pp_store_release(&handler_installed, 1);
    return 0;
}

/* ---- timers, under the lock ---- */

/* The CPU clock of another thread, as the kernel numbers them. */
static clockid_t thread_clock(pid_t tid)
{
    return (clockid_t)(~(unsigned)tid << 3 | 6);
}

static struct timespec spec_of(int64_t ns)
{
    return (struct timespec){ ns / 1000000000, ns % 1000000000 };
}

/* Uniform in (0, period]. */
static int64_t first_expiry(pid_t tid)
{
    uint64_t random = (uint64_t)pp_sys_monotonic_ns() * 0x9e3779b97f4a7c15u ^ (uint64_t)tid << 32;
    random ^= random >> 29;
    random *= 0xbf58476d1ce4e5b9u;
    return 1 + (int64_t)((random >> 17) % (uint64_t)period_ns);
}

static int find_timer(pid_t tid)
{
    for (size_t i = 0; i < timer_count; i++) {
        if (timers[i].tid == tid) {
            return (int)i;
        }
    }
    return -1;
}

static void remove_timer(size_t at)
{
    pp_sys_call(SYS_timer_delete, timers[at].id, 0, 0, 0, 0, 0);
    timers[at] = timers[--timer_count];
}

/* 0 or a negative errno value. */
static int add_timer(pid_t tid)
{
    int id = 0;
    struct sigevent event;
    struct itimerspec spec = { spec_of(period_ns), spec_of(first_expiry(tid)) };
    if (timer_count == TIMERS) {
        return -EAGAIN;
    }
    memset(&event, 0, sizeof(event));
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = SIGPROF;
    event.sigev_value.sival_ptr = &pp_cpu_session;
    event._sigev_un._tid = tid;
    long err = pp_sys_call(SYS_timer_create, thread_clock(tid), (long)&event, (long)&id, 0, 0, 0);
    if (err < 0) {
        return (int)err;
    }
    err = pp_sys_call(SYS_timer_settime, id, 0, (long)&spec, 0, 0, 0);
    if (err < 0) {
        pp_sys_call(SYS_timer_delete, id, 0, 0, 0, 0, 0);
        return (int)err;
    }
    timers[timer_count++] = (struct timer){ tid, id };
    return 0;
}

static void arm(pid_t tid, struct pp_thread *slot)
{
    int err = add_timer(tid);
    if (err) {
        timers_lost += err != -EINVAL; /* that one: the thread ended meanwhile */
    } else if (slot) {
        pp_store_relaxed(&slot->cpu_timer_armed, 1);
    }
}

static void remove_all_timers(void)
{
    while (timer_count) {
        struct pp_thread *slot = pp_thread_find(timers[timer_count - 1].tid);
        if (slot) {
            pp_store_relaxed(&slot->cpu_timer_armed, 0);
        }
        remove_timer(timer_count - 1);
    }
}

/* Twice, so that a thread that was born during the first pass, before it could see `running`, is
 * found in the second. */
static void arm_all(void)
{
    static pid_t tids[TIMERS];
    for (int pass = 0; pass < 2; pass++) {
        size_t count = pp_threads_list(tids, TIMERS);
        count = count < TIMERS ? count : TIMERS;
        for (size_t i = 0; i < count; i++) {
            struct pp_thread *slot = pp_thread_find(tids[i]);
            if (!(slot && slot->is_ours) && find_timer(tids[i]) < 0) {
                arm(tids[i], slot);
            }
        }
    }
}

/* ---- threads come and go ---- */

void pp_cpu_thread_begin(void)
{
    if (!pp_load(&pp_cpu_session.running)) {
        return;
    }
    pid_t tid = pp_sys_tid();
    pp_unwind_lock(&lock);
    if (pp_cpu_session.running && !taken) {
        int old = find_timer(tid); /* of a dead thread that had this number, or of arm_all */
        if (old >= 0) {
            remove_timer((size_t)old);
        }
        arm(tid, pp_self.thread);
    }
    pp_unwind_unlock(&lock);
}

void pp_cpu_thread_end(void)
{
    if (!pp_self.thread || !pp_load_relaxed(&pp_self.thread->cpu_timer_armed)) {
        return;
    }
    pp_unwind_lock(&lock);
    int at = find_timer(pp_self.thread->tid);
    if (at >= 0) {
        remove_timer((size_t)at);
    }
    pp_self.thread->cpu_timer_armed = 0;
    pp_unwind_unlock(&lock);
}

/* ---- sessions ---- */

static int reserve(struct pprof_error *error)
{
    size_t bytes = PP_CPU_COUNTS * sizeof(struct pp_cpu_count);
    if (!timers) {
        timers = pp_sys_reserve(TIMERS * sizeof(*timers));
    }
    if (!pp_cpu_session.counts) {
        pp_cpu_session.counts = pp_sys_reserve(bytes);
    } else {
        pp_sys_discard(pp_cpu_session.counts, bytes);
    }
    if (!timers || !pp_cpu_session.counts) {
        return pp_err_set(error, PPROF_ERR_NOMEM, "no memory for the CPU profile's tables");
    }
    return 0;
}

static int start_locked(struct pprof_error *error)
{
    if (pp_cpu_session.running) {
        return pp_err_set(error, PPROF_ERR_BUSY, "cpu profiling already in use");
    }
    int err = check_owner(error);
    err = err ? err : reserve(error);
    err = err ? err : install_handler(error);
    if (err) {
        return err;
    }
    period_ns = 1000000000 / rate_hz;
    pp_cpu_session.ticks = pp_cpu_session.lost = 0;
    timers_lost = 0;
    taken = 0;
    started_ns = pp_sys_monotonic_ns();
    started_wall_ns = pp_sys_wall_ns();
    started_cpu_ns = process_cpu_ns();
    pp_store(&pp_cpu_session.running, 1);
    arm_all();
    if (timer_count == 0) {
        pp_store(&pp_cpu_session.running, 0);
        return pp_err_set(error, PPROF_ERR_SYSTEM, "the system gives no timers for threads");
    }
    return 0;
}

int pp_cpu_start(struct pprof_error *error)
{
    if (!pp_load_relaxed(&pp_enabled)) {
        return pp_err_set(error, PPROF_ERR_OFF, "profiling is switched off");
    }
    pp_modules_refresh();
    pp_self_enter();
    pp_unwind_lock(&lock);
    int err = start_locked(error);
    pp_unwind_unlock(&lock);
    pp_self_leave();
    return err;
}

/* No tick is counted and nobody is in the handler when this returns. */
static void end_session(void)
{
    if (!taken) {
        ended_ns = pp_sys_monotonic_ns();
        session_cpu_ns = process_cpu_ns() - started_cpu_ns;
    }
    remove_all_timers();
    pp_store(&pp_cpu_session.running, 0);
    while (pp_load(&pp_cpu_session.in_handler)) {
        pp_sys_sleep_ns(100000);
    }
}

static int fill(struct pp_snapshot *snapshot, int64_t end_ns)
{
    snapshot->time_ns = started_wall_ns;
    snapshot->duration_ns = end_ns - started_ns;
    snapshot->period = period_ns;
    for (size_t i = 0; i < PP_CPU_COUNTS; i++) {
        const struct pp_cpu_count *count = &pp_cpu_session.counts[i];
        int64_t ticks = (int64_t)pp_load_relaxed(&count->ticks);
        if (!pp_load_acquire(&count->key) || !ticks) {
            continue;
        }
        struct pp_record record = {
            .stack = count->key - 1,
            .values = { ticks, ticks * period_ns },
            .raw = { ticks, ticks * period_ns },
            .label_set = pp_load_relaxed(&count->label_set),
        };
        int err = pp_snapshot_add(snapshot, &record);
        if (err) {
            return err;
        }
    }
    return 0;
}

/* What had no room still was CPU time: one record of an unknown stack carries it. */
static int fill_lost(struct pp_snapshot *snapshot)
{
    int64_t ticks = (int64_t)pp_load_relaxed(&pp_cpu_session.lost);
    struct pp_record record = {
        .stack = PP_STACK_FULL,
        .values = { ticks, ticks * period_ns },
        .raw = { ticks, ticks * period_ns },
    };
    return ticks ? pp_snapshot_add(snapshot, &record) : 0;
}

static int take(struct pp_snapshot *snapshot, bool last, struct pprof_error *error)
{
    pp_self_enter();
    pp_unwind_lock(&lock);
    int err = 0;
    if (!pp_cpu_session.running) {
        err = pp_err_set(error, PPROF_ERR_OFF, "no CPU profile is running");
    } else {
        if (last) {
            end_session();
        }
        if (snapshot) {
            err = fill(snapshot, last || taken ? ended_ns : pp_sys_monotonic_ns());
            err = err ? err : fill_lost(snapshot);
            err = err ? pp_err_set(error, err, "no memory for the CPU profile") : 0;
        }
    }
    pp_unwind_unlock(&lock);
    pp_self_leave();
    return err;
}

int pp_cpu_stop(struct pp_snapshot *snapshot, struct pprof_error *error)
{
    return take(snapshot, true, error);
}

int pp_cpu_peek(struct pp_snapshot *snapshot, struct pprof_error *error)
{
    return take(snapshot, false, error);
}

int pp_cpu_rate(int hz)
{
    int old = rate_hz;
    if (hz > 0) {
        pp_store_relaxed(&rate_hz, hz > RATE_MAX ? RATE_MAX : hz);
    }
    return old;
}

void pp_cpu_stats(struct pp_cpu_stats *stats)
{
    pp_unwind_lock(&lock);
    *stats = (struct pp_cpu_stats){
        .running = pp_cpu_session.running != 0,
        .ticks = pp_load_relaxed(&pp_cpu_session.ticks),
        .lost = pp_load_relaxed(&pp_cpu_session.lost),
        .timers = timer_count,
        .timers_lost = timers_lost,
        .process_cpu_ns = pp_cpu_session.running && !taken ? process_cpu_ns() - started_cpu_ns
                                                           : session_cpu_ns,
    };
    pp_unwind_unlock(&lock);
}

void pp_cpu_after_fork(void)
{
    lock = 0;
    timer_count = 0; /* the kernel gives a child no timers */
    pp_cpu_session.running = 0;
    pp_cpu_session.in_handler = 0;
    taken = 0;
}

/* ---- the program and SIGPROF ---- */

void pp_cpu_signal_taken(void)
{
    bool was_running = false;
    pp_self_enter();
    pp_unwind_lock(&lock);
    if (pp_cpu_session.running && !taken) {
        was_running = true;
        ended_ns = pp_sys_monotonic_ns();
        session_cpu_ns = process_cpu_ns() - started_cpu_ns;
        taken = 1;
        remove_all_timers();
    }
    pp_store_release(&handler_installed, 0);
    pp_unwind_unlock(&lock);
    if (was_running) {
        pp_log("the program installed its own SIGPROF handler: the CPU profile ends here");
    }
    pp_self_leave();
}

bool pp_cpu_signal_is_ours(void)
{
    return pp_load_acquire(&handler_installed) != 0;
}

bool pp_cpu_is_handler(const struct sigaction *action)
{
    return is_our_handler(action);
}
