/* Reader-writer mutex.
 *
 *   state_   readers * READER | WRITER (one holds it) | WRITERS (some wait) | READERS (some wait)
 *
 * A waiting writer keeps new readers out, and a writer that unlocks lets in all readers that wait
 * by then: so both sides come to their turn. What is free goes over to who waits before anybody
 * else can take it. A state without WRITERS and READERS is changed without lock_, any other under
 * it. */
#include "runtime/go/sync.h"

#include <errno.h>

enum { WRITER = PP_GO_HELD, WRITERS = 2, READERS = 4, READER = PP_GO_READER };

static bool change(struct go_rwmutex *mutex, uint32_t *state, uint32_t next)
{
    return pp_cas(&mutex->state_, state, next);
}

/* ---- without waiting ---- */

static void note_holder(struct go_rwmutex *mutex)
{
    pp_go_note_owner(&mutex->owner_);
    pp_go_acquired(mutex);
}

static bool take_read(struct go_rwmutex *mutex)
{
    uint32_t state = pp_load_relaxed(&mutex->state_);
    while (!(state & (WRITER | WRITERS | READERS))) {
        if (pp_cas_acquire(&mutex->state_, &state, state + READER)) {
            note_holder(mutex);
            return true;
        }
    }
    return false;
}

/* Another may store at this moment: then it is not known who reads, which does no harm. */
static void forget_reader(struct go_rwmutex *mutex)
{
    if (pp_load_relaxed(&mutex->owner_) == pp_go_owner_id()) {
        pp_store_relaxed(&mutex->owner_, NULL);
    }
}

static bool take_write(struct go_rwmutex *mutex)
{
    uint32_t is_free = 0;
    if (!pp_cas_acquire(&mutex->state_, &is_free, WRITER)) {
        return false;
    }
    note_holder(mutex);
    return true;
}

PPROF_API bool go_rwmutex_try_rlock(struct go_rwmutex *mutex)
{
    return take_read(mutex);
}

PPROF_API bool go_rwmutex_try_lock(struct go_rwmutex *mutex)
{
    return take_write(mutex);
}

/* ---- whose turn it is; all under lock_ ---- */

static uint32_t waiting_bits(const struct go_rwmutex *mutex)
{
    const struct pp_go_queue *readers = (const void *)mutex->readers_;
    const struct pp_go_queue *writers = (const void *)mutex->writers_;
    return (pp_go_queue_first(readers) ? READERS : 0) | (pp_go_queue_first(writers) ? WRITERS : 0);
}

/* All readers that wait get in beside those that hold it. */
static struct pp_go_waiter *let_readers(struct go_rwmutex *mutex, uint32_t held)
{
    uint32_t count;
    struct pp_go_waiter *first = pp_go_queue_take_all(pp_go_queue_in(mutex->readers_), &count);
    if (first) {
        pp_store_release(&mutex->state_, (held + count * READER) | waiting_bits(mutex));
    }
    return first;
}

static struct pp_go_waiter *let_writer(struct go_rwmutex *mutex)
{
    struct pp_go_waiter *writer = pp_go_queue_take(pp_go_queue_in(mutex->writers_));
    if (writer) {
        writer->next = NULL;
        pp_store_release(&mutex->state_, WRITER | waiting_bits(mutex));
    }
    return writer;
}

/* ---- waiting ---- */

/* True when it was got; else the bit that says who waits is set. Under lock_. */
static bool take_or_announce(struct go_rwmutex *mutex, bool is_write)
{
    uint32_t state = pp_load_relaxed(&mutex->state_);
    for (;;) {
        bool is_open = is_write ? state == 0 : !(state & (WRITER | WRITERS));
        uint32_t got = is_write ? WRITER : state + READER;
        uint32_t next = is_open ? got : state | (is_write ? WRITERS : READERS);
        if (change(mutex, &state, next)) {
            return is_open;
        }
    }
}

/* A wait ended by the context: readers that waited only for this writer get in. */
static void withdraw(struct go_rwmutex *mutex)
{
    struct pp_go_waiter *first = NULL;
    pp_go_lock(&mutex->lock_);
    uint32_t state = pp_load_relaxed(&mutex->state_);
    if (state & (WRITERS | READERS)) { /* so it changes under lock_ only */
        uint32_t bits = waiting_bits(mutex), held = state & ~(uint32_t)(WRITERS | READERS);
        pp_store_release(&mutex->state_, held | bits);
        if (!(bits & WRITERS) && !(held & WRITER)) {
            first = let_readers(mutex, held);
        }
    }
    pp_go_unlock(&mutex->lock_);
    pp_go_wake_all(first, PP_GO_HANDED);
}

static int wait_turn(struct go_rwmutex *mutex, bool is_write)
{
    struct pp_go_waiter waiter = { 0 };
    pp_go_lock(&mutex->lock_);
    if (take_or_announce(mutex, is_write)) {
        pp_go_unlock(&mutex->lock_);
        return 0;
    }
    void **queue = is_write ? mutex->writers_ : mutex->readers_;
    int result = pp_go_wait(pp_go_queue_in(queue), &mutex->lock_, &waiter,
                            is_write ? PP_GO_WAIT_WLOCK : PP_GO_WAIT_RLOCK, mutex);
    if (result < 0) {
        withdraw(mutex);
    }
    return result < 0 ? result : 0;
}

PPROF_API int go_rwmutex_rlock(struct go_rwmutex *mutex)
{
    if (pp_likely(take_read(mutex))) {
        return 0;
    }
    int failed = wait_turn(mutex, false);
    if (!failed) {
        note_holder(mutex);
    }
    return failed;
}

PPROF_API int go_rwmutex_lock(struct go_rwmutex *mutex)
{
    if (pp_likely(take_write(mutex))) {
        return 0;
    }
    int failed = wait_turn(mutex, true);
    if (!failed) {
        note_holder(mutex);
    }
    return failed;
}

/* ---- letting go ---- */

/* Some wait: the last reader hands over to a writer. False: look again. */
static bool runlock_slow(struct go_rwmutex *mutex)
{
    struct pp_go_waiter *first = NULL;
    bool is_done = true;
    pp_go_lock(&mutex->lock_);
    uint32_t state = pp_load_relaxed(&mutex->state_);
    if (!(state & (WRITERS | READERS)) || state < READER) {
        is_done = false;
    } else if (state >= 2 * READER) {
        pp_store_release(&mutex->state_, state - READER);
    } else {
        first = let_writer(mutex);
        is_done = first != NULL;
        if (!is_done) { /* all writers have given up; who waits else would be let in by them */
            pp_store_release(&mutex->state_, READER);
            first = let_readers(mutex, READER);
        }
    }
    pp_go_unlock(&mutex->lock_);
    pp_go_let_in(first, PP_GO_HANDED);
    return is_done;
}

PPROF_API int go_rwmutex_runlock(struct go_rwmutex *mutex)
{
    uint32_t state = pp_load_relaxed(&mutex->state_);
    if (state < READER) {
        return -EPERM;
    }
    forget_reader(mutex);
    pp_go_released(mutex);
    for (;;) {
        if (state < READER) {
            return -EPERM;
        }
        if (!(state & (WRITERS | READERS))) {
            if (change(mutex, &state, state - READER)) {
                return 0;
            }
        } else if (runlock_slow(mutex)) {
            return 0;
        } else {
            state = pp_load_relaxed(&mutex->state_);
        }
    }
}

/* Some wait: readers first, then a writer. False: look again. */
static bool unlock_slow(struct go_rwmutex *mutex)
{
    pp_go_lock(&mutex->lock_);
    struct pp_go_waiter *first = let_readers(mutex, 0);
    if (!first) {
        first = let_writer(mutex);
    }
    bool is_done = first != NULL;
    if (!is_done && pp_load_relaxed(&mutex->state_) & WRITER) {
        pp_store_release(&mutex->state_, WRITER); /* all have given up */
    }
    pp_go_unlock(&mutex->lock_);
    pp_go_let_in(first, PP_GO_HANDED);
    return is_done;
}

PPROF_API int go_rwmutex_unlock(struct go_rwmutex *mutex)
{
    pp_store_relaxed(&mutex->owner_, NULL);
    pp_go_released(mutex);
    for (;;) {
        uint32_t state = WRITER;
        if (change(mutex, &state, 0)) {
            return 0;
        }
        if (!(state & WRITER)) {
            return -EPERM;
        }
        if (unlock_slow(mutex)) {
            return 0;
        }
    }
}
