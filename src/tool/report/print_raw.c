/* raw: the profile's own records, in google/pprof's words. */
#include "tool/report/labels.h"
#include "tool/report/moment.h"
#include "tool/report/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct raw_printer {
    const struct pp_view *view;
    struct pp_out *out;
    struct pp_label_printer labels;
};

/* --- times ------------------------------------------------------------------------------------ */

/* Nanoseconds below a second without zeros at the end, with a dot in front; "" for none. */
static const char *fraction(int64_t nanos, int digits, char out[16])
{
    (void)snprintf(out, 16, ".%0*" PRId64, digits, nanos);
    size_t len = strlen(out);
    while (len > 1 && out[len - 1] == '0') {
        len--;
    }
    out[len > 1 ? len : 0] = '\0';
    return out;
}

static void put_time(struct pp_out *out, int64_t nanos)
{
    struct tm tm;
    char clock[48], zone[48], part[16];
    if (pp_moment_local(&nanos, &tm) && strftime(clock, sizeof(clock), "%Y-%m-%d %H:%M:%S", &tm) &&
        strftime(zone, sizeof(zone), "%z %Z", &tm)) {
        pp_out_printf(out, "Time: %s%s %s\n", clock, fraction(nanos, 9, part), zone);
    }
}

/* Go's text of a duration: "1h2m3.5s", "15ms", "2.5us" (with the micro sign). */
static void duration_text(int64_t nanos, char *out, size_t cap)
{
    const char *sign = nanos < 0 ? "-" : "";
    uint64_t n = nanos < 0 ? 0 - (uint64_t)nanos : (uint64_t)nanos;
    char part[16];
    if (n < 1000) {
        (void)snprintf(out, cap, "%s%" PRIu64 "%s", sign, n, n ? "ns" : "s");
    } else if (n < 1000000) {
        (void)snprintf(out, cap, "%s%" PRIu64 "%sµs", sign, n / 1000,
                       fraction((int64_t)(n % 1000), 3, part));
    } else if (n < 1000000000) {
        (void)snprintf(out, cap, "%s%" PRIu64 "%sms", sign, n / 1000000,
                       fraction((int64_t)(n % 1000000), 6, part));
    } else {
        uint64_t s = n / 1000000000;
        fraction((int64_t)(n % 1000000000), 9, part);
        if (s >= 3600) {
            (void)snprintf(out, cap, "%s%" PRIu64 "h%" PRIu64 "m%" PRIu64 "%ss", sign, s / 3600,
                           s / 60 % 60, s % 60, part);
        } else if (s >= 60) {
            (void)snprintf(out, cap, "%s%" PRIu64 "m%" PRIu64 "%ss", sign, s / 60, s % 60, part);
        } else {
            (void)snprintf(out, cap, "%s%" PRIu64 "%ss", sign, s, part);
        }
    }
}

/* Only the first four characters are shown. */
static void put_duration(struct pp_out *out, int64_t nanos)
{
    char text[64];
    size_t len = 0, shown = 0;
    duration_text(nanos, text, sizeof(text));
    for (; text[len]; len++) {
        if (((unsigned char)text[len] & 0xc0) != 0x80 && ++shown > 4) {
            break;
        }
    }
    pp_out_str(out, "Duration: ");
    pp_out_append(out, text, len);
    pp_out_char(out, '\n');
}

/* --- samples ---------------------------------------------------------------------------------- */

static void write_text_labels(void *ctx, const struct pp_label_group *group, struct pp_buf *line)
{
    const struct raw_printer *rp = ctx;
    pp_buf_str(line, pp_view_text(rp->view, group->key));
    pp_buf_str(line, ":[");
    for (size_t i = 0; i < group->count; i++) {
        pp_buf_str(line, i ? " " : "");
        pp_buf_str(line, pp_view_text(rp->view, group->items[i]->str));
    }
    pp_buf_char(line, ']');
}

static void write_numbers(void *ctx, const struct pp_label_group *group, struct pp_buf *line)
{
    const struct raw_printer *rp = ctx;
    pp_buf_str(line, pp_view_text(rp->view, group->key));
    pp_buf_str(line, ":[");
    for (size_t i = 0; i < group->count; i++) {
        pp_buf_str(line, i ? " " : "");
        pp_buf_i64(line, group->items[i]->num);
        if (group->has_units) {
            pp_buf_char(line, ' ');
            pp_buf_str(line, pp_view_text(rp->view, group->items[i]->unit));
        }
    }
    pp_buf_char(line, ']');
}

static int put_labels(struct raw_printer *rp, size_t sample, bool numeric)
{
    int r = pp_labels_make(&rp->labels, sample, numeric,
                           numeric ? write_numbers : write_text_labels, rp);
    for (size_t i = 0; !r && i < rp->labels.count; i++) {
        pp_out_str(rp->out, i ? " " : "                ");
        pp_out_str(rp->out, pp_labels_piece(&rp->labels, i));
    }
    if (!r && rp->labels.count) {
        pp_out_char(rp->out, '\n');
    }
    return r;
}

/* Right-aligned in 10 columns behind a blank. */
static void put_number(struct pp_out *out, int64_t value)
{
    char text[32];
    size_t at = sizeof(text);
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        text[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (value < 0) {
        text[--at] = '-';
    }
    while (sizeof(text) - at < 10) {
        text[--at] = ' ';
    }
    text[--at] = ' ';
    pp_out_append(out, text + at, sizeof(text) - at);
}

static int put_sample(struct raw_printer *rp, size_t sample)
{
    const struct pprof_profile *p = &rp->view->p;
    for (size_t i = 0; i < p->sample_type_count; i++) {
        put_number(rp->out, p->values[sample * p->sample_type_count + i]);
    }
    pp_out_append(rp->out, ": ", 2);
    for (uint32_t k = p->loc_begin[sample]; k < p->loc_begin[sample + 1]; k++) {
        pp_out_i64(rp->out, (int64_t)p->locations[p->sample_locs[k]].id);
        pp_out_char(rp->out, ' ');
    }
    pp_out_char(rp->out, '\n');
    if (p->label_begin[sample] == p->label_begin[sample + 1]) {
        return 0;
    }
    int r = put_labels(rp, sample, false);
    return r ? r : put_labels(rp, sample, true);
}

static void put_sample_types(struct raw_printer *rp)
{
    const struct pprof_profile *p = &rp->view->p;
    for (size_t i = 0; i < p->sample_type_count; i++) {
        const struct pprof_value_type *t = &p->sample_types[i];
        pp_out_str(rp->out, i ? " " : "");
        pp_out_str(rp->out, pp_view_text(rp->view, t->type));
        pp_out_char(rp->out, '/');
        pp_out_str(rp->out, pp_view_text(rp->view, t->unit));
        pp_out_str(rp->out,
                   pp_view_same(rp->view, t->type, p->default_sample_type) ? "[dflt]" : "");
    }
    pp_out_char(rp->out, '\n');
}

/* --- records ---------------------------------------------------------------------------------- */

static void put_line(struct raw_printer *rp, const struct pprof_line *line)
{
    const struct pp_view *view = rp->view;
    if (line->function == PPROF_NONE) {
        pp_out_str(rp->out, "??");
        return;
    }
    const struct pprof_function *f = &view->p.functions[line->function];
    pp_out_str(rp->out, pp_view_text(view, f->name));
    pp_out_char(rp->out, ' ');
    pp_out_str(rp->out, pp_view_text(view, f->filename));
    pp_out_printf(rp->out, ":%" PRId64 ":%" PRId64 " s=%" PRId64, line->line, line->column,
                  f->start_line);
    if (!pp_view_same(view, f->name, f->system_name)) {
        pp_out_char(rp->out, '(');
        pp_out_str(rp->out, pp_view_text(view, f->system_name));
        pp_out_char(rp->out, ')');
    }
}

static void put_location(struct raw_printer *rp, const struct pprof_location *l)
{
    const struct pprof_profile *p = &rp->view->p;
    pp_out_printf(rp->out, "%6" PRIu64 ": 0x%" PRIx64 " ", l->id, l->address);
    if (l->mapping != PPROF_NONE) {
        pp_out_printf(rp->out, "M=%" PRIu64 " ", p->mappings[l->mapping].id);
    }
    pp_out_str(rp->out, l->is_folded ? "[F] " : "");
    for (uint32_t i = 0; i < l->line_count; i++) {
        pp_out_str(rp->out, i ? "\n             " : "");
        put_line(rp, &p->lines[l->line_begin + i]);
    }
    pp_out_char(rp->out, '\n');
}

static void put_mapping(struct raw_printer *rp, const struct pprof_mapping *m)
{
    pp_out_printf(rp->out, "%" PRIu64 ": 0x%" PRIx64 "/0x%" PRIx64 "/0x%" PRIx64 " ", m->id,
                  m->start, m->limit, m->offset);
    pp_out_str(rp->out, pp_view_text(rp->view, m->filename));
    pp_out_char(rp->out, ' ');
    pp_out_str(rp->out, pp_view_text(rp->view, m->build_id));
    pp_out_char(rp->out, ' ');
    pp_out_str(rp->out, m->has_functions ? "[FN]" : "");
    pp_out_str(rp->out, m->has_filenames ? "[FL]" : "");
    pp_out_str(rp->out, m->has_line_numbers ? "[LN]" : "");
    pp_out_str(rp->out, m->has_inline_frames ? "[IN]\n" : "\n");
}

static void put_header(struct raw_printer *rp)
{
    const struct pprof_profile *p = &rp->view->p;
    struct pp_out *out = rp->out;
    for (size_t i = 0; i < p->comment_count; i++) {
        pp_out_str(out, "Comment: ");
        pp_out_str(out, pp_view_text(rp->view, p->comments[i]));
        pp_out_char(out, '\n');
    }
    if (p->doc_url) {
        pp_out_str(out, "Doc: ");
        pp_out_str(out, pp_view_text(rp->view, p->doc_url));
        pp_out_char(out, '\n');
    }
    pp_out_str(out, "PeriodType: ");
    pp_out_str(out, pp_view_text(rp->view, p->period_type.type));
    pp_out_char(out, ' ');
    pp_out_str(out, pp_view_text(rp->view, p->period_type.unit));
    pp_out_printf(out, "\nPeriod: %" PRId64 "\n", p->period);
    if (p->time_nanos) {
        put_time(out, p->time_nanos);
    }
    if (p->duration_nanos) {
        put_duration(out, p->duration_nanos);
    }
}

int pp_print_raw(struct pp_report *r, struct pp_out *out, struct pprof_error *error)
{
    (void)error;
    struct raw_printer rp = { .view = &r->view, .out = out };
    const struct pprof_profile *p = &r->view.p;
    pp_labels_init(&rp.labels, &r->view, &r->arena);
    put_header(&rp);
    pp_out_str(out, "Samples:\n");
    put_sample_types(&rp);
    for (size_t i = 0; i < p->sample_count; i++) {
        if (put_sample(&rp, i)) {
            return PPROF_ERR_NOMEM;
        }
    }
    pp_out_str(out, "Locations\n");
    for (size_t i = 0; i < p->location_count; i++) {
        put_location(&rp, &p->locations[i]);
    }
    pp_out_str(out, "Mappings\n");
    for (size_t i = 0; i < p->mapping_count; i++) {
        put_mapping(&rp, &p->mappings[i]);
    }
    return 0;
}

int pp_print_comments(struct pp_report *r, struct pp_out *out, struct pprof_error *error)
{
    (void)error;
    const struct pprof_profile *p = &r->view.p;
    for (size_t i = 0; i < p->comment_count; i++) {
        pp_out_str(out, pp_view_text(&r->view, p->comments[i]));
        pp_out_char(out, '\n');
    }
    return 0;
}
