/* gzip by libdeflate: 0.4 of zlib's time both ways, but only for buffers that are there as a
 * whole. Where time counts more than bytes, ISA-L packs. */
#include "tool/driver/driver.h"

#include "profile/wire.h"
#include "tool/driver/isal.h"

#include <libdeflate.h>

static size_t inflate_member(const void *data, size_t len, void *out, size_t room, size_t *used)
{
    struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
    size_t got = 0;
    if (d &&
        libdeflate_gzip_decompress_ex(d, data, len, out, room, used, &got) != LIBDEFLATE_SUCCESS) {
        got = 0;
    }
    libdeflate_free_decompressor(d);
    return got;
}

static bool deflate_member(struct pp_buf *out, const void *data, size_t len, int level)
{
    if (level == 1 && pp_isal_gzip(out, data, len)) {
        return true;
    }
    struct libdeflate_compressor *c = out->err ? NULL : libdeflate_alloc_compressor(level);
    size_t room = c ? libdeflate_gzip_compress_bound(c, len) : 0, got = 0;
    char *at = c ? pp_buf_room(out, room) : NULL;
    if (at) {
        got = libdeflate_gzip_compress(c, data, len, at, room);
        out->len += got;
        at[got] = '\0';
    } else if (c) {
        out->err = 0; /* zlib needs less */
    }
    libdeflate_free_compressor(c);
    return got > 0;
}

void pp_use_fast_gzip(void)
{
    static const struct pp_gzip_engine engine = { inflate_member, deflate_member };
    pp_gzip_engine = &engine;
}
