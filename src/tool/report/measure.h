/* Numbers with units: scaling between them, and their text.
 *
 * Three families (memory, time, Google compute units); other units pass through. Pure functions.
 */
#ifndef PP_REPORT_MEASURE_H
#define PP_REPORT_MEASURE_H

#include <stdbool.h>
#include <stdint.h>

enum { PP_LABEL_CAP = 384, PP_PERCENT_CAP = 40 };

/* The value in `to`: a unit, or "minimum" / "auto" for the largest unit that leaves at least 1.
 * *unit is what the number is in, "" when it is not worth showing; it is `to` itself (whose memory
 * must outlive the use) or static. */
double pp_scale(int64_t value, const char *from, const char *to, const char **unit);

/* The scaled number with at most two decimals and its unit; "0" without one. Returns out. */
const char *pp_scaled_label(int64_t value, const char *from, const char *to,
                            char out[PP_LABEL_CAP]);

/* |value / total| as "50.00%", " 3.96%", "0.089%", "  100%". Returns out. */
const char *pp_percentage(int64_t value, int64_t total, char out[PP_PERCENT_CAP]);

/* As pp_percentage, without the blanks in front. */
const char *pp_percentage_bare(int64_t value, int64_t total, char out[PP_PERCENT_CAP]);

/* A float as Go converts it to int64 on amd64: toward zero, out of range gives the lowest. */
int64_t pp_to_i64(double value);

#endif
