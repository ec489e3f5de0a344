/* Decoders behind pprof_profile_read. */
#ifndef PP_PROFILE_DECODE_H
#define PP_PROFILE_DECODE_H

#include "base/arena.h"
#include "pprof/profile.h"

/* Plain profile.proto. The caller checks the result (pprof_profile_check). PPROF_ERR_FORMAT, _NOMEM. */
int pp_wire_decode(const void *data, size_t len, size_t memory_cap_bytes, struct pprof_profile **profile,
                   struct pprof_error *error) __attribute__((warn_unused_result));

#endif
