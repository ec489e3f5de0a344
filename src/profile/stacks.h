/* Building a profile from stacks as they come: equal names and addresses become one location, equal
 * stacks with equal labels one sample. What the decoders of folded stacks, perf and dumps share.
 *
 * Invariants: errors stick (`failed`) until pp_stacks_finish; memory is arenas; one thread at a
 * time.
 */
#ifndef PP_PROFILE_STACKS_H
#define PP_PROFILE_STACKS_H

#include "base/table.h"
#include "profile/build.h"
#include "profile/legacy_text.h"

struct pp_stacks {
    struct pp_arena arena;
    struct pp_build *build;
    struct pp_table names, files;
    uint64_t *place_keys; /* (name, file, line) or (mapping, address), and */
    uint64_t *place_more;
    uint32_t *place_locs; /* the location + 1; 0: free */
    size_t place_count, place_mask;
    uint32_t *sample_slots; /* sample + 1; 0: free */
    size_t sample_mask;
    uint32_t *stack; /* being collected */
    size_t depth, stack_cap;
    bool failed;
};

int pp_stacks_init(struct pp_stacks *s, size_t memory_cap_bytes)
    __attribute__((warn_unused_result));
void pp_stacks_release(struct pp_stacks *s);

/* Appends a frame to the stack at hand, which is emptied by pp_stacks_sample. */
void pp_stacks_push_name(struct pp_stacks *s, struct pp_scan name, struct pp_scan file,
                         int64_t line);
void pp_stacks_push_address(struct pp_stacks *s, uint64_t address, uint32_t mapping);
/* The stack at hand is root first. */
void pp_stacks_reverse(struct pp_stacks *s);
void pp_stacks_sample(struct pp_stacks *s, const int64_t *values, const struct pprof_label *labels,
                      size_t label_count);

/* Takes the build; s still has to be released. */
int pp_stacks_finish(struct pp_stacks *s, struct pprof_profile **profile, struct pprof_error *error)
    __attribute__((warn_unused_result));

/* The formats made of stacks: 0, PPROF_ERR_UNKNOWN (another format), _FORMAT, _NOMEM, _LIMIT. */
typedef int (*pp_stacks_decoder)(const void *data, size_t len, size_t memory_cap_bytes,
                                 struct pprof_profile **profile, struct pprof_error *error);
int pp_folded_decode(const void *data, size_t len, size_t memory_cap_bytes,
                     struct pprof_profile **profile, struct pprof_error *error);
int pp_dump_decode(const void *data, size_t len, size_t memory_cap_bytes,
                   struct pprof_profile **profile, struct pprof_error *error);
int pp_perf_script_decode(const void *data, size_t len, size_t memory_cap_bytes,
                          struct pprof_profile **profile, struct pprof_error *error);
int pp_perf_decode(const void *data, size_t len, size_t memory_cap_bytes,
                   struct pprof_profile **profile, struct pprof_error *error);

#endif
