#include "tool/symbolize/span.h"

#include "pprof/error.h"

#include <stdlib.h>

int pp_spans_add(struct pp_spans *spans, struct pp_arena *arena, uint64_t low, uint64_t high,
                 uint32_t owner, uint32_t depth)
{
    if (high <= low) {
        return 0;
    }
    if (spans->count >= UINT32_MAX ||
        pp_arena_reserve(arena, &spans->items, &spans->cap, spans->count, sizeof(*spans->items))) {
        return PPROF_ERR_NOMEM;
    }
    spans->items[spans->count++] = (struct pp_span){low, high, owner, depth, UINT32_MAX};
    return 0;
}

/* Enclosing intervals first. */
static int by_start(const void *a, const void *b)
{
    const struct pp_span *x = a, *y = b;
    if (x->low != y->low) {
        return x->low < y->low ? -1 : 1;
    }
    if (x->high != y->high) {
        return x->high > y->high ? -1 : 1;
    }
    if (x->depth != y->depth) {
        return x->depth < y->depth ? -1 : 1;
    }
    return x->owner < y->owner ? -1 : x->owner > y->owner;
}

void pp_spans_sort(struct pp_spans *spans)
{
    struct pp_span *items = spans->items;
    if (spans->count == 0) {
        return;
    }
    qsort(items, spans->count, sizeof(*items), by_start);
    for (size_t i = 1; i < spans->count; i++) {
        uint32_t outer = (uint32_t)(i - 1);
        while (outer != UINT32_MAX && items[outer].high <= items[i].low) {
            outer = items[outer].outer;
        }
        items[i].outer = outer;
    }
}

const struct pp_span *pp_spans_find(const struct pp_spans *spans, uint64_t address)
{
    size_t low = 0, high = spans->count; /* first item behind the address */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (spans->items[middle].low <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    uint32_t at = low ? (uint32_t)(low - 1) : UINT32_MAX;
    while (at != UINT32_MAX && spans->items[at].high <= address) {
        at = spans->items[at].outer;
    }
    return at == UINT32_MAX ? NULL : &spans->items[at];
}
