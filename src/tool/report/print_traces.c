/* traces: every sample with its labels and its stack. */
#include "tool/report/labels.h"
#include "tool/report/report.h"

#include <string.h>

static const char separator[] =
    "-----------+-------------------------------------------------------\n";

struct tracer {
    struct pp_report *r;
    struct pp_out *out;
    struct pp_frames frames;
    struct pp_label_printer labels;
};

/* "       key:  value value\n" */
static void write_label(void *ctx, const struct pp_label_group *group, struct pp_buf *line)
{
    struct tracer *t = ctx;
    const struct pp_view *view = &t->r->view;
    const char *key = pp_view_text(view, group->key);
    size_t shown = pp_utf8_count(key, strlen(key));
    const char *unit = group->is_numeric ? pp_tag_unit(&t->r->units, view, group->key) : "";
    pp_buf_fill(line, ' ', shown < 10 ? 10 - shown : 0);
    pp_buf_str(line, key);
    pp_buf_str(line, ":  ");
    for (size_t i = 0; i < group->count; i++) {
        char number[PP_LABEL_CAP];
        pp_buf_str(line, i ? " " : "");
        pp_buf_str(line, group->is_numeric
                             ? pp_scaled_label(group->items[i]->num, unit, "auto", number)
                             : pp_view_text(view, group->items[i]->str));
    }
    pp_buf_char(line, '\n');
}

static int put_labels(struct tracer *t, size_t sample, bool numeric)
{
    int r = pp_labels_make(&t->labels, sample, numeric, write_label, t);
    for (size_t i = 0; !r && i < t->labels.count; i++) {
        pp_out_str(t->out, pp_labels_piece(&t->labels, i));
    }
    return r;
}

static void put_stack(struct tracer *t, size_t sample, const char *value)
{
    const struct pprof_profile *p = &t->r->view.p;
    const struct pp_frames *f = &t->frames;
    for (uint32_t k = p->loc_begin[sample]; k < p->loc_begin[sample + 1]; k++) {
        uint32_t location = p->sample_locs[k], last = f->first[location + 1];
        for (uint32_t i = f->first[location]; i < last; i++) {
            pp_out_right(t->out, value, 10);
            pp_out_append(t->out, "   ", 3);
            pp_out_str(t->out, pp_frame_name(&t->frames, f->ids[i]));
            pp_out_str(t->out, i + 1 < last ? " (inline)\n" : "\n");
            value = "";
        }
    }
}

static int put_sample(struct tracer *t, size_t sample)
{
    const struct pprof_profile *p = &t->r->view.p;
    const int64_t *values = p->values + sample * p->sample_type_count;
    char value[PP_LABEL_CAP];
    if (p->loc_begin[sample] == p->loc_begin[sample + 1]) {
        return 0;
    }
    pp_out_str(t->out, separator);
    if (p->label_begin[sample] != p->label_begin[sample + 1] &&
        (put_labels(t, sample, false) || put_labels(t, sample, true))) {
        return PPROF_ERR_NOMEM;
    }
    int64_t div = t->r->request.config.mean ? values[0] : 0;
    pp_report_value(t->r, pp_divided(values[t->r->value_index], div), value);
    put_stack(t, sample, value);
    return 0;
}

int pp_print_traces(struct pp_report *r, struct pp_out *out, struct pprof_error *error)
{
    (void)error;
    struct tracer t = { .r = r, .out = out };
    struct pp_lines lines = { .count = 0 };
    const struct pp_frame_options options = { .trim_paths = false };
    pp_labels_init(&t.labels, &r->view, &r->arena);
    if (pp_frames_resolve(&t.frames, &r->view, &options) || pp_report_profile_lines(r, &lines)) {
        return PPROF_ERR_NOMEM;
    }
    pp_report_print_lines(&lines, out);
    for (size_t i = 0; i < r->view.p.sample_count; i++) {
        if (put_sample(&t, i)) {
            return PPROF_ERR_NOMEM;
        }
    }
    pp_out_str(out, separator);
    return 0;
}
