/* Scaling of values, without libm, which libpprof does not link. */
#ifndef PP_PROFILE_ROUND_H
#define PP_PROFILE_ROUND_H

#include <stdint.h>

/* Half away from zero; what no int64_t can hold becomes the nearest that it can. */
static inline int64_t pp_round(double x)
{
    if (x >= 0x1p63) {
        return INT64_MAX;
    }
    if (!(x > -0x1p63)) {
        return INT64_MIN;
    }
    int64_t whole = (int64_t)x;
    double rest = x - (double)whole;
    return whole + (rest >= 0.5) - (rest <= -0.5);
}

/* value * ratio, rounded; 1 and -1 lose nothing. */
static inline int64_t pp_scaled(int64_t value, double ratio)
{
    if (ratio == 1) {
        return value;
    }
    return ratio == -1 ? (int64_t)(0 - (uint64_t)value) : pp_round((double)value * ratio);
}

#endif
