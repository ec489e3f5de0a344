#include "runtime/serve/perfetto_go.h"

#include "profile/sort.h"
#include "profile/wire_put.h"
#include "runtime/capture/tasksource.h"
#include "runtime/go/go_seen.h"
#include "runtime/go/sched_private.h"
#include "runtime/unwind/module.h"

#include <string.h>

enum { WAITING_MAX = 4096 }; /* tracks of those that did nothing */
#define FLOW(item) (UINT64_C(1) << 62 | (uint64_t)(item))

/* An event of a goroutine. */
struct pp_pf_item {
    uint64_t id, by; /* by: the goroutine that ran on that thread, or 0 */
    const struct pp_trace_event *e;
    pid_t tid;
    pp_stack_id stack;
};

static struct pp_pf_goroutine *find(struct pp_pf_goroutine *list, size_t count, uint64_t id)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (list[middle].id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < count && list[low].id == id ? &list[low] : NULL;
}

/* ---- those that are there now ----------------------------------------------------------------- */

static const char *function_name(uintptr_t pc)
{
    const char *name;
    uintptr_t entry;
    return pc && pp_module_symbol(pc, &name, &entry) ? name : "";
}

static const char *name_of_task(struct pp_arena *arena, const struct pp_task *task)
{
    size_t len = strnlen(task->name, PP_GO_NAME - 1); /* it may change meanwhile */
    char *name = len ? pp_arena_array(arena, len + 1, 1) : NULL;
    if (!name) {
        return function_name(task->start_routine);
    }
    memcpy(name, task->name, len);
    name[len] = '\0';
    return name;
}

static int note_task(void *ctx, const struct pp_task *task)
{
    struct pp_pf_goroutines *all = ctx;
    bool waits = task->waited_ns > 0 && task->depth;
    int failed = pp_arena_reserve(all->arena, &all->live, &all->live_cap, all->live_count,
                                  sizeof(*all->live));
    if (failed) {
        return failed;
    }
    all->live[all->live_count++] = (struct pp_pf_goroutine){
        .id = (uint64_t)task->id,
        .name = name_of_task(all->arena, task),
        .status = waits ? task->status : NULL,
        .stack = waits ? pp_stack_intern_sig(task->pcs, task->depth, task->flags, 0)
                       : PP_STACK_NONE,
    };
    return 0;
}

static int by_id(const void *a, const void *b, void *ctx)
{
    const struct pp_pf_goroutine *x = a, *y = b;
    (void)ctx;
    return (x->id > y->id) - (x->id < y->id);
}

int pp_pf_goroutines_look(struct pp_pf_goroutines *all, struct pp_arena *arena)
{
    *all = (struct pp_pf_goroutines){ .arena = arena };
    (void)pp_go_tasks_since(0, note_task, all); /* all that there was memory for */
    return pp_sort(all->live, all->live_count, sizeof(*all->live), by_id, NULL, arena);
}

/* ---- whose event it is ------------------------------------------------------------------------ */

uint64_t pp_pf_goroutine_before(const struct pp_trace_thread *thread)
{
    for (size_t i = 0; i < thread->count; i++) {
        switch (thread->events[i].kind) {
        case PP_TRACE_GO_START:
            return 0;
        case PP_TRACE_GO_PARK:
        case PP_TRACE_GO_YIELD:
        case PP_TRACE_GO_END:
            return thread->events[i].value;
        default:
            break;
        }
    }
    return 0;
}

/* The goroutine that an event tells of; `running` is the one on the event's thread. */
static uint64_t whose(const struct pp_trace_event *e, uint64_t running)
{
    switch (e->kind) {
    case PP_TRACE_REGION_BEGIN:
    case PP_TRACE_REGION_END:
    case PP_TRACE_LOG:
    case PP_TRACE_CPU_SAMPLE:
        return running;
    default:
        return e->kind >= PP_TRACE_GO_CREATE ? e->value : 0;
    }
}

static void gather_thread(struct pp_pf_goroutines *all, const struct pp_trace_thread *thread)
{
    uint64_t running = pp_pf_goroutine_before(thread);
    struct pp_pf_item *parked = NULL;
    for (size_t i = 0; i < thread->count; i++) {
        const struct pp_trace_event *e = &thread->events[i];
        uint64_t id = whose(e, running);
        if (e->kind == PP_TRACE_STACK && parked) {
            parked->stack = (pp_stack_id)e->value;
        } else if (id) {
            struct pp_pf_item *item = &all->items[all->item_count++];
            *item = (struct pp_pf_item){ id, running, e, thread->tid, PP_STACK_NONE };
            parked = e->kind == PP_TRACE_GO_PARK ? item : parked;
        }
        if (e->kind == PP_TRACE_GO_START) {
            running = e->value;
        } else if (e->kind >= PP_TRACE_GO_PARK && e->kind <= PP_TRACE_GO_END) {
            running = 0;
        }
    }
}

static int by_goroutine_and_time(const void *a, const void *b, void *ctx)
{
    const struct pp_pf_item *x = a, *y = b;
    (void)ctx;
    if (x->id != y->id) {
        return x->id < y->id ? -1 : 1;
    }
    return (x->e->at_ns > y->e->at_ns) - (x->e->at_ns < y->e->at_ns);
}

/* What the events tell of its name. */
static void note_name(struct pp_pf_goroutine *g, const struct pp_trace_event *e)
{
    if (e->kind == PP_TRACE_GO_NAME) {
        g->name = pp_trace_text_of(e->name);
    } else if ((e->kind == PP_TRACE_GO_CREATE || e->kind == PP_TRACE_GO_END) && !*g->name) {
        struct pp_stack stack = pp_stack_get_sig(e->name);
        g->name = stack.count ? function_name(stack.pcs[0]) : "";
    }
}

static int group(struct pp_pf_goroutines *all)
{
    size_t count = 0;
    for (size_t i = 0; i < all->item_count; i++) {
        count += i == 0 || all->items[i].id != all->items[i - 1].id;
    }
    all->list = pp_arena_array(all->arena, count + 1, sizeof(*all->list));
    for (size_t i = 0; all->list && i < all->item_count; i++) {
        if (i == 0 || all->items[i].id != all->items[i - 1].id) {
            const struct pp_pf_goroutine *live = find(all->live, all->live_count, all->items[i].id);
            all->list[all->count++] = (struct pp_pf_goroutine){ .id = all->items[i].id,
                                                                .first = i,
                                                                .name = live ? live->name : "" };
        }
        all->list[all->count - 1].count++;
        note_name(&all->list[all->count - 1], all->items[i].e);
    }
    return all->list ? 0 : PPROF_ERR_NOMEM;
}

int pp_pf_goroutines_find(struct pp_pf_goroutines *all, const struct pp_trace_view *view)
{
    size_t total = 0;
    all->view = view;
    for (size_t t = 0; t < view->thread_count; t++) {
        total += view->threads[t].count;
    }
    all->items = pp_arena_array(all->arena, total + 1, sizeof(*all->items));
    if (!all->items) {
        return PPROF_ERR_NOMEM;
    }
    for (size_t t = 0; t < view->thread_count; t++) {
        gather_thread(all, &view->threads[t]);
    }
    int result = pp_sort(all->items, all->item_count, sizeof(*all->items), by_goroutine_and_time,
                         NULL, all->arena);
    return result ? result : group(all);
}

const char *pp_pf_goroutine_name(const struct pp_pf_goroutines *all, uint64_t id)
{
    const struct pp_pf_goroutine *g = find(all->list, all->count, id);
    return g && *g->name ? g->name : "goroutine";
}

/* ---- tracks ----------------------------------------------------------------------------------- */

static bool has_regions(const struct pp_pf_goroutines *all, const struct pp_pf_goroutine *g)
{
    for (size_t i = 0; i < g->count; i++) {
        if (all->items[g->first + i].e->kind == PP_TRACE_REGION_BEGIN) {
            return true;
        }
    }
    return false;
}

static void put_track(struct pp_pf *w, const struct pp_pf_goroutine *g)
{
    pp_buf_reset(&w->text);
    pp_buf_str(&w->text, "goroutine ");
    pp_buf_u64(&w->text, g->id);
    pp_buf_str(&w->text, *g->name ? " " : "");
    pp_buf_str(&w->text, g->name);
    pp_pf_track(w, GO_TRACK(g->id), GOROUTINES_TRACK, w->text.data ? w->text.data : "");
}

/* It waited all the time. */
static bool only_waited(const struct pp_pf_goroutines *all, const struct pp_pf_goroutine *g)
{
    return g->status && !find(all->list, all->count, g->id);
}

void pp_pf_goroutines_tracks(struct pp_pf *w, const struct pp_pf_goroutines *all)
{
    if (all->count + all->live_count) {
        pp_pf_track(w, GOROUTINES_TRACK, PROCESS_TRACK, "goroutines");
    }
    for (size_t i = 0; i < all->count; i++) {
        put_track(w, &all->list[i]);
        if (has_regions(all, &all->list[i])) {
            pp_pf_track(w, GO_REGIONS_TRACK(all->list[i].id), GO_TRACK(all->list[i].id),
                        "regions");
        }
    }
}

/* ---- what one did ----------------------------------------------------------------------------- */

enum state { NOWHERE, RUNNABLE, RUNNING, WAITING };

struct life {
    struct pp_pf *w;
    uint64_t track, regions;
    enum state state;
    unsigned depth;  /* open regions */
    uint64_t flow;   /* from who let it go on, or 0 */
};

static void turn(struct life *life, enum state state, int64_t at_ns)
{
    if (life->state != NOWHERE) {
        pp_pf_slice_end(life->w, life->track, at_ns);
    }
    life->state = state;
    if (state != NOWHERE) {
        pp_pf_begin(life->w, SLICE_BEGIN, life->track);
    }
}

static void turn_simply(struct life *life, enum state state, int64_t at_ns)
{
    static const char *const texts[] = { "", "runnable", "running", "waiting" };
    turn(life, state, at_ns);
    if (state != NOWHERE) {
        pp_pf_name(life->w, texts[state]);
        pp_pf_end(life->w, at_ns);
    }
}

/* What it was before its first event. */
static enum state state_before(const struct pp_trace_event *e)
{
    switch (e->kind) {
    case PP_TRACE_GO_CREATE:
    case PP_TRACE_GO_NAME:
        return NOWHERE;
    case PP_TRACE_GO_START:
        return RUNNABLE;
    case PP_TRACE_GO_READY:
        return WAITING;
    default:
        return RUNNING;
    }
}

static void put_start(struct life *life, const struct pp_pf_item *item)
{
    turn(life, RUNNING, item->e->at_ns);
    pp_pf_name(life->w, "running");
    pp_pf_number(life->w, "thread", (uint64_t)item->tid);
    if (life->flow) {
        pp_put_fixed64(&life->w->event, END_FLOW_IDS, life->flow);
        life->flow = 0;
    }
    pp_pf_end(life->w, item->e->at_ns);
}

static void put_park(struct life *life, const struct pp_pf_item *item)
{
    turn(life, WAITING, item->e->at_ns);
    pp_pf_name(life->w, pp_go_reason_text((enum pp_go_reason)item->e->name));
    pp_pf_stack(life->w, item->stack);
    pp_pf_end(life->w, item->e->at_ns);
}

/* Started, or let go on, by who runs on that thread: an arrow from there. */
static void put_cause(struct life *life, const struct pp_pf_item *item, const char *text,
                      uint64_t flow)
{
    struct pp_pf *w = life->w;
    pp_pf_begin(w, INSTANT, item->by ? GO_TRACK(item->by) : THREAD_TRACK(item->tid));
    pp_pf_name(w, text);
    pp_pf_number(w, "goroutine", item->id);
    pp_put_fixed64(&w->event, FLOW_IDS, flow);
    pp_pf_end(w, item->e->at_ns);
    life->flow = flow;
    if (life->state != RUNNING) {
        turn_simply(life, RUNNABLE, item->e->at_ns);
    }
}

static void put_region_end(struct life *life, int64_t at_ns)
{
    if (life->depth) {
        life->depth--;
        pp_pf_slice_end(life->w, life->regions, at_ns);
    }
}

static void put_item(struct life *life, const struct pp_pf_item *item, uint64_t flow)
{
    const struct pp_trace_event *e = item->e;
    switch (e->kind) {
    case PP_TRACE_GO_CREATE:
        put_cause(life, item, "go", flow);
        break;
    case PP_TRACE_GO_READY:
        put_cause(life, item, "unblock", flow);
        break;
    case PP_TRACE_GO_START:
        put_start(life, item);
        break;
    case PP_TRACE_GO_PARK:
        put_park(life, item);
        break;
    case PP_TRACE_GO_YIELD:
        turn_simply(life, RUNNABLE, e->at_ns);
        break;
    case PP_TRACE_GO_END:
        turn_simply(life, NOWHERE, e->at_ns);
        break;
    case PP_TRACE_REGION_BEGIN:
        life->depth++;
        pp_pf_user(life->w, life->regions, SLICE_BEGIN, e);
        break;
    case PP_TRACE_REGION_END:
        put_region_end(life, e->at_ns);
        break;
    case PP_TRACE_LOG:
        pp_pf_user(life->w, life->track, INSTANT, e);
        break;
    case PP_TRACE_CPU_SAMPLE:
        pp_pf_sample(life->w, life->track, e);
        break;
    default:
        break;
    }
}

static void put_life(struct pp_pf *w, const struct pp_pf_goroutines *all,
                     const struct pp_pf_goroutine *g)
{
    struct life life = { .w = w, .track = GO_TRACK(g->id), .regions = GO_REGIONS_TRACK(g->id) };
    const struct pp_pf_item *items = &all->items[g->first];
    if (!all->view->is_cut) {
        turn_simply(&life, state_before(items[0].e), all->view->from_ns);
    }
    for (size_t i = 0; i < g->count; i++) {
        put_item(&life, &items[i], FLOW(g->first + i));
    }
}

void pp_pf_goroutines_put(struct pp_pf *w, const struct pp_pf_goroutines *all)
{
    for (size_t i = 0; i < all->count; i++) {
        put_life(w, all, &all->list[i]);
    }
    for (size_t i = 0, put = 0; i < all->live_count && put < WAITING_MAX; i++) {
        const struct pp_pf_goroutine *g = &all->live[i];
        if (only_waited(all, g)) {
            put_track(w, g);
            pp_pf_begin(w, SLICE_BEGIN, GO_TRACK(g->id));
            pp_pf_name(w, g->status);
            pp_pf_stack(w, g->stack);
            pp_pf_end(w, all->view->from_ns);
            put++;
        }
    }
}
