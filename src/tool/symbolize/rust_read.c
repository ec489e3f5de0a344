/* Letters, numbers and identifiers of Rust names, and the capped text they become. */
#include "tool/symbolize/rust.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { DEPTH_MAX = 250, STEPS_MAX = 100000, TEXT_MAX_BYTES = 65536, IDENT_MAX = 512 };

void pp_rust_fail(struct pp_rust *v)
{
    v->bad = true;
    v->p = v->end;
}

void pp_rust_text_n(struct pp_rust *v, const char *text, size_t len)
{
    if (v->mute || v->bad) {
        return;
    }
    if (v->out->len + len > TEXT_MAX_BYTES) {
        pp_rust_fail(v);
        return;
    }
    pp_buf_append(v->out, text, len);
}

void pp_rust_text(struct pp_rust *v, const char *words)
{
    pp_rust_text_n(v, words, strlen(words));
}

void pp_rust_number(struct pp_rust *v, uint64_t value)
{
    char digits[24];
    pp_rust_text_n(v, digits, (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, value));
}

char pp_rust_peek(const struct pp_rust *v)
{
    return v->p < v->end ? *v->p : '\0';
}

bool pp_rust_take(struct pp_rust *v, char c)
{
    if (pp_rust_peek(v) != c || v->p >= v->end) {
        return false;
    }
    v->p++;
    return true;
}

/* Enters one level of the grammar; false when the name is over a cap. */
bool pp_rust_enter(struct pp_rust *v)
{
    if (v->bad || v->depth >= DEPTH_MAX || v->steps >= STEPS_MAX) {
        pp_rust_fail(v);
        return false;
    }
    v->depth++;
    v->steps++;
    return true;
}

int pp_rust_digit62(char c)
{
    if (isdigit((unsigned char)c)) {
        return c - '0';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'Z' ? c - 'A' + 36 : -1;
}

/* "_" is 0, "0_" is 1. */
uint64_t pp_rust_base62(struct pp_rust *v)
{
    if (pp_rust_take(v, '_')) {
        return 0;
    }
    uint64_t value = 0;
    while (!v->bad && !pp_rust_take(v, '_')) {
        int digit = pp_rust_digit62(pp_rust_peek(v));
        if (digit < 0 || value > (UINT64_MAX - 63) / 62) {
            pp_rust_fail(v);
            return 0;
        }
        value = value * 62 + (uint64_t)digit;
        v->p++;
    }
    return value + 1;
}

/* A number behind a tag: 0 when the tag is missing. */
uint64_t pp_rust_tagged62(struct pp_rust *v, char tag)
{
    return pp_rust_take(v, tag) ? pp_rust_base62(v) + 1 : 0;
}

uint64_t pp_rust_decimal(struct pp_rust *v)
{
    uint64_t value = 0;
    if (!isdigit((unsigned char)pp_rust_peek(v))) {
        pp_rust_fail(v);
    }
    if (pp_rust_take(v, '0')) {
        return 0;
    }
    while (isdigit((unsigned char)pp_rust_peek(v))) {
        value = value * 10 + (uint64_t)(*v->p++ - '0');
        if (value > (uint64_t)(v->end - v->name)) {
            pp_rust_fail(v);
        }
    }
    return value;
}

/* --- identifiers ------------------------------------------------------------------------------ */

struct pp_rust_ident pp_rust_read_ident(struct pp_rust *v)
{
    struct pp_rust_ident ident = { .ptr = v->p };
    ident.punycode = pp_rust_take(v, 'u');
    uint64_t len = pp_rust_decimal(v);
    (void)pp_rust_take(v, '_');
    if (v->bad || len > (uint64_t)(v->end - v->p)) {
        pp_rust_fail(v);
        return ident;
    }
    ident.ptr = v->p;
    ident.len = (size_t)len;
    v->p += len;
    return ident;
}

void pp_rust_put_utf8(struct pp_rust *v, uint32_t c)
{
    char out[4];
    size_t n = 0;
    if (c < 0x80) {
        out[n++] = (char)c;
    } else if (c < 0x800) {
        out[n++] = (char)(0xc0 | c >> 6);
    } else if (c < 0x10000) {
        out[n++] = (char)(0xe0 | c >> 12);
        out[n++] = (char)(0x80 | (c >> 6 & 63));
    } else {
        out[n++] = (char)(0xf0 | c >> 18);
        out[n++] = (char)(0x80 | (c >> 12 & 63));
        out[n++] = (char)(0x80 | (c >> 6 & 63));
    }
    if (c >= 0x80) {
        out[n++] = (char)(0x80 | (c & 63));
    }
    pp_rust_text_n(v, out, n);
}

static uint32_t adapt(uint32_t delta, uint32_t points, bool first)
{
    uint32_t k = 0;
    delta = first ? delta / 700 : delta / 2;
    delta += delta / points;
    for (; delta > 455; k += 36) {
        delta /= 35;
    }
    return k + 36 * delta / (delta + 38);
}

/* One variable-length integer of punycode (RFC 3492); false when it is malformed. */
static bool puny_delta(const char **p, const char *end, uint32_t bias, uint32_t *delta)
{
    uint64_t value = 0, weight = 1;
    for (uint32_t k = 36;; k += 36) {
        if (*p >= end || value > UINT32_MAX || weight > UINT32_MAX) {
            return false;
        }
        char c = *(*p)++;
        uint32_t digit = isdigit((unsigned char)c) ? (uint32_t)(c - '0') + 26 : (uint32_t)(c - 'a');
        uint32_t t = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;
        if (digit >= 36) {
            return false;
        }
        value += digit * weight;
        if (digit < t) {
            *delta = (uint32_t)value;
            return value <= UINT32_MAX;
        }
        weight *= 36 - t;
    }
}

static size_t puny_decode(const struct pp_rust_ident *ident, uint32_t *points)
{
    const char *split = memrchr(ident->ptr, '_', ident->len);
    const char *p = split ? split + 1 : ident->ptr, *end = ident->ptr + ident->len;
    size_t n = split ? (size_t)(split - ident->ptr) : 0;
    uint32_t c = 128, at = 0, bias = 72, delta;
    if (n > IDENT_MAX) {
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        points[i] = (unsigned char)ident->ptr[i];
    }
    for (bool first = true; p < end; first = false) {
        if (n == IDENT_MAX || !puny_delta(&p, end, bias, &delta) || delta > 0x7fffffff) {
            return 0;
        }
        at += delta;
        bias = adapt(delta, (uint32_t)n + 1, first);
        c += at / ((uint32_t)n + 1);
        at %= (uint32_t)n + 1;
        if (c > 0x10ffff) {
            return 0;
        }
        memmove(points + at + 1, points + at, (n - at) * sizeof(*points));
        points[at++] = c;
        n++;
    }
    return n;
}

void pp_rust_put_ident(struct pp_rust *v, const struct pp_rust_ident *ident)
{
    uint32_t points[IDENT_MAX + 1];
    if (!ident->punycode) {
        pp_rust_text_n(v, ident->ptr, ident->len);
        return;
    }
    size_t n = puny_decode(ident, points);
    if (n == 0) {
        pp_rust_fail(v);
    }
    for (size_t i = 0; i < n; i++) {
        pp_rust_put_utf8(v, points[i]);
    }
}
