/* traces: every sample with its labels and its stack. */
#include "base/utf8.h"
#include "tool/report/labels.h"
#include "tool/report/report.h"

#include <string.h>

static const char separator[] =
    "-----------+-------------------------------------------------------\n";

/* The lines of one location's frames, with blanks where the value of a sample goes. */
struct block {
    char *text;
    size_t len;
};

enum { VALUE_WIDTH = 10 };

struct tracer {
    struct pp_report *r;
    struct pp_out *out;
    struct pp_frames frames;
    struct block *blocks; /* by location; made when first needed, then copied as they are */
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

static const char margin[] = "             ";

static const char *frame_end(const struct pp_frames *f, uint32_t location, uint32_t place)
{
    return place + 1 < f->first[location + 1] ? " (inline)\n" : "\n";
}

static int make_block(struct tracer *t, uint32_t location)
{
    struct pp_frames *f = &t->frames;
    struct block *b = &t->blocks[location];
    size_t len = 0;
    for (uint32_t i = f->first[location]; i < f->first[location + 1]; i++) {
        len += sizeof(margin) - 1 + strlen(pp_frame_name(f, f->ids[i])) +
               strlen(frame_end(f, location, i));
    }
    char *at = pp_arena_alloc(&t->r->arena, len + 1);
    if (!at) {
        return PPROF_ERR_NOMEM;
    }
    *b = (struct block){ at, len };
    for (uint32_t i = f->first[location]; i < f->first[location + 1]; i++) {
        at = stpcpy(stpcpy(stpcpy(at, margin), pp_frame_name(f, f->ids[i])),
                    frame_end(f, location, i));
    }
    return 0;
}

/* The value stands beside the first frame only. */
static int put_stack(struct tracer *t, size_t sample, const char *value)
{
    const struct pprof_profile *p = &t->r->view.p;
    size_t skip = VALUE_WIDTH;
    for (uint32_t k = p->loc_begin[sample]; k < p->loc_begin[sample + 1]; k++) {
        const struct block *b = &t->blocks[p->sample_locs[k]];
        if (!b->text && make_block(t, p->sample_locs[k])) {
            return PPROF_ERR_NOMEM;
        }
        if (b->len) {
            if (skip) {
                pp_out_right(t->out, value, VALUE_WIDTH);
            }
            pp_out_append(t->out, b->text + skip, b->len - skip);
            skip = 0;
        }
    }
    return 0;
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
    return put_stack(t, sample, value);
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
    t.blocks = pp_arena_array(&r->arena, r->view.p.location_count + 1, sizeof(*t.blocks));
    if (!t.blocks) {
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
