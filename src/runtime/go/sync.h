/* What the locks and the like have in common, for sync_*.c and scope.c.
 *
 * Invariants
 *  - a wait's result from the waker is 0 (try again, or go on) or PP_GO_HANDED (it owns the thing).
 *  - nobody touches an object after having let another go on with it: who got a mutex, or saw a
 *    wait group at zero, may free the memory. So what makes an object free is the last store to it.
 */
#ifndef PP_GO_SYNC_H
#define PP_GO_SYNC_H

#include "runtime/go/sched_private.h"

enum { PP_GO_HANDED = 2 };

/* The bit in state_ of a mutex or rwmutex that one holds it alone: owner_ says who then. */
enum { PP_GO_HELD = 1 };
/* In state_ of a rwmutex, one for each reader. owner_ is then the last of them that came, until it
 * goes, and NULL from then on: what it says is true, but not always there. */
enum { PP_GO_READER = 8 };

/* The caller holds it; for reports. Who lets go of it clears this before. A goroutine's number
 * times two, or a thread's and one. */
static inline void *pp_go_owner_id(void)
{
    const struct pp_m *m = pp_go_here();
    uint64_t id = m->current->is_thread ? 2 * (uint64_t)m->tid + 1 : 2 * m->current->id;
    return (void *)(uintptr_t)id;
}

static inline void pp_go_note_owner(void **owner)
{
    pp_store_relaxed(owner, pp_go_owner_id());
}

/* The queue in an object's two private words. */
static inline struct pp_go_queue *pp_go_queue_in(void **words)
{
    return (struct pp_go_queue *)(void *)words;
}

/* All who wait, out of the queue and linked by `next`; *count says how many. Under the lock. */
static inline struct pp_go_waiter *pp_go_queue_take_all(struct pp_go_queue *queue, uint32_t *count)
{
    struct pp_go_waiter *first = NULL, **end = &first, *waiter;
    *count = 0;
    while ((waiter = pp_go_queue_take(queue)) != NULL) {
        *end = waiter;
        waiter->next = NULL;
        end = &waiter->next;
        (*count)++;
    }
    return first;
}

/* Lets all of them go on. No lock held. */
static inline void pp_go_wake_all(struct pp_go_waiter *first, int result)
{
    while (first) {
        struct pp_go_waiter *next = first->next; /* it is gone after the wake */
        pp_go_wake(first, result);
        first = next;
    }
}

/* The same by an unlock, which the mutex profile counts with what they have waited. waited.c. */
void pp_go_let_in(struct pp_go_waiter *first, int result);

/* Locks whatever the ambient context says. sync_mutex.c. */
void pp_go_mutex_lock_deaf(struct go_mutex *mutex);

/* Waits for zero whatever the ambient context says. sync_group.c. */
void pp_go_wait_group_join(struct go_wait_group *group);

#endif
