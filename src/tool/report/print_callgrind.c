/* callgrind: the graph for KCachegrind, names and files numbered at first use. */
#include "tool/report/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct grinder {
    struct pp_report *r;
    struct pp_out *out;
    struct pp_table objfiles, files, names;
    struct pp_table
        functions; /* (parent, objfile, file, name, start line, column): one function */
    uint32_t *function_of;     /* by node */
    uint32_t *index_of,
        *name_of;              /* by function: its place among those of the same name; that name */
    uint32_t *namesakes;       /* by (file, name): how many functions */
    const struct pp_frame_info *previous;
    struct pp_buf callee; /* the name of the one at hand: there may be millions of calls */
    bool failed;
};

/* "(3) name" at first use, "(3)" later, "" for no name. */
static void put_name(struct grinder *gr, struct pp_table *table, const char *prefix,
                     const char *name)
{
    pp_out_str(gr->out, prefix);
    if (*name) {
        size_t before = table->count;
        uint32_t id = pp_table_intern(table, name, strlen(name), false);
        gr->failed |= id == UINT32_MAX;
        pp_out_printf(gr->out, "(%u)", id);
        if (table->count > before) {
            pp_out_char(gr->out, ' ');
            pp_out_str(gr->out, name);
        }
    }
    pp_out_char(gr->out, '\n');
}

/* Relative to the previous node when that is shorter. */
static void put_address(struct grinder *gr, uint64_t address)
{
    char absolute[32], relative[32];
    int len = snprintf(absolute, sizeof(absolute), "0x%" PRIx64, address);
    if (gr->previous && gr->previous->address == address) {
        pp_out_char(gr->out, '*');
        return;
    }
    if (gr->previous && snprintf(relative, sizeof(relative), "%+" PRId64,
                                 (int64_t)(address - gr->previous->address)) < len) {
        pp_out_str(gr->out, relative);
        return;
    }
    pp_out_str(gr->out, absolute);
}

static int64_t cost(const struct pp_report *r, int64_t value)
{
    const char *unit;
    return pp_to_i64(pp_scale(value, r->sample_unit, r->output_unit, &unit));
}

/* --- functions of the same name --------------------------------------------------------------- */

static int note_function(struct grinder *gr, struct pp_table *namesakes, uint32_t node)
{
    const struct pp_node *n = &gr->r->graph.nodes[node];
    const struct pp_frame_info *i = &gr->r->graph.frames.infos[n->info];
    uint32_t shown_as[2] = { i->file, i->name };
    bool is_whole = i->address == 0 && i->line == 0; /* such a frame is a function by itself */
    uint64_t identity[5] = { n->parent, (uint64_t)i->objfile << 32 | i->file, i->name,
                             (uint64_t)i->start_line, is_whole ? (uint64_t)i->column : 0 };
    size_t before = gr->functions.count;
    uint32_t same = pp_table_intern(namesakes, (const char *)shown_as, sizeof(shown_as), false);
    uint32_t f = pp_table_intern(&gr->functions, (const char *)identity, sizeof(identity), false);
    if (same == UINT32_MAX || f == UINT32_MAX) {
        return PPROF_ERR_NOMEM;
    }
    gr->function_of[node] = f;
    if (gr->functions.count > before) {
        gr->name_of[f] = same;
        gr->index_of[f] = ++gr->namesakes[same];
    }
    return 0;
}

static int find_namesakes(struct grinder *gr)
{
    const struct pp_graph *g = &gr->r->graph;
    struct pp_arena *arena = &gr->r->arena;
    struct pp_table namesakes;
    size_t cap = g->shown_count + 2;
    gr->function_of = pp_arena_array(arena, g->node_count + 1, sizeof(uint32_t));
    gr->index_of = pp_arena_array(arena, cap, sizeof(uint32_t));
    gr->name_of = pp_arena_array(arena, cap, sizeof(uint32_t));
    gr->namesakes = pp_arena_array(arena, cap, sizeof(uint32_t));
    if (!gr->function_of || !gr->index_of || !gr->name_of || !gr->namesakes ||
        pp_table_init(&namesakes, arena)) {
        return PPROF_ERR_NOMEM;
    }
    for (size_t i = 0; i < g->shown_count; i++) {
        if (note_function(gr, &namesakes, g->shown[i])) {
            return PPROF_ERR_NOMEM;
        }
    }
    return 0;
}

static void put_callee(struct grinder *gr, uint32_t node)
{
    const struct pp_graph *g = &gr->r->graph;
    const struct pp_frame_info *i = &g->frames.infos[g->nodes[node].info];
    uint32_t f = gr->function_of[node], of = gr->namesakes[gr->name_of[f]];
    pp_buf_reset(&gr->callee);
    pp_buf_str(&gr->callee, "");
    if (g->nodes[node].is_shown) { /* google/pprof gives no name to a callee that it dropped */
        pp_buf_str(&gr->callee, pp_frame_text(&g->frames, i->name));
        if (of > 1) {
            pp_buf_printf(&gr->callee, " [%u/%u]", gr->index_of[f], of);
        }
    }
    gr->failed |= gr->callee.err != 0;
    put_name(gr, &gr->files, "cfl=", pp_frame_text(&g->frames, i->file));
    put_name(gr, &gr->names, "cfn=", gr->callee.data ? gr->callee.data : "");
}

/* --- blocks ----------------------------------------------------------------------------------- */

static int put_calls(struct grinder *gr, uint32_t node)
{
    struct pp_graph *g = &gr->r->graph;
    size_t count;
    const uint32_t *edges = pp_graph_edges_of(g, node, true, &count);
    for (size_t k = 0; edges && k < count; k++) {
        const struct pp_edge *e = &g->edges[edges[k]];
        const struct pp_frame_info *callee = &g->frames.infos[g->nodes[e->dst].info];
        put_callee(gr, e->dst);
        pp_out_str(gr->out, "calls=0 ");
        put_address(gr, callee->address);
        pp_out_printf(gr->out, " %" PRId64 "\n* * %" PRId64 "\n", callee->line,
                      cost(gr->r, e->weight));
    }
    return edges ? 0 : PPROF_ERR_NOMEM;
}

static int put_node(struct grinder *gr, uint32_t node)
{
    const struct pp_graph *g = &gr->r->graph;
    const struct pp_frame_info *i = &g->frames.infos[g->nodes[node].info], *p = gr->previous;
    if (!p || i->objfile != p->objfile || i->file != p->file || i->name != p->name) {
        pp_out_char(gr->out, '\n');
        put_name(gr, &gr->objfiles, "ob=", pp_frame_text(&g->frames, i->objfile));
        put_name(gr, &gr->files, "fl=", pp_frame_text(&g->frames, i->file));
        put_name(gr, &gr->names, "fn=", pp_frame_text(&g->frames, i->name));
    }
    put_address(gr, i->address);
    pp_out_printf(gr->out, " %" PRId64 " %" PRId64 "\n", i->line,
                  cost(gr->r, pp_node_flat(&g->nodes[node])));
    int err = put_calls(gr, node);
    gr->previous = i;
    return err;
}

int pp_print_callgrind(struct pp_report *r, struct pp_out *out, struct pprof_error *error)
{
    (void)error;
    struct grinder gr = { .r = r, .out = out };
    struct pp_arena *arena = &r->arena;
    pp_buf_init(&gr.callee, arena);
    r->request.config.nodefraction = r->request.config.edgefraction = 0;
    r->request.config.nodecount = 0;
    if (pp_report_graph(r, PP_EDGES_ALL) || pp_table_init(&gr.objfiles, arena) ||
        pp_table_init(&gr.files, arena) || pp_table_init(&gr.names, arena) ||
        pp_table_init(&gr.functions, arena) || find_namesakes(&gr)) {
        return PPROF_ERR_NOMEM;
    }
    pp_out_str(out, "positions: instr line\nevents: ");
    pp_out_str(out, r->sample_type);
    pp_out_char(out, '(');
    pp_out_str(out, r->output_unit);
    pp_out_str(out, ")\n");
    for (size_t i = 0; i < r->graph.shown_count; i++) {
        if (put_node(&gr, r->graph.shown[i])) {
            return PPROF_ERR_NOMEM;
        }
    }
    return gr.failed ? PPROF_ERR_NOMEM : 0;
}
