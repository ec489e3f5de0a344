/* libpprof: look at what this process holds, does and waits for.
 *
 *   #include <pprof/pprof.h>
 *   int main(void) { pprof_serve("localhost:6060", NULL); ... }
 *
 * then `pprof http://localhost:6060/debug/pprof/heap`. With no code change at all: `pprof run --
 * ./server`, or LD_PRELOAD=libpprof.so PPROF_HTTP=localhost:6060 ./server.
 *
 * Results are 0 or a negative PPROF_ERR_* value (pprof_err_text gives the sentence). Thread class:
 * every function may be called from any thread, none from a signal handler, unless said otherwise.
 */
#ifndef PPROF_PPROF_H
#define PPROF_PPROF_H

#include <pprof/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- serving ------------------------------------------------------------------------------ */

struct pprof_serve_options {
    const char *token; /* wanted from every client when set; must be set to bind beyond loopback */
    bool quiet;        /* do not print the address on standard error */
};

/* Serves /debug/pprof/ on "host:port" ("localhost:6060", "127.0.0.1:0", ":0" for a free port on
 * loopback, "[::1]:6060") or "unix:/path". Starts one thread of ours and returns; options may be
 * NULL. Errors: PPROF_ERR_ADDRESS (cannot be parsed, bound or found; `error` says which),
 * PPROF_ERR_REFUSED (not loopback and no token), PPROF_ERR_BUSY (port taken, or already
 * serving). */
PPROF_API int pprof_serve_error(const char *address, const struct pprof_serve_options *options,
                                struct pprof_error *error);
/* The same without the sentence, which goes to standard error instead. */
PPROF_API int pprof_serve(const char *address, const struct pprof_serve_options *options);

/* The URL that is being served, such as "http://127.0.0.1:34567" or "unix:/run/x.sock", written to
 * buf with a NUL. PPROF_ERR_OFF when nothing is served, PPROF_ERR_LIMIT when buf is too small. */
PPROF_API int pprof_serve_url(char *buf, size_t cap);

/* Stops serving and waits until the port is free. Requests under way are cut off. */
PPROF_API void pprof_serve_stop(void);

/* ---- mounting under the program's own HTTP server ------------------------------------------ */

struct pprof_request {
    const char *method; /* "GET" */
    const char *path;   /* "/debug/pprof/heap"; only what follows the last "/debug/pprof/" counts */
    const char *query;  /* "debug=1&seconds=5" without '?', or NULL */
    const void *body;   /* POST body for symbol, or NULL */
    size_t body_len;
    /* Asked now and then during long work (seconds=N); non-zero stops it. May be NULL. */
    int (*canceled)(void *canceled_ctx);
    void *canceled_ctx;
};

struct pprof_response {
    int status;                      /* 200, 400, 404, ... */
    const char *content_type;
    const char *content_disposition; /* NULL when none */
    const char *location;            /* for redirects, else NULL */
    const char *allow;               /* for 405, else NULL */
    bool is_error;                   /* send "X-Go-Pprof: 1" */
    size_t content_length;           /* bytes of body in all */
};

/* Receives the body in one or more pieces; `response` is the same each time, and the strings in it
 * are valid until the last call returns. A call with len 0 is made when the body is empty. Non-zero
 * stops the transfer. Every response also wants the header "X-Content-Type-Options: nosniff". */
typedef int (*pprof_write_fn)(void *ctx, const struct pprof_response *response, const void *data,
                              size_t len);

/* Answers one request in the calling thread and gives the answer to write. Returns 0 when an answer
 * was written, whatever its status. Host checks and access are the caller's affair. */
PPROF_API int pprof_handle(const struct pprof_request *request, pprof_write_fn write, void *ctx);

/* ---- profiles into files --------------------------------------------------------------------- */

/* Starts a CPU profile that pprof_cpu_stop writes to fd, gzipped profile.proto. The descriptor
 * stays the caller's. Errors: PPROF_ERR_BUSY (one is running, or the program owns SIGPROF: the
 * error sentence says which), PPROF_ERR_OFF. options is reserved and must be NULL. */
PPROF_API int pprof_cpu_start(int fd, const void *options);

/* Ends the CPU profile and returns when it is written. PPROF_ERR_OFF when none is running. */
PPROF_API int pprof_cpu_stop(void);

/* Writes the named profile ("heap", "allocs", "goroutine", "mutex", "block", "threadcreate", ..., or
 * a custom one):
 * debug 0 gzipped profile.proto, 1 text with names, 2 (goroutine) one stack for each thread.
 * Errors: PPROF_ERR_UNKNOWN, PPROF_ERR_SYSTEM. */
PPROF_API int pprof_write(const char *name, int fd, int debug);

struct pprof_record_options {
    unsigned interval_s; /* between two rounds; 0: 60 */
    unsigned max_files;  /* of recordings in the directory, the oldest are removed; 0: 720 */
    uint64_t max_bytes;  /* of them in all; 0: 256 MiB */
    const char *kinds;   /* names between commas, "cpu" among them; NULL: "cpu,heap,block" */
};

/* Writes profiles into the directory (made when missing) at a fixed interval and when the program
 * ends, as TIME.PID.NAME.pb.gz; cpu is that of the interval, the others are as of now. options may
 * be NULL. While cpu is recorded, pprof_cpu_start is busy; requests over HTTP get their part of it.
 * Errors: PPROF_ERR_BUSY (recording already), PPROF_ERR_INVALID, PPROF_ERR_SYSTEM (the directory),
 * PPROF_ERR_OFF. Environment: PPROF_DIR, PPROF_EVERY, PPROF_DIR_FILES, PPROF_DIR_BYTES and
 * PPROF_KINDS. */
PPROF_API int pprof_record_start(const char *directory,
                                 const struct pprof_record_options *options);

/* Writes a last round and ends it. */
PPROF_API void pprof_record_stop(void);

/* From now on memory use is looked at once a second (ten times when near), and heap, goroutine and
 * memory are written into the directory when it passes the limit, before the kernel's killer comes:
 * "90%" of the cgroup's limit (of the machine's memory where that is nearer; what NULL stands for),
 * or bytes of this process's own, resident and swapped, such as "512M". Again when use has fallen
 * below 90 % of the limit in between, at most 16 times. Errors as pprof_record_start.
 * Environment: PPROF_ON_OOM, PPROF_OOM_LIMIT. */
PPROF_API int pprof_on_oom(const char *directory, const char *limit);

/* ---- custom profiles: what is open, and who opened it ---------------------------------------- */

struct pprof_custom;

/* A new custom profile, listed and served under its name until the process ends. NULL when the name
 * is empty, too long, not made of [A-Za-z0-9_.-], or taken, or when there are 64 already. */
PPROF_API struct pprof_custom *pprof_custom_new(const char *name);

/* The custom profile of that name, or NULL. */
PPROF_API struct pprof_custom *pprof_custom_find(const char *name);

/* Adds value (any pointer that identifies the thing) with the stack of the caller, less `skip`
 * callers. PPROF_ERR_EXISTS when it is there already, PPROF_ERR_LIMIT when the table is full (which
 * is counted and shown). */
PPROF_API int pprof_custom_add(struct pprof_custom *custom, const void *value, int skip);

/* Removes value; nothing happens when it is not there. */
PPROF_API void pprof_custom_remove(struct pprof_custom *custom, const void *value);

/* How many values are in it. */
PPROF_API size_t pprof_custom_count(const struct pprof_custom *custom);

/* ---- labels ---------------------------------------------------------------------------------- */

struct pprof_label_pair {
    const char *key;
    const char *value;
};

/* Adds labels to the calling thread until the matching pprof_labels_pop; a later value of the same
 * key wins while it is there. Texts are copied. CPU samples, the goroutine profile and threads
 * created meanwhile carry them. PPROF_ERR_LIMIT when the label table is full or 16 pushes deep (the
 * push still wants its pop). */
PPROF_API int pprof_labels_push(const struct pprof_label_pair *labels, size_t count);
PPROF_API void pprof_labels_pop(void);

/* ---- the execution trace --------------------------------------------------------------------- */

/* What threads do over time, in the format of Perfetto's UI (ui.perfetto.dev): waits with their
 * reasons and stacks, sampled allocations, memory and CPU time, and what the program marks itself.
 * While nobody traces, a mark costs a load and a branch. Marks may be made from any thread. */

/* Traces until pprof_trace_stop, which writes it to fd. At most 64 MiB of events are kept, the
 * newest. PPROF_ERR_BUSY when one is under way, PPROF_ERR_NOMEM. The descriptor stays the
 * caller's. */
PPROF_API int pprof_trace_start(int fd);
/* PPROF_ERR_OFF when none was started, PPROF_ERR_SYSTEM when it could not be written. */
PPROF_API int pprof_trace_stop(void);

/* The flight recorder: events are noted all the time, and pprof_trace_write or trace?last=N gives
 * those of the last `seconds`. 0 switches it off. Returns the seconds before. It takes no stacks.
 * Environment: PPROF_TRACE=SECONDS. */
PPROF_API int pprof_trace_recorder(int seconds);
/* What the recorder holds, to fd. PPROF_ERR_OFF, PPROF_ERR_SYSTEM. */
PPROF_API int pprof_trace_write(int fd);

/* True while somebody traces. */
PPROF_API bool pprof_trace_enabled(void);

/* A task: work that may go from thread to thread. Returns its number, never 0; parent is the task
 * it belongs to, or 0. Names are copied, at most 127 bytes and 8,191 different ones. */
PPROF_API uint64_t pprof_task_begin(const char *name, uint64_t parent);
PPROF_API void pprof_task_end(uint64_t task);

/* A span of time of the calling thread, for a task or for none (0). Regions nest; an end belongs to
 * the innermost. */
PPROF_API void pprof_region_begin(uint64_t task, const char *name);
PPROF_API void pprof_region_end(void);

/* A moment, with a text. */
PPROF_API void pprof_trace_log(uint64_t task, const char *text);

/* ---- rates and switches ---------------------------------------------------------------------- */

/* One heap sample on average every `bytes` allocated bytes; 0 switches heap sampling off, 1 takes
 * every allocation. Returns the rate before. The default is 524288. Set it before allocating. */
PPROF_API size_t pprof_heap_rate(size_t bytes);

/* CPU samples a second of CPU time for profiles started from now on (1 to 1000). Returns the rate
 * before; 0 only reads it. The default is 100. */
PPROF_API int pprof_cpu_rate(int hz);

/* From now on SIGQUIT (Ctrl-\) writes every thread's stack to standard error, as Go's programs do,
 * but the program goes on. Does nothing to a handler of the program's own: PPROF_ERR_BUSY then.
 * false gives the signal back. Environment: PPROF_SIGQUIT=1. */
PPROF_API int pprof_dump_on_sigquit(bool on);

/* Contended locks: 1 of n unlocks that others wait for is counted, n-fold, in the profile "mutex"; 1
 * counts all, 0 none, a negative n only asks. Returns what was before. The default is 10. */
PPROF_API int pprof_mutex_fraction(int n);

/* Waits: those of `ns` nanoseconds and more are counted in the profile "block", shorter ones with a
 * probability in proportion, so that all sums are right on average; 1 counts every wait, 0 none, a
 * negative ns only asks. Returns what was before. The default is 10000000 (10 ms). Waits are those
 * for mutexes, rwlocks, condition variables, semaphores, barriers and threads; after
 * pprof_block_io(true) also sleep, poll, select, epoll_wait, reading, writing, opening, closing,
 * syncing, accept, connect, messages, file locks, signals and children. */
PPROF_API int64_t pprof_block_rate(int64_t ns);
PPROF_API bool pprof_block_io(bool on);

/* Everything off, or on again: hooks pass calls straight on, timers stop, requests answer 503 with
 * a sentence. What was sampled stays and frees of it are still seen. Returns the state before.
 * Environment: PPROF_OFF=1. */
PPROF_API bool pprof_enable(bool on);

#ifdef __cplusplus
}
#endif
#endif
