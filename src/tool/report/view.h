/* A report's own look at a profile: filters and aggregation change the view, never the profile.
 *
 *   mappings, locations, lines, functions, strings   copied at once (small)
 *   samples and labels                               borrowed until pp_view_own_samples
 *
 * Invariant: everything the view adds lives in its arena. One thread at a time.
 */
#ifndef PP_REPORT_VIEW_H
#define PP_REPORT_VIEW_H

#include "base/arena.h"
#include "pprof/profile.h"

struct pp_view {
    struct pp_arena *arena;
    struct pprof_profile p; /* priv is NULL: not to be freed */
    size_t string_cap, function_cap, location_cap, line_cap;
    uint64_t last_function_id, last_location_id; /* the highest ones */
    bool owns_samples;
};

/* 0 or PPROF_ERR_NOMEM. profile must outlive the view. */
int pp_view_init(struct pp_view *view, struct pp_arena *arena,
                 const struct pprof_profile *profile) __attribute__((warn_unused_result));

/* Makes the sample arrays the view's own, so that they can be changed in place. */
int pp_view_own_samples(struct pp_view *view) __attribute__((warn_unused_result));

/* Append one record; the index, or UINT32_MAX when out of memory. Text is copied. */
uint32_t pp_view_string(struct pp_view *view, const char *text, size_t len);
uint32_t pp_view_function(struct pp_view *view, uint32_t name, uint32_t filename);
uint32_t pp_view_location(struct pp_view *view, uint32_t function);

/* Empties what the granularity leaves out, as an option names it ("" is functions).
 * PPROF_ERR_INVALID for another word. */
int pp_view_aggregate(struct pp_view *view, const char *granularity, bool noinlines,
                      bool showcolumns, struct pprof_error *error)
    __attribute__((warn_unused_result));

/* True when both indices stand for the same text. */
bool pp_view_same(const struct pp_view *view, uint32_t a, uint32_t b);

static inline const char *pp_view_text(const struct pp_view *view, uint32_t index)
{
    return view->p.strings[index].ptr;
}

/* Goes through the samples and keeps some, or parts of their stacks, in place. Needs own samples.
 *
 *   for (pp_sieve_begin(&s, view); pp_sieve_next(&s);) { if (...) pp_sieve_keep(&s, 0, s.count); }
 *   pp_sieve_end(&s);
 */
struct pp_sieve {
    struct pp_view *view;
    size_t sample; /* being looked at */
    uint32_t *locs; /* its stack, leaf first; may be compacted before keep */
    uint32_t count;
    const struct pprof_label *labels;
    uint32_t label_count;
    /* private: where the next sample starts, and how much is kept */
    size_t next;
    uint32_t loc_next, label_next, kept_locs, kept_labels;
    size_t kept;
};

void pp_sieve_begin(struct pp_sieve *sieve, struct pp_view *view);
bool pp_sieve_next(struct pp_sieve *sieve);
void pp_sieve_keep(struct pp_sieve *sieve, uint32_t first, uint32_t count);
void pp_sieve_end(struct pp_sieve *sieve);

#endif
