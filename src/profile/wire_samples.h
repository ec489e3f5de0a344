/* The samples of a profile.proto, read slice by slice into the profile's arrays.
 *
 * Invariants: each slice writes the parts of the arrays that its counts gave it, so all of them can
 * be read at the same time; labels that say nothing are left out, and the gaps closed at the end.
 */
#ifndef PP_PROFILE_WIRE_SAMPLES_H
#define PP_PROFILE_WIRE_SAMPLES_H

#include "pprof/profile.h"
#include "profile/idmap.h"
#include "profile/wire_count.h"

struct pp_wire_samples {
    struct pprof_profile *profile; /* its arrays are there, zeroed; sample_count is 0 */
    const struct pp_wire_count *count;
    const struct pp_id_map *locations;
    bool may_discard; /* pages of the input are given back once read */
    /* found: */
    bool bad;                /* malformed somewhere */
    bool mismatch;           /* a sample with another number of values than there are types, */
    size_t mismatch_values;  /* and how many the first such has */
};

void pp_wire_samples_read(struct pp_wire_samples *samples);

#endif
