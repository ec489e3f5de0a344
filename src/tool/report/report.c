#include "tool/report/report.h"

#include "base/err.h"
#include "tool/report/paths.h"

#include <stdio.h>
#include <string.h>

static const pp_printer_fn printers[PP_FORMAT_COUNT] = {
    [PP_FORMAT_TEXT] = pp_print_text,           [PP_FORMAT_TREE] = pp_print_tree,
    [PP_FORMAT_TRACES] = pp_print_traces,       [PP_FORMAT_RAW] = pp_print_raw,
    [PP_FORMAT_TAGS] = pp_print_tags,           [PP_FORMAT_COMMENTS] = pp_print_comments,
    [PP_FORMAT_LIST] = pp_print_list,           [PP_FORMAT_DOT] = pp_print_dot,
    [PP_FORMAT_CALLGRIND] = pp_print_callgrind, [PP_FORMAT_PROTO] = pp_print_proto,
    [PP_FORMAT_TOPPROTO] = pp_print_topproto,   [PP_FORMAT_DISASM] = pp_print_disasm,
    [PP_FORMAT_WEBLIST] = pp_print_weblist,     [PP_FORMAT_SVG] = pp_print_svg,
    [PP_FORMAT_FOLDED] = pp_print_folded,       [PP_FORMAT_SPEEDSCOPE] = pp_print_speedscope,
    [PP_FORMAT_JSON] = pp_print_json,
};

static bool is_base_sample(const struct pp_view *view, size_t sample)
{
    const struct pprof_profile *p = &view->p;
    for (uint32_t i = p->label_begin[sample]; i < p->label_begin[sample + 1]; i++) {
        if (p->labels[i].str && !strcmp(pp_view_text(view, p->labels[i].key), "pprof::base") &&
            !strcmp(pp_view_text(view, p->labels[i].str), "true")) {
            return true;
        }
    }
    return false;
}

/* The sum of absolute values; of base samples alone where there are any. */
static int64_t compute_total(const struct pp_report *r)
{
    const struct pprof_profile *p = &r->view.p;
    bool mean = r->request.config.mean;
    int64_t total = 0, div = 0, base_total = 0, base_div = 0;
    for (size_t i = 0; i < p->sample_count; i++) {
        const int64_t *values = p->values + i * p->sample_type_count;
        int64_t v = pp_abs(values[r->value_index]), d = mean ? values[0] : 0;
        total += v;
        div += d;
        if (is_base_sample(&r->view, i)) {
            base_total += v;
            base_div += d;
        }
    }
    return base_total > 0 ? pp_divided(base_total, base_div) : pp_divided(total, div);
}

static int choose_value(struct pp_report *r, const struct pprof_profile *profile,
                        struct pprof_error *error)
{
    const struct pp_config *c = &r->request.config;
    const struct pprof_profile *p = &r->view.p;
    if (p->sample_type_count == 0) {
        return pp_err_set(error, PPROF_ERR_INVALID, "profile has no samples");
    }
    int index = pprof_profile_sample_index(profile, c->sample_index, error);
    if (index < 0) {
        return index;
    }
    if (c->divide_by == 0) {
        return pp_err_set(error, PPROF_ERR_INVALID, "zero divisor specified");
    }
    r->value_index = (size_t)index;
    r->ratio = 1 / c->divide_by;
    r->output_unit = c->unit;
    r->sample_unit = pp_view_text(&r->view, p->sample_types[index].unit);
    const char *type = pp_view_text(&r->view, p->sample_types[index].type);
    struct pp_buf text;
    pp_buf_init(&text, &r->arena);
    pp_buf_printf(&text, "%s%s", c->mean ? "mean_" : "", type);
    r->sample_type = text.data ? text.data : type;
    const char *main_file = p->mapping_count ? pp_view_text(&r->view, p->mappings[0].filename) : "";
    r->title = *main_file ? pp_path_base(&r->arena, main_file) : "";
    return 0;
}

static int compile_symbol(struct pp_report *r, struct pprof_error *error)
{
    const char *symbol = r->request.symbol;
    struct pprof_error why = { 0 };
    if (!symbol) {
        return 0;
    }
    int err = pp_regex_compile(symbol, &r->symbol, &why);
    return err ? pp_err_set(error, err, "parsing argument regexp %s: %s", symbol, why.detail) : 0;
}

int pp_report_build(struct pp_report *report, const struct pprof_profile *profile,
                    const struct pp_report_request *request, struct pprof_error *error)
{
    memset(report, 0, sizeof(*report));
    pp_arena_init(&report->arena, 0);
    report->request = *request;
    const struct pp_config *config = &report->request.config;
    struct pp_filter filter = { .view = &report->view, .config = config, .units = &report->units,
                                .message = request->message, .ctx = request->ctx };
    if (pp_view_init(&report->view, &report->arena, profile) ||
        pp_tag_units_find(&report->units, &report->view, request->message, request->ctx) ||
        pp_filter_tag_frames(&filter)) {
        return pp_err_set(error, PPROF_ERR_NOMEM, "out of memory");
    }
    int r = config->relative_percentages ? pp_filter_apply(&filter, error) : 0;
    r = r ? r : choose_value(report, profile, error);
    r = r ? r : compile_symbol(report, error);
    if (r) {
        return r;
    }
    report->total = compute_total(report);
    r = config->relative_percentages ? 0 : pp_filter_apply(&filter, error);
    return r ? r : pp_view_aggregate(&report->view, config->granularity, config->noinlines,
                                     config->showcolumns, error);
}

void pp_report_release(struct pp_report *report)
{
    pp_regex_free(report->symbol);
    report->symbol = NULL;
    pp_arena_release(&report->arena);
}

int pp_report_print(struct pp_report *report, struct pp_out *out, struct pprof_error *error)
{
    int r = printers[report->request.format](report, out, error);
    return r == PPROF_ERR_NOMEM ? pp_err_set(error, r, "out of memory") : r;
}

/* --- values ----------------------------------------------------------------------------------- */

static int64_t scaled_by_ratio(const struct pp_report *r, int64_t value)
{
    return r->ratio > 0 && r->ratio != 1 ? pp_to_i64((double)value * r->ratio) : value;
}

const char *pp_report_value(const struct pp_report *report, int64_t value, char out[PP_LABEL_CAP])
{
    return pp_scaled_label(scaled_by_ratio(report, value), report->sample_unit,
                           report->output_unit, out);
}

/* The smallest value that is shown, before the ratio. */
static int64_t smallest_value(const struct pp_graph *g)
{
    int64_t smallest = 0;
    for (size_t i = 0; i < g->shown_count; i++) {
        const struct pp_node *n = &g->nodes[g->shown[i]];
        int64_t v = pp_abs(pp_node_flat(n));
        v = v ? v : pp_abs(pp_node_cum(n));
        smallest = v > 0 && (smallest == 0 || v < smallest) ? v : smallest;
    }
    return smallest;
}

/* One unit for all values: that of the smallest, or a larger one when that leaves it at least
 * 0.01. */
static void choose_unit(struct pp_report *r)
{
    const char *low, *high, *unit;
    if (strcmp(r->output_unit, "minimum") != 0 || r->graph.shown_count == 0) {
        return;
    }
    int64_t most = r->total, least = smallest_value(&r->graph);
    least = scaled_by_ratio(r, least ? least : most);
    most = scaled_by_ratio(r, most);
    (void)pp_scale(least, r->sample_unit, "minimum", &low);
    (void)pp_scale(most, r->sample_unit, "minimum", &high);
    unit = low;
    if (strcmp(low, high) != 0 && (int64_t)((uint64_t)least * 100) < most &&
        r->request.format != PP_FORMAT_CALLGRIND) {
        (void)pp_scale((int64_t)((uint64_t)least * 100), r->sample_unit, "minimum", &unit);
    }
    r->output_unit = *unit ? unit : r->sample_unit;
}

int pp_report_graph(struct pp_report *report, enum pp_graph_edges edges)
{
    const struct pp_config *c = &report->request.config;
    enum pp_format format = report->request.format;
    bool is_picture = format == PP_FORMAT_DOT || format == PP_FORMAT_SVG;
    bool by_address = format == PP_FORMAT_LIST || format == PP_FORMAT_DISASM;
    bool names_binary = by_address || format == PP_FORMAT_CALLGRIND;
    struct pp_graph_options options = {
        .value_index = report->value_index,
        .mean = c->mean,
        .call_tree = c->call_tree && (is_picture || format == PP_FORMAT_CALLGRIND),
        .drop_negative = c->drop_negative,
        .cum_sort = !strcmp(c->sort, "cum"),
        .visual = is_picture,
        .untrimmed = by_address,
        .edges = edges,
        .edges_of = format == PP_FORMAT_TREE ? report->symbol : NULL,
        .nodecount = c->nodecount,
        .nodefraction = c->nodefraction,
        .edgefraction = c->edgefraction,
        .frames = { .keep_objfile = names_binary, .trim_paths = true,
                    .trim_path = c->trim_path, .source_path = c->source_path },
        .units = &report->units,
        .unit = report->output_unit,
    };
    int r = pp_graph_build(&report->graph, &report->view, &options);
    if (!r && !by_address) {
        choose_unit(report);
    }
    return r;
}
