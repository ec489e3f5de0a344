/* What the shell offers when the user presses the tab key.
 *
 *   "to"             topproto  top  total_samples      words that begin a line
 *   "foc"            focus=                            options, with choices as choice=true
 *   "sort="          cum  flat                         an option's values
 *   "peek read"      functions that hold the text, as expressions
 *   "tagfocus=ke"    tags by key, then by value
 */
#ifndef PP_TOOL_COMPLETE_H
#define PP_TOOL_COMPLETE_H

#include "base/arena.h"
#include "pprof/profile.h"

#include <stdbool.h>

enum { PP_COMPLETE_MAX = 1000 };

struct pp_completion {
    size_t start;         /* of the word that the items replace, in the text */
    const char **items;   /* sorted, without repeats; in the arena; at most PP_COMPLETE_MAX */
    size_t count;
    const char *common;   /* what all items begin with; "" when that is not the word's own text */
    bool is_word;         /* a blank follows a single item */
};

/* Completes the text of `len` bytes in front of the cursor. 0 or PPROF_ERR_NOMEM. */
int pp_complete(const struct pprof_profile *profile, const char *text, size_t len,
                struct pp_arena *arena, struct pp_completion *out) PPROF_NODISCARD;

#endif
