/* Select: all locks in one order, the cases in random order, one ticket for all waiters.
 *
 *   pass 0   without a lock: one of the channels that look ready is locked, and that may be all
 *   pass 1   lock all; the first case that can go on is done
 *   pass 2   a waiter in every queue; park, which lets go of all locks
 *   pass 3   lock the queues of the losers, take the waiters out
 *
 * The one who unlocks for us reads our records; they stay, because pass 3 takes every lock but the
 * winner's, and each only after it was let go. Channels come before events (ranks), each by
 * address. */
#include "base/sort_in_place.h"
#include "runtime/go/chan.h"
#include "runtime/go/switch.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

enum { SMALL = 16, CASES_MAX = 65536, MUST_WAIT = INT_MIN };

struct entry {
    uint32_t *lock;             /* NULL: never */
    struct pp_go_event *event;  /* or a channel's case */
    struct pp_go_queue *queue;  /* where to wait */
    struct pp_go_waiter waiter;
};

#define EVENT_LAST ((uintptr_t)1 << 63)

struct choice {
    struct go_case *cases;
    size_t count;               /* of cases */
    size_t entry_count;         /* of those that may be, and of the ambient context */
    struct entry *entries;      /* by case, then the ambient context's */
    struct entry **order;       /* those that may be, by lock */
    struct pp_g *g;
    int64_t deadline;
    size_t after;               /* case of the deadline, or of default */
    bool has_default;
    struct pp_go_alarm alarm;
    struct pp_go_waiter on_alarm;
};

struct small_room {
    struct entry entries[SMALL + 1];
    struct entry *order[SMALL + 1];
};

/* ---- reading the cases ---- */

ALWAYS_INLINE uintptr_t rank(const struct entry *entry)
{
    return (uintptr_t)entry->lock | (entry->event ? EVENT_LAST : 0);
}

static bool ranks_before(struct entry *const *a, struct entry *const *b)
{
    return rank(*a) < rank(*b);
}

typedef struct entry *entry_place;
PP_SORT_IN_PLACE(sort_many, entry_place, ranks_before)

/* In order while there are few, which programs write in the same order each time; many are sorted
 * once all are there. */
ALWAYS_INLINE void insert(struct choice *c, struct entry *entry)
{
    size_t at = c->entry_count++;
    while (at > 0 && rank(entry) < rank(c->order[at - 1]) && c->count <= SMALL) {
        c->order[at] = c->order[at - 1];
        at--;
    }
    c->order[at] = entry;
}

static void note_deadline(struct choice *c, size_t index, int64_t wait_ns)
{
    if (wait_ns <= 0) {
        c->has_default = true;
        c->after = index;
        return;
    }
    int64_t when, now = go_now();
    when = wait_ns > INT64_MAX - now ? GO_FOREVER : now + wait_ns;
    if (when < c->deadline) {
        c->deadline = when;
        c->after = c->has_default ? c->after : index;
    }
}

static void enter_event(struct choice *c, struct entry *entry, struct pp_go_event *event)
{
    entry->event = event;
    entry->lock = event ? &event->lock : NULL;
    if (event) {
        entry->queue = &event->queue;
        insert(c, entry);
    }
}

ALWAYS_INLINE void enter_chan(struct choice *c, struct entry *entry, const struct go_case *one)
{
    struct go_chan *chan = one->chan;
    entry->event = NULL;
    entry->lock = chan ? &chan->lock : NULL;
    entry->waiter.value = one->value;
    if (pp_likely(chan != NULL)) {
        entry->queue = one->kind == GO_CASE_SEND ? &chan->senders : &chan->receivers;
        insert(c, entry);
    }
}

static int read_other(struct choice *c, size_t index)
{
    struct go_case *one = &c->cases[index];
    struct entry *entry = &c->entries[index];
    entry->lock = NULL;
    switch (one->kind) {
    case GO_CASE_AFTER:
        note_deadline(c, index, one->wait_ns);
        return 0;
    case GO_CASE_DEFAULT:
        note_deadline(c, index, 0);
        return 0;
    case GO_CASE_DONE:
        enter_event(c, entry, one->context ? pp_go_context_event(one->context) : NULL);
        return 0;
    default:
        return one->kind == GO_CASE_NONE ? 0 : -EINVAL;
    }
}

ALWAYS_INLINE int read_cases(struct choice *c)
{
    c->entry_count = 0;
    for (size_t i = 0; i < c->count; i++) {
        int kind = c->cases[i].kind, failed = 0;
        if (pp_likely(kind == GO_CASE_SEND || kind == GO_CASE_RECV)) {
            enter_chan(c, &c->entries[i], &c->cases[i]);
        } else {
            failed = read_other(c, i);
        }
        if (pp_unlikely(failed)) {
            return failed;
        }
    }
    if (pp_unlikely(c->g->done != NULL)) {
        enter_event(c, &c->entries[c->count], c->g->done);
    }
    if (pp_unlikely(c->count > SMALL)) {
        sort_many(c->order, c->entry_count);
    }
    return 0;
}

/* ---- locks ---- */

/* Each lock once: cases of one channel stand side by side. */
ALWAYS_INLINE void lock_all(const struct choice *c)
{
    uint32_t *before = NULL;
    for (size_t i = 0; i < c->entry_count; i++) {
        uint32_t *lock = c->order[i]->lock;
        if (lock != before) {
            pp_go_lock(lock);
        }
        before = lock;
    }
}

ALWAYS_INLINE void unlock_all(const struct choice *c)
{
    uint32_t *before = NULL;
    for (size_t i = 0; i < c->entry_count; i++) {
        uint32_t *lock = c->order[i]->lock;
        if (lock != before) {
            pp_go_unlock(lock);
        }
        before = lock;
    }
}

/* On the next stack. Who is woken waits for each lock but the winner's: a lock is let go only after
 * the place of the next was read, and after the last store our records may be gone. */
ALWAYS_INLINE void unlock_for_parked(struct choice *c)
{
    size_t n = c->entry_count;
    struct entry **order = c->order;
    if (c->deadline != GO_FOREVER) {
        (void)pp_go_alarm_set(&c->alarm, c->deadline);
    }
    uint32_t *lock = n ? order[0]->lock : NULL;
    for (size_t i = 1; i < n; i++) {
        uint32_t *next = order[i]->lock;
        if (next != lock) {
            pp_store_release(lock, 0);
        }
        lock = next;
    }
    if (lock) {
        pp_store_release(lock, 0);
    }
}

static void unlock_parked(void *arg)
{
    unlock_for_parked(arg);
}

/* ---- pass 0 ---- */

ALWAYS_INLINE uint32_t next_random(void)
{
    struct pp_m *m = pp_go_here();
    m->random = m->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(m->random >> 33);
}

/* A hint, of use without the lock as well: nothing that is pointed to is read. */
ALWAYS_INLINE bool looks_ready(const struct go_case *one)
{
    const struct go_chan *chan = one->chan;
    bool is_closed = pp_load_relaxed(&chan->closed);
    size_t count = pp_load_relaxed(&chan->count);
    if (one->kind == GO_CASE_RECV) {
        return is_closed | (count > 0) | (pp_load_relaxed(&chan->senders.head) != NULL);
    }
    return is_closed | (count < chan->capacity) |
           (pp_load_relaxed(&chan->receivers.head) != NULL);
}

/* Those that look ready, a bit each. Only for channels and time-outs: what else there is may be
 * ready as well, and a default is chosen only when nothing is, which takes all locks to see. */
ALWAYS_INLINE bool peek(const struct go_case *cases, size_t count, uint32_t *ready)
{
    *ready = 0;
    for (size_t i = 0; i < count; i++) {
        const struct go_case *one = &cases[i];
        if (pp_likely(one->kind == GO_CASE_RECV || one->kind == GO_CASE_SEND)) {
            *ready |= one->chan ? (uint32_t)looks_ready(one) << i : 0;
        } else if (one->kind != GO_CASE_AFTER || one->wait_ns <= 0) {
            return false;
        }
    }
    return true;
}

/* The number of one of the bits, each as likely as any other. */
ALWAYS_INLINE unsigned any_of(uint32_t bits)
{
    unsigned chosen = (unsigned)__builtin_ctz(bits), seen = 1;
    while (pp_unlikely((bits &= bits - 1) != 0)) {
        seen++;
        if (((uint64_t)next_random() * seen) >> 31 == 0) {
            chosen = (unsigned)__builtin_ctz(bits);
        }
    }
    return chosen;
}

/* Under the channel's lock. True when the case was done; *wake is whom to wake, or NULL. */
ALWAYS_INLINE bool try_chan(struct go_case *one, struct pp_go_waiter **wake)
{
    struct go_chan *chan = one->chan;
    bool is_word = pp_go_chan_is_word(chan);
    *wake = NULL;
    one->result = 0;
    if (one->kind == GO_CASE_RECV) {
        if (pp_go_chan_get(chan, one->value, wake, is_word)) {
            return true;
        }
        one->result = GO_CLOSED;
        if (chan->closed) {
            pp_go_chan_zero(chan, one->value);
        }
        return chan->closed;
    }
    if (chan->closed) {
        one->result = GO_CLOSED;
        return true;
    }
    return pp_go_chan_give(chan, one->value, wake, is_word);
}

/* ---- pass 1 ---- */

ALWAYS_INLINE bool try_case(struct choice *c, size_t index, struct pp_go_waiter **wake)
{
    struct go_case *one = &c->cases[index];
    struct entry *entry = &c->entries[index];
    if (entry->lock && !entry->event) {
        return try_chan(one, wake);
    }
    *wake = NULL;
    one->result = entry->lock ? pp_load_relaxed(&entry->event->result) : 0;
    return one->result != 0;
}

/* From a random case on, in one of the two directions: with two cases, which is nearly always, that
 * is every order. Index, or -1. */
ALWAYS_INLINE int try_all(struct choice *c, struct pp_go_waiter **wake)
{
    uint32_t random = next_random();
    size_t n = c->count, at = ((random >> 1) * (uint64_t)n) >> 30;
    at = at < n ? at : n - 1;
    for (size_t i = 0; i < n; i++) {
        if (try_case(c, at, wake)) {
            return (int)at;
        }
        if (random & 1) {
            at = at + 1 < n ? at + 1 : 0;
        } else {
            at = at > 0 ? at - 1 : n - 1;
        }
    }
    return -1;
}

/* ---- pass 2 and 3 ---- */

static void fire_select(struct pp_go_alarm *alarm)
{
    struct choice *c = (struct choice *)(void *)((char *)alarm - offsetof(struct choice, alarm));
    struct pp_g *g = c->g;
    bool won = pp_go_waiter_claim(&c->on_alarm);
    if (won) {
        g->woken = &c->on_alarm;
    }
    pp_go_alarm_done(alarm);
    if (won) {
        pp_go_ready(g);
    }
}

ALWAYS_INLINE void enter_queues(struct choice *c)
{
    uint64_t ticket = pp_go_ticket_new(c->g);
    c->on_alarm.g = c->g;
    c->on_alarm.ticket = ticket;
    for (size_t i = 0; i < c->entry_count; i++) {
        struct entry *entry = c->order[i];
        entry->waiter.g = c->g;
        entry->waiter.ticket = ticket;
        pp_go_queue_add(entry->queue, &entry->waiter);
        pp_go_released(entry->lock);
    }
}

ALWAYS_INLINE void leave_queues(struct choice *c, const struct pp_go_waiter *winner)
{
    for (size_t i = 0; i < c->entry_count; i++) {
        struct entry *entry = c->order[i];
        if (&entry->waiter != winner) {
            pp_go_lock(entry->lock);
            pp_go_queue_remove(&entry->waiter);
            pp_go_unlock(entry->lock);
        }
    }
    if (c->deadline != GO_FOREVER) {
        (void)pp_go_alarm_clear(&c->alarm);
    }
}

/* Every lock is let go while we still run: see park_unlocked. */
ALWAYS_INLINE void park_in_all(struct choice *c, enum pp_go_reason reason, const void *object)
{
    struct pp_m *m = pp_go_enter();
    if (pp_unlikely(!can_swap(c->g))) {
        pp_go_leave(m);
        pp_go_park(reason, object, unlock_parked, c);
        return;
    }
    note_wait(c->g, reason, object);
    c->g->state = PP_GO_WAITING;
    unlock_for_parked(c);
    park_unlocked(m, c->g);
}

/* One case is no choice: Go waits for its channel, and says so. */
static NOINLINE enum pp_go_reason reason_of_few(const struct choice *c)
{
    bool is_nil = c->count && !c->entries[0].lock;
    switch (c->count ? c->cases[0].kind : GO_CASE_NONE) {
    case GO_CASE_SEND:
        return is_nil ? PP_GO_WAIT_SEND_NIL : PP_GO_WAIT_SEND;
    case GO_CASE_RECV:
    case GO_CASE_DONE:
        return is_nil ? PP_GO_WAIT_RECV_NIL : PP_GO_WAIT_RECV;
    case GO_CASE_AFTER:
        return PP_GO_WAIT_RECV;
    default:
        return PP_GO_WAIT_SELECT_NONE;
    }
}

ALWAYS_INLINE int wait_for_one(struct choice *c)
{
    enter_queues(c);
    if (c->deadline != GO_FOREVER) {
        c->alarm = (struct pp_go_alarm){ .fire = fire_select };
    }
    park_in_all(c, pp_likely(c->count > 1) ? PP_GO_WAIT_SELECT : reason_of_few(c),
                c->entry_count ? c->order[0]->lock : NULL);
    struct pp_go_waiter *winner = c->g->woken;
    leave_queues(c, winner);
    if (winner == &c->on_alarm) {
        c->cases[c->after].result = 0;
        return (int)c->after;
    }
    struct entry *entry =
        (struct entry *)(void *)((char *)winner - offsetof(struct entry, waiter));
    size_t index = (size_t)(entry - c->entries);
    if (index == c->count) {
        return winner->result;
    }
    c->cases[index].result = winner->result;
    return (int)index;
}

/* All but the wait, with all locks held; they are let go, but with MUST_WAIT. */
ALWAYS_INLINE int try_locked(struct choice *c)
{
    struct pp_go_waiter *wake = NULL;
    int chosen = c->count ? try_all(c, &wake) : -1;
    int ended = chosen < 0 && c->g->done ? pp_load_relaxed(&c->g->done->result) : 0;
    if (chosen < 0 && !ended && !c->has_default) {
        return MUST_WAIT;
    }
    unlock_all(c);
    if (wake) {
        pp_go_wake(wake, 0);
    }
    if (chosen < 0 && c->has_default) {
        c->cases[c->after].result = 0;
        return (int)c->after;
    }
    return chosen >= 0 ? chosen : ended;
}

ALWAYS_INLINE int try_now(struct choice *c)
{
    int failed = read_cases(c);
    if (failed) {
        return failed;
    }
    lock_all(c);
    return try_locked(c);
}

ALWAYS_INLINE void set_up(struct choice *c, struct go_case *cases, size_t count)
{
    c->cases = cases;
    c->count = count;
    c->g = pp_go_here()->current;
    c->deadline = GO_FOREVER;
    c->has_default = false;
}

ALWAYS_INLINE void use_room(struct choice *c, struct small_room *room)
{
    c->entries = room->entries;
    c->order = room->order;
}

static NOINLINE int try_few(struct go_case *cases, size_t count)
{
    struct choice c;
    struct small_room room;
    set_up(&c, cases, count);
    use_room(&c, &room);
    return try_now(&c);
}

/* Nothing but channels, and none looks ready. */
ALWAYS_INLINE bool must_wait(const struct choice *c)
{
    bool is_ready = c->g->done != NULL;
    for (size_t i = 0; i < c->count; i++) {
        is_ready |= c->entries[i].lock && looks_ready(&c->cases[i]);
    }
    return !is_ready;
}

/* Behind peek, or behind try_few, which holds the locks. Apart from those, and the cases are read
 * once more, so that whoever need not wait returns as usual, and who waited by a jump. */
static PP_GO_BY_JUMP NOINLINE int wait_few(struct go_case *cases, size_t count, bool is_locked)
{
    struct choice c;
    struct small_room room;
    set_up(&c, cases, count);
    use_room(&c, &room);
    (void)read_cases(&c);
    if (!is_locked) {
        lock_all(&c);
        int chosen = pp_likely(must_wait(&c)) ? MUST_WAIT : try_locked(&c);
        if (pp_unlikely(chosen != MUST_WAIT)) {
            return chosen;
        }
    }
    return wait_for_one(&c);
}

static NOINLINE int take_ready(struct go_case *cases, size_t count, uint32_t ready)
{
    struct pp_go_waiter *waiter;
    unsigned at = any_of(ready);
    struct go_case *one = &cases[at];
    pp_go_lock(&one->chan->lock);
    bool is_done = try_chan(one, &waiter);
    pp_go_unlock(&one->chan->lock);
    if (pp_unlikely(!is_done)) {
        return wait_few(cases, count, false);
    }
    (void)wake(waiter);
    return (int)at;
}

static NOINLINE int select_many(struct go_case *cases, size_t count)
{
    struct choice c;
    if (count > CASES_MAX) {
        return -EINVAL;
    }
    set_up(&c, cases, count);
    c.entries = calloc(count + 1, sizeof(*c.entries) + sizeof(*c.order));
    if (!c.entries) {
        return -ENOMEM;
    }
    c.order = (struct entry **)(void *)(c.entries + count + 1);
    int chosen = try_now(&c);
    chosen = chosen == MUST_WAIT ? wait_for_one(&c) : chosen;
    free(c.entries);
    return chosen;
}

PPROF_API int go_select(struct go_case *cases, size_t count)
{
    uint32_t ready;
    if (pp_unlikely(count > SMALL)) {
        return select_many(cases, count);
    }
    if (pp_likely(peek(cases, count, &ready))) {
        return ready ? take_ready(cases, count, ready) : wait_few(cases, count, false);
    }
    int chosen = try_few(cases, count);
    return chosen != MUST_WAIT ? chosen : wait_few(cases, count, true);
}
