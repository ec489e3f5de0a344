/* The call graph as boxes and arrows with their words, sizes and colours, one after the other, for
 * the printers of pictures. Texts are written as Graphviz reads them between quotes.
 */
#ifndef PP_REPORT_SKETCH_H
#define PP_REPORT_SKETCH_H

#include "tool/report/report.h"

enum { PP_COLOR_CAP = 8 };

struct pp_sketch_box {
    const char *name, *id; /* what arrows call it; the XML id */
    const char *label, *tooltip;
    int font_size; /* points */
    bool is_tag;
    char color[PP_COLOR_CAP], fill[PP_COLOR_CAP]; /* "#rrggbb"; "" for a tag */
};

struct pp_sketch_arrow {
    const char *tail, *head; /* names of boxes that were handed over before */
    const char *label, *tooltip;
    int weight, pen_width, min_length; /* at least 1 */
    char color[PP_COLOR_CAP];          /* "": none */
    bool is_dotted;
};

/* Who takes them; texts are valid as long as the report. */
struct pp_sketch {
    void *ctx;
    void (*legend)(void *ctx, const struct pp_lines *lines); /* first; plain text */
    void (*box)(void *ctx, const struct pp_sketch_box *box);
    void (*arrow)(void *ctx, const struct pp_sketch_arrow *arrow);
};

/* Builds the report's graph and goes through it. 0 or PPROF_ERR_NOMEM. */
int pp_sketch_run(struct pp_report *report, const struct pp_sketch *sketch)
    __attribute__((warn_unused_result));

/* Backslash, quote and newline as Graphviz wants them; in the arena or the text itself. */
const char *pp_sketch_escape(struct pp_arena *arena, const char *text);

#endif
