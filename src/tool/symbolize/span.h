/* Address intervals that nest, looked up by bisection: compile units, functions, inlined calls.
 *
 *   items sorted by low; each knows the innermost earlier one that encloses it (outer), so a
 *   lookup is a bisection and a walk outwards
 *
 * Intervals that overlap without nesting (malformed input) are kept; one of them answers.
 */
#ifndef PP_TOOL_SPAN_H
#define PP_TOOL_SPAN_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

struct pp_span {
    uint64_t low, high; /* [low, high) */
    uint32_t owner;     /* the caller's index */
    uint32_t depth;     /* nesting the caller knows of; orders equal intervals */
    uint32_t outer;     /* set by pp_spans_sort; UINT32_MAX: none */
};

struct pp_spans {
    struct pp_span *items;
    size_t count, cap;
};

/* 0 or PPROF_ERR_NOMEM; empty intervals are left out. */
int pp_spans_add(struct pp_spans *spans, struct pp_arena *arena, uint64_t low, uint64_t high,
                 uint32_t owner, uint32_t depth) __attribute__((warn_unused_result));

/* Before the first lookup, after the last addition. */
void pp_spans_sort(struct pp_spans *spans);

/* The innermost interval that holds the address, or NULL. */
const struct pp_span *pp_spans_find(const struct pp_spans *spans, uint64_t address);

#endif
