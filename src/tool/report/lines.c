/* The lines above a report. Scripts read them: they are google/pprof's to the byte. */
#include "tool/report/report.h"

#include "tool/report/moment.h"
#include "tool/report/paths.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { FILTER_CAP = 80 };

/* Adds one line; a failure shows in lines->items being NULL. */
static void add(struct pp_report *r, struct pp_lines *lines, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void add(struct pp_report *r, struct pp_lines *lines, const char *format, ...)
{
    struct pp_buf text;
    va_list args;
    pp_buf_init(&text, &r->arena);
    va_start(args, format);
    pp_buf_vprintf(&text, format, args);
    va_end(args);
    if (!text.err &&
        !pp_arena_reserve(&r->arena, &lines->items, &lines->cap, lines->count, sizeof(char *))) {
        lines->items[lines->count++] = text.data ? text.data : "";
    }
}

static void add_time(struct pp_report *r, struct pp_lines *lines, int64_t nanos)
{
    struct tm tm;
    char text[96];
    if (pp_moment_local(&nanos, &tm) && strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %Z", &tm)) {
        add(r, lines, "Time: %s", text);
    }
}

static void add_duration(struct pp_report *r, struct pp_lines *lines, int64_t nanos)
{
    char duration[PP_LABEL_CAP], total[PP_LABEL_CAP], percent[PP_PERCENT_CAP], ratio[64] = "";
    const char *unit;
    double total_nanos = pp_scale(r->total, r->sample_unit, "nanoseconds", &unit);
    if (!strcmp(unit, "ns") && total_nanos != 0) {
        (void)snprintf(ratio, sizeof(ratio), "(%s)",
                       pp_percentage(pp_to_i64(total_nanos), nanos, percent));
    }
    add(r, lines, "Duration: %s, Total samples = %s %s",
        pp_scaled_label(nanos, "nanoseconds", "auto", duration),
        pp_report_value(r, r->total, total), ratio);
}

int pp_report_profile_lines(struct pp_report *r, struct pp_lines *lines)
{
    const struct pprof_profile *p = &r->view.p;
    if (*r->title) {
        add(r, lines, "File: %s", r->title);
    }
    if (p->mapping_count && p->mappings[0].build_id) {
        add(r, lines, "Build ID: %s", pp_view_text(&r->view, p->mappings[0].build_id));
    }
    for (size_t i = 0; i < p->comment_count; i++) {
        const char *comment = pp_view_text(&r->view, p->comments[i]);
        if (comment[0] != '#') {
            add(r, lines, "%s", comment);
        }
    }
    if (*r->sample_type) {
        add(r, lines, "Type: %s", r->sample_type);
    }
    if (p->doc_url) {
        add(r, lines, "Doc: %s", pp_view_text(&r->view, p->doc_url));
    }
    if (p->time_nanos) {
        add_time(r, lines, p->time_nanos);
    }
    if (p->duration_nanos) {
        add_duration(r, lines, p->duration_nanos);
    }
    return 0;
}

static void add_filters(struct pp_report *r, struct pp_lines *lines)
{
    const struct pp_config *c = &r->request.config;
    const char *const filters[][2] = {
        { "focus", c->focus },       { "ignore", c->ignore },       { "hide", c->hide },
        { "show", c->show },         { "show_from", c->show_from }, { "tagfocus", c->tagfocus },
        { "tagignore", c->tagignore }, { "tagshow", c->tagshow },   { "taghide", c->taghide },
    };
    bool any = false;
    for (size_t i = 0; i < sizeof(filters) / sizeof(filters[0]); i++) {
        size_t name = strlen(filters[i][0]) + 1, len = strlen(filters[i][1]);
        if (len == 0) {
            continue;
        }
        if (!any) {
            add(r, lines, "Active filters:");
            any = true;
        }
        bool cut = name + len > FILTER_CAP;
        add(r, lines, "   %s=%.*s%s", filters[i][0],
            (int)(cut && name < FILTER_CAP ? FILTER_CAP - name : len), filters[i][1],
            cut ? "…" : "");
    }
}

static void add_dropped(struct pp_report *r, struct pp_lines *lines, size_t count,
                        const char *what, const char *weight, double fraction)
{
    char value[PP_LABEL_CAP];
    if (count == 0) {
        return;
    }
    pp_report_value(r, pp_abs(pp_to_i64((double)r->total * fraction)), value);
    add(r, lines, "Dropped %zu %s%s (%s <= %s)", count, what, count > 1 ? "s" : "", weight, value);
}

static void add_shown(struct pp_report *r, struct pp_lines *lines)
{
    const struct pp_graph *g = &r->graph;
    char shown[PP_LABEL_CAP], total[PP_LABEL_CAP], percent[PP_PERCENT_CAP];
    int64_t sum = 0;
    for (size_t i = 0; i < g->shown_count; i++) {
        sum += pp_node_flat(&g->nodes[g->shown[i]]);
    }
    add(r, lines, "Showing nodes accounting for %s, %s of %s total", pp_report_value(r, sum, shown),
        pp_percentage_bare(sum, r->total, percent), pp_report_value(r, r->total, total));
}

int pp_report_lines(struct pp_report *r, bool full, struct pp_lines *lines)
{
    const struct pp_graph *g = &r->graph;
    const struct pp_config *c = &r->request.config;
    int err = full || !c->compact_labels ? pp_report_profile_lines(r, lines) : 0;
    add_filters(r, lines);
    add_shown(r, lines);
    if (r->total != 0) {
        add_dropped(r, lines, g->dropped_nodes, "node", "cum", c->nodefraction);
        if (full) {
            add_dropped(r, lines, g->dropped_edges, "edge", "freq", c->edgefraction);
        }
        if (g->shown_count > 0 && g->shown_count < g->orig_count) {
            add(r, lines, "Showing top %zu nodes out of %zu", g->shown_count, g->orig_count);
        }
    }
    if (full) {
        add(r, lines, "\nSee https://git.io/JfYMW for how to read the graph");
    }
    return err;
}

void pp_report_print_lines(const struct pp_lines *lines, struct pp_out *out)
{
    for (size_t i = 0; i < lines->count; i++) {
        pp_out_str(out, i ? "\n" : "");
        pp_out_str(out, lines->items[i]);
    }
    pp_out_char(out, '\n');
}
