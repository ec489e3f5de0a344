/* gzip through zlib, whose memory comes from an arena of ours: neither side ever calls malloc. In
 * the tool libdeflate goes first (pp_gzip_engine): it needs 0.4 of zlib's time. */
#include "base/err.h"
#include "profile/wire.h"

#include <string.h>
#include <zlib.h>

const struct pp_gzip_engine *pp_gzip_engine;

static void *zlib_alloc(void *arena, uInt items, uInt size)
{
    return pp_arena_array(arena, items, size);
}

static void zlib_free(void *arena, void *block)
{
    (void)arena;
    (void)block;
}

enum { STEP = 1 << 20, GZIP_WINDOW = 15 + 16 };

static int deflate_all(z_stream *z, struct pp_buf *out, const unsigned char *data, size_t len)
{
    int state = Z_OK;
    while (state != Z_STREAM_END) {
        if (!z->avail_in && len) {
            z->next_in = (unsigned char *)(uintptr_t)data;
            z->avail_in = len > STEP ? STEP : (uInt)len;
            data += z->avail_in;
            len -= z->avail_in;
        }
        enum { ROOM = 64 << 10 };
        char *at = pp_buf_room(out, ROOM);
        if (!at) {
            return PPROF_ERR_NOMEM;
        }
        z->next_out = (unsigned char *)at;
        z->avail_out = ROOM;
        state = deflate(z, len ? Z_NO_FLUSH : Z_FINISH);
        out->len += ROOM - z->avail_out;
        if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR) {
            return PPROF_ERR_NOMEM;
        }
    }
    return 0;
}

int pp_gzip(struct pp_buf *out, const void *data, size_t len, int level, struct pprof_error *error)
{
    if (pp_gzip_engine && pp_gzip_engine->deflate(out, data, len, level)) {
        return 0;
    }
    struct pp_arena scratch;
    pp_arena_init(&scratch, 0);
    z_stream z = { .zalloc = zlib_alloc, .zfree = zlib_free, .opaque = &scratch };
    gz_header header = { .os = 255 };
    int err = PPROF_ERR_NOMEM;
    if (deflateInit2(&z, level, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) == Z_OK) {
        deflateSetHeader(&z, &header);
        err = deflate_all(&z, out, data, len);
        deflateEnd(&z);
    }
    pp_arena_release(&scratch);
    return err ? pp_err_set(error, err, "out of memory while compressing") : 0;
}

/* zlib's words, and Go's for the same. */
static const struct {
    const char *zlib, *go;
} faults[] = {
    { "incorrect header check", "gzip: invalid header" },
    { "unknown compression method", "gzip: invalid header" },
    { "header crc mismatch", "gzip: invalid header" },
    { "unknown header flags set", "gzip: invalid header" },
    { "incorrect data check", "gzip: invalid checksum" },
    { "incorrect length check", "gzip: invalid checksum" },
};

/* len: of the member and all behind it. */
static int corrupt(struct pprof_error *error, const z_stream *z, size_t len)
{
    enum { HEADER = 10 };
    const char *words = z->msg && len >= HEADER ? z->msg : "unexpected EOF";
    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        words = strcmp(words, faults[i].zlib) == 0 ? faults[i].go : words;
    }
    return pp_err_set(error, PPROF_ERR_FORMAT, "decompressing profile: %s", words);
}

/* One member; the input left over stays in z. */
static int inflate_member(z_stream *z, const unsigned char *end, struct pp_buf *out, size_t cap,
                          struct pprof_error *error)
{
    const size_t len = (size_t)(end - z->next_in);
    int state = Z_OK;
    while (state != Z_STREAM_END) {
        size_t left = (size_t)(end - z->next_in);
        z->avail_in = left > STEP ? STEP : (uInt)left;
        size_t room = out->cap > out->len + 1 ? out->cap - out->len - 1 : 0;
        room = room < (64 << 10) ? (out->len < STEP ? 256 << 10 : out->len) : room;
        room = room > 1u << 30 ? 1u << 30 : room;
        char *at = pp_buf_room(out, room);
        if (!at) {
            return pp_err_set(error, PPROF_ERR_NOMEM, "decompressing profile: out of memory");
        }
        z->next_out = (unsigned char *)at;
        z->avail_out = (uInt)room;
        state = inflate(z, Z_NO_FLUSH);
        size_t got = room - z->avail_out;
        out->len += got;
        if (cap && out->len > cap) {
            return pp_err_set(error, PPROF_ERR_LIMIT, "decompressing profile: more than %zu bytes",
                              cap);
        }
        if (state != Z_STREAM_END && (state != Z_OK || (!got && z->next_in == end))) {
            return corrupt(error, z, len);
        }
    }
    return 0;
}

/* The size that the last four bytes of a gzip file claim, as a first guess; a wrong one only costs
 * a move. Deflate cannot shrink anything by more than a factor of 1032. */
static size_t claimed_size(const unsigned char *data, size_t len)
{
    uint32_t claim;
    if (len < 18) {
        return 0;
    }
    memcpy(&claim, data + len - sizeof(claim), sizeof(claim));
    return claim / 1032 > len ? 0 : claim;
}

/* The first member by the engine, where the claimed size is true and was found room for: how much
 * of the input that was. */
static size_t inflate_fast(struct pp_buf *out, const void *data, size_t len, size_t claim)
{
    size_t used = 0;
    if (pp_gzip_engine && claim && out->cap - out->len > claim) {
        size_t got = pp_gzip_engine->inflate(data, len, out->data + out->len, claim, &used);
        out->len += got;
        used = got ? used : 0;
        out->data[out->len] = '\0';
    }
    return used;
}

int pp_gunzip(struct pp_buf *out, const void *data, size_t len, size_t cap_bytes,
              struct pprof_error *error)
{
    struct pp_arena scratch;
    pp_arena_init(&scratch, 0);
    const unsigned char *end = (const unsigned char *)data + len;
    z_stream z = { .zalloc = zlib_alloc, .zfree = zlib_free, .opaque = &scratch };
    int err = 0;
    size_t claim = claimed_size(data, len), used = 0;
    if (claim && (!cap_bytes || claim <= cap_bytes)) {
        if (pp_buf_room(out, claim + (64 << 10) + 1)) {
            used = inflate_fast(out, data, len, claim);
        } else {
            out->err = 0; /* then it grows step by step, for as long as it can */
        }
    }
    z.next_in = (unsigned char *)(uintptr_t)data + used;
    if (used == len) {
        return 0;
    }
    if (inflateInit2(&z, GZIP_WINDOW) != Z_OK) {
        err = pp_err_set(error, PPROF_ERR_NOMEM, "decompressing profile: out of memory");
    }
    while (!err && z.next_in < end) {
        err = inflate_member(&z, end, out, cap_bytes, error);
        if (!err && z.next_in < end) {
            inflateReset(&z);
        }
    }
    inflateEnd(&z);
    pp_arena_release(&scratch);
    return err;
}
