/* Reading the protobuf wire format: a position in a message, and its fields one by one.
 *
 * Invariants: a cursor never leaves its message; after the first malformed byte `bad` stays set and
 * the cursor stands at its end. Groups (wire types 3 and 4) are malformed. */
#ifndef PP_PROFILE_WIRE_CURSOR_H
#define PP_PROFILE_WIRE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct pp_cursor {
    const unsigned char *at, *end;
    bool bad;
};

enum pp_wire_type {
    PP_WIRE_VARINT = 0,
    PP_WIRE_FIXED64 = 1,
    PP_WIRE_BYTES = 2,
    PP_WIRE_FIXED32 = 5
};

struct pp_field {
    uint64_t number;
    unsigned type;
    uint64_t value;           /* 0 unless type is PP_WIRE_VARINT or a fixed one */
    struct pp_cursor message; /* empty unless type is PP_WIRE_BYTES */
};

static inline uint64_t pp_cursor_fail(struct pp_cursor *c)
{
    c->bad = true;
    c->at = c->end;
    return 0;
}

/* A varint and where it ends; NULL when it is malformed. */
struct pp_varint {
    uint64_t value;
    const unsigned char *end;
};

static __attribute__((noinline, unused)) struct pp_varint
pp_varint_any(const unsigned char *at, const unsigned char *end)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 70 && at < end; shift += 7) {
        unsigned char byte = *at++;
        value |= shift < 64 ? (uint64_t)(byte & 0x7f) << shift : 0;
        if (byte < 0x80) {
            return (struct pp_varint){ value, at };
        }
    }
    return (struct pp_varint){ 0, NULL };
}

/* Up to three bytes, as nearly all keys, lengths and ids have, without a loop. Works on copies of
 * the pointers, so that a cursor can stay in registers. */
static inline struct pp_varint pp_varint_read(const unsigned char *at, const unsigned char *end)
{
    if (end - at >= 3) {
        uint64_t value = at[0];
        if (value < 0x80) {
            return (struct pp_varint){ value, at + 1 };
        }
        value = (value & 0x7f) | (uint64_t)at[1] << 7;
        if (at[1] < 0x80) {
            return (struct pp_varint){ value, at + 2 };
        }
        value = (value & 0x3fff) | (uint64_t)at[2] << 14;
        if (at[2] < 0x80) {
            return (struct pp_varint){ value, at + 3 };
        }
    }
    return pp_varint_any(at, end);
}

static inline uint64_t pp_cursor_varint(struct pp_cursor *c)
{
    struct pp_varint v = pp_varint_read(c->at, c->end);
    if (!v.end) {
        return pp_cursor_fail(c);
    }
    c->at = v.end;
    return v.value;
}

static inline uint64_t pp_cursor_fixed(struct pp_cursor *c, size_t bytes)
{
    uint64_t value = 0;
    if ((size_t)(c->end - c->at) < bytes) {
        return pp_cursor_fail(c);
    }
    memcpy(&value, c->at, bytes);
    c->at += bytes;
    return value;
}

static inline struct pp_cursor pp_cursor_bytes(struct pp_cursor *c)
{
    uint64_t len = pp_cursor_varint(c);
    if (len > (uint64_t)(c->end - c->at)) {
        pp_cursor_fail(c);
        len = 0;
    }
    c->at += len;
    return (struct pp_cursor){ c->at - len, c->at, false };
}

/* The next field of a message; false at its end, or when it is malformed. */
static inline __attribute__((always_inline)) bool
pp_cursor_next(struct pp_cursor *c, struct pp_field *f)
{
    if (c->at == c->end) {
        return false;
    }
    uint64_t key = pp_cursor_varint(c);
    f->number = key >> 3;
    f->type = key & 7;
    f->value = 0;
    f->message = (struct pp_cursor){ c->at, c->at, false };
    switch (f->type) {
    case PP_WIRE_VARINT:
        f->value = pp_cursor_varint(c);
        break;
    case PP_WIRE_FIXED64:
        f->value = pp_cursor_fixed(c, 8);
        break;
    case PP_WIRE_BYTES:
        f->message = pp_cursor_bytes(c);
        break;
    case PP_WIRE_FIXED32:
        f->value = pp_cursor_fixed(c, 4);
        break;
    default:
        pp_cursor_fail(c);
    }
    return !c->bad;
}

#endif
