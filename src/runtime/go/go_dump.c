/* Dumps of the public face: written in pieces, so that a text of any length is never moved, nor its
 * memory given back at once; either would keep others from running, or from touching memory. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/sys.h"
#include "runtime/capture/tasksource.h"
#include "runtime/go/go_seen.h"
#include "runtime/go/sched_private.h"

#include <errno.h>

struct piece {
    struct piece *next;
    struct pp_arena arena;
    struct pp_buf text;
};

struct pieces {
    struct pp_arena arena; /* the list's own */
    struct piece *first, *last;
    int64_t shared_ns;
};

/* The next piece is begun: an empty buffer in *out. */
static int begin(struct pieces *pieces, struct pp_buf *out)
{
    enum { ONE_MORE = 16 << 10 };
    struct piece *piece = pp_arena_alloc(&pieces->arena, sizeof(*piece));
    if (!piece) {
        return PPROF_ERR_NOMEM;
    }
    *(pieces->last ? &pieces->last->next : &pieces->first) = piece;
    pieces->last = piece;
    pp_arena_init(&piece->arena, 0);
    pp_buf_init(out, &piece->arena);
    (void)pp_buf_room(out, PP_TASKS_PIECE + ONE_MORE);
    return out->err;
}

static int next(void *ctx, struct pp_buf *out)
{
    struct pieces *pieces = ctx;
    pieces->last->text = *out;
    return begin(pieces, out);
}

/* Writes them, as long as that goes well, and gives their memory back. */
static int write_out(struct pieces *pieces, int fd)
{
    int err = 0;
    for (struct piece *piece = pieces->first; piece; piece = piece->next) {
        err = err ? err : pp_sys_write_all(fd, piece->text.data, piece->text.len);
        pp_arena_release(&piece->arena);
        pp_go_share(&pieces->shared_ns);
    }
    return err;
}

PPROF_API int go_dump(int fd)
{
    struct pieces pieces = { .shared_ns = 0 };
    struct pp_buf text;
    struct pprof_error error;
    pp_arena_init(&pieces.arena, 0);
    pp_go_block_long();
    int err = begin(&pieces, &text);
    err = err ? err : pp_tasks_write(&text, next, &pieces, &error);
    if (pieces.last) {
        pieces.last->text = text;
    }
    int failed = write_out(&pieces, fd);
    go_block_end();
    pp_arena_release(&pieces.arena);
    return err ? -EIO : failed;
}
