/* Who waits now, for how long, for what, and who holds that: in words, for texts and pages. */
#ifndef PP_CAPTURE_BLOCKED_H
#define PP_CAPTURE_BLOCKED_H

#include "base/buf.h"
#include "pprof/error.h"

/* Lines that begin with '#': each wait that the block profile would count when it ends, longest
 * first, then the stacks of those who hold what is waited for, then deadlocks. Looks at all
 * threads. */
int pp_blocked_write(struct pp_buf *out, struct pprof_error *error)
    __attribute__((warn_unused_result));

/* The deadlocks alone, a line each; *count says how many. Looks at all threads. */
int pp_blocked_deadlocks(struct pp_buf *out, size_t *count, struct pprof_error *error)
    __attribute__((warn_unused_result));

#endif
