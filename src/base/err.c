#include "base/err.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

const char *pprof_err_text(int err)
{
    switch (err) {
    case PPROF_OK:
        return "ok";
#define X(name, number, sentence)                                                                  \
    case PPROF_ERR_##name:                                                                         \
        return sentence;
        PPROF_ERRORS(X)
#undef X
    default:
        return "unknown error";
    }
}

static int set_v(struct pprof_error *error, int code, const char *format, va_list args)
{
    if (error) {
        error->code = code;
        (void)vsnprintf(error->detail, sizeof(error->detail), format, args);
    }
    return code;
}

int pp_err_set(struct pprof_error *error, int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    set_v(error, code, format, args);
    va_end(args);
    return code;
}

static void add_reason(struct pprof_error *error, int errno_value, bool is_small)
{
    if (error) {
        char scratch[128];
        const char *text = strerror_r(errno_value, scratch, sizeof(scratch));
        char first = is_small && text[0] >= 'A' && text[0] <= 'Z' ? text[0] + 'a' - 'A' : text[0];
        size_t len = strlen(error->detail);
        (void)snprintf(error->detail + len, sizeof(error->detail) - len, ": %c%s", first, text + 1);
    }
}

int pp_err_errno(struct pprof_error *error, int code, int errno_value, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    set_v(error, code, format, args);
    va_end(args);
    add_reason(error, errno_value, false);
    return code;
}

int pp_err_lower(struct pprof_error *error, int code, int errno_value, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    set_v(error, code, format, args);
    va_end(args);
    add_reason(error, errno_value, true);
    return code;
}
