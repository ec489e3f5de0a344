/* Reading and writing whole profiles: unpack, decode, check; encode, pack, write. */
#include "base/err.h"
#include "base/sys.h"
#include "profile/decode.h"
#include "profile/stacks.h"
#include "profile/wire.h"

#include <string.h>

static bool is_gzip(const unsigned char *data, size_t len)
{
    return len >= 2 && data[0] == 0x1f && data[1] == 0x8b;
}

pp_unpack_fn pp_zstd_unpack;

static bool is_zstd(const unsigned char *data, size_t len)
{
    return len >= 4 && memcmp(data, "\x28\xb5\x2f\xfd", 4) == 0;
}

/* Formats that are stacks by nature, asked after all others. */
static const pp_stacks_decoder DECODERS[] = { pp_dump_decode, pp_perf_script_decode,
                                              pp_folded_decode };

static int decode_stacks(const void *data, size_t len, size_t cap, struct pprof_profile **profile,
                         struct pprof_error *error)
{
    int err = PPROF_ERR_UNKNOWN;
    for (size_t i = 0; err == PPROF_ERR_UNKNOWN && i < sizeof(DECODERS) / sizeof(*DECODERS); i++) {
        err = DECODERS[i](data, len, cap, profile, error);
    }
    return err;
}

static int checked(struct pprof_profile *p, struct pprof_profile **profile,
                   struct pprof_error *error)
{
    struct pprof_error why = { 0 };
    int err = pprof_profile_check(p, &why);
    if (err) {
        pprof_profile_free(p);
        return pp_err_set(error, err, "malformed profile: %s", why.detail);
    }
    *profile = p;
    return 0;
}

/* The plain bytes are given up page by page when they are our own copy, and large. */
static int decode_plain(const void *data, size_t len, bool ours, size_t cap,
                        struct pprof_profile **profile, struct pprof_error *error)
{
    if (!len) {
        return pp_err_set(error, PPROF_ERR_FORMAT, "parsing profile: empty input file");
    }
    struct pprof_error why = { 0 };
    struct pprof_profile *p = NULL;
    int err = pp_perf_decode(data, len, cap, profile, error); /* has a magic number */
    if (err != PPROF_ERR_UNKNOWN) {
        return err;
    }
    err = pp_wire_decode(data, len, ours, cap, &p, &why);
    if (!err) {
        return checked(p, profile, error);
    }
    if (err == PPROF_ERR_UNKNOWN) {
        err = pp_legacy_decode(data, len, cap, profile, &why);
    }
    if (err == PPROF_ERR_UNKNOWN) {
        err = decode_stacks(data, len, cap, profile, &why);
    }
    if (err == PPROF_ERR_UNKNOWN) {
        return pp_err_set(error, PPROF_ERR_FORMAT, "parsing profile: " PP_UNRECOGNIZED);
    }
    return err ? pp_err_set(error, err, "%s", why.detail) : 0;
}

int pp_profile_read_then(const void *data, size_t len, const struct pprof_read_options *options,
                         void (*done)(void *ctx), void *ctx, struct pprof_profile **profile,
                         struct pprof_error *error)
{
    size_t cap = options ? options->memory_cap_bytes : 0;
    pp_unpack_fn unpack = is_gzip(data, len)                     ? pp_gunzip
                          : pp_zstd_unpack && is_zstd(data, len) ? pp_zstd_unpack
                                                                 : NULL;
    if (!unpack) {
        int r = decode_plain(data, len, false, cap, profile, error);
        done(ctx);
        return r;
    }
    struct pp_arena arena;
    struct pp_buf plain;
    pp_arena_init(&arena, cap);
    pp_buf_init(&plain, &arena);
    int err = unpack(&plain, data, len, cap, error);
    done(ctx);
    if (!err) {
        err = decode_plain(plain.data, plain.len, true, cap, profile, error);
    }
    pp_arena_release(&arena);
    return err;
}

static void do_nothing(void *ctx)
{
    (void)ctx;
}

int pprof_profile_read(const void *data, size_t len, const struct pprof_read_options *options,
                       struct pprof_profile **profile, struct pprof_error *error)
{
    return pp_profile_read_then(data, len, options, do_nothing, NULL, profile, error);
}

int pprof_profile_write(const struct pprof_profile *profile, int fd, int format,
                        struct pprof_error *error)
{
    struct pp_arena arena;
    struct pp_buf plain, packed;
    pp_arena_init(&arena, 0);
    pp_buf_init(&plain, &arena);
    pp_buf_init(&packed, &arena);
    struct pp_buf *out = &plain;
    int err = pp_wire_encode(profile, &plain, error);
    if (!err && format != PPROF_WRITE_PLAIN) {
        err =
            pp_gzip(&packed, plain.data, plain.len, format == PPROF_WRITE_GZIP_FAST ? 1 : 6, error);
        out = &packed;
    }
    int result = err ? 0 : pp_sys_write_all(fd, out->data, out->len);
    if (result < 0) {
        err = pp_err_errno(error, PPROF_ERR_SYSTEM, -result, "writing the profile");
    }
    pp_arena_release(&arena);
    return err;
}
