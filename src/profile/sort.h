/* A stable merge sort that never calls malloc (libc's qsort may). */
#ifndef PP_PROFILE_SORT_H
#define PP_PROFILE_SORT_H

#include "base/arena.h"

/* Sorts count items of size bytes. ctx goes to compare as its third argument. Already sorted input
 * costs one pass and no memory; else scratch gives count * size bytes. 0, or PPROF_ERR_NOMEM with
 * the items as they were. */
int pp_sort(void *items, size_t count, size_t size,
            int (*compare)(const void *a, const void *b, void *ctx), void *ctx,
            struct pp_arena *scratch) __attribute__((warn_unused_result));

#endif
