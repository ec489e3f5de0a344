/* The threads of this process and what each waits for.
 *
 *   registry: fixed array of struct pp_thread in reserved memory, claimed by CAS, capped
 *   pthread_create hook -> trampoline -> slot (tid, start, creation stack, labels, bounds)
 *   blocking-call hooks -> slot->wait.frame -> { regs, reason, since } on the waiter's own stack
 *                          read by pp_threads_walk, no signal sent
 *
 * Invariants
 *  - a slot is written by its own thread only, except `state` (CAS) and what the creator filled in
 *    before the thread ran.
 *  - a wait frame lives on the stack of the blocking call's wrapper and is linked while that call
 *    is under way; wait.seq changes at entry and exit. Frames nest (a handler that blocks inside a
 *    blocking call). A reader trusts a frame only if its check word holds its own address, the
 *    kernel's stack pointer lies just below it, and the system call fits the reason: a longjmp or
 *    a cancellation out of a blocking call cannot leave a false stack behind.
 *  - threads that were not created through our hook are found in /proc/self/task; what is not
 *    known of them (bounds, creation stack) is said to be unknown. They get a slot of their own at
 *    their first hooked blocking call.
 */
#ifndef PP_CAPTURE_THREAD_H
#define PP_CAPTURE_THREAD_H

#include "base/arena.h"
#include "pprof/error.h"
#include "runtime/capture/self.h"
#include "runtime/capture/stacktab.h"
#include "runtime/capture/sumtab.h"

#include <sys/types.h>

enum { PP_WAIT_REACH = 1024 }; /* bytes of stack a libc function may use below its wrapper */
#define PP_WAIT_CHECK UINT64_C(0x9e3779b97f4a7c15)

enum {
    PP_WAIT_TIMED = 1,   /* since_ns is exact, and the wait will be counted */
    PP_WAIT_BOUNDED = 2, /* it ends by itself after a time */
};

struct pp_wait_frame {
    const struct pp_wait_frame *outer;
    uint64_t check;    /* own address ^ PP_WAIT_CHECK */
    uint32_t reason;   /* enum pp_wait_reason */
    uint32_t flags;    /* PP_WAIT_TIMED, PP_WAIT_BOUNDED */
    uintptr_t object;  /* the lock, condition, semaphore, thread; 0 when it is none of these */
    int64_t since_ns;  /* CLOCK_MONOTONIC at entry, or its coarse form unless PP_WAIT_TIMED */
    struct pp_regs regs;
};

struct pp_wait {
    const struct pp_wait_frame *frame; /* innermost blocking call, NULL when none */
    uint64_t seq;
};

enum { PP_THREAD_FREE, PP_THREAD_CLAIMED, PP_THREAD_LIVE };

struct pp_lock_queue; /* lock_queue.h */

struct pp_thread {
    uint32_t state;
    pid_t tid;
    struct pp_wait wait;
    uintptr_t start_routine; /* 0 when not known */
    void *start_arg;
    pp_stack_id created_by;  /* PP_STACK_NONE when not known */
    pid_t created_by_tid;
    int64_t created_ns;      /* CLOCK_MONOTONIC */
    uint32_t label_set;
    struct pp_stack_bounds bounds;
    size_t stack_size, guard_size; /* as asked for at creation; 0 when not known */
    uint32_t cpu_timer_armed;      /* cpu.c has a timer for this thread */
    unsigned ending;               /* rounds of the key destructor so far */
    bool is_ours;
    bool queue_is_rwlock;
    uint32_t walk;                 /* the last walk that found the thread alive */
    uintptr_t handle;              /* its pthread_t */
    struct pp_lock_queue *queue;   /* the lock it waits for, in queue_frame; NULL when none */
    uintptr_t queue_frame;
    int64_t queue_since_ns;
};

/* Wait reasons: Go's words where Go has the thing, else the C library's name. One X-macro. */
#define PP_WAIT_REASONS(X)                                                                         \
    X(NONE, "")                                                                                    \
    X(IO, "IO wait")                                                                               \
    X(SLEEP, "sleep")                                                                              \
    X(SELECT, "select")                                                                            \
    X(MUTEX, "sync.Mutex.Lock")                                                                    \
    X(RLOCK, "sync.RWMutex.RLock")                                                                 \
    X(WLOCK, "sync.RWMutex.Lock")                                                                  \
    X(COND, "sync.Cond.Wait")                                                                      \
    X(SEMAPHORE, "semacquire")                                                                     \
    X(JOIN, "thread join")                                                                         \
    X(BARRIER, "barrier wait")                                                                     \
    X(CHILD, "wait for child")                                                                     \
    X(SIGNAL, "signal wait")                                                                       \
    X(LOCKFILE, "file lock")                                                                       \
    X(FUTEX, "futex wait")                                                                         \
    X(SYSCALL, "syscall")

enum pp_wait_reason {
#define X(name, text) PP_WAIT_##name,
    PP_WAIT_REASONS(X)
#undef X
    PP_WAIT_REASON_COUNT
};

/* One thread as seen at one moment. */
struct pp_thread_view {
    pid_t tid;
    char name[16];
    bool is_main, is_running;      /* running: on a CPU or ready to be */
    enum pp_wait_reason reason;    /* NONE while running */
    int64_t waited_ns;             /* at least so long; 0 when just seen */
    bool waited_exact;             /* from the hook's time stamp */
    bool is_bounded;               /* the wait ends by itself after a time */
    uintptr_t object;              /* the lock, condition, ... it waits for; 0 when not known */
    pid_t holder;                  /* who holds it, or is joined; 0 when not known */
    bool holder_gone;              /* the holder's thread has ended */
    size_t lead;                   /* so many of pcs, at the leaf, are the C library's */
    uint64_t wait_seq;             /* of the slot: unchanged means still the same wait */
    size_t depth;
    uintptr_t pcs[PP_STACK_DEPTH_MAX]; /* pcs[0] exact, then return addresses */
    unsigned flags;                /* PP_UNWIND_*; 0 and depth 0 when no stack could be had */
    uint32_t label_set;
    uintptr_t start_routine;       /* 0 when not known */
    pp_stack_id created_by;
    pid_t created_by_tid;
};

/* Once, from the constructor (main thread). */
int pp_threads_init(void);

/* Makes sure the calling thread has a slot; NULL when the registry is full. */
struct pp_thread *pp_thread_self(void);

/* Calls visit for each thread of the process except our own. Blocked threads are read without a
 * signal; running ones get one (our dump signal) unless the program owns it. `visit` returns
 * non-zero to stop. Takes the dump lock: one walk at a time. Not in a handler. */
int pp_threads_walk(int (*visit)(void *ctx, const struct pp_thread_view *view), void *ctx,
                    struct pprof_error *error) __attribute__((warn_unused_result));

/* The same for `most` threads chosen at random, ours among them but not visited. *share is how many
 * each of those stands for. */
int pp_threads_sample(size_t most, double *share,
                      int (*visit)(void *ctx, const struct pp_thread_view *view), void *ctx,
                      struct pprof_error *error) __attribute__((warn_unused_result));

/* The live slot of a thread, or NULL. A hint: the thread may end at any moment. */
struct pp_thread *pp_thread_find(pid_t tid);

/* The kernel's list of this process's threads into tids (at most cap); how many there are. */
size_t pp_threads_list(pid_t *tids, size_t cap);

/* What a wait reason is called. */
const char *pp_wait_text(enum pp_wait_reason reason);

/* How many threads the process has, as the kernel counts them, ours included; 0 when it does not
 * say. */
size_t pp_threads_listed(void);

/* How many threads the process has, ours not counted; and how many were ever created. */
int64_t pp_threads_count(void);
int64_t pp_threads_created(void);

/* Who created threads: how many by the creator's stack, the ended ones too. */
extern struct pp_sumtab pp_thread_origins;

struct pp_threads_stats {
    uint64_t slots_used, slot_cap, lost; /* lost: threads that found the registry full */
};
void pp_threads_stats(struct pp_threads_stats *stats);

/* In the child after fork: only the calling thread is left; locks that others held are open. */
void pp_threads_after_fork(void);

/* Starts a thread of ours: marked is_ours, all signals blocked but those glibc needs, named
 * "pprof-NAME", detached, without capabilities but those that a change of ids needs (rights.h).
 * 0, PPROF_ERR_SYSTEM, or PPROF_ERR_LIMIT when the user may have few processes. */
int pp_thread_start_ours(const char *name, void *(*main)(void *), void *arg);

/* Whether main's thread has ended, and the process goes on: false when it cannot be told. */
bool pp_thread_first_ended(void);
/* told() is called on each registered thread of the program that ends. One may ask. */
void pp_thread_on_end(void (*told)(void));

#endif
