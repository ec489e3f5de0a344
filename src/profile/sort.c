#include "profile/sort.h"

#include "pprof/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct order {
    size_t size;
    int (*compare)(const void *a, const void *b, void *ctx);
    void *ctx;
};

static bool is_sorted(const char *items, size_t count, const struct order *order)
{
    for (size_t i = 1; i < count; i++) {
        const char *item = items + i * order->size;
        if (order->compare(item - order->size, item, order->ctx) > 0) {
            return false;
        }
    }
    return true;
}

/* Merges the runs [left, middle) and [middle, end) of `from` into the same place of `to`. */
static void merge_runs(const char *from, char *to, size_t left, size_t middle, size_t end,
                       const struct order *order)
{
    size_t size = order->size, right = middle;
    to += left * size;
    for (size_t a = left; a < middle || right < end; to += size) {
        bool take_left =
            right == end ||
            (a < middle && order->compare(from + a * size, from + right * size, order->ctx) <= 0);
        memcpy(to, from + (take_left ? a++ : right++) * size, size);
    }
}

int pp_sort(void *items, size_t count, size_t size,
            int (*compare)(const void *a, const void *b, void *ctx), void *ctx,
            struct pp_arena *scratch)
{
    struct order order = { size, compare, ctx };
    if (is_sorted(items, count, &order)) {
        return 0;
    }
    char *from = items, *to = pp_arena_array(scratch, count, size);
    if (!to) {
        return PPROF_ERR_NOMEM;
    }
    for (size_t run = 1; run < count; run *= 2) {
        for (size_t left = 0; left < count; left += 2 * run) {
            size_t middle = left + run < count ? left + run : count;
            size_t end = middle + run < count ? middle + run : count;
            merge_runs(from, to, left, middle, end, &order);
        }
        char *swap = from;
        from = to;
        to = swap;
    }
    if (from != (char *)items) {
        memcpy(items, from, count * size);
    }
    return 0;
}
