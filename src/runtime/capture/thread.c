/* The thread registry: slots, who owns them, and threads of our own. Reading other threads is in
 * thread_walk.c, the hooks are in thread_hooks.c and wait_hooks.c. */
#include "runtime/capture/thread_private.h"

#include "base/sys.h"
#include "runtime/capture/cpu.h"
#include "runtime/capture/label.h"
#include "runtime/capture/lock_queue.h"
#include "runtime/capture/lock_words.h"
#include "runtime/capture/rights.h"
#include "runtime/capture/tasksource.h"
#include "runtime/capture/trace.h"
#include "runtime/capture/wait_leave.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

enum {
#ifdef PPROF_SMALL
    SLOTS = 16,
#else
    SLOTS = 16 << 10,
#endif
    OUR_SLOTS = 48, /* in front, so that a full registry does not keep us from answering */
    ALL_SLOTS = OUR_SLOTS + SLOTS,
    /* Rounds of key destructors that glibc makes; we let go of the slot in the last one. */
    LAST_ROUND = 4,
    /* Between TCB and end of mapping: struct pthread and, on aarch64, TLS. */
#if defined(__x86_64__)
    TCB_SLACK = 8 << 10,
#else
    TCB_SLACK = 64 << 10,
#endif
    OUR_STACK_BYTES = 1 << 20,
    ORIGINS = 1 << 10, /* distinct stacks that create threads */
};
/* No mapping of the kernel's choice comes nearer to the main stack than this. */
#define MAIN_STACK_MAX ((uintptr_t)128 << 20)

static struct pp_thread *slots;
static uint32_t slots_high; /* slots ever used: how far a search must look */
static uint32_t claim_hint;
static uint64_t created, lost;
struct pp_sumtab pp_thread_origins;
static uint32_t ours_count;
static pthread_key_t end_key;
static bool have_key;

/* ---- slots ---- */

static void raise_high(uint32_t index)
{
    uint32_t high = pp_load_relaxed(&slots_high);
    while (high <= index && !pp_cas(&slots_high, &high, index + 1)) {
    }
}

static bool try_claim(struct pp_thread *slot)
{
    uint32_t state = PP_THREAD_FREE;
    return pp_load_relaxed(&slot->state) == PP_THREAD_FREE &&
           pp_cas(&slot->state, &state, PP_THREAD_CLAIMED);
}

/* Everything but `state` to its beginning. */
static void clear_slot(struct pp_thread *slot)
{
    slot->tid = 0;
    slot->wait = (struct pp_wait){ NULL, slot->wait.seq + 1 };
    slot->start_routine = 0;
    slot->start_arg = NULL;
    slot->created_by = PP_STACK_NONE;
    slot->created_by_tid = 0;
    slot->created_ns = pp_sys_monotonic_ns();
    slot->label_set = 0;
    slot->bounds = (struct pp_stack_bounds){ 0, 0 };
    slot->stack_size = slot->guard_size = 0;
    slot->cpu_timer_armed = 0;
    slot->handle = 0;
    slot->queue = NULL;
    slot->ending = 0;
    slot->is_ours = false;
    slot->walk = 0;
}

static struct pp_thread *claim_in(uint32_t first, uint32_t count, uint32_t start)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t index = first + (start + i) % count;
        if (try_claim(&slots[index])) {
            raise_high(index);
            clear_slot(&slots[index]);
            return &slots[index];
        }
    }
    return NULL;
}

struct pp_thread *pp_thread_claim(void)
{
    if (!pp_load_acquire(&slots)) {
        return NULL;
    }
    struct pp_thread *slot = claim_in(OUR_SLOTS, SLOTS, pp_load_relaxed(&claim_hint));
    if (slot) {
        pp_store_relaxed(&claim_hint, (uint32_t)(slot - slots) - OUR_SLOTS + 1);
    } else {
        pp_add_relaxed(&lost, 1);
    }
    return slot;
}

void pp_thread_release(struct pp_thread *slot)
{
    pp_store_relaxed(&slot->wait.frame, NULL);
    pp_lock_queue_forget_sig(slot);
    /* Low slots first: a search looks no further than the highest slot ever used. */
    uint32_t index = (uint32_t)(slot - slots);
    if (!slot->is_ours && index - OUR_SLOTS < pp_load_relaxed(&claim_hint)) {
        pp_store_relaxed(&claim_hint, index - OUR_SLOTS);
    }
    pp_store_release(&slot->state, PP_THREAD_FREE);
}

struct pp_thread *pp_thread_find(pid_t tid)
{
    uint32_t high = pp_load_acquire(&slots_high);
    for (uint32_t i = 0; i < high; i++) {
        if (pp_load_relaxed(&slots[i].tid) == tid &&
            pp_load_acquire(&slots[i].state) == PP_THREAD_LIVE) {
            return &slots[i];
        }
    }
    return NULL;
}

size_t pp_thread_slots(struct pp_thread **all)
{
    *all = slots;
    return pp_load_acquire(&slots_high);
}

size_t pp_thread_slot_cap(void)
{
    return ALL_SLOTS;
}

/* ---- bounds of a stack ---- */

/* The vectors behind main's first frame lie at the very end of its stack, often in one page with
 * its outermost frames: that page counts. */
static struct pp_stack_bounds main_bounds(void)
{
    uintptr_t page = pp_sys_page_size();
    uintptr_t random = (uintptr_t)getauxval(AT_RANDOM);
    uintptr_t high = random ? (random | (page - 1)) + 1 : 0;
    uint64_t limit = pp_sys_limit(RLIMIT_STACK);
    uintptr_t size = limit < MAIN_STACK_MAX ? (uintptr_t)limit : MAIN_STACK_MAX;
    if (high <= size) {
        return (struct pp_stack_bounds){ 0, 0 };
    }
    return (struct pp_stack_bounds){ high - size, high };
}

/* glibc puts the TCB at the top of the stack it maps. The size is the one asked for; a cached stack
 * may be larger, so the low end is a careful one: the unwinder probes what lies below it. */
static struct pp_stack_bounds tcb_bounds(const struct pp_thread *slot)
{
    uintptr_t tcb = (uintptr_t)__builtin_thread_pointer();
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    uintptr_t room = slot->stack_size > slot->guard_size ? slot->stack_size - slot->guard_size : 0;
    if (here >= tcb || room <= TCB_SLACK || tcb < room) {
        return (struct pp_stack_bounds){ 0, 0 };
    }
    uintptr_t low = (tcb & ~(uintptr_t)4095) - room + TCB_SLACK;
    return (struct pp_stack_bounds){ low < here ? low : here & ~(uintptr_t)4095, tcb };
}

/* ---- the calling thread ---- */

void pp_thread_begin(struct pp_thread *slot)
{
    slot->tid = pp_sys_tid();
    pp_mutex_words_check(slot->tid);
    slot->handle = (uintptr_t)pthread_self();
    if (slot->tid == pp_sys_pid()) {
        slot->bounds = main_bounds();
    } else if (slot->bounds.high == 0) {
        slot->bounds = tcb_bounds(slot);
    }
    pp_self.thread = slot;
    pp_self.bounds = slot->bounds;
    pp_self.label_set = slot->label_set;
    pp_self.is_ours = slot->is_ours;
    pp_store_release(&slot->state, PP_THREAD_LIVE);
    if (have_key) {
        pthread_setspecific(end_key, slot);
    }
    if (!slot->is_ours) {
        pp_thread_last_begin();
        pp_cpu_thread_begin();
    }
}

/* Keys are destroyed in order of creation and ours is an early one, so it asks to be called again
 * until the last round: the program's own destructors still run on a known thread. */
static void thread_ends(void *arg)
{
    struct pp_thread *slot = arg;
    if (slot != pp_self.thread) {
        return;
    }
    if (++slot->ending < LAST_ROUND && pthread_setspecific(end_key, slot) == 0) {
        return;
    }
    pp_self_enter();
    pp_cpu_thread_end();
    pp_trace_thread_end_sig();
    pp_self.thread = NULL;
    if (slot->is_ours) {
        pp_sub_relaxed(&ours_count, 1);
    } else {
        pp_thread_last_end(pp_load_relaxed(&ours_count) != 0);
    }
    pp_thread_release(slot);
    /* `inside` stays raised: what little still runs on this thread passes straight through. */
}

static struct pp_thread *enlist(void)
{
    int saved = errno;
    pp_self_enter();
    struct pp_thread *slot = pp_thread_claim();
    if (slot) {
        slot->label_set = pp_self.label_set;
        pp_add_relaxed(&created, 1);
        pp_thread_begin(slot);
    }
    pp_self.unlisted = !slot;
    pp_self_leave();
    errno = saved;
    return slot;
}

struct pp_thread *pp_thread_self(void)
{
    if (pp_self.thread || pp_self.inside || pp_self.unlisted || !pp_load_acquire(&slots)) {
        return pp_self.thread;
    }
    return enlist();
}

/* ---- start and fork ---- */

int pp_threads_init(void)
{
    if (slots) {
        return 0;
    }
    struct pp_thread *all = pp_sys_reserve(ALL_SLOTS * sizeof(*all));
    if (!all || pp_sumtab_init(&pp_thread_origins, ORIGINS) != 0) {
        return PPROF_ERR_NOMEM;
    }
    have_key = pthread_key_create(&end_key, thread_ends) == 0;
    pp_store_release(&slots, all);
    pp_thread_hooks_resolve();
    pp_wait_hooks_resolve();
    pp_leave_hooks_resolve();
    pp_sigaction_hooks_resolve();
    if (!pp_self.thread) {
        enlist(); /* now, though inside: without its bounds each stack costs system calls */
    }
    int err = pp_task_source_add(&pp_thread_source);
    return err == PPROF_ERR_EXISTS ? 0 : err;
}

void pp_threads_after_fork(void)
{
    struct pp_thread *mine = pp_self.thread;
    for (uint32_t i = 0; slots && i < slots_high; i++) {
        if (&slots[i] != mine) {
            slots[i].wait.frame = NULL;
            slots[i].state = PP_THREAD_FREE;
        }
    }
    if (mine) {
        mine->tid = pp_sys_tid();
        mine->cpu_timer_armed = 0;
        mine->queue = NULL;
    }
    pp_thread_last_after_fork(mine != NULL);
    claim_hint = 0;
    ours_count = 0;
    created = 1;
    pp_sumtab_clear(&pp_thread_origins);
    pp_label_after_fork();
    pp_thread_walk_after_fork();
}

/* ---- numbers ---- */

size_t pp_threads_listed(void)
{
    struct stat st;
    return stat("/proc/self/task", &st) == 0 && st.st_nlink > 2 ? st.st_nlink - 2 : 0;
}

int64_t pp_threads_count(void)
{
    int64_t listed = (int64_t)pp_threads_listed();
    return listed ? listed - (int64_t)pp_load_relaxed(&ours_count) : 1;
}

int64_t pp_threads_created(void)
{
    return (int64_t)pp_load_relaxed(&created);
}

void pp_thread_count_created(void)
{
    pp_add_relaxed(&created, 1);
}

void pp_threads_stats(struct pp_threads_stats *stats)
{
    uint32_t high = pp_load_acquire(&slots_high);
    *stats = (struct pp_threads_stats){ 0, SLOTS, pp_load_relaxed(&lost) };
    for (uint32_t i = OUR_SLOTS; i < high; i++) {
        stats->slots_used += pp_load_relaxed(&slots[i].state) != PP_THREAD_FREE;
    }
}

/* ---- threads of ours ---- */

static void *run_ours(void *arg)
{
    struct pp_thread *slot = arg;
    void *(*body)(void *) = (void *(*)(void *))slot->start_routine;
    void *body_arg = slot->start_arg;
    pp_self_enter(); /* for good: no hook looks at this thread */
    pp_rights_drop_sig();
    pp_thread_begin(slot);
    return body(body_arg);
}

static int create_ours(struct pp_thread *slot, pthread_t *thread)
{
    pthread_attr_t attr;
    if (pthread_attr_init(&attr) != 0) {
        return PPROF_ERR_SYSTEM;
    }
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attr, OUR_STACK_BYTES);
    slot->stack_size = OUR_STACK_BYTES;
    slot->guard_size = pp_sys_page_size();
    sigset_t all, before;
    sigfillset(&all); /* glibc leaves its own two signals out of this */
    sigdelset(&all, SIGSYS); /* rights.h */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int err = pp_real_pthread_create(thread, &attr, run_ours, slot);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    return err ? PPROF_ERR_SYSTEM : 0;
}

static void name_thread(const char *name)
{
    char text[16] = "pprof-";
    strncpy(text + 6, name, sizeof(text) - 7);
    prctl(PR_SET_NAME, text);
}

struct our_start {
    const char *name;
    void *(*main)(void *);
    void *arg;
    uint32_t taken;
};

static void *our_main(void *arg)
{
    struct our_start *start = arg;
    void *(*body)(void *) = start->main;
    void *body_arg = start->arg;
    name_thread(start->name);
    pp_store_release(&start->taken, 1);
    pp_sys_futex_wake(&start->taken, 1);
    return body(body_arg);
}

/* A thread counts as a process of the user's: where those are few the program needs them itself.
 * Root has as many as it likes. */
static bool may_have_ours(void)
{
    enum { PROCESSES_MIN = 64 };
    return pp_sys_limit(RLIMIT_NPROC) >= PROCESSES_MIN || getuid() == 0;
}

int pp_thread_start_ours(const char *name, void *(*body)(void *), void *arg)
{
    struct our_start start = { name, body, arg, 0 };
    pthread_t thread;
    if (!may_have_ours()) {
        return PPROF_ERR_LIMIT;
    }
    pp_self_enter();
    struct pp_thread *slot = slots ? claim_in(0, OUR_SLOTS, 0) : NULL;
    int err = PPROF_ERR_SYSTEM;
    if (slot) {
        slot->is_ours = true;
        slot->start_routine = (uintptr_t)our_main;
        slot->start_arg = &start;
        pp_add_relaxed(&ours_count, 1);
        err = create_ours(slot, &thread);
        if (err) {
            pp_sub_relaxed(&ours_count, 1);
            pp_thread_release(slot);
        }
    }
    while (!err && pp_load_acquire(&start.taken) == 0) {
        pp_sys_futex_wait(&start.taken, 0, -1);
    }
    pp_self_leave();
    return err;
}
