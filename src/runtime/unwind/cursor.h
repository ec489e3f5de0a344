/* A checked reader over bytes: reading past the end gives 0 and sets `bad`. Handler-safe. */
#ifndef PP_UNWIND_CURSOR_H
#define PP_UNWIND_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct pp_cursor {
    const uint8_t *at, *end;
    bool bad;
};

static inline bool pp_cursor_take(struct pp_cursor *c, void *to, size_t len)
{
    if ((size_t)(c->end - c->at) < len) {
        c->bad = true;
        c->at = c->end;
        memset(to, 0, len);
        return false;
    }
    memcpy(to, c->at, len);
    c->at += len;
    return true;
}

static inline void pp_cursor_skip(struct pp_cursor *c, uint64_t len)
{
    if ((uint64_t)(c->end - c->at) < len) {
        c->bad = true;
        len = (uint64_t)(c->end - c->at);
    }
    c->at += len;
}

#define PP_CURSOR_READ(name, type)                                                                 \
    static inline type name(struct pp_cursor *c)                                                   \
    {                                                                                              \
        type value;                                                                                \
        pp_cursor_take(c, &value, sizeof(value));                                                  \
        return value;                                                                              \
    }

PP_CURSOR_READ(pp_cursor_u8, uint8_t)
PP_CURSOR_READ(pp_cursor_u16, uint16_t)
PP_CURSOR_READ(pp_cursor_u32, uint32_t)
PP_CURSOR_READ(pp_cursor_u64, uint64_t)

static inline uint64_t pp_cursor_uleb(struct pp_cursor *c)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
        uint8_t byte = pp_cursor_u8(c);
        value |= shift < 64 ? (uint64_t)(byte & 0x7f) << shift : 0;
        if (!(byte & 0x80)) {
            return value;
        }
    }
    c->bad = true;
    return 0;
}

static inline int64_t pp_cursor_sleb(struct pp_cursor *c)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 70;) {
        uint8_t byte = pp_cursor_u8(c);
        value |= shift < 64 ? (uint64_t)(byte & 0x7f) << shift : 0;
        shift += 7;
        if (!(byte & 0x80)) {
            if ((byte & 0x40) && shift < 64) {
                value |= ~(uint64_t)0 << shift;
            }
            return (int64_t)value;
        }
    }
    c->bad = true;
    return 0;
}

#endif
