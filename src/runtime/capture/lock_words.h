/* The words of glibc's mutexes, read and changed as glibc itself does it.
 *
 *   __lock 0 free, 1 taken, 2 taken and perhaps waited for      __owner  thread id while taken
 *   __count depth of a recursive one                            __nusers 1 while taken
 *
 * A mutex that nobody waits for is taken and released here, in the hook: two jumps and glibc's own
 * checks less (docs/internals/locks.md, Taken in the hook). All else is glibc's.
 *
 * Invariants
 *  - whoever comes next, in glibc or here, finds the words that glibc would have left.
 *  - false means that nothing was changed.
 *  - nothing is taken here unless pp_mutex_words_init has seen that this glibc does the same.
 * Handler-safe but for init.
 */
#ifndef PP_CAPTURE_LOCK_WORDS_H
#define PP_CAPTURE_LOCK_WORDS_H

#include "base/atomic.h"
#include "base/sys_glibc.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    PP_MUTEX_KINDS = 4,          /* normal, recursive, error checking, adaptive */
    PP_MUTEX_NO_ELISION = 0x200, /* of __kind: asked for by name; the same kind otherwise */
};

/* Kinds below this are taken in the hooks: PP_MUTEX_KINDS, or 0 for none. A mutex that is robust,
 * shared, elided, destroyed or minds priorities has a kind above. */
extern uint32_t pp_mutex_kinds __attribute__((visibility("hidden")));

struct pp_mutex_calls {
    int (*lock)(pthread_mutex_t *), (*unlock)(pthread_mutex_t *);
};

/* Sets pp_mutex_kinds, from the constructor: with `calls`, which are behind our hooks, mutexes of
 * our own are taken and released in turn with the functions below, and the words compared. */
void pp_mutex_words_init(const struct pp_mutex_calls *calls);

/* A thread begins, whose id is known: nothing is taken here any more if glibc knows another. */
void pp_mutex_words_check(int32_t tid);

static inline __attribute__((always_inline)) uint32_t pp_mutex_kind(const pthread_mutex_t *m)
{
    return (uint32_t)pp_load_relaxed(&m->__data.__kind) & ~(uint32_t)PP_MUTEX_NO_ELISION;
}

/* Takes the mutex if it is free, or once more if it is recursive and the caller's. */
static inline __attribute__((always_inline)) bool pp_mutex_take(pthread_mutex_t *m, uint32_t kinds)
{
    uint32_t kind = pp_mutex_kind(m);
    if (pp_unlikely(kind >= kinds)) {
        return false;
    }
    int32_t tid = pp_sys_glibc_tid();
    bool is_recursive = kind == PTHREAD_MUTEX_RECURSIVE;
    if (is_recursive && m->__data.__owner == tid && m->__data.__count != UINT32_MAX) {
        m->__data.__count++;
        return true;
    }
    int free = 0;
    if (pp_unlikely(!pp_cas_acquire(&m->__data.__lock, &free, 1))) {
        return false;
    }
    pp_store_relaxed(&m->__data.__owner, tid);
    m->__data.__nusers++;
    if (is_recursive) {
        m->__data.__count = 1;
    }
    return true;
}

/* Releases it once, if nobody waits. */
static inline __attribute__((always_inline)) bool pp_mutex_release(pthread_mutex_t *m,
                                                                   uint32_t kinds)
{
    uint32_t kind = pp_mutex_kind(m);
    int held = 1;
    if (pp_unlikely(kind >= kinds || pp_load_relaxed(&m->__data.__lock) != held)) {
        return false;
    }
    int owner = m->__data.__owner;
    bool is_recursive = kind == PTHREAD_MUTEX_RECURSIVE;
    if (is_recursive || kind == PTHREAD_MUTEX_ERRORCHECK) {
        if (owner != pp_sys_glibc_tid()) {
            return false;
        }
        if (is_recursive && --m->__data.__count != 0) {
            return true;
        }
    }
    pp_store_relaxed(&m->__data.__owner, 0);
    m->__data.__nusers--;
    if (pp_likely(pp_cas_release(&m->__data.__lock, &held, 0))) {
        return true;
    }
    /* Somebody began to wait: it is still ours, and glibc wakes them. */
    pp_store_relaxed(&m->__data.__owner, owner);
    m->__data.__nusers++;
    if (is_recursive) {
        m->__data.__count = 1;
    }
    return false;
}

#endif
