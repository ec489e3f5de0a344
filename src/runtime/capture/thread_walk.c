/* Reading all threads without disturbing the ones that wait.
 *
 *   for each thread:  /proc/self/task/T/syscall
 *     blocked, in a hooked call   registers from its wait frame -> walk -> kernel's pc in front
 *     blocked otherwise           only sp and pc are known -> walk, perhaps incomplete
 *     running                     a signal; its handler walks
 *     the caller                  walks itself
 *
 * A walk of a blocked thread counts only if the thread did not move meanwhile: the slot's sequence
 * number, or the kernel's count of its turns on a processor, is the same behind it as before. */
#include "base/err.h"
#include "base/sys.h"
#include "base/table.h"
#include "runtime/capture/caller.h"
#include "runtime/capture/tasksource.h"
#include "runtime/capture/thread_dump.h"
#include "runtime/capture/thread_private.h"
#include "runtime/capture/thread_proc.h"
#include "runtime/capture/wait_hooks.h"
#include "runtime/unwind/lock.h"
#include "runtime/unwind/module.h"

#include <string.h>

enum {
    ATTEMPTS = 3,
    TIDS_MAX = 64 << 10,
    MAP_SLOTS = 64 << 10,    /* tid -> registry slot, built for each walk */
    SEEN_SLOTS = 8 << 10,    /* waits of unhooked calls, remembered from walk to walk */
    SEEN_REACH = 8,
    LIBC_FRAMES_MAX = 8,     /* between a system call and our wrapper */
    LEADS = 256,             /* a power of two */
    LEAVING_NAPS = 20,       /* of a millisecond */
    SIGNALS_BUDGET_MS = 1500, /* for all running threads of one walk */
};

/* Since when an unhooked thread has been seen in the same wait. */
struct seen {
    pid_t tid;
    uint32_t used;      /* walk number, to replace the oldest */
    uint64_t what;      /* hash of the kernel's line and the turns */
    int64_t since_ns;
};

/* The C library's way from a wrapper to a system call is the same for every thread that waits
 * there, so it is walked once. */
struct lead {
    uintptr_t pc, wrapper_pc; /* of the system call, of the wrapper */
    uintptr_t distance;       /* between their frames */
    size_t depth;
    uintptr_t pcs[LIBC_FRAMES_MAX];
};

/* All of it in one reserved range, touched as far as needed. */
struct walk_memory {
    pid_t tids[TIDS_MAX];
    uint32_t map[MAP_SLOTS];  /* registry index + 1 */
    struct seen seen[SEEN_SLOTS];
    struct lead leads[LEADS];
    struct pp_dump_result dump;
    struct pp_thread_view view;
};

static uint32_t walk_lock;
static struct walk_memory *memory;
static uint32_t walk_number;

struct walker {
    int dir;
    int signal;               /* for running threads; 0: none to be had */
    int64_t signals_until_ns;
    bool wants_names;         /* two microseconds a thread */
    pid_t pid, self;
    struct pp_thread *slots;
};

void pp_thread_walk_after_fork(void)
{
    walk_lock = 0;
    pp_dump_after_fork();
}

const char *pp_wait_text(enum pp_wait_reason reason)
{
    static const char *const texts[] = {
#define X(name, text) text,
        PP_WAIT_REASONS(X)
#undef X
    };
    return reason < PP_WAIT_REASON_COUNT ? texts[reason] : "";
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

/* Slots of threads that are gone without having said so (ended by a raw system call). */
static void sweep(const struct walker *walker)
{
    struct pp_thread *slots = walker->slots;
    size_t count = pp_thread_slots(&slots);
    for (size_t i = 0; i < count; i++) {
        struct pp_thread *slot = &slots[i];
        uint32_t state = PP_THREAD_LIVE;
        if (pp_load_acquire(&slot->state) == PP_THREAD_LIVE && !slot->is_ours &&
            slot->walk != walk_number &&
            pp_sys_tgkill(pp_load_relaxed(&slot->tid), 0) != 0 &&
            pp_cas(&slot->state, &state, PP_THREAD_CLAIMED)) {
            pp_thread_last_gone();
            pp_thread_release(slot);
        }
    }
}

/* ---- blocked threads ---- */

/* The wait frame that is under way, copied out of the thread's stack. `linked` is its address.
 * Where the kernel does not tell the stack pointer (0), the check word has to do. */
static bool copy_frame(const struct pp_thread *slot, const struct pp_proc_look *look,
                       struct pp_wait_frame *frame, uintptr_t *linked)
{
    *linked = (uintptr_t)pp_load_acquire(&slot->wait.frame);
    if (look->sp && (*linked <= look->sp || *linked - look->sp > PP_WAIT_REACH)) {
        return false;
    }
    if (!*linked ||
        pp_sys_copy_safe(frame, (const void *)*linked, sizeof(*frame)) != sizeof(*frame)) {
        return false;
    }
    return frame->check == (*linked ^ PP_WAIT_CHECK) && frame->reason < PP_WAIT_REASON_COUNT;
}

/* Whether a thread inside this system call can be inside a hook of that reason. A call that was
 * interrupted by a stop and goes on shows as restart_syscall. */
static bool call_fits(long call, enum pp_wait_reason reason)
{
    enum pp_wait_reason kernel = pp_proc_reason(call);
    if (kernel == PP_WAIT_SYSCALL || kernel == reason) {
        return true;
    }
    switch (reason) {
    case PP_WAIT_MUTEX:
    case PP_WAIT_RLOCK:
    case PP_WAIT_WLOCK:
    case PP_WAIT_COND:
    case PP_WAIT_SEMAPHORE:
    case PP_WAIT_JOIN:
    case PP_WAIT_BARRIER:
        return kernel == PP_WAIT_FUTEX;
    default:
        return false;
    }
}

/* Drops our own wrapper's frames; what is left begins in the code that called the hook. */
static size_t drop_hook(uintptr_t *pcs, size_t depth)
{
    size_t first = 0;
    while (first < depth && pp_wait_hook_holds(pcs[first])) {
        first++;
    }
    memmove(pcs, pcs + first, (depth - first) * sizeof(*pcs));
    return depth - first;
}

static void walk_lead(const struct pp_proc_look *look, struct pp_stack_bounds bounds,
                      struct lead *lead)
{
    struct pp_regs regs = { .pc = look->pc, .sp = look->sp };
    unsigned flags;
    size_t depth = pp_unwind_remote(&regs, 0, bounds, lead->pcs, LIBC_FRAMES_MAX, &flags);
    for (size_t i = 1; i < depth; i++) {
        if (pp_wait_hook_holds(lead->pcs[i])) {
            lead->depth = i;
            return;
        }
    }
    lead->pcs[0] = look->pc;
    lead->depth = 1;
}

/* The C library's frames from the kernel's pc up to our wrapper; just that pc when they cannot be
 * followed (no register but sp and pc is known there). */
static size_t libc_frames(const struct pp_proc_look *look, const struct pp_wait_frame *frame,
                          uintptr_t linked, struct pp_stack_bounds bounds, uintptr_t *pcs)
{
    if (!look->sp) {
        return 0;
    }
    uintptr_t distance = linked - look->sp;
    struct lead *lead = &memory->leads[pp_hash_u64(look->pc ^ frame->regs.pc << 20 ^ distance) &
                                       (LEADS - 1)];
    if (lead->pc != look->pc || lead->wrapper_pc != frame->regs.pc || lead->distance != distance) {
        walk_lead(look, bounds, lead);
        lead->pc = look->pc;
        lead->wrapper_pc = frame->regs.pc;
        lead->distance = distance;
    }
    memcpy(pcs, lead->pcs, lead->depth * sizeof(*pcs));
    return lead->depth;
}

static bool walk_hooked(const struct pp_thread *slot, const struct pp_proc_look *look,
                        struct pp_thread_view *view)
{
    struct pp_wait_frame frame;
    uintptr_t linked;
    uint64_t seq = pp_load_acquire(&slot->wait.seq);
    if (!copy_frame(slot, look, &frame, &linked) ||
        !call_fits(look->call, (enum pp_wait_reason)frame.reason)) {
        return false;
    }
    struct pp_stack_bounds bounds = slot->bounds;
    size_t lead = libc_frames(look, &frame, linked, bounds, view->pcs);
    size_t depth = pp_unwind_remote(&frame.regs, PP_REGS_CALLEE_SAVED, bounds, view->pcs + lead,
                                    PP_STACK_DEPTH_MAX - lead, &view->flags);
    view->depth = lead + drop_hook(view->pcs + lead, depth);
    view->reason = (enum pp_wait_reason)frame.reason;
    view->waited_ns = pp_sys_monotonic_coarse_ns() - frame.since_ns;
    view->waited_exact = true;
    pp_fence();
    return pp_load_acquire(&slot->wait.seq) == seq &&
           (uintptr_t)pp_load_acquire(&slot->wait.frame) == linked;
}

/* How long this thread has been seen in exactly this wait. */
static int64_t seen_for(pid_t tid, uint64_t what)
{
    int64_t now = pp_sys_monotonic_ns();
    size_t start = (size_t)pp_hash_u64((uint64_t)tid);
    struct seen *best = NULL;
    for (size_t i = 0; i < SEEN_REACH; i++) {
        struct seen *seen = &memory->seen[(start + i) & (SEEN_SLOTS - 1)];
        if (seen->tid == tid) {
            best = seen;
            break;
        }
        if (!best || seen->used < best->used) {
            best = seen;
        }
    }
    if (best->tid != tid || best->what != what) {
        *best = (struct seen){ tid, walk_number, what, now };
    }
    best->used = walk_number;
    return now - best->since_ns;
}

static bool walk_unhooked(const struct walker *walker, const struct pp_thread *slot,
                          const struct pp_proc_look *look, struct pp_thread_view *view)
{
    struct pp_regs regs = { .pc = look->pc, .sp = look->sp };
    struct pp_stack_bounds bounds = slot ? slot->bounds : (struct pp_stack_bounds){ 0, 0 };
    struct pp_proc_look again;
    uint64_t before = 0, after = 0;
    bool counted = pp_proc_turns(walker->dir, view->tid, &before);
    if (look->sp) {
        view->depth =
            pp_unwind_remote(&regs, 0, bounds, view->pcs, PP_STACK_DEPTH_MAX, &view->flags);
    }
    view->reason = pp_proc_reason(look->call);
    view->waited_exact = false;
    pp_proc_look(walker->dir, view->tid, &again);
    if (counted && (!pp_proc_turns(walker->dir, view->tid, &after) || after != before)) {
        return false;
    }
    view->waited_ns = seen_for(view->tid, pp_hash_u64(look->line_hash ^ after << 32));
    return again.state == PP_PROC_BLOCKED && again.line_hash == look->line_hash;
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

/* One try. False: the thread moved meanwhile. */
static bool try_thread(const struct walker *walker, const struct pp_thread *slot,
                       struct pp_thread_view *view, const struct pp_proc_look *look)
{
    view->is_running = look->state != PP_PROC_BLOCKED;
    view->reason = PP_WAIT_NONE;
    view->waited_ns = 0;
    view->depth = 0;
    view->flags = 0;
    if (view->is_running) {
        return ask_running(walker, view);
    }
    return (slot && walk_hooked(slot, look, view)) || walk_unhooked(walker, slot, look, view);
}

/* False when the thread is gone. */
static bool view_thread(const struct walker *walker, pid_t tid, const struct pp_thread *slot,
                        struct pp_thread_view *view)
{
    struct pp_proc_look look;
    start_view(view, walker, tid, slot);
    if (tid == walker->self) {
        walk_self(view);
        return true;
    }
    for (int i = 0; i < ATTEMPTS; i++) {
        pp_proc_look(walker->dir, tid, &look);
        if (look.state == PP_PROC_GONE) {
            return false;
        }
        if (try_thread(walker, slot, view, &look)) {
            return true;
        }
    }
    /* It kept moving, or would not answer: said to be running, with no stack. */
    view->is_running = true;
    view->reason = PP_WAIT_NONE;
    view->waited_ns = 0;
    view->depth = 0;
    view->flags = 0;
    return true;
}

static bool visit_thread(const struct walker *walker, pid_t tid,
                         int (*visit)(void *ctx, const struct pp_thread_view *view), void *ctx)
{
    struct pp_thread *slot = map_find(walker, tid);
    if (slot) {
        slot->walk = walk_number;
        if (slot->is_ours) {
            return true;
        }
    }
    return !view_thread(walker, tid, slot, &memory->view) || visit(ctx, &memory->view) == 0;
}

static int walk_all(bool wants_names,
                    int (*visit)(void *ctx, const struct pp_thread_view *view), void *ctx,
                    struct pprof_error *error)
{
    if (!memory && !(memory = pp_sys_reserve(sizeof(*memory)))) {
        return pp_err_set(error, PPROF_ERR_NOMEM, "no memory to list the threads");
    }
    struct walker walker = { .wants_names = wants_names,
                             .pid = pp_sys_pid(),
                             .self = pp_sys_tid() };
    walker.dir = pp_proc_open();
    if (walker.dir < 0) {
        return pp_err_errno(error, PPROF_ERR_SYSTEM, -walker.dir, "/proc/self/task");
    }
    walk_number++;
    walker.signal = pp_dump_signal_prepare();
    walker.signals_until_ns = pp_sys_monotonic_ns() + (int64_t)SIGNALS_BUDGET_MS * 1000000;
    size_t count = pp_proc_list(walker.dir, memory->tids, TIDS_MAX);
    count = count > TIDS_MAX ? TIDS_MAX : count;
    build_map(&walker);
    bool going = visit_thread(&walker, walker.self, visit, ctx);
    for (size_t i = 0; going && i < count; i++) {
        if (memory->tids[i] != walker.self) {
            going = visit_thread(&walker, memory->tids[i], visit, ctx);
        }
    }
    if (going) {
        sweep(&walker);
    }
    pp_proc_close(walker.dir);
    return 0;
}

static int walk(bool wants_names, int (*visit)(void *ctx, const struct pp_thread_view *view),
                void *ctx, struct pprof_error *error)
{
    pp_modules_refresh();
    pp_self_enter();
    pp_unwind_lock(&walk_lock);
    int err = walk_all(wants_names, visit, ctx, error);
    pp_unwind_unlock(&walk_lock);
    pp_self_leave();
    return err;
}

int pp_threads_walk(int (*visit)(void *ctx, const struct pp_thread_view *view), void *ctx,
                    struct pprof_error *error)
{
    return walk(true, visit, ctx, error);
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

static int visit_as_task(void *ctx, const struct pp_thread_view *view)
{
    const struct task_relay *relay = ctx;
    struct pp_task task = {
        .id = view->tid,
        .name = "", /* nobody prints it, and Go's dump has no place for it */
        .status = view->is_running ? "running" : pp_wait_text(view->reason),
        .waited_ns = view->waited_ns,
        .pcs = view->pcs,
        .depth = view->depth,
        .flags = view->flags,
        .label_set = view->label_set,
        .created_by = view->created_by,
        .created_by_id = view->created_by_tid,
        .start_routine = view->start_routine,
    };
    return relay->visit(relay->ctx, &task);
}

static int walk_tasks(int (*visit)(void *ctx, const struct pp_task *task), void *ctx,
                      struct pprof_error *error)
{
    struct task_relay relay = { visit, ctx };
    return walk(false, visit_as_task, &relay, error);
}

const struct pp_task_source pp_thread_source = {
    .name = "threads",
    .walk = walk_tasks,
    .count = pp_threads_count,
};
