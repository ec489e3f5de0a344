/* All asleep: every goroutine and every thread of the program waits in one of our calls, and
 * nothing outside can wake one. Said as Go says it.
 *
 * All gone: main left by pthread_exit, and so did what it had started. The C library would end the
 * process with its last thread; but workers do not end. */
#include "base/log.h"
#include "base/sys.h"
#include "runtime/capture/thread.h"
#include "runtime/go/go_seen.h"
#include "runtime/go/sched_private.h"

#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LOOKS = 3, EXIT_STATUS = 2 };

static struct {
    void (*handler)(void);
    uint64_t seen; /* what was the same at all looks */
    int looks;
    bool is_told;
} asleep;

PPROF_API void go_on_deadlock(void (*handler)(void))
{
    pp_store(&asleep.handler, handler);
}

static bool anything_comes(void)
{
    struct pp_go_sched *s = &pp_go_sched;
    if (pp_load(&s->queue_count) || pp_load(&s->blocked) || pp_load(&s->io_waiters) ||
        pp_load(&s->spinning) || pp_load(&s->idle_p_count) != pp_load(&s->procs)) {
        return true;
    }
    for (size_t i = 0; i < PP_GO_PROCS_MAX && s->places[i]; i++) {
        if (s->places[i]->run_next || pp_go_ring_count(s->places[i])) {
            return true;
        }
    }
    return pp_go_alarms_next() != INT64_MAX;
}

/* Threads of the program that do something else than wait for goroutines; -1: not known. */
static int64_t other_threads(void)
{
    int64_t all = pp_threads_count();
    const struct pp_go_sched *sched = &pp_go_sched;
    return all <= 0 ? -1 : all - (int64_t)pp_load(&sched->workers) - (int64_t)sched->helpers -
                               pp_load(&sched->parked_threads);
}

static uint64_t moves(void)
{
    uint64_t sum = go_count();
    for (size_t i = 0; i < PP_GO_PROCS_MAX && pp_go_sched.places[i]; i++) {
        sum += pp_load_relaxed(&pp_go_sched.places[i]->tick) * UINT64_C(65537);
    }
    return sum;
}

static void tell(void)
{
    static const char text[] = "fatal error: all goroutines are asleep - deadlock!\n\n";
    void (*handler)(void) = pp_load(&asleep.handler);
    asleep.is_told = true;
    if (handler) {
        handler();
        return;
    }
    (void)pp_sys_write_all(2, text, sizeof(text) - 1);
    (void)go_dump(2);
    (void)pp_sys_call(SYS_exit_group, EXIT_STATUS, 0, 0, 0, 0, 0);
}

/* No thread of the program will do anything. One that ended before the others is on the kernel's list
 * as long as it was the first. */
static bool nobody_runs(bool *first_ended)
{
    int64_t others = anything_comes() ? -1 : other_threads();
    *first_ended = (others == 0 || others == 1) && pp_thread_first_ended();
    return others == *first_ended;
}

void pp_go_deadlock_check(void)
{
    uint64_t now = moves();
    bool first_ended, nobody = nobody_runs(&first_ended);
    bool waits = go_count() || pp_load(&pp_go_sched.parked_threads) > 0;
    bool stuck = nobody && (waits || first_ended);
    asleep.looks = stuck && now == asleep.seen ? asleep.looks + 1 : 0;
    asleep.is_told = stuck && now == asleep.seen && asleep.is_told;
    asleep.seen = now;
    if (asleep.looks < LOOKS) {
        return;
    }
    if (!waits) {
        exit(0); /* as the C library does at the end of the last thread */
    }
    if (!asleep.is_told) {
        tell();
    }
}
