#include "base/buf.h"

#include "pprof/error.h"

#include <stdio.h>
#include <string.h>

void pp_buf_init(struct pp_buf *buf, struct pp_arena *arena)
{
    *buf = (struct pp_buf){ .arena = arena };
}

void pp_buf_reset(struct pp_buf *buf)
{
    buf->len = 0;
    buf->err = 0;
}

static size_t grown_cap(size_t cap, size_t need)
{
    size_t grown = cap ? cap : 256;
    while (grown < need) {
        if (grown > SIZE_MAX / 2) {
            return 0;
        }
        grown *= 2;
    }
    return grown;
}

char *pp_buf_room(struct pp_buf *buf, size_t extra)
{
    if (buf->err) {
        return NULL;
    }
    if (extra >= SIZE_MAX - buf->len) {
        buf->err = PPROF_ERR_NOMEM;
        return NULL;
    }
    size_t need = buf->len + extra + 1;
    if (need > buf->cap) {
        size_t cap = grown_cap(buf->cap, need);
        char *data = cap ? pp_arena_grow(buf->arena, buf->data, buf->cap, cap) : NULL;
        if (!data) {
            buf->err = PPROF_ERR_NOMEM;
            return NULL;
        }
        buf->data = data;
        buf->cap = cap;
    }
    return buf->data + buf->len;
}

void pp_buf_append(struct pp_buf *buf, const void *bytes, size_t len)
{
    char *at = pp_buf_room(buf, len);
    if (!at) {
        return;
    }
    if (len) {
        memcpy(at, bytes, len);
    }
    at[len] = '\0';
    buf->len += len;
}

void pp_buf_str(struct pp_buf *buf, const char *text)
{
    pp_buf_append(buf, text, strlen(text));
}

void pp_buf_char(struct pp_buf *buf, char c)
{
    pp_buf_append(buf, &c, 1);
}

void pp_buf_fill(struct pp_buf *buf, char c, size_t count)
{
    char *at = pp_buf_room(buf, count);
    if (!at) {
        return;
    }
    memset(at, c, count);
    at[count] = '\0';
    buf->len += count;
}

void pp_buf_u64(struct pp_buf *buf, uint64_t value)
{
    char digits[20];
    size_t at = sizeof(digits);
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    pp_buf_append(buf, digits + at, sizeof(digits) - at);
}

void pp_buf_i64(struct pp_buf *buf, int64_t value)
{
    if (value < 0) {
        pp_buf_char(buf, '-');
        pp_buf_u64(buf, 0 - (uint64_t)value);
    } else {
        pp_buf_u64(buf, (uint64_t)value);
    }
}

void pp_buf_hex(struct pp_buf *buf, uint64_t value)
{
    char digits[18];
    size_t at = sizeof(digits);
    do {
        digits[--at] = "0123456789abcdef"[value & 15];
        value >>= 4;
    } while (value);
    digits[--at] = 'x';
    digits[--at] = '0';
    pp_buf_append(buf, digits + at, sizeof(digits) - at);
}

void pp_buf_vprintf(struct pp_buf *buf, const char *format, va_list args)
{
    char small[256];
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(small, sizeof(small), format, args);
    if (len < 0) {
        buf->err = PPROF_ERR_INVALID;
    } else if ((size_t)len < sizeof(small)) {
        pp_buf_append(buf, small, (size_t)len);
    } else {
        char *at = pp_buf_room(buf, (size_t)len);
        if (at) {
            (void)vsnprintf(at, (size_t)len + 1, format, again);
            buf->len += (size_t)len;
        }
    }
    va_end(again);
}

void pp_buf_printf(struct pp_buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    pp_buf_vprintf(buf, format, args);
    va_end(args);
}
