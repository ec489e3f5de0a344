/* Page protections of this process, from one reading of /proc/self/maps. */
#include "runtime/capture/got_private.h"

#include "runtime/unwind/vma.h"

struct range {
    uintptr_t start, end;
    bool writable;
};

struct pp_got_pages {
    size_t count;
    struct range *ranges; /* ascending */
};

struct collector {
    struct pp_got_pages *pages;
    struct pp_arena *arena;
    size_t cap;
};

static int add_vma(void *ctx, const struct pp_vma *vma)
{
    struct collector *to = ctx;
    struct pp_got_pages *pages = to->pages;
    if (pp_arena_reserve(to->arena, &pages->ranges, &to->cap, pages->count,
                         sizeof(*pages->ranges)) != 0) {
        return 1;
    }
    pages->ranges[pages->count++] = (struct range){ vma->start, vma->limit, vma->writable };
    return 0;
}

const struct pp_got_pages *pp_got_pages_read(struct pp_arena *arena)
{
    struct collector to = { pp_arena_alloc(arena, sizeof(*to.pages)), arena, 0 };
    return to.pages && pp_vma_each(arena, false, add_vma, &to) == 0 ? to.pages : NULL;
}

bool pp_got_pages_are(const struct pp_got_pages *pages, uintptr_t start, uintptr_t end,
                      bool writable)
{
    size_t low = 0, high = pages->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (pages->ranges[middle].end <= start) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < pages->count && start < end; low++) {
        const struct range *range = &pages->ranges[low];
        if (range->start > start || range->writable != writable) {
            return false;
        }
        start = range->end;
    }
    return start >= end;
}
