/* Changing a profile in place: which samples stay, their labels, their values.
 *
 * Invariants: the profile is valid after every call; arrays only shrink in place or are replaced by
 * longer copies in its arena (pp_profile_arena). Strings of a profile may repeat: equal text does
 * not mean equal index, unless the profile comes from pp_build or a merge. */
#ifndef PP_PROFILE_SAMPLES_H
#define PP_PROFILE_SAMPLES_H

#include "pprof/profile.h"

/* Removes the samples for which keep says false. Locations stay. */
void pp_samples_keep(struct pprof_profile *profile, bool (*keep)(void *ctx, size_t sample),
                     void *ctx);

/* Keeps of sample i the locations from first[i] (counted from the leaf), count[i] of them. */
void pp_samples_cut(struct pprof_profile *profile, const uint32_t *first, const uint32_t *count);

/* Multiplies the values of each type by its ratio, rounding half away from zero. Types with ratio 1
 * stay as they are; when there are others, samples whose values of those others are all zero are
 * dropped, as google/pprof does. */
void pp_samples_scale(struct pprof_profile *profile, const double *ratios);

/* Scales each type so that its sum becomes the base's; 0 where the sum is 0. Sample and period
 * types have to be the same: PPROF_ERR_FORMAT. */
int pp_samples_normalize(struct pprof_profile *profile, const struct pprof_profile *base,
                         struct pprof_error *error) __attribute__((warn_unused_result));

/* Gives every sample the string label key=value, in place of those it had under that key. 0 or
 * PPROF_ERR_NOMEM. */
int pp_samples_set_label(struct pprof_profile *profile, const char *key, const char *value)
    __attribute__((warn_unused_result));

/* Takes all string (numeric: false) or numeric labels with that key away. */
void pp_samples_remove_label(struct pprof_profile *profile, const char *key, bool numeric);

/* As pprof_profile_check, of everything but samples: they are all that is long, and nobody changes
 * them but the functions here. */
int pp_profile_check_records(const struct pprof_profile *profile, struct pprof_error *error)
    __attribute__((warn_unused_result));

/* A copy that owns its memory. */
int pp_profile_copy(const struct pprof_profile *profile, struct pprof_profile **copy,
                    struct pprof_error *error) __attribute__((warn_unused_result));

/* As pprof_profile_merge, but the sources are freed while they are merged (and when that fails), so
 * that they and the result hardly ever stand in memory together. All of sources[] is NULL then. */
int pp_profile_merge_eat(struct pprof_profile **sources, size_t count,
                         struct pprof_profile **merged, struct pprof_error *error)
    __attribute__((warn_unused_result));

/* The index of a text in the profile's strings, appended when it is not there; 0 for "". Looks
 * through all strings: for the few that a whole profile needs. UINT32_MAX when memory is out. */
uint32_t pp_profile_string(struct pprof_profile *profile, const char *text);

#endif
