#include "runtime/capture/contention.h"

#include "base/sys.h"
#include "runtime/capture/caller.h"
#include "runtime/capture/lock_queue.h"
#include "runtime/capture/random_sig.h"
#include "runtime/capture/wait_hooks.h"

enum {
    STACKS = 16 << 10, /* of each of the two profiles */
    FRACTION_DEFAULT = 10,
};
/* Ten milliseconds: a thread that waits all the time is looked at a hundred times a second. */
#define RATE_DEFAULT_NS INT64_C(10000000)
/* Longer is not told from off, and keeps rate << PP_EVENT_SHIFT within 64 bits. */
#define RATE_MAX_NS INT64_C(3600000000000)

#define BIT(reason) (1u << PP_WAIT_##reason)
#define LOCK_BITS (BIT(MUTEX) | BIT(RLOCK) | BIT(WLOCK))
#define SYNC_BITS (LOCK_BITS | BIT(COND) | BIT(SEMAPHORE) | BIT(JOIN) | BIT(BARRIER))
#define IO_BITS (BIT(IO) | BIT(SLEEP) | BIT(SELECT) | BIT(LOCKFILE) | BIT(CHILD) | BIT(SIGNAL))

uint32_t pp_wait_timed;
struct pp_sumtab pp_block_sums, pp_mutex_sums;

static uint64_t rate_ns = RATE_DEFAULT_NS;
static uint32_t fraction = FRACTION_DEFAULT, counts_io;

/* ---- rates ---- */

static void choose_timed(void)
{
    uint32_t bits = 0;
    if (pp_load_relaxed(&rate_ns)) {
        bits |= SYNC_BITS | (pp_load_relaxed(&counts_io) ? IO_BITS : 0);
    }
    if (pp_load_relaxed(&fraction)) {
        bits |= LOCK_BITS;
    }
    pp_store_relaxed(&pp_wait_timed, pp_load_acquire(&pp_block_sums.sums) ? bits : 0);
}

int pp_contention_init(void)
{
    int err = pp_sumtab_init(&pp_block_sums, STACKS);
    err = err ? err : pp_sumtab_init(&pp_mutex_sums, STACKS);
    err = err ? err : pp_lock_queue_init();
    choose_timed();
    return err;
}

int64_t pp_block_rate(int64_t ns)
{
    int64_t before = (int64_t)pp_load_relaxed(&rate_ns);
    if (ns >= 0) {
        pp_store_relaxed(&rate_ns, (uint64_t)(ns > RATE_MAX_NS ? RATE_MAX_NS : ns));
        choose_timed();
    }
    return before;
}

int pp_mutex_fraction(int n)
{
    int before = (int)pp_load_relaxed(&fraction);
    if (n >= 0) {
        pp_store_relaxed(&fraction, (uint32_t)n);
        choose_timed();
    }
    return before;
}

bool pp_block_io_get(void)
{
    return pp_load_relaxed(&counts_io) != 0;
}

bool pp_block_io(bool on)
{
    bool before = pp_block_io_get();
    pp_store_relaxed(&counts_io, on);
    choose_timed();
    return before;
}

/* ---- counting ---- */

/* The stack above our hook, with the C library's function, which has returned, as its leaf. */
static pp_stack_id stack_under(const struct pp_regs *regs, const void *function)
{
    uintptr_t pcs[PP_STACK_DEPTH_MAX];
    unsigned flags = 0;
    size_t depth = pp_unwind_sig(regs, pp_self.bounds, pcs, PP_STACK_DEPTH_MAX, &flags);
    pcs[0] = (uintptr_t)pp_wait_hook_behind(function); /* in place of the hook */
    depth = pp_wait_hook_drop(pcs, depth);
    return pp_stack_intern_sig(pcs, depth, flags, 0);
}

bool pp_block_weigh_sig(int64_t waited_ns, uint64_t *count, uint64_t *sum_ns)
{
    uint64_t rate = pp_load_relaxed(&rate_ns);
    uint64_t waited = waited_ns > 0 ? (uint64_t)waited_ns : 1;
    *count = 1 << PP_EVENT_SHIFT;
    *sum_ns = waited;
    if (!rate || waited >= rate) {
        return rate != 0;
    }
    if (pp_random_below_sig(rate) >= waited) {
        return false; /* before the division: nearly all end here, and hold a lock */
    }
    *count = (rate << PP_EVENT_SHIFT) / waited;
    *sum_ns = rate;
    return true;
}

void pp_block_count_sig(const struct pp_wait_frame *frame, int64_t waited_ns, const void *function)
{
    uint64_t count, sum_ns;
    if (!pp_block_weigh_sig(waited_ns, &count, &sum_ns)) {
        return;
    }
    pp_self_enter();
    pp_sumtab_add_sig(&pp_block_sums, pp_sum_key(stack_under(&frame->regs, function), 0), count,
                      sum_ns);
    pp_self_leave();
}

void pp_contention_begin_sig(struct pp_thread *thread, const struct pp_wait_frame *frame)
{
    if (pp_load_relaxed(&fraction)) {
        pp_lock_queue_join_sig(thread, frame);
    }
}

void pp_contention_end_sig(struct pp_thread *thread, const struct pp_wait_frame *frame,
                           int64_t now_ns, bool got)
{
    if (thread->queue) {
        pp_lock_queue_leave_sig(thread, frame, now_ns, got);
    }
}

int64_t pp_contention_release_sig(const void *lock)
{
    if (!pp_load_relaxed(&fraction) || !pp_load_relaxed(&pp_enabled) || pp_self.inside) {
        return 0;
    }
    return pp_lock_queue_charge_sig(lock, pp_sys_monotonic_ns());
}

bool pp_mutex_weigh_sig(uint64_t *weight)
{
    *weight = pp_load_relaxed(&fraction);
    return *weight && pp_random_below_sig(*weight) == 0;
}

void pp_mutex_count_sig(int64_t waited_ns, const struct pp_regs *regs, const void *function)
{
    uint64_t n;
    if (!pp_mutex_weigh_sig(&n)) {
        return;
    }
    pp_self_enter();
    pp_sumtab_add_sig(&pp_mutex_sums, pp_sum_key(stack_under(regs, function), 0),
                      n << PP_EVENT_SHIFT, (uint64_t)waited_ns * n);
    pp_self_leave();
}

void pp_contention_after_fork(void)
{
    pp_sumtab_clear(&pp_block_sums);
    pp_sumtab_clear(&pp_mutex_sums);
    pp_lock_queue_after_fork();
}
