/* From a kind's records to profile.proto, named and mapped as Go's runtime writes it.
 *
 *   records --merge equal--> samples --pcs--> locations --names--> functions
 *                                        \--/proc/self/maps--> mappings
 *
 * Everything is looked up in hash maps over arenas: 100,000 records take time in proportion.
 * Not for handlers. Names come from symbol indexes; mapping flags stay open, so that a tool that
 * has the binary adds files, lines and inlined frames.
 */
#ifndef PP_SERVE_ENCODE_H
#define PP_SERVE_ENCODE_H

#include "base/buf.h"
#include "pprof/profile.h"
#include "runtime/capture/kind.h"

/* The snapshot as a profile, which the caller frees. */
int pp_encode_profile(const struct pp_kind *kind, const struct pp_snapshot *snapshot,
                      struct pprof_profile **profile, struct pprof_error *error)
    __attribute__((warn_unused_result));

/* The profile as gzipped profile.proto behind out; level 1 is what Go's runtime writes. */
int pp_encode_gzip(const struct pprof_profile *profile, int level, struct pp_buf *out,
                   struct pprof_error *error) __attribute__((warn_unused_result));

/* Collects the kind now and gives its profile. Scratch memory is released before it returns. */
int pp_encode_collect(const struct pp_kind *kind, struct pprof_profile **profile,
                      struct pprof_error *error) __attribute__((warn_unused_result));

#endif
