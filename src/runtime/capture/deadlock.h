/* Who waits for whom, and rings of them that can never go on.
 *
 * An edge is one thread (or task) that waits for something which one other holds. Each waits for at
 * most one thing, so a ring is found by following holders until one comes round again. Edges are
 * seen one after the other; a ring counts only if every wait in it is still the same one
 * afterwards, for then all of them were under way at one moment, and none of them can end.
 */
#ifndef PP_CAPTURE_DEADLOCK_H
#define PP_CAPTURE_DEADLOCK_H

#include "base/buf.h"
#include "runtime/capture/thread.h"

/* Who: a thread's id as it is, a goroutine's number with this. In a container both are small. */
#define PP_WHO_GOROUTINE (INT64_C(1) << 62)

struct pp_wait_edge {
    int64_t waiter;
    int64_t holder;    /* 0 when not known */
    uintptr_t object;  /* the lock, condition, ...; 0 when not known */
    uintptr_t pc;      /* where in the program it waits (a return address); 0 when not known */
    enum pp_wait_reason reason;
    bool is_bounded;   /* it ends by itself after a time */
    bool holder_gone;  /* the holder's thread has ended */
    uint32_t readers;  /* so many hold it to read, the holder one of them; 0: not known, or none */
    uint64_t seq;      /* of the waiter's slot, or the task's */
    const void *task;  /* for goes_on */
    bool (*goes_on)(const struct pp_wait_edge *edge); /* this wait, still; NULL: a thread's */
};

/* The edge of a thread as it was seen. */
struct pp_wait_edge pp_wait_edge_of(const struct pp_thread_view *view);

/* "mutex 0x55d0 held by NOUN 12" and the like; nothing when it is not known what it waits for. The
 * noun is for threads; goroutines are called so. */
void pp_wait_edge_write(struct pp_buf *out, const struct pp_wait_edge *edge, const char *noun);

/* A line "# deadlock: ..." for each ring among these waits, with how many others wait behind it,
 * and one for each lock whose holder has ended. `noun` is what a thread is called. Returns how many
 * lines. */
size_t pp_deadlocks_write(struct pp_buf *out, const struct pp_wait_edge *edges, size_t count,
                          const char *noun);

#endif
