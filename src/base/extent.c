#include "base/extent.h"

#include "base/sort_in_place.h"
#include "pprof/error.h"

#include <stdbool.h>

static bool starts_before(const struct pp_extent *a, const struct pp_extent *b)
{
    return a->start != b->start ? a->start < b->start : a->rank > b->rank;
}

PP_SORT_IN_PLACE(sort_by_start, struct pp_extent, starts_before)

/* The extents that hold the present address, and some that have ended: a heap by rank. */
struct open {
    const struct pp_extent **heap;
    size_t count;
};

static bool outranks(const struct pp_extent *a, const struct pp_extent *b)
{
    return a->rank != b->rank ? a->rank > b->rank : a->start < b->start;
}

static void push(struct open *open, const struct pp_extent *extent)
{
    size_t at = open->count++;
    while (at > 0 && outranks(extent, open->heap[(at - 1) / 2])) {
        open->heap[at] = open->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    open->heap[at] = extent;
}

static void pop(struct open *open)
{
    const struct pp_extent *last = open->heap[--open->count];
    size_t at = 0;
    for (size_t child; (child = 2 * at + 1) < open->count; at = child) {
        child += child + 1 < open->count && outranks(open->heap[child + 1], open->heap[child]);
        if (!outranks(open->heap[child], last)) {
            break;
        }
        open->heap[at] = open->heap[child];
    }
    open->heap[at] = last;
}

/* Writes the pieces from `at` to `limit`, in which no extent begins; how many. Each but the last
 * ends an extent for good, so there are at most two for each in all. */
static size_t write_pieces(struct open *open, uintptr_t at, uintptr_t limit,
                           struct pp_extent *pieces)
{
    size_t count = 0;
    while (open->count && at < limit) {
        const struct pp_extent *top = open->heap[0];
        uintptr_t end = top->limit < limit ? top->limit : limit;
        if (end > at) {
            pieces[count++] = (struct pp_extent){ at, end, top->rank, top->what };
            at = end;
        }
        if (top->limit <= at) {
            pop(open);
        }
    }
    return count;
}

int pp_extents_flatten(struct pp_arena *arena, struct pp_extent **extents, size_t *count)
{
    size_t pieces_count = 0, extent_count = *count;
    struct pp_extent *sorted = *extents;
    struct pp_extent *pieces = pp_arena_array(arena, 2 * extent_count, sizeof *pieces);
    struct open open = { .heap = pp_arena_array(arena, extent_count, sizeof *open.heap) };
    if (extent_count && (!pieces || !open.heap)) {
        return PPROF_ERR_NOMEM;
    }
    sort_by_start(sorted, extent_count);
    for (size_t i = 0; i < extent_count; i++) {
        uintptr_t next = i + 1 < extent_count ? sorted[i + 1].start : UINTPTR_MAX;
        if (sorted[i].limit > sorted[i].start) {
            push(&open, &sorted[i]);
        }
        pieces_count += write_pieces(&open, sorted[i].start, next, pieces + pieces_count);
    }
    *extents = pieces;
    *count = pieces_count;
    return 0;
}
