/* The judgment over one allocation site seen at several moments: leak, temporary, or at rest.
 *
 *   inuse |        x       floor rises    |      x      x  rise and fall  |    x  x  x  x
 *         |     x     x  x  -> grows      |    x      x     -> temporary  |  x    levels off
 *         |  x                            |  x      x                     | x     -> settled
 *         +------------------ time        +------------------             +--------------
 *
 * Every number is an estimate from samples. An object of size s is seen with probability
 * p = 1 - exp(-s / T) and stands for s / p bytes, so n objects have the variance
 * n s^2 (1 - p) / p, which is T * bytes for small ones. A difference of two moments is made
 * only of what came and what went between them: what stayed was sampled once and adds no noise. At
 * most min(allocated, inuse later) came, at most min(freed, inuse before) went.
 *
 * Pure functions, any thread, no allocation.
 */
#ifndef PP_TOOL_LEAKS_JUDGE_H
#define PP_TOOL_LEAKS_JUDGE_H

#include <stdbool.h>
#include <stddef.h>

struct pp_moment {
    double at_s; /* rising */
    double inuse_bytes, inuse_objects;
    double alloc_bytes, alloc_objects; /* since the program started */
};

enum pp_verdict {
    PP_VERDICT_REST,      /* no change beyond the noise, or shrinking */
    PP_VERDICT_GROWS,     /* rises all along: a leak, as sure as `grade` says */
    PP_VERDICT_STEP,      /* grew once, all of it between two moments */
    PP_VERDICT_SETTLED,   /* grew first, then stopped: a cache that filled */
    PP_VERDICT_TEMPORARY, /* rose and fell, in whatever order it was seen */
    PP_VERDICT_UNKNOWN,   /* fewer than three moments: cannot be told */
};

enum pp_grade { PP_GRADE_NONE, PP_GRADE_POSSIBLE, PP_GRADE_LIKELY, PP_GRADE_CERTAIN };

struct pp_judgment {
    enum pp_verdict verdict;
    enum pp_grade grade;   /* of GROWS */
    double grown_bytes;    /* last moment less first */
    double grown_objects;
    double sigma_bytes;    /* standard error of grown_bytes */
    double z;              /* grown_bytes / sigma_bytes */
    double per_second;     /* grown_bytes over the time between */
    double peak_bytes;     /* highest moment */
    double rise_bytes;     /* TEMPORARY: the largest rise, before or after it */
    double fall_bytes;     /* TEMPORARY: the deepest fall */
    double kept_share;     /* of what was allocated in between, 0 to 1 */
};

/* Judges count moments of one site; period_bytes is the sampling period T (1 or less: exact). */
void pp_judge(const struct pp_moment *moments, size_t count, double period_bytes,
              struct pp_judgment *out);

/* The standard error of one estimate of `bytes` in `objects`, and of the change from a to b. */
double pp_judge_sigma(double bytes, double objects, double period_bytes);
double pp_judge_sigma_change(const struct pp_moment *a, const struct pp_moment *b,
                             double period_bytes);

/* "almost certain", "likely", "possible", "". */
const char *pp_grade_text(enum pp_grade grade);

#endif
