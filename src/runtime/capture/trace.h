/* The execution trace: what each thread did and when, in a pool of chunks.
 *
 *   hooks, regions, samples -> pp_trace_event_sig -> the thread's open chunk [ e e e e . . ]
 *                                   full: sealed; a free chunk is taken, else the oldest sealed one
 *   pp_trace_collect -> events of all chunks since a moment, in time order
 *
 * Invariants
 *  - while nobody traces, a hook reads one word (pp_trace_on) and nothing is reserved before the
 *    first start. The pool is capped (64 MiB): it holds the newest events, whatever their number.
 *  - a chunk is written by the thread that holds it only. Events below its `count` never change
 *    while its `generation` stands; a reader copies and then looks at both again.
 *  - an event that comes while its thread writes one (a signal handler) is dropped and counted.
 *  - texts are kept for ever, capped; the name "" (0) stands for those that found no room.
 *
 * Functions that end in _sig are handler-safe; the others are for any thread outside of handlers.
 */
#ifndef PP_CAPTURE_TRACE_H
#define PP_CAPTURE_TRACE_H

#include "base/arena.h"
#include "base/atomic.h"
#include "pprof/error.h"
#include "runtime/capture/stacktab.h"
#include "runtime/capture/thread.h"

/* What an event's `name` and `value` are. */
enum pp_trace_kind {
    PP_TRACE_WAIT_BEGIN = 1, /* name: enum pp_wait_reason; value: stack id */
    PP_TRACE_WAIT_END,
    PP_TRACE_REGION_BEGIN,   /* name: text; value: task or 0 */
    PP_TRACE_REGION_END,
    PP_TRACE_TASK_BEGIN,     /* name: text; value: task */
    PP_TRACE_TASK_PARENT,    /* follows the one above; value: the parent task */
    PP_TRACE_TASK_END,       /* value: task */
    PP_TRACE_LOG,            /* name: text; value: task or 0 */
    PP_TRACE_ALLOC,          /* value: bytes that a heap sample stands for */
    PP_TRACE_FREE,           /* value: the same of a sample that was freed */
    PP_TRACE_RESIDENT,       /* value: resident bytes of the process */
    PP_TRACE_CPU,            /* value: CPU nanoseconds of the process */
    PP_TRACE_CPU_SAMPLE,     /* value: stack id */
    PP_TRACE_STACK,          /* follows the one it belongs to; value: stack id */
    PP_TRACE_GO_CREATE,      /* value: goroutine, here and below; name: stack id of its function */
    PP_TRACE_GO_NAME,        /* name: text */
    PP_TRACE_GO_START,       /* runs on this thread from now */
    PP_TRACE_GO_PARK,        /* it waits; name: enum pp_go_reason */
    PP_TRACE_GO_YIELD,       /* it could go on, but another one does */
    PP_TRACE_GO_END,         /* name: as for create */
    PP_TRACE_GO_READY,       /* is let go on by the one that runs here */
};

struct pp_trace_event {
    int64_t at_ns; /* CLOCK_MONOTONIC */
    uint32_t kind, name;
    uint64_t value;
};

/* Not 0 while somebody traces: bit 0 events, bit 1 with the stacks of waits. */
enum { PP_TRACE_EVENTS = 1, PP_TRACE_STACKS = 2 };
extern uint32_t pp_trace_on;

/* Notes an event of the calling thread, now. */
void pp_trace_event_sig(enum pp_trace_kind kind, uint32_t name, uint64_t value);

/* The beginning of a wait, with its stack where stacks are wanted. */
void pp_trace_wait_sig(enum pp_wait_reason reason, const struct pp_regs *regs);

/* The calling thread ends: its chunk is for others to take. */
void pp_trace_thread_end_sig(void);

/* ---- texts ---- */

/* The number of a text, cut to 127 bytes. */
uint32_t pp_trace_text(const char *text);
const char *pp_trace_text_of(uint32_t name);

/* ---- starting and reading ---- */

/* Starts; calls count, and each wants its stop. PPROF_ERR_NOMEM when there is no room for the
 * pool. */
int pp_trace_start(bool with_stacks, struct pprof_error *error)
    __attribute__((warn_unused_result));
void pp_trace_stop(bool with_stacks);

struct pp_trace_thread {
    pid_t tid;
    char name[16];
    const struct pp_trace_event *events; /* in time order */
    size_t count;
};

struct pp_trace_view {
    struct pp_trace_thread *threads; /* by thread id, one entry each */
    size_t thread_count;
    int64_t from_ns, to_ns;
    bool is_cut; /* events after from_ns were overwritten: the pool was too small */
};

/* Everything since from_ns, copied into arena. */
int pp_trace_collect(struct pp_arena *arena, int64_t from_ns, struct pp_trace_view *view,
                     struct pprof_error *error) __attribute__((warn_unused_result));

struct pp_trace_stats {
    uint64_t bytes_reserved, chunks_used, chunk_cap, recycled, lost, texts, text_cap;
};
void pp_trace_stats(struct pp_trace_stats *stats);

/* In the child after fork: nobody traces, and the pool is gone. */
void pp_trace_after_fork(void);

#endif
