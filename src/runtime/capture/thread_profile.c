/* The goroutine and threadcreate profiles, and Go's one-stack-each dump (debug=2). */
#include "base/err.h"
#include "base/sys.h"
#include "runtime/capture/deadlock.h"
#include "runtime/capture/kind.h"
#include "runtime/capture/sumtab.h"
#include "runtime/capture/tasksource.h"
#include "runtime/capture/text.h"
#include "runtime/capture/thread.h"
#include "runtime/unwind/module.h"

#include <string.h>

#define NS_PER_MINUTE (INT64_C(60) * 1000000000)

/* ---- records ---- */

struct collect {
    struct pp_snapshot *snapshot;
    int err;
};

static int collect_stack(void *ctx, const struct pp_task *task)
{
    struct collect *collect = ctx;
    struct pp_record record = { .values = { 1 }, .raw = { 1 }, .label_set = task->label_set };
    collect->err = pp_snapshot_add_pcs(collect->snapshot, record, task->pcs, task->depth);
    return collect->err;
}

static int collect_goroutines(const struct pp_kind *kind, struct pp_snapshot *snapshot,
                              struct pprof_error *error)
{
    struct collect collect = { snapshot, 0 };
    (void)kind;
    snapshot->time_ns = pp_sys_wall_ns();
    snapshot->period = 1;
    int err = pp_tasks_walk(collect_stack, &collect, error);
    return err ? err : collect.err;
}

static int collect_threadcreate(const struct pp_kind *kind, struct pp_snapshot *snapshot,
                                struct pprof_error *error)
{
    struct pp_sum sum;
    int64_t unknown = pp_threads_created();
    (void)kind;
    snapshot->time_ns = pp_sys_wall_ns();
    snapshot->period = 1;
    for (size_t at = 0; pp_sumtab_next(&pp_thread_origins, &at, &sum);) {
        int64_t count = (int64_t)sum.count;
        struct pp_record record = { .values = { count }, .raw = { count },
                                    .stack = pp_sum_stack(&sum) };
        unknown -= count;
        if (pp_snapshot_add(snapshot, &record) != 0) {
            return pp_err_set(error, PPROF_ERR_NOMEM, "no memory to list who created threads");
        }
    }
    struct pp_record rest = { .values = { unknown }, .raw = { unknown }, .stack = PP_STACK_NONE };
    return unknown > 0 ? pp_snapshot_add(snapshot, &rest) : 0;
}

/* ---- debug=2, and 3 with exact waits ---- */

/* Where a pc lies. */
struct place {
    uintptr_t pc, address;          /* as it is; within the call it returns to */
    const char *name;               /* NULL: unknown */
    uintptr_t entry;                /* of the function of that name */
    const struct pp_module *module; /* NULL: in none */
};

static struct place place_of(uintptr_t pc, bool is_return)
{
    struct place place = { .pc = pc, .address = is_return && pc ? pc - 1 : pc };
    place.module = pp_module_find_sig(place.address);
    if (!pp_module_symbol(place.address, &place.name, &place.entry)) {
        place.name = NULL;
    }
    return place;
}

/* The function as Go prints one; without a name, its module and place there. */
static void write_function(struct pp_buf *out, const struct place *place)
{
    if (place->name) {
        pp_buf_str(out, place->name);
        return;
    }
    uintptr_t address = place->address;
    if (place->module && place->module->path) {
        const char *slash = strrchr(place->module->path, '/');
        pp_buf_str(out, slash ? slash + 1 : place->module->path);
        pp_buf_char(out, '+');
        address -= place->module->bias;
    }
    pp_buf_hex(out, address);
}

/* "\tMODULE:0 +0xOFFSET": files and lines are not known in the process. */
static void write_place(struct pp_buf *out, const struct place *place)
{
    const struct pp_module *module = place->module;
    uintptr_t base = place->name ? place->entry : module ? module->bias : 0;
    pp_buf_char(out, '\t');
    pp_buf_str(out, module && module->path ? module->path : "?");
    pp_buf_str(out, ":0 +");
    pp_buf_hex(out, place->pc - base);
    pp_buf_char(out, '\n');
}

static void write_frames(struct pp_buf *out, const struct pp_task *task)
{
    if (task->depth == 0) {
        pp_buf_str(out, strcmp(task->status, "running") == 0
                            ? "\tgoroutine running on other thread; stack unavailable\n"
                            : "\tstack unavailable\n");
    }
    for (size_t i = 0; i < task->depth; i++) {
        struct place place = place_of(task->pcs[i], i > 0);
        write_function(out, &place);
        pp_buf_str(out, "(...)\n");
        write_place(out, &place);
    }
    if (task->depth && !(task->flags & PP_UNWIND_COMPLETE)) {
        pp_buf_str(out, "...additional frames elided...\n");
    }
}

static void write_creator(struct pp_buf *out, const struct pp_task *task)
{
    if (!task->created_pc) {
        return;
    }
    struct place place = place_of(task->created_pc, true);
    pp_buf_str(out, "created by ");
    write_function(out, &place);
    if (task->created_by_id) {
        pp_buf_str(out, task->is_thread ? " in thread " : " in goroutine ");
        pp_buf_i64(out, task->created_by_id);
    }
    pp_buf_char(out, '\n');
    write_place(out, &place);
}

/* Threads are goroutines of Go's texts while there are no others. */
static const char *thread_noun(void)
{
    return pp_tasks_differ() ? "thread" : "goroutine";
}

struct dump {
    struct pp_buf *out;
    bool seconds; /* debug=3: waits are told in seconds, not whole minutes */
    int (*full)(void *ctx, struct pp_buf *out); /* or NULL: see pp_tasks_write */
    void *full_ctx;
    bool in_pieces;         /* there is text before that in out */
    struct pp_arena *arena; /* the edges' */
    struct pp_wait_edge *edges;
    size_t edge_count, edge_cap;
};

static void write_wait(const struct dump *dump, int64_t waited_ns)
{
    if (dump->seconds && waited_ns > 0) {
        pp_buf_printf(dump->out, ", %lld.%03lld seconds", (long long)(waited_ns / 1000000000),
                      (long long)(waited_ns / 1000000 % 1000));
    } else if (waited_ns >= NS_PER_MINUTE) {
        pp_buf_str(dump->out, ", ");
        pp_buf_i64(dump->out, waited_ns / NS_PER_MINUTE);
        pp_buf_str(dump->out, " minutes");
    }
}

/* "# waits for mutex 0x.. held by goroutine 12", which Go cannot say. */
static void write_wanted(struct dump *dump, const struct pp_wait_edge *wait)
{
    if (!wait->object) {
        return;
    }
    pp_buf_str(dump->out, "# waits for ");
    pp_wait_edge_write(dump->out, wait, thread_noun());
    pp_buf_char(dump->out, '\n');
    if (pp_arena_reserve(dump->arena, &dump->edges, &dump->edge_cap, dump->edge_count,
                         sizeof(*dump->edges)) == 0) {
        dump->edges[dump->edge_count++] = *wait;
    }
}

static void write_rings(struct dump *dump)
{
    size_t start = dump->out->len;
    pp_buf_char(dump->out, '\n');
    if (!pp_deadlocks_write(dump->out, dump->edges, dump->edge_count, thread_noun()) &&
        !dump->out->err) {
        dump->out->len = start;
        dump->out->data[start] = '\0';
    }
}

/* Where Go has "locked to thread" and the like: who reads such texts passes over what it does not
 * know there. Brackets, commas and what is no letter would not be passed over. */
static void write_name(struct pp_buf *out, const char *name)
{
    if (!name || !*name) {
        return;
    }
    pp_buf_str(out, ", named ");
    for (; *name; name++) {
        bool is_plain = (unsigned char)*name > ' ' && *name < 127 && !strchr("[](),", *name);
        pp_buf_char(out, is_plain ? *name : '_');
    }
}

static int hand_on(struct dump *dump)
{
    if (dump->out->err || !dump->full || dump->out->len < PP_TASKS_PIECE) {
        return dump->out->err;
    }
    dump->in_pieces = true;
    return dump->full(dump->full_ctx, dump->out);
}

static int write_task(void *ctx, const struct pp_task *task)
{
    struct dump *dump = ctx;
    struct pp_buf *out = dump->out;
    if (out->len || dump->in_pieces) {
        pp_buf_char(out, '\n');
    }
    pp_buf_str(out, "goroutine ");
    pp_buf_i64(out, task->id);
    pp_buf_str(out, " [");
    pp_buf_str(out, task->status);
    write_wait(dump, task->waited_ns);
    pp_buf_str(out, task->is_thread ? ", thread" : "");
    pp_buf_str(out, task->locked_to_thread ? ", locked to thread" : "");
    write_name(out, task->name);
    pp_buf_str(out, "]:\n");
    write_frames(out, task);
    write_creator(out, task);
    if (task->wait) {
        write_wanted(dump, task->wait);
    }
    return hand_on(dump);
}

int pp_task_write(struct pp_buf *out, const struct pp_task *task)
{
    struct dump dump = { .out = out, .arena = out->arena };
    return write_task(&dump, task);
}

static int write_tasks(struct dump *dump, struct pprof_error *error)
{
    int err = pp_tasks_walk(write_task, dump, error);
    write_rings(dump);
    return err ? err : dump->out->err;
}

int pp_tasks_write(struct pp_buf *out, int (*full)(void *ctx, struct pp_buf *out), void *ctx,
                   struct pprof_error *error)
{
    struct pp_arena edges;
    struct dump dump = { .out = out, .full = full, .full_ctx = ctx, .arena = &edges };
    pp_arena_init(&edges, 0);
    int err = write_tasks(&dump, error);
    pp_arena_release(&edges);
    return err;
}

/* What most dumps need: to grow is to copy, and to touch as many pages again. */
static void make_room(struct pp_buf *out)
{
    enum { TASK_BYTES = 4096, TASKS_MAX = 1024 };
    int64_t tasks = pp_tasks_count(); /* sources are asked in turn: may be below 0 for a moment */
    size_t expected = tasks < 0 ? 0 : (size_t)(tasks < TASKS_MAX ? tasks : TASKS_MAX);
    if (!out->err && !pp_buf_room(out, expected * TASK_BYTES)) {
        out->err = 0; /* it may do with less */
    }
}

static int goroutine_text(const struct pp_kind *kind, int debug, struct pp_buf *out,
                          struct pprof_error *error)
{
    if (debug >= 2) {
        struct dump dump = { .out = out, .seconds = debug >= 3, .arena = out->arena };
        make_room(out);
        return write_tasks(&dump, error);
    }
    struct pp_snapshot snapshot = { .arena = out->arena };
    int err = kind->collect(kind, &snapshot, error);
    if (!err) {
        pp_text_count_profile(kind->name, &snapshot, kind->leaf_is_return, out);
    }
    return err ? err : out->err;
}

/* ---- rows ---- */

static int64_t count_tasks(const struct pp_kind *kind)
{
    (void)kind;
    return pp_tasks_count();
}

static int64_t count_created(const struct pp_kind *kind)
{
    (void)kind;
    return pp_threads_created();
}

const struct pp_kind pp_kind_goroutine = {
    .name = "goroutine",
    .description = "Every thread now: where it is and what it waits for. debug=2 lists them one by "
                   "one, with how long each has waited.",
    .values = { { "goroutine", "count" } },
    .value_count = 1,
    .period = { "goroutine", "count" },
    .supports_delta = true,
    .collect = collect_goroutines,
    .text = goroutine_text,
    .count = count_tasks,
};

const struct pp_kind pp_kind_threadcreate = {
    .name = "threadcreate",
    .description = "The code that started threads, those that have ended among them",
    .values = { { "threadcreate", "count" } },
    .value_count = 1,
    .period = { "threadcreate", "count" },
    .supports_delta = true,
    .collect = collect_threadcreate,
    .count = count_created,
    .leaf_is_return = true,
};
