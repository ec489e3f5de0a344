#include "tool/report/out.h"

#include "base/err.h"
#include "base/sys.h"
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

void pp_out_init(struct pp_out *out, int fd)
{
    out->fd = fd;
    out->err = 0;
    out->before = NULL;
    out->len = 0;
}

static void hand_over(struct pp_out *out, const void *bytes, size_t len)
{
    if (out->before) {
        out->before();
        out->before = NULL;
    }
    if (!out->err) {
        out->err = pp_sys_write_all(out->fd, bytes, len);
    }
}

static void flush(struct pp_out *out)
{
    if (out->len) {
        hand_over(out, out->data, out->len);
    }
    out->len = 0;
}

int pp_out_finish(struct pp_out *out, struct pprof_error *error)
{
    flush(out);
    return out->err ? pp_err_errno(error, PPROF_ERR_SYSTEM, -out->err, "write") : 0;
}

void pp_out_append(struct pp_out *out, const void *bytes, size_t len)
{
    if (len > PP_OUT_CAP - out->len) {
        flush(out);
    }
    if (len > PP_OUT_CAP) {
        hand_over(out, bytes, len);
        return;
    }
    memcpy(out->data + out->len, bytes, len);
    out->len += len;
}

void pp_out_str(struct pp_out *out, const char *text)
{
    pp_out_append(out, text, strlen(text));
}

void pp_out_char(struct pp_out *out, char c)
{
    pp_out_append(out, &c, 1);
}

void pp_out_fill(struct pp_out *out, char c, size_t count)
{
    char piece[64];
    memset(piece, c, sizeof(piece));
    for (; count > sizeof(piece); count -= sizeof(piece)) {
        pp_out_append(out, piece, sizeof(piece));
    }
    pp_out_append(out, piece, count);
}

void pp_out_i64(struct pp_out *out, int64_t value)
{
    char digits[24];
    char *p = digits + sizeof(digits);
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        *--p = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (value < 0) {
        *--p = '-';
    }
    pp_out_append(out, p, (size_t)(digits + sizeof(digits) - p));
}

void pp_out_printf(struct pp_out *out, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (len > 0) {
        size_t size = (size_t)len;
        pp_out_append(out, text, size < sizeof(text) ? size : sizeof(text) - 1);
    }
}

void pp_out_right(struct pp_out *out, const char *text, size_t width)
{
    size_t len = strlen(text), shown = pp_utf8_count(text, len);
    if (shown < width) {
        pp_out_fill(out, ' ', width - shown);
    }
    pp_out_append(out, text, len);
}
