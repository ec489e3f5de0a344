/* Wall clock time in the Gregorian calendar, UTC. libc's functions for this may take a lock, read a
 * file and call malloc; these do nothing of the kind. */
#ifndef PP_BASE_DATE_H
#define PP_BASE_DATE_H

#include <stdint.h>

struct pp_date {
    int year, month, day; /* month and day from 1 */
    int weekday;          /* 0: Sunday */
    int hour, minute, second;
};

/* Of a time since 1970 (pp_sys_wall_ns), not before. */
struct pp_date pp_date_of_ns(int64_t ns);

#endif
