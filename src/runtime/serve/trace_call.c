/* trace?seconds=N, trace?last=N (the flight recorder), and the same by call. */
#include "base/err.h"
#include "base/log.h"
#include "base/sys.h"
#include "runtime/capture/memstats.h"
#include "runtime/capture/self.h"
#include "runtime/capture/thread.h"
#include "runtime/capture/trace.h"
#include "runtime/go/go_trace.h"
#include "runtime/serve/init.h"
#include "runtime/serve/perfetto.h"
#include "runtime/serve/serve.h"
#include "runtime/serve/trace_call.h"
#include "runtime/unwind/lock.h"
#include "runtime/unwind/module.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NS_PER_S INT64_C(1000000000)
enum { SECONDS_MAX = 24 * 3600 };
static const int64_t SAMPLE_EVERY_NS = 100 * 1000 * 1000;

/* Rank: above the trace's own lock. */
static struct {
    uint32_t lock;
    int recorder_s;      /* how far back the flight recorder is asked for; 0: it is off */
    int64_t recorder_ns; /* since when it runs */
    int fd;              /* of pprof_trace_start */
    bool is_running;     /* between pprof_trace_start and _stop */
    int64_t started_ns;  /* of pprof_trace_start */
} own = { .fd = -1 };

/* ---- counters that somebody must look at ------------------------------------------------------ */

static void sample_process(void)
{
    struct timespec cpu = { 0, 0 };
    struct pp_own_memory memory;
    pp_own_memory(&memory);
    if (memory.resident) {
        pp_trace_event_sig(PP_TRACE_RESIDENT, 0, memory.resident);
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    pp_trace_event_sig(PP_TRACE_CPU, 0,
                       (uint64_t)cpu.tv_sec * NS_PER_S + (uint64_t)cpu.tv_nsec);
}

/* ---- who waited all the time ------------------------------------------------------------------ */

struct waiters {
    const struct pp_trace_view *view;
    struct pp_arena *arena;
    struct pp_trace_waiter *items;
    size_t count, cap;
    int err;
};

static bool has_events(const struct pp_trace_view *view, pid_t tid)
{
    size_t low = 0, high = view->thread_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (view->threads[middle].tid < tid) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < view->thread_count && view->threads[low].tid == tid &&
           view->threads[low].count > 0;
}

static int note_waiter(void *ctx, const struct pp_thread_view *thread)
{
    struct waiters *w = ctx;
    if (thread->is_running || has_events(w->view, thread->tid)) {
        return 0;
    }
    uintptr_t *pcs = pp_arena_array(w->arena, thread->depth + 1, sizeof(*pcs));
    w->err = pcs ? pp_arena_reserve(w->arena, &w->items, &w->cap, w->count, sizeof(*w->items))
                 : PPROF_ERR_NOMEM;
    if (w->err) {
        return 1;
    }
    memcpy(pcs, thread->pcs, thread->depth * sizeof(*pcs));
    struct pp_trace_waiter *waiter = &w->items[w->count++];
    *waiter = (struct pp_trace_waiter){ .tid = thread->tid,
                                        .reason = pp_wait_text(thread->reason),
                                        .waited_ns = thread->waited_ns,
                                        .pcs = pcs,
                                        .depth = thread->depth };
    memcpy(waiter->name, thread->name, sizeof(waiter->name));
    return 0;
}

/* ---- on and off, also for the scheduler ------------------------------------------------------- */

static int start(bool with_stacks, struct pprof_error *error)
{
    int result = pp_trace_start(with_stacks, error);
    pp_go_trace_update();
    return result;
}

static void stop(bool with_stacks)
{
    pp_trace_stop(with_stacks);
    pp_go_trace_update();
}

/* ---- writing ---------------------------------------------------------------------------------- */

/* What was noted since from_ns, encoded behind out. */
static int write_trace(int64_t from_ns, struct pp_buf *out, struct pprof_error *error)
{
    struct pp_trace_view view;
    struct pp_pf_goroutines goroutines;
    sample_process();
    pp_modules_refresh();
    if (pp_pf_goroutines_look(&goroutines, out->arena) != 0) {
        return pp_err_set(error, PPROF_ERR_NOMEM, "not enough memory to look at goroutines");
    }
    int result = pp_trace_collect(out->arena, from_ns, &view, error);
    struct waiters waiters = { .view = &view, .arena = out->arena };
    result = result ? result : pp_threads_walk(note_waiter, &waiters, error);
    result = result ? result : waiters.err;
    return result ? result
                  : pp_perfetto_encode(&view, waiters.items, waiters.count, &goroutines, out,
                                       error);
}

/* Where the recorder's last seconds begin. */
static int64_t recorder_from(double seconds)
{
    int64_t from_ns = pp_sys_monotonic_ns() - (int64_t)(seconds * NS_PER_S);
    int64_t since_ns = pp_load_relaxed(&own.recorder_ns);
    return from_ns > since_ns ? from_ns : since_ns;
}

/* Go parses a floating-point number; what is none, or not above 0, is 1 second. */
static double seconds_of(const char *text, double otherwise)
{
    char *end = NULL;
    double seconds = text ? strtod(text, &end) : 0;
    bool is_number = end && end != text && !*end && isfinite(seconds) && seconds > 0;
    return !is_number ? otherwise : seconds < SECONDS_MAX ? seconds : SECONDS_MAX;
}

static void send(struct pp_call *call, int64_t from_ns)
{
    struct pprof_error error = { .code = 0 };
    pp_call_name_attachment(call, "trace");
    if (write_trace(from_ns, &call->body, &error) != 0) {
        pp_call_error(call, 500, error.detail);
    }
}

static void send_last(struct pp_call *call, const char *text)
{
    int recorder_s = pp_load_relaxed(&own.recorder_s);
    if (!recorder_s) {
        pp_call_error(call, 400,
                      "the flight recorder is off: start the program with PPROF_TRACE=SECONDS, or "
                      "call pprof_trace_recorder; trace?seconds=N needs neither");
        return;
    }
    send(call, recorder_from(seconds_of(text, recorder_s)));
}

/* Sleeps to the end, with a look at the process now and then; false when the client has left. */
static bool record(const struct pp_call *call, int64_t until_ns)
{
    for (int64_t left; (left = until_ns - pp_sys_monotonic_ns()) > 0;) {
        sample_process();
        if (!pp_call_sleep_ns(call, left < SAMPLE_EVERY_NS ? left : SAMPLE_EVERY_NS)) {
            return false;
        }
    }
    return true;
}

void pp_call_trace(struct pp_call *call)
{
    struct pprof_error error = { .code = 0 };
    const char *last = pp_call_param(call, "last"), *stacks = pp_call_param(call, "stacks");
    bool with_stacks = !stacks || strcmp(stacks, "0") != 0;
    if (last) {
        send_last(call, last);
        return;
    }
    double seconds = seconds_of(pp_call_param(call, "seconds"), 1);
    pp_modules_refresh();
    if (start(with_stacks, &error) != 0) {
        pp_call_error(call, 500, error.detail);
        return;
    }
    int64_t from_ns = pp_sys_monotonic_ns();
    bool stayed = record(call, from_ns + (int64_t)(seconds * NS_PER_S));
    if (stayed) {
        send(call, from_ns);
    }
    stop(with_stacks);
    if (!stayed) {
        pp_call_error(call, 500, "context canceled");
    }
}

/* ---- by call ---------------------------------------------------------------------------------- */

static int write_to(int fd, int64_t from_ns)
{
    struct pp_arena arena;
    struct pp_buf bytes;
    struct pprof_error error = { .code = 0 };
    pp_arena_init(&arena, 0);
    pp_buf_init(&bytes, &arena);
    int result = write_trace(from_ns, &bytes, &error);
    if (result == 0 && pp_sys_write_all(fd, bytes.data, bytes.len) < 0) {
        result = PPROF_ERR_SYSTEM;
    }
    pp_arena_release(&arena);
    return result;
}

int pprof_trace_start(int fd)
{
    int result = pp_init_ensure();
    if (result) {
        return result;
    }
    pp_self_enter();
    pp_modules_refresh();
    pp_unwind_lock(&own.lock);
    result = own.is_running ? PPROF_ERR_BUSY : start(true, NULL);
    if (result == 0) {
        own.is_running = true;
        own.fd = fd;
        own.started_ns = pp_sys_monotonic_ns();
    }
    pp_unwind_unlock(&own.lock);
    pp_self_leave();
    return result;
}

int pprof_trace_stop(void)
{
    pp_self_enter();
    pp_unwind_lock(&own.lock);
    int result = own.is_running ? write_to(own.fd, own.started_ns) : PPROF_ERR_OFF;
    if (own.is_running) {
        own.is_running = false;
        stop(true);
    }
    pp_unwind_unlock(&own.lock);
    pp_self_leave();
    return result;
}

int pprof_trace_recorder(int seconds)
{
    int before;
    if (seconds < 0 || pp_init_ensure() != 0) {
        return pp_load_relaxed(&own.recorder_s);
    }
    seconds = seconds < SECONDS_MAX ? seconds : SECONDS_MAX;
    pp_self_enter();
    pp_unwind_lock(&own.lock);
    before = own.recorder_s;
    if (seconds && !before) {
        struct pprof_error error = { .code = 0 };
        if (start(false, &error) != 0) {
            pp_log("no flight recorder: %s", error.detail);
            seconds = 0;
        }
        pp_store_relaxed(&own.recorder_ns, pp_sys_monotonic_ns());
    } else if (!seconds && before) {
        stop(false);
    }
    pp_store_relaxed(&own.recorder_s, seconds);
    pp_unwind_unlock(&own.lock);
    pp_self_leave();
    return before;
}

int pprof_trace_write(int fd)
{
    int recorder_s = pp_load_relaxed(&own.recorder_s);
    if (!recorder_s) {
        return PPROF_ERR_OFF;
    }
    pp_self_enter();
    int result = write_to(fd, recorder_from(recorder_s));
    pp_self_leave();
    return result;
}

void pp_trace_call_after_fork(void)
{
    own.lock = 0;
    own.is_running = false;
    own.recorder_s = 0;
    pp_go_trace_after_fork();
}

/* ---- regions, tasks, logs --------------------------------------------------------------------- */

static bool is_on(void)
{
    return pp_unlikely(pp_load_relaxed(&pp_trace_on) && pp_load_relaxed(&pp_enabled));
}

/* Texts of the program, under a lock of ours: nothing of ours is sampled meanwhile. */
static void note(enum pp_trace_kind kind, const char *text, uint64_t value)
{
    pp_self_enter();
    pp_trace_event_sig(kind, pp_trace_text(text ? text : ""), value);
    pp_self_leave();
}

uint64_t pprof_task_begin(const char *name, uint64_t parent)
{
    static uint64_t last_task;
    uint64_t task = pp_add_relaxed(&last_task, 1) + 1;
    if (is_on()) {
        note(PP_TRACE_TASK_BEGIN, name, task);
        if (parent) {
            pp_trace_event_sig(PP_TRACE_TASK_PARENT, 0, parent);
        }
    }
    return task;
}

void pprof_task_end(uint64_t task)
{
    if (is_on()) {
        pp_trace_event_sig(PP_TRACE_TASK_END, 0, task);
    }
}

void pprof_region_begin(uint64_t task, const char *name)
{
    if (is_on()) {
        note(PP_TRACE_REGION_BEGIN, name, task);
    }
}

void pprof_region_end(void)
{
    if (is_on()) {
        pp_trace_event_sig(PP_TRACE_REGION_END, 0, 0);
    }
}

void pprof_trace_log(uint64_t task, const char *text)
{
    if (is_on()) {
        note(PP_TRACE_LOG, text, task);
    }
}

bool pprof_trace_enabled(void)
{
    return is_on();
}
