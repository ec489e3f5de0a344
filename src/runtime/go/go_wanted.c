/* Who holds the lock that a goroutine waits for.
 *
 * Nobody is stopped: the lock is read from memory that may be gone meanwhile, and counts only while
 * the goroutine still waits. A ring is real if, looked at again one after the other, everybody in
 * it still waits and every lock is still held by the next: who waits cannot have let go of a lock
 * since it was seen waiting. */
#include "base/sys.h"
#include "runtime/capture/deadlock.h"
#include "runtime/go/go_seen.h"
#include "runtime/go/sync.h"

enum { OWNER_LOOKS = 16 };

/* A lock as it was seen: who holds it, as pp_go_note_owner wrote it, or 0; how many readers do. */
struct held {
    uint64_t owner;
    uint32_t readers;
};

static struct held held_by(uint32_t state, const void *owner)
{
    uint32_t readers = state & PP_GO_HELD ? 0 : state / PP_GO_READER;
    bool is_held = state & PP_GO_HELD || readers;
    return (struct held){ is_held ? (uintptr_t)owner : 0, readers };
}

static struct held read_held(enum pp_wait_reason reason, uintptr_t object)
{
    struct go_mutex mutex;
    struct go_rwmutex rwmutex;
    if (reason == PP_WAIT_MUTEX) {
        ssize_t n = pp_sys_copy_safe(&mutex, (const void *)object, sizeof(mutex));
        bool is_held = n == (ssize_t)sizeof(mutex) && mutex.state_ & PP_GO_HELD;
        return (struct held){ is_held ? (uintptr_t)mutex.owner_ : 0, 0 };
    }
    ssize_t n = pp_sys_copy_safe(&rwmutex, (const void *)object, sizeof(rwmutex));
    return n == (ssize_t)sizeof(rwmutex) ? held_by(rwmutex.state_, rwmutex.owner_)
                                         : (struct held){ 0, 0 };
}

static int64_t who(uint64_t owner)
{
    int64_t number = (int64_t)(owner / 2);
    return !number || owner & 1 ? number : number | PP_WHO_GOROUTINE;
}

static bool still_waits(const struct pp_wait_edge *edge)
{
    const struct pp_g *g = edge->task;
    return who(read_held(edge->reason, edge->object).owner) == edge->holder &&
           pp_load_acquire(&g->state) == PP_GO_WAITING && pp_load_acquire(&g->seq) == edge->seq;
}

static enum pp_wait_reason reason_of(const struct pp_g *g)
{
    switch (g->reason) {
    case PP_GO_WAIT_MUTEX:
        return PP_WAIT_MUTEX;
    case PP_GO_WAIT_RLOCK:
        return PP_WAIT_RLOCK;
    case PP_GO_WAIT_WLOCK:
        return PP_WAIT_WLOCK;
    default:
        return PP_WAIT_NONE;
    }
}

struct search {
    uint64_t id;
    bool is_found;
};

static bool is_it(void *ctx, struct pp_g *g)
{
    struct search *search = ctx;
    search->is_found = g->id == search->id && pp_load_acquire(&g->state) != PP_GO_DEAD;
    return search->is_found;
}

/* Goroutines are looked through for it; not for ever more of them in one walk. */
static bool has_ended(uint64_t owner, struct pp_go_wanted_walk *walk)
{
    struct search search = { .id = owner / 2 };
    if (!owner || owner & 1) {
        return false;
    }
    if (owner != walk->owner && walk->looks < OWNER_LOOKS) {
        walk->looks++;
        walk->owner = owner;
        pp_go_stack_walk(is_it, &search);
        walk->has_ended = !search.is_found;
    }
    return owner == walk->owner && walk->has_ended;
}

bool pp_go_wanted(const struct pp_g *g, uint32_t seq, uintptr_t pc,
                  struct pp_go_wanted_walk *walk, struct pp_wait_edge *edge)
{
    enum pp_wait_reason reason = reason_of(g);
    uintptr_t object = (uintptr_t)g->object;
    if (reason == PP_WAIT_NONE || !object) {
        return false;
    }
    struct held held = read_held(reason, object);
    *edge = (struct pp_wait_edge){
        .waiter = (int64_t)g->id | PP_WHO_GOROUTINE,
        .holder = who(held.owner),
        .holder_gone = has_ended(held.owner, walk),
        .readers = held.readers,
        .object = object,
        .pc = pc,
        .reason = reason,
        .is_bounded = g->done != NULL,
        .seq = seq,
        .task = g,
        .goes_on = still_waits,
    };
    return still_waits(edge);
}
