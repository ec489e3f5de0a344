/* folded and speedscope: every sample's stack, root first, for flame graph programs. json: top's
 * rows. */
#include "base/utf8.h"
#include "tool/report/frames.h"
#include "tool/report/report.h"

#include <inttypes.h>
#include <string.h>

static const struct pp_frame_options FRAME_OPTIONS = { .trim_paths = false };

/* --- folded ------------------------------------------------------------------------------- */

/* A frame's name must not hold what separates frames and lines. */
static void put_folded_name(struct pp_out *out, const char *name)
{
    for (const char *at = *name ? name : "[unknown]"; *at; at++) {
        pp_out_char(out, *at == ';' ? ':' : (unsigned char)*at < ' ' ? ' ' : *at);
    }
}

static int64_t value_of(const struct pp_report *r, size_t sample)
{
    const struct pprof_profile *p = &r->view.p;
    const int64_t *values = p->values + sample * p->sample_type_count;
    return pp_divided(values[r->value_index], r->request.config.mean ? values[0] : 0);
}

int pp_print_folded(struct pp_report *r, struct pp_out *out, struct pprof_error *error)
{
    (void)error;
    struct pp_frames f = { 0 };
    const struct pprof_profile *p = &r->view.p;
    if (pp_frames_resolve(&f, &r->view, &FRAME_OPTIONS)) {
        return PPROF_ERR_NOMEM;
    }
    for (size_t i = 0; i < p->sample_count; i++) {
        size_t written = 0;
        for (uint32_t k = p->loc_begin[i + 1]; k-- > p->loc_begin[i];) {
            uint32_t location = p->sample_locs[k];
            for (uint32_t n = f.first[location + 1]; n-- > f.first[location];) {
                pp_out_str(out, written++ ? ";" : "");
                put_folded_name(out, pp_frame_name(&f, f.ids[n]));
            }
        }
        if (written) {
            pp_out_char(out, ' ');
            pp_out_i64(out, value_of(r, i));
            pp_out_char(out, '\n');
        }
    }
    return 0;
}

/* --- JSON --------------------------------------------------------------------------------- */

static void put_json_text(struct pp_out *out, const char *text)
{
    const unsigned char *at = (const unsigned char *)text, *end = at + strlen(text);
    pp_out_char(out, '"');
    while (at < end) {
        size_t len = pp_utf8_length((const char *)at, (size_t)(end - at));
        if (*at == '"' || *at == '\\') {
            pp_out_char(out, '\\');
            pp_out_char(out, (char)*at);
        } else if (*at < ' ') {
            pp_out_printf(out, "\\u%04x", *at);
        } else if (!len) {
            pp_out_str(out, "\\ufffd");
        } else {
            pp_out_append(out, at, len);
        }
        at += len ? len : 1;
    }
    pp_out_char(out, '"');
}

static void put_json_pair(struct pp_out *out, const char *key, const char *value)
{
    pp_out_printf(out, "\"%s\":", key);
    put_json_text(out, value);
}

/* --- speedscope --------------------------------------------------------------------------- */

static void put_speedscope_frames(struct pp_report *r, struct pp_frames *f, struct pp_out *out)
{
    (void)r;
    pp_out_str(out, "{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\","
                    "\"exporter\":\"pprof\",\"shared\":{\"frames\":[");
    for (size_t i = 0; i < f->count; i++) {
        const struct pp_frame_info *info = &f->infos[i];
        pp_out_str(out, i ? ",\n{" : "\n{");
        put_json_pair(out, "name", pp_frame_name(f, (uint32_t)i));
        if (info->file) {
            pp_out_char(out, ',');
            put_json_pair(out, "file", pp_frame_text(f, info->file));
        }
        if (info->line > 0) {
            pp_out_printf(out, ",\"line\":%" PRId64, info->line);
        }
        pp_out_char(out, '}');
    }
    pp_out_str(out, "]},\n");
}

/* speedscope's own words for units. */
static const char *speedscope_unit(const char *unit)
{
    static const char *const KNOWN[] = { "nanoseconds", "microseconds", "milliseconds", "seconds",
                                         "bytes" };
    for (size_t i = 0; i < sizeof(KNOWN) / sizeof(*KNOWN); i++) {
        if (!strcmp(unit, KNOWN[i])) {
            return KNOWN[i];
        }
    }
    return "none";
}

static void put_speedscope_stacks(struct pp_report *r, const struct pp_frames *f,
                                  struct pp_out *out)
{
    const struct pprof_profile *p = &r->view.p;
    for (size_t i = 0; i < p->sample_count; i++) {
        size_t written = 0;
        pp_out_str(out, i ? ",\n[" : "\n[");
        for (uint32_t k = p->loc_begin[i + 1]; k-- > p->loc_begin[i];) {
            uint32_t location = p->sample_locs[k];
            for (uint32_t n = f->first[location + 1]; n-- > f->first[location];) {
                pp_out_str(out, written++ ? "," : "");
                pp_out_i64(out, f->ids[n]);
            }
        }
        pp_out_char(out, ']');
    }
}

/* The profile's end is the sum of its weights, as the viewer expects. */
int pp_print_speedscope(struct pp_report *r, struct pp_out *out, struct pprof_error *error)
{
    (void)error;
    struct pp_frames f = { 0 };
    int64_t sum = 0;
    if (pp_frames_resolve(&f, &r->view, &FRAME_OPTIONS)) {
        return PPROF_ERR_NOMEM;
    }
    for (size_t i = 0; i < r->view.p.sample_count; i++) {
        sum = (int64_t)((uint64_t)sum + (uint64_t)value_of(r, i));
    }
    put_speedscope_frames(r, &f, out);
    pp_out_str(out, "\"profiles\":[{\"type\":\"sampled\",");
    put_json_pair(out, "name", *r->title ? r->title : r->sample_type);
    pp_out_char(out, ',');
    put_json_pair(out, "unit", speedscope_unit(r->sample_unit));
    pp_out_printf(out, ",\"startValue\":0,\"endValue\":%" PRId64 ",\"samples\":[", sum);
    put_speedscope_stacks(r, &f, out);
    pp_out_str(out, "],\"weights\":[");
    for (size_t i = 0; i < r->view.p.sample_count; i++) {
        pp_out_str(out, i ? "," : "");
        pp_out_i64(out, value_of(r, i));
    }
    pp_out_str(out, "]}]}\n");
    return 0;
}

/* --- json --------------------------------------------------------------------------------- */

static double percent_of(int64_t value, int64_t total)
{
    return total ? 100.0 * (double)value / (double)total : 0;
}

static void put_row(struct pp_report *r, struct pp_out *out, uint32_t node)
{
    const struct pp_node *n = &r->graph.nodes[node];
    int64_t flat = pp_node_flat(n), cum = pp_node_cum(n);
    pp_out_char(out, '{');
    put_json_pair(out, "name", pp_node_name(&r->graph, node));
    pp_out_printf(out, ",\"flat\":%" PRId64 ",\"flat_percent\":%.4f", flat,
                  percent_of(flat, r->total));
    pp_out_printf(out, ",\"cum\":%" PRId64 ",\"cum_percent\":%.4f}", cum,
                  percent_of(cum, r->total));
}

int pp_print_json(struct pp_report *r, struct pp_out *out, struct pprof_error *error)
{
    (void)error;
    if (pp_report_graph(r, PP_EDGES_INLINED)) {
        return PPROF_ERR_NOMEM;
    }
    pp_out_char(out, '{');
    put_json_pair(out, "type", r->sample_type);
    pp_out_char(out, ',');
    put_json_pair(out, "unit", r->sample_unit);
    pp_out_printf(out, ",\"total\":%" PRId64 ",\"rows\":[", r->total);
    for (size_t i = 0; i < r->graph.shown_count; i++) {
        pp_out_str(out, i ? ",\n" : "\n");
        put_row(r, out, r->graph.shown[i]);
    }
    pp_out_str(out, "]}\n");
    return 0;
}
