/* Source and disassembly: lines and instructions with their weights. */
#include "tool/web/room.h"

#include "tool/report/assembly.h"
#include "tool/report/paths.h"
#include "tool/report/source.h"
#include "tool/report/weblist.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST = 50, LINE_MAX_SHOWN = 2000 }; /* files or functions; bytes of one line */

static void adjust_source(struct pp_config *config)
{
    config->granularity = "addresses";
    config->nodecount = 0;
    config->nodefraction = 0;
    config->edgefraction = 0;
}

static void adjust_disasm(struct pp_config *config)
{
    adjust_source(config);
    config->noinlines = true;
}

static void put_weights(struct pp_web_ask *call, const struct pp_report *r, int64_t flat,
                        int64_t cum)
{
    struct pp_json *j = &call->json;
    const int64_t values[2] = { flat, cum };
    for (int i = 0; i < 2; i++) {
        if (values[i]) {
            pp_web_value(call, r, values[i]);
        } else {
            pp_json_text(j, "");
        }
    }
}

static void put_address(struct pp_json *j, uint64_t address)
{
    char text[24];
    (void)snprintf(text, sizeof(text), "%" PRIx64, address);
    pp_json_text(j, text);
}

/* --- source ----------------------------------------------------------------------------------- */

/* [flat, cum, address, text, place, starts a block, [[file, line] of calls]] */
static void put_instruction(struct pp_web_ask *call, struct pp_report *r,
                            const struct pp_web_instruction *i)
{
    struct pp_json *j = &call->json;
    char place[PATH_MAX];
    (void)snprintf(place, sizeof(place), "%s:%" PRId64, pp_path_base(&r->arena, i->file), i->line);
    pp_json_open(j, '[');
    put_weights(call, r, i->flat, i->cum);
    put_address(j, i->address);
    pp_json_text(j, i->text);
    pp_json_text(j, *i->file ? place : "");
    pp_json_bool(j, i->starts_block);
    pp_json_open(j, '[');
    for (size_t k = 0; k < i->call_count; k++) {
        pp_json_open(j, '[');
        pp_json_text(j, i->calls[k].file);
        pp_json_int(j, i->calls[k].line);
        pp_json_close(j, ']');
    }
    pp_json_close(j, ']');
    pp_json_close(j, ']');
}

static bool has_code(const struct pp_web_instruction *i)
{
    return *i->text || i->call_count;
}

/* [number, flat, cum, text or null, instructions] */
static void put_line(struct pp_web_ask *call, struct pp_report *r, int64_t number,
                     const struct pp_web_line *line, const char *text, size_t len)
{
    struct pp_json *j = &call->json;
    pp_json_open(j, '[');
    pp_json_int(j, number);
    put_weights(call, r, line ? line->flat : 0, line ? line->cum : 0);
    if (text) {
        pp_json_text_n(j, text, len < LINE_MAX_SHOWN ? len : LINE_MAX_SHOWN);
    } else {
        pp_json_raw(j, "null", 4);
    }
    for (size_t i = 0, opened = 0; line && i <= line->count; i++) {
        bool put = i < line->count && has_code(&line->instructions[i]);
        if (put && !opened++) {
            pp_json_open(j, '[');
        }
        if (put) {
            put_instruction(call, r, &line->instructions[i]);
        } else if (i == line->count && opened) {
            pp_json_close(j, ']');
        }
    }
    pp_json_close(j, ']');
}

/* A source file that is opened once for neighbouring functions. */
struct reader {
    const char *search_path, *file;
    struct pp_source source;
    bool is_open;
    struct pprof_error why;
};

static void close_source(struct reader *reader)
{
    if (reader->is_open) {
        pp_source_close(&reader->source);
    }
    reader->is_open = false;
}

static void open_source(struct reader *reader, struct pp_report *r, const char *file)
{
    if (reader->file && !strcmp(reader->file, file)) {
        return;
    }
    close_source(reader);
    reader->file = file;
    reader->why = (struct pprof_error){ 0 };
    reader->is_open = *file && !pp_source_find(&reader->source, &r->view.p, &r->arena, file,
                                               reader->search_path,
                                               r->request.config.trim_path, &reader->why);
}

static void put_lines(struct pp_web_ask *call, struct pp_report *r, struct reader *reader,
                      const struct pp_web_function *f)
{
    size_t at = 0;
    for (int64_t n = f->begin; n < f->end; n++) {
        const char *text = NULL;
        size_t len = 0;
        bool weighed = at < f->line_count && f->lines[at].number == n;
        const struct pp_web_line *line = weighed ? &f->lines[at++] : NULL;
        bool known = reader->is_open && n > 0 && pp_source_line(&reader->source, n, &text, &len);
        if (known || line) {
            put_line(call, r, n, line, known ? text : NULL, len);
        }
    }
}

static void put_function(struct pp_web_ask *call, struct pp_report *r, struct reader *reader,
                         const struct pp_web_function *f)
{
    struct pp_json *j = &call->json;
    open_source(reader, r, f->file);
    pp_json_open(j, '{');
    pp_json_put_text(j, "name", f->name);
    pp_json_put_text(j, "file", f->file);
    pp_json_put_text(j, "trouble", *f->file && !reader->is_open ? reader->why.detail : "");
    pp_json_put_int(j, "flat", f->flat);
    pp_json_put_int(j, "cum", f->cum);
    pp_json_key(j, "texts");
    pp_json_open(j, '[');
    put_weights(call, r, f->flat, f->cum);
    pp_json_close(j, ']');
    pp_json_key(j, "lines");
    pp_json_open(j, '[');
    put_lines(call, r, reader, f);
    pp_json_close(j, ']');
    pp_json_close(j, '}');
}

static int heavier(const void *a, const void *b)
{
    const struct pp_web_function *x = *(const struct pp_web_function *const *)a;
    const struct pp_web_function *y = *(const struct pp_web_function *const *)b;
    int64_t v = pp_abs(x->flat), w = pp_abs(y->flat), s = pp_abs(x->cum), t = pp_abs(y->cum);
    return v != w ? (v < w ? 1 : -1) : s != t ? (s < t ? 1 : -1) : strcmp(x->name, y->name);
}

/* The functions in order of weight. */
static const struct pp_web_function **by_weight(struct pp_report *r, const struct pp_weblist *list)
{
    const struct pp_web_function **sorted =
        pp_arena_array(&r->arena, list->count + 1, sizeof(*sorted));
    for (size_t i = 0; sorted && i < list->count; i++) {
        sorted[i] = &list->functions[i];
    }
    if (sorted && list->count) {
        qsort(sorted, list->count, sizeof(*sorted), heavier);
    }
    return sorted;
}

static int fill_source(struct pp_web_ask *call, struct pp_report *r, struct pprof_error *error)
{
    char cwd[PATH_MAX];
    const char *path = r->request.config.source_path;
    struct reader reader = { .search_path = *path ? path : getcwd(cwd, sizeof(cwd)) ? cwd : "." };
    struct pp_json *j = &call->json;
    struct pp_weblist list;
    int err = pp_weblist_build(r, &list, error);
    const struct pp_web_function **sorted = err ? NULL : by_weight(r, &list);
    if (err || !sorted) {
        return err ? err : PPROF_ERR_NOMEM;
    }
    pp_json_open(j, '{');
    pp_json_key(j, "functions");
    pp_json_open(j, '[');
    for (size_t i = 0; i < list.count && i < MOST; i++) {
        put_function(call, r, &reader, sorted[i]);
    }
    pp_json_close(j, ']');
    pp_json_put_int(j, "leftOut", list.count > MOST ? (int64_t)list.count - MOST : 0);
    pp_json_close(j, '}');
    close_source(&reader);
    return 0;
}

int pp_web_source(struct pp_web_ask *call, struct pprof_error *error)
{
    static const struct pp_web_report how = { PP_FORMAT_WEBLIST, true, adjust_source,
                                              fill_source };
    return pp_web_report(call, &how, error);
}

/* --- disassembly ------------------------------------------------------------------------------ */

struct disasm {
    struct pp_web_ask *call;
    struct pp_report *report;
    size_t count;
};

/* [flat, cum, address, text, function, place] */
static void put_code(struct disasm *d, const struct pp_assembly_line *line)
{
    struct pp_json *j = &d->call->json;
    char place[PATH_MAX] = "";
    if (*line->file) {
        (void)snprintf(place, sizeof(place), "%s:%" PRId64, line->file, line->line);
    }
    pp_json_open(j, '[');
    put_weights(d->call, d->report, line->flat, line->cum);
    put_address(j, line->address);
    pp_json_text(j, line->text);
    pp_json_text(j, line->function);
    pp_json_text(j, place);
    pp_json_close(j, ']');
}

static void put_routine(void *ctx, const struct pp_assembly_routine *routine)
{
    struct disasm *d = ctx;
    struct pp_json *j = &d->call->json;
    d->count++;
    pp_json_open(j, '{');
    pp_json_put_text(j, "name", routine->name);
    pp_json_key(j, "others");
    pp_json_open(j, '[');
    for (size_t i = 0; i < routine->other_name_count; i++) {
        pp_json_text(j, routine->other_names[i]);
    }
    pp_json_close(j, ']');
    pp_json_put_int(j, "flat", routine->flat);
    pp_json_put_int(j, "cum", routine->cum);
    pp_json_key(j, "texts");
    pp_json_open(j, '[');
    put_weights(d->call, d->report, routine->flat, routine->cum);
    pp_json_close(j, ']');
    pp_json_key(j, "lines");
    pp_json_open(j, '[');
    for (size_t i = 0; i < routine->line_count; i++) {
        put_code(d, &routine->lines[i]);
    }
    pp_json_close(j, ']');
    pp_json_close(j, '}');
}

static int fill_disasm(struct pp_web_ask *call, struct pp_report *r, struct pprof_error *error)
{
    struct disasm d = { .call = call, .report = r };
    struct pp_json *j = &call->json;
    pp_json_open(j, '{');
    pp_json_key(j, "routines");
    pp_json_open(j, '[');
    int err = pp_assembly_each(r, MOST, put_routine, &d, error);
    pp_json_close(j, ']');
    pp_json_close(j, '}');
    return err;
}

int pp_web_disasm(struct pp_web_ask *call, struct pprof_error *error)
{
    static const struct pp_web_report how = { PP_FORMAT_DISASM, true, adjust_disasm,
                                              fill_disasm };
    return pp_web_report(call, &how, error);
}
