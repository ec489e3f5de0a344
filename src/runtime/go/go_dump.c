/* Dumps of the public face. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/sys.h"
#include "runtime/capture/kind.h"
#include "runtime/go/go_seen.h"
#include "runtime/go/sched_private.h"

#include <errno.h>

PPROF_API int go_dump(int fd)
{
    struct pp_arena arena;
    struct pp_buf text;
    struct pprof_error error;
    pp_arena_init(&arena, 0);
    pp_buf_init(&text, &arena);
    pp_go_block_long();
    int err = pp_kind_goroutine.text(&pp_kind_goroutine, 2, &text, &error);
    err = err ? -EIO : pp_sys_write_all(fd, text.data, text.len);
    go_block_end();
    pp_arena_release(&arena);
    return err;
}
