/* zstd by libzstd, loaded when the first such file is met. Its few functions that are needed here have
 * been the same since 1.0, so no header is wanted to build this. */
#include "tool/driver/driver.h"

#include "base/err.h"
#include "profile/decode.h"
#include "tool/symbolize/dynlib.h"

struct input {
    const void *data;
    size_t size, at;
};

struct output {
    void *data;
    size_t size, at;
};

static struct {
    void *(*create)(void);
    size_t (*free)(void *stream);
    size_t (*run)(void *stream, struct output *out, struct input *in);
    unsigned (*is_error)(size_t code);
    const char *(*error_name)(size_t code);
} lib;

static const char *const names[] = { "ZSTD_createDStream", "ZSTD_freeDStream",
                                     "ZSTD_decompressStream", "ZSTD_isError",
                                     "ZSTD_getErrorName", NULL };
static struct pp_dynlib library = { .files = { "libzstd.so.1" }, .names = names, .table = &lib };

static int fail(struct pprof_error *error, const char *why)
{
    return pp_err_set(error, PPROF_ERR_FORMAT, "decompressing profile: %s", why);
}

/* left: what the frame at hand still wants; 0 between frames. */
static int run(void *stream, struct pp_buf *out, struct input *in, size_t cap,
               struct pprof_error *error)
{
    enum { ROOM = 256 << 10 };
    size_t left = 0, before;
    do {
        char *at = pp_buf_room(out, ROOM);
        if (!at) {
            return pp_err_set(error, PPROF_ERR_NOMEM, "decompressing profile: out of memory");
        }
        struct output piece = { at, ROOM, 0 };
        before = in->at;
        left = lib.run(stream, &piece, in);
        if (lib.is_error(left)) {
            return fail(error, lib.error_name(left));
        }
        out->len += piece.at;
        if (cap && out->len > cap) {
            return pp_err_set(error, PPROF_ERR_LIMIT, "decompressing profile: more than %zu bytes",
                              cap);
        }
        if (!piece.at && in->at == before) {
            break;
        }
    } while (in->at < in->size || left);
    return left ? fail(error, "unexpected EOF") : 0;
}

static int unpack(struct pp_buf *out, const void *data, size_t len, size_t cap,
                  struct pprof_error *error)
{
    if (!pp_dynlib_load(&library)) {
        return pp_err_set(error, PPROF_ERR_UNSUPPORTED,
                          "decompressing profile: zstd needs libzstd.so.1, which is not installed "
                          "(Debian: apt install libzstd1)");
    }
    struct input in = { data, len, 0 };
    void *stream = lib.create();
    if (!stream) {
        return pp_err_set(error, PPROF_ERR_NOMEM, "decompressing profile: out of memory");
    }
    int r = run(stream, out, &in, cap, error);
    (void)lib.free(stream);
    return r;
}

void pp_use_zstd(void)
{
    pp_zstd_unpack = unpack;
}
