/* gzip: inflating hostile bytes stops at the cap; what was deflated comes back. */
#include "base/arena.h"
#include "profile/wire.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    enum { CAP = 4 << 20 };
    struct pprof_error error;
    struct pp_arena arena;
    struct pp_buf out, zip;
    pp_arena_init(&arena, 0);
    pp_buf_init(&out, &arena);
    if (pp_gunzip(&out, data, size, CAP, &error) == 0 && out.len > CAP) {
        abort();
    }
    pp_buf_init(&out, &arena);
    pp_buf_init(&zip, &arena);
    if (pp_gzip(&zip, data, size, 1, &error) || pp_gunzip(&out, zip.data, zip.len, 0, &error) ||
        out.len != size || (size && memcmp(out.data, data, size) != 0)) {
        abort();
    }
    pp_arena_release(&arena);
    return 0;
}
