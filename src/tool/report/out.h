/* Where a report goes: bytes in front of a descriptor, handed over in large pieces.
 *
 * Invariants: an error sticks and later writes are no-ops, so callers look once, at pp_out_close.
 * One thread at a time.
 */
#ifndef PP_REPORT_OUT_H
#define PP_REPORT_OUT_H

#include "pprof/error.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

enum { PP_OUT_CAP = 1 << 17 };

struct pp_out {
    int fd;
    int err; /* 0 or a negative errno value */
    void (*before)(void); /* called once, before the first bytes leave; NULL: nobody asked */
    size_t len;
    char data[PP_OUT_CAP];
};

void pp_out_init(struct pp_out *out, int fd);

/* Hands over what is left. 0, or PPROF_ERR_SYSTEM with the reason; the descriptor stays open. */
int pp_out_finish(struct pp_out *out, struct pprof_error *error) PPROF_NODISCARD;

void pp_out_append(struct pp_out *out, const void *bytes, size_t len);
void pp_out_str(struct pp_out *out, const char *text);
void pp_out_char(struct pp_out *out, char c);
void pp_out_fill(struct pp_out *out, char c, size_t count);
void pp_out_i64(struct pp_out *out, int64_t value);
void pp_out_printf(struct pp_out *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Right-aligned in width characters; UTF-8 counts as characters, not bytes. */
void pp_out_right(struct pp_out *out, const char *text, size_t width);

#endif
