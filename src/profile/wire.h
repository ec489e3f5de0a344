/* profile.proto and gzip on byte buffers: what stands behind pprof_profile_read and _write. */
#ifndef PP_PROFILE_WIRE_H
#define PP_PROFILE_WIRE_H

#include "base/buf.h"
#include "pprof/profile.h"

#include <stdbool.h>

/* Appends the encoded profile (plain) to out. Field and string order as google/pprof writes it:
 * fields in number order, repeated integers packed only when there are more than two. */
int pp_wire_encode(const struct pprof_profile *profile, struct pp_buf *out,
                   struct pprof_error *error) __attribute__((warn_unused_result));

/* A faster engine for whole members, which a program may bring along: libpprof stays with zlib,
 * which is all it links, and the tool sets this before it reads or writes anything
 * (tool/driver/fast_gzip.c). Both may say no (0), for any reason; zlib then does the work and
 * finds the words for what is wrong. */
struct pp_gzip_engine {
    /* Inflates the first member into room bytes at out: how many came out, and in *used how long
     * the member is. Checks its checksum. */
    size_t (*inflate)(const void *data, size_t len, void *out, size_t room, size_t *used);
    /* Appends len bytes as one member to out: true when done, else out is as before. */
    bool (*deflate)(struct pp_buf *out, const void *data, size_t len, int level);
};
extern const struct pp_gzip_engine *pp_gzip_engine;

/* Appends len bytes as one gzip member. level 1: header XFL 4, OS 255 as Go's runtime writes it. */
int pp_gzip(struct pp_buf *out, const void *data, size_t len, int level,
            struct pprof_error *error) __attribute__((warn_unused_result));

/* Appends the inflated bytes of one or more gzip members; stops with PPROF_ERR_LIMIT at cap_bytes
 * of output (0: no cap). zlib's own memory comes from out's arena. */
int pp_gunzip(struct pp_buf *out, const void *data, size_t len, size_t cap_bytes,
              struct pprof_error *error) __attribute__((warn_unused_result));

#endif
