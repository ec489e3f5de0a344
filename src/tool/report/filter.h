/* What the filter options do to a view: samples, frames and tags go.
 *
 * Functions return 0, PPROF_ERR_INVALID for a bad expression ("parsing focus regexp: ..."), or
 * PPROF_ERR_NOMEM. What matched nothing is said as a message, in google/pprof's words.
 */
#ifndef PP_REPORT_FILTER_H
#define PP_REPORT_FILTER_H

#include "tool/report/config.h"
#include "tool/report/regex.h"
#include "tool/report/view.h"
#include "tool/symbolize/message.h"

/* The unit of each numeric tag: the first one seen, or else what the key suggests. */
struct pp_tag_units {
    uint32_t *keys;
    const char **units;
    size_t count;
};

struct pp_filter {
    struct pp_view *view;
    const struct pp_config *config;
    const struct pp_tag_units *units;
    pp_message_fn message;
    void *ctx;
};

/* Finds the units and says which other ones were met. 0 or PPROF_ERR_NOMEM. */
int pp_tag_units_find(struct pp_tag_units *units, const struct pp_view *view,
                      pp_message_fn message, void *ctx) __attribute__((warn_unused_result));
/* "" for an unknown key. */
const char *pp_tag_unit(const struct pp_tag_units *units, const struct pp_view *view,
                        uint32_t key);

/* Adds frames for the tags that tagroot and tagleaf name. */
int pp_filter_tag_frames(const struct pp_filter *filter) __attribute__((warn_unused_result));

/* Everything from focus to prune_from, in google/pprof's order. */
int pp_filter_apply(const struct pp_filter *filter, struct pprof_error *error)
    __attribute__((warn_unused_result));

/* "parsing NAME regexp: ..." around pp_regex_compile; *regex is NULL for "". */
int pp_filter_compile(const char *name, const char *pattern, struct pp_regex **regex,
                      struct pprof_error *error) __attribute__((warn_unused_result));

/* --- tag filters (tag_filter.c) --------------------------------------------------------------- */

struct pp_tag_filter;

/* "[key=]range" or "[key=]regexp,regexp"; NULL for "". In the arena, but for the expressions:
 * pp_tag_filter_free. */
int pp_tag_filter_compile(const struct pp_filter *filter, const char *name, const char *text,
                          struct pp_tag_filter **made, struct pprof_error *error)
    __attribute__((warn_unused_result));
bool pp_tag_filter_match(const struct pp_tag_filter *tag_filter, const struct pprof_label *labels,
                         size_t count);
void pp_tag_filter_free(struct pp_tag_filter *tag_filter);

#endif
