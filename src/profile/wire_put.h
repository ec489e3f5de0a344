/* Writing the protobuf wire format, field by field. A nested message is built in a buffer of its
 * own and then put as bytes: its length comes first. */
#ifndef PP_PROFILE_WIRE_PUT_H
#define PP_PROFILE_WIRE_PUT_H

#include "base/buf.h"

#include <string.h>

static inline void pp_put_varint(struct pp_buf *buf, uint64_t value)
{
    char bytes[10];
    size_t n = 0;
    do {
        bytes[n] = (char)(value & 0x7f);
        value >>= 7;
        bytes[n++] |= value ? (char)0x80 : 0;
    } while (value);
    pp_buf_append(buf, bytes, n);
}

static inline void pp_put_u64(struct pp_buf *buf, unsigned field, uint64_t value)
{
    pp_put_varint(buf, field << 3);
    pp_put_varint(buf, value);
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
