/* The graph's data: our own drawing as SVG, and its boxes and arrows as words for the table. */
#include "tool/web/room.h"

#include "base/err.h"
#include "tool/report/sketch.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { NODES = 80 };

static void adjust(struct pp_config *config)
{
    if (config->nodecount == -1) {
        config->nodecount = NODES;
    }
    if (!config->trim) {
        config->nodecount = 0;
        config->nodefraction = 0;
        config->edgefraction = 0;
    }
}

/* The drawing as a JSON text, through a memory file: printers write to descriptors. */
static int put_drawing(struct pp_json *j, struct pp_report *report, struct pprof_error *error)
{
    struct pp_out *out = malloc(sizeof(*out));
    int fd = memfd_create("graph", MFD_CLOEXEC);
    int r = out && fd >= 0 ? 0 : PPROF_ERR_NOMEM;
    if (!r) {
        pp_out_init(out, fd);
        r = pp_report_print(report, out, error);
        r = r ? r : pp_out_finish(out, error);
    }
    off_t len = r ? 0 : lseek(fd, 0, SEEK_END);
    char *text = r ? NULL : mmap(NULL, (size_t)len + 1, PROT_READ, MAP_PRIVATE, fd, 0);
    if (!r && text == MAP_FAILED) {
        r = PPROF_ERR_NOMEM;
    } else if (!r) {
        pp_json_text_n(j, text, (size_t)len);
        (void)munmap(text, (size_t)len + 1);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    free(out);
    return r;
}

/* By box "nodeN" of the drawing: [name, function, file, flat, cum, texts]. */
static void put_nodes(struct pp_web_ask *call, struct pp_report *r)
{
    struct pp_json *j = &call->json;
    struct pp_graph *g = &r->graph;
    for (size_t i = 0; i < g->shown_count; i++) {
        const struct pp_node *n = &g->nodes[g->shown[i]];
        const struct pp_frame_info *info = &g->frames.infos[n->info];
        pp_json_open(j, '[');
        pp_json_text(j, pp_node_name(g, g->shown[i]));
        pp_json_text(j, pp_frame_text(&g->frames, info->name));
        pp_json_text(j, pp_frame_text(&g->frames, info->file));
        pp_json_int(j, pp_node_flat(n));
        pp_json_int(j, pp_node_cum(n));
        pp_web_value(call, r, pp_node_flat(n));
        pp_web_value(call, r, pp_node_cum(n));
        pp_json_close(j, ']');
    }
}

static uint32_t *number_nodes(const struct pp_graph *g)
{
    uint32_t *number = pp_arena_array(g->arena, g->node_count + 1, sizeof(*number));
    for (size_t i = 0; number && i < g->shown_count; i++) {
        number[g->shown[i]] = (uint32_t)i;
    }
    return number;
}

/* [from, to, weight, text, inlined, residual] with numbers of nodes. */
static int put_edges(struct pp_web_ask *call, struct pp_report *r)
{
    struct pp_json *j = &call->json;
    const struct pp_graph *g = &r->graph;
    const uint32_t *number = number_nodes(g);
    for (size_t i = 0; number && i < g->edge_count; i++) {
        const struct pp_edge *e = &g->edges[i];
        if (e->is_gone || !g->nodes[e->src].is_shown || !g->nodes[e->dst].is_shown) {
            continue;
        }
        pp_json_open(j, '[');
        pp_json_int(j, number[e->src]);
        pp_json_int(j, number[e->dst]);
        pp_json_int(j, e->weight);
        pp_web_value(call, r, e->weight);
        pp_json_bool(j, e->is_inline);
        pp_json_bool(j, e->is_residual);
        pp_json_close(j, ']');
    }
    return number ? 0 : PPROF_ERR_NOMEM;
}

static int fill(struct pp_web_ask *call, struct pp_report *r, struct pprof_error *error)
{
    struct pp_json *j = &call->json;
    pp_json_open(j, '{');
    pp_json_key(j, "svg");
    int err = put_drawing(j, r, error);
    if (err) {
        return err;
    }
    pp_json_key(j, "nodes");
    pp_json_open(j, '[');
    put_nodes(call, r);
    pp_json_close(j, ']');
    pp_json_key(j, "edges");
    pp_json_open(j, '[');
    err = put_edges(call, r);
    pp_json_close(j, ']');
    pp_json_close(j, '}');
    return err;
}

int pp_web_graph(struct pp_web_ask *call, struct pprof_error *error)
{
    static const struct pp_web_report how = { PP_FORMAT_SVG, false, adjust, fill };
    return pp_web_report(call, &how, error);
}
