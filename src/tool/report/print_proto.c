/* proto and topproto: profiles as answers. */
#include "tool/report/report.h"

#include "profile/build.h"
#include "profile/wire.h"

#include <string.h>

/* Encodes, compresses, and hands over. */
static int put_profile(struct pp_report *r, const struct pprof_profile *p, struct pp_out *out,
                       struct pprof_error *error)
{
    struct pp_buf plain, zipped;
    enum { LEVEL = 1 }; /* a small part of the time of 6, 3 % more bytes */
    pp_buf_init(&plain, &r->arena);
    pp_buf_init(&zipped, &r->arena);
    int err = pp_wire_encode(p, &plain, error);
    err = err ? err : pp_gzip(&zipped, plain.data ? plain.data : "", plain.len, LEVEL, error);
    if (!err) {
        pp_out_append(out, zipped.data, zipped.len);
    }
    return err;
}

int pp_print_proto(struct pp_report *r, struct pp_out *out, struct pprof_error *error)
{
    struct pprof_profile *p = &r->view.p;
    if (r->ratio > 0 && r->ratio != 1) {
        if (pp_view_own_samples(&r->view)) {
            return PPROF_ERR_NOMEM;
        }
        for (size_t i = 0; i < p->sample_count * p->sample_type_count; i++) {
            p->values[i] = pp_to_i64((double)p->values[i] * r->ratio);
        }
    }
    return put_profile(r, p, out, error);
}

struct top_builder {
    struct pp_report *r;
    struct pp_build *build;
    struct pp_table functions; /* identity -> index + 1 */
};

static uint32_t add_function(struct top_builder *t, const struct pp_frame_info *i)
{
    const struct pp_frames *f = &t->r->graph.frames;
    uint64_t identity[2] = { (uint64_t)i->name << 32 | i->file, (uint64_t)i->start_line };
    size_t before = t->functions.count;
    uint32_t id = pp_table_intern(&t->functions, (const char *)identity, sizeof(identity), false);
    if (t->functions.count > before) {
        struct pprof_function function = {
            .name = pp_build_cstr(t->build, pp_frame_text(f, i->name)),
            .filename = pp_build_cstr(t->build, pp_frame_text(f, i->file)),
            .start_line = i->start_line,
        };
        return pp_build_function(t->build, &function);
    }
    return id - 1;
}

static void add_node(struct top_builder *t, uint32_t node)
{
    const struct pp_report *r = t->r;
    const struct pp_node *n = &r->graph.nodes[node];
    const struct pp_frame_info *i = &r->graph.frames.infos[n->info];
    const char *unit;
    struct pprof_line line = { .function = add_function(t, i), .line = i->line,
                               .column = i->column };
    uint32_t location = pp_build_location(t->build, 0, i->address, PPROF_NONE, &line, 1, false);
    int64_t values[2] = {
        pp_to_i64(pp_scale(pp_node_cum(n), r->sample_unit, r->output_unit, &unit)),
        pp_to_i64(pp_scale(pp_node_flat(n), r->sample_unit, r->output_unit, &unit)),
    };
    pp_build_sample(t->build, &location, 1, values, NULL, 0);
}

static int build_top(struct pp_report *r, struct pprof_profile **made, struct pprof_error *error)
{
    const struct pprof_profile *p = &r->view.p;
    struct top_builder t = { .r = r, .build = pp_build_new(0) };
    if (!t.build || pp_table_init(&t.functions, &r->arena)) {
        pp_build_free(t.build);
        return PPROF_ERR_NOMEM;
    }
    pp_build_sample_type(t.build, "cum", r->output_unit);
    pp_build_sample_type(t.build, "flat", r->output_unit);
    pp_build_times(t.build, p->time_nanos, p->duration_nanos);
    pp_build_period(t.build, pp_view_text(&r->view, p->period_type.type),
                    pp_view_text(&r->view, p->period_type.unit), p->period);
    for (size_t i = 0; i < r->graph.shown_count; i++) {
        add_node(&t, r->graph.shown[i]);
    }
    return pp_build_finish(t.build, made, error);
}

int pp_print_topproto(struct pp_report *r, struct pp_out *out, struct pprof_error *error)
{
    struct pprof_profile *top = NULL;
    int err = pp_report_graph(r, PP_EDGES_NONE);
    err = err ? err : build_top(r, &top, error);
    err = err ? err : put_profile(r, top, out, error);
    pprof_profile_free(top);
    return err;
}
