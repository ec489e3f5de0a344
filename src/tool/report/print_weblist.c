/* weblist: one page that stands alone. Lines with instructions are details elements, so that the
 * browser itself opens and closes them by click and by keyboard. */
#include "tool/report/source.h"
#include "tool/report/weblist.h"

#include "tool/report/paths.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    TAB = 8,
    VALUES_WIDTH = 22,  /* flat and cum */
    SOURCE_COLUMN = 30, /* where the text of a line starts */
    SOURCE_INDENT = 4,  /* of instructions below their line, and of each inlined call */
    INDENT_MAX = 80,
    TEXT_WIDTH = 80,
    SHOWN_MAX = 4000, /* of one line */
};

struct page {
    struct pp_report *report;
    struct pp_out *out;
    const char *search_path;
    struct pp_source source; /* of source_file */
    const char *source_file; /* NULL: none */
    bool is_open;
};

static const char style[] =
    ":root{color-scheme:light dark;--ink:#1c1e21;--paper:#fff;--faint:#6d737a;--rule:#d9dce0;"
    "--hover:#eef3fb;--asm:#176b2c;--call:#4b3a9b;--hot:#b3261e}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e4e6ea;--paper:#16181c;--faint:#8f969e;"
    "--rule:#34383f;--hover:#20262f;--asm:#7fce91;--call:#b4a7f5;--hot:#ff8a80}}\n"
    "body{margin:1.5rem;background:var(--paper);color:var(--ink);"
    "font:15px/1.45 system-ui,sans-serif}\n"
    "h1{font-size:1.3rem;margin:0 0 .5rem}h2{font-size:1.05rem;margin:1.6rem 0 0;"
    "overflow-wrap:anywhere}\n"
    ".about,.file{color:var(--faint);margin:0}.file{overflow-wrap:anywhere}\n"
    ".code{font:13px/1.4 ui-monospace,monospace;white-space:pre;tab-size:8;overflow-x:auto;"
    "border-top:1px solid var(--rule);border-bottom:1px solid var(--rule);padding:.3rem 0}\n"
    ".code>*{min-width:max-content}.idle{color:var(--faint)}\n"
    "summary{cursor:pointer;list-style:none}summary::-webkit-details-marker{display:none}\n"
    "summary:hover{background:var(--hover)}summary:focus-visible{outline:2px solid var(--call)}\n"
    ".asm{color:var(--asm)}.call{color:var(--call)}.at{color:var(--faint)}\n"
    ".hot{color:var(--hot)}button{font:inherit;margin:.6rem .4rem 0 0}\n";

static const char script[] =
    "for(const b of document.querySelectorAll('button'))b.onclick=()=>{"
    "for(const d of document.querySelectorAll('details'))d.open=b.id==='open'}\n";

/* --- text ------------------------------------------------------------------------------------- */

static void put(struct page *p, const char *text)
{
    pp_out_str(p->out, text);
}

static void put_escaped_n(struct page *p, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        switch (text[i]) {
        case '&': put(p, "&amp;"); break;
        case '<': put(p, "&lt;"); break;
        case '>': put(p, "&gt;"); break;
        case '"': put(p, "&quot;"); break;
        case '\'': put(p, "&#39;"); break;
        case '\0': put(p, "\xef\xbf\xbd"); break;
        default: pp_out_char(p->out, text[i]);
        }
    }
}

static void put_escaped(struct page *p, const char *text)
{
    put_escaped_n(p, text, strlen(text));
}

static void put_value(struct page *p, int64_t value)
{
    char text[PP_LABEL_CAP];
    const char *shown = value ? pp_report_value(p->report, value, text) : ".";
    size_t len = strlen(shown);
    pp_out_fill(p->out, ' ', len < 10 ? 10 - len : 0);
    put_escaped(p, shown);
    put(p, " ");
}

static void put_weights(struct page *p, int64_t flat, int64_t cum)
{
    put(p, flat ? "<span class=hot>" : "<span>");
    put_value(p, flat);
    put_value(p, cum);
    put(p, "</span>");
}

/* The column of the first character that is no blank. */
static size_t indentation(const char *text, size_t len)
{
    size_t column = 0;
    for (size_t i = 0; i < len && (text[i] == ' ' || text[i] == '\t'); i++) {
        column = text[i] == '\t' ? (column / TAB + 1) * TAB : column + 1;
    }
    return column < INDENT_MAX ? column : INDENT_MAX;
}

/* --- source ----------------------------------------------------------------------------------- */

static void close_source(struct page *p)
{
    if (p->is_open) {
        pp_source_close(&p->source);
    }
    p->is_open = false;
}

/* A line of a file; the file stays open until another one is asked for. */
static bool source_line(struct page *p, const char *file, int64_t number, const char **text,
                        size_t *len)
{
    if (!p->source_file || strcmp(p->source_file, file) != 0) {
        close_source(p);
        p->source_file = file;
        p->is_open = *file && pp_source_find(&p->source, &p->report->view.p, &p->report->arena,
                                             file, p->search_path,
                                             p->report->request.config.trim_path, NULL) == 0;
    }
    return p->is_open && number > 0 && pp_source_line(&p->source, number, text, len);
}

static void put_place(struct page *p, const char *file, int64_t line)
{
    if (*file) {
        put(p, " <span class=at>");
        put_escaped(p, pp_path_base(&p->report->arena, file));
        pp_out_printf(p->out, ":%" PRId64 "</span>", line);
    }
}

/* --- lines ------------------------------------------------------------------------------------ */

/* The calls that differ from those of the instruction before. */
static void put_calls(struct page *p, const struct pp_web_instruction *i,
                      const struct pp_web_instruction *before, size_t indent)
{
    bool same = before != NULL;
    for (size_t k = 0; k < i->call_count; k++) {
        const struct pp_web_call *call = &i->calls[k];
        same = same && k < before->call_count && before->calls[k].line == call->line &&
               !strcmp(before->calls[k].file, call->file);
        if (same) {
            continue;
        }
        const char *text = "";
        size_t len = 0;
        if (!source_line(p, call->file, call->line, &text, &len)) {
            text = "(inlined call)";
            len = strlen(text);
        }
        size_t skip = 0;
        while (skip < len && (text[skip] == ' ' || text[skip] == '\t')) {
            skip++;
        }
        put(p, "<div class=call>");
        pp_out_fill(p->out, ' ', SOURCE_COLUMN + indent + SOURCE_INDENT * (1 + k));
        put_escaped_n(p, text + skip, len - skip);
        put_place(p, call->file, call->line);
        put(p, "</div>");
    }
}

static void put_instruction(struct page *p, const struct pp_web_instruction *i,
                            const struct pp_web_instruction *before, size_t indent)
{
    if (i->starts_block) {
        put(p, "<div class=at>");
        pp_out_fill(p->out, ' ', SOURCE_COLUMN + indent + SOURCE_INDENT);
        put(p, "\xe2\x8b\xae</div>");
    }
    put_calls(p, i, before, indent);
    if (!*i->text) {
        return;
    }
    char address[24];
    int digits = snprintf(address, sizeof(address), "%" PRIx64 ": ", i->address);
    size_t before_text = indent + SOURCE_INDENT * (1 + i->call_count);
    size_t width = before_text + (size_t)digits + strlen(i->text);
    put(p, "<div>");
    put_weights(p, i->flat, i->cum);
    pp_out_fill(p->out, ' ', SOURCE_COLUMN - VALUES_WIDTH + before_text);
    put(p, "<span class=at>");
    put(p, address);
    put(p, "</span>");
    put(p, "<span class=asm>");
    put_escaped(p, i->text);
    put(p, "</span>");
    pp_out_fill(p->out, ' ', width < TEXT_WIDTH ? TEXT_WIDTH - width : 0);
    put_place(p, i->file, i->line);
    put(p, "</div>");
}

static bool has_details(const struct pp_web_line *line)
{
    for (size_t i = 0; line && i < line->count; i++) {
        if (*line->instructions[i].text || line->instructions[i].call_count) {
            return true;
        }
    }
    return false;
}

/* One line; line is NULL where there are no instructions. text is NULL where there is no source. */
static void put_line(struct page *p, const struct pp_web_line *line, int64_t number,
                     const char *text, size_t len)
{
    bool details = has_details(line);
    size_t indent = text ? indentation(text, len) : 0;
    put(p, details ? "<details><summary>" : line ? "<div>" : "<div class=idle>");
    put_weights(p, line ? line->flat : 0, line ? line->cum : 0);
    pp_out_printf(p->out, "%6" PRId64 "  ", number);
    if (text) {
        put_escaped_n(p, text, len < SHOWN_MAX ? len : SHOWN_MAX);
    } else {
        put(p, number ? "(this line of the source is not here)" : "(line not known)");
    }
    put(p, details ? "</summary>" : "</div>");
    for (size_t i = 0; details && i < line->count; i++) {
        put_instruction(p, &line->instructions[i], i ? &line->instructions[i - 1] : NULL, indent);
    }
    put(p, details ? "</details>\n" : "\n");
}

static void put_lines(struct page *p, const struct pp_web_function *f)
{
    size_t at = 0;
    for (int64_t n = f->begin; n < f->end; n++) {
        const struct pp_web_line *line = NULL;
        const char *text = NULL;
        size_t len = 0;
        if (at < f->line_count && f->lines[at].number == n) {
            line = &f->lines[at++];
        }
        bool known = source_line(p, f->file, n, &text, &len);
        if (known || line) {
            put_line(p, line, n, known ? text : NULL, len);
        }
    }
}

static void put_function(struct page *p, const struct pp_web_function *f)
{
    char flat[PP_LABEL_CAP], cum[PP_LABEL_CAP], percent[PP_PERCENT_CAP];
    put(p, "<section><h2>");
    put_escaped(p, f->name);
    put(p, "</h2>\n<p class=file>");
    put_escaped(p, *f->file ? f->file : "(no source file is known)");
    put(p, "</p>\n<p>flat <b>");
    put_escaped(p, pp_report_value(p->report, f->flat, flat));
    put(p, "</b>, cum <b>");
    put_escaped(p, pp_report_value(p->report, f->cum, cum));
    pp_out_printf(p->out, "</b> (%s of the total)</p>\n<div class=code>\n",
                  pp_percentage_bare(f->cum, p->report->total, percent));
    put_lines(p, f);
    put(p, "</div></section>\n");
}

/* --- the page --------------------------------------------------------------------------------- */

static int put_head(struct page *p)
{
    char total[PP_LABEL_CAP];
    struct pp_lines lines = { .count = 0 };
    if (pp_report_profile_lines(p->report, &lines)) {
        return PPROF_ERR_NOMEM;
    }
    put(p, "<!DOCTYPE html>\n<html lang=en><head><meta charset=utf-8>\n"
           "<meta name=viewport content=\"width=device-width,initial-scale=1\">\n<title>");
    put_escaped(p, *p->report->title ? p->report->title : "profile");
    put(p, " \xe2\x80\x93 source</title>\n<style>\n");
    put(p, style);
    put(p, "</style></head><body>\n<h1>Source with weights and instructions</h1>\n");
    for (size_t i = 0; i < lines.count; i++) {
        put(p, "<p class=about>");
        put_escaped(p, lines.items[i]);
        put(p, "</p>\n");
    }
    put(p, "<p class=about>Total: ");
    put_escaped(p, pp_report_value(p->report, p->report->total, total));
    put(p, "</p>\n<p class=about>Columns: flat, cum, line. A line that reacts to the pointer, or "
           "that Tab reaches, opens to show its instructions.</p>\n"
           "<button id=open>Open all</button><button id=close>Close all</button>\n");
    return 0;
}

int pp_print_weblist(struct pp_report *report, struct pp_out *out, struct pprof_error *error)
{
    char cwd[4096];
    const char *path = report->request.config.source_path;
    struct page page = { .report = report, .out = out };
    struct pp_weblist list;
    page.search_path = *path ? path : getcwd(cwd, sizeof(cwd)) ? cwd : ".";
    int r = pp_weblist_build(report, &list, error);
    r = r ? r : put_head(&page);
    if (r) {
        return r;
    }
    for (size_t i = 0; i < list.count; i++) {
        put_function(&page, &list.functions[i]);
    }
    close_source(&page);
    put(&page, "<script>\n");
    put(&page, script);
    put(&page, "</script></body></html>\n");
    return 0;
}
