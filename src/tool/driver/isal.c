#include "tool/driver/isal.h"

#include "tool/symbolize/dynlib.h"

#include <isa-l/igzip_lib.h>

static struct {
    __typeof__(&isal_deflate_init) deflate_init;
    __typeof__(&isal_deflate) deflate;
    __typeof__(&isal_gzip_header_init) header_init;
    __typeof__(&isal_write_gzip_header) write_header;
} lib;

static const char *const names[] = { "isal_deflate_init", "isal_deflate", "isal_gzip_header_init",
                                     "isal_write_gzip_header", NULL };
static struct pp_dynlib library = { .files = { "libisal.so.2" }, .names = names, .table = &lib };

enum { ROOM = 1 << 20, PIECE = 1 << 30, LEVEL = 1, FASTEST = 4, UNKNOWN_SYSTEM = 255 };

struct packer {
    struct isal_zstream stream;
    uint8_t level_buf[ISAL_DEF_LVL1_DEFAULT];
};

/* Room for what comes next; false without memory. */
static bool make_room(struct isal_zstream *stream, struct pp_buf *out)
{
    stream->next_out = (uint8_t *)pp_buf_room(out, ROOM);
    stream->avail_out = stream->next_out ? ROOM : 0;
    return stream->next_out != NULL;
}

static bool put_header(struct isal_zstream *stream, struct pp_buf *out)
{
    struct isal_gzip_header header;
    lib.header_init(&header);
    header.xflags = FASTEST;
    header.os = UNKNOWN_SYSTEM;
    if (!make_room(stream, out) || lib.write_header(stream, &header) != 0) {
        return false;
    }
    out->len += ROOM - stream->avail_out;
    return true;
}

static bool put_data(struct isal_zstream *stream, struct pp_buf *out, const uint8_t *data,
                     size_t len)
{
    do {
        if (!stream->avail_in && len) {
            stream->next_in = (uint8_t *)(uintptr_t)data;
            stream->avail_in = len > PIECE ? PIECE : (uint32_t)len;
            data += stream->avail_in;
            len -= stream->avail_in;
            stream->end_of_stream = len == 0;
        }
        if (!make_room(stream, out) || lib.deflate(stream) != COMP_OK) {
            return false;
        }
        out->len += ROOM - stream->avail_out;
    } while (stream->internal_state.state != ZSTATE_END);
    return true;
}

bool pp_isal_gzip(struct pp_buf *out, const void *data, size_t len)
{
    size_t before = out->len;
    struct pp_arena scratch;
    pp_arena_init(&scratch, 0);
    struct packer *packer =
        out->err || !pp_dynlib_load(&library) ? NULL : pp_arena_alloc(&scratch, sizeof(*packer));
    bool done = false;
    if (packer) {
        struct isal_zstream *stream = &packer->stream;
        lib.deflate_init(stream);
        stream->level = LEVEL;
        stream->level_buf = packer->level_buf;
        stream->level_buf_size = sizeof(packer->level_buf);
        stream->gzip_flag = IGZIP_GZIP_NO_HDR;
        stream->end_of_stream = len == 0;
        done = put_header(stream, out) && put_data(stream, out, data, len);
    }
    pp_arena_release(&scratch);
    if (packer && !done) {
        out->len = before;
        out->err = 0;
    }
    return done;
}

void pp_isal_use(const char *file)
{
    pp_dynlib_use(&library, file);
}
