/* Pages of long-parked goroutines: trim.c.
 *
 * Invariants
 *  - only pages below a parked goroutine's stack pointer are discarded, while it cannot go on.
 *  - without membarrier nothing is.
 */
#ifndef PP_GO_TRIM_H
#define PP_GO_TRIM_H

#include <stdbool.h>
#include <stdint.h>

struct pp_g;

#pragma GCC visibility push(hidden)

/* The monitor, now and then: looks at some goroutines and discards what is not used. */
void pp_go_trim(int64_t now);
/* Some are still to be looked at: the monitor does not sleep for good yet. */
bool pp_go_trim_is_due(void);
/* In the child after fork. */
void pp_go_trim_after_fork(void);
/* Whoever made g's seq odd and saw PP_GO_WATCH_TRIM: its stack is whole again after this. */
void pp_go_trim_wait(const struct pp_g *g);

#pragma GCC visibility pop

#endif
