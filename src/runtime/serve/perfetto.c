#include "runtime/serve/perfetto.h"

#include "base/err.h"
#include "base/sys.h"
#include "base/table.h"
#include "profile/sort.h"
#include "profile/wire_put.h"
#include "runtime/capture/wait_hooks.h"
#include "runtime/serve/perfetto_format.h"
#include "runtime/unwind/module.h"

#include <time.h>

/* Tracks of our own making. */
enum { PROCESS_TRACK = 1, COUNTER_TRACKS = 2, SEQUENCE = 1 };
#define THREAD_TRACK(tid) (UINT64_C(1) << 32 | (uint32_t)(tid))
#define TASK_TRACK(task) (UINT64_C(1) << 63 | (task))

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

struct writer {
    struct pp_buf *out;
    struct pp_buf packet, event, inner, interned, text;
    struct pp_table names;  /* event names: index + 1 is the iid */
    struct pp_table stacks; /* stack ids, as bytes: likewise */
    struct pp_table tasks;  /* tasks that began within the trace, as bytes */
    bool begun;
};

/* ---- packets ---------------------------------------------------------------------------------- */

static void end_packet(struct writer *w)
{
    pp_put_u64(&w->packet, SEQUENCE_ID, SEQUENCE);
    pp_put_u64(&w->packet, SEQUENCE_FLAGS, w->begun ? NEEDS_STATE : STATE_CLEARED);
    w->begun = true;
    if (w->interned.len) {
        pp_put_message(&w->packet, INTERNED_DATA, &w->interned);
    }
    pp_put_message(w->out, PACKET, &w->packet);
}

static void put_clock(struct writer *w, int kind, clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    pp_put_u64(&w->inner, CLOCK_KIND, (uint64_t)kind);
    pp_put_u64(&w->inner, CLOCK_TIME,
               (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec);
    pp_put_message(&w->event, CLOCKS, &w->inner);
}

/* Times are CLOCK_MONOTONIC's, as every packet's default says. */
static void put_clocks(struct writer *w)
{
    put_clock(w, MONOTONIC, CLOCK_MONOTONIC);
    put_clock(w, BOOTTIME, CLOCK_BOOTTIME);
    put_clock(w, REALTIME, CLOCK_REALTIME);
    pp_put_u64(&w->event, PRIMARY_CLOCK, MONOTONIC);
    pp_put_message(&w->packet, CLOCK_SNAPSHOT, &w->event);
    pp_put_u64(&w->inner, CLOCK_ID, MONOTONIC);
    pp_put_message(&w->packet, PACKET_DEFAULTS, &w->inner);
    end_packet(w);
}

/* ---- tracks ----------------------------------------------------------------------------------- */

static void put_process(struct writer *w)
{
    char name[32] = ""; /* 15 characters and a newline */
    (void)pp_sys_read_file("/proc/self/comm", name, sizeof(name));
    name[strcspn(name, "\n")] = '\0';
    pp_put_u64(&w->event, UUID, PROCESS_TRACK);
    pp_put_u64(&w->inner, PROCESS_PID, (uint64_t)pp_sys_pid());
    pp_put_text(&w->inner, PROCESS_NAME, name);
    pp_put_message(&w->event, PROCESS, &w->inner);
    pp_put_message(&w->packet, TRACK_DESCRIPTOR, &w->event);
    end_packet(w);
}

static void put_thread(struct writer *w, pid_t tid, const char *name)
{
    pp_put_u64(&w->event, UUID, THREAD_TRACK(tid));
    pp_put_u64(&w->event, PARENT_UUID, PROCESS_TRACK);
    pp_put_u64(&w->inner, THREAD_PID, (uint64_t)pp_sys_pid());
    pp_put_u64(&w->inner, THREAD_TID, (uint64_t)tid);
    pp_put_text(&w->inner, THREAD_NAME, name);
    pp_put_message(&w->event, THREAD, &w->inner);
    pp_put_message(&w->packet, TRACK_DESCRIPTOR, &w->event);
    end_packet(w);
}

static void put_named_track(struct writer *w, uint64_t uuid, const char *name)
{
    pp_put_u64(&w->event, UUID, uuid);
    pp_put_u64(&w->event, PARENT_UUID, PROCESS_TRACK);
    pp_put_text(&w->event, TRACK_NAME, name);
    pp_put_message(&w->packet, TRACK_DESCRIPTOR, &w->event);
    end_packet(w);
}

static void put_counter_track(struct writer *w, unsigned which)
{
    pp_put_u64(&w->event, UUID, COUNTER_TRACKS + which);
    pp_put_u64(&w->event, PARENT_UUID, PROCESS_TRACK);
    pp_put_text(&w->event, TRACK_NAME, counters[which].name);
    pp_put_u64(&w->inner, COUNTER_UNIT, (uint64_t)counters[which].unit);
    pp_put_message(&w->event, COUNTER, &w->inner);
    pp_put_message(&w->packet, TRACK_DESCRIPTOR, &w->event);
    end_packet(w);
}

/* ---- names and stacks, once each -------------------------------------------------------------- */

static void intern(struct writer *w, unsigned field, uint64_t iid, const char *text)
{
    pp_put_u64(&w->inner, IID, iid);
    pp_put_text(&w->inner, INTERNED_TEXT, text);
    pp_put_message(&w->interned, field, &w->inner);
}

static void put_name(struct writer *w, const char *text)
{
    size_t before = w->names.count;
    text = *text ? text : "(no name)";
    uint32_t index = pp_table_intern(&w->names, text, strlen(text), false);
    if (index == UINT32_MAX) {
        w->out->err = PPROF_ERR_NOMEM;
        return;
    }
    if (w->names.count != before) {
        intern(w, EVENT_NAMES, index + UINT64_C(1), text);
    }
    pp_put_u64(&w->event, NAME_IID, index + UINT64_C(1));
}

static void write_stack(struct pp_buf *out, const uintptr_t *pcs, size_t depth)
{
    pp_buf_reset(out);
    for (size_t i = 0; i < depth; i++) {
        const char *name;
        uintptr_t entry;
        if (pp_wait_hook_holds(pcs[i])) {
            continue;
        }
        pp_buf_str(out, out->len ? "\n" : "");
        if (pp_module_symbol(i ? pcs[i] - 1 : pcs[i], &name, &entry)) {
            pp_buf_str(out, name);
        } else {
            pp_buf_hex(out, pcs[i]);
        }
    }
}

static void put_stack_text(struct writer *w, const uintptr_t *pcs, size_t depth)
{
    write_stack(&w->text, pcs, depth);
    pp_put_text(&w->inner, ANNOTATION_NAME, "stack");
    pp_put_text(&w->inner, STRING_VALUE, w->text.data ? w->text.data : "");
    pp_put_message(&w->event, ANNOTATIONS, &w->inner);
}

static void put_stack(struct writer *w, pp_stack_id id)
{
    struct pp_stack stack = pp_stack_get_sig(id);
    size_t before = w->stacks.count;
    if (stack.count == 0) {
        return;
    }
    uint32_t index = pp_table_intern(&w->stacks, (const char *)&id, sizeof(id), false);
    if (index == UINT32_MAX) {
        w->out->err = PPROF_ERR_NOMEM;
        return;
    }
    if (w->stacks.count != before) {
        write_stack(&w->text, stack.pcs, stack.count);
        intern(w, STRING_VALUES, index + UINT64_C(1), w->text.data ? w->text.data : "");
    }
    pp_put_text(&w->inner, ANNOTATION_NAME, "stack");
    pp_put_u64(&w->inner, STRING_IID, index + UINT64_C(1));
    pp_put_message(&w->event, ANNOTATIONS, &w->inner);
}

/* ---- events ----------------------------------------------------------------------------------- */

static void begin_event(struct writer *w, int type, uint64_t track)
{
    pp_put_u64(&w->event, EVENT_TYPE, (uint64_t)type);
    pp_put_u64(&w->event, TRACK_UUID, track);
}

static void end_event(struct writer *w, int64_t at_ns)
{
    pp_put_u64(&w->packet, TIMESTAMP, (uint64_t)at_ns);
    pp_put_message(&w->packet, TRACK_EVENT, &w->event);
    end_packet(w);
}

static void put_end(struct writer *w, uint64_t track, int64_t at_ns)
{
    begin_event(w, SLICE_END, track);
    end_event(w, at_ns);
}

static void put_wait(struct writer *w, uint64_t track, const struct pp_trace_event *e,
                     int64_t at_ns)
{
    begin_event(w, SLICE_BEGIN, track);
    put_name(w, pp_wait_text((enum pp_wait_reason)e->name));
    if (e->kind == PP_TRACE_WAIT_BEGIN) {
        put_stack(w, (pp_stack_id)e->value);
    }
    end_event(w, at_ns);
}

/* A region or a log line, tied to its task. */
static void put_user(struct writer *w, uint64_t track, int type, const struct pp_trace_event *e)
{
    begin_event(w, type, track);
    put_name(w, pp_trace_text_of(e->name));
    if (e->value) {
        pp_put_fixed64(&w->event, FLOW_IDS, e->value);
    }
    end_event(w, e->at_ns);
}

/* A task may end in another thread than it began in: all tracks come first. */
static void put_task_tracks(struct writer *w, const struct pp_trace_thread *thread)
{
    const struct pp_trace_event *e = thread->events, *end = e + thread->count;
    for (; e < end; e++) {
        const char *key = (const char *)&e->value;
        if (e->kind == PP_TRACE_TASK_BEGIN) {
            put_named_track(w, TASK_TRACK(e->value), pp_trace_text_of(e->name));
            if (pp_table_intern(&w->tasks, key, sizeof(e->value), false) == UINT32_MAX) {
                w->out->err = PPROF_ERR_NOMEM;
            }
        }
    }
}

static void put_task(struct writer *w, const struct pp_trace_event *e, uint64_t parent)
{
    begin_event(w, SLICE_BEGIN, TASK_TRACK(e->value));
    put_name(w, pp_trace_text_of(e->name));
    pp_put_text(&w->inner, ANNOTATION_NAME, "task");
    pp_put_u64(&w->inner, UINT_VALUE, e->value);
    pp_put_message(&w->event, ANNOTATIONS, &w->inner);
    pp_put_fixed64(&w->event, FLOW_IDS, e->value);
    if (parent) {
        pp_put_fixed64(&w->event, FLOW_IDS, parent);
    }
    end_event(w, e->at_ns);
}

static void put_task_end(struct writer *w, const struct pp_trace_event *e)
{
    if (pp_table_find(&w->tasks, (const char *)&e->value, sizeof(e->value)) == UINT32_MAX) {
        return; /* it began before the trace */
    }
    begin_event(w, SLICE_END, TASK_TRACK(e->value));
    pp_put_fixed64(&w->event, END_FLOW_IDS, e->value);
    end_event(w, e->at_ns);
}

/* The open slices of one thread. */
enum { DEPTH_MAX = 64 };
struct open {
    uint64_t track;
    size_t depth;
    bool is_wait[DEPTH_MAX];
};

static void open_slice(struct writer *w, struct open *open, const struct pp_trace_event *e,
                       int64_t at_ns)
{
    bool is_wait = e->kind != PP_TRACE_REGION_BEGIN;
    if (open->depth == DEPTH_MAX) {
        return;
    }
    open->is_wait[open->depth++] = is_wait;
    if (is_wait) {
        put_wait(w, open->track, e, at_ns);
    } else {
        put_user(w, open->track, SLICE_BEGIN, e);
    }
}

static void close_slice(struct writer *w, struct open *open, int64_t at_ns)
{
    open->depth--;
    put_end(w, open->track, at_ns);
}

/* A wait that was left by longjmp or cancellation has no end of its own: it ends with the region
 * around it. */
static void close_region(struct writer *w, struct open *open, int64_t at_ns)
{
    size_t at = open->depth;
    while (at && open->is_wait[at - 1]) {
        at--;
    }
    while (at && open->depth >= at) {
        close_slice(w, open, at_ns);
    }
}

/* An end without a beginning belongs to what was before the trace. Where it is a wait's, and the
 * thread's first event, the wait lasted from the trace's beginning until now. */
static void close_wait(struct writer *w, const struct pp_trace_view *view, struct open *open,
                       const struct pp_trace_event *e, bool is_first)
{
    if (is_first && !view->is_cut) {
        open_slice(w, open, e, view->from_ns);
    }
    if (open->depth && open->is_wait[open->depth - 1]) {
        close_slice(w, open, e->at_ns);
    }
}

static void put_thread_events(struct writer *w, const struct pp_trace_view *view,
                              const struct pp_trace_thread *thread)
{
    struct open open = { .track = THREAD_TRACK(thread->tid) };
    const struct pp_trace_event *e = thread->events, *end = e + thread->count;
    for (; e < end; e++) {
        switch (e->kind) {
        case PP_TRACE_WAIT_BEGIN:
        case PP_TRACE_REGION_BEGIN:
            open_slice(w, &open, e, e->at_ns);
            break;
        case PP_TRACE_WAIT_END:
            close_wait(w, view, &open, e, e == thread->events);
            break;
        case PP_TRACE_REGION_END:
            close_region(w, &open, e->at_ns);
            break;
        case PP_TRACE_TASK_BEGIN:
            put_task(w, e, e + 1 < end && e[1].kind == PP_TRACE_TASK_PARENT ? e[1].value : 0);
            break;
        case PP_TRACE_TASK_END:
            put_task_end(w, e);
            break;
        case PP_TRACE_LOG:
            put_user(w, open.track, INSTANT, e);
            break;
        default: /* counters are the process's */
            break;
        }
    }
}

static void put_waiter(struct writer *w, const struct pp_trace_waiter *waiter, int64_t from_ns)
{
    put_thread(w, waiter->tid, waiter->name);
    begin_event(w, SLICE_BEGIN, THREAD_TRACK(waiter->tid));
    put_name(w, waiter->reason);
    put_stack_text(w, waiter->pcs, waiter->depth);
    pp_put_text(&w->inner, ANNOTATION_NAME, "waited_ns");
    pp_put_u64(&w->inner, UINT_VALUE, (uint64_t)waiter->waited_ns);
    pp_put_message(&w->event, ANNOTATIONS, &w->inner);
    end_event(w, from_ns);
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

static void put_value(struct writer *w, unsigned which, int64_t at_ns, int64_t value)
{
    begin_event(w, COUNTER_EVENT, COUNTER_TRACKS + which);
    pp_put_u64(&w->event, COUNTER_VALUE, (uint64_t)value);
    end_event(w, at_ns);
}

static void put_counters(struct writer *w, const struct pp_trace_event *events, size_t count)
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

static int init(struct writer *w, struct pp_buf *out)
{
    struct pp_buf *bufs[] = { &w->packet, &w->event, &w->inner, &w->interned, &w->text };
    *w = (struct writer){ .out = out };
    for (size_t i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++) {
        pp_buf_init(bufs[i], out->arena);
    }
    int result = pp_table_init(&w->names, out->arena);
    result = result ? result : pp_table_init(&w->stacks, out->arena);
    return result ? result : pp_table_init(&w->tasks, out->arena);
}

int pp_perfetto_encode(const struct pp_trace_view *view, const struct pp_trace_waiter *waiters,
                       size_t waiter_count, struct pp_buf *out, struct pprof_error *error)
{
    struct writer w;
    struct pp_trace_event *events;
    size_t count;
    if (init(&w, out) != 0 || gather(view, out->arena, &events, &count) != 0) {
        return pp_err_set(error, PPROF_ERR_NOMEM, "not enough memory to write the trace");
    }
    put_clocks(&w);
    put_process(&w);
    put_counters(&w, events, count);
    for (size_t i = 0; i < view->thread_count; i++) {
        put_task_tracks(&w, &view->threads[i]);
    }
    for (size_t i = 0; i < view->thread_count; i++) {
        put_thread(&w, view->threads[i].tid, view->threads[i].name);
        put_thread_events(&w, view, &view->threads[i]);
    }
    for (size_t i = 0; i < waiter_count; i++) {
        put_waiter(&w, &waiters[i], view->from_ns);
    }
    return out->err ? pp_err_set(error, out->err, "not enough memory to write the trace") : 0;
}
