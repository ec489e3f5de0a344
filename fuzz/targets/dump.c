/* Goroutine dumps: an error with words, or a profile that passes its check and can be written. */
#include "base/arena.h"
#include "profile/stacks.h"
#include "profile/wire.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct pprof_profile *p = NULL;
    struct pprof_error error = { 0 };
    int err = pp_dump_decode(data, size, 256 << 20, &p, &error);
    if (err) {
        if (err != PPROF_ERR_UNKNOWN && !error.detail[0]) {
            abort();
        }
        return 0;
    }
    struct pp_arena arena;
    struct pp_buf out;
    pp_arena_init(&arena, 0);
    pp_buf_init(&out, &arena);
    if (pprof_profile_check(p, &error) || pp_wire_encode(p, &out, &error)) {
        abort();
    }
    pp_arena_release(&arena);
    pprof_profile_free(p);
    return 0;
}
