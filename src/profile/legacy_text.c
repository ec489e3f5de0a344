#include "profile/legacy_text.h"

#include <string.h>

bool pp_lines_next(struct pp_text_lines *lines)
{
    struct pp_scan *rest = &lines->rest;
    lines->line = (struct pp_scan){ rest->at, rest->at };
    if (rest->at == rest->end) {
        return false;
    }
    const char *newline = memchr(rest->at, '\n', pp_scan_len(*rest));
    lines->line.end = newline ? newline : rest->end;
    rest->at = newline ? newline + 1 : rest->end;
    if (lines->line.end > lines->line.at && lines->line.end[-1] == '\r') {
        lines->line.end--;
    }
    return true;
}

bool pp_scan_equal(struct pp_scan s, const char *text)
{
    return pp_scan_len(s) == strlen(text) && pp_scan_starts(s, text);
}

bool pp_scan_starts(struct pp_scan s, const char *text)
{
    size_t len = strlen(text);
    return pp_scan_len(s) >= len && memcmp(s.at, text, len) == 0;
}

const char *pp_scan_find(struct pp_scan s, const char *text)
{
    return s.at == s.end ? NULL : memmem(s.at, pp_scan_len(s), text, strlen(text));
}

bool pp_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool pp_is_hex(char c)
{
    return pp_is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool pp_is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct pp_scan pp_scan_trim(struct pp_scan s)
{
    while (s.at < s.end && pp_is_space(*s.at)) {
        s.at++;
    }
    while (s.at < s.end && pp_is_space(s.end[-1])) {
        s.end--;
    }
    return s;
}

bool pp_scan_is_comment(struct pp_scan s)
{
    s = pp_scan_trim(s);
    return s.at == s.end || *s.at == '#';
}

bool pp_scan_text(struct pp_scan *s, const char *text)
{
    if (!pp_scan_starts(*s, text)) {
        return false;
    }
    s->at += strlen(text);
    return true;
}

bool pp_scan_run(struct pp_scan *s, bool (*in)(char c), struct pp_scan *run)
{
    const char *begin = s->at;
    while (s->at < s->end && in(*s->at)) {
        s->at++;
    }
    if (run) {
        *run = (struct pp_scan){ begin, s->at };
    }
    return s->at > begin;
}

static bool is_blank(char c)
{
    return c == ' ';
}

bool pp_scan_blanks(struct pp_scan *s)
{
    return pp_scan_run(s, is_blank, NULL);
}

bool pp_scan_space(struct pp_scan *s)
{
    return pp_scan_run(s, pp_is_space, NULL);
}

static unsigned digit_value(char c)
{
    if (pp_is_digit(c)) {
        return (unsigned)(c - '0');
    }
    return pp_is_hex(c) ? (unsigned)(c | 0x20) - 'a' + 10 : 99;
}

static bool unsigned_value(struct pp_scan s, unsigned base, uint64_t *value)
{
    uint64_t sum = 0;
    for (const char *at = s.at; at < s.end; at++) {
        unsigned digit = digit_value(*at);
        if (digit >= base || __builtin_mul_overflow(sum, base, &sum) ||
            __builtin_add_overflow(sum, digit, &sum)) {
            return false;
        }
    }
    *value = sum;
    return s.at < s.end;
}

static unsigned base_of(struct pp_scan *s)
{
    if (pp_scan_text(s, "0x") || pp_scan_text(s, "0X")) {
        return 16;
    }
    if (pp_scan_text(s, "0b") || pp_scan_text(s, "0B")) {
        return 2;
    }
    return pp_scan_len(*s) > 1 && *s->at == '0' ? 8 : 10;
}

/* Takes the sign; true when it is a minus. */
static bool take_sign(struct pp_scan *s)
{
    bool negative = pp_scan_text(s, "-");
    if (!negative) {
        pp_scan_text(s, "+");
    }
    return negative;
}

bool pp_scan_is_int(struct pp_scan s, int base)
{
    take_sign(&s);
    unsigned radix = base ? (unsigned)base : base_of(&s);
    const char *at = s.at;
    while (at < s.end && digit_value(*at) < radix) {
        at++;
    }
    return at > s.at && at == s.end;
}

bool pp_scan_int(struct pp_scan s, int base, int64_t *value)
{
    bool negative = take_sign(&s);
    uint64_t size;
    if (!unsigned_value(s, base ? (unsigned)base : base_of(&s), &size) ||
        size > (uint64_t)INT64_MAX + negative) {
        return false;
    }
    *value = (int64_t)(negative ? 0 - size : size);
    return true;
}

bool pp_scan_hex(struct pp_scan s, uint64_t *value)
{
    return unsigned_value(s, 16, value);
}
