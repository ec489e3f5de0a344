/* Between trace_sig.c, which writes chunks, and trace.c, which starts, reads and counts. */
#ifndef PP_CAPTURE_TRACE_POOL_H
#define PP_CAPTURE_TRACE_POOL_H

#include "runtime/capture/trace.h"

enum {
    PP_TRACE_CHUNK_BYTES = 32 << 10,
#ifdef PPROF_SMALL
    PP_TRACE_CHUNKS = 4,
#else
    PP_TRACE_CHUNKS = 2048,
#endif
};

enum pp_trace_state {
    PP_TRACE_FREE_CHUNK,
    PP_TRACE_TAKEN, /* its head does not tell its thread yet */
    PP_TRACE_OPEN,
    PP_TRACE_SEALED,
};

struct pp_trace_head {
    uint32_t state;      /* enum pp_trace_state; changed by CAS */
    uint32_t generation; /* changes whenever a chunk is taken anew */
    uint32_t count;
    pid_t tid;
    int64_t sealed_ns;
    char name[16];
};

enum { PP_TRACE_CHUNK_EVENTS = PP_TRACE_CHUNK_BYTES / sizeof(struct pp_trace_event) };

/* The heads lie side by side: the search for the oldest chunk looks at all of them. */
struct pp_trace_pool {
    struct pp_trace_head heads[PP_TRACE_CHUNKS];
    struct pp_trace_event events[PP_TRACE_CHUNKS][PP_TRACE_CHUNK_EVENTS];
};

extern struct pp_trace_pool *pp_trace_pool; /* NULL before the first start */
extern uint32_t pp_trace_high;                /* chunks ever used */
extern uint64_t pp_trace_recycled, pp_trace_lost;
extern int64_t pp_trace_recycled_ns; /* what was sealed up to then may be gone */

/* The writing half of pp_trace_after_fork. */
void pp_trace_after_fork_sig(void);

#endif
