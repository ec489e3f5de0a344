/* The data is cut into pieces that are packed at the same time, none of which looks back into the
 * one before. Each but the last ends with an empty block, which brings it to a whole byte:
 *
 *   header | piece, empty block | piece, empty block | ... | the last piece | checksum, length
 *
 * Each is packed to where it would begin if all before it did not shrink, and then moved. */
#include "tool/driver/isal.h"

#include "base/jobs.h"
#include "tool/symbolize/dynlib.h"

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <string.h>
#include <zlib.h>

static struct {
    __typeof__(&isal_deflate_init) deflate_init;
    __typeof__(&isal_deflate) deflate;
    __typeof__(&crc32_gzip_refl) crc32;
} lib;

static const char *const names[] = { "isal_deflate_init", "isal_deflate", "crc32_gzip_refl", NULL };
static struct pp_dynlib library = { .files = { "libisal.so.2" }, .names = names, .table = &lib };

/* Room: what does not shrink is stored, in blocks of some 64 KiB. */
enum { PIECE = 2 << 20, PIECE_ROOM = PIECE + (PIECE >> 6), LEVEL = 1 };

struct packer {
    struct isal_zstream stream;
    uint8_t level_buf[ISAL_DEF_LVL1_DEFAULT];
};

struct piece {
    size_t len; /* packed; 0: it could not be */
    uint32_t crc;
};

struct packing {
    const uint8_t *data;
    size_t len, count;
    uint8_t *out; /* PIECE_ROOM for each piece */
    struct piece *pieces;
};

static size_t piece_len(const struct packing *w, size_t number)
{
    size_t left = w->len - number * PIECE;
    return left < PIECE ? left : PIECE;
}

/* The packed length, or 0. */
static size_t deflate_piece(const struct packing *w, size_t number, struct packer *packer)
{
    struct isal_zstream *stream = &packer->stream;
    lib.deflate_init(stream);
    stream->level = LEVEL;
    stream->level_buf = packer->level_buf;
    stream->level_buf_size = sizeof(packer->level_buf);
    stream->next_in = (uint8_t *)(uintptr_t)w->data + number * PIECE;
    stream->avail_in = (uint32_t)piece_len(w, number);
    stream->next_out = w->out + number * PIECE_ROOM;
    stream->avail_out = PIECE_ROOM;
    stream->flush = FULL_FLUSH;
    stream->end_of_stream = number + 1 == w->count;
    bool done = lib.deflate(stream) == COMP_OK && stream->avail_out > 0;
    return done ? stream->total_out : 0;
}

static void pack_piece(void *ctx, size_t number)
{
    const struct packing *w = ctx;
    struct pp_arena scratch;
    pp_arena_init(&scratch, 0);
    struct packer *packer = pp_arena_alloc(&scratch, sizeof(*packer));
    if (packer) {
        w->pieces[number].len = deflate_piece(w, number, packer);
        w->pieces[number].crc =
            lib.crc32(0, (uint8_t *)(uintptr_t)w->data + number * PIECE, piece_len(w, number));
    }
    pp_arena_release(&scratch);
}

/* Moves the pieces to the end of `out`; false if one is missing. */
static bool join(const struct packing *w, struct pp_buf *out)
{
    uLong crc = 0;
    for (size_t i = 0; i < w->count; i++) {
        if (!w->pieces[i].len) {
            return false;
        }
        memmove(out->data + out->len, w->out + i * PIECE_ROOM, w->pieces[i].len);
        out->len += w->pieces[i].len;
        crc = crc32_combine(crc, w->pieces[i].crc, (z_off_t)piece_len(w, i));
    }
    uint32_t tail[] = { (uint32_t)crc, (uint32_t)w->len };
    pp_buf_append(out, tail, sizeof(tail));
    return true;
}

static bool pack(struct packing *w, struct pp_buf *out)
{
    static const char head[] = { 0x1f, (char)0x8b, 8, 0, 0, 0, 0, 0, 4, (char)255 };
    if (!pp_buf_room(out, sizeof(head) + w->count * PIECE_ROOM + 2 * sizeof(uint32_t))) {
        return false;
    }
    pp_buf_append(out, head, sizeof(head));
    w->out = (uint8_t *)out->data + out->len;
    pp_jobs_run(w->count, pack_piece, w);
    return join(w, out);
}

bool pp_isal_gzip(struct pp_buf *out, const void *data, size_t len)
{
    size_t before = out->len;
    if (out->err || !pp_dynlib_load(&library)) {
        return false;
    }
    struct packing w = { .data = data, .len = len, .count = len ? (len + PIECE - 1) / PIECE : 1 };
    struct pp_arena scratch;
    pp_arena_init(&scratch, 0);
    w.pieces = pp_arena_array(&scratch, w.count, sizeof(*w.pieces));
    bool done = w.pieces && pack(&w, out);
    pp_arena_release(&scratch);
    if (!done) {
        out->len = before;
        out->err = 0;
    }
    return done;
}

void pp_isal_use(const char *file)
{
    pp_dynlib_use(&library, file);
}
