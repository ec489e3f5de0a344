#include "profile/decode.h"

int pp_legacy_decode(const void *data, size_t len, size_t memory_cap_bytes,
                     struct pprof_profile **profile, struct pprof_error *error)
{
    (void)data;
    (void)len;
    (void)memory_cap_bytes;
    (void)profile;
    (void)error;
    return PPROF_ERR_UNKNOWN;
}
