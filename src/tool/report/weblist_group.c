/* From instructions with files and lines to functions with lines to show. */
#include "tool/report/weblist.h"

#include <stdlib.h>
#include <string.h>

enum {
    MERGE_LINES = 20,  /* nearer lines of one function belong together */
    CONTEXT_LINES = 5, /* shown before and behind */
};

static int compare_entries(const void *a, const void *b)
{
    const struct pp_web_entry *x = a, *y = b;
    if (x->file != y->file) {
        return strcmp(x->file, y->file);
    }
    if (x->line != y->line) {
        return x->line < y->line ? -1 : 1;
    }
    if (x->address != y->address) {
        return x->address < y->address ? -1 : 1;
    }
    /* The frame nearest to the instruction last. */
    size_t m = x->instruction.call_count, n = y->instruction.call_count;
    return m != n ? (m > n ? -1 : 1) : 0;
}

struct grouper {
    struct pp_arena *arena;
    struct pp_web_instruction *instructions;
    struct pp_web_line *lines;
    struct pp_web_function *functions;
    size_t line_count, function_count;
};

/* One line from entries of equal file and number. */
static void add_line(struct grouper *g, const struct pp_web_entry *entries, size_t first,
                     size_t last)
{
    struct pp_web_line *line = &g->lines[g->line_count++];
    *line = (struct pp_web_line){ .number = entries[first].line,
                                  .instructions = g->instructions + first,
                                  .count = last - first };
    uint64_t expected = 0;
    for (size_t i = first; i < last; i++) {
        struct pp_web_instruction *instruction = &g->instructions[i];
        *instruction = entries[i].instruction;
        instruction->starts_block = i > first && entries[i].address != expected;
        expected = entries[i].next_address;
        line->flat += instruction->flat;
        line->cum += instruction->cum;
    }
}

/* The line just added goes to the function before, or starts one. */
static void add_to_function(struct grouper *g, const char *file, const char *name)
{
    struct pp_web_line *line = &g->lines[g->line_count - 1];
    struct pp_web_function *last = g->function_count ? &g->functions[g->function_count - 1] : NULL;
    if (!last || last->file != file || strcmp(last->name, name) != 0 ||
        line->number - last->end >= MERGE_LINES) {
        last = &g->functions[g->function_count++];
        *last = (struct pp_web_function){
            .name = name, .file = file, .begin = line->number, .lines = line
        };
    }
    last->end = line->number + 1;
    last->flat += line->flat;
    last->cum += line->cum;
    last->line_count++;
}

static void add_context_before(struct pp_web_function *f, struct pp_web_function *before)
{
    if (before) {
        int64_t half = (f->begin - before->end) / 2;
        half = half < CONTEXT_LINES ? half : CONTEXT_LINES;
        before->end += half;
        f->begin -= half;
    } else if (f->begin > CONTEXT_LINES) {
        f->begin -= CONTEXT_LINES;
    } else if (f->begin > 1) {
        f->begin = 1; /* line 0 stands for itself */
    }
}

static void add_context(struct grouper *g)
{
    for (size_t i = 0; i < g->function_count; i++) {
        struct pp_web_function *f = &g->functions[i];
        bool same_file = i > 0 && f[-1].file == f->file;
        add_context_before(f, same_file ? f - 1 : NULL);
        if (i + 1 == g->function_count || f[1].file != f->file) {
            f->end += CONTEXT_LINES;
        }
    }
}

static void drop_weightless(struct grouper *g)
{
    size_t kept = 0;
    for (size_t i = 0; i < g->function_count; i++) {
        if (g->functions[i].cum) {
            g->functions[kept++] = g->functions[i];
        }
    }
    g->function_count = kept;
}

int pp_weblist_group(struct pp_arena *arena, struct pp_web_entry *entries, size_t count,
                     struct pp_weblist *list)
{
    struct grouper g = { .arena = arena };
    g.instructions = pp_arena_array(arena, count, sizeof(*g.instructions));
    g.lines = pp_arena_array(arena, count, sizeof(*g.lines));
    g.functions = pp_arena_array(arena, count, sizeof(*g.functions));
    if (!g.instructions || !g.lines || !g.functions) {
        return PPROF_ERR_NOMEM;
    }
    if (count) {
        qsort(entries, count, sizeof(*entries), compare_entries);
    }
    for (size_t first = 0, last; first < count; first = last) {
        for (last = first + 1; last < count && entries[last].file == entries[first].file &&
                               entries[last].line == entries[first].line;
             last++) {
        }
        add_line(&g, entries, first, last);
        add_to_function(&g, entries[first].file, pp_object_name(arena, entries[first].function));
    }
    add_context(&g);
    drop_weightless(&g);
    *list = (struct pp_weblist){ g.functions, g.function_count };
    return 0;
}
