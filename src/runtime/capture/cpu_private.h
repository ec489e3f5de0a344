/* Between cpu.c and the handler in cpu_sig.c.
 *
 *   counts: open addressing by stack id, key = id + 1, in reserved memory; emptied between sessions
 *
 * A session ends by clearing `running` and waiting until `in_handler` is 0: from then on nobody
 * writes to the table. */
#ifndef PP_CAPTURE_CPU_PRIVATE_H
#define PP_CAPTURE_CPU_PRIVATE_H

#include "runtime/capture/stacktab.h"

#include <stdint.h>

enum {
#ifdef PPROF_SMALL
    PP_CPU_COUNTS = 256,
#else
    PP_CPU_COUNTS = 64 << 10,
#endif
    PP_CPU_REACH = 64, /* slots looked at before a sample is lost */
};

struct pp_cpu_count {
    uint32_t key; /* pp_stack_id + 1; 0 free */
    uint32_t label_set;
    uint64_t ticks;
};

struct pp_cpu_session {
    uint32_t running;
    uint32_t in_handler;
    uint64_t ticks, lost; /* ticks seen; those that found the table full */
    struct pp_cpu_count *counts;
};

extern struct pp_cpu_session pp_cpu_session;

/* SIGPROF. Only expiries of our own timers count (their value is &pp_cpu_session). */
void pp_cpu_handler_sig(int signal, void *info, void *context);

#endif
