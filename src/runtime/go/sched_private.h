/* Goroutines, threads and places, for the files of the scheduler itself.
 *
 *     slot of a stack:  [ guard page |  ...free...  | frames <- sp | struct pp_g ]
 *     place (P):        run_next -> [ ring of 256, FIFO ] -> global queue when full
 *
 * Invariants
 *  - a P belongs to one M (m->p), or is idle, or was left behind by an M that blocks (BLOCKED: who
 *    wins its state by compare and swap has it).
 *  - ring tail, run_next, free list and counters of a P are written by the M that has it, between
 *    pp_go_enter and pp_go_leave; the ring's head is advanced by compare and swap by anyone.
 *  - m->busy is 1 between those two. Somebody else takes the P (or run_next) away only after having
 *    set m->freeze, run membarrier and seen busy 0.
 */
#ifndef PP_GO_SCHED_PRIVATE_H
#define PP_GO_SCHED_PRIVATE_H

#include "base/sys_switch.h"
#include "runtime/capture/label.h"
#include "runtime/go/sched.h"
#include "runtime/go/wait.h"

#include <sys/epoll.h>
#include <sys/types.h>

#pragma GCC visibility push(hidden)

enum {
    PP_GO_RING = 256,
    PP_GO_QUEUE = 1 << 14,    /* of the global queue, before it becomes a list */
    PP_GO_FREE_BATCH = 256,   /* free stacks that change hands at once */
    PP_GO_PROCS_MAX = 256,
    PP_GO_NAME = 32,
    PP_GO_LOCALS = 64,
    PP_GO_CACHE_LINE = 64,
    PP_GO_CHECK_EVERY = 64,   /* switches between looks at timers, descriptors, the global queue */
    PP_GO_QUICK_NS = 500,     /* a switch that is not worth another processor (pace.c) */
    PP_GO_INHERIT_MAX = 256,  /* times in a row that run_next goes before the ring */
};

enum pp_go_state {
    PP_GO_DEAD,      /* slot is free, or never was used */
    PP_GO_RUNNABLE,
    PP_GO_RUNNING,
    PP_GO_WAITING,
    PP_GO_BLOCKED,   /* in go_block */
};

struct pp_m;
struct pp_p;

/* What the C++ runtime keeps for each thread (__cxa_eh_globals). */
struct pp_go_exceptions {
    void *caught;
    unsigned uncaught;
};

struct pp_g {
    /* what a switch touches */
    struct pp_sys_context regs; /* while seq is even */
    uint32_t seq;
    uint8_t state, reason, stack_class;
    bool is_thread;             /* the proxy of a thread */
    int errno_value;
    uint32_t label_set;
    struct pp_m *pinned;        /* runs only there, or NULL */
    struct pp_g *next;          /* in a list of free ones */
    int64_t late_ns;            /* how long it waited, when that is to be counted; else 0 */
    /* what its beginning and its end touch besides: one line, so that many fit into a cache */
    _Alignas(PP_GO_CACHE_LINE) uint64_t id;
    uint64_t created_by;
    uintptr_t created_pc;
    go_fn fn;
    void *arg;
    uint32_t epoch;             /* of leak marks when it was started */
    bool has_name;
    bool has_extras;            /* then, context or locals; pinned from its start */
    struct pp_g *next_but_one;  /* in a list of free ones, or NULL: see expect_start */
    struct pp_label_nest nest;  /* its first word still on this line */
    uint32_t dump;              /* the last dump that saw it run */
    uint32_t trimmed;           /* seq of the wait in which trim.c has seen to it; atomic */
    char name[PP_GO_NAME];
    struct pp_g *next_batch;    /* free, and the first of PP_GO_FREE_BATCH */
    uintptr_t stack_low;        /* above the guard */
    go_fn then;                 /* called when it ends, or NULL */
    void *then_arg;
    void *fiber;                /* ThreadSanitizer's */
    void *fake_stack;           /* AddressSanitizer's, while it does not run */
    struct pp_go_exceptions exceptions; /* while it does not run */
    /* what a wait touches; what is set here is cleared again before it ends */
    _Alignas(PP_GO_CACHE_LINE) const void *object; /* what it waits for */
    int64_t since_ns;           /* scheduler's clock when it began to wait */
    struct pp_go_waiter waiter; /* of a wait for one thing */
    struct pp_go_event *done;   /* of the ambient context, or NULL */
    uint64_t ticket;            /* of the wait under way, see wait.h */
    struct pp_go_waiter *woken; /* the one that ended it */
    struct go_context *context;
    void **locals;              /* PP_GO_LOCALS of them, or NULL */
    uint32_t wake;              /* is_thread: futex, 1 when ready */
    uint32_t pins;
} __attribute__((aligned(PP_GO_CACHE_LINE)));

/* What is to be done for the one that was switched away from, by the one switched to. */
enum pp_go_after { PP_GO_AFTER_NONE, PP_GO_AFTER_UNLOCK, PP_GO_AFTER_CALL, PP_GO_AFTER_YIELD,
                   PP_GO_AFTER_GLOBAL, PP_GO_AFTER_END,
                   PP_GO_AFTER_DONE /* it was done before: pp_go_swap */ };

struct pp_m {
    struct pp_g *current; /* goroutine that runs, or &g0 */
    struct pp_p *p;       /* NULL: none; taken away by others only as said above */
    uint32_t busy, freeze;
    int *errno_at;        /* this thread's errno */
    enum pp_go_after after;
    uint32_t scrap;       /* where a store goes that is not needed */
    struct pp_g *after_g;
    pp_go_unlock_fn after_fn;
    void *after_arg;
    uint64_t random;
    bool is_worker, is_spinning, is_polling;
    bool lost_place;      /* the monitor took it; counted in sched.blocked */
    uint32_t park;        /* futex: 1 when woken */
    struct pp_p *next_p;  /* given to it while it slept; guarded by sched.lock until woken */
    struct pp_g *next_g;  /* pinned goroutine to run with next_p */
    struct pp_g *pinned_g; /* runs here and nothing else does, or NULL */
    struct pp_m *next_idle, *next_all;
    struct pp_p *left_p;  /* P left behind by go_block_begin */
    uint64_t left_tick;
    pid_t tid;
    uint32_t number;
    uint32_t is_gone;     /* its thread ended: may be used again */
    void *stack_low;      /* of the thread, for AddressSanitizer */
    size_t stack_size;
    struct pp_go_exceptions *exceptions; /* the C++ runtime's for this thread, or NULL */
    struct pp_g g0;       /* worker: its scheduler; else: the thread's proxy */
};

enum pp_p_state { PP_P_IDLE, PP_P_RUNNING, PP_P_BLOCKED };

/* How fast a place gets through its switches: see pace.c. */
enum pp_p_pace { PP_P_SLOW, PP_P_QUICK, PP_P_OFFERS };

struct pp_go_alarms {
    uint32_t lock;
    uint32_t count, cap;
    struct pp_go_alarm **heap; /* 4-ary */
    int64_t next;              /* when of the first, INT64_MAX; atomic */
};

struct pp_p {
    struct pp_g *run_next;
    uint32_t tail, tick;
    uint32_t inherited;
    uint32_t attention;   /* look at timers, clock and procs at the next switch; atomic */
    struct pp_g *free;    /* of the default class, at most PP_GO_FREE_BATCH */
    uint32_t free_count;
    struct pp_g *free_batch; /* so many more, or NULL */
    uint64_t next_id, last_id;
    uint64_t started, ended;
    uint32_t paced_tick;  /* tick when the pace was judged */
    bool was_slow;        /* then; once may be because the thread lost its processor */
    int64_t busy_ns;      /* that it ran since, up to busy_since */
    int64_t busy_since;   /* 0: it was idle */
    int64_t offered_ns, offer_every_ns;
    /* what others read, and is seldom written */
    _Alignas(PP_GO_CACHE_LINE) struct pp_m *m;
    uint32_t state;       /* atomic, enum pp_p_state */
    uint32_t pace;        /* atomic, enum pp_p_pace */
    uint32_t index;
    struct pp_p *next_idle;
    uint32_t seen_tick;   /* the monitor's */
    int64_t seen_ns, seen_cpu_ns;
    struct pp_go_alarms alarms;
    _Alignas(PP_GO_CACHE_LINE) uint32_t head; /* atomic */
    struct pp_g *ring[PP_GO_RING];
};

struct pp_go_sched {
    uint32_t lock; /* rank sched */
    uint32_t queue_count;   /* atomic to read */
    uint32_t queue_first, queue_in_ring;
    struct pp_g *queue_head, *queue_tail; /* what the ring below had no room for */
    struct pp_p *idle_p;
    struct pp_m *idle_m;    /* the polling one is last */
    uint32_t idle_p_count, idle_m_count, spinning; /* atomic to read */
    uint32_t procs;
    struct pp_p *places[PP_GO_PROCS_MAX];
    struct pp_m *all_m;     /* append only; atomic */
    uint64_t next_id;       /* atomic */
    uint32_t epoch;         /* leak marks so far; atomic */
    uint64_t started, ended; /* by those without a P; atomic */
    uint32_t helpers;       /* our own threads that the thread registry counts as the program's */
    uint32_t workers, blocked; /* threads; goroutines running without a P; atomic */
    struct pp_m *poller_m;
    uint32_t poller;        /* 1 while an M waits for descriptors and timers; atomic */
    int64_t poll_until;     /* when it wakes up; atomic */
    uint32_t io_waiters;    /* goroutines that wait for descriptors; atomic */
    int32_t parked_threads; /* proxies asleep; below 0 while one is woken early; atomic */
    int64_t polled_ns;      /* when descriptors were looked at; atomic */
    int64_t clock_ns;       /* now, at most some ms ago while anything runs; atomic */
    uint32_t started_up;    /* 0 not, 1 under way, 2 done; atomic */
    struct pp_g *queue[PP_GO_QUEUE]; /* a ring: a list would have each one's line fetched in turn */
};

extern struct pp_go_sched pp_go_sched;
extern __thread struct pp_m *pp_go_m
    __attribute__((tls_model("initial-exec"), visibility("hidden")));

/* ---- sched.c ---- */

/* Puts a goroutine where it will run: run_next, ring or global queue; wakes somebody if need be. */
void pp_go_queue_local(struct pp_p *p, struct pp_g *g);
void pp_go_queue_global(struct pp_g *const *g, uint32_t count);
/* Wakes or starts a worker if a place is idle and nobody looks for work. */
void pp_go_wake_worker(void);
/* From a worker's g0: runs g; returns when there is nothing more to run. */
void pp_go_run(struct pp_m *m, struct pp_g *g);
struct pp_g *pp_go_ring_pop(struct pp_p *p);
/* Half of victim's ring into p's, or its first; NULL when it is empty. */
struct pp_g *pp_go_ring_steal(struct pp_p *p, struct pp_p *victim);
uint32_t pp_go_ring_count(const struct pp_p *p);
/* run_next or the first of the ring, or NULL. */
struct pp_g *pp_go_pick(struct pp_p *p);
/* A batch of the global queue into p's ring, and one to run; NULL when it is empty. */
struct pp_g *pp_go_take_global(struct pp_p *p);
/* Ends the caller. */
void pp_go_end(void) __attribute__((noreturn));
/* Ends g, whose frames were left, from another stack. */
void pp_go_end_left(struct pp_g *g);
/* Leaves the caller's goroutine; `after` is done for it on the next stack. */
void pp_go_switch_away(struct pp_m *m, enum pp_go_after after);

/* ---- idle.c ---- */

/* A worker's thread. */
void pp_go_worker(struct pp_m *m);
/* Gives the place to somebody who needs it, or makes it idle. */
void pp_go_place_release(struct pp_p *p);
/* An idle place, or NULL; and m has it from now on. */
struct pp_p *pp_go_place_take(void);
void pp_go_place_use(struct pp_m *m, struct pp_p *p);
/* Wakes m out of its sleep with a place. Under no lock. */
void pp_go_kick(struct pp_m *m);
/* Some alarm is due earlier than the poller knows. */
void pp_go_poller_hurry(int64_t when);

/* ---- go_thread.c ---- */

/* The calling thread's struct pp_m; made at its first call. */
struct pp_m *pp_go_attach(void);
/* One more worker with that place: 0 or -EAGAIN. */
int pp_go_worker_start(struct pp_p *p, bool is_spinning);
int pp_go_start_up(void);

/* ---- pace.c ---- */

/* By p's worker, every so many switches and when there is nothing to run. */
void pp_go_pace_judge(struct pp_p *p, int64_t now);

/* Whether others leave its ring, and the global queue, to a place. */
static inline bool pp_go_is_left_alone(const struct pp_p *p)
{
    return pp_load_relaxed(&p->pace) == PP_P_QUICK && pp_load_relaxed(&p->state) == PP_P_RUNNING;
}

/* ---- monitor.c ---- */

int pp_go_monitor_start(void);
/* Whether the caller is the monitor, which blocks all signals. */
bool pp_go_monitor_is_self(void);
/* Threads can be told to meet a barrier (membarrier): else nothing is taken from who runs. */
void pp_go_barrier_init(void);
/* All threads of the process have met a barrier; false where they cannot be told. */
bool pp_go_barrier(void);
/* It looks again soon; or goes on looking, now that something runs again. */
void pp_go_monitor_hurry(void);
void pp_go_monitor_rouse(void);
/* Somebody blocks and others wait: it looks within 100 us. */
void pp_go_monitor_soon(void);
/* Stops m from entering (see busy), true when it is outside; then melt must follow. */
bool pp_go_freeze(struct pp_m *m);
void pp_go_melt(struct pp_m *m);

/* ---- locals.c ---- */

/* Destroys the caller's goroutine-local values. */
void pp_go_locals_end(struct pp_g *g);

/* ---- block.c ---- */

/* As go_block_begin, for what takes long: others get the place at once. */
void pp_go_block_long(void);
/* Names g (NULL: no name). */
void pp_go_name_set(struct pp_g *g, const char *name);
const char *pp_go_name_of(const struct pp_g *g);
/* g, which runs on m, keeps it for itself. */
void pp_go_pin_here(struct pp_m *m, struct pp_g *g);
void pp_go_unpin_here(struct pp_m *m, struct pp_g *g);
/* fn(arg) on another stack, below sp. */
void pp_go_call_on(go_fn fn, void *arg, uintptr_t sp) __attribute__((visibility("hidden")));

/* ---- stack.c ---- */

/* A free goroutine, or NULL; with *count PP_GO_FREE_BATCH as many, linked, if they are at hand: then
 * *count says how many. Any thread. */
struct pp_g *pp_go_stack_take(unsigned stack_class, uint32_t *count);
/* One, or a list of PP_GO_FREE_BATCH of the default class. */
void pp_go_stack_give(struct pp_g *g);
void pp_go_stack_give_batch(struct pp_g *first);
/* g before others in a list of free ones. */
static inline void pp_go_stack_link(struct pp_g *g, struct pp_g *next)
{
    g->next = next;
    g->next_but_one = next ? next->next : NULL;
}
/* The class that holds so many bytes, or -EINVAL. */
int pp_go_stack_class(size_t bytes);
size_t pp_go_stack_bytes(unsigned stack_class);
static inline uintptr_t pp_go_stack_top(const struct pp_g *g)
{
    return (uintptr_t)g;
}
/* Every slot that was ever used: visit returns true to stop. */
void pp_go_stack_walk(bool (*visit)(void *ctx, struct pp_g *g), void *ctx);
/* The next slot that was ever used; NULL behind the last one, and then the first again. */
struct pp_go_cursor {
    size_t class, chunk, slot;
};
struct pp_g *pp_go_stack_next(struct pp_go_cursor *at);
/* Gives pages of unused slots back. */
void pp_go_stack_trim(void);
int pp_go_stack_init(void);

/* ---- wait.c ---- */

/* A new ticket for the caller's next wait: even, and never seen before. */
static inline uint64_t pp_go_ticket_new(struct pp_g *g)
{
    uint64_t ticket = (pp_load_relaxed(&g->ticket) | 1) + 1;
    pp_store_release(&g->ticket, ticket);
    return ticket;
}

/* True for who wins the right to wake. */
static inline bool pp_go_waiter_claim(struct pp_go_waiter *waiter)
{
    uint64_t ticket = waiter->ticket;
    return pp_cas(&waiter->g->ticket, &ticket, ticket + 1);
}

/* Takes the first waiter that still waits out of the queue, or NULL. Under the queue's lock. */
static inline struct pp_go_waiter *pp_go_queue_take(struct pp_go_queue *queue)
{
    struct pp_go_waiter *waiter;
    while ((waiter = queue->head) != NULL) {
        struct pp_go_waiter *next = waiter->next;
        queue->head = next;
        *(next ? &next->prev : &queue->tail) = NULL;
        waiter->queue = NULL;
        if (pp_likely(!waiter->ticket) || pp_go_waiter_claim(waiter)) {
            return waiter;
        }
    }
    return NULL;
}

/* ---- alarm.c ---- */

/* Fires what is due in p's heap (any thread); the next time, INT64_MAX when none. */
int64_t pp_go_alarms_run(struct pp_p *p, int64_t now);
/* When the first of all is due. */
int64_t pp_go_alarms_next(void);

/* ---- poll.c ---- */

enum { PP_GO_POLL_BATCH = 128 };
/* What happened to descriptors, waiting at most so long (negative: for ever). */
int pp_go_poll_wait(struct epoll_event *events, int cap, int64_t wait_ns);
/* Readies those who wait for it. */
void pp_go_poll_ready(const struct epoll_event *events, int n);
/* Both, without waiting. */
void pp_go_poll_now(void);
/* Ends such a wait. */
void pp_go_poll_break(void);
bool pp_go_poll_in_use(void);

/* ---- go_time.c ---- */

/* When it is ns from now; before GO_FOREVER. */
int64_t pp_go_due(int64_t ns);

/* ---- go_fork.c ---- */

/* Once: a child of fork begins anew. */
void pp_go_fork_init(void);
void pp_go_poll_after_fork(void);
void pp_go_monitor_after_fork(void);
void pp_go_locals_after_fork(void);

/* ---- entering and leaving ---- */

struct pp_m *pp_go_thaw(struct pp_m *m);

static inline struct pp_m *pp_go_here(void)
{
    struct pp_m *m = PP_SYS_TLS_GET(pp_go_m);
    return pp_likely(m != NULL) ? m : pp_go_attach();
}

/* From here to pp_go_leave m->p stays what it is. Nests; a park is outermost. */
static inline struct pp_m *pp_go_enter(void)
{
    struct pp_m *m = pp_go_here();
    uint32_t depth = m->busy;
    pp_store_relaxed(&m->busy, depth + 1);
    pp_signal_fence();
    return pp_likely(!pp_load_relaxed(&m->freeze) || depth) ? m : pp_go_thaw(m);
}

/* The same for those that have another way: NULL, and nothing entered, when it is not simple. To be
 * left by pp_go_leave_simply. Neither stores what depends on a load, which would have each call
 * wait for the one before. */
static inline struct pp_m *pp_go_enter_simply(void)
{
    struct pp_m *m = PP_SYS_TLS_GET(pp_go_m);
    if (pp_unlikely(!m || pp_load_relaxed(&m->busy))) {
        return NULL;
    }
    pp_store_relaxed(&m->busy, 1);
    pp_signal_fence();
    if (pp_unlikely(pp_load_relaxed(&m->freeze))) {
        pp_store_release(&m->busy, 0);
        return NULL;
    }
    return m;
}

static inline void pp_go_leave_simply(struct pp_m *m)
{
    pp_store_release(&m->busy, 0);
}

static inline void pp_go_leave(struct pp_m *m)
{
    pp_store_release(&m->busy, m->busy - 1);
}

static inline int64_t pp_go_clock(void)
{
    return pp_load_relaxed(&pp_go_sched.clock_ns);
}

#pragma GCC visibility pop

#endif
