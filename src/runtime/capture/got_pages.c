/* Page protections of this process, from one reading of /proc/self/maps. */
#include "runtime/capture/got_private.h"

#include "base/sys.h"

#include <string.h>

enum { FIRST_BYTES = 64 << 10, LAST_BYTES = 64 << 20 };

struct range {
    uintptr_t start, end;
    bool writable;
};

struct pp_got_pages {
    size_t count;
    struct range *ranges; /* ascending */
};

static uintptr_t hex(const char **at)
{
    uintptr_t value = 0;
    for (;; (*at)++) {
        char c = **at;
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (digit < 0) {
            return value;
        }
        value = value << 4 | (unsigned)digit;
    }
}

static char *read_maps(struct pp_arena *arena)
{
    for (size_t cap = FIRST_BYTES; cap <= LAST_BYTES; cap *= 4) {
        char *text = pp_arena_alloc(arena, cap);
        ssize_t len = text ? pp_sys_read_file("/proc/self/maps", text, cap) : -1;
        if (len <= 0) {
            return NULL;
        }
        if ((size_t)len < cap - 1) {
            return text;
        }
    }
    return NULL;
}

/* "START-END rw-p ..." */
static bool add_line(struct pp_got_pages *pages, struct pp_arena *arena, size_t *cap,
                     const char *line)
{
    if (pp_arena_reserve(arena, &pages->ranges, cap, pages->count, sizeof(*pages->ranges)) != 0) {
        return false;
    }
    struct range range = { .start = hex(&line) };
    line += *line == '-';
    range.end = hex(&line);
    range.writable = line[0] == ' ' && line[1] && line[2] == 'w';
    pages->ranges[pages->count++] = range;
    return true;
}

const struct pp_got_pages *pp_got_pages_read(struct pp_arena *arena)
{
    struct pp_got_pages *pages = pp_arena_alloc(arena, sizeof(*pages));
    size_t cap = 0;
    const char *line = read_maps(arena);
    if (!pages || !line) {
        return NULL;
    }
    *pages = (struct pp_got_pages){ 0, NULL };
    while (*line && add_line(pages, arena, &cap, line)) {
        line = strchrnul(line, '\n');
        line += *line == '\n';
    }
    return pages;
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
