/* What every decoder of a whole profile keeps: an error with words, or a profile that passes its check
 * and can be written. DECODE_TARGET(decoder) is the fuzz target for one. */
#ifndef FUZZ_DECODE_TARGET_H
#define FUZZ_DECODE_TARGET_H

#include "base/arena.h"
#include "profile/wire.h"

#include <stdlib.h>

typedef int decode_fn(const void *data, size_t size, size_t memory_cap_bytes,
                      struct pprof_profile **profile, struct pprof_error *error);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static inline int check_decoder(decode_fn *decode, const unsigned char *data, size_t size)
{
    struct pprof_profile *p = NULL;
    struct pprof_error error = { 0 };
    int err = decode(data, size, 256 << 20, &p, &error);
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

#define DECODE_TARGET(decoder)                                                                     \
    int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)                             \
    {                                                                                              \
        return check_decoder(decoder, data, size);                                                 \
    }

#endif
