/* Ages in classes, for the numeric label "age" (seconds): records of one stack and class stay one.
 * A class is named by its lower bound, so that -tagfocus=age=10min: asks for what is that old.
 * Handler-safe. */
#ifndef PP_CAPTURE_AGE_H
#define PP_CAPTURE_AGE_H

#include <stdint.h>

enum { PP_AGE_CLASSES = 9 };

/* The class of an age, 0 to PP_AGE_CLASSES - 1, and where a class begins: 0, 1, 10, 60, 600 and
 * 3600 seconds, 6 hours, a day, a week. */
unsigned pp_age_class(int64_t age_ns);
int64_t pp_age_floor_s(unsigned age_class);

/* Births are kept in 32 bits, in steps of 2^24 ns (16.8 ms) of CLOCK_MONOTONIC_COARSE; the age of
 * one, exact below two years. */
enum { PP_AGE_STEP_SHIFT = 24 };
static inline uint32_t pp_age_born(int64_t coarse_ns)
{
    return (uint32_t)((uint64_t)coarse_ns >> PP_AGE_STEP_SHIFT);
}
int64_t pp_age_since(uint32_t born, int64_t coarse_ns);

#endif
