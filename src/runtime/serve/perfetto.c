#include "runtime/serve/perfetto.h"

#include "base/err.h"
#include "base/sys.h"
#include "profile/sort.h"
#include "profile/wire_put.h"
#include "runtime/serve/perfetto_go.h"

#include <time.h>

static const struct {
    const char *name;
    int unit;
} counters[] = {
    { "allocated (sampled)", UNIT_BYTES },
    { "heap in use, change (sampled)", UNIT_BYTES },
    { "resident memory", UNIT_BYTES },
    { "CPU time", UNIT_TIME_NS },
};
enum { ALLOCATED, IN_USE, RESIDENT, CPU_TIME, COUNTERS };

/* ---- clocks ------------------------------------------------------------------------------------- */

static void put_clock(struct pp_pf *w, int kind, clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    pp_put_u64(&w->inner, CLOCK_KIND, (uint64_t)kind);
    pp_put_u64(&w->inner, CLOCK_TIME,
               (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec);
    pp_put_message(&w->event, CLOCKS, &w->inner);
}

/* Times are CLOCK_MONOTONIC's, as every packet's default says. */
static void put_clocks(struct pp_pf *w)
{
    put_clock(w, MONOTONIC, CLOCK_MONOTONIC);
    put_clock(w, BOOTTIME, CLOCK_BOOTTIME);
    put_clock(w, REALTIME, CLOCK_REALTIME);
    pp_put_u64(&w->event, PRIMARY_CLOCK, MONOTONIC);
    pp_put_message(&w->packet, CLOCK_SNAPSHOT, &w->event);
    pp_put_u64(&w->inner, CLOCK_ID, MONOTONIC);
    pp_put_message(&w->packet, PACKET_DEFAULTS, &w->inner);
    pp_pf_end_packet(w);
}

/* ---- tracks ----------------------------------------------------------------------------------- */

static void put_process(struct pp_pf *w)
{
    char name[32] = ""; /* 15 characters and a newline */
    (void)pp_sys_read_file("/proc/self/comm", name, sizeof(name));
    name[strcspn(name, "\n")] = '\0';
    pp_put_u64(&w->event, UUID, PROCESS_TRACK);
    pp_put_u64(&w->inner, PROCESS_PID, (uint64_t)pp_sys_pid());
    pp_put_text(&w->inner, PROCESS_NAME, name);
    pp_put_message(&w->event, PROCESS, &w->inner);
    pp_put_message(&w->packet, TRACK_DESCRIPTOR, &w->event);
    pp_pf_end_packet(w);
}

static void put_thread(struct pp_pf *w, pid_t tid, const char *name)
{
    pp_put_u64(&w->event, UUID, THREAD_TRACK(tid));
    pp_put_u64(&w->event, PARENT_UUID, PROCESS_TRACK);
    pp_put_u64(&w->inner, THREAD_PID, (uint64_t)pp_sys_pid());
    pp_put_u64(&w->inner, THREAD_TID, (uint64_t)tid);
    pp_put_text(&w->inner, THREAD_NAME, name);
    pp_put_message(&w->event, THREAD, &w->inner);
    pp_put_message(&w->packet, TRACK_DESCRIPTOR, &w->event);
    pp_pf_end_packet(w);
}

static void put_counter_track(struct pp_pf *w, unsigned which)
{
    pp_put_u64(&w->event, UUID, COUNTER_TRACKS + which);
    pp_put_u64(&w->event, PARENT_UUID, PROCESS_TRACK);
    pp_put_text(&w->event, TRACK_NAME, counters[which].name);
    pp_put_u64(&w->inner, COUNTER_UNIT, (uint64_t)counters[which].unit);
    pp_put_message(&w->event, COUNTER, &w->inner);
    pp_put_message(&w->packet, TRACK_DESCRIPTOR, &w->event);
    pp_pf_end_packet(w);
}

/* ---- events ------------------------------------------------------------------------------------- */

static void put_wait(struct pp_pf *w, uint64_t track, const struct pp_trace_event *e,
                     int64_t at_ns)
{
    pp_pf_begin(w, SLICE_BEGIN, track);
    pp_pf_name(w, pp_wait_text((enum pp_wait_reason)e->name));
    if (e->kind == PP_TRACE_WAIT_BEGIN) {
        pp_pf_stack(w, (pp_stack_id)e->value);
    }
    pp_pf_end(w, at_ns);
}

/* A task may end in another thread than it began in: all tracks come first. */
static void put_task_tracks(struct pp_pf *w, const struct pp_trace_thread *thread)
{
    const struct pp_trace_event *e = thread->events, *end = e + thread->count;
    for (; e < end; e++) {
        const char *key = (const char *)&e->value;
        if (e->kind == PP_TRACE_TASK_BEGIN) {
            pp_pf_track(w, TASK_TRACK(e->value), PROCESS_TRACK, pp_trace_text_of(e->name));
            if (pp_table_intern(&w->tasks, key, sizeof(e->value), false) == UINT32_MAX) {
                w->out->err = PPROF_ERR_NOMEM;
            }
        }
    }
}

static void put_task(struct pp_pf *w, const struct pp_trace_event *e, uint64_t parent)
{
    pp_pf_begin(w, SLICE_BEGIN, TASK_TRACK(e->value));
    pp_pf_name(w, pp_trace_text_of(e->name));
    pp_pf_number(w, "task", e->value);
    pp_put_fixed64(&w->event, FLOW_IDS, e->value);
    if (parent) {
        pp_put_fixed64(&w->event, FLOW_IDS, parent);
    }
    pp_pf_end(w, e->at_ns);
}

static void put_task_end(struct pp_pf *w, const struct pp_trace_event *e)
{
    if (pp_table_find(&w->tasks, (const char *)&e->value, sizeof(e->value)) == UINT32_MAX) {
        return; /* it began before the trace */
    }
    pp_pf_begin(w, SLICE_END, TASK_TRACK(e->value));
    pp_put_fixed64(&w->event, END_FLOW_IDS, e->value);
    pp_pf_end(w, e->at_ns);
}

/* The open slices of one thread. */
enum { DEPTH_MAX = 64 };
enum slice { WAIT, REGION, GOROUTINE };
struct open {
    const struct pp_pf_goroutines *goroutines;
    uint64_t track;
    uint64_t goroutine; /* that runs on it: regions, logs and samples are its own */
    size_t depth;
    enum slice slices[DEPTH_MAX];
};

static bool push(struct open *open, enum slice slice)
{
    if (open->depth == DEPTH_MAX) {
        return false;
    }
    open->slices[open->depth++] = slice;
    return true;
}

static void open_wait(struct pp_pf *w, struct open *open, const struct pp_trace_event *e,
                      int64_t at_ns)
{
    if (push(open, WAIT)) {
        put_wait(w, open->track, e, at_ns);
    }
}

static void close_slice(struct pp_pf *w, struct open *open, int64_t at_ns)
{
    open->depth--;
    pp_pf_slice_end(w, open->track, at_ns);
}

/* A wait that was left by longjmp or cancellation has no end of its own: it ends with the region
 * or goroutine around it. */
static void close_around(struct pp_pf *w, struct open *open, enum slice slice, int64_t at_ns)
{
    size_t at = open->depth;
    while (at && open->slices[at - 1] != slice) {
        at--;
    }
    while (at && open->depth >= at) {
        close_slice(w, open, at_ns);
    }
}

/* An end without a beginning belongs to what was before the trace. Where it is a wait's, and the
 * thread's first event, the wait lasted from the trace's beginning until now. */
static void close_wait(struct pp_pf *w, const struct pp_trace_view *view, struct open *open,
                       const struct pp_trace_event *e, bool is_first)
{
    if (is_first && !view->is_cut) {
        open_wait(w, open, e, view->from_ns);
    }
    if (open->depth && open->slices[open->depth - 1] == WAIT) {
        close_slice(w, open, e->at_ns);
    }
}

static void open_goroutine(struct pp_pf *w, struct open *open, uint64_t id, int64_t at_ns)
{
    open->goroutine = id;
    if (push(open, GOROUTINE)) {
        pp_pf_begin(w, SLICE_BEGIN, open->track);
        pp_pf_name(w, pp_pf_goroutine_name(open->goroutines, id));
        pp_pf_number(w, "goroutine", id);
        pp_pf_end(w, at_ns);
    }
}

/* What the program marked, and samples, on a thread that runs no goroutine. */
static void put_own(struct pp_pf *w, struct open *open, const struct pp_trace_event *e)
{
    switch (e->kind) {
    case PP_TRACE_REGION_BEGIN:
        if (push(open, REGION)) {
            pp_pf_user(w, open->track, SLICE_BEGIN, e);
        }
        break;
    case PP_TRACE_REGION_END:
        close_around(w, open, REGION, e->at_ns);
        break;
    case PP_TRACE_LOG:
        pp_pf_user(w, open->track, INSTANT, e);
        break;
    case PP_TRACE_CPU_SAMPLE:
        pp_pf_sample(w, open->track, e);
        break;
    default: /* counters are the process's */
        break;
    }
}

static void put_thread_event(struct pp_pf *w, struct open *open, const struct pp_trace_event *e,
                             const struct pp_trace_event *next)
{
    switch (e->kind) {
    case PP_TRACE_WAIT_BEGIN:
        open_wait(w, open, e, e->at_ns);
        break;
    case PP_TRACE_TASK_BEGIN:
        put_task(w, e, next && next->kind == PP_TRACE_TASK_PARENT ? next->value : 0);
        break;
    case PP_TRACE_TASK_END:
        put_task_end(w, e);
        break;
    case PP_TRACE_GO_START:
        open_goroutine(w, open, e->value, e->at_ns);
        break;
    case PP_TRACE_GO_PARK:
    case PP_TRACE_GO_YIELD:
    case PP_TRACE_GO_END:
        close_around(w, open, GOROUTINE, e->at_ns);
        open->goroutine = 0;
        break;
    default:
        if (!open->goroutine) {
            put_own(w, open, e);
        }
        break;
    }
}

static void put_thread_events(struct pp_pf *w, const struct pp_pf_goroutines *goroutines,
                              const struct pp_trace_thread *thread)
{
    const struct pp_trace_view *view = goroutines->view;
    struct open open = { .goroutines = goroutines, .track = THREAD_TRACK(thread->tid) };
    const struct pp_trace_event *e = thread->events, *end = e + thread->count;
    uint64_t before = pp_pf_goroutine_before(thread);
    if (before) {
        open_goroutine(w, &open, before, view->is_cut ? e->at_ns : view->from_ns);
    }
    for (; e < end; e++) {
        if (e->kind == PP_TRACE_WAIT_END) {
            close_wait(w, view, &open, e, e == thread->events);
        } else {
            put_thread_event(w, &open, e, e + 1 < end ? e + 1 : NULL);
        }
    }
}

static void put_waiter(struct pp_pf *w, const struct pp_trace_waiter *waiter, int64_t from_ns)
{
    put_thread(w, waiter->tid, waiter->name);
    pp_pf_begin(w, SLICE_BEGIN, THREAD_TRACK(waiter->tid));
    pp_pf_name(w, waiter->reason);
    pp_pf_stack_text(w, waiter->pcs, waiter->depth);
    pp_pf_number(w, "waited_ns", (uint64_t)waiter->waited_ns);
    pp_pf_end(w, from_ns);
}

/* ---- counters --------------------------------------------------------------------------------- */

static bool is_counter(const struct pp_trace_event *e)
{
    return e->kind >= PP_TRACE_ALLOC && e->kind <= PP_TRACE_CPU;
}

static int by_time(const void *a, const void *b, void *ctx)
{
    const struct pp_trace_event *x = a, *y = b;
    (void)ctx;
    return (x->at_ns > y->at_ns) - (x->at_ns < y->at_ns);
}

/* The counter events of all threads in time order. */
static int gather(const struct pp_trace_view *view, struct pp_arena *arena,
                  struct pp_trace_event **events, size_t *count)
{
    size_t total = 0;
    for (size_t t = 0; t < view->thread_count; t++) {
        total += view->threads[t].count;
    }
    *count = 0;
    *events = pp_arena_array(arena, total + 1, sizeof(**events));
    if (!*events) {
        return PPROF_ERR_NOMEM;
    }
    for (size_t t = 0; t < view->thread_count; t++) {
        for (size_t i = 0; i < view->threads[t].count; i++) {
            const struct pp_trace_event *e = &view->threads[t].events[i];
            (*events)[*count] = *e;
            *count += is_counter(e);
        }
    }
    return pp_sort(*events, *count, sizeof(**events), by_time, NULL, arena);
}

static void put_value(struct pp_pf *w, unsigned which, int64_t at_ns, int64_t value)
{
    pp_pf_begin(w, COUNTER_EVENT, COUNTER_TRACKS + which);
    pp_put_u64(&w->event, COUNTER_VALUE, (uint64_t)value);
    pp_pf_end(w, at_ns);
}

static void put_counters(struct pp_pf *w, const struct pp_trace_event *events, size_t count)
{
    int64_t allocated = 0, in_use = 0;
    for (unsigned i = 0; i < COUNTERS; i++) {
        put_counter_track(w, i);
    }
    for (size_t i = 0; i < count; i++) {
        const struct pp_trace_event *e = &events[i];
        if (e->kind == PP_TRACE_RESIDENT || e->kind == PP_TRACE_CPU) {
            put_value(w, e->kind == PP_TRACE_CPU ? CPU_TIME : RESIDENT, e->at_ns,
                      (int64_t)e->value);
            continue;
        }
        bool is_alloc = e->kind == PP_TRACE_ALLOC;
        allocated += is_alloc ? (int64_t)e->value : 0;
        in_use += is_alloc ? (int64_t)e->value : -(int64_t)e->value;
        if (is_alloc) {
            put_value(w, ALLOCATED, e->at_ns, allocated);
        }
        put_value(w, IN_USE, e->at_ns, in_use);
    }
}

/* ---- all of it -------------------------------------------------------------------------------- */

int pp_perfetto_encode(const struct pp_trace_view *view, const struct pp_trace_waiter *waiters,
                       size_t waiter_count, struct pp_pf_goroutines *goroutines, struct pp_buf *out,
                       struct pprof_error *error)
{
    struct pp_pf w;
    struct pp_trace_event *events;
    size_t count;
    if (pp_pf_init(&w, out) != 0 || gather(view, out->arena, &events, &count) != 0 ||
        pp_pf_goroutines_find(goroutines, view) != 0) {
        return pp_err_set(error, PPROF_ERR_NOMEM, "not enough memory to write the trace");
    }
    put_clocks(&w);
    put_process(&w);
    put_counters(&w, events, count);
    for (size_t i = 0; i < view->thread_count; i++) {
        put_task_tracks(&w, &view->threads[i]);
    }
    pp_pf_goroutines_tracks(&w, goroutines);
    for (size_t i = 0; i < view->thread_count; i++) {
        put_thread(&w, view->threads[i].tid, view->threads[i].name);
        put_thread_events(&w, goroutines, &view->threads[i]);
    }
    pp_pf_goroutines_put(&w, goroutines);
    for (size_t i = 0; i < waiter_count; i++) {
        put_waiter(&w, &waiters[i], view->from_ns);
    }
    return out->err ? pp_err_set(error, out->err, "not enough memory to write the trace") : 0;
}
