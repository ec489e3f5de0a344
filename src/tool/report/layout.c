/* The steps of the layout in order; see layout.h. Ranks are doubled when an edge has a label, so
 * that labels get a rank of their own between the boxes, and the room between ranks is halved. */
#include "tool/report/layout.h"

#include "base/err.h"
#include "tool/report/layout_graph.h"
#include "tool/report/simplex.h"

#include <math.h>
#include <string.h>

#define NOBODY UINT32_MAX

enum { STATION_LIMIT = 200000, RANK_PIVOTS = 200000, PASSING_WIDTH = 4 };

/* ---- cycles: edges that close one are turned round for the drawing --------------------------- */

struct walker {
    const struct pp_layout *layout;
    uint32_t *first, *out; /* edges leaving each node */
    uint32_t *at;          /* next edge to look at */
    uint32_t *stack;
    unsigned char *color;  /* 0 not seen, 1 on the stack, 2 done */
    bool *reversed;
};

static void break_cycles_from(struct walker *w, uint32_t root)
{
    size_t depth = 0;
    w->stack[depth++] = root;
    w->color[root] = 1;
    while (depth) {
        uint32_t v = w->stack[depth - 1];
        if (w->at[v] == w->first[v + 1]) {
            w->color[v] = 2;
            depth--;
            continue;
        }
        uint32_t e = w->out[w->at[v]++];
        uint32_t head = w->layout->edges[e].head;
        if (w->color[head] == 1) {
            w->reversed[e] = true;
        } else if (w->color[head] == 0) {
            w->color[head] = 1;
            w->stack[depth++] = head;
        }
    }
}

static int break_cycles(struct pp_arena *arena, const struct pp_layout *layout, bool *reversed)
{
    size_t n = layout->node_count, m = layout->edge_count;
    struct walker w = { .layout = layout, .reversed = reversed };
    w.first = pp_arena_array(arena, n + 2, sizeof(*w.first));
    w.out = pp_arena_array(arena, m + 1, sizeof(*w.out));
    w.at = pp_arena_array(arena, n + 1, sizeof(*w.at));
    w.stack = pp_arena_array(arena, n + 1, sizeof(*w.stack));
    w.color = pp_arena_array(arena, n + 1, 1);
    bool *called = pp_arena_array(arena, n + 1, sizeof(*called));
    if (!w.first || !w.out || !w.at || !w.stack || !w.color || !called) {
        return PPROF_ERR_NOMEM;
    }
    for (size_t e = 0; e < m; e++) {
        w.first[layout->edges[e].tail + 1]++;
        called[layout->edges[e].head] = true;
    }
    for (size_t v = 0; v < n; v++) {
        w.first[v + 1] += w.first[v];
    }
    memcpy(w.at, w.first, n * sizeof(*w.at));
    for (size_t e = 0; e < m; e++) {
        w.out[w.at[layout->edges[e].tail]++] = (uint32_t)e;
    }
    memcpy(w.at, w.first, n * sizeof(*w.at));
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t v = 0; v < n; v++) {
            if (w.color[v] == 0 && (pass || !called[v])) {
                break_cycles_from(&w, v);
            }
        }
    }
    return 0;
}

/* ---- ranks ----------------------------------------------------------------------------------- */

static bool has_labels(const struct pp_layout *layout)
{
    for (size_t e = 0; e < layout->edge_count; e++) {
        if (layout->edges[e].label_width > 0) {
            return true;
        }
    }
    return false;
}

static int find_ranks(struct pp_arena *arena, const struct pp_layout *layout, const bool *reversed,
                      int32_t factor, int32_t *ranks)
{
    struct pp_simplex_edge *edges = pp_arena_array(arena, layout->edge_count + 1, sizeof(*edges));
    if (!edges) {
        return PPROF_ERR_NOMEM;
    }
    size_t count = 0;
    for (size_t e = 0; e < layout->edge_count; e++) {
        const struct pp_layout_edge *edge = &layout->edges[e];
        if (edge->tail == edge->head) {
            continue;
        }
        edges[count++] = (struct pp_simplex_edge){
            reversed[e] ? edge->head : edge->tail,
            reversed[e] ? edge->tail : edge->head,
            edge->min_length * factor,
            edge->weight,
        };
    }
    return pp_simplex(arena, layout->node_count, edges, count, RANK_PIVOTS, ranks);
}

/* ---- stations and links ---------------------------------------------------------------------- */

/* Stations that all long edges need between their ends; 0 and false when over the limit. */
static bool count_stations(const struct pp_layout *layout, const int32_t *ranks, size_t *stations,
                           size_t *links)
{
    *stations = layout->node_count;
    *links = 0;
    for (size_t e = 0; e < layout->edge_count; e++) {
        const struct pp_layout_edge *edge = &layout->edges[e];
        if (edge->tail == edge->head) {
            continue;
        }
        int32_t span = ranks[edge->head] - ranks[edge->tail];
        *links += (size_t)(span < 0 ? -span : span);
        *stations += (size_t)(span < 0 ? -span : span) - 1;
        if (*stations > STATION_LIMIT) {
            return false;
        }
    }
    return true;
}

static void add_boxes(struct pp_layered *g, const struct pp_layout *layout, const int32_t *ranks)
{
    for (size_t v = 0; v < layout->node_count; v++) {
        g->stations[v] = (struct pp_station){
            .left = layout->nodes[v].width / 2,
            .right = layout->nodes[v].width / 2,
            .height = layout->nodes[v].height,
            .rank = ranks[v],
            .edge = NOBODY,
        };
    }
    g->node_count = g->station_count = layout->node_count;
}

static void add_link(struct pp_layered *g, uint32_t upper, uint32_t lower, int32_t weight)
{
    g->links[g->link_count++] = (struct pp_link){ upper, lower, weight };
}

/* The chain of stations of one edge, from the upper end to the lower; the middle one has the
 * label. */
static void add_chain(struct pp_layered *g, const struct pp_layout *layout, uint32_t e)
{
    const struct pp_layout_edge *edge = &layout->edges[e];
    uint32_t upper = g->reversed[e] ? edge->head : edge->tail;
    uint32_t lower = g->reversed[e] ? edge->tail : edge->head;
    int32_t begin = g->stations[upper].rank, end = g->stations[lower].rank;
    uint32_t above = upper;
    for (int32_t r = begin + 1; r < end; r++) {
        uint32_t v = (uint32_t)g->station_count++;
        struct pp_station *station = &g->stations[v];
        *station = (struct pp_station){
            .left = PASSING_WIDTH / 2.0, .right = PASSING_WIDTH / 2.0, .rank = r, .edge = e
        };
        if (edge->label_width > 0 && r == (begin + end) / 2) {
            station->right += edge->label_width;
            station->height = edge->label_height;
            station->is_label = true;
        }
        g->chain[g->chain_first[e + 1]++] = v;
        add_link(g, above, v, edge->weight);
        above = v;
    }
    add_link(g, above, lower, edge->weight);
}

/* Compressed adjacency in both directions, and the ranks' slices. */
static int index_links(struct pp_layered *g)
{
    struct pp_arena *a = g->arena;
    size_t n = g->station_count;
    uint32_t *fill = pp_arena_array(a, n + 2, sizeof(*fill));
    g->down_first = pp_arena_array(a, n + 2, sizeof(uint32_t));
    g->up_first = pp_arena_array(a, n + 2, sizeof(uint32_t));
    g->down = pp_arena_array(a, g->link_count + 1, sizeof(uint32_t));
    g->up = pp_arena_array(a, g->link_count + 1, sizeof(uint32_t));
    g->rank = pp_arena_array(a, n + 1, sizeof(uint32_t));
    for (size_t v = 0; v < n; v++) {
        size_t r = (size_t)g->stations[v].rank + 1;
        g->rank_count = r > g->rank_count ? r : g->rank_count;
    }
    g->rank_first = pp_arena_array(a, g->rank_count + 2, sizeof(uint32_t));
    if (!fill || !g->down_first || !g->up_first || !g->down || !g->up || !g->rank ||
        !g->rank_first) {
        return PPROF_ERR_NOMEM;
    }
    for (size_t l = 0; l < g->link_count; l++) {
        g->down_first[g->links[l].upper + 1]++;
        g->up_first[g->links[l].lower + 1]++;
    }
    for (size_t v = 0; v < n; v++) {
        g->down_first[v + 1] += g->down_first[v];
        g->up_first[v + 1] += g->up_first[v];
        g->rank_first[g->stations[v].rank + 1]++;
    }
    for (size_t r = 0; r < g->rank_count; r++) {
        g->rank_first[r + 1] += g->rank_first[r];
    }
    memcpy(fill, g->down_first, n * sizeof(*fill));
    for (size_t l = 0; l < g->link_count; l++) {
        g->down[fill[g->links[l].upper]++] = g->links[l].lower;
    }
    memcpy(fill, g->up_first, n * sizeof(*fill));
    for (size_t l = 0; l < g->link_count; l++) {
        g->up[fill[g->links[l].lower]++] = g->links[l].upper;
    }
    return 0;
}

static int build(struct pp_layered *g, const struct pp_layout *layout, const int32_t *ranks,
                 struct pprof_error *error)
{
    size_t stations, links, m = layout->edge_count;
    if (!count_stations(layout, ranks, &stations, &links)) {
        return pp_err_set(error, PPROF_ERR_LIMIT,
                          "the graph is too large to draw; keep fewer nodes (-nodecount)");
    }
    g->stations = pp_arena_array(g->arena, stations + 1, sizeof(*g->stations));
    g->links = pp_arena_array(g->arena, links + 1, sizeof(*g->links));
    g->chain = pp_arena_array(g->arena, stations + 1, sizeof(*g->chain));
    g->chain_first = pp_arena_array(g->arena, m + 2, sizeof(*g->chain_first));
    if (!g->stations || !g->links || !g->chain || !g->chain_first) {
        return PPROF_ERR_NOMEM;
    }
    add_boxes(g, layout, ranks);
    for (uint32_t e = 0; e < m; e++) {
        g->chain_first[e + 1] = g->chain_first[e];
        if (layout->edges[e].tail != layout->edges[e].head) {
            add_chain(g, layout, e);
        }
    }
    return index_links(g);
}

/* ---- heights, curves, extent ----------------------------------------------------------------- */

static int place_ranks(struct pp_layered *g, double rank_sep)
{
    double *height = pp_arena_array(g->arena, g->rank_count + 1, sizeof(*height));
    if (!height) {
        return PPROF_ERR_NOMEM;
    }
    for (size_t v = 0; v < g->station_count; v++) {
        double *rank_height = &height[g->stations[v].rank];
        *rank_height = fmax(*rank_height, g->stations[v].height);
    }
    double y = 0;
    for (size_t r = 0; r < g->rank_count; r++) {
        y += height[r] / 2;
        for (uint32_t i = g->rank_first[r]; i < g->rank_first[r + 1]; i++) {
            g->stations[g->rank[i]].y = y;
        }
        y += height[r] / 2 + rank_sep;
    }
    return 0;
}

/* Where the line from a box's centre towards a point leaves the box, on its upper or lower side. */
static struct pp_point leave_box(const struct pp_station *box, struct pp_point towards)
{
    double dy = towards.y - box->y, half = box->height / 2;
    double y = dy >= 0 ? box->y + half : box->y - half;
    double x = fabs(dy) > 1 ? box->x + (towards.x - box->x) * half / fabs(dy) : box->x;
    double most = box->right * 0.8;
    return (struct pp_point){ fmin(fmax(x, box->x - most), box->x + most), y };
}

/* Slope dx/dy at each point, so that the curve never overshoots between two points (the rule of
 * Fritsch and Carlson for monotone interpolation). */
static void find_slopes(const struct pp_point *p, size_t n, double *slope)
{
    for (size_t i = 0; i < n; i++) {
        double before = i ? (p[i].x - p[i - 1].x) / fmax(p[i].y - p[i - 1].y, 1) : 0;
        double after = i + 1 < n ? (p[i + 1].x - p[i].x) / fmax(p[i + 1].y - p[i].y, 1) : before;
        if (i == 0) {
            before = after;
        }
        if (before * after <= 0) {
            slope[i] = 0;
        } else {
            double mean = (before + after) / 2, most = 3 * fmin(fabs(before), fabs(after));
            slope[i] = fabs(mean) > most ? copysign(most, mean) : mean;
        }
    }
}

static int draw_curve(struct pp_arena *arena, struct pp_layout_edge *edge, const struct pp_point *p,
                      size_t n, bool reversed)
{
    double *slope = pp_arena_array(arena, n, sizeof(*slope));
    edge->point_count = 3 * (n - 1) + 1;
    edge->points = pp_arena_array(arena, edge->point_count, sizeof(*edge->points));
    if (!slope || !edge->points) {
        return PPROF_ERR_NOMEM;
    }
    find_slopes(p, n, slope);
    struct pp_point *out = edge->points;
    *out++ = p[0];
    for (size_t i = 0; i + 1 < n; i++) {
        double third = (p[i + 1].y - p[i].y) / 3;
        *out++ = (struct pp_point){ p[i].x + slope[i] * third, p[i].y + third };
        *out++ = (struct pp_point){ p[i + 1].x - slope[i + 1] * third, p[i + 1].y - third };
        *out++ = p[i + 1];
    }
    for (size_t i = 0; reversed && i < edge->point_count / 2; i++) {
        struct pp_point swap = edge->points[i];
        edge->points[i] = edge->points[edge->point_count - 1 - i];
        edge->points[edge->point_count - 1 - i] = swap;
    }
    return 0;
}

/* A call to itself: a loop at the right side of the box. */
static int draw_loop(struct pp_arena *arena, struct pp_layout_edge *edge,
                     const struct pp_station *box)
{
    enum { OUT = 24 };
    edge->point_count = 7;
    edge->points = pp_arena_array(arena, 7, sizeof(*edge->points));
    if (!edge->points) {
        return PPROF_ERR_NOMEM;
    }
    double x = box->x + box->right, up = box->y - box->height / 4, down = box->y + box->height / 4;
    const struct pp_point points[7] = { { x, up },         { x + OUT / 2.0, up }, { x + OUT, up },
                                        { x + OUT, box->y }, { x + OUT, down },
                                        { x + OUT / 2.0, down }, { x, down } };
    memcpy(edge->points, points, sizeof(points));
    edge->label = (struct pp_point){ x + OUT + edge->label_width / 2, box->y };
    return 0;
}

static int draw_edge(struct pp_layered *g, struct pp_layout *layout, uint32_t e)
{
    struct pp_layout_edge *edge = &layout->edges[e];
    if (edge->tail == edge->head) {
        return draw_loop(g->arena, edge, &g->stations[edge->tail]);
    }
    const struct pp_station *upper = &g->stations[g->reversed[e] ? edge->head : edge->tail];
    const struct pp_station *lower = &g->stations[g->reversed[e] ? edge->tail : edge->head];
    size_t passing = g->chain_first[e + 1] - g->chain_first[e], n = passing + 2;
    struct pp_point *p = pp_arena_array(g->arena, n, sizeof(*p));
    if (!p) {
        return PPROF_ERR_NOMEM;
    }
    for (size_t i = 0; i < passing; i++) {
        const struct pp_station *station = &g->stations[g->chain[g->chain_first[e] + i]];
        p[i + 1] = (struct pp_point){ station->x, station->y };
        if (station->is_label) {
            double x = station->x + station->right - edge->label_width / 2;
            edge->label = (struct pp_point){ x, station->y };
        }
    }
    p[0] = leave_box(upper, passing ? p[1] : (struct pp_point){ lower->x, lower->y });
    p[n - 1] = leave_box(lower, passing ? p[n - 2] : (struct pp_point){ upper->x, upper->y });
    return draw_curve(g->arena, edge, p, n, g->reversed[e]);
}

struct extent {
    double left, top, right, bottom;
};

static void cover(struct extent *extent, double x, double y, double half_width, double half_height)
{
    extent->left = fmin(extent->left, x - half_width);
    extent->right = fmax(extent->right, x + half_width);
    extent->top = fmin(extent->top, y - half_height);
    extent->bottom = fmax(extent->bottom, y + half_height);
}

/* Moves everything so that the drawing begins at (0, 0). */
static void move_to_origin(struct pp_layout *layout)
{
    struct extent extent = { INFINITY, INFINITY, -INFINITY, -INFINITY };
    for (size_t v = 0; v < layout->node_count; v++) {
        struct pp_layout_node *node = &layout->nodes[v];
        cover(&extent, node->x, node->y, node->width / 2, node->height / 2);
    }
    for (size_t e = 0; e < layout->edge_count; e++) {
        struct pp_layout_edge *edge = &layout->edges[e];
        for (size_t i = 0; i < edge->point_count; i++) {
            cover(&extent, edge->points[i].x, edge->points[i].y, 1, 1);
        }
        if (edge->label_width > 0) {
            cover(&extent, edge->label.x, edge->label.y, edge->label_width / 2,
                  edge->label_height / 2);
        }
    }
    if (layout->node_count == 0) {
        extent = (struct extent){ 0, 0, 0, 0 };
    }
    for (size_t v = 0; v < layout->node_count; v++) {
        layout->nodes[v].x -= extent.left;
        layout->nodes[v].y -= extent.top;
    }
    for (size_t e = 0; e < layout->edge_count; e++) {
        struct pp_layout_edge *edge = &layout->edges[e];
        for (size_t i = 0; i < edge->point_count; i++) {
            edge->points[i].x -= extent.left;
            edge->points[i].y -= extent.top;
        }
        edge->label.x -= extent.left;
        edge->label.y -= extent.top;
    }
    layout->width = extent.right - extent.left;
    layout->height = extent.bottom - extent.top;
}

int pp_layout_run(struct pp_arena *arena, struct pp_layout *layout, struct pprof_error *error)
{
    struct pp_layered g = { .arena = arena };
    int32_t *ranks = pp_arena_array(arena, layout->node_count + 1, sizeof(*ranks));
    g.reversed = pp_arena_array(arena, layout->edge_count + 1, sizeof(*g.reversed));
    int32_t factor = has_labels(layout) ? 2 : 1;
    if (!ranks || !g.reversed) {
        return pp_err_set(error, PPROF_ERR_NOMEM, "out of memory while drawing the graph");
    }
    int err = break_cycles(arena, layout, g.reversed);
    if (!err) {
        err = find_ranks(arena, layout, g.reversed, factor, ranks);
    }
    if (!err) {
        err = build(&g, layout, ranks, error);
    }
    if (!err) {
        err = pp_layout_order(&g, &layout->crossings);
    }
    if (!err) {
        err = pp_layout_place(&g, layout->node_sep);
    }
    if (!err) {
        err = place_ranks(&g, layout->rank_sep / factor);
    }
    for (size_t v = 0; !err && v < layout->node_count; v++) {
        layout->nodes[v].x = g.stations[v].x;
        layout->nodes[v].y = g.stations[v].y;
    }
    for (uint32_t e = 0; !err && e < layout->edge_count; e++) {
        err = draw_edge(&g, layout, e);
    }
    if (!err) {
        move_to_origin(layout);
    } else if (err == PPROF_ERR_NOMEM) {
        pp_err_set(error, err, "out of memory while drawing the graph");
    }
    return err;
}
