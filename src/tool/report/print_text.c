/* top, tree and peek. */
#include "tool/report/report.h"

#include "base/err.h"

#include <string.h>

/* Whether calls into the node were inlined: always, sometimes, never. */
static const char *inline_note(uint8_t calls)
{
    return !(calls & PP_CALLED_INLINE) ? ""
           : calls & PP_CALLED         ? " (partial-inline)"
                                       : " (inline)";
}

static void put_value(struct pp_report *r, struct pp_out *out, int64_t value, size_t width)
{
    char text[PP_LABEL_CAP];
    pp_out_right(out, pp_report_value(r, value, text), width);
}

static void put_percent(struct pp_out *out, int64_t value, int64_t total)
{
    char text[PP_PERCENT_CAP];
    pp_out_char(out, ' ');
    pp_out_str(out, pp_percentage(value, total, text));
}

/* "flat flat% sum% cum cum%" of one node. */
static void put_columns(struct pp_report *r, struct pp_out *out, const struct pp_node *n,
                        int64_t flat_sum)
{
    int64_t flat = pp_node_flat(n), cum = pp_node_cum(n);
    put_value(r, out, flat, 10);
    put_percent(out, flat, r->total);
    put_percent(out, flat_sum, r->total);
    pp_out_char(out, ' ');
    put_value(r, out, cum, 10);
    put_percent(out, cum, r->total);
}

int pp_print_text(struct pp_report *r, struct pp_out *out, struct pprof_error *error)
{
    (void)error;
    struct pp_lines lines = { .count = 0 };
    if (pp_report_graph(r, PP_EDGES_INLINED) || pp_report_lines(r, false, &lines)) {
        return PPROF_ERR_NOMEM;
    }
    struct pp_graph *g = &r->graph;
    pp_report_print_lines(&lines, out);
    pp_out_str(out, "      flat  flat%   sum%        cum   cum%\n");
    int64_t flat_sum = 0;
    for (size_t i = 0; i < g->shown_count; i++) {
        const struct pp_node *n = &g->nodes[g->shown[i]];
        flat_sum += pp_node_flat(n);
        put_columns(r, out, n, flat_sum);
        pp_out_str(out, "  ");
        pp_out_str(out, pp_node_name(g, g->shown[i]));
        pp_out_str(out, inline_note(g->calls[g->shown[i]]));
        pp_out_char(out, '\n');
    }
    return 0;
}

/* --- tree ------------------------------------------------------------------------------------- */

static const char separator[] =
    "----------------------------------------------------------+-------------\n";

static int put_edges(struct pp_report *r, struct pp_out *out, uint32_t node, bool outgoing)
{
    struct pp_graph *g = &r->graph;
    size_t count;
    const uint32_t *edges = pp_graph_edges_of(g, node, outgoing, &count);
    int64_t cum = pp_node_cum(&g->nodes[node]);
    for (size_t i = 0; edges && i < count; i++) {
        const struct pp_edge *e = &g->edges[edges[i]];
        put_value(r, out, e->weight, 50);
        put_percent(out, e->weight, cum);
        pp_out_str(out, " |   ");
        pp_out_str(out, pp_node_name(g, outgoing ? e->dst : e->src));
        pp_out_str(out, e->is_inline ? " (inline)\n" : "\n");
    }
    return edges ? 0 : PPROF_ERR_NOMEM;
}

static bool is_asked_for(struct pp_report *r, uint32_t node)
{
    if (!r->symbol) {
        return true;
    }
    const char *name = pp_node_name(&r->graph, node);
    return pp_regex_match(r->symbol, name, strlen(name));
}

static int put_node(struct pp_report *r, struct pp_out *out, uint32_t node, int64_t *flat_sum)
{
    struct pp_graph *g = &r->graph;
    pp_out_str(out, separator);
    int err = put_edges(r, out, node, false);
    *flat_sum += pp_node_flat(&g->nodes[node]);
    put_columns(r, out, &g->nodes[node], *flat_sum);
    pp_out_str(out, "                | ");
    pp_out_str(out, pp_node_name(g, node));
    pp_out_char(out, '\n');
    return err ? err : put_edges(r, out, node, true);
}

static bool any_asked_for(struct pp_report *r)
{
    for (size_t i = 0; i < r->graph.shown_count; i++) {
        if (is_asked_for(r, r->graph.shown[i])) {
            return true;
        }
    }
    return false;
}

int pp_print_tree(struct pp_report *r, struct pp_out *out, struct pprof_error *error)
{
    struct pp_lines lines = { .count = 0 };
    if (pp_report_graph(r, PP_EDGES_ALL) || pp_report_lines(r, false, &lines)) {
        return PPROF_ERR_NOMEM;
    }
    struct pp_graph *g = &r->graph;
    if (r->symbol && !any_asked_for(r)) {
        return pp_err_set(error, PPROF_ERR_NOTFOUND, "no matches found for regexp: %s",
                          r->request.symbol);
    }
    pp_report_print_lines(&lines, out);
    pp_out_str(out, separator);
    pp_out_str(out, "      flat  flat%   sum%        cum   cum%   calls calls% + context \t \t \n");
    int64_t flat_sum = 0;
    for (size_t i = 0; i < g->shown_count; i++) {
        if (is_asked_for(r, g->shown[i]) && put_node(r, out, g->shown[i], &flat_sum)) {
            return PPROF_ERR_NOMEM;
        }
    }
    pp_out_str(out, g->shown_count ? separator : "");
    return 0;
}
