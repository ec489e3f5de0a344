/* Reading all threads without disturbing the ones that wait.
 *
 *   for each thread:
 *     has not run since the last walk   what was seen then (thread_wait.c)
 *     in a hooked wait, as one before   its stack, copied
 *     else /proc/self/task/T/syscall:
 *       blocked                         its stack is read where it lies (thread_wait.c)
 *       running                         a signal; its handler walks
 *     the caller                        walks itself
 *
 * A walk of a blocked thread counts only if the thread did not move meanwhile: the slot's sequence
 * number, or the kernel's count of its turns on a processor, is the same behind it as before. */
#include "base/err.h"
#include "base/sys.h"
#include "base/table.h"
#include "runtime/capture/caller.h"
#include "runtime/capture/deadlock.h"
#include "runtime/capture/random_sig.h"
#include "runtime/capture/tasksource.h"
#include "runtime/capture/thread_dump.h"
#include "runtime/capture/thread_private.h"
#include "runtime/capture/thread_wait.h"
#include "runtime/unwind/lock.h"
#include "runtime/unwind/module.h"

#include <string.h>

enum {
    ATTEMPTS = 3,
    TIDS_MAX = 64 << 10,
    MAP_SLOTS = 64 << 10,    /* tid -> registry slot, built for each walk */
    LEAVING_NAPS = 20,       /* of a millisecond */
    SIGNALS_BUDGET_MS = 1500, /* for all running threads of one walk */
};

/* All of it in one reserved range, touched as far as needed. */
struct walk_memory {
    pid_t tids[TIDS_MAX];
    uint32_t map[MAP_SLOTS];  /* registry index + 1 */
    struct pp_dump_result dump;
    struct pp_thread_view view;
};

static uint32_t walk_lock;
static struct walk_memory *memory;
static uint32_t walk_number;

typedef int visit_fn(void *ctx, const struct pp_thread_view *view);

struct walker {
    int dir;
    int signal;               /* for running threads; 0: none to be had */
    int64_t signals_until_ns;
    bool wants_names;         /* two microseconds a thread */
    bool any_gone;            /* a listed thread was not there */
    double share;             /* listed threads for each that was looked at */
    pid_t pid, self;
    struct pp_thread *slots;
};

void pp_thread_walk_after_fork(void)
{
    walk_lock = 0;
    pp_dump_after_fork();
}

/* ---- registry by thread id ---- */

static size_t map_start(pid_t tid)
{
    return (size_t)pp_hash_u64((uint64_t)tid) & (MAP_SLOTS - 1);
}

static void build_map(struct walker *walker)
{
    size_t count = pp_thread_slots(&walker->slots);
    memset(memory->map, 0, sizeof(memory->map));
    for (size_t i = 0; i < count; i++) {
        if (pp_load_acquire(&walker->slots[i].state) != PP_THREAD_LIVE) {
            continue;
        }
        size_t at = map_start(walker->slots[i].tid);
        while (memory->map[at]) {
            at = (at + 1) & (MAP_SLOTS - 1);
        }
        memory->map[at] = (uint32_t)i + 1;
    }
}

static struct pp_thread *map_find(const struct walker *walker, pid_t tid)
{
    for (size_t at = map_start(tid); memory->map[at]; at = (at + 1) & (MAP_SLOTS - 1)) {
        struct pp_thread *slot = &walker->slots[memory->map[at] - 1];
        if (pp_load_relaxed(&slot->tid) == tid) {
            return slot;
        }
    }
    return NULL;
}

/* Makes the slot ours if its thread is gone; not when it went to another thread meanwhile. */
static bool claim_gone(struct pp_thread *slot)
{
    pid_t tid = pp_load_relaxed(&slot->tid);
    uint32_t live = PP_THREAD_LIVE, claimed = PP_THREAD_CLAIMED;
    if (pp_sys_tgkill(tid, 0) == 0 || !pp_cas(&slot->state, &live, PP_THREAD_CLAIMED)) {
        return false;
    }
    if (pp_load_relaxed(&slot->tid) == tid) {
        return true;
    }
    (void)pp_cas(&slot->state, &claimed, PP_THREAD_LIVE);
    return false;
}

/* Slots of threads that are gone without having said so (ended by a raw system call). */
static void sweep(const struct walker *walker)
{
    struct pp_thread *slots = walker->slots;
    size_t count = pp_thread_slots(&slots);
    for (size_t i = 0; i < count; i++) {
        struct pp_thread *slot = &slots[i];
        if (pp_load_acquire(&slot->state) == PP_THREAD_LIVE && !slot->is_ours &&
            slot->walk != walk_number && claim_gone(slot)) {
            pp_thread_last_gone();
            pp_thread_release(slot);
        }
    }
}

/* ---- running threads ---- */

/* The thread that answered last may still be on its way out of our handler, where all signals are
 * blocked, and need a processor to get there. */
static bool blocks_signal(const struct walker *walker, pid_t tid)
{
    int naps = tid == pp_load_relaxed(&pp_dump_request.tid) ? LEAVING_NAPS : 0;
    while (pp_proc_blocks(walker->dir, tid, walker->signal)) {
        if (naps-- == 0) {
            return true;
        }
        pp_sys_sleep_ns(1000000);
    }
    return false;
}

static bool ask_running(const struct walker *walker, struct pp_thread_view *view)
{
    if (!walker->signal || pp_sys_monotonic_ns() > walker->signals_until_ns ||
        blocks_signal(walker, view->tid) ||
        !pp_dump_ask(view->tid, walker->signal, &memory->dump)) {
        return false;
    }
    view->depth = memory->dump.depth;
    view->flags = memory->dump.flags;
    memcpy(view->pcs, memory->dump.pcs, view->depth * sizeof(view->pcs[0]));
    return true;
}

static void walk_self(struct pp_thread_view *view)
{
    struct pp_regs regs;
    pp_regs_capture(&regs);
    size_t depth = pp_unwind_sig(&regs, pp_self.bounds, view->pcs, PP_STACK_DEPTH_MAX,
                                 &view->flags);
    size_t first = 0;
    while (first < depth && pp_caller_is_ours_sig(view->pcs[first])) {
        first++;
    }
    if (first > 0 && first < depth) {
        depth -= first;
        memmove(view->pcs, view->pcs + first, depth * sizeof(view->pcs[0]));
        view->pcs[0]--; /* it was a return address; now it lies in the call */
    }
    view->depth = depth;
    view->is_running = true;
}

/* ---- one thread, all threads ---- */

static void start_view(struct pp_thread_view *view, const struct walker *walker, pid_t tid,
                       const struct pp_thread *slot)
{
    memset(view, 0, offsetof(struct pp_thread_view, pcs));
    view->flags = 0;
    view->tid = tid;
    view->is_main = tid == walker->pid;
    view->label_set = slot ? pp_load_relaxed(&slot->label_set) : 0;
    view->start_routine = slot ? slot->start_routine : 0;
    view->created_by = slot ? slot->created_by : PP_STACK_NONE;
    view->created_by_tid = slot ? slot->created_by_tid : 0;
    if (walker->wants_names) {
        pp_proc_name(walker->dir, tid, view->name);
    }
}

enum look { SEEN, MOVED, GONE };

static void view_nothing(struct pp_thread_view *view, bool is_running)
{
    view->is_running = is_running;
    view->reason = PP_WAIT_NONE;
    view->waited_ns = 0;
    view->depth = 0;
    view->flags = 0;
}

static enum look try_thread(const struct walker *walker, const struct pp_thread *slot,
                            struct pp_thread_view *view)
{
    struct pp_proc_look look;
    int64_t clock_ns = pp_thread_wait_clock(slot, view->tid);
    pp_proc_look(walker->dir, view->tid, &look);
    if (look.state == PP_PROC_GONE) {
        return GONE;
    }
    view_nothing(view, look.state != PP_PROC_BLOCKED);
    bool seen = view->is_running ? ask_running(walker, view)
                                 : pp_thread_wait_look(slot, &look, clock_ns, view);
    return seen ? SEEN : MOVED;
}

/* False when the thread is gone. */
static bool view_thread(const struct walker *walker, pid_t tid, const struct pp_thread *slot,
                        struct pp_thread_view *view)
{
    start_view(view, walker, tid, slot);
    if (tid == walker->self) {
        walk_self(view);
        return true;
    }
    if (slot && (pp_thread_wait_recall(slot, view) || pp_thread_wait_guess(slot, view))) {
        return true;
    }
    for (int i = 0; i < ATTEMPTS; i++) {
        enum look look = try_thread(walker, slot, view);
        if (look != MOVED) {
            return look == SEEN;
        }
    }
    view_nothing(view, true); /* it kept moving, or would not answer */
    return true;
}

static bool visit_thread(struct walker *walker, pid_t tid, visit_fn *visit, void *ctx)
{
    struct pp_thread *slot = map_find(walker, tid);
    if (slot && slot->walk == walk_number) {
        return true;
    }
    if (slot) {
        slot->walk = walk_number;
        if (slot->is_ours) {
            return true;
        }
    }
    if (!view_thread(walker, tid, slot, &memory->view)) {
        walker->any_gone = true;
        return true;
    }
    return visit(ctx, &memory->view) == 0;
}

/* The kernel's list costs 2 us a thread. Where the registry knows as many as the kernel counts, it
 * will do; if one of those turns out to be gone, somebody else was not known, and the kernel is
 * asked after all. */
static size_t list_registry(const struct walker *walker)
{
    size_t count = 0, all = pp_thread_slots(&(struct pp_thread *){ NULL });
    for (size_t i = 0; i < all && count < TIDS_MAX; i++) {
        if (pp_load_acquire(&walker->slots[i].state) == PP_THREAD_LIVE) {
            memory->tids[count++] = pp_load_relaxed(&walker->slots[i].tid);
        }
    }
    return count == pp_threads_listed() ? count : 0;
}

static size_t list_kernel(const struct walker *walker)
{
    size_t count = pp_proc_list(walker->dir, memory->tids, TIDS_MAX);
    return count > TIDS_MAX ? TIDS_MAX : count;
}

/* Brings `most` of them, any, to the front. */
static void choose(size_t count, size_t most)
{
    for (size_t i = 0; i < most; i++) {
        size_t other = i + (size_t)pp_random_below_sig(count - i);
        pid_t tid = memory->tids[i];
        memory->tids[i] = memory->tids[other];
        memory->tids[other] = tid;
    }
}

static bool visit_listed(struct walker *walker, size_t count, visit_fn *visit, void *ctx)
{
    for (size_t i = 0; i < count; i++) {
        if (memory->tids[i] != walker->self &&
            !visit_thread(walker, memory->tids[i], visit, ctx)) {
            return false;
        }
    }
    return true;
}

static void visit_all(struct walker *walker, visit_fn *visit, void *ctx)
{
    size_t known = list_registry(walker);
    bool going = visit_thread(walker, walker->self, visit, ctx) &&
                 visit_listed(walker, known, visit, ctx);
    if (going && (!known || walker->any_gone)) {
        going = visit_listed(walker, list_kernel(walker), visit, ctx);
    }
    if (going) {
        sweep(walker);
    }
}

static void visit_some(struct walker *walker, size_t most, visit_fn *visit, void *ctx)
{
    size_t count = list_registry(walker);
    count = count ? count : list_kernel(walker);
    size_t chosen = count < most ? count : most;
    choose(count, chosen);
    walker->share = chosen ? (double)count / (double)chosen : 0;
    (void)visit_listed(walker, chosen, visit, ctx);
}

static int begin_walk(struct walker *walker, struct pprof_error *error)
{
    if (!memory && !(memory = pp_sys_reserve(sizeof(*memory)))) {
        return pp_err_set(error, PPROF_ERR_NOMEM, "no memory to list the threads");
    }
    walker->pid = pp_sys_pid();
    walker->self = pp_sys_tid();
    walker->dir = pp_proc_open();
    if (walker->dir < 0) {
        return pp_err_errno(error, PPROF_ERR_SYSTEM, -walker->dir, "/proc/self/task");
    }
    if (!pp_thread_wait_begin(walker->dir, ++walk_number)) {
        pp_proc_close(walker->dir);
        return pp_err_set(error, PPROF_ERR_NOMEM, "no memory to look at threads");
    }
    walker->signal = pp_dump_signal_prepare();
    walker->signals_until_ns = pp_sys_monotonic_ns() + (int64_t)SIGNALS_BUDGET_MS * 1000000;
    build_map(walker);
    return 0;
}

/* `most` 0: all. */
static int walk(struct walker *walker, size_t most, visit_fn *visit, void *ctx,
                struct pprof_error *error)
{
    pp_modules_rescan();
    pp_self_enter();
    pp_unwind_lock(&walk_lock);
    int err = begin_walk(walker, error);
    if (!err) {
        if (most) {
            visit_some(walker, most, visit, ctx);
        } else {
            visit_all(walker, visit, ctx);
        }
        pp_proc_close(walker->dir);
    }
    pp_unwind_unlock(&walk_lock);
    pp_self_leave();
    return err;
}

int pp_threads_walk(int (*visit)(void *ctx, const struct pp_thread_view *view), void *ctx,
                    struct pprof_error *error)
{
    struct walker walker = { .wants_names = true };
    return walk(&walker, 0, visit, ctx, error);
}

int pp_threads_sample(size_t most, double *share,
                      int (*visit)(void *ctx, const struct pp_thread_view *view), void *ctx,
                      struct pprof_error *error)
{
    struct walker walker = { .wants_names = false };
    int err = walk(&walker, most, visit, ctx, error);
    *share = walker.share;
    return err;
}

size_t pp_threads_list(pid_t *tids, size_t cap)
{
    int dir = pp_proc_open();
    if (dir < 0) {
        return 0;
    }
    pp_unwind_lock(&walk_lock);
    size_t count = pp_proc_list(dir, tids, cap);
    pp_unwind_unlock(&walk_lock);
    pp_proc_close(dir);
    return count;
}

/* ---- as tasks ---- */

struct task_relay {
    int (*visit)(void *ctx, const struct pp_task *task);
    void *ctx;
};

static uintptr_t first_pc(pp_stack_id id)
{
    struct pp_stack stack = pp_stack_get_sig(id);
    return id != PP_STACK_NONE && stack.count ? stack.pcs[0] : 0;
}

static int visit_as_task(void *ctx, const struct pp_thread_view *view)
{
    const struct task_relay *relay = ctx;
    struct pp_wait_edge wait = pp_wait_edge_of(view);
    struct pp_task task = {
        .id = view->tid,
        .name = "", /* nobody prints it, and Go's dump has no place for it */
        .status = view->is_running ? "running" : pp_wait_text(view->reason),
        .waited_ns = view->waited_ns,
        .wait = view->is_running ? NULL : &wait,
        .pcs = view->pcs,
        .depth = view->depth,
        .flags = view->flags,
        .label_set = view->label_set,
        .created_pc = first_pc(view->created_by),
        .created_by_id = view->created_by_tid,
        .start_routine = view->start_routine,
    };
    enum pp_task_claim claim = pp_task_claim(view->tid, &task);
    task.is_thread = claim == PP_TASK_FOREIGN && pp_tasks_differ();
    return claim == PP_TASK_NONE ? 0 : relay->visit(relay->ctx, &task);
}

static int walk_tasks(int (*visit)(void *ctx, const struct pp_task *task), void *ctx,
                      struct pprof_error *error)
{
    struct task_relay relay = { visit, ctx };
    struct walker walker = { .wants_names = false };
    return walk(&walker, 0, visit_as_task, &relay, error);
}

const struct pp_task_source pp_thread_source = {
    .name = "threads",
    .walk = walk_tasks,
    .count = pp_threads_count,
};
