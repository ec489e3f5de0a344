/* Top and peek: nodes of the graph as rows. */
#include "tool/web/room.h"

#include "base/err.h"

#include <ctype.h>
#include <string.h>

enum { TOP_ROWS = 10000, PEEK_NODES = 150, PEEK_EDGES = 100 };

/* --- top -------------------------------------------------------------------------------------- */

/* All rows unless the URL limits them: the page only draws those in sight. */
static void adjust_top(struct pp_config *config)
{
    struct pp_config defaults;
    pp_config_init(&defaults);
    if (config->nodecount == -1) {
        config->nodecount = TOP_ROWS;
    }
    if (config->nodefraction == defaults.nodefraction || !config->trim) {
        config->nodefraction = 0;
    }
}

static const char *inline_note(uint8_t calls)
{
    return !(calls & PP_CALLED_INLINE) ? "" : calls & PP_CALLED ? "(partial-inline)" : "(inline)";
}

/* [name, note, flat, cum, flat text, cum text, function, file] */
static void put_row(struct pp_web_ask *call, struct pp_report *r, uint32_t node, const char *note)
{
    struct pp_json *j = &call->json;
    struct pp_graph *g = &r->graph;
    const struct pp_node *n = &g->nodes[node];
    const struct pp_frame_info *info = &g->frames.infos[n->info];
    const char *name = pp_node_name(g, node), *function = pp_frame_text(&g->frames, info->name);
    pp_json_open(j, '[');
    pp_json_text(j, name);
    pp_json_text(j, note);
    pp_json_int(j, pp_node_flat(n));
    pp_json_int(j, pp_node_cum(n));
    pp_web_value(call, r, pp_node_flat(n));
    pp_web_value(call, r, pp_node_cum(n));
    if (strcmp(name, function) != 0) {
        pp_json_text(j, function);
        pp_json_text(j, pp_frame_text(&g->frames, info->file));
    }
    pp_json_close(j, ']');
}

static int fill_top(struct pp_web_ask *call, struct pp_report *r, struct pprof_error *error)
{
    struct pp_json *j = &call->json;
    struct pp_graph *g = &r->graph;
    (void)error;
    if (pp_report_graph(r, PP_EDGES_INLINED)) {
        return PPROF_ERR_NOMEM;
    }
    pp_json_open(j, '{');
    pp_json_key(j, "rows");
    pp_json_open(j, '[');
    for (size_t i = 0; i < g->shown_count; i++) {
        put_row(call, r, g->shown[i], inline_note(g->calls[g->shown[i]]));
    }
    pp_json_close(j, ']');
    pp_json_close(j, '}');
    return 0;
}

int pp_web_top(struct pp_web_ask *call, struct pprof_error *error)
{
    static const struct pp_web_report how = { PP_FORMAT_TEXT, false, adjust_top, fill_top };
    return pp_web_report(call, &how, error);
}

/* --- peek ------------------------------------------------------------------------------------- */

static void adjust_peek(struct pp_config *config)
{
    config->granularity = "lines";
    config->nodecount = 0;
    config->nodefraction = 0;
    config->edgefraction = 0;
}

/* The function alone, for expressions; a nameless frame's printed name. */
static const char *function_of(struct pp_graph *g, uint32_t node)
{
    const char *name = pp_frame_text(&g->frames, g->frames.infos[g->nodes[node].info].name);
    return *name ? name : pp_node_name(g, node);
}

/* The heaviest as [name, weight, text, inlined, function], and then how many more there are. */
static int put_edges(struct pp_web_ask *call, struct pp_report *r, uint32_t node, bool out)
{
    struct pp_json *j = &call->json;
    struct pp_graph *g = &r->graph;
    size_t count;
    const uint32_t *edges = pp_graph_edges_of(g, node, out, &count);
    pp_json_key(j, out ? "callees" : "callers");
    pp_json_open(j, '[');
    for (size_t i = 0; edges && i < count && i < PEEK_EDGES; i++) {
        const struct pp_edge *e = &g->edges[edges[i]];
        pp_json_open(j, '[');
        pp_json_text(j, pp_node_name(g, out ? e->dst : e->src));
        pp_json_int(j, e->weight);
        pp_web_value(call, r, e->weight);
        pp_json_bool(j, e->is_inline);
        pp_json_text(j, function_of(g, out ? e->dst : e->src));
        pp_json_close(j, ']');
    }
    if (count > PEEK_EDGES) {
        pp_json_int(j, (int64_t)(count - PEEK_EDGES));
    }
    pp_json_close(j, ']');
    return edges ? 0 : PPROF_ERR_NOMEM;
}

static int put_node(struct pp_web_ask *call, struct pp_report *r, uint32_t node)
{
    struct pp_json *j = &call->json;
    const struct pp_node *n = &r->graph.nodes[node];
    pp_json_open(j, '{');
    pp_json_put_text(j, "name", pp_node_name(&r->graph, node));
    pp_json_put_text(j, "function", function_of(&r->graph, node));
    pp_json_put_int(j, "flat", pp_node_flat(n));
    pp_json_put_int(j, "cum", pp_node_cum(n));
    pp_json_key(j, "flatText");
    pp_web_value(call, r, pp_node_flat(n));
    pp_json_key(j, "cumText");
    pp_web_value(call, r, pp_node_cum(n));
    int err = put_edges(call, r, node, false);
    err = err ? err : put_edges(call, r, node, true);
    pp_json_close(j, '}');
    return err;
}

static bool is_asked_for(struct pp_report *r, uint32_t node)
{
    const char *name = pp_node_name(&r->graph, node);
    return !r->symbol || pp_regex_match(r->symbol, name, strlen(name));
}

static void add_quoted(struct pp_buf *out, const char *name)
{
    for (; *name; name++) {
        unsigned char c = (unsigned char)*name;
        if (c < 0x80 && !isalnum(c) && c != '_') {
            pp_buf_char(out, '\\');
        }
        pp_buf_char(out, (char)c);
    }
}

/* Without an expression only the heaviest nodes will be shown, so only their edges are wanted: all
 * edges of 24,000 lines took 6 s. */
static int ask_for_heaviest(struct pp_report *r)
{
    struct pp_buf names;
    pp_buf_init(&names, &r->arena);
    if (pp_report_graph(r, PP_EDGES_NONE)) {
        return PPROF_ERR_NOMEM;
    }
    pp_buf_str(&names, "^(?:");
    for (size_t i = 0; i < r->graph.shown_count && i < PEEK_NODES; i++) {
        pp_buf_str(&names, i ? "|" : "");
        add_quoted(&names, pp_node_name(&r->graph, r->graph.shown[i]));
    }
    pp_buf_str(&names, ")$");
    pp_regex_free(r->symbol);
    r->symbol = NULL;
    if (names.err) {
        return PPROF_ERR_NOMEM;
    }
    if (pp_regex_compile(names.data, &r->symbol, NULL)) {
        r->symbol = NULL; /* a name that is no text: all edges, then */
    }
    return 0;
}

static int fill_peek(struct pp_web_ask *call, struct pp_report *r, struct pprof_error *error)
{
    struct pp_json *j = &call->json;
    struct pp_graph *g = &r->graph;
    size_t found = 0;
    int err = *call->config.focus ? 0 : ask_for_heaviest(r);
    err = err ? err : pp_report_graph(r, PP_EDGES_ALL);
    pp_json_open(j, '{');
    pp_json_key(j, "nodes");
    pp_json_open(j, '[');
    for (size_t i = 0; !err && i < g->shown_count; i++) {
        if (is_asked_for(r, g->shown[i]) && ++found <= PEEK_NODES) {
            err = put_node(call, r, g->shown[i]);
        }
    }
    pp_json_close(j, ']');
    pp_json_put_int(j, "leftOut", found > PEEK_NODES ? (int64_t)found - PEEK_NODES : 0);
    pp_json_close(j, '}');
    if (!err && !found && *call->config.focus) {
        return pp_err_set(error, PPROF_ERR_NOTFOUND, "no matches found for regexp: %s",
                          call->config.focus);
    }
    return err;
}

int pp_web_peek(struct pp_web_ask *call, struct pprof_error *error)
{
    static const struct pp_web_report how = { PP_FORMAT_TREE, true, adjust_peek, fill_peek };
    return pp_web_report(call, &how, error);
}
