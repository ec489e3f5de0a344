/* A lock of three states on a futex word: 0 free, 1 held, 2 held with waiters. For slow paths of
 * our own threads; pthread's mutexes are interposed by this very library. Not for handlers. */
#ifndef PP_UNWIND_LOCK_H
#define PP_UNWIND_LOCK_H

#include "base/atomic.h"
#include "base/sys.h"

static inline void pp_unwind_lock(uint32_t *word)
{
    uint32_t state = 0;
    if (pp_cas_acquire(word, &state, 1)) {
        return;
    }
    while (pp_swap(word, 2) != 0) {
        pp_sys_futex_wait(word, 2, -1);
    }
}

/* As pp_unwind_lock, but gives up after so long: false. */
static inline bool pp_unwind_lock_within(uint32_t *word, int64_t ns)
{
    int64_t end = pp_sys_monotonic_ns() + ns;
    uint32_t state = 0;
    if (pp_cas_acquire(word, &state, 1)) {
        return true;
    }
    while (pp_swap(word, 2) != 0) {
        int64_t left = end - pp_sys_monotonic_ns();
        if (left <= 0) {
            return false;
        }
        pp_sys_futex_wait(word, 2, left);
    }
    return true;
}

static inline void pp_unwind_unlock(uint32_t *word)
{
    if (pp_swap(word, 0) == 2) {
        pp_sys_futex_wake(word, 1);
    }
}

#endif
