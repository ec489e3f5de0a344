/* What a picture of the graph shows: google/pprof's words, sizes and colours. */
#include "tool/report/sketch.h"

#include "tool/report/paths.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TAGS = 4 }; /* boxes for tags beside a node */

struct drawer {
    struct pp_report *r;
    const struct pp_sketch *sketch;
    uint32_t *ids;   /* by node; 0: not in the picture */
    bool *has_tags;  /* by node */
    double max_flat;
    int err;
};

/* Replaces each `from` by `to`; in the arena, or the text itself when there is none. */
static const char *replace(struct pp_arena *arena, const char *text, const char *from,
                           const char *to)
{
    const char *hit = strstr(text, from);
    struct pp_buf out;
    if (!hit) {
        return text;
    }
    pp_buf_init(&out, arena);
    for (; hit; hit = strstr(text, from)) {
        pp_buf_append(&out, text, (size_t)(hit - text));
        pp_buf_str(&out, to);
        text = hit + strlen(from);
    }
    pp_buf_str(&out, text);
    return out.err ? "" : out.data;
}

const char *pp_sketch_escape(struct pp_arena *arena, const char *text)
{
    text = replace(arena, text, "\\", "\\\\");
    text = replace(arena, text, "\"", "\\\"");
    return replace(arena, text, "\n", "\\l");
}

static const char *format(struct drawer *d, const char *form, ...)
    __attribute__((format(printf, 2, 3)));

static const char *format(struct drawer *d, const char *form, ...)
{
    struct pp_buf text;
    va_list args;
    pp_buf_init(&text, &d->r->arena);
    va_start(args, form);
    pp_buf_vprintf(&text, form, args);
    va_end(args);
    if (text.err || !text.data) {
        d->err = text.err;
        return "";
    }
    return text.data;
}

static const char *value_text(struct drawer *d, int64_t value, char out[PP_LABEL_CAP])
{
    return pp_report_value(d->r, value, out);
}

/* --- colours ---------------------------------------------------------------------------------- */

/* Red for weight, green for its absence, grey for little of either. */
static void set_color(char out[PP_COLOR_CAP], double score, bool background)
{
    double saturation = background ? 0.1 : 1.0, value = background ? 0.93 : 0.7;
    score = score < -1 ? -1 : score > 1 ? 1 : score;
    if (fabs(score) < 0.2) {
        saturation *= fabs(score) / 0.2;
    }
    score = score > 0 ? pow(score, 1.0 - 0.7) : score < 0 ? -pow(-score, 1.0 - 0.7) : score;
    double r = score < 0 ? value * (1 + saturation * score) : value;
    double g = score < 0 ? value : value * (1 - saturation * score);
    double b = value * (1 - saturation);
    (void)snprintf(out, PP_COLOR_CAP, "#%02x%02x%02x", (unsigned)(uint8_t)(r * 255.0),
                   (unsigned)(uint8_t)(g * 255.0), (unsigned)(uint8_t)(b * 255.0));
}

static double score_of(const struct drawer *d, int64_t value)
{
    return (double)value / (double)pp_abs(d->r->total);
}

/* --- nodes ------------------------------------------------------------------------------------ */

static const char *box_name(struct drawer *d, uint32_t node)
{
    struct pp_frames *f = &d->r->graph.frames;
    struct pp_arena *arena = &d->r->arena;
    uint32_t info = d->r->graph.nodes[node].info;
    const char *name = pp_shorten_name(arena, pp_frame_text(f, f->infos[info].name));
    name = replace(arena, pp_sketch_escape(arena, name), "::", "\\n");
    name = replace(arena, name, "[...]", "[…]");
    name = replace(arena, name, ".", "\\n");
    const char *file = pp_frame_text(f, f->infos[info].file);
    return pp_frame_join(f, info, "\\n", name, *file ? pp_path_base(arena, file) : NULL);
}

static int font_size(const struct drawer *d, int64_t flat)
{
    double size = (double)pp_magnitude(flat);
    if (d->max_flat == 0 || flat == 0 || size > d->max_flat) {
        return 8;
    }
    return 8 + (int)ceil(16.0 * sqrt(size / d->max_flat));
}

/* The node's own weight, and all that goes through it when that differs. */
static const char *weight_words(struct drawer *d, int64_t flat, int64_t cum, const char *cum_text)
{
    char flat_text[PP_LABEL_CAP], flat_percent[PP_PERCENT_CAP], cum_percent[PP_PERCENT_CAP];
    const char *own = "0";
    if (flat) {
        own = format(d, "%s (%s)", value_text(d, flat, flat_text),
                     pp_percentage_bare(flat, d->r->total, flat_percent));
    }
    return cum == flat ? own
                       : format(d, "%s%sof %s (%s)", own, flat ? "\\n" : " ", cum_text,
                                pp_percentage_bare(cum, d->r->total, cum_percent));
}

static void put_node(struct drawer *d, uint32_t node)
{
    const struct pp_node *n = &d->r->graph.nodes[node];
    int64_t flat = pp_node_flat(n), cum = pp_node_cum(n);
    char cum_text[PP_LABEL_CAP];
    value_text(d, cum, cum_text);
    struct pp_sketch_box box = {
        .name = format(d, "N%u", d->ids[node]),
        .id = format(d, "node%u", d->ids[node]),
        .label = format(d, "%s\\n%s", box_name(d, node), weight_words(d, flat, cum, cum_text)),
        .tooltip = format(d, "%s (%s)",
                          pp_sketch_escape(&d->r->arena, pp_node_name(&d->r->graph, node)),
                          cum_text),
        .font_size = font_size(d, flat),
    };
    set_color(box.color, score_of(d, cum), false);
    set_color(box.fill, score_of(d, cum), true);
    d->sketch->box(d->sketch->ctx, &box);
}

/* --- tags ------------------------------------------------------------------------------------- */

static const char *tag_name(const struct pp_graph *g, const struct pp_tag *t)
{
    return g->tag_texts.items[t->name == UINT32_MAX ? t->labels : t->name].ptr;
}

struct tag_box {
    const char *name;
    int64_t flat, cum;             /* raw, for sorting */
    int64_t flat_value, cum_value; /* divided, for show */
    const struct pp_tag *tag;      /* NULL: a group */
};

static struct tag_box box_of(const struct pp_graph *g, const struct pp_tag *t)
{
    return (struct tag_box){ tag_name(g, t), t->flat, t->cum, pp_divided(t->flat, t->flat_div),
                             pp_divided(t->cum, t->cum_div), t };
}

static int compare_boxes(const void *a, const void *b, void *flat_only)
{
    const struct tag_box *x = a, *y = b;
    if (!*(bool *)flat_only && x->cum != y->cum && pp_abs(x->cum) != pp_abs(y->cum)) {
        return pp_abs(x->cum) > pp_abs(y->cum) ? -1 : 1;
    }
    if (x->flat != y->flat && pp_abs(x->flat) != pp_abs(y->flat)) {
        return pp_abs(x->flat) > pp_abs(y->flat) ? -1 : 1;
    }
    return strcmp(x->name, y->name);
}

/* The node's tags of one kind, sorted: its label sets (numeric false), or the numbers of one
 * set. */
static struct tag_box *collect(struct drawer *d, uint32_t node, bool numeric, uint32_t labels,
                               bool flat_only, size_t *count)
{
    const struct pp_graph *g = &d->r->graph;
    size_t n = 0;
    for (uint32_t i = g->nodes[node].tags; i != UINT32_MAX; i = g->tags[i].next) {
        n++;
    }
    struct tag_box *boxes = pp_arena_array(&d->r->arena, n + 1, sizeof(*boxes));
    *count = 0;
    for (uint32_t i = g->nodes[node].tags; boxes && i != UINT32_MAX; i = g->tags[i].next) {
        const struct pp_tag *t = &g->tags[i];
        bool fits = (t->name != UINT32_MAX) == numeric && (!numeric || t->labels == labels);
        if (fits && !t->is_gone) {
            boxes[(*count)++] = box_of(g, t);
        }
    }
    if (boxes) {
        qsort_r(boxes, *count, sizeof(*boxes), compare_boxes, &flat_only);
    }
    return boxes;
}

static double distance(const struct pp_tag *t, const struct pp_tag *u)
{
    const char *unit;
    return fabs(pp_scale(u->value, u->unit, t->unit, &unit) - (double)t->value);
}

/* A range of numbers as one box: the box at `first` and those whose group is the same. */
static struct tag_box group_box(struct drawer *d, const struct tag_box *boxes, const size_t *groups,
                                size_t count, size_t first)
{
    const struct pp_tag *low = boxes[first].tag, *high = low;
    int64_t flat = 0, cum = 0, flat_div = 0, cum_div = 0;
    size_t members = 0;
    const char *unit;
    for (size_t i = first; i < count; i++) {
        const struct pp_tag *t = boxes[i].tag;
        if (groups[i] != first) {
            continue;
        }
        members++;
        low = pp_to_i64(pp_scale(t->value, t->unit, low->unit, &unit)) < low->value ? t : low;
        high = pp_to_i64(pp_scale(t->value, t->unit, high->unit, &unit)) > high->value ? t : high;
        flat += t->flat;
        cum += t->cum;
        flat_div += t->flat_div;
        cum_div += t->cum_div;
    }
    char from[PP_LABEL_CAP], to[PP_LABEL_CAP];
    struct pp_buf name;
    pp_buf_init(&name, &d->r->arena);
    pp_buf_str(&name, pp_scaled_label(low->value, low->unit, "auto", from));
    if (members > 1) {
        pp_buf_printf(&name, "..%s", pp_scaled_label(high->value, high->unit, "auto", to));
    }
    flat = pp_divided(flat, flat_div);
    cum = pp_divided(cum, cum_div);
    return (struct tag_box){ name.data ? name.data : "", flat, cum, flat, cum, NULL };
}

/* More than four numbers become four ranges around the heaviest ones. */
static size_t collapse(struct drawer *d, struct tag_box *boxes, size_t count, bool flat_only)
{
    size_t *groups = pp_arena_array(&d->r->arena, count + 1, sizeof(*groups));
    struct tag_box collapsed[MAX_TAGS];
    if (count <= MAX_TAGS || !groups) {
        return count;
    }
    for (size_t i = 0; i < count; i++) {
        groups[i] = i < MAX_TAGS ? i : 0;
        for (size_t k = 1; i >= MAX_TAGS && k < MAX_TAGS; k++) {
            const struct pp_tag *nearest = boxes[groups[i]].tag;
            if (distance(boxes[i].tag, boxes[k].tag) < distance(boxes[i].tag, nearest)) {
                groups[i] = k;
            }
        }
    }
    for (size_t k = 0; k < MAX_TAGS; k++) {
        collapsed[k] = group_box(d, boxes, groups, count, k);
    }
    memcpy(boxes, collapsed, sizeof(collapsed));
    qsort_r(boxes, MAX_TAGS, sizeof(*boxes), compare_boxes, &flat_only);
    return MAX_TAGS;
}

/* A tag's text in a label. google/pprof puts it there as it is, and so do we as long as dot can read
 * that; a quotation mark or a last backslash would break the file. */
static const char *tag_label(struct drawer *d, const char *text)
{
    struct pp_buf out;
    if (!strpbrk(text, "\"\\")) {
        return text;
    }
    pp_buf_init(&out, &d->r->arena);
    for (; *text; text++) {
        bool escapes = *text == '\\' && text[1] && text[1] != '"';
        if (escapes) {
            pp_buf_append(&out, text++, 2);
        } else {
            pp_buf_str(&out, *text == '"' || *text == '\\' ? "\\" : "");
            pp_buf_char(&out, *text);
        }
    }
    d->err = out.err ? out.err : d->err;
    return out.err ? "" : out.data;
}

static void put_tag_box(struct drawer *d, const char *source, const char *id, const char *name,
                        int64_t weight, bool is_dotted)
{
    char text[PP_LABEL_CAP];
    const char *tooltip = format(d, "%s", value_text(d, weight, text));
    const char *own = format(d, "%s", id);
    struct pp_sketch_box box = { .name = own, .id = own, .label = tag_label(d, name),
                                 .tooltip = tooltip,
                                 .font_size = 8, .is_tag = true };
    struct pp_sketch_arrow arrow = { .tail = format(d, "%s", source), .head = own,
                                     .label = format(d, " %s", tooltip), .tooltip = tooltip,
                                     .weight = 100, .pen_width = 1, .min_length = 1,
                                     .is_dotted = is_dotted };
    d->sketch->box(d->sketch->ctx, &box);
    d->sketch->arrow(d->sketch->ctx, &arrow);
}

/* The numbers of one label set, hanging from `source`; true when any was shown. */
static bool put_numbers(struct drawer *d, uint32_t node, uint32_t labels, bool flat_only,
                        const char *source)
{
    size_t count;
    bool any = false;
    struct tag_box *boxes = collect(d, node, true, labels, flat_only, &count);
    count = boxes ? collapse(d, boxes, count, flat_only) : 0;
    for (size_t i = 0; i < count; i++) {
        bool flat = flat_only || boxes[i].flat_value == boxes[i].cum_value;
        int64_t weight = flat ? boxes[i].flat_value : boxes[i].cum_value;
        char id[64];
        (void)snprintf(id, sizeof(id), "N%s_%zu", source, i);
        if (weight) {
            put_tag_box(d, source, id, boxes[i].name, weight, !flat);
            any = true;
        }
    }
    return any;
}

static bool has_callees(const struct pp_graph *g, uint32_t node)
{
    uint32_t e = g->nodes[node].out;
    while (e != UINT32_MAX && g->edges[e].is_gone) {
        e = g->edges[e].next_out;
    }
    return e != UINT32_MAX;
}

/* Leaves show all that goes through them (their callees were cut off), other nodes only their
 * own. */
static bool put_tags(struct drawer *d, uint32_t node)
{
    const struct pp_graph *g = &d->r->graph;
    bool flat_only = has_callees(g, node), any = false;
    size_t count;
    struct tag_box *boxes = collect(d, node, false, 0, flat_only, &count);
    char source[32], id[48];
    (void)snprintf(source, sizeof(source), "N%u", d->ids[node]);
    for (size_t i = 0; boxes && i < count && i < MAX_TAGS; i++) {
        int64_t weight = flat_only ? boxes[i].flat_value : boxes[i].cum_value;
        (void)snprintf(id, sizeof(id), "%s_%zu", source, i);
        if (weight) {
            put_tag_box(d, source, id, boxes[i].name, weight, false);
            (void)put_numbers(d, node, boxes[i].tag->labels, flat_only, id);
            any = true;
        }
    }
    return put_numbers(d, node, 0, flat_only, source) || any;
}

/* --- edges ------------------------------------------------------------------------------------ */

/* 1 + |weight * factor / total|, at most 1 + factor. */
static int64_t thickness(const struct drawer *d, int64_t weight, int64_t factor)
{
    int64_t product = (int64_t)((uint64_t)weight * (uint64_t)factor);
    int64_t share = pp_abs(pp_divided(product, d->r->total));
    return 1 + (share < factor ? share : factor);
}

static void put_edge(struct drawer *d, const struct pp_edge *e)
{
    struct pp_graph *g = &d->r->graph;
    struct pp_arena *arena = &d->r->arena;
    char text[PP_LABEL_CAP];
    int64_t weight = pp_divided(e->weight, e->div);
    value_text(d, weight, text);
    struct pp_sketch_arrow arrow = {
        .tail = format(d, "N%u", d->ids[e->src]),
        .head = format(d, "N%u", d->ids[e->dst]),
        .label = format(d, " %s%s", text, e->is_inline ? "\\n (inline)" : ""),
        .tooltip = format(d, "%s %s %s (%s)", pp_sketch_escape(arena, pp_node_name(g, e->src)),
                          e->is_residual ? "..." : "->",
                          pp_sketch_escape(arena, pp_node_name(g, e->dst)), text),
        .weight = 1,
        .pen_width = 1,
        .min_length = d->has_tags[e->src] ? 2 : 1,
        .is_dotted = e->is_residual,
    };
    if (d->r->total != 0) {
        arrow.weight = (int)thickness(d, weight, 100);
        arrow.pen_width = (int)thickness(d, weight, 5);
        set_color(arrow.color, score_of(d, weight), false);
    }
    d->sketch->arrow(d->sketch->ctx, &arrow);
}

static int put_edges(struct drawer *d)
{
    struct pp_graph *g = &d->r->graph;
    uint32_t *list = pp_arena_array(&d->r->arena, g->edge_count + 1, sizeof(*list));
    size_t count = 0;
    if (!list) {
        return PPROF_ERR_NOMEM;
    }
    for (size_t i = 0; i < g->edge_count; i++) {
        if (!g->edges[i].is_gone && g->nodes[g->edges[i].src].is_shown) {
            list[count++] = (uint32_t)i;
        }
    }
    pp_graph_sort_edges(g, list, count);
    for (size_t i = 0; i < count; i++) {
        put_edge(d, &g->edges[list[i]]);
    }
    return 0;
}

/* --- the whole -------------------------------------------------------------------------------- */

static int put_legend(struct drawer *d)
{
    struct pp_lines lines = { .count = 0 };
    int r = pp_report_lines(d->r, true, &lines);
    if (!r && lines.count) {
        d->sketch->legend(d->sketch->ctx, &lines);
    }
    return r;
}

int pp_sketch_run(struct pp_report *r, const struct pp_sketch *sketch)
{
    struct drawer d = { .r = r, .sketch = sketch };
    struct pp_graph *g = &r->graph;
    if (pp_report_graph(r, PP_EDGES_ALL)) {
        return PPROF_ERR_NOMEM;
    }
    d.ids = pp_arena_array(&r->arena, g->node_count + 1, sizeof(*d.ids));
    d.has_tags = pp_arena_array(&r->arena, g->node_count + 1, sizeof(*d.has_tags));
    if (!d.ids || !d.has_tags) {
        return PPROF_ERR_NOMEM;
    }
    for (size_t i = 0; i < g->shown_count; i++) {
        double flat = (double)pp_abs(pp_node_flat(&g->nodes[g->shown[i]]));
        d.ids[g->shown[i]] = (uint32_t)i + 1;
        d.max_flat = flat > d.max_flat ? flat : d.max_flat;
    }
    int err = put_legend(&d);
    for (size_t i = 0; i < g->shown_count; i++) {
        put_node(&d, g->shown[i]);
        d.has_tags[g->shown[i]] = put_tags(&d, g->shown[i]);
    }
    err = err ? err : put_edges(&d);
    return err ? err : d.err;
}
