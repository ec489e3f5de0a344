/* Filling a caller-owned struct pprof_error. */
#ifndef PP_BASE_ERR_H
#define PP_BASE_ERR_H

#include "pprof/error.h"

/* Writes code and a formatted sentence into *error (NULL is fine) and returns code, so that a
 * failing function ends in `return pp_err_set(error, PPROF_ERR_X, "...", ...);`. */
int pp_err_set(struct pprof_error *error, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* As pp_err_set, with ": " and the text of the errno value behind the sentence. */
int pp_err_errno(struct pprof_error *error, int code, int errno_value, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* As pp_err_errno, with that text's first letter small, as Go writes it. */
int pp_err_lower(struct pprof_error *error, int code, int errno_value, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
