/* Locks and what threads wait for from each other, wrapped: as in wait_hooks.c a frame tells of
 * each wait, and besides
 *
 *   lock     takes a mutex that is free (lock_words.h); else looks whether it would wait, and if
 *            not, jumps on
 *            else: joins the lock's queue -> real call -> leaves it   (lock_queue.h)
 *   unlock   releases a mutex that nobody waits for; else looks whether somebody waits, and if not,
 *            jumps on
 *            else: charges what they waited -> real call -> counts it with this stack
 *
 * The looks read glibc's lock words. A lock that is taken between the look and the real call waits
 * unseen: a few nanoseconds wide, and the dump of threads still finds the wait.
 *
 * Everything here is in section pp_hooks: by that the walker knows where our frames end. */
#include "runtime/capture/lock_queue.h"
#include "runtime/capture/lock_words.h"
#include "runtime/capture/wait_frame.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <threads.h>

/* ---- what glibc's words say ---- */

enum {
    KIND_MASK = 3,           /* of __kind: normal, recursive, error checking, adaptive */
    PROTECT_SHIFT = 19,      /* of __lock: above it the ceiling of a priority-protected mutex */
    KIND_PROTECT = 64,
    LOOKS = 8, /* of a lock that is taken, 25 ns apart, before the real call */
};
#define FUTEX_WAITED_FOR 0x80000000u /* of a robust or priority-inheriting mutex; else 2 */

PP_HOOK_INLINE uint32_t mutex_word(const pthread_mutex_t *m)
{
    return (uint32_t)pp_load_relaxed(&m->__data.__lock);
}

/* Whether it is the caller's already, and of the kind that may be: taking it waits for nobody. */
PP_HOOK_INLINE bool is_again(const pthread_mutex_t *m)
{
    int kind = m->__data.__kind & KIND_MASK;
    return (kind == PTHREAD_MUTEX_RECURSIVE || kind == PTHREAD_MUTEX_ERRORCHECK) &&
           pp_self.thread && m->__data.__owner == pp_self.thread->tid;
}

static bool is_waited_for(const pthread_mutex_t *m)
{
    uint32_t word = mutex_word(m);
    if (m->__data.__kind & KIND_PROTECT) {
        word &= (1u << PROTECT_SHIFT) - 1;
    }
    bool releases = (m->__data.__kind & KIND_MASK) != PTHREAD_MUTEX_RECURSIVE ||
                    m->__data.__count <= 1;
    return releases && (word == 2 || word & FUTEX_WAITED_FOR);
}

#define MUTEX(m) ((const pthread_mutex_t *)(const void *)(m))
#define MUTEX_PASSES(m) (mutex_word(MUTEX(m)) == 0)
#define MUTEX_IS_MINE(m) is_again(MUTEX(m))
#define TAKE_MUTEX(m)                                                                              \
    pp_mutex_take((pthread_mutex_t *)(void *)(m), pp_load_relaxed(&pp_mutex_kinds))
/* __readers: bit 1 a writer owns it, from bit 3 up the number of readers. */
#define RLOCK_PASSES(l) ((pp_load_relaxed(&(l)->__data.__readers) & 2) == 0)
#define WLOCK_PASSES(l) ((pp_load_relaxed(&(l)->__data.__readers) & ~5u) == 0)
/* The first word of a semaphore is its value. */
#define SEM_PASSES(s) (pp_load_relaxed((const uint32_t *)(const void *)(s)) != 0)
#define NEVER(l) false

/* ---- taking ---- */

/* X(library, reason, flags, name, parameters, arguments, object, take, passes at once, is mine) */
#define LOCK_HOOKS(X)                                                                              \
    X(thread_call, MUTEX, 0, pthread_mutex_lock, (pthread_mutex_t *m), (m), m, TAKE_MUTEX,         \
      MUTEX_PASSES, MUTEX_IS_MINE)                                                                 \
    X(thread_call, MUTEX, PP_WAIT_BOUNDED, pthread_mutex_timedlock,                                \
      (pthread_mutex_t *m, const struct timespec *until), (m, until), m, NEVER, MUTEX_PASSES,      \
      MUTEX_IS_MINE)                                                                               \
    X(thread_call, MUTEX, PP_WAIT_BOUNDED, pthread_mutex_clocklock,                                \
      (pthread_mutex_t *m, clockid_t clock, const struct timespec *until), (m, clock, until), m,   \
      NEVER, MUTEX_PASSES, MUTEX_IS_MINE)                                                          \
    X(thread_call, MUTEX, 0, mtx_lock, (mtx_t *m), (m), m, TAKE_MUTEX, MUTEX_PASSES,               \
      MUTEX_IS_MINE)                                                                               \
    X(thread_call, MUTEX, PP_WAIT_BOUNDED, mtx_timedlock,                                          \
      (mtx_t *m, const struct timespec *until), (m, until), m, NEVER, MUTEX_PASSES, MUTEX_IS_MINE) \
    X(thread_call, RLOCK, 0, pthread_rwlock_rdlock, (pthread_rwlock_t *l), (l), l, NEVER,          \
      RLOCK_PASSES, NEVER)                                                                         \
    X(thread_call, RLOCK, PP_WAIT_BOUNDED, pthread_rwlock_timedrdlock,                             \
      (pthread_rwlock_t *l, const struct timespec *until), (l, until), l, NEVER, RLOCK_PASSES,     \
      NEVER)                                                                                       \
    X(thread_call, RLOCK, PP_WAIT_BOUNDED, pthread_rwlock_clockrdlock,                             \
      (pthread_rwlock_t *l, clockid_t clock, const struct timespec *until), (l, clock, until), l,  \
      NEVER, RLOCK_PASSES, NEVER)                                                                  \
    X(thread_call, WLOCK, 0, pthread_rwlock_wrlock, (pthread_rwlock_t *l), (l), l, NEVER,          \
      WLOCK_PASSES, NEVER)                                                                         \
    X(thread_call, WLOCK, PP_WAIT_BOUNDED, pthread_rwlock_timedwrlock,                             \
      (pthread_rwlock_t *l, const struct timespec *until), (l, until), l, NEVER, WLOCK_PASSES,     \
      NEVER)                                                                                       \
    X(thread_call, WLOCK, PP_WAIT_BOUNDED, pthread_rwlock_clockwrlock,                             \
      (pthread_rwlock_t *l, clockid_t clock, const struct timespec *until), (l, clock, until), l,  \
      NEVER, WLOCK_PASSES, NEVER)                                                                  \
    X(call, SEMAPHORE, 0, sem_wait, (sem_t *s), (s), s, NEVER, SEM_PASSES, NEVER)                  \
    X(call, SEMAPHORE, PP_WAIT_BOUNDED, sem_timedwait, (sem_t *s, const struct timespec *until),   \
      (s, until), s, NEVER, SEM_PASSES, NEVER)                                                     \
    X(call, SEMAPHORE, PP_WAIT_BOUNDED, sem_clockwait,                                             \
      (sem_t *s, clockid_t clock, const struct timespec *until), (s, clock, until), s, NEVER,      \
      SEM_PASSES, NEVER)

/* Of these an unlock tells the others; a semaphore has no holder. */
#define HAS_HOLDER(reason)                                                                         \
    ((reason) == PP_WAIT_MUTEX || (reason) == PP_WAIT_RLOCK || (reason) == PP_WAIT_WLOCK)

PP_HOOK_INLINE struct pp_thread *begin_lock(struct pp_wait_frame *frame,
                                            enum pp_wait_reason reason, const void *object,
                                            uint32_t flags)
{
    struct pp_thread *waiter = pp_wait_begin(frame, reason, object, flags);
    if (waiter && (frame->flags & PP_WAIT_TIMED) && HAS_HOLDER(reason)) {
        pp_contention_begin_sig(waiter, frame);
    }
    return waiter;
}

PP_HOOK_INLINE void end_lock(struct pp_thread *waiter, struct pp_wait_frame *frame,
                             const void *function, int answer)
{
    int64_t now = pp_wait_now(waiter, frame);
    if (now && HAS_HOLDER(frame->reason)) {
        pp_contention_end_sig(waiter, frame, now, answer == 0 || answer == EOWNERDEAD);
    }
    pp_wait_end(waiter, frame, function, now);
}

#define LOCK_HOOK(library, reason, flags, name, parameters, arguments, object, take, passes,       \
                  is_mine)                                                                         \
    PP_HOOK_POINTER(library, int, name, parameters, arguments)                                     \
    PP_HOOK_TEXT static int slow_##name parameters                                                 \
    {                                                                                              \
        struct pp_wait_frame frame;                                                                \
        if (is_mine(object)) {                                                                     \
            return real_##name arguments;                                                          \
        }                                                                                          \
        struct pp_thread *waiter = begin_lock(&frame, PP_WAIT_##reason, object, flags);            \
        for (int i = 0; i < LOOKS && !passes(object); i++) {                                       \
            pp_pause();                                                                            \
        }                                                                                          \
        int answer = real_##name arguments;                                                        \
        end_lock(waiter, &frame, (const void *)real_##name, answer);                               \
        return answer;                                                                             \
    }                                                                                              \
    int hook_##name parameters PP_HOOK(name);                                                      \
    int hook_##name parameters                                                                     \
    {                                                                                              \
        if (pp_likely(take(object))) {                                                             \
            return 0;                                                                              \
        }                                                                                          \
        return pp_likely(passes(object)) ? real_##name arguments : slow_##name arguments;          \
    }

LOCK_HOOKS(LOCK_HOOK)

PP_HOOK_ALIAS(int, __pthread_mutex_lock, pthread_mutex_lock, (pthread_mutex_t * m))
PP_HOOK_ALIAS(int, __pthread_rwlock_rdlock, pthread_rwlock_rdlock, (pthread_rwlock_t * l))
PP_HOOK_ALIAS(int, __pthread_rwlock_wrlock, pthread_rwlock_wrlock, (pthread_rwlock_t * l))

/* ---- releasing ---- */

/* X(name, type, release, nobody waits, somebody does) */
#define RELEASE_MUTEX(m)                                                                           \
    pp_mutex_release((pthread_mutex_t *)(void *)(m), pp_load_relaxed(&pp_mutex_kinds))
#define MUTEX_IS_QUIET(m) (mutex_word(MUTEX(m)) <= 1)
#define MUTEX_IS_WAITED_FOR(m) is_waited_for(MUTEX(m))
#define RWLOCK_IS_QUIET(l) (pp_load_relaxed(&pp_lock_queue_rwlocks) == 0)
#define ALWAYS(l) true
#define UNLOCK_HOOKS(X)                                                                            \
    X(pthread_mutex_unlock, pthread_mutex_t, RELEASE_MUTEX, MUTEX_IS_QUIET, MUTEX_IS_WAITED_FOR)   \
    X(mtx_unlock, mtx_t, RELEASE_MUTEX, MUTEX_IS_QUIET, MUTEX_IS_WAITED_FOR)                       \
    X(pthread_rwlock_unlock, pthread_rwlock_t, NEVER, RWLOCK_IS_QUIET, ALWAYS)

#define UNLOCK_HOOK(name, type, release, is_quiet, waited_for)                                     \
    PP_HOOK_POINTER(thread_call, int, name, (type *l), (l))                                        \
    PP_HOOK_TEXT static int slow_##name(type *l)                                                   \
    {                                                                                              \
        struct pp_regs regs;                                                                       \
        int64_t waited = waited_for(l) ? pp_contention_release_sig(l) : 0;                         \
        int answer = real_##name(l);                                                               \
        if (waited) {                                                                              \
            pp_regs_capture(&regs);                                                                \
            pp_mutex_count_sig(waited, &regs, (const void *)real_##name);                          \
        }                                                                                          \
        return answer;                                                                             \
    }                                                                                              \
    int hook_##name(type *l) PP_HOOK(name);                                                        \
    int hook_##name(type *l)                                                                       \
    {                                                                                              \
        if (pp_likely(release(l))) {                                                               \
            return 0;                                                                              \
        }                                                                                          \
        return pp_likely(is_quiet(l)) ? real_##name(l) : slow_##name(l);                           \
    }

UNLOCK_HOOKS(UNLOCK_HOOK)

PP_HOOK_ALIAS(int, __pthread_mutex_unlock, pthread_mutex_unlock, (pthread_mutex_t * m))
PP_HOOK_ALIAS(int, __pthread_rwlock_unlock, pthread_rwlock_unlock, (pthread_rwlock_t * l))

/* ---- conditions, which release a mutex, and waits for threads ---- */

PP_HOOK_TEXT static void release_by_wait(const void *mutex, const void *function)
{
    struct pp_regs regs;
    int64_t waited = is_waited_for(mutex) ? pp_contention_release_sig(mutex) : 0;
    if (waited) {
        pp_regs_capture(&regs);
        pp_mutex_count_sig(waited, &regs, function);
    }
}

/* X(library, reason, flags, name, parameters, arguments, object, mutex that is released) */
#define SYNC_HOOKS(X)                                                                              \
    X(thread_call, COND, 0, pthread_cond_wait, (pthread_cond_t *cond, pthread_mutex_t *mutex),     \
      (cond, mutex), cond, mutex)                                                                  \
    X(thread_call, COND, PP_WAIT_BOUNDED, pthread_cond_timedwait,                                  \
      (pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *until),                \
      (cond, mutex, until), cond, mutex)                                                           \
    X(thread_call, COND, PP_WAIT_BOUNDED, pthread_cond_clockwait,                                  \
      (pthread_cond_t *cond, pthread_mutex_t *mutex, clockid_t clock,                              \
       const struct timespec *until),                                                              \
      (cond, mutex, clock, until), cond, mutex)                                                    \
    X(thread_call, COND, 0, cnd_wait, (cnd_t *cond, mtx_t *mutex), (cond, mutex), cond, mutex)     \
    X(thread_call, COND, PP_WAIT_BOUNDED, cnd_timedwait,                                           \
      (cnd_t *cond, mtx_t *mutex, const struct timespec *until), (cond, mutex, until), cond,       \
      mutex)                                                                                       \
    X(thread_call, BARRIER, 0, pthread_barrier_wait, (pthread_barrier_t *barrier), (barrier),      \
      barrier, NULL)                                                                               \
    X(thread_call, JOIN, 0, pthread_join, (pthread_t thread, void **result), (thread, result),     \
      (void *)thread, NULL)                                                                        \
    X(thread_call, JOIN, PP_WAIT_BOUNDED, pthread_timedjoin_np,                                    \
      (pthread_t thread, void **result, const struct timespec *until), (thread, result, until),    \
      (void *)thread, NULL)                                                                        \
    X(thread_call, JOIN, PP_WAIT_BOUNDED, pthread_clockjoin_np,                                    \
      (pthread_t thread, void **result, clockid_t clock, const struct timespec *until),            \
      (thread, result, clock, until), (void *)thread, NULL)                                        \
    X(thread_call, JOIN, 0, thrd_join, (thrd_t thread, int *result), (thread, result),             \
      (void *)thread, NULL)

#define SYNC_HOOK(library, reason, flags, name, parameters, arguments, object, released)           \
    PP_HOOK_POINTER(library, int, name, parameters, arguments)                                     \
    int hook_##name parameters PP_HOOK(name);                                                      \
    int hook_##name parameters                                                                     \
    {                                                                                              \
        struct pp_wait_frame frame;                                                                \
        const void *lock = released;                                                               \
        if (lock && !MUTEX_IS_QUIET(lock)) {                                                       \
            release_by_wait(lock, (const void *)real_##name);                                      \
        }                                                                                          \
        struct pp_thread *waiter = pp_wait_begin(&frame, PP_WAIT_##reason, object, flags);         \
        int answer = real_##name arguments;                                                        \
        pp_wait_end(waiter, &frame, (const void *)real_##name, pp_wait_now(waiter, &frame));       \
        return answer;                                                                             \
    }

SYNC_HOOKS(SYNC_HOOK)

void pp_lock_hooks_resolve(void)
{
#define BIND(name) pp_hook_bind(&real_##name, #name);
#define BIND_LOCK(library, reason, flags, name, parameters, arguments, object, take, passes,       \
                  is_mine)                                                                         \
    BIND(name)
#define BIND_UNLOCK(name, type, release, is_quiet, waited_for) BIND(name)
#define BIND_SYNC(library, reason, flags, name, parameters, arguments, object, released) BIND(name)
    LOCK_HOOKS(BIND_LOCK)
    UNLOCK_HOOKS(BIND_UNLOCK)
    SYNC_HOOKS(BIND_SYNC)
    pp_mutex_words_init(
        &(struct pp_mutex_calls){ real_pthread_mutex_lock, real_pthread_mutex_unlock });
}
