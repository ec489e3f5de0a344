/* Byte buffer on an arena: text and wire output are built here, then written in one go.
 *
 * Invariants
 *  - data[len] is always '\0' once anything was appended; data may be NULL while len is 0.
 *  - errors stick: after one failed append `err` is PPROF_ERR_NOMEM and every later append is a
 *    no-op, so callers check once at the end.
 *  - one thread at a time; not for signal handlers.
 */
#ifndef PP_BASE_BUF_H
#define PP_BASE_BUF_H

#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>

struct pp_buf {
    char *data;
    size_t len;
    size_t cap;
    int err;
    struct pp_arena *arena;
};

/* An empty buffer whose memory comes from arena (which must outlive it). */
void pp_buf_init(struct pp_buf *buf, struct pp_arena *arena);

/* Empties the buffer, keeps its memory, clears the error. */
void pp_buf_reset(struct pp_buf *buf);

/* Room for `extra` more bytes and a NUL; NULL and sticky error when there is none. The caller
 * writes at the returned pointer (data + len) and adds to len itself. */
char *pp_buf_room(struct pp_buf *buf, size_t extra);

void pp_buf_append(struct pp_buf *buf, const void *bytes, size_t len);
void pp_buf_str(struct pp_buf *buf, const char *text);
void pp_buf_char(struct pp_buf *buf, char c);
/* `count` copies of c. */
void pp_buf_fill(struct pp_buf *buf, char c, size_t count);
/* Decimal and 0x-hexadecimal (no leading zeros) without printf. */
void pp_buf_u64(struct pp_buf *buf, uint64_t value);
void pp_buf_i64(struct pp_buf *buf, int64_t value);
void pp_buf_hex(struct pp_buf *buf, uint64_t value);
void pp_buf_printf(struct pp_buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void pp_buf_vprintf(struct pp_buf *buf, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

#endif
