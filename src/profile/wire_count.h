/* The first pass over a profile.proto: how much of everything there is, so that every array can be
 * allocated once and exactly; and where its samples can be cut apart, to be read at the same time.
 *
 *   bytes    | types | sample sample sample sample sample ... | mappings locations ... strings |
 *   slices   |                |                |                |               |
 *
 * A slice begins and ends between two fields of the profile. How many there are depends on the
 * bytes alone.
 */
#ifndef PP_PROFILE_WIRE_COUNT_H
#define PP_PROFILE_WIRE_COUNT_H

#include "profile/wire_cursor.h"

enum { PP_WIRE_SLICES = 64 };

struct pp_wire_slice {
    struct pp_cursor bytes;
    bool has_samples, has_others; /* which kinds of fields it has */
    bool bad;                     /* a malformed sample */
    size_t samples, sample_locs, values, labels;
};

struct pp_wire_count {
    size_t sample_types, samples, sample_locs, values, labels;
    size_t mappings, locations, lines, functions, strings, string_bytes, comments;
    bool concatenated; /* a second time_nanos: two files in one */
    bool bad_table;    /* string_table[0] is not "" */
    int64_t time_nanos;
    struct pp_wire_slice slices[PP_WIRE_SLICES];
    size_t slice_count;
};

/* False when the bytes are malformed on the level of fields and messages. */
bool pp_wire_count(struct pp_cursor input, struct pp_wire_count *count);

/* How many integers a repeated integer field holds: one, or one for each final byte when packed. */
size_t pp_wire_count_ints(const struct pp_field *f);

#endif
