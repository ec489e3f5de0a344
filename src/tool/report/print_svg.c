/* svg: the graph drawn by our own engine. */
#include "tool/report/picture.h"
#include "tool/report/sketch.h"

#include "base/err.h"

#include <string.h>

struct collector {
    struct pp_arena *arena;
    struct pp_table names; /* of boxes: number i + 1 is box i */
    const struct pp_lines *legend;
    struct pp_lines legend_copy;
    struct pp_picture_node *nodes;
    size_t node_count, node_cap;
    struct pp_picture_edge *edges;
    size_t edge_count, edge_cap;
    int err;
};

/* What Graphviz would show for a text between quotes: line ends, quotes and backslashes. */
static const char *unescape(struct collector *c, const char *text)
{
    struct pp_buf plain;
    pp_buf_init(&plain, c->arena);
    for (; *text; text++) {
        bool escaped = text[0] == '\\' && text[1];
        text += escaped;
        pp_buf_char(&plain, escaped && (*text == 'n' || *text == 'l') ? '\n' : *text);
    }
    c->err = plain.err ? plain.err : c->err;
    return plain.data && !plain.err ? plain.data : "";
}

static const char *color_copy(struct collector *c, const char *color)
{
    return *color ? pp_arena_strndup(c->arena, color, strlen(color)) : NULL;
}

static void take_legend(void *ctx, const struct pp_lines *lines)
{
    struct collector *c = ctx;
    c->legend_copy = *lines;
    c->legend = &c->legend_copy;
}

static void take_box(void *ctx, const struct pp_sketch_box *box)
{
    struct collector *c = ctx;
    if (pp_table_intern(&c->names, box->name, strlen(box->name), true) != c->node_count + 1 ||
        pp_arena_reserve(c->arena, &c->nodes, &c->node_cap, c->node_count, sizeof(*c->nodes))) {
        c->err = PPROF_ERR_NOMEM;
        return;
    }
    c->nodes[c->node_count++] = (struct pp_picture_node){
        .id = box->id,
        .label = unescape(c, box->label),
        .tooltip = unescape(c, box->tooltip),
        .font_size = box->font_size,
        .is_tag = box->is_tag,
        .color = color_copy(c, box->color),
        .fill = color_copy(c, box->fill),
    };
}

static void take_arrow(void *ctx, const struct pp_sketch_arrow *arrow)
{
    struct collector *c = ctx;
    uint32_t tail = pp_table_find(&c->names, arrow->tail, strlen(arrow->tail));
    uint32_t head = pp_table_find(&c->names, arrow->head, strlen(arrow->head));
    if (tail == UINT32_MAX || head == UINT32_MAX ||
        pp_arena_reserve(c->arena, &c->edges, &c->edge_cap, c->edge_count, sizeof(*c->edges))) {
        c->err = PPROF_ERR_NOMEM;
        return;
    }
    c->edges[c->edge_count++] = (struct pp_picture_edge){
        .tail = tail - 1,
        .head = head - 1,
        .label = unescape(c, arrow->label),
        .tooltip = unescape(c, arrow->tooltip),
        .weight = arrow->weight,
        .min_length = arrow->min_length,
        .pen_width = arrow->pen_width,
        .color = color_copy(c, arrow->color),
        .is_dotted = arrow->is_dotted,
    };
}

int pp_print_svg(struct pp_report *report, struct pp_out *out, struct pprof_error *error)
{
    struct collector c = { .arena = &report->arena };
    struct pp_sketch sketch = { &c, take_legend, take_box, take_arrow };
    if (pp_table_init(&c.names, c.arena) || pp_sketch_run(report, &sketch) || c.err) {
        return PPROF_ERR_NOMEM;
    }
    struct pp_picture picture = {
        .title = *report->title ? report->title : "unnamed",
        .legend = c.legend ? c.legend->items : NULL,
        .legend_count = c.legend ? c.legend->count : 0,
        .nodes = c.nodes,
        .node_count = c.node_count,
        .edges = c.edges,
        .edge_count = c.edge_count,
    };
    struct pp_buf text;
    pp_buf_init(&text, c.arena);
    int err = pp_svg_print(&picture, &text, error);
    if (!err) {
        pp_out_append(out, text.data, text.len);
    }
    return err;
}
