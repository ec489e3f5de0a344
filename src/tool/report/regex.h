/* Regular expressions with RE2's syntax and promise: linear time, whatever the expression.
 *
 * A thin C face on libre2. Error sentences name the offending part in backquotes, so that scripts
 * which look at google/pprof's find the same text. A compiled expression may be used by many
 * threads.
 */
#ifndef PP_REPORT_REGEX_H
#define PP_REPORT_REGEX_H

#include "pprof/error.h"

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pp_regex;

struct pp_match {
    const char *ptr; /* NULL: the group took no part */
    size_t len;
};

/* Compiles; the caller frees. PPROF_ERR_INVALID with "error parsing regexp: WHAT: `PART`". */
int pp_regex_compile(const char *pattern, struct pp_regex **regex, struct pprof_error *error)
    PPROF_NODISCARD;

/* Searches anywhere in the text. */
bool pp_regex_match(const struct pp_regex *regex, const char *text, size_t len);

/* As match, and fills groups[0 .. count): the whole match, then the parenthesized parts. */
bool pp_regex_groups(const struct pp_regex *regex, const char *text, size_t len,
                     struct pp_match *groups, size_t count);

/* NULL is fine. */
void pp_regex_free(struct pp_regex *regex);

#ifdef __cplusplus
}
#endif
#endif
