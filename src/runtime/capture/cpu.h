/* CPU profiling: one POSIX timer for each thread on its CPU clock, SIGPROF to that thread, each
 * sample weighted by 1 + overrun.
 *
 * Invariants
 *  - after the first start our handler stays installed for good, so that a late tick kills nobody;
 *    while no profile runs it does nothing. A program that owns SIGPROF is told, not overridden.
 *  - the handler walks, interns and adds to a counter: no lock, no allocation, errno kept.
 */
#ifndef PP_CAPTURE_CPU_H
#define PP_CAPTURE_CPU_H

#include "pprof/error.h"

#include <stdbool.h>
#include <stdint.h>

struct pp_snapshot;

/* Starts sampling all threads, new ones included. PPROF_ERR_BUSY with the reason in words: "cpu
 * profiling already in use", or who owns SIGPROF. */
int pp_cpu_start(struct pprof_error *error) __attribute__((warn_unused_result));

/* Stops the timers and fills the snapshot (NULL: throws the samples away). */
int pp_cpu_stop(struct pp_snapshot *snapshot, struct pprof_error *error)
    __attribute__((warn_unused_result));

/* Fills the snapshot with what the running profile has seen so far, and lets it go on, so that it
 * can be written now and then and a killed program leaves one. PPROF_ERR_OFF when none is
 * running. */
int pp_cpu_peek(struct pp_snapshot *snapshot, struct pprof_error *error)
    __attribute__((warn_unused_result));

/* Samples a second for the next start; returns the old value, 0 only reads. */
int pp_cpu_rate(int hz);

/* Called by a thread on its own when it starts and ends (thread.c). */
void pp_cpu_thread_begin(void);
void pp_cpu_thread_end(void);

struct pp_cpu_stats {
    bool running;
    uint64_t ticks, lost;          /* of the running or the last profile */
    uint64_t timers, timers_lost;  /* lost: threads that got no timer and were not sampled */
    int64_t process_cpu_ns;        /* what the process really used meanwhile */
};
void pp_cpu_stats(struct pp_cpu_stats *stats);

/* For the sigaction hooks: whether our handler is installed, whether an action is ours, and the
 * program's taking SIGPROF for itself (a running profile ends at that moment, and says so). */
struct sigaction;
bool pp_cpu_signal_is_ours(void);
bool pp_cpu_is_handler(const struct sigaction *action);
void pp_cpu_signal_taken(void);

/* In the child after fork: no timers, no running profile. */
void pp_cpu_after_fork(void);

#endif
