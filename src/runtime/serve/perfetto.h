/* A trace in the format of Perfetto's UI (ui.perfetto.dev): TracePacket messages of track events.
 * Field numbers: perfetto's protos/perfetto/trace, as of 2025.
 *
 *   process track: counters (allocated bytes, live bytes, resident, CPU)
 *   one track each thread: slices "IO wait", "sync.Mutex.Lock" and the program's regions; logs
 *   one track each goroutine: perfetto_go.h
 *   one track each task: a slice from its begin to its end, tied by flows to its regions
 */
#ifndef PP_SERVE_PERFETTO_H
#define PP_SERVE_PERFETTO_H

#include "base/buf.h"
#include "runtime/capture/trace.h"
#include "runtime/serve/perfetto_go.h"

/* A thread that waited during the whole trace and so has no event. */
struct pp_trace_waiter {
    pid_t tid;
    char name[16];
    const char *reason;
    int64_t waited_ns;
    const uintptr_t *pcs; /* or NULL; pcs[0] exact, then return addresses */
    size_t depth;
};

/* Appends the encoded trace to out, with names looked up in this process; goroutines were looked at
 * before the view was taken. Not in a handler. 0 or PPROF_ERR_NOMEM. */
int pp_perfetto_encode(const struct pp_trace_view *view, const struct pp_trace_waiter *waiters,
                       size_t waiter_count, struct pp_pf_goroutines *goroutines, struct pp_buf *out,
                       struct pprof_error *error) __attribute__((warn_unused_result));

#endif
