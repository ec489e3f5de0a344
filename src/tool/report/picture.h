/* A call graph ready to be drawn: boxes and arrows with their words, sizes and colours, and no
 * idea of profiles. The dot printer writes it as text; the svg printer lays it out and draws it.
 */
#ifndef PP_REPORT_PICTURE_H
#define PP_REPORT_PICTURE_H

#include "base/buf.h"
#include "pprof/error.h"

#include <stdbool.h>
#include <stdint.h>

struct pp_picture_node {
    const char *id;      /* "node1", "NN1_0": the XML id */
    const char *label;   /* lines joined by \n */
    const char *tooltip;
    double font_size;    /* points */
    bool is_tag;         /* drawn as a three-dimensional box */
    const char *color;   /* of the border, "#rrggbb"; NULL: black */
    const char *fill;    /* "#rrggbb"; NULL: the default light grey */
};

struct pp_picture_edge {
    uint32_t tail, head; /* indices into nodes */
    const char *label;   /* lines joined by \n; "" for none */
    const char *tooltip;
    int weight, min_length; /* as dot understands them; at least 1 */
    double pen_width;       /* at least 1 */
    const char *color;      /* NULL: black */
    bool is_dotted;
};

struct pp_picture {
    const char *title;
    const char *const *legend; /* lines of the box in the corner */
    size_t legend_count;
    const struct pp_picture_node *nodes;
    size_t node_count;
    const struct pp_picture_edge *edges;
    size_t edge_count;
};

/* Appends a complete SVG document that pans and zooms in a browser on its own. Errors:
 * PPROF_ERR_NOMEM, PPROF_ERR_LIMIT (too large to draw). */
int pp_svg_print(const struct pp_picture *picture, struct pp_buf *out, struct pprof_error *error)
    __attribute__((warn_unused_result));

#endif
