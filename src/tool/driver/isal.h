/* gzip by ISA-L, loaded when first used: a third of libdeflate's time at its fastest level, for 2 %
 * more bytes. */
#ifndef PP_TOOL_ISAL_H
#define PP_TOOL_ISAL_H

#include "base/buf.h"

#include <stdbool.h>

/* Appends len bytes as one gzip member with the header of Go's fastest level (XFL 4, OS 255). False
 * where the library is missing or there is not enough memory; out is then as it was. Any thread. */
bool pp_isal_gzip(struct pp_buf *out, const void *data, size_t len)
    __attribute__((warn_unused_result));

/* For tests: the library to load from now on; "" for none, NULL for the usual one. */
void pp_isal_use(const char *file);

#endif
