/* Mutex.
 *
 *   state_   LOCKED | WAITERS (the queue may hold some) | WOKEN (one is on its way) | STARVING
 *
 * Who comes by takes a free lock at once, before those who wait: it runs already, and handing the
 * lock to one that must be scheduled first would make everybody wait for that. But one that was
 * woken and came too late more than 1 ms after its first try makes the lock STARVING: then it is
 * handed over in order, until the one it is handed to has waited less, or is the last.
 *
 * LOCKED alone is set and cleared without lock_; every other change is made under it. */
#include "base/sys.h"
#include "runtime/go/sync.h"

#include <errno.h>

enum { LOCKED = PP_GO_HELD, WAITERS = 2, WOKEN = 4, STARVING = 8 };

#define STARVES_NS GO_MS

struct attempt {
    struct pp_go_waiter waiter; /* value: since */
    int64_t since;
    bool is_deaf, is_woken;
};

/* The holder's number, for reports. */
static void note_owner(struct go_mutex *mutex)
{
    pp_go_note_owner(&mutex->owner_);
    pp_go_acquired(mutex);
}

/* Under lock_: takes it when it is free, else announces a waiter. */
static bool take_or_announce(struct go_mutex *mutex, struct attempt *attempt)
{
    uint32_t drop = attempt->is_woken ? WOKEN : 0;
    uint32_t state = pp_load_relaxed(&mutex->state_), next;
    do {
        next = state & ~drop;
        if (!(state & LOCKED)) {
            next |= LOCKED;
        } else if (attempt->is_woken && pp_sys_monotonic_ns() - attempt->since > STARVES_NS) {
            next |= WAITERS | STARVING;
        } else {
            next |= WAITERS;
        }
    } while (!pp_cas(&mutex->state_, &state, next));
    return !(state & LOCKED);
}

/* A wait ended by the context: nobody may be left in the queue. */
static void withdraw(struct go_mutex *mutex)
{
    pp_go_lock(&mutex->lock_);
    if (!pp_go_queue_first(pp_go_queue_in(mutex->queue_))) {
        (void)__atomic_fetch_and(&mutex->state_, ~(uint32_t)(WAITERS | STARVING),
                                 __ATOMIC_SEQ_CST);
    }
    pp_go_unlock(&mutex->lock_);
}

static int wait_turn(struct go_mutex *mutex, struct attempt *attempt)
{
    struct pp_go_queue *queue = pp_go_queue_in(mutex->queue_);
    attempt->waiter = (struct pp_go_waiter){ .value = &attempt->since };
    if (attempt->is_deaf) {
        return pp_go_wait_until(queue, &mutex->lock_, &attempt->waiter, PP_GO_WAIT_MUTEX, mutex,
                                GO_FOREVER, true);
    }
    return attempt->is_woken ? pp_go_wait_first(queue, &mutex->lock_, &attempt->waiter,
                                                PP_GO_WAIT_MUTEX, mutex)
                             : pp_go_wait(queue, &mutex->lock_, &attempt->waiter,
                                          PP_GO_WAIT_MUTEX, mutex);
}

static int lock_slow(struct go_mutex *mutex, bool is_deaf)
{
    struct attempt attempt = { .since = pp_sys_monotonic_ns(), .is_deaf = is_deaf };
    for (;;) {
        pp_go_lock(&mutex->lock_);
        if (take_or_announce(mutex, &attempt)) {
            pp_go_unlock(&mutex->lock_);
            return 0;
        }
        int result = wait_turn(mutex, &attempt);
        if (result < 0) {
            withdraw(mutex);
            return result;
        }
        if (result == PP_GO_HANDED) {
            return 0;
        }
        attempt.is_woken = true;
    }
}

static bool take_free(struct go_mutex *mutex)
{
    uint32_t is_free = 0;
    return pp_cas_acquire(&mutex->state_, &is_free, LOCKED);
}

PPROF_API int go_mutex_lock(struct go_mutex *mutex)
{
    int failed = pp_likely(take_free(mutex)) ? 0 : lock_slow(mutex, false);
    if (!failed) {
        note_owner(mutex);
    }
    return failed;
}

void pp_go_mutex_lock_deaf(struct go_mutex *mutex)
{
    if (!take_free(mutex)) {
        (void)lock_slow(mutex, true);
    }
    note_owner(mutex);
}

PPROF_API bool go_mutex_try_lock(struct go_mutex *mutex)
{
    uint32_t state = pp_load_relaxed(&mutex->state_);
    while (!(state & LOCKED)) {
        if (pp_cas_acquire(&mutex->state_, &state, state | LOCKED)) {
            note_owner(mutex);
            return true;
        }
    }
    return false;
}

/* Under lock_: hands the lock to the first that waits, which is starving. */
static void hand_over(struct go_mutex *mutex, const struct pp_go_waiter *to)
{
    int64_t since = *(const int64_t *)to->value;
    bool is_last = !pp_go_queue_first(pp_go_queue_in(mutex->queue_));
    bool is_over = is_last || pp_sys_monotonic_ns() - since < STARVES_NS;
    uint32_t drop = (is_over ? STARVING : 0) | (is_last ? WAITERS : 0);
    (void)__atomic_fetch_and(&mutex->state_, ~drop, __ATOMIC_SEQ_CST);
}

/* Whom to wake when this lock is let go, or NULL; in *handed whether it was handed over. Under
 * lock_, LOCKED stays set. */
static struct pp_go_waiter *choose_next(struct go_mutex *mutex, bool *handed)
{
    struct pp_go_queue *queue = pp_go_queue_in(mutex->queue_);
    uint32_t state = pp_load_relaxed(&mutex->state_);
    *handed = false;
    if (state & WOKEN && !(state & STARVING)) {
        return NULL;
    }
    struct pp_go_waiter *next = pp_go_queue_take(queue);
    if (next) {
        next->next = NULL;
    }
    if (next && state & STARVING) {
        *handed = true;
        hand_over(mutex, next);
        return next;
    }
    uint32_t drop = pp_go_queue_first(queue) ? 0 : WAITERS | STARVING;
    state = pp_load_relaxed(&mutex->state_);
    while (!pp_cas(&mutex->state_, &state, (state & ~drop) | (next ? WOKEN : 0))) {
    }
    return next;
}

static int unlock_slow(struct go_mutex *mutex)
{
    for (;;) {
        uint32_t state = LOCKED;
        bool handed;
        if (pp_cas(&mutex->state_, &state, 0)) {
            return 0;
        }
        if (!(state & LOCKED)) {
            return -EPERM;
        }
        pp_go_lock(&mutex->lock_);
        struct pp_go_waiter *next = choose_next(mutex, &handed);
        bool is_coming = next || pp_load_relaxed(&mutex->state_) & WOKEN;
        if (is_coming && !handed) { /* it still needs the mutex, so nobody may free it now */
            (void)__atomic_fetch_and(&mutex->state_, ~(uint32_t)LOCKED, __ATOMIC_SEQ_CST);
        }
        pp_go_unlock(&mutex->lock_);
        pp_go_let_in(next, handed ? PP_GO_HANDED : 0);
        if (is_coming) {
            return 0;
        }
    }
}

PPROF_API int go_mutex_unlock(struct go_mutex *mutex)
{
    uint32_t state = LOCKED;
    pp_store_relaxed(&mutex->owner_, NULL);
    pp_go_released(mutex);
    if (pp_likely(__atomic_compare_exchange_n(&mutex->state_, &state, 0, 0, __ATOMIC_RELEASE,
                                              __ATOMIC_RELAXED))) {
        return 0;
    }
    return unlock_slow(mutex);
}
