#include "runtime/capture/lock_queue.h"

#include "base/sys.h"
#include "base/table.h"

enum {
#ifdef PPROF_SMALL
    LOCKS = 8,
#else
    LOCKS = 8 << 10,
#endif
    REACH = 8,       /* places searched for a lock */
    COUNT_SHIFT = 52,
    COUNT_MAX = (1 << 12) - 1,
};
#define SUM_MASK (((uint64_t)1 << COUNT_SHIFT) - 1)

struct pp_lock_queue {
    uintptr_t lock;
    uint64_t word;
    int64_t charged_ns; /* when an unlock last charged */
};

static struct pp_lock_queue *queues;
static uint64_t lost;
uint32_t pp_lock_queue_rwlocks;

int pp_lock_queue_init(void)
{
    struct pp_lock_queue *all = pp_sys_reserve(LOCKS * sizeof(*all));
    if (!all) {
        return PPROF_ERR_NOMEM;
    }
    pp_store_release(&queues, all);
    return 0;
}

static uint64_t pack(uint64_t count, uint64_t sum)
{
    return count << COUNT_SHIFT | (sum & SUM_MASK);
}

static struct pp_lock_queue *place(uintptr_t lock, size_t i)
{
    return &pp_load_relaxed(&queues)[(pp_hash_u64(lock) + i) & (LOCKS - 1)];
}

static struct pp_lock_queue *find(uintptr_t lock)
{
    for (size_t i = 0; pp_load_acquire(&queues) && i < REACH; i++) {
        struct pp_lock_queue *queue = place(lock, i);
        if (pp_load_relaxed(&queue->lock) == lock) {
            return queue;
        }
    }
    return NULL;
}

/* A place where nobody waits now becomes this lock's. */
static struct pp_lock_queue *claim(uintptr_t lock)
{
    for (size_t i = 0; pp_load_acquire(&queues) && i < REACH; i++) {
        struct pp_lock_queue *queue = place(lock, i);
        uintptr_t before = pp_load_relaxed(&queue->lock);
        uint64_t word = pp_load_relaxed(&queue->word);
        if (word >> COUNT_SHIFT == 0 && pp_cas(&queue->lock, &before, lock)) {
            (void)pp_cas(&queue->word, &word, (uint64_t)0);
            return queue;
        }
    }
    return NULL;
}

static bool enter(struct pp_lock_queue *queue, int64_t now)
{
    uint64_t word = pp_load_relaxed(&queue->word);
    do {
        if (word >> COUNT_SHIFT == COUNT_MAX) {
            return false;
        }
    } while (!pp_cas(&queue->word, &word,
                     pack((word >> COUNT_SHIFT) + 1, word + (uint64_t)now)));
    return true;
}

/* Takes one waiter out. What it waited until `until` stays, to be charged by the next unlock. */
static void leave(struct pp_lock_queue *queue, int64_t until, bool and_all)
{
    uint64_t word = pp_load_relaxed(&queue->word), count;
    do {
        count = word >> COUNT_SHIFT;
        if (count == 0) {
            return;
        }
    } while (!pp_cas(&queue->word, &word,
                     count == 1 && and_all ? 0 : pack(count - 1, word - (uint64_t)until)));
}

static bool is_rwlock(const struct pp_wait_frame *frame)
{
    return frame->reason == PP_WAIT_RLOCK || frame->reason == PP_WAIT_WLOCK;
}

/* A wait that is no deeper than an older one's frame has outlived that one. */
static void drop_stale(struct pp_thread *thread, const struct pp_wait_frame *frame)
{
    if (thread->queue && (uintptr_t)frame >= thread->queue_frame) {
        pp_lock_queue_forget_sig(thread);
    }
}

void pp_lock_queue_join_sig(struct pp_thread *thread, const struct pp_wait_frame *frame)
{
    drop_stale(thread, frame);
    if (thread->queue) {
        return; /* a handler's wait inside a wait: the outer one counts */
    }
    struct pp_lock_queue *queue = find(frame->object);
    queue = queue ? queue : claim(frame->object);
    if (!queue || !enter(queue, frame->since_ns)) {
        pp_add_relaxed(&lost, 1);
        return;
    }
    thread->queue_is_rwlock = is_rwlock(frame);
    if (thread->queue_is_rwlock) {
        pp_add(&pp_lock_queue_rwlocks, 1);
    }
    thread->queue_frame = (uintptr_t)frame;
    thread->queue_since_ns = frame->since_ns;
    thread->queue = queue;
}

static void step_out(struct pp_thread *thread)
{
    if (thread->queue_is_rwlock) {
        pp_add(&pp_lock_queue_rwlocks, UINT32_MAX); /* less one */
    }
    thread->queue = NULL;
}

void pp_lock_queue_leave_sig(struct pp_thread *thread, const struct pp_wait_frame *frame,
                             int64_t now_ns, bool got)
{
    struct pp_lock_queue *queue = thread->queue;
    if (!queue || thread->queue_frame != (uintptr_t)frame) {
        return;
    }
    /* Since the last unlock nobody held it on this thread's account: it was on its way here. */
    int64_t until = now_ns;
    if (got) {
        int64_t charged = pp_load_relaxed(&queue->charged_ns);
        until = charged > frame->since_ns ? charged : frame->since_ns;
    }
    leave(queue, until, got);
    step_out(thread);
}

void pp_lock_queue_forget_sig(struct pp_thread *thread)
{
    if (thread->queue) {
        leave(thread->queue, thread->queue_since_ns, true);
        step_out(thread);
    }
}

int64_t pp_lock_queue_charge_sig(const void *lock, int64_t now_ns)
{
    struct pp_lock_queue *queue = find((uintptr_t)lock);
    if (!queue) {
        return 0;
    }
    uint64_t word = pp_load_relaxed(&queue->word), all;
    do {
        all = (word >> COUNT_SHIFT) * (uint64_t)now_ns;
    } while (!pp_cas(&queue->word, &word,
                     word >> COUNT_SHIFT ? pack(word >> COUNT_SHIFT, all) : 0));
    pp_store_relaxed(&queue->charged_ns, now_ns);
    uint64_t waited = (all - word) & SUM_MASK;
    return waited >> (COUNT_SHIFT - 1) ? 0 : (int64_t)waited; /* else: it went backwards */
}

void pp_lock_queue_stats(struct pp_lock_queue_stats *stats)
{
    *stats = (struct pp_lock_queue_stats){ 0, LOCKS, pp_load_relaxed(&lost) };
    for (size_t i = 0; pp_load_acquire(&queues) && i < LOCKS; i++) {
        stats->locks += pp_load_relaxed(&queues[i].word) >> COUNT_SHIFT != 0;
    }
}

void pp_lock_queue_after_fork(void)
{
    if (queues) {
        pp_sys_discard(queues, LOCKS * sizeof(*queues));
    }
    pp_lock_queue_rwlocks = 0;
    lost = 0;
}
