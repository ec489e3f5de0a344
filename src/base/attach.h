/* What `pprof attach` writes into a process and reads back: the argument of the two functions that
 * it calls there, pprof_attach and pprof_detach (runtime/serve/attach.c).
 *
 * Invariants: plain bytes, the same for both sides; texts end with NUL; `size` tells a library of
 * another version from ours, which then refuses.
 */
#ifndef PP_BASE_ATTACH_H
#define PP_BASE_ATTACH_H

#include <stdint.h>

struct pp_attach_request {
    uint64_t size;      /* sizeof, as the tool knows it */
    /* asked */
    char http[256];     /* address to serve */
    char token[256];    /* "" when none */
    int64_t heap_rate;  /* negative: as it is */
    /* answered */
    int64_t result;     /* 0 or PPROF_ERR_* */
    uint64_t slots;     /* pointers that lead to us now, or that were put back */
    char url[256];      /* what is served */
    char detail[512];   /* the sentence when result is not 0 */
};

#endif
