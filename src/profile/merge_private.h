/* Between merge.c, which goes through the sources, merge_records.c, which makes their records those
 * of the merged profile, and merge_samples.c, which adds their samples. One thread at a time. */
#ifndef PP_PROFILE_MERGE_PRIVATE_H
#define PP_PROFILE_MERGE_PRIVATE_H

#include "base/buf.h"
#include "base/table.h"
#include "profile/build.h"

#include <stdbool.h>

struct pp_merger {
    struct pp_arena arena;  /* lives as long as the merger */
    struct pp_arena source; /* lives as long as one source is at hand */
    struct pp_build *build;
    struct pp_table mappings, locations, functions; /* of keys; index 0 is "", so all are one off */
    struct pp_buf key;
    uint32_t *slots, *hashes; /* samples: open addressing, index + 1; hash of each sample */
    size_t slot_count, hash_cap, sample_count;
    const struct pprof_profile *p; /* the source at hand, and its records' merged indices: */
    uint32_t *strings, *mapping_of, *location_of, *function_of;
    struct pprof_line *lines; /* the location at hand, merged */
    bool failed;
};

/* Of the source at hand; m->failed says when memory ran out. The merged index of a mapping, made on
 * first use, and so for all records that the samples refer to, in the order of first use. */
uint32_t pp_merge_mapping(struct pp_merger *m, uint32_t i);
void pp_merge_records(struct pp_merger *m);

/* merge_samples.c: adds the samples, whose records are merged. With `eat` the source's stacks are
 * given back to the system meanwhile. */
void pp_merge_samples(struct pp_merger *m, bool eat);

/* A table of samples with so many slots, a power of two; false without memory. */
bool pp_merge_slots(struct pp_merger *m, size_t count);

static inline bool pp_is_zero(const int64_t *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (values[i]) {
            return false;
        }
    }
    return true;
}

#endif
