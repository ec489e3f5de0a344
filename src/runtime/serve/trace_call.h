/* The trace's state beyond its pool: the recorder and what was started by call. */
#ifndef PP_SERVE_TRACE_CALL_H
#define PP_SERVE_TRACE_CALL_H

/* In the child after fork: whatever ran was the parent's. */
void pp_trace_call_after_fork(void);

#endif
