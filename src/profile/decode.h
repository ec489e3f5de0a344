/* Decoders behind pprof_profile_read. */
#ifndef PP_PROFILE_DECODE_H
#define PP_PROFILE_DECODE_H

#include "base/buf.h"
#include "pprof/profile.h"

#define PP_UNRECOGNIZED "unrecognized profile format"

/* Plain profile.proto. The result still has to pass pprof_profile_check. With may_discard the bytes
 * are ours (a private anonymous mapping) and pages are given back to the system as they are read.
 * PPROF_ERR_FORMAT, _LIMIT, _NOMEM; PPROF_ERR_UNKNOWN when it is no profile.proto at all, so that
 * the older formats should have a look; then nothing was discarded. */
int pp_wire_decode(const void *data, size_t len, bool may_discard, size_t memory_cap_bytes,
                   struct pprof_profile **profile, struct pprof_error *error)
    __attribute__((warn_unused_result));

/* Afterwards no index but 0 stands for "", labels excepted: by having an index, if only that of
 * "", a label says that it is a text or that its number has a unit. */
void pp_wire_settle_empty(struct pprof_profile *profile);

/* As pprof_profile_read, and calls done(ctx) once, as soon as the bytes are not needed any more: a
 * packed file can be given up before what was in it is decoded. */
int pp_profile_read_then(const void *data, size_t len, const struct pprof_read_options *options,
                         void (*done)(void *ctx), void *ctx, struct pprof_profile **profile,
                         struct pprof_error *error) __attribute__((warn_unused_result));

/* Any of the older formats, text and binary: PPROF_ERR_FORMAT, _NOMEM, _LIMIT, or PPROF_ERR_UNKNOWN
 * when no format claims the bytes. The result has passed pprof_profile_check. */
int pp_legacy_decode(const void *data, size_t len, size_t memory_cap_bytes,
                     struct pprof_profile **profile, struct pprof_error *error)
    __attribute__((warn_unused_result));

/* Appends what a zstd file holds, at most cap bytes (0: no cap): PPROF_ERR_FORMAT, _LIMIT, _NOMEM,
 * _UNSUPPORTED. NULL in libpprof, which links nothing for it; the tool sets it before it reads
 * anything (tool/driver/zstd.c). */
typedef int (*pp_unpack_fn)(struct pp_buf *out, const void *data, size_t len, size_t cap,
                            struct pprof_error *error);
extern pp_unpack_fn pp_zstd_unpack;

#endif
