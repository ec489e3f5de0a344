/* A report as JSON: what all views have in common. */
#include "tool/web/room.h"

#include "base/err.h"

#include <stdio.h>
#include <string.h>

/* Words said on the way are shown on the page. */
static void keep_message(void *ctx, const char *text)
{
    struct pp_web_ask *call = ctx;
    struct pp_lines *m = &call->messages;
    struct pp_arena *arena = call->request->arena;
    char *copy = pp_arena_strndup(arena, text, strlen(text));
    if (copy && !pp_arena_reserve(arena, &m->items, &m->cap, m->count, sizeof(char *))) {
        m->items[m->count++] = copy;
    }
}

void pp_web_value(struct pp_web_ask *call, const struct pp_report *report, int64_t value)
{
    char text[PP_LABEL_CAP];
    pp_json_text(&call->json, pp_report_value(report, value, text));
}

static void put_lines(struct pp_json *j, const char *key, const struct pp_lines *lines)
{
    pp_json_key(j, key);
    pp_json_open(j, '[');
    for (size_t i = 0; i < lines->count; i++) {
        pp_json_text(j, lines->items[i]);
    }
    pp_json_close(j, ']');
}

static int put_about(struct pp_web_ask *call, struct pp_report *r)
{
    struct pp_json *j = &call->json;
    struct pp_lines lines = { .count = 0 };
    int err = r->graph.arena ? pp_report_lines(r, true, &lines)
                             : pp_report_profile_lines(r, &lines);
    pp_json_key(j, "about");
    pp_json_open(j, '{');
    pp_json_put_text(j, "title", r->title);
    pp_json_put_text(j, "type", r->sample_type);
    pp_json_put_text(j, "unit", r->sample_unit);
    pp_json_put_text(j, "shown", r->output_unit);
    pp_json_put_int(j, "total", r->total);
    pp_json_key(j, "ratio");
    pp_json_real(j, r->ratio);
    pp_json_put_int(j, "samples", (int64_t)r->view.p.sample_count);
    pp_json_key(j, "totalText");
    pp_web_value(call, r, r->total);
    put_lines(j, "lines", &lines);
    pp_json_close(j, '}');
    return err;
}

/* Why there is nothing to show may have been said on the way. */
static void add_messages(const struct pp_lines *messages, struct pprof_error *error)
{
    for (size_t i = 0; i < messages->count; i++) {
        size_t len = strlen(error->detail);
        (void)snprintf(error->detail + len, sizeof(error->detail) - len, "\n%s",
                       messages->items[i]);
    }
}

static int write_report(struct pp_web_ask *call, const struct pp_web_report *how,
                        const struct pprof_profile *profile, struct pprof_error *error)
{
    struct pp_report report;
    struct pp_report_request request = { .config = call->config, .format = how->format,
                                         .symbol = how->takes_symbol ? call->config.focus : NULL,
                                         .message = keep_message, .ctx = call };
    struct pp_json *j = &call->json;
    if (how->adjust) {
        how->adjust(&request.config);
    }
    int r = pp_report_build(&report, profile, &request, error);
    if (!r) { /* what fails below leaves half an answer, which the error replaces */
        pp_json_open(j, '{');
        pp_json_key(j, "data");
        r = how->fill(call, &report, error);
        r = r ? r : put_about(call, &report);
        put_lines(j, "messages", &call->messages);
        pp_json_close(j, '}');
    }
    pp_report_release(&report);
    return r;
}

int pp_web_report(struct pp_web_ask *call, const struct pp_web_report *how,
                  struct pprof_error *error)
{
    struct pp_web_shared *shared = NULL;
    int r = pp_web_profile(call, &shared, error);
    r = r ? r : write_report(call, how, shared->profile, error);
    pp_web_profile_done(call->web, shared);
    if (r == PPROF_ERR_NOMEM) {
        return pp_err_set(error, r, "not enough memory for this view");
    }
    if (r) {
        add_messages(&call->messages, error);
    }
    return r;
}
