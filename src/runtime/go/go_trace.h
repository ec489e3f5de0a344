/* Goroutines in the execution trace (capture/trace.h).
 *
 * Invariants
 *  - nobody traces: nothing here is called, and no switch reads more than pp_go_watched, which it
 *    reads for the sanitizers anyway.
 *  - what a goroutine does is noted by the thread that runs it before the next one can know: it is
 *    parked before it can be readied, and readied before it starts. So times alone give the order.
 */
#ifndef PP_GO_TRACE_H
#define PP_GO_TRACE_H

struct pp_g;
struct pp_m;

#pragma GCC visibility push(hidden)

/* Tells the scheduler whether somebody traces; after each pp_trace_start and pp_trace_stop. */
void pp_go_trace_update(void);
/* In the child after fork. */
void pp_go_trace_after_fork(void);

/* For fiber.c and block.c, when pp_go_watched has PP_GO_WATCH_TRACE. */
void pp_go_trace_create(const struct pp_g *g);
void pp_go_trace_name(const struct pp_g *g);
/* The calling thread leaves `from`, for what m->after says, and goes on with `to`. */
void pp_go_trace_switch(const struct pp_m *m, const struct pp_g *from, const struct pp_g *to);
void pp_go_trace_ready(const struct pp_g *g);

#pragma GCC visibility pop

#endif
