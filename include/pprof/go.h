/* Goroutines for C: start a function, and it runs beside the others on as many processors as there
 * are; channels, select, timers, deadlines and network calls that park it instead of its thread;
 * and a list of every one of them, where it waits, since when, and who started it.
 *
 *   #include <pprof/go.h>
 *   static void worker(void *arg) { int v; while (go_chan_recv(arg, &v) == 0) { use(v); } }
 *   struct go_chan *c = go_chan_new(sizeof(int), 16);
 *   go_start(worker, c);
 *
 * Results are 0, GO_CLOSED or a negative errno value; errno itself is never a result. Calls that
 * may wait also end with -ECANCELED or -ETIMEDOUT when the caller's ambient context (go_context_*)
 * ends meanwhile. Thread class: everything may be called from goroutines and from ordinary threads,
 * nothing from a signal handler, unless said otherwise. A thread that is not a goroutine waits as
 * threads do. Times are nanoseconds of CLOCK_MONOTONIC.
 *
 * What parks may go on on another thread: thread-local variables, pthread mutexes and recursive
 * locks must not be held across such a call (go_local_*, go_mutex, go_pin are for that). errno's
 * value travels with its goroutine.
 *
 * A goroutine's stack does not grow: one that runs over its end ends the program with a message.
 * A frame larger than a page (an array, alloca) can step over the guard there and into what
 * follows; -fstack-clash-protection makes the compiler touch every page, and that cannot happen.
 */
#ifndef PPROF_GO_H
#define PPROF_GO_H

#include <pprof/error.h>
#include <pprof/pprof.h>

#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { GO_CLOSED = 1 };

#define GO_US INT64_C(1000)
#define GO_MS INT64_C(1000000)
#define GO_S INT64_C(1000000000)
#define GO_FOREVER INT64_MAX

/* ---- goroutines -------------------------------------------------------------------------- */

typedef void (*go_fn)(void *arg);

enum { GO_PINNED = 1 }; /* begins pinned, see go_pin */

struct go_options {
    const char *name;                      /* shown in dumps; copied, at most 31 bytes; or NULL */
    size_t stack_bytes;                    /* 0: 64 KiB; else 16 K, 64 K, 256 K, 1 M, 8 M (up) */
    const struct pprof_label_pair *labels; /* added to those inherited from the starter */
    size_t label_count;
    unsigned flags;
};

/* Starts fn(arg) as a goroutine, which ends when fn returns. It inherits the caller's labels and
 * ambient context. The library starts its threads at the first call, or when a thread first has to
 * wait. 0, -ENOMEM (no stack), -EAGAIN (no thread can be had), -EINVAL (fn is NULL). */
PPROF_API int go_start(go_fn fn, void *arg);

/* The same with options (read during the call; NULL as for go_start). -EINVAL: more stack than
 * 8 MiB, or unknown flags. */
PPROF_API int go_start_with(const struct go_options *options, go_fn fn, void *arg);

/* Starts fn(arg) as a goroutine and waits until it has ended. In a goroutine: the same. For main():
 * `return go_run(real_main, NULL);`. Results as go_start. */
#ifdef __clang__ /* no jump: main is on the stack, and created the goroutine */
PPROF_API int go_run(go_fn fn, void *arg) __attribute__((not_tail_called));
#else
PPROF_API int go_run(go_fn fn, void *arg);
extern int go_run_called_(go_fn fn, void *arg) __asm__("go_run");
extern __inline__ __attribute__((gnu_inline)) int go_run(go_fn fn, void *arg)
{
    int failed = go_run_called_(fn, arg);
    __asm__ volatile("");
    return failed;
}
#endif

/* Lets others run. */
PPROF_API void go_yield(void);

/* For long loops without other calls: gives way when others have waited for 10 ms, else costs a
 * load and a branch. (Without it the goroutine's thread loses its place all the same, and another
 * thread runs the others.) */
PPROF_API void go_checkpoint(void);

/* Ends the calling goroutine now; an ordinary thread as pthread_exit does. C++ destructors and
 * cleanup attributes (C: -fexceptions) are run on the way; a catch (...) must throw on.
 * (pthread_exit ends a goroutine as well, but not so well: its thread ends with it, and what is to
 * be run on the way may not be. ThreadSanitizer has none of it.) */
PPROF_API void go_exit(void) __attribute__((noreturn));

/* The number of the calling goroutine, from 1; 0 in an ordinary thread. */
PPROF_API uint64_t go_id(void);

/* Names the calling goroutine (copied, cut at 31 bytes; control characters become _). */
PPROF_API void go_name(const char *name);

/* How many goroutines there are. */
PPROF_API size_t go_count(void);

/* How many run at the same time: sets it to n (1 to 256) when n > 0; returns what it was. The
 * default is the number of processors this process may use (its affinity) or gets time of (the
 * limit of its control groups, rounded up), or the environment's GOMAXPROCS. */
PPROF_API int go_procs(int n);

/* Ties the goroutine to the thread it runs on until the matching go_unpin: for libraries that keep
 * things in thread-local variables. Nests. Nothing happens in an ordinary thread. */
PPROF_API void go_pin(void);
PPROF_API void go_unpin(void);

/* Bracket around code that may block in the kernel: other goroutines go on meanwhile. Nothing that
 * parks may be called between the two. */
PPROF_API void go_block_begin(void);
PPROF_API void go_block_end(void);

/* Runs fn(arg) inside such a bracket and on the thread's own large stack: for file, DNS and library
 * calls. fn must call nothing of this header. */
PPROF_API void go_block(go_fn fn, void *arg);

/* Goroutine-local slots, inherited by nobody. A key (at most 64) serves all goroutines and threads;
 * destroy (may be NULL) is called with a value that is not NULL when its goroutine or thread ends.
 * go_local_new: a key from 0, or -ENOSPC. go_local_set: 0, -EINVAL, -ENOMEM. */
PPROF_API int go_local_new(void (*destroy)(void *value));
PPROF_API void *go_local_get(int key);
PPROF_API int go_local_set(int key, void *value);

/* ---- channels ---------------------------------------------------------------------------- */

struct go_chan;

/* A channel of elements of so many bytes (0: signals only) with room for `capacity` of them, held
 * once. NULL when there is no memory, or a size overflows. A NULL channel is one on which nothing
 * ever happens: send and receive wait for ever, a case with it is never chosen. */
PPROF_API struct go_chan *go_chan_new(size_t element_bytes, size_t capacity);
/* One holder more, and one less; the last frees it, nobody may wait on it then. NULL: nothing. */
PPROF_API struct go_chan *go_chan_hold(struct go_chan *chan);
PPROF_API void go_chan_free(struct go_chan *chan);

/* Sends *value; waits for room or a receiver. 0, or GO_CLOSED when the channel is closed, also
 * while waiting (nothing was sent then). */
PPROF_API int go_chan_send(struct go_chan *chan, const void *value);

/* Receives into *value (may be NULL: thrown away). 0, or GO_CLOSED when the channel is closed and
 * empty: *value is then all zeros. */
PPROF_API int go_chan_recv(struct go_chan *chan, void *value);

/* The same without waiting: -EAGAIN when it would have waited. */
PPROF_API int go_chan_try_send(struct go_chan *chan, const void *value);
PPROF_API int go_chan_try_recv(struct go_chan *chan, void *value);

/* No more sends; receivers get what is left and then GO_CLOSED. 0, GO_CLOSED when it was closed
 * already, -EINVAL for NULL. */
PPROF_API int go_chan_close(struct go_chan *chan);

/* Elements in the buffer, and its size; 0 for NULL. */
PPROF_API size_t go_chan_len(const struct go_chan *chan);
PPROF_API size_t go_chan_capacity(const struct go_chan *chan);

/* ---- select ------------------------------------------------------------------------------ */

struct go_context;

enum { GO_CASE_NONE, GO_CASE_SEND, GO_CASE_RECV, GO_CASE_AFTER, GO_CASE_DONE, GO_CASE_DEFAULT };

struct go_case {
    int kind;
    int result; /* set for the chosen case: 0 or GO_CLOSED; for GO_CASE_DONE why it ended */
    struct go_chan *chan;
    void *value;
    int64_t wait_ns;
    struct go_context *context;
};

static inline struct go_case go_case_send(struct go_chan *chan, const void *value)
{
    struct go_case c = { GO_CASE_SEND, 0, chan, (void *)(uintptr_t)value, 0, NULL };
    return c;
}
static inline struct go_case go_case_recv(struct go_chan *chan, void *value)
{
    struct go_case c = { GO_CASE_RECV, 0, chan, value, 0, NULL };
    return c;
}
/* Chosen when nothing else could be for so long. */
static inline struct go_case go_case_after(int64_t ns)
{
    struct go_case c = { GO_CASE_AFTER, 0, NULL, NULL, ns, NULL };
    return c;
}
/* Chosen when the context has ended. */
static inline struct go_case go_case_done(struct go_context *context)
{
    struct go_case c = { GO_CASE_DONE, 0, NULL, NULL, 0, context };
    return c;
}
/* Chosen when no other can be at once. */
static inline struct go_case go_case_default(void)
{
    struct go_case c = { GO_CASE_DEFAULT, 0, NULL, NULL, 0, NULL };
    return c;
}

/* Waits until one of the cases can go on, does it, and returns its index; among several that can,
 * one is chosen at random. No case at all waits for ever. Negative: -ECANCELED, -ETIMEDOUT (ambient
 * context), -EINVAL (unknown kind, over 65536 cases), -ENOMEM (over 16 cases and no memory). */
PPROF_API int go_select(struct go_case *cases, size_t count);

/* ---- time -------------------------------------------------------------------------------- */

/* CLOCK_MONOTONIC now. */
PPROF_API int64_t go_now(void);

/* Waits so long: 0, or the ambient context's -ECANCELED, -ETIMEDOUT. */
PPROF_API int go_sleep(int64_t ns);

/* A timer sends the time (int64_t, as go_now) once to its channel, which has room for one; or, made
 * by go_after_func, starts fn(arg) as a goroutine of no ambient context (chan is NULL then). A
 * ticker sends every `ns`, and leaves out what nobody received. NULL when there is no memory;
 * ticker: also when ns <= 0. A NULL timer is one that never fires. Who made it frees it, also when
 * it has fired. */
struct go_timer;
PPROF_API struct go_timer *go_timer_new(int64_t ns);
PPROF_API struct go_timer *go_after_func(int64_t ns, go_fn fn, void *arg);
PPROF_API struct go_timer *go_ticker_new(int64_t ns);
PPROF_API struct go_chan *go_timer_chan(struct go_timer *timer);
/* Stops it: true when it was still to fire. What was sent before may still be in the channel. */
PPROF_API bool go_timer_stop(struct go_timer *timer);
/* Fires ns from now (ticker: every ns, as before if that is not positive); true when it was still
 * to fire. */
PPROF_API bool go_timer_reset(struct go_timer *timer, int64_t ns);
/* Stops and frees it, and its channel unless held elsewhere. */
PPROF_API void go_timer_free(struct go_timer *timer);

/* A channel that receives the time once, ns from now. The caller frees it; the timer ends itself
 * after it fired. NULL when there is no memory. */
PPROF_API struct go_chan *go_after(int64_t ns);

/* ---- context: deadlines, cancellation and values ----------------------------------------- */

/* Every goroutine has an ambient context, at first that of its starter; ordinary threads have one
 * too, at first none (NULL, which never ends). Calls that wait end when it ends. */

/* A child of parent (NULL: of none) held once; it ends when canceled, when its parent ends, or at
 * its deadline (go_now time). NULL when there is no memory. */
PPROF_API struct go_context *go_context_new(struct go_context *parent);
PPROF_API struct go_context *go_context_new_deadline(struct go_context *parent, int64_t when);
PPROF_API struct go_context *go_context_new_timeout(struct go_context *parent, int64_t ns);
/* A child with a value under key (an address of the caller's). free_value may be NULL. */
PPROF_API struct go_context *go_context_new_value(struct go_context *parent, const void *key,
                                                  void *value, void (*free_value)(void *value));
PPROF_API struct go_context *go_context_hold(struct go_context *context);
/* One holder less; the last cancels and frees it. NULL does nothing. */
PPROF_API void go_context_free(struct go_context *context);

/* Ends it and all below it with -ECANCELED. */
PPROF_API void go_context_cancel(struct go_context *context);
/* 0 while it lasts, then -ECANCELED or -ETIMEDOUT. */
PPROF_API int go_context_error(const struct go_context *context);
/* Waits until it has ended (not for the ambient one): its error, or the ambient context's. */
PPROF_API int go_context_wait(struct go_context *context);
/* The nearest deadline, GO_FOREVER when none. */
PPROF_API int64_t go_context_deadline(const struct go_context *context);
/* The value under key, of it or the nearest above that has one; NULL when none. */
PPROF_API void *go_context_value(const struct go_context *context, const void *key);

/* The caller's ambient context (borrowed), or NULL. */
#ifdef __cplusplus /* g++ would say that it hides struct go_context's constructor */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#endif
PPROF_API struct go_context *go_context(void);
#ifdef __cplusplus
#pragma GCC diagnostic pop
#endif
/* Makes context (held meanwhile) the ambient one; returns the one before, for go_context_leave. */
PPROF_API struct go_context *go_context_enter(struct go_context *context);
PPROF_API void go_context_leave(struct go_context *before);

/* For GO_WITH_TIMEOUT. */
struct go_with {
    struct go_context *before, *context;
    bool once;
};
PPROF_API struct go_with go_with_begin(int64_t ns);
PPROF_API void go_with_end(struct go_with *with);

/* Sugar: the block that follows runs under a deadline ns from now. `break`, `return` and `goto` out
 * of it are fine. */
#define GO_WITH_TIMEOUT(ns)                                                                        \
    GO_WITH_TIMEOUT_AS_(ns, GO_JOIN_(go_with_, __COUNTER__))
#define GO_JOIN_(a, b) GO_JOIN_NOW_(a, b)
#define GO_JOIN_NOW_(a, b) a##b
#define GO_WITH_TIMEOUT_AS_(ns, with)                                                              \
    for (struct go_with with __attribute__((cleanup(go_with_end))) = go_with_begin(ns);            \
         with.once; with.once = false)

/* ---- locks and the like ------------------------------------------------------------------ */

/* All zero is ready for use: `struct go_mutex m = { 0 };`. Nothing needs to be released. Fields are
 * private. */
struct go_mutex { uint32_t state_, lock_; void *queue_[2]; void *owner_; };
struct go_rwmutex { uint32_t state_, lock_; void *readers_[2]; void *writers_[2]; void *owner_; };
struct go_wait_group { int64_t count_; uint32_t lock_; void *queue_[2]; };
struct go_once { uint32_t state_, lock_; void *queue_[2]; };
struct go_cond { uint32_t waiters_, lock_; void *queue_[2]; };
struct go_sem { int64_t count_; uint32_t lock_; void *queue_[2]; };

/* 0, or -ECANCELED, -ETIMEDOUT by the ambient context (the lock is not held then). Who comes by
 * takes a free lock before those who wait, until one of them has waited for 1 ms: then the lock is
 * handed over in order. */
PPROF_API int go_mutex_lock(struct go_mutex *mutex);
PPROF_API bool go_mutex_try_lock(struct go_mutex *mutex);
/* -EPERM when it is not locked. Any goroutine or thread may unlock. */
PPROF_API int go_mutex_unlock(struct go_mutex *mutex);

/* Many readers or one writer; a waiting writer keeps new readers out, and one that unlocks lets in
 * the readers that wait. Results as for go_mutex; -EPERM also when no reader (writer) holds it. */
PPROF_API int go_rwmutex_lock(struct go_rwmutex *mutex);
PPROF_API int go_rwmutex_unlock(struct go_rwmutex *mutex);
PPROF_API int go_rwmutex_rlock(struct go_rwmutex *mutex);
PPROF_API int go_rwmutex_runlock(struct go_rwmutex *mutex);
PPROF_API bool go_rwmutex_try_lock(struct go_rwmutex *mutex);
PPROF_API bool go_rwmutex_try_rlock(struct go_rwmutex *mutex);

/* -EINVAL when the count would become negative (it stays as it was). */
PPROF_API int go_wait_group_add(struct go_wait_group *group, int64_t n);
PPROF_API int go_wait_group_done(struct go_wait_group *group);
PPROF_API int go_wait_group_wait(struct go_wait_group *group);
/* Adds one, starts fn(arg), and is done when that ends. */
PPROF_API int go_wait_group_start(struct go_wait_group *group, go_fn fn, void *arg);

/* Calls fn(arg) the first time; everybody returns only when it has returned (0, or the ambient
 * context's error). fn must return, and not come back here. */
PPROF_API int go_once_do(struct go_once *once, go_fn fn, void *arg);

/* Unlocks mutex, waits to be woken, locks it again (also when the context ended the wait). -EPERM
 * when the mutex is not locked. */
PPROF_API int go_cond_wait(struct go_cond *cond, struct go_mutex *mutex);
PPROF_API void go_cond_signal(struct go_cond *cond);
PPROF_API void go_cond_broadcast(struct go_cond *cond);

/* A counting semaphore: add makes room (once at first), acquire takes n; first come, first
 * served. -EINVAL when n is negative, or the count would overflow. */
PPROF_API int go_sem_add(struct go_sem *sem, int64_t n);
PPROF_API int go_sem_acquire(struct go_sem *sem, int64_t n);
PPROF_API bool go_sem_try_acquire(struct go_sem *sem, int64_t n);

/* A pool of things that are costly to make (NULL when there is no memory). get: one that was put,
 * else what make(ctx) returns, or NULL when make is NULL. put: kept for later, or given to drop
 * (may be NULL) when 'keep' are kept already; a NULL thing: nothing. free: drops what is kept. */
struct go_pool;
PPROF_API struct go_pool *go_pool_new(void *(*make)(void *ctx), void (*drop)(void *thing),
                                      void *ctx, size_t keep);
PPROF_API void *go_pool_get(struct go_pool *pool);
PPROF_API void go_pool_put(struct go_pool *pool, void *thing);
PPROF_API void go_pool_free(struct go_pool *pool);

/* ---- scopes: goroutines that end before the block does ----------------------------------- */

/* A scope has a context of its own, child of the ambient one, that its goroutines inherit. With
 * limit > 0 at most so many run at once: go_scope_start then waits, in a task of the scope as well,
 * where all may come to wait for each other. NULL when there is no memory; start and join of that
 * are -ENOMEM, so that it is enough to look at join's result. */
typedef int (*go_task_fn)(void *arg);
struct go_scope;
PPROF_API struct go_scope *go_scope_new(size_t limit);
/* Starts fn(arg); the first one that returns non-zero cancels the others (an error group). Results
 * as go_start's, and the ambient context's while it waits for room. */
PPROF_API int go_scope_start(struct go_scope *scope, go_task_fn fn, void *arg);
PPROF_API void go_scope_cancel(struct go_scope *scope);
/* Waits for all of them, frees the scope: the first non-zero result, or 0. */
PPROF_API int go_scope_join(struct go_scope *scope);
/* Cancels, then joins: for ways out of a block that must not wait for work. */
PPROF_API int go_scope_abandon(struct go_scope *scope);

/* ---- descriptors ------------------------------------------------------------------------- */

/* As the POSIX calls, but the result is a negative errno value on failure, the goroutine is parked
 * instead of its thread, and EINTR and EAGAIN (but with MSG_DONTWAIT) are never seen. They fail at
 * once when the ambient context has ended, also where they need not wait. Sockets, pipes and the
 * like are made non-blocking at first use, but not descriptors 0 to 2, which other programs share:
 * these, as regular files, are read and written in go_block. Several may wait for one descriptor;
 * go_close wakes them with -EBADF. */
PPROF_API ssize_t go_read(int fd, void *buf, size_t len);
PPROF_API ssize_t go_write(int fd, const void *buf, size_t len);
PPROF_API ssize_t go_readv(int fd, const struct iovec *parts, int count);
PPROF_API ssize_t go_writev(int fd, const struct iovec *parts, int count);
/* All len bytes: 0 or a negative errno value (part of it may have been written). */
PPROF_API int go_write_all(int fd, const void *buf, size_t len);
PPROF_API ssize_t go_recv(int fd, void *buf, size_t len, int flags);
PPROF_API ssize_t go_send(int fd, const void *buf, size_t len, int flags);
PPROF_API ssize_t go_recvmsg(int fd, struct msghdr *message, int flags);
PPROF_API ssize_t go_sendmsg(int fd, const struct msghdr *message, int flags);
/* The new descriptor, non-blocking and close-on-exec. */
PPROF_API int go_accept(int fd, struct sockaddr *address, socklen_t *len);
PPROF_API int go_connect(int fd, const struct sockaddr *address, socklen_t len);
/* Waits until POLLIN or POLLOUT holds (one of them; always so for regular files): 0, -EINVAL,
 * -EPERM (cannot be polled). */
PPROF_API int go_wait_fd(int fd, short events);
PPROF_API int go_close(int fd);
/* Files: in go_block, where nothing ends what has begun. go_open adds O_CLOEXEC. */
PPROF_API int go_open(const char *path, int flags, mode_t mode);
PPROF_API ssize_t go_pread(int fd, void *buf, size_t len, off_t offset);
PPROF_API ssize_t go_pwrite(int fd, const void *buf, size_t len, off_t offset);
PPROF_API int go_fsync(int fd);

/* getaddrinfo in a bracket; result as getaddrinfo's. When the ambient context ends first it is
 * EAI_SYSTEM with errno ECANCELED or ETIMEDOUT, and the lookup goes on without its caller. */
struct addrinfo;
typedef int go_lookup_fn(const char *node, const char *service, const struct addrinfo *hints,
                         struct addrinfo **list);
PPROF_API int go_lookup_with(go_lookup_fn *fn, void (*drop)(struct addrinfo *list),
                             const char *node, const char *service, const struct addrinfo *hints,
                             struct addrinfo **list);
#ifdef AI_PASSIVE /* not with -std=c11 and no _POSIX_C_SOURCE */
static inline int go_getaddrinfo(const char *node, const char *service,
                                 const struct addrinfo *hints, struct addrinfo **list)
{
    return go_lookup_with(getaddrinfo, freeaddrinfo, node, service, hints, list);
}
#endif

/* ---- looking at them --------------------------------------------------------------------- */

/* Writes every goroutine as goroutine?debug=2 does; 0 or a negative errno value. */
PPROF_API int go_dump(int fd);

/* Goroutines that are still there now, as a leak report: those of go_dump except the caller, those
 * that existed at go_leak_mark, and those that match an ignore. Waits up to max_wait_ns for them to
 * end first. Writes the report to fd when there are some (fd -1: nothing). Returns how many there
 * are. At exit on its own: GO_LEAKS=1 in the environment (exit status 1 with GO_LEAKS=fail). */
enum go_leak_ignore_kind {
    GO_IGNORE_TOP_FUNCTION, /* the innermost function of the program's is called so */
    GO_IGNORE_ANY_FUNCTION, /* some function on its stack is */
    GO_IGNORE_CREATED_BY,   /* it was started by that function */
    GO_IGNORE_NAME,         /* its name is so */
};
struct go_leak_ignore {
    enum go_leak_ignore_kind kind;
    const char *text;
};
PPROF_API uint64_t go_leak_mark(void);
PPROF_API size_t go_leaks(uint64_t mark, const struct go_leak_ignore *ignores, size_t count,
                          int64_t max_wait_ns, int fd);

/* What happens when every goroutine and every thread waits for another: by default as in Go, a
 * report with every stack on standard error and exit status 2. NULL brings that back. */
PPROF_API void go_on_deadlock(void (*handler)(void));

/* The address of errno of the thread that the caller runs on now. Compilers keep errno's address
 * over calls, also over ones after which the goroutine is on another thread; so in files that
 * include this header errno asks again each time. Define GO_PLAIN_ERRNO before to leave it. */
PPROF_API int *go_errno(void);
#ifndef GO_PLAIN_ERRNO
#undef errno
#define errno (*go_errno())
#endif

#ifdef __cplusplus
}
#endif
#endif
