/* When a profile was taken, as the reports write it.
 *
 * Invariants: times before 1970 have a positive part of a second, too.
 */
#ifndef PP_TOOL_MOMENT_H
#define PP_TOOL_MOMENT_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* The local time; nanos becomes what is below a second. The zone is what Go makes of $TZ: a name
 * that no zone's file has, such as "UTC+3", is UTC. */
bool pp_moment_local(int64_t *nanos, struct tm *tm);

#endif
