/* Java heap and contention profiles as text:
 *
 *   --- heapz 1 ---
 *   format = java
 *   resolution = bytes
 *       BYTES COUNT @ 0xADDR ...
 *   0xADDR function (file:line)
 *
 * The addresses stand for names only and are dropped in the end. */
#include "profile/legacy.h"

#include <string.h>

enum { SAMPLING_BYTES = 524288, LONGEST_NAME = 65536 };

static bool is_attribute_char(char c)
{
    return c == ' ' || c == '_' || pp_is_digit(c) || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z');
}

/* The first KEY=VALUE of words and blanks in the line. */
static bool find_attribute(struct pp_scan line, struct pp_scan *key, struct pp_scan *value)
{
    const char *equals;
    struct pp_scan rest = line;
    while ((equals = pp_scan_find(rest, "="))) {
        const char *begin = equals;
        while (begin > line.at && is_attribute_char(begin[-1])) {
            begin--;
        }
        rest.at = equals + 1;
        struct pp_scan after = rest;
        if (begin < equals && pp_scan_run(&after, is_attribute_char, value)) {
            *key = pp_scan_trim((struct pp_scan){ begin, equals });
            *value = pp_scan_trim(*value);
            return true;
        }
    }
    return false;
}

static int set_resolution(struct pp_legacy *l, bool is_heap, struct pp_scan unit)
{
    l->type_count = 0;
    pp_legacy_add_type(l, pp_scan_of(is_heap ? "inuse_objects" : "contentions"),
                       pp_scan_of("count"));
    pp_legacy_add_type(l, pp_scan_of(is_heap ? "inuse_space" : "delay"), unit);
    return 0;
}

static int set_number(struct pp_legacy *l, struct pp_scan value, int64_t unit, int64_t *out)
{
    int64_t number = 0;
    int err = pp_legacy_int(l, "failed to parse attribute ", value, 0, &number);
    *out = (int64_t)((uint64_t)number * (uint64_t)unit);
    return err;
}

static int set_attribute(struct pp_legacy *l, bool is_heap, struct pp_scan key,
                         struct pp_scan value)
{
    if (pp_scan_equal(key, "format")) {
        return pp_scan_equal(value, "java") ? 0 : PPROF_ERR_UNKNOWN;
    }
    if (pp_scan_equal(key, "resolution")) {
        return set_resolution(l, is_heap, value);
    }
    if (!is_heap && pp_scan_equal(key, "sampling period")) {
        l->period_type = (struct pp_legacy_type){ pp_scan_of("contentions"), pp_scan_of("count") };
        return set_number(l, value, 1, &l->period);
    }
    if (!is_heap && pp_scan_equal(key, "ms since reset")) {
        return set_number(l, value, 1000000, &l->duration_nanos);
    }
    return PPROF_ERR_UNKNOWN;
}

/* Only lines that end count; the rest is left for the next section. */
static bool next_whole_line(struct pp_text_lines *lines)
{
    return pp_scan_find(lines->rest, "\n") && pp_lines_next(lines);
}

static int parse_attributes(struct pp_legacy *l, bool is_heap, struct pp_text_lines *lines)
{
    struct pp_text_lines at = *lines;
    int err = 0;
    while (!err && next_whole_line(&at)) {
        struct pp_scan line = pp_scan_trim(at.line), key, value;
        if (line.at < line.end) {
            if (!find_attribute(line, &key, &value)) {
                break;
            }
            l->line = line;
            err = set_attribute(l, is_heap, key, value);
        }
        *lines = at;
    }
    return err;
}

static bool is_address_char(char c)
{
    return c == ' ' || c == 'x' || pp_is_digit(c) || (c >= 'a' && c <= 'f');
}

/* BYTES +COUNT +@ +ADDRESSES, anywhere in the line */
static bool find_sample(struct pp_scan line, struct pp_scan *bytes, struct pp_scan *count,
                        struct pp_scan *addresses)
{
    while (line.at < line.end) {
        struct pp_scan s = line;
        if (pp_scan_run(&s, pp_is_digit, bytes) && pp_scan_blanks(&s) &&
            pp_scan_run(&s, pp_is_digit, count) && pp_scan_blanks(&s) && pp_scan_text(&s, "@") &&
            pp_scan_blanks(&s)) {
            pp_scan_run(&s, is_address_char, addresses);
            return true;
        }
        if (!pp_scan_run(&line, pp_is_digit, NULL)) {
            line.at++;
        }
    }
    return false;
}

static int scale_sample(struct pp_legacy *l, bool is_heap, struct pp_legacy_sample *s)
{
    if (!is_heap) {
        for (int i = 0; l->period && i < 2; i++) {
            s->values[i] = (int64_t)((uint64_t)s->values[i] * (uint64_t)l->period);
        }
        return 0;
    }
    if (!s->values[0]) {
        return pp_legacy_refuse(l, "parsing sample ", "second value must be non-zero",
                                pp_scan_of(""));
    }
    s->has_bytes = true;
    s->bytes = s->values[1] / s->values[0];
    pp_legacy_unsample(&s->values[0], &s->values[1], SAMPLING_BYTES);
    return 0;
}

static int parse_samples(struct pp_legacy *l, bool is_heap, struct pp_text_lines *lines)
{
    struct pp_text_lines at = *lines;
    int err = 0;
    while (!err && !l->nomem && next_whole_line(&at)) {
        struct pp_scan line = pp_scan_trim(at.line), bytes, count, addresses;
        if (line.at < line.end) {
            if (!find_sample(line, &bytes, &count, &addresses)) {
                break;
            }
            struct pp_legacy_sample *s = pp_legacy_add_sample(l);
            if (!s) {
                break;
            }
            l->line = line;
            err = pp_legacy_add_addresses(l, addresses, 0);
            err = err ? err : pp_legacy_int(l, "parsing sample ", count, 0, &s->values[0]);
            err = err ? err : pp_legacy_int(l, "parsing sample ", bytes, 0, &s->values[1]);
            err = err ? err : scale_sample(l, is_heap, s);
        }
        *lines = at;
    }
    return err;
}

/* NAME (WHAT) at the end of the text: the last opening one, with white space before it, whose
 * inside `fits`. */
static bool split_parentheses(struct pp_scan s, bool (*fits)(struct pp_scan), struct pp_scan *name,
                              struct pp_scan *inside)
{
    if (s.at == s.end || s.end[-1] != ')' || pp_scan_len(s) > LONGEST_NAME) {
        return false;
    }
    for (const char *open = s.end - 1; open > s.at; open--) {
        *inside = (struct pp_scan){ open + 1, s.end - 1 };
        if (*open == '(' && pp_is_space(open[-1]) && fits(*inside)) {
            *name = (struct pp_scan){ s.at, open - 1 };
            return true;
        }
    }
    return false;
}

static const char *last_colon(struct pp_scan s)
{
    return s.at == s.end ? NULL : memrchr(s.at, ':', pp_scan_len(s));
}

/* FILE:[-]DIGITS */
static bool is_file_line(struct pp_scan s)
{
    const char *colon = last_colon(s);
    if (!colon || colon == s.at) {
        return false;
    }
    s.at = colon + 1;
    pp_scan_text(&s, "-");
    return pp_scan_run(&s, pp_is_digit, NULL) && s.at == s.end;
}

static bool is_anything(struct pp_scan s)
{
    (void)s;
    return true;
}

static struct pp_scan base_name(struct pp_scan path)
{
    while (pp_scan_len(path) > 1 && path.end[-1] == '/') {
        path.end--;
    }
    const char *slash = path.at == path.end ? NULL : memrchr(path.at, '/', pp_scan_len(path));
    if (path.at == path.end) {
        return pp_scan_of(".");
    }
    return slash && pp_scan_len(path) > 1 ? (struct pp_scan){ slash + 1, path.end } : path;
}

static void describe(struct pp_legacy_line *line, struct pp_scan text)
{
    struct pp_scan inside;
    line->function = text;
    if (split_parentheses(text, is_file_line, &line->function, &inside)) {
        const char *colon = last_colon(inside);
        line->file = (struct pp_scan){ inside.at, colon };
        if (!pp_scan_int((struct pp_scan){ colon + 1, inside.end }, 10, &line->line) ||
            line->line < 0) {
            line->line = 0;
        }
    } else if (split_parentheses(text, is_anything, &line->function, &inside)) {
        line->file = base_name(inside);
    } else if (pp_scan_find(text, "generated stub/JIT")) {
        line->function = pp_scan_of("STUB");
    }
}

int pp_legacy_java_lines(struct pp_legacy *l, struct pp_scan input)
{
    struct pp_text_lines lines = { .rest = input };
    while (!l->nomem && pp_lines_next(&lines)) {
        struct pp_scan s = pp_scan_trim(lines.line), digits;
        struct pp_legacy_line line = { 0 };
        if (!pp_scan_text(&s, "0x") || !pp_scan_run(&s, pp_is_hex, &digits) || !pp_scan_space(&s)) {
            continue;
        }
        if (!pp_scan_hex(digits, &line.address)) {
            l->line = pp_scan_trim(lines.line);
            return pp_legacy_refuse(l, "parsing sample ", "value out of range: 0x", digits);
        }
        line.file = (struct pp_scan){ s.end, s.end };
        describe(&line, s);
        if (pp_arena_reserve(&l->arena, &l->lines, &l->line_cap, l->line_count, sizeof(line))) {
            l->nomem = true;
            break;
        }
        l->lines[l->line_count++] = line;
    }
    l->strip_addresses = true;
    return 0;
}

int pp_legacy_java(struct pp_legacy *l, struct pp_scan input)
{
    struct pp_text_lines lines = { .rest = input };
    if (!next_whole_line(&lines)) {
        return PPROF_ERR_UNKNOWN;
    }
    struct pp_scan headline = pp_scan_trim(lines.line);
    bool is_heap = pp_scan_equal(headline, "--- heapz 1 ---");
    if (!is_heap && !pp_scan_equal(headline, "--- contentionz 1 ---")) {
        return PPROF_ERR_UNKNOWN;
    }
    int err = parse_attributes(l, is_heap, &lines);
    err = err ? err : parse_samples(l, is_heap, &lines);
    return err ? err : pp_legacy_java_lines(l, lines.rest);
}
