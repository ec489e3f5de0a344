/* Drawing a picture as SVG: text is measured with Times' published character widths, boxes get
 * Graphviz's margins, the layout engine places them, and a short script of ours lets the page pan
 * and zoom. */
#include "base/err.h"
#include "tool/report/layout.h"
#include "tool/report/picture.h"

#include <math.h>
#include <string.h>

enum { MARGIN_X = 8, MARGIN_Y = 4, EDGE_FONT = 14, DEFAULT_FONT = 14, LEGEND_FONT = 16, PAGE = 8 };
enum { NODE_SEP = 18, RANK_SEP = 36 };

/* Widths of the printable ASCII characters of Times-Roman, in thousandths of the font size (Adobe's
 * font metrics). */
static const uint16_t times_widths[95] = {
    250, 333, 408, 500, 500, 833, 778, 180, 333, 333, 500, 564, 250, 333, 250, 278, 500, 500, 500,
    500, 500, 500, 500, 500, 500, 500, 278, 278, 564, 564, 564, 444, 921, 722, 667, 667, 722, 611,
    556, 722, 722, 333, 389, 722, 611, 889, 722, 722, 556, 722, 667, 556, 611, 722, 722, 944, 722,
    722, 611, 333, 278, 333, 469, 500, 333, 444, 500, 444, 500, 444, 333, 500, 500, 278, 278, 500,
    278, 778, 500, 500, 500, 500, 333, 389, 278, 500, 500, 722, 500, 500, 444, 480, 200, 480, 541,
};

static double text_width(const char *text, size_t len, double font_size)
{
    double width = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= 32 && c < 127) {
            width += times_widths[c - 32];
        } else if (c >= 0xc0 || c < 32) {
            width += 600; /* first byte of another character; the rest count nothing */
        }
    }
    return width * font_size / 1000;
}

/* Calls visit for each line of text joined by \n. */
static size_t next_line(const char *text)
{
    return strcspn(text, "\n");
}

struct size {
    double width, height;
};

static struct size measure(const char *text, double font_size)
{
    struct size size = { 0, 0 };
    for (const char *at = text;; at++) {
        size_t len = next_line(at);
        size.width = fmax(size.width, text_width(at, len, font_size));
        size.height += font_size * 1.2;
        at += len;
        if (!*at) {
            return size;
        }
    }
}

/* ---- writing --------------------------------------------------------------------------------- */

static void put_number(struct pp_buf *out, double value)
{
    /* Two decimals are below what an eye or a printer tells apart. */
    int64_t hundredths = (int64_t)llround(value * 100);
    if (hundredths < 0) {
        pp_buf_char(out, '-');
        hundredths = -hundredths;
    }
    pp_buf_i64(out, hundredths / 100);
    if (hundredths % 100) {
        pp_buf_char(out, '.');
        pp_buf_char(out, (char)('0' + hundredths / 10 % 10));
        if (hundredths % 10) {
            pp_buf_char(out, (char)('0' + hundredths % 10));
        }
    }
}

static void put_attribute(struct pp_buf *out, const char *name, double value)
{
    pp_buf_char(out, ' ');
    pp_buf_str(out, name);
    pp_buf_str(out, "=\"");
    put_number(out, value);
    pp_buf_char(out, '"');
}

/* XML text: markup escaped, control characters (which XML forbids) shown as question marks. */
static void put_escaped(struct pp_buf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        switch (c) {
        case '&':
            pp_buf_str(out, "&amp;");
            break;
        case '<':
            pp_buf_str(out, "&lt;");
            break;
        case '>':
            pp_buf_str(out, "&gt;");
            break;
        case '"':
            pp_buf_str(out, "&quot;");
            break;
        default:
            pp_buf_char(out, c >= 32 || c == '\t' || c == '\n' ? (char)c : '?');
        }
    }
}

static void put_title(struct pp_buf *out, const char *text)
{
    pp_buf_str(out, "<title>");
    put_escaped(out, text, strlen(text));
    pp_buf_str(out, "</title>\n");
}

/* Lines one below the other, the block centred on (x, y); or from the left edge x when anchor is
 * "start". */
static void put_lines(struct pp_buf *out, const char *text, double x, double y, double font_size,
                      const char *anchor)
{
    double at_y = y - measure(text, font_size).height / 2 + font_size * 0.9;
    for (const char *at = text;; at++) {
        size_t len = next_line(at);
        pp_buf_printf(out, "<text text-anchor=\"%s\"", anchor);
        put_attribute(out, "x", x);
        put_attribute(out, "y", at_y);
        put_attribute(out, "font-size", font_size);
        /* Whatever font stands in for Times, the text fills the room that was measured for it. */
        put_attribute(out, "textLength", text_width(at, len, font_size));
        pp_buf_str(out, " lengthAdjust=\"spacingAndGlyphs\">");
        put_escaped(out, at, len);
        pp_buf_str(out, "</text>\n");
        at_y += font_size * 1.2;
        at += len;
        if (!*at) {
            return;
        }
    }
}

static void put_box(struct pp_buf *out, double x, double y, struct size size, const char *fill,
                    const char *color)
{
    pp_buf_str(out, "<rect");
    put_attribute(out, "x", x - size.width / 2);
    put_attribute(out, "y", y - size.height / 2);
    put_attribute(out, "width", size.width);
    put_attribute(out, "height", size.height);
    pp_buf_printf(out, " fill=\"%s\" stroke=\"%s\"/>\n", fill, color);
}

/* The upper and right side of a tag's box. */
static void put_depth(struct pp_buf *out, double x, double y, struct size size)
{
    enum { DEPTH = 4 };
    double left = x - size.width / 2, right = x + size.width / 2;
    double top = y - size.height / 2, bottom = y + size.height / 2;
    pp_buf_printf(out,
                  "<path fill=\"#f8f8f8\" stroke=\"black\" d=\"M%.1f %.1fl%d -%dH%.1fl-%d %dzM%.1f "
                  "%.1fl%d -%dV%.1fl-%d %dz\"/>\n",
                  left, top, DEPTH, DEPTH, right + DEPTH, DEPTH, DEPTH, right, top, DEPTH, DEPTH,
                  bottom - DEPTH, DEPTH, DEPTH);
}

static void put_node(struct pp_buf *out, const struct pp_picture_node *node,
                     const struct pp_layout_node *place)
{
    struct size size = { place->width, place->height };
    pp_buf_str(out, "<g class=\"node\" id=\"");
    put_escaped(out, node->id, strlen(node->id));
    pp_buf_str(out, "\">");
    put_title(out, node->tooltip);
    put_box(out, place->x, place->y, size, node->fill ? node->fill : "#f8f8f8",
            node->color ? node->color : "black");
    if (node->is_tag) {
        put_depth(out, place->x, place->y, size);
    }
    put_lines(out, node->label, place->x, place->y, node->font_size, "middle");
    pp_buf_str(out, "</g>\n");
}

/* A head of 10 by 7 points at the curve's end, in the direction of its last piece. */
static void put_arrow_head(struct pp_buf *out, const struct pp_point *p, size_t n, double pen_width,
                           const char *color)
{
    struct pp_point tip = p[n - 1], before = p[n - 2];
    double dx = tip.x - before.x, dy = tip.y - before.y, length = hypot(dx, dy);
    if (length < 0.01) {
        dx = 0;
        dy = length = 1;
    }
    double ux = dx / length, uy = dy / length, long_side = 9 + pen_width, half = 3 + pen_width / 2;
    pp_buf_printf(out,
                  "<polygon fill=\"%s\" stroke=\"%s\" points=\"%.1f,%.1f %.1f,%.1f %.1f,%.1f\"/>\n",
                  color, color, tip.x, tip.y, tip.x - ux * long_side - uy * half,
                  tip.y - uy * long_side + ux * half, tip.x - ux * long_side + uy * half,
                  tip.y - uy * long_side - ux * half);
}

static void put_edge(struct pp_buf *out, const struct pp_picture_edge *edge,
                     const struct pp_layout_edge *place)
{
    const char *color = edge->color ? edge->color : "black";
    pp_buf_str(out, "<g class=\"edge\">");
    put_title(out, edge->tooltip);
    pp_buf_str(out, "<path fill=\"none\" d=\"M");
    for (size_t i = 0; i < place->point_count; i++) {
        pp_buf_str(out, i == 1 ? "C" : i ? " " : "");
        put_number(out, place->points[i].x);
        pp_buf_char(out, ' ');
        put_number(out, place->points[i].y);
    }
    pp_buf_printf(out, "\" stroke=\"%s\"", color);
    put_attribute(out, "stroke-width", edge->pen_width);
    pp_buf_str(out, edge->is_dotted ? " stroke-dasharray=\"1,5\"/>\n" : "/>\n");
    put_arrow_head(out, place->points, place->point_count, edge->pen_width, color);
    if (edge->label[0]) {
        put_lines(out, edge->label, place->label.x, place->label.y, EDGE_FONT, "middle");
    }
    pp_buf_str(out, "</g>\n");
}

/* Drag to pan, wheel or pinch pad to zoom at the pointer, double click to see all again. */
static const char script[] =
    "<script><![CDATA[\n"
    "(function(){var s=document.documentElement,all=s.getAttribute('viewBox'),from=null;\n"
    "function box(){return s.getAttribute('viewBox').split(' ').map(Number)}\n"
    "function put(b){s.setAttribute('viewBox',b.join(' '))}\n"
    "function scale(){var m=s.getScreenCTM();return 1/m.a}\n"
    "s.addEventListener('pointerdown',function(e){from={x:e.clientX,y:e.clientY,b:box()};s."
    "setPointerCapture(e.pointerId)});\n"
    "s.addEventListener('pointermove',function(e){if(!from)return;var k=scale();\n"
    " put([from.b[0]-(e.clientX-from.x)*k,from.b[1]-(e.clientY-from.y)*k,from.b[2],from.b[3]])});\n"
    "s.addEventListener('pointerup',function(){from=null});\n"
    "s.addEventListener('wheel',function(e){e.preventDefault();var "
    "f=e.deltaY>0?1.1:1/1.1,b=box(),\n"
    " p=s.createSVGPoint();p.x=e.clientX;p.y=e.clientY;p=p.matrixTransform(s.getScreenCTM()."
    "inverse());\n"
    " put([p.x-(p.x-b[0])*f,p.y-(p.y-b[1])*f,b[2]*f,b[3]*f])},{passive:false});\n"
    "s.addEventListener('dblclick',function(){s.setAttribute('viewBox',all)});})();\n"
    "]]></script>\n";

/* ---- layout ---------------------------------------------------------------------------------- */

static int lay_out(struct pp_arena *arena, const struct pp_picture *picture,
                   struct pp_layout *layout, struct pprof_error *error)
{
    *layout = (struct pp_layout){
        .node_count = picture->node_count,
        .edge_count = picture->edge_count,
        .node_sep = NODE_SEP,
        .rank_sep = RANK_SEP,
    };
    layout->nodes = pp_arena_array(arena, picture->node_count + 1, sizeof(*layout->nodes));
    layout->edges = pp_arena_array(arena, picture->edge_count + 1, sizeof(*layout->edges));
    if (!layout->nodes || !layout->edges) {
        return pp_err_set(error, PPROF_ERR_NOMEM, "out of memory while drawing the graph");
    }
    for (size_t v = 0; v < picture->node_count; v++) {
        struct size size = measure(picture->nodes[v].label, picture->nodes[v].font_size);
        layout->nodes[v].width = fmax(size.width + 2 * MARGIN_X, 54);
        layout->nodes[v].height =
            fmax(size.height + 2 * MARGIN_Y, picture->nodes[v].is_tag ? 20 : 36);
    }
    for (size_t e = 0; e < picture->edge_count; e++) {
        const struct pp_picture_edge *edge = &picture->edges[e];
        struct size label =
            edge->label[0] ? measure(edge->label, EDGE_FONT) : (struct size){ 0, 0 };
        layout->edges[e] = (struct pp_layout_edge){
            .tail = edge->tail,
            .head = edge->head,
            .weight = edge->weight,
            .min_length = edge->min_length,
            .label_width = label.width,
            .label_height = label.height,
        };
    }
    return pp_layout_run(arena, layout, error);
}

static struct size legend_size(const struct pp_picture *picture)
{
    struct size size = { 0, 2 * MARGIN_Y };
    for (size_t i = 0; i < picture->legend_count; i++) {
        struct size line = measure(picture->legend[i], LEGEND_FONT); /* it may be several */
        size.width = fmax(size.width, line.width);
        size.height += line.height;
    }
    size.width += 2 * MARGIN_X;
    return size;
}

static void put_legend(struct pp_buf *out, const struct pp_picture *picture, struct size size)
{
    pp_buf_str(out, "<g id=\"legend\">");
    put_title(out, picture->title);
    put_box(out, size.width / 2, size.height / 2, size, "#f8f8f8", "black");
    double y = MARGIN_Y;
    for (size_t i = 0; i < picture->legend_count; i++) {
        double height = measure(picture->legend[i], LEGEND_FONT).height;
        put_lines(out, picture->legend[i], MARGIN_X, y + height / 2, LEGEND_FONT, "start");
        y += height;
    }
    pp_buf_str(out, "</g>\n");
}

static void put_graph(struct pp_buf *out, const struct pp_picture *picture,
                      const struct pp_layout *layout)
{
    for (size_t e = 0; e < picture->edge_count; e++) {
        put_edge(out, &picture->edges[e], &layout->edges[e]);
    }
    for (size_t v = 0; v < picture->node_count; v++) {
        put_node(out, &picture->nodes[v], &layout->nodes[v]);
    }
}

int pp_svg_print(const struct pp_picture *picture, struct pp_buf *out, struct pprof_error *error)
{
    struct pp_layout layout;
    int err = lay_out(out->arena, picture, &layout, error);
    if (err) {
        return err;
    }
    struct size legend = picture->legend_count ? legend_size(picture) : (struct size){ 0, 0 };
    double gap = picture->legend_count ? 2 * NODE_SEP : 0;
    double width = fmax(layout.width, legend.width) + 2 * PAGE;
    double height = layout.height + legend.height + gap + 2 * PAGE;
    pp_buf_printf(out,
                  "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n"
                  "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"100%%\" height=\"100%%\" "
                  "viewBox=\"0 0 %.0f %.0f\" font-family=\"Times,serif\">\n",
                  ceil(width), ceil(height));
    put_title(out, picture->title);
    pp_buf_printf(out, "<rect x=\"-10000%%\" y=\"-10000%%\" width=\"20100%%\" height=\"20100%%\" "
                       "fill=\"white\"/>\n<g transform=\"translate(%d,%d)\">\n", PAGE, PAGE);
    if (picture->legend_count) {
        put_legend(out, picture, legend);
    }
    pp_buf_printf(out, "<g id=\"graph0\" transform=\"translate(0,%.0f)\">\n", legend.height + gap);
    put_graph(out, picture, &layout);
    pp_buf_str(out, "</g>\n</g>\n");
    pp_buf_str(out, script);
    pp_buf_str(out, "</svg>\n");
    return out->err ? pp_err_set(error, out->err, "out of memory while drawing the graph") : 0;
}
