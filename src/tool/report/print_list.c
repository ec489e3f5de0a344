/* list: the source of functions, each line with its weight. */
#include "tool/report/report.h"
#include "tool/report/source.h"

#include "base/err.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MARGIN = 5 }; /* lines around the first and last one with weight */

struct lister {
    struct pp_report *r;
    struct pp_out *out;
    uint32_t *nodes; /* that match, by name, file, start line */
    size_t count;
    const char *search_path;
    bool *was_missing; /* by text: files that could not be opened */
};

static const struct pp_frame_info *info_of(const struct pp_graph *g, uint32_t node)
{
    return &g->frames.infos[g->nodes[node].info];
}

static int compare_nodes(const void *a, const void *b, void *graph)
{
    const struct pp_graph *g = graph;
    const struct pp_frame_info *x = info_of(g, *(const uint32_t *)a);
    const struct pp_frame_info *y = info_of(g, *(const uint32_t *)b);
    int r = strcmp(pp_frame_text(&g->frames, x->name), pp_frame_text(&g->frames, y->name));
    r = r ? r : strcmp(pp_frame_text(&g->frames, x->file), pp_frame_text(&g->frames, y->file));
    if (r) {
        return r;
    }
    return x->start_line != y->start_line
               ? (x->start_line > y->start_line) - (x->start_line < y->start_line)
               : (x->line > y->line) - (x->line < y->line);
}

static int find_nodes(struct lister *l)
{
    struct pp_graph *g = &l->r->graph;
    l->nodes = pp_arena_array(&l->r->arena, g->shown_count + 1, sizeof(*l->nodes));
    l->was_missing = pp_arena_array(&l->r->arena, g->frames.texts.count, sizeof(bool));
    if (!l->nodes || !l->was_missing) {
        return PPROF_ERR_NOMEM;
    }
    for (size_t i = 0; i < g->shown_count; i++) {
        const char *name = pp_frame_text(&g->frames, info_of(g, g->shown[i])->name);
        if (pp_regex_match(l->r->symbol, name, strlen(name))) {
            l->nodes[l->count++] = g->shown[i];
        }
    }
    qsort_r(l->nodes, l->count, sizeof(*l->nodes), compare_nodes, g);
    return 0;
}

struct range {
    int64_t start, end;
};

static int64_t node_start(const struct pp_frame_info *i)
{
    return i->start_line ? i->start_line : i->line - MARGIN;
}

static struct range lines_of(const struct pp_graph *g, const uint32_t *nodes, size_t count)
{
    const struct pp_frame_info *first = info_of(g, nodes[0]);
    struct range range = { node_start(first), first->line + MARGIN };
    for (size_t i = 0; i < count; i++) {
        const struct pp_frame_info *info = info_of(g, nodes[i]);
        range.start = node_start(info) < range.start ? node_start(info) : range.start;
        range.end = info->line + MARGIN > range.end ? info->line + MARGIN : range.end;
    }
    range.start = range.start < 1 ? 1 : range.start;
    return range;
}

static void put_weight(struct lister *l, int64_t value)
{
    char text[PP_LABEL_CAP];
    pp_out_right(l->out, value ? pp_report_value(l->r, value, text) : ".", 10);
    pp_out_char(l->out, ' ');
}

static void put_line(struct lister *l, const uint32_t *nodes, size_t count, int64_t number,
                     const char *text, size_t len)
{
    const struct pp_graph *g = &l->r->graph;
    int64_t flat = 0, cum = 0;
    for (size_t i = 0; i < count; i++) {
        if (info_of(g, nodes[i])->line == number) {
            flat += g->nodes[nodes[i]].flat;
            cum += g->nodes[nodes[i]].cum;
        }
    }
    put_weight(l, flat);
    put_weight(l, cum);
    pp_out_printf(l->out, "%6" PRId64 ":", number);
    pp_out_append(l->out, text, len);
    pp_out_char(l->out, '\n');
}

/* One function in one file. */
static int put_file(struct lister *l, const uint32_t *nodes, size_t count)
{
    const struct pp_graph *g = &l->r->graph;
    const struct pp_frame_info *first = info_of(g, nodes[0]);
    char flat_text[PP_LABEL_CAP], cum_text[PP_LABEL_CAP], percent[PP_PERCENT_CAP];
    int64_t flat = 0, cum = 0;
    for (size_t i = 0; i < count; i++) {
        flat += g->nodes[nodes[i]].flat;
        cum += g->nodes[nodes[i]].cum;
    }
    const char *file = pp_frame_text(&g->frames, first->file);
    pp_out_str(l->out, "ROUTINE ======================== ");
    pp_out_str(l->out, pp_frame_text(&g->frames, first->name));
    pp_out_str(l->out, " in ");
    pp_out_str(l->out, file);
    pp_out_char(l->out, '\n');
    pp_out_right(l->out, pp_report_value(l->r, flat, flat_text), 10);
    pp_out_char(l->out, ' ');
    pp_out_right(l->out, pp_report_value(l->r, cum, cum_text), 10);
    pp_out_printf(l->out, " (flat, cum) %s of Total\n", pp_percentage(cum, l->r->total, percent));
    struct range range = lines_of(g, nodes, count);
    struct pp_source source;
    struct pprof_error why = { 0 };
    if (range.start > range.end && !l->was_missing[first->file]) {
        return 0; /* nothing to show: the file is not even looked for */
    }
    int r = pp_source_find(&source, &l->r->view.p, &l->r->arena, file, l->search_path,
                           l->r->request.config.trim_path, &why);
    if (r) {
        l->was_missing[first->file] = true;
        pp_out_str(l->out, " Error: ");
        pp_out_str(l->out, why.detail);
        pp_out_char(l->out, '\n');
        return r == PPROF_ERR_NOMEM ? r : 0;
    }
    const char *text;
    size_t len;
    for (int64_t n = range.start; n <= range.end && pp_source_line(&source, n, &text, &len); n++) {
        put_line(l, nodes, count, n, text, len);
    }
    pp_source_close(&source);
    return 0;
}

/* One function: file after file; frames without a file are left out. */
static int put_function(struct lister *l, const uint32_t *nodes, size_t count)
{
    const struct pp_graph *g = &l->r->graph;
    bool any = false;
    for (size_t i = 0, end; i < count; i = end) {
        uint32_t file = info_of(g, nodes[i])->file;
        for (end = i + 1; end < count && info_of(g, nodes[end])->file == file; end++) {
        }
        if (file) {
            any = true;
            if (put_file(l, nodes + i, end - i)) {
                return PPROF_ERR_NOMEM;
            }
        }
    }
    if (!any) {
        pp_out_str(l->out, "No source information for ");
        pp_out_str(l->out, pp_frame_text(&g->frames, info_of(g, nodes[0])->name));
        pp_out_char(l->out, '\n');
    }
    return 0;
}

static const char *search_path(struct pp_report *r, char *cwd, size_t cap)
{
    const char *path = r->request.config.source_path;
    return *path ? path : getcwd(cwd, cap) ? cwd : ".";
}

int pp_print_list(struct pp_report *r, struct pp_out *out, struct pprof_error *error)
{
    char cwd[4096], total[PP_LABEL_CAP];
    struct lister l = { .r = r, .out = out, .search_path = search_path(r, cwd, sizeof(cwd)) };
    if (pp_report_graph(r, PP_EDGES_NONE) || find_nodes(&l)) {
        return PPROF_ERR_NOMEM;
    }
    if (l.count == 0) {
        return pp_err_set(error, PPROF_ERR_NOTFOUND, "no matches found for regexp: %s",
                          r->request.symbol);
    }
    pp_out_printf(out, "Total: %s\n", pp_report_value(r, r->total, total));
    for (size_t i = 0, end; i < l.count; i = end) {
        uint32_t name = info_of(&r->graph, l.nodes[i])->name;
        for (end = i + 1; end < l.count && info_of(&r->graph, l.nodes[end])->name == name; end++) {
        }
        if (put_function(&l, l.nodes + i, end - i)) {
            return PPROF_ERR_NOMEM;
        }
    }
    return 0;
}
