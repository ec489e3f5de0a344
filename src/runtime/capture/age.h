/* Ages in classes, for the numeric label "age" (seconds): records of one stack and class stay one.
 * A class is named by its lower bound, so that -tagfocus=age=10min: asks for what is that old. */
#ifndef PP_CAPTURE_AGE_H
#define PP_CAPTURE_AGE_H

#include <stdint.h>

/* The lower bound of the class in seconds: 0, 1, 10, 60, 600, 3600, 6 h, 1 d, 7 d. Handler-safe. */
int64_t pp_age_class(int64_t age_ns);

#endif
