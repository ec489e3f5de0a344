/* Writing the protobuf wire format, field by field. A nested message is built in a buffer of its
 * own and then put as bytes: its length comes first. */
#ifndef PP_PROFILE_WIRE_PUT_H
#define PP_PROFILE_WIRE_PUT_H

#include "base/buf.h"

#include <string.h>

enum { PP_VARINT_MOST = 10 }; /* bytes */

/* Writes the varint at `at`, which has room, and returns where it ends. */
static inline char *pp_write_varint(char *at, uint64_t value)
{
    while (value >= 0x80) {
        *at++ = (char)(value | 0x80);
        value >>= 7;
    }
    *at++ = (char)value;
    return at;
}

static inline void pp_put_varint(struct pp_buf *buf, uint64_t value)
{
    char *at = buf->cap - buf->len > PP_VARINT_MOST && !buf->err
                   ? buf->data + buf->len
                   : pp_buf_room(buf, PP_VARINT_MOST);
    if (at) {
        at = pp_write_varint(at, value);
        *at = '\0';
        buf->len = (size_t)(at - buf->data);
    }
}

static inline void pp_put_u64(struct pp_buf *buf, unsigned field, uint64_t value)
{
    pp_put_varint(buf, field << 3);
    pp_put_varint(buf, value);
}

static inline void pp_put_u64_if(struct pp_buf *buf, unsigned field, uint64_t value)
{
    if (value) {
        pp_put_u64(buf, field, value);
    }
}

static inline void pp_put_fixed64(struct pp_buf *buf, unsigned field, uint64_t value)
{
    pp_put_varint(buf, field << 3 | 1);
    pp_buf_append(buf, &value, sizeof(value)); /* both processors are little-endian */
}

static inline void pp_put_bytes(struct pp_buf *buf, unsigned field, const void *bytes, size_t len)
{
    pp_put_varint(buf, field << 3 | 2);
    pp_put_varint(buf, len);
    pp_buf_append(buf, bytes, len);
}

static inline void pp_put_text(struct pp_buf *buf, unsigned field, const char *text)
{
    pp_put_bytes(buf, field, text, strlen(text));
}

/* The message as a field of buf; it is empty afterwards, for the next one. */
static inline void pp_put_message(struct pp_buf *buf, unsigned field, struct pp_buf *message)
{
    pp_put_bytes(buf, field, message->data ? message->data : "", message->len);
    buf->err = buf->err ? buf->err : message->err;
    pp_buf_reset(message);
}

#endif
