/* Profiles in memory: read, check, merge, scale and write profile.proto and the older formats.
 *
 * A profile is a set of flat arrays that refer to each other by index, never by pointer:
 *
 *   sample i --loc_begin--> sample_locs[] --> locations[] --line_begin--> lines[] --> functions[]
 *      |                                          \--> mappings[]             names: strings[]
 *      +--label_begin--> labels[]     values[i * sample_type_count + t]
 *
 * Everything lives in one arena that pprof_profile_free releases; pointers stay valid until then.
 * Format: github.com/google/pprof, proto/profile.proto. Thread class: a profile may be read by many
 * threads at once and changed by one. No function here is for signal handlers.
 */
#ifndef PPROF_PROFILE_H
#define PPROF_PROFILE_H

#include <pprof/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "No mapping", "no function": what an index field holds when it refers to nothing. */
#define PPROF_NONE UINT32_MAX

struct pprof_string {
    const char *ptr; /* NUL-terminated; may hold any bytes before that */
    size_t len;
};

/* Fields named after strings (type, unit, filename, ...) are indices into strings[]; 0 is "". */
struct pprof_value_type {
    uint32_t type;
    uint32_t unit;
};

struct pprof_mapping {
    uint64_t id; /* as in the file; never 0 */
    uint64_t start, limit, offset;
    uint32_t filename, build_id;
    bool has_functions, has_filenames, has_line_numbers, has_inline_frames;
};

struct pprof_function {
    uint64_t id;
    uint32_t name, system_name, filename;
    int64_t start_line;
};

struct pprof_line {
    uint32_t function; /* index into functions[], or PPROF_NONE */
    int64_t line, column;
};

struct pprof_location {
    uint64_t id;
    uint64_t address;
    uint32_t mapping; /* index into mappings[], or PPROF_NONE */
    uint32_t line_begin, line_count; /* innermost inlined call first */
    bool is_folded;
};

struct pprof_label {
    uint32_t key;
    uint32_t str;  /* 0 for a numeric label */
    int64_t num;   /* numeric labels only */
    uint32_t unit; /* numeric labels only; 0 when none was given */
};

struct pprof_profile {
    struct pprof_string *strings;
    size_t string_count;

    struct pprof_value_type *sample_types;
    size_t sample_type_count;

    size_t sample_count;
    uint32_t *loc_begin;   /* sample_count + 1 offsets into sample_locs */
    uint32_t *sample_locs; /* indices into locations[], leaf first */
    uint32_t *label_begin; /* sample_count + 1 offsets into labels */
    struct pprof_label *labels;
    int64_t *values; /* row-major: sample, then sample type */

    struct pprof_mapping *mappings;
    size_t mapping_count;
    struct pprof_location *locations;
    size_t location_count;
    struct pprof_line *lines;
    size_t line_count;
    struct pprof_function *functions;
    size_t function_count;

    uint32_t *comments;
    size_t comment_count;
    uint32_t drop_frames, keep_frames, default_sample_type, doc_url;
    int64_t time_nanos, duration_nanos, period;
    struct pprof_value_type period_type;

    void *priv; /* the implementation's arena and tables */
};

struct pprof_read_options {
    size_t memory_cap_bytes; /* 0: no cap */
};

/* Reads a profile from len bytes: profile.proto, plain or gzipped, or any of the older formats.
 * The data is copied as needed and may be freed after the call. The result belongs to the caller
 * (pprof_profile_free) and has passed pprof_profile_check. options may be NULL.
 * Errors: PPROF_ERR_FORMAT, _TRUNCATED, _LIMIT, _NOMEM. */
PPROF_API int pprof_profile_read(const void *data, size_t len,
                                 const struct pprof_read_options *options,
                                 struct pprof_profile **profile,
                                 struct pprof_error *error) PPROF_NODISCARD;

/* Checks every index, count and id, as google/pprof's CheckValid does and with its words.
 * PPROF_ERR_FORMAT when something is wrong. */
PPROF_API int pprof_profile_check(const struct pprof_profile *profile,
                                  struct pprof_error *error) PPROF_NODISCARD;

enum { PPROF_WRITE_PLAIN = 0, PPROF_WRITE_GZIP = 1, PPROF_WRITE_GZIP_FAST = 2 };

/* Writes profile.proto to a descriptor; gzip as asked (FAST is zlib level 1, as Go uses).
 * Errors: PPROF_ERR_NOMEM, PPROF_ERR_SYSTEM. */
PPROF_API int pprof_profile_write(const struct pprof_profile *profile, int fd, int format,
                                  struct pprof_error *error) PPROF_NODISCARD;

/* Merges count profiles (at least one) into a new one by google/pprof's rules: sample types are
 * made compatible, equal samples are summed, samples whose values are all zero disappear, ids are
 * given anew. Sources stay untouched. PPROF_ERR_FORMAT when they have no sample type in common. */
PPROF_API int pprof_profile_merge(const struct pprof_profile *const *sources, size_t count,
                                  struct pprof_profile **merged,
                                  struct pprof_error *error) PPROF_NODISCARD;

/* Multiplies every value by ratio, rounding half away from zero. Unless ratio is 1, samples whose
 * values are then all zero disappear. */
PPROF_API void pprof_profile_scale(struct pprof_profile *profile, double ratio);

/* The index of a sample type chosen as google/pprof does: "" takes the default or else the last, a
 * number is an index, a name is a type, with or without "inuse_" in front. Negative
 * PPROF_ERR_UNKNOWN with a sentence that lists what there is. */
PPROF_API int pprof_profile_sample_index(const struct pprof_profile *profile, const char *name,
                                         struct pprof_error *error) PPROF_NODISCARD;

/* Frees the profile and everything it refers to. NULL is fine. */
PPROF_API void pprof_profile_free(struct pprof_profile *profile);

#ifdef __cplusplus
}
#endif
#endif
