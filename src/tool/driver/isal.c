/* The data is cut into pieces that are packed at the same time, none of which looks back into the
 * one before. Each but the last ends with an empty block, which brings it to a whole byte:
 *
 *   header | piece, empty block | piece, empty block | ... | the last piece | checksum, length
 */
#include "tool/driver/isal.h"

#include "base/jobs.h"
#include "tool/symbolize/dynlib.h"

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <zlib.h>

static struct {
    __typeof__(&isal_deflate_init) deflate_init;
    __typeof__(&isal_deflate) deflate;
    __typeof__(&crc32_gzip_refl) crc32;
} lib;

static const char *const names[] = { "isal_deflate_init", "isal_deflate", "crc32_gzip_refl", NULL };
static struct pp_dynlib library = { .files = { "libisal.so.2" }, .names = names, .table = &lib };

enum { PIECE = 2 << 20, ROOM = 256 << 10, LEVEL = 1 };

struct piece {
    struct pp_arena arena;
    struct pp_buf out; /* empty: there was no memory */
    uint32_t crc;
    struct isal_zstream stream;
    uint8_t level_buf[ISAL_DEF_LVL1_DEFAULT];
};

struct packing {
    const uint8_t *data;
    size_t len, count;
    struct piece **pieces;
};

static size_t piece_len(const struct packing *w, size_t number)
{
    size_t left = w->len - number * PIECE;
    return left < PIECE ? left : PIECE;
}

static bool deflate_all(struct isal_zstream *stream, struct pp_buf *out)
{
    do {
        stream->next_out = (uint8_t *)pp_buf_room(out, ROOM);
        stream->avail_out = ROOM;
        if (!stream->next_out || lib.deflate(stream) != COMP_OK) {
            return false;
        }
        out->len += ROOM - stream->avail_out;
    } while (stream->avail_out == 0);
    return true;
}

static void pack_piece(void *ctx, size_t number)
{
    const struct packing *w = ctx;
    struct piece *piece = w->pieces[number];
    struct isal_zstream *stream = &piece->stream;
    uint8_t *data = (uint8_t *)(uintptr_t)w->data + number * PIECE;
    size_t len = piece_len(w, number);
    lib.deflate_init(stream);
    stream->level = LEVEL;
    stream->level_buf = piece->level_buf;
    stream->level_buf_size = sizeof(piece->level_buf);
    stream->next_in = data;
    stream->avail_in = (uint32_t)len;
    stream->flush = FULL_FLUSH;
    stream->end_of_stream = number + 1 == w->count;
    if (!deflate_all(stream, &piece->out)) {
        piece->out.len = 0;
    }
    piece->crc = lib.crc32(0, data, len);
}

/* Takes a piece in and gives its memory up; false if it is not there. */
static bool take_piece(struct pp_buf *out, struct piece *piece)
{
    struct pp_arena arena = piece->arena; /* which the piece lies in */
    bool done = piece->out.len > 0;
    pp_buf_append(out, piece->out.data, piece->out.len);
    pp_arena_release(&arena);
    return done;
}

static struct piece *new_piece(void)
{
    struct pp_arena arena;
    pp_arena_init(&arena, 0);
    struct piece *piece = pp_arena_alloc(&arena, sizeof(*piece));
    if (piece) {
        piece->arena = arena;
        pp_buf_init(&piece->out, &piece->arena);
    }
    return piece;
}

/* Puts the pieces together; false if one is missing. */
static bool join(struct packing *w, struct pp_buf *out)
{
    static const char head[] = { 0x1f, (char)0x8b, 8, 0, 0, 0, 0, 0, 4, (char)255 };
    uLong crc = 0;
    bool done = true;
    pp_buf_append(out, head, sizeof(head));
    for (size_t i = 0; i < w->count; i++) {
        if (w->pieces[i]) {
            crc = crc32_combine(crc, w->pieces[i]->crc, (z_off_t)piece_len(w, i));
        }
        done &= w->pieces[i] && take_piece(out, w->pieces[i]);
    }
    uint32_t tail[] = { (uint32_t)crc, (uint32_t)w->len };
    pp_buf_append(out, tail, sizeof(tail));
    return done && !out->err;
}

static bool pack(struct packing *w, struct pp_buf *out)
{
    bool all = true;
    for (size_t i = 0; i < w->count; i++) {
        w->pieces[i] = new_piece();
        all &= w->pieces[i] != NULL;
    }
    if (all) {
        pp_jobs_run(w->count, pack_piece, w);
    }
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
    w.pieces = pp_arena_array(&scratch, w.count, sizeof(struct piece *));
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
