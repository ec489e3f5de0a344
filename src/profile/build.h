/* Building a profile record by record: what the decoders, the merger and the live runtime use.
 *
 *   struct pp_build *build = pp_build_new(cap);
 *   ... pp_build_string / _mapping / _function / _location / _sample ...
 *   pp_build_finish(build, &profile, error)      takes the build's arena; the build is gone
 *
 * Invariants
 *  - errors stick: after a failure every later call is a no-op and finish reports the first one.
 *  - indices returned are the ones the finished profile uses.
 *  - no deduplication unless the comment says so: the caller knows its identities best.
 *  - never calls malloc. One thread at a time; not for signal handlers.
 */
#ifndef PP_PROFILE_BUILD_H
#define PP_PROFILE_BUILD_H

#include "base/arena.h"
#include "pprof/profile.h"

struct pp_build;

/* memory_cap_bytes 0: no cap. NULL when out of memory. */
struct pp_build *pp_build_new(size_t memory_cap_bytes);
void pp_build_free(struct pp_build *build);

/* Interned: equal text gives the equal index. */
uint32_t pp_build_string(struct pp_build *build, const char *text, size_t len);
uint32_t pp_build_cstr(struct pp_build *build, const char *text);

void pp_build_sample_type(struct pp_build *build, const char *type, const char *unit);
void pp_build_period(struct pp_build *build, const char *type, const char *unit, int64_t period);
void pp_build_default_sample_type(struct pp_build *build, const char *type);
void pp_build_times(struct pp_build *build, int64_t time_nanos, int64_t duration_nanos);
void pp_build_comment(struct pp_build *build, const char *text);
void pp_build_drop_keep(struct pp_build *build, const char *drop_frames, const char *keep_frames);

void pp_build_doc_url(struct pp_build *build, const char *url);

/* How much is to come, once the sample types are there: then the arrays are allocated once and,
 * being fresh pages, cost nothing where the guess was too high. Never fails. */
void pp_build_expect(struct pp_build *build, size_t samples, size_t locations, size_t labels);

/* The structs hold indices that earlier calls returned; id 0 asks for index + 1. */
uint32_t pp_build_mapping(struct pp_build *build, const struct pprof_mapping *mapping);
uint32_t pp_build_function(struct pp_build *build, const struct pprof_function *function);
uint32_t pp_build_location(struct pp_build *build, uint64_t id, uint64_t address, uint32_t mapping,
                           const struct pprof_line *lines, size_t line_count, bool is_folded);

/* locations leaf first; values: one for each sample type. */
void pp_build_sample(struct pp_build *build, const uint32_t *locations, size_t location_count,
                     const int64_t *values, const struct pprof_label *labels, size_t label_count);

/* For whoever adds many samples at once: makes room for so many more and gives the profile, whose
 * arrays he fills in behind what is there, loc_begin and label_begin too; NULL: no memory.
 * pp_build_filled then says how many samples that became. */
struct pprof_profile *pp_build_room(struct pp_build *build, size_t samples, size_t locations,
                                    size_t labels);
void pp_build_filled(struct pp_build *build, size_t samples);

/* What is built so far (no strings yet, and no offsets before the first sample); its arrays, even
 * empty ones, are no NULL pointers. Good until the next call. */
const struct pprof_profile *pp_build_peek(const struct pp_build *build);

/* Adds to the values of a sample that is there already. */
void pp_build_add_values(struct pp_build *build, size_t sample, const int64_t *values);

/* The finished, checked profile, which owns all memory; the build is freed either way. */
int pp_build_finish(struct pp_build *build, struct pprof_profile **profile,
                    struct pprof_error *error) __attribute__((warn_unused_result));

/* The arena that owns a profile's memory, for whoever appends to its arrays (symbolizing, pruning):
 * replace an array by a longer copy from it, never free. */
struct pp_arena *pp_profile_arena(struct pprof_profile *profile);

#endif
