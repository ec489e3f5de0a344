/* Stacks and count profiles as text, in Go's columns. */
#include "runtime/capture/text.h"

#include "runtime/capture/caller.h"
#include "runtime/capture/kind.h"
#include "runtime/capture/label.h"
#include "runtime/unwind/module.h"

#include <string.h>

/* ---- columns ---- */

enum { TAB_WIDTH = 8, PADDING = 1 };

/* One line of cells. Only cells that a tab ends count; what follows the last tab is the tail. */
struct line {
    const char *text;
    size_t len;   /* without the newline */
    size_t cells; /* tab-terminated ones */
    bool ended;   /* had a newline */
};

static size_t count_cells(const char *text, size_t len)
{
    size_t cells = 0;
    for (size_t i = 0; i < len; i++) {
        cells += text[i] == '\t';
    }
    return cells;
}

/* Characters, not bytes: UTF-8 continuation bytes take no room. */
static size_t cell_width(const char *text, size_t len)
{
    size_t width = 0;
    for (size_t i = 0; i < len; i++) {
        width += ((unsigned char)text[i] & 0xc0) != 0x80;
    }
    return width;
}

/* Cell `index` of a line; false when there is none that a tab ends. */
static bool cell_at(const struct line *line, size_t index, const char **text, size_t *len)
{
    if (index >= line->cells) {
        return false;
    }
    const char *at = line->text;
    const char *end = memchr(at, '\t', line->len);
    for (size_t i = 0; i < index; i++) {
        at = end + 1;
        end = memchr(at, '\t', (size_t)(line->text + line->len - at));
    }
    *text = at;
    *len = (size_t)(end - at);
    return true;
}

static size_t split_lines(const char *text, size_t len, struct line *lines)
{
    size_t count = 0;
    for (const char *at = text, *end = text + len; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline ? newline : end;
        lines[count++] = (struct line){ at, (size_t)(stop - at),
                                        count_cells(at, (size_t)(stop - at)), newline != NULL };
        at = stop + 1;
    }
    return count;
}

/* Width of the column `index` over the run of lines from `from` that have it; *end is behind it. */
static size_t run_width(const struct line *lines, size_t count, size_t from, size_t index,
                        size_t *end)
{
    size_t widest = 0, len, i = from;
    const char *text;
    for (; i < count && cell_at(&lines[i], index, &text, &len); i++) {
        size_t width = cell_width(text, len);
        widest = width > widest ? width : widest;
    }
    *end = i;
    return (widest + PADDING + TAB_WIDTH - 1) / TAB_WIDTH * TAB_WIDTH;
}

/* widths[line * columns + column], 0 where a line has no such cell. */
static void measure(const struct line *lines, size_t count, size_t columns, uint32_t *widths)
{
    for (size_t column = 0; column < columns; column++) {
        for (size_t i = 0; i < count;) {
            size_t end;
            size_t width = run_width(lines, count, i, column, &end);
            if (end == i) {
                i++;
                continue;
            }
            for (; i < end; i++) {
                widths[i * columns + column] = (uint32_t)width;
            }
        }
    }
}

static void write_line(struct pp_buf *out, const struct line *line, const uint32_t *widths)
{
    const char *text = line->text;
    for (size_t column = 0; column < line->cells; column++) {
        size_t len = 0;
        (void)cell_at(line, column, &text, &len);
        size_t gap = widths[column] - cell_width(text, len);
        pp_buf_append(out, text, len);
        pp_buf_fill(out, '\t', (gap + TAB_WIDTH - 1) / TAB_WIDTH);
        text += len + 1;
    }
    pp_buf_append(out, text, (size_t)(line->text + line->len - text));
    if (line->ended) {
        pp_buf_char(out, '\n');
    }
}

void pp_text_align(struct pp_buf *out, size_t from)
{
    if (out->err || from >= out->len) {
        return;
    }
    size_t len = out->len - from, newlines = 1, columns = 0;
    char *copy = pp_arena_strndup(out->arena, out->data + from, len);
    for (size_t i = 0; copy && i < len; i++) {
        newlines += copy[i] == '\n';
    }
    struct line *lines = copy ? pp_arena_array(out->arena, newlines, sizeof *lines) : NULL;
    size_t count = lines ? split_lines(copy, len, lines) : 0;
    for (size_t i = 0; i < count; i++) {
        columns = lines[i].cells > columns ? lines[i].cells : columns;
    }
    uint32_t *widths = pp_arena_array(out->arena, count * columns + 1, sizeof *widths);
    if (!lines || !widths) {
        out->err = PPROF_ERR_NOMEM;
        return;
    }
    measure(lines, count, columns, widths);
    out->len = from;
    out->data[from] = '\0';
    for (size_t i = 0; i < count; i++) {
        write_line(out, &lines[i], widths + i * columns);
    }
}

/* ---- frames ---- */

void pp_text_pcs(struct pp_buf *out, const uintptr_t *pcs, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        pp_buf_char(out, ' ');
        pp_buf_hex(out, pcs[i]);
    }
}

bool pp_text_symbol(struct pp_buf *out, uintptr_t pc, bool is_return)
{
    const char *name;
    uintptr_t entry, address = is_return && pc ? pc - 1 : pc;
    if (!pp_module_symbol(address, &name, &entry)) {
        return false;
    }
    pp_buf_str(out, name);
    pp_buf_char(out, '+');
    pp_buf_hex(out, address - entry);
    return true;
}

static void write_frame(struct pp_buf *out, uintptr_t pc, bool is_return)
{
    pp_buf_str(out, "#\t");
    pp_buf_hex(out, is_return && pc ? pc - 1 : pc);
    size_t mark = out->len;
    pp_buf_char(out, '\t');
    if (pp_text_symbol(out, pc, is_return)) {
        const struct pp_module *module = pp_module_find_sig(pc);
        pp_buf_char(out, '\t');
        pp_buf_str(out, module && module->path ? module->path : "?");
        pp_buf_str(out, ":0");
    } else if (!out->err) {
        out->len = mark;
    }
    pp_buf_char(out, '\n');
}

static size_t leading_ours(const uintptr_t *pcs, size_t n)
{
    size_t first = 0;
    while (first < n && pp_caller_is_ours_sig(pcs[first])) {
        first++;
    }
    return first == n ? 0 : first;
}

void pp_text_frames(struct pp_buf *out, const uintptr_t *pcs, size_t n, bool leaf_is_return,
                    bool hide_leading_ours)
{
    size_t start = out->len;
    for (size_t i = hide_leading_ours ? leading_ours(pcs, n) : 0; i < n; i++) {
        write_frame(out, pcs[i], i > 0 || leaf_is_return);
    }
    pp_text_align(out, start);
}

/* ---- count profiles ---- */

/* Go's %q for the label texts of one line: the escapes that its labels can need. */
static void write_quoted(struct pp_buf *out, const char *text)
{
    pp_buf_char(out, '"');
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        const char *escape = strchr("\a\b\t\n\v\f\r", c);
        if (c == '"' || c == '\\') {
            pp_buf_printf(out, "\\%c", c);
        } else if (escape) {
            pp_buf_printf(out, "\\%c", "abtnvfr"[c - '\a']);
        } else if (c < 0x20 || c == 0x7f) {
            pp_buf_printf(out, "\\x%02x", c);
        } else {
            pp_buf_char(out, (char)c);
        }
    }
    pp_buf_char(out, '"');
}

/* age_s below 0: none; else it comes first, as in the sorted order of names that usually is. */
static void write_labels(struct pp_buf *out, uint32_t id, int64_t age_s)
{
    struct pp_label_set set = pp_label_set_get_sig(id);
    if (!set.count && age_s < 0) {
        return;
    }
    pp_buf_str(out, "# labels: {");
    if (age_s >= 0) {
        pp_buf_printf(out, "\"age\":\"%llds\"%s", (long long)age_s, set.count ? ", " : "");
    }
    for (size_t i = 0; i < set.count; i++) {
        pp_buf_str(out, i ? ", " : "");
        write_quoted(out, set.pairs[i].key);
        pp_buf_char(out, ':');
        write_quoted(out, set.pairs[i].value);
    }
    pp_buf_str(out, "}\n");
}

struct group {
    struct pp_stack stack;
    uint32_t label_set;
    int64_t age_s; /* -1: none */
    int64_t count;
};

static int compare_stacks(const struct pp_stack *a, const struct pp_stack *b)
{
    for (size_t i = 0; i < a->count && i < b->count; i++) {
        if (a->pcs[i] != b->pcs[i]) {
            return a->pcs[i] < b->pcs[i] ? -1 : 1;
        }
    }
    return (a->count > b->count) - (a->count < b->count);
}

static int by_identity(const void *a, const void *b)
{
    const struct group *x = a, *y = b;
    int order = compare_stacks(&x->stack, &y->stack);
    order = order ? order : (x->label_set > y->label_set) - (x->label_set < y->label_set);
    return order ? order : (x->age_s > y->age_s) - (x->age_s < y->age_s);
}

static int by_count(const void *a, const void *b)
{
    const struct group *x = a, *y = b;
    return x->count != y->count ? (x->count < y->count ? 1 : -1) : by_identity(a, b);
}

/* A heap sort of our own: libc's qsort may call malloc. */
static void sift(struct group *groups, size_t at, size_t count,
                 int (*compare)(const void *, const void *))
{
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && compare(&groups[child], &groups[child + 1]) < 0) {
            child++;
        }
        if (compare(&groups[at], &groups[child]) >= 0) {
            return;
        }
        struct group swap = groups[at];
        groups[at] = groups[child];
        groups[child] = swap;
    }
}

static void sort_groups(struct group *groups, size_t count,
                        int (*compare)(const void *, const void *))
{
    for (size_t i = count / 2; i-- > 0;) {
        sift(groups, i, count, compare);
    }
    for (size_t end = count; end-- > 1;) {
        struct group swap = groups[0];
        groups[0] = groups[end];
        groups[end] = swap;
        sift(groups, 0, end, compare);
    }
}

static size_t merge_equal(struct group *groups, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept && by_identity(&groups[kept - 1], &groups[i]) == 0) {
            groups[kept - 1].count += groups[i].count;
        } else {
            groups[kept++] = groups[i];
        }
    }
    return kept;
}

void pp_text_count_profile(const char *name, const struct pp_snapshot *snapshot,
                           bool leaf_is_return, struct pp_buf *out)
{
    struct group *groups = pp_arena_array(out->arena, snapshot->count + 1, sizeof *groups);
    if (!groups) {
        out->err = PPROF_ERR_NOMEM;
        return;
    }
    int64_t total = 0;
    for (size_t i = 0; i < snapshot->count; i++) {
        const struct pp_record *record = &snapshot->records[i];
        groups[i] = (struct group){ pp_record_stack(record), record->label_set,
                                    record->has_age ? record->age_s : -1,
                                    record->values[0] };
        total += record->values[0];
    }
    sort_groups(groups, snapshot->count, by_identity);
    size_t count = merge_equal(groups, snapshot->count);
    sort_groups(groups, count, by_count);
    pp_buf_printf(out, "%s profile: total %lld\n", name, (long long)total);
    for (size_t i = 0; i < count; i++) {
        pp_buf_printf(out, "%lld @", (long long)groups[i].count);
        pp_text_pcs(out, groups[i].stack.pcs, groups[i].stack.count);
        pp_buf_char(out, '\n');
        write_labels(out, groups[i].label_set, groups[i].age_s);
        pp_text_frames(out, groups[i].stack.pcs, groups[i].stack.count, leaf_is_return, true);
        pp_buf_char(out, '\n');
    }
}
