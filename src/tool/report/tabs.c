#include "tool/report/tabs.h"

#include "base/utf8.h"

#include <stdbool.h>
#include <string.h>

struct cell {
    const char *text;
    size_t len, shown; /* bytes; characters */
    size_t width;      /* of its column there */
};

struct line {
    size_t first, columns; /* cells[first + columns] is the one behind the last tab */
};

struct tabs {
    struct cell *cells;
    struct line *lines;
    size_t cell_count, line_count;
    size_t *begin, *widest; /* by column: the line that it is open from, and its width so far */
};

static size_t count_of(const char *text, size_t len, char c)
{
    size_t n = 0;
    for (const char *p = text; (p = memchr(p, c, (size_t)(text + len - p))); p++) {
        n++;
    }
    return n;
}

static bool make_room(struct tabs *t, struct pp_arena *arena, const char *text, size_t len)
{
    size_t lines = count_of(text, len, '\n') + 1, cells = count_of(text, len, '\t') + lines;
    t->lines = pp_arena_array(arena, lines, sizeof(*t->lines));
    t->cells = pp_arena_array(arena, cells, sizeof(*t->cells));
    t->begin = pp_arena_array(arena, cells, sizeof(*t->begin));
    t->widest = pp_arena_array(arena, cells, sizeof(*t->widest));
    return t->lines && t->cells && t->begin && t->widest;
}

static void read_line(struct tabs *t, const char *text, const char *end)
{
    struct line *line = &t->lines[t->line_count++];
    *line = (struct line){ .first = t->cell_count };
    for (const char *tab; text; text = tab ? tab + 1 : NULL) {
        tab = memchr(text, '\t', (size_t)(end - text));
        size_t len = (size_t)((tab ? tab : end) - text);
        t->cells[t->cell_count++] = (struct cell){ text, len, pp_utf8_count(text, len), 0 };
        line->columns += tab != NULL;
    }
}

static void read_lines(struct tabs *t, const char *text, size_t len)
{
    const char *end = text + len, *stop;
    for (; text < end; text = stop + 1) {
        stop = memchr(text, '\n', (size_t)(end - text));
        stop = stop ? stop : end;
        read_line(t, text, stop);
    }
}

/* The column ends before line `stop`: its cells learn how wide it is. */
static void close_column(struct tabs *t, size_t column, size_t stop)
{
    for (size_t i = t->begin[column]; i < stop; i++) {
        t->cells[t->lines[i].first + column].width = t->widest[column] + 1;
    }
}

static void measure(struct tabs *t)
{
    size_t open = 0;
    for (size_t i = 0; i <= t->line_count; i++) {
        const struct line *line = i < t->line_count ? &t->lines[i] : &(struct line){ 0, 0 };
        while (open > line->columns) {
            close_column(t, --open, i);
        }
        for (; open < line->columns; open++) {
            t->begin[open] = i;
            t->widest[open] = 0;
        }
        for (size_t c = 0; c < line->columns; c++) {
            size_t shown = t->cells[line->first + c].shown;
            t->widest[c] = shown > t->widest[c] ? shown : t->widest[c];
        }
    }
}

static void put_line(const struct tabs *t, const struct line *line, struct pp_out *out)
{
    for (size_t c = 0; c <= line->columns; c++) {
        const struct cell *cell = &t->cells[line->first + c];
        if (c < line->columns) {
            pp_out_fill(out, ' ', cell->width - cell->shown);
        }
        pp_out_append(out, cell->text, cell->len);
    }
    pp_out_char(out, '\n');
}

int pp_tabs_put(struct pp_arena *arena, struct pp_out *out, const char *text, size_t len)
{
    struct tabs tabs = { 0 };
    if (!make_room(&tabs, arena, text, len)) {
        return PPROF_ERR_NOMEM;
    }
    read_lines(&tabs, text, len);
    measure(&tabs);
    for (size_t i = 0; i < tabs.line_count; i++) {
        put_line(&tabs, &tabs.lines[i], out);
    }
    return 0;
}
