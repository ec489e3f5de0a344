/* Goroutines as tasks: the goroutine profile, its dumps, and whose stack a worker's is.
 *
 * Nobody is stopped. A goroutine that does not run keeps its stack still: it is walked where it
 * lies, and counts if its seq is the same behind the walk as before. One that runs is found on its
 * thread (`claim`), which the thread source walks as it does all threads. */
#include "base/sys.h"
#include "runtime/capture/caller.h"
#include "runtime/capture/deadlock.h"
#include "runtime/capture/tasksource.h"
#include "runtime/capture/wait_hooks.h"
#include "runtime/go/go_seen.h"
#include "runtime/go/sched_private.h"
#include "runtime/unwind/unwind.h"

#include <string.h>

enum { ATTEMPTS = 4, CLOCK_EVERY = 32, WORK_NS = 100000, NAP_NS = 50000 };

static uint32_t dump_number; /* atomic */

/* ---- what is known of one ---- */

static const char *status_text(unsigned state, unsigned reason)
{
    switch (state) {
    case PP_GO_WAITING:
        return pp_go_reason_text((enum pp_go_reason)reason);
    case PP_GO_RUNNABLE:
        return "runnable";
    case PP_GO_BLOCKED:
        return "syscall";
    default:
        return "running";
    }
}

static void describe(struct pp_task *task, const struct pp_g *g, unsigned state)
{
    int64_t waited = pp_sys_monotonic_ns() - g->since_ns;
    task->id = (int64_t)g->id;
    task->name = pp_go_name_of(g);
    task->status = status_text(state, g->reason);
    task->waited_ns = state == PP_GO_WAITING && waited > 0 ? waited : 0;
    task->wait = NULL;
    task->locked_to_thread = g->pinned != NULL;
    task->created_pc = g->created_pc;
    task->created_by_id = (int64_t)g->created_by;
    task->start_routine = (uintptr_t)g->fn;
}

/* Our own frames are left out at the leaf, as Go leaves out its runtime's; and the first two. Where
 * none is left, compilers made jumps of the last calls: what it began with is known. */
size_t pp_go_drop_ours(const struct pp_g *g, uintptr_t *pcs, size_t depth)
{
    size_t first = 0;
    while (depth > 1 && (pp_wait_hook_holds(pcs[depth - 1]) ||
                         pp_caller_is_ours_sig(pcs[depth - 1]))) {
        depth--;
    }
    while (first < depth && pp_caller_is_ours_sig(pcs[first])) {
        first++;
    }
    if (first && first == depth && g->fn) {
        pcs[0] = (uintptr_t)g->fn;
        return 1;
    }
    if (first == 0 || first == depth) {
        return depth;
    }
    uintptr_t callee = pp_unwind_callee_sig(pcs[first]);
    if (callee && !pp_caller_is_ours_sig(callee)) { /* whose last call, of ours, is a jump */
        pcs[--first] = callee;
    } else {
        pcs[first]--; /* a return address; now it lies in the call */
    }
    depth -= first;
    memmove(pcs, pcs + first, depth * sizeof(pcs[0]));
    return depth;
}

/* ---- those that do not run ---- */

struct seen {
    uint32_t seq;
    unsigned state;
    size_t depth;
    unsigned flags;
    uintptr_t pcs[PP_STACK_DEPTH_MAX];
};

/* 1 seen, 0 not there, -1 it moved. */
static int look_once(const struct pp_g *g, struct seen *seen)
{
    uint32_t seq = pp_load_acquire(&g->seq);
    seen->state = pp_load_acquire(&g->state);
    if (seen->state == PP_GO_DEAD) {
        return 0;
    }
    seen->seq = seq;
    seen->depth = 0;
    seen->flags = 0;
    if (seq & 1) {
        return -1;
    }
    struct pp_regs regs = { .pc = g->regs.pc, .sp = g->regs.sp, .fp = g->regs.fp };
    struct pp_stack_bounds bounds = { g->stack_low, pp_go_stack_top(g) };
    if (regs.sp < bounds.low || regs.sp > bounds.high) {
        return -1;
    }
    if (regs.sp == bounds.high) { /* it has not begun */
        seen->pcs[0] = (uintptr_t)g->fn;
        seen->depth = 1;
        seen->flags = PP_UNWIND_COMPLETE;
    } else {
        seen->depth = pp_unwind_sig(&regs, bounds, seen->pcs, PP_STACK_DEPTH_MAX, &seen->flags);
    }
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return pp_load_relaxed(&g->seq) == seq && pp_load_relaxed(&g->state) == seen->state ? 1 : -1;
}

struct walk {
    int (*visit)(void *ctx, const struct pp_task *task);
    void *ctx;
    uint32_t dump, epoch;
    struct pp_go_wanted_walk wanted;
    uint32_t visited;
    int64_t shared_ns;
    struct seen seen;
};

void pp_go_share(int64_t *since_ns)
{
    if (pp_sys_monotonic_ns() - *since_ns > WORK_NS) {
        pp_sys_sleep_ns(NAP_NS);
        *since_ns = pp_sys_monotonic_ns();
    }
}

static bool visit_g(void *ctx, struct pp_g *g)
{
    struct walk *walk = ctx;
    struct pp_task task = { .label_set = g->label_set };
    struct pp_wait_edge wanted;
    int result = g->epoch < walk->epoch ? 0 : -1;
    if (walk->visited++ % CLOCK_EVERY == 0) {
        pp_go_share(&walk->shared_ns);
    }
    for (int i = 0; i < ATTEMPTS && result < 0; i++) {
        result = look_once(g, &walk->seen);
    }
    if (result == 0 || pp_load_relaxed(&g->dump) == walk->dump) {
        return false;
    }
    describe(&task, g, result < 0 ? PP_GO_RUNNING : walk->seen.state);
    task.pcs = walk->seen.pcs;
    task.depth = result < 0 ? 0 : pp_go_drop_ours(g, walk->seen.pcs, walk->seen.depth);
    task.flags = walk->seen.flags;
    if (result > 0 && task.depth && walk->seen.state == PP_GO_WAITING &&
        pp_go_wanted(g, walk->seen.seq, task.pcs[0] + 1, &walk->wanted, &wanted)) {
        task.wait = &wanted;
    }
    return walk->visit(walk->ctx, &task) != 0;
}

static int walk_tasks(int (*visit)(void *ctx, const struct pp_task *task), void *ctx,
                      struct pprof_error *error)
{
    struct walk walk = { .visit = visit, .ctx = ctx, .dump = pp_load_relaxed(&dump_number) };
    (void)error;
    pp_go_stack_walk(visit_g, &walk);
    (void)pp_add_relaxed(&dump_number, 1);
    return 0;
}

int pp_go_tasks_since(uint32_t epoch, int (*visit)(void *ctx, const struct pp_task *task),
                      void *ctx)
{
    struct walk walk = { .visit = visit, .ctx = ctx, .dump = UINT32_MAX, .epoch = epoch };
    pp_go_stack_walk(visit_g, &walk);
    return 0;
}

/* ---- those that run on a thread ---- */

static struct pp_m *find_m(pid_t tid)
{
    struct pp_m *m = pp_load_acquire(&pp_go_sched.all_m);
    while (m && (m->tid != tid || pp_load_relaxed(&m->is_gone))) {
        m = m->next_all;
    }
    return m;
}

static enum pp_task_claim claim_thread(pid_t tid, struct pp_task *task)
{
    struct pp_m *m = find_m(tid);
    struct pp_g *g = m ? pp_load_relaxed(&m->current) : NULL;
    if (!g) {
        return PP_TASK_FOREIGN;
    }
    uintptr_t *pcs = (uintptr_t *)(uintptr_t)task->pcs; /* the walker's scratch */
    if (g->is_thread) {
        if (g->state == PP_GO_WAITING) {
            task->status = status_text(PP_GO_WAITING, g->reason);
            task->waited_ns = pp_sys_monotonic_ns() - g->since_ns;
            task->depth = pp_go_drop_ours(g, pcs, task->depth);
        }
        return PP_TASK_FOREIGN;
    }
    if (g == &m->g0) {
        return PP_TASK_NONE;
    }
    const char *blocked_in = task->status;
    g->dump = pp_load_relaxed(&dump_number);
    describe(task, g, PP_GO_RUNNING);
    task->status = blocked_in;
    task->label_set = m->current == g ? g->label_set : 0;
    task->depth = pp_go_drop_ours(g, pcs, task->depth);
    return PP_TASK_MINE;
}

/* Workers are counted as threads, by the source of threads: which is not there while profiling is off,
 * as under ThreadSanitizer. */
static int64_t count_tasks(void)
{
    uint32_t workers = pp_load_relaxed(&pp_go_sched.workers);
    return (int64_t)go_count() - (pp_tasks_differ() ? (int64_t)workers : 0);
}

static const struct pp_task_source source = {
    .name = "goroutines",
    .claim = claim_thread,
    .walk = walk_tasks,
    .count = count_tasks,
};

void pp_go_tasks_init(void)
{
    dump_number = 1;
    (void)pp_task_source_add(&source);
}
