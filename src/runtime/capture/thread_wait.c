/* Blocked threads.
 *
 *   in a hooked call   registers from its wait frame -> walk -> kernel's pc in front
 *   otherwise          only sp and pc are known -> walk, perhaps incomplete
 *
 * Asking the kernel for sp and pc is most of the cost (10 us a thread), so in each walk it is asked
 * for one thread in each kind of wait; others whose frame is whole, whose return addresses between
 * that frame and the kernel are the same words at the same places, and which do not run meanwhile,
 * are in the same place. That a frame cannot be left behind is wait_leave.h's part.
 *
 * What was seen is kept. A thread whose CPU clock shows the same nanosecond as before has not run:
 * its stack, its frame and its place in the kernel are what they were, and it costs 0.5 us to say
 * so instead of 12. */
#include "runtime/capture/thread_wait.h"

#include "base/sys.h"
#include "base/table.h"
#include "runtime/capture/thread_lead.h"
#include "runtime/capture/thread_private.h"
#include "runtime/capture/wait_hooks.h"
#include "runtime/capture/wait_leave.h"
#include "runtime/unwind/module.h"

#include <string.h>
#include <sys/syscall.h>
#include <time.h>

enum {
    SEEN_SLOTS = 8 << 10,    /* waits of unhooked calls, remembered from walk to walk */
    SEEN_REACH = 8,
    KEPT_DEPTH = 52,         /* deeper stacks are walked each time */
    KEPT_LEAST = 16,
    CLOCK_TRIES = 8,
    MUTEX_SHARED = 128,      /* in __kind, as glibc has it */
};

/* Since when an unhooked thread has been seen in the same wait. */
struct seen {
    pid_t tid;
    uint32_t used;      /* walk number, to replace the oldest */
    uint64_t what;      /* hash of the kernel's line and the turns */
    int64_t since_ns;
};

/* A thread as it was seen, by its place in the registry. */
struct kept {
    uint64_t seq;     /* of its slot */
    int64_t cpu_ns;   /* its CPU clock; 0: nothing is kept */
    int64_t since_ns; /* when the wait began */
    uintptr_t object;
    pid_t tid;
    uint8_t reason, flags, depth, lead;
    bool is_exact, is_bounded;
    uintptr_t pcs[KEPT_DEPTH];
};

static struct seen *all_seen; /* SEEN_SLOTS of them */
static struct kept *kept;
static size_t kept_cap;
static int task_dir;
static uint32_t walk_number;
static struct {
    uintptr_t object;
    pid_t tid;
    bool gone;
} last_holder; /* of this walk: many wait for the same */

const char *pp_wait_text(enum pp_wait_reason reason)
{
    static const char *const texts[] = {
#define X(name, text) text,
        PP_WAIT_REASONS(X)
#undef X
    };
    return reason < PP_WAIT_REASON_COUNT ? texts[reason] : "";
}

/* ---- CPU clocks ---- */

/* 0 when it cannot be told. */
static int64_t cpu_clock_of(pid_t tid)
{
    struct timespec now = { 0, 0 };
    long clock = (clockid_t)(~(unsigned)tid << 3 | 6); /* as the kernel numbers them */
    long failed = pp_sys_call(SYS_clock_gettime, clock, (long)&now, 0, 0, 0, 0);
    return failed ? 0 : (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Whether a thread's clock moves whenever it runs: so does ours between two readings. */
static bool are_clocks_fine(void)
{
    pid_t self = pp_sys_tid();
    int64_t last = cpu_clock_of(self);
    for (int i = 0; i < CLOCK_TRIES; i++) {
        int64_t now = cpu_clock_of(self);
        if (now <= last) {
            return false;
        }
        last = now;
    }
    return true;
}

static bool reserve(void)
{
    struct pp_thread *slots;
    pp_thread_slots(&slots);
    size_t bytes = pp_thread_slot_cap() * sizeof(*kept);
    all_seen = pp_sys_reserve(SEEN_SLOTS * sizeof(*all_seen));
    if (all_seen && are_clocks_fine()) {
        kept = pp_sys_reserve_some(&bytes, KEPT_LEAST * sizeof(*kept));
        kept_cap = kept ? bytes / sizeof(*kept) : 0;
    }
    return all_seen && pp_leads_init();
}

bool pp_thread_wait_begin(int dir, uint32_t number)
{
    task_dir = dir;
    walk_number = number;
    last_holder.object = 0;
    pp_leads_begin();
    return all_seen || reserve();
}

/* ---- who holds it ---- */

/* A positive word of the program's memory, which may be gone. */
static int read_word(uintptr_t address)
{
    int word = 0;
    bool got = pp_sys_copy_safe(&word, (const void *)address, sizeof(word)) == sizeof(word);
    return got && word > 0 ? word : 0;
}

static pid_t tid_of_handle(uintptr_t handle)
{
    struct pp_thread *slots;
    size_t count = pp_thread_slots(&slots);
    for (size_t i = 0; i < count; i++) {
        if (pp_load_acquire(&slots[i].state) == PP_THREAD_LIVE && slots[i].handle == handle) {
            return pp_load_relaxed(&slots[i].tid);
        }
    }
    return 0;
}

static pid_t read_holder(enum pp_wait_reason reason, uintptr_t object)
{
    switch (reason) {
    case PP_WAIT_MUTEX:
        return read_word(object + offsetof(pthread_mutex_t, __data.__owner));
    case PP_WAIT_RLOCK:
    case PP_WAIT_WLOCK:
        return read_word(object + offsetof(pthread_rwlock_t, __data.__cur_writer));
    case PP_WAIT_JOIN:
        return tid_of_handle(object);
    default:
        return 0;
    }
}

/* A lock in memory that processes share: its holder may be a thread of another one. */
static bool is_shared(enum pp_wait_reason reason, uintptr_t object)
{
    uintptr_t at = reason == PP_WAIT_MUTEX ? object + offsetof(pthread_mutex_t, __data.__kind)
                                           : object + offsetof(pthread_rwlock_t, __data.__shared);
    int word = read_word(at);
    return reason == PP_WAIT_MUTEX ? word & MUTEX_SHARED : word != 0;
}

static void find_holder(struct pp_thread_view *view)
{
    if (view->object && view->object != last_holder.object) {
        last_holder.object = view->object;
        last_holder.tid = read_holder(view->reason, view->object);
        last_holder.gone = last_holder.tid && pp_sys_tgkill(last_holder.tid, 0) != 0;
        if (last_holder.gone && is_shared(view->reason, view->object)) {
            last_holder.tid = 0;
            last_holder.gone = false;
        }
    }
    view->holder = view->object ? last_holder.tid : 0;
    view->holder_gone = view->object && last_holder.gone;
}

/* ---- a hooked call ---- */

static bool is_frame(const struct pp_wait_frame *frame, uintptr_t linked)
{
    return frame->check == (linked ^ PP_WAIT_CHECK) && frame->reason < PP_WAIT_REASON_COUNT;
}

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
    return is_frame(frame, *linked);
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

static void tell_wait(const struct pp_wait_frame *frame, struct pp_thread_view *view)
{
    int64_t waited = pp_sys_monotonic_ns() - frame->since_ns;
    view->reason = (enum pp_wait_reason)frame->reason;
    view->waited_ns = waited > 0 ? waited : 0;
    view->waited_exact = true;
    view->object = frame->object;
    view->is_bounded = frame->flags & PP_WAIT_BOUNDED;
}

static bool is_still(const struct pp_thread *slot, uint64_t seq, uintptr_t linked)
{
    pp_fence();
    return pp_load_acquire(&slot->wait.seq) == seq &&
           (uintptr_t)pp_load_acquire(&slot->wait.frame) == linked;
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
    size_t lead = pp_lead_of(look, &frame, linked, bounds, view->pcs);
    size_t depth = pp_unwind_remote(&frame.regs, PP_REGS_CALLEE_SAVED, bounds, view->pcs + lead,
                                    PP_STACK_DEPTH_MAX - lead, &view->flags);
    view->lead = lead;
    view->depth = lead + drop_hook(view->pcs + lead, depth);
    tell_wait(&frame, view);
    return is_still(slot, seq, linked);
}

/* ---- a hooked call, the kernel not asked ---- */

enum {
    BELOW_FRAME = PP_WAIT_REACH,
    COPY_BYTES = 4 << 10, /* what lies beyond is fetched by the walk */
};

/* One system call copies the libc's frames, ours, and the program's first ones. */
static bool copy_around(const struct pp_thread *slot, uintptr_t linked, unsigned char *bytes,
                        struct pp_stack_copy *copy)
{
    const struct pp_stack_bounds *bounds = &slot->bounds;
    uintptr_t low = (linked - BELOW_FRAME) & ~(uintptr_t)15;
    size_t len = COPY_BYTES;
    low = low < bounds->low && linked > bounds->low ? bounds->low : low;
    if (low >= bounds->low && low < bounds->high && bounds->high - low < len) {
        len = bounds->high - low;
    }
    ssize_t got = pp_sys_copy_safe(bytes, (const void *)low, len);
    *copy = (struct pp_stack_copy){ low, low + (got > 0 ? (size_t)got & ~(size_t)7 : 0), bytes };
    return copy->high >= linked + sizeof(struct pp_wait_frame);
}

static bool walk_copied(const struct pp_thread *slot, struct pp_thread_view *view)
{
    static _Alignas(16) unsigned char bytes[COPY_BYTES]; /* under the walk's lock */
    struct pp_wait_frame frame;
    struct pp_stack_copy copy;
    uint64_t seq = pp_load_acquire(&slot->wait.seq);
    uintptr_t linked = (uintptr_t)pp_load_acquire(&slot->wait.frame);
    if (!linked || (linked & 7) || !copy_around(slot, linked, bytes, &copy)) {
        return false;
    }
    memcpy(&frame, bytes + (linked - copy.low), sizeof(frame));
    size_t lead = is_frame(&frame, linked) ? pp_lead_known(&frame, linked, &copy, view->pcs) : 0;
    if (!lead) {
        return false;
    }
    size_t depth = pp_unwind_copied(&copy, &frame.regs, PP_REGS_CALLEE_SAVED, slot->bounds,
                                    view->pcs + lead, PP_STACK_DEPTH_MAX - lead, &view->flags);
    view->lead = lead;
    view->wait_seq = seq;
    view->depth = lead + drop_hook(view->pcs + lead, depth);
    tell_wait(&frame, view);
    return is_still(slot, seq, linked);
}

/* ---- any other ---- */

/* How long this thread has been seen in exactly this wait. */
static int64_t seen_for(pid_t tid, uint64_t what)
{
    int64_t now = pp_sys_monotonic_ns();
    size_t start = (size_t)pp_hash_u64((uint64_t)tid);
    struct seen *best = NULL;
    for (size_t i = 0; i < SEEN_REACH; i++) {
        struct seen *seen = &all_seen[(start + i) & (SEEN_SLOTS - 1)];
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

/* A mutex that was taken between our hook's look and the real call, or locked by a module whose
 * calls do not come by us: the kernel knows the word, which is the mutex's first. */
static void tell_mutex(const struct pp_proc_look *look, struct pp_thread_view *view)
{
    for (size_t i = 1; view->reason == PP_WAIT_FUTEX && i < view->depth && i < 4; i++) {
        const char *name;
        uintptr_t entry;
        if (pp_module_symbol(view->pcs[i] - 1, &name, &entry) &&
            strcmp(name, "pthread_mutex_lock") == 0) {
            view->reason = PP_WAIT_MUTEX;
            view->object = (uintptr_t)look->args[0];
            view->lead = i + 1;
        }
    }
}

static bool walk_unhooked(const struct pp_thread *slot, const struct pp_proc_look *look,
                          struct pp_thread_view *view)
{
    struct pp_regs regs = { .pc = look->pc, .sp = look->sp };
    struct pp_stack_bounds bounds = slot ? slot->bounds : (struct pp_stack_bounds){ 0, 0 };
    struct pp_proc_look again;
    uint64_t before = 0, after = 0;
    bool counted = pp_proc_turns(task_dir, view->tid, &before);
    if (look->sp) {
        view->depth =
            pp_unwind_remote(&regs, 0, bounds, view->pcs, PP_STACK_DEPTH_MAX, &view->flags);
    }
    view->reason = pp_proc_reason(look->call);
    view->waited_exact = false;
    tell_mutex(look, view);
    pp_proc_look(task_dir, view->tid, &again);
    if (counted && (!pp_proc_turns(task_dir, view->tid, &after) || after != before)) {
        return false;
    }
    view->waited_ns = seen_for(view->tid, pp_hash_u64(look->line_hash ^ after << 32));
    return again.state == PP_PROC_BLOCKED && again.line_hash == look->line_hash;
}

/* ---- what was seen before ---- */

static struct kept *kept_of(const struct pp_thread *slot)
{
    struct pp_thread *slots;
    pp_thread_slots(&slots);
    size_t index = slot ? (size_t)(slot - slots) : kept_cap;
    return index < kept_cap ? &kept[index] : NULL;
}

/* False when the thread has run since its clock showed cpu_ns. */
static bool keep(const struct pp_thread *slot, const struct pp_thread_view *view, int64_t cpu_ns)
{
    struct kept *to = kept_of(slot);
    if (!to || !cpu_ns || cpu_clock_of(view->tid) != cpu_ns) {
        return false;
    }
    if (view->depth > KEPT_DEPTH) {
        return true;
    }
    *to = (struct kept){
        .seq = view->wait_seq,
        .cpu_ns = cpu_ns,
        .since_ns = pp_sys_monotonic_ns() - view->waited_ns,
        .object = view->object,
        .tid = view->tid,
        .reason = (uint8_t)view->reason,
        .flags = (uint8_t)view->flags,
        .depth = (uint8_t)view->depth,
        .lead = (uint8_t)view->lead,
        .is_exact = view->waited_exact,
        .is_bounded = view->is_bounded,
    };
    memcpy(to->pcs, view->pcs, view->depth * sizeof(view->pcs[0]));
    return true;
}

bool pp_thread_wait_recall(const struct pp_thread *slot, struct pp_thread_view *view)
{
    struct kept *from = kept_of(slot);
    if (!from || !from->cpu_ns || from->tid != view->tid ||
        pp_load_acquire(&slot->wait.seq) != from->seq ||
        cpu_clock_of(view->tid) != from->cpu_ns) {
        return false;
    }
    view->reason = (enum pp_wait_reason)from->reason;
    view->waited_ns = pp_sys_monotonic_ns() - from->since_ns;
    view->waited_exact = from->is_exact;
    view->is_bounded = from->is_bounded;
    view->object = from->object;
    view->wait_seq = from->seq;
    view->flags = from->flags;
    view->depth = from->depth;
    view->lead = from->lead;
    memcpy(view->pcs, from->pcs, from->depth * sizeof(view->pcs[0]));
    find_holder(view);
    return true;
}

int64_t pp_thread_wait_clock(const struct pp_thread *slot, pid_t tid)
{
    return kept_of(slot) ? cpu_clock_of(tid) : 0;
}

bool pp_thread_wait_look(const struct pp_thread *slot, const struct pp_proc_look *look,
                         int64_t clock_ns, struct pp_thread_view *view)
{
    view->object = 0;
    view->is_bounded = false;
    view->lead = 0;
    view->wait_seq = slot ? pp_load_acquire(&slot->wait.seq) : 0;
    if (!(slot && walk_hooked(slot, look, view)) && !walk_unhooked(slot, look, view)) {
        return false;
    }
    find_holder(view);
    (void)keep(slot, view, clock_ns);
    return true;
}

bool pp_thread_wait_guess(const struct pp_thread *slot, struct pp_thread_view *view)
{
    if (pp_waits_are_left() || !kept_of(slot)) {
        return false;
    }
    int64_t clock_ns = cpu_clock_of(view->tid);
    if (!clock_ns || !walk_copied(slot, view) || !keep(slot, view, clock_ns)) {
        return false;
    }
    find_holder(view);
    return true;
}
