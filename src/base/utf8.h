/* UTF-8: what is a character and what is not.
 *
 * Invariants: a byte that is part of no sequence counts as one character, as in Go; sequences that
 * are longer than they need be, surrogates and what is beyond U+10FFFF are none.
 */
#ifndef PP_BASE_UTF8_H
#define PP_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Length of the sequence at text, of at most len bytes; 0 when it is none. len is not 0. */
size_t pp_utf8_length_beyond_ascii(const char *text, size_t len);
static inline size_t pp_utf8_length(const char *text, size_t len)
{
    return *text & 0x80 ? pp_utf8_length_beyond_ascii(text, len) : 1;
}

size_t pp_utf8_count(const char *text, size_t len);
bool pp_utf8_is_valid(const char *text, size_t len);

#ifdef __cplusplus
}
#endif
#endif
