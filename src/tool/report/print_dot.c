/* dot: the graph as Graphviz reads it, to the byte as google/pprof writes it. */
#include "tool/report/sketch.h"

struct printer {
    struct pp_report *report;
    struct pp_out *out;
};

/* Text in pieces: names can be longer than a formatted piece of output. */
static void put_quoted(struct pp_out *out, const char *before, const char *text)
{
    pp_out_str(out, before);
    pp_out_char(out, '"');
    pp_out_str(out, text);
    pp_out_char(out, '"');
}

static void put_number(struct pp_out *out, const char *before, int64_t number)
{
    pp_out_str(out, before);
    pp_out_i64(out, number);
}

static void put_legend(void *ctx, const struct pp_lines *lines)
{
    struct printer *p = ctx;
    pp_out_str(p->out, "subgraph cluster_L { ");
    put_quoted(p->out, "", pp_sketch_escape(&p->report->arena, lines->items[0]));
    pp_out_str(p->out, " [shape=box fontsize=16 label=\"");
    for (size_t i = 0; i < lines->count; i++) {
        pp_out_str(p->out, pp_sketch_escape(&p->report->arena, lines->items[i]));
        pp_out_str(p->out, "\\l");
    }
    pp_out_char(p->out, '"');
    if (*p->report->title) {
        put_quoted(p->out, " tooltip=", p->report->title);
    }
    pp_out_str(p->out, "] }\n");
}

static void put_box(void *ctx, const struct pp_sketch_box *box)
{
    struct pp_out *out = ((struct printer *)ctx)->out;
    pp_out_str(out, box->name);
    put_quoted(out, box->is_tag ? " [label = " : " [label=", box->label);
    put_quoted(out, " id=", box->id);
    put_number(out, " fontsize=", box->font_size);
    pp_out_str(out, box->is_tag ? " shape=box3d" : " shape=box");
    put_quoted(out, " tooltip=", box->tooltip);
    if (!box->is_tag) {
        put_quoted(out, " color=", box->color);
        put_quoted(out, " fillcolor=", box->fill);
    }
    pp_out_str(out, "]\n");
}

static void put_arrow(void *ctx, const struct pp_sketch_arrow *arrow)
{
    struct pp_out *out = ((struct printer *)ctx)->out;
    pp_out_str(out, arrow->tail);
    pp_out_str(out, " -> ");
    pp_out_str(out, arrow->head);
    put_quoted(out, " [label=", arrow->label);
    if (arrow->weight > 1) {
        put_number(out, " weight=", arrow->weight);
    }
    if (arrow->pen_width > 1) {
        put_number(out, " penwidth=", arrow->pen_width);
    }
    if (*arrow->color) {
        put_quoted(out, " color=", arrow->color);
    }
    put_quoted(out, " tooltip=", arrow->tooltip);
    put_quoted(out, " labeltooltip=", arrow->tooltip);
    pp_out_str(out, arrow->is_dotted ? " style=\"dotted\"" : "");
    pp_out_str(out, arrow->min_length > 1 ? " minlen=2]\n" : "]\n");
}

int pp_print_dot(struct pp_report *report, struct pp_out *out, struct pprof_error *error)
{
    (void)error;
    struct printer printer = { report, out };
    struct pp_sketch sketch = { &printer, put_legend, put_box, put_arrow };
    put_quoted(out, "digraph ", *report->title ? report->title : "unnamed");
    pp_out_str(out, " {\nnode [style=filled fillcolor=\"#f8f8f8\"]\n");
    int err = pp_sketch_run(report, &sketch);
    pp_out_str(out, "}\n");
    return err;
}
