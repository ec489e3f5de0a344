/* Reading text by hand: spans that shrink from the left as they are matched, and lines.
 *
 * The formats are defined by regular expressions elsewhere; each matcher says which. A matcher that
 * fails may leave its span anywhere: work on a copy. */
#ifndef PP_PROFILE_LEGACY_TEXT_H
#define PP_PROFILE_LEGACY_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pp_scan {
    const char *at, *end;
};

/* Lines without their ends (\n or \r\n). After the last one, line is empty. */
struct pp_text_lines {
    struct pp_scan rest, line;
};

bool pp_lines_next(struct pp_text_lines *lines);

static inline size_t pp_scan_len(struct pp_scan s)
{
    return (size_t)(s.end - s.at);
}
bool pp_scan_equal(struct pp_scan s, const char *text);
bool pp_scan_starts(struct pp_scan s, const char *text);
/* The place of text in s, or NULL. */
const char *pp_scan_find(struct pp_scan s, const char *text);
struct pp_scan pp_scan_trim(struct pp_scan s);
/* White space only, or the first other character is '#'. */
bool pp_scan_is_comment(struct pp_scan s);

/* Consumers: true when something was taken. */
bool pp_scan_text(struct pp_scan *s, const char *text);
bool pp_scan_blanks(struct pp_scan *s); /* ' ' only */
bool pp_scan_space(struct pp_scan *s);  /* any white space */
/* Takes the longest run of characters for which `in` holds. */
bool pp_scan_run(struct pp_scan *s, bool (*in)(char c), struct pp_scan *run);
bool pp_is_digit(char c);
bool pp_is_hex(char c);
bool pp_is_space(char c);

/* The whole span as a number; false when it is none or too large. base 0: by prefix, as in C. */
bool pp_scan_int(struct pp_scan s, int base, int64_t *value);
bool pp_scan_hex(struct pp_scan s, uint64_t *value); /* without 0x */
/* It is written as a number, which may be too large. */
bool pp_scan_is_int(struct pp_scan s, int base);

#endif
