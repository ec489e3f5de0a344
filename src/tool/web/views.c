#include "tool/web/room.h"

#include "base/err.h"
#include "tool/report/assembly.h"
#include "tool/report/regex.h"

#include <stdio.h>
#include <string.h>

const struct pp_web_view pp_web_views[] = {
    { "top", "Top", "Functions by weight, as a table", PP_WEB_ALWAYS, pp_web_top, true, false },
    { "graph", "Graph", "Calls between functions, as a drawing", PP_WEB_ALWAYS, pp_web_graph,
      true, false },
    { "flamegraph", "Flame Graph", "Whole stacks, merged: width is weight", PP_WEB_ALWAYS,
      pp_web_flame, true, false },
    { "peek", "Peek", "Callers and callees of functions that match", PP_WEB_ALWAYS, pp_web_peek,
      true, false },
    { "source", "Source", "Source lines with weights and instructions", PP_WEB_ALWAYS,
      pp_web_source, true, true },
    { "disasm", "Disassemble", "Instructions with weights", PP_WEB_ALWAYS, pp_web_disasm, true,
      true },
    { "labels", "Labels", "Labels of the samples, with weights, as filters", PP_WEB_ALWAYS,
      pp_web_labels, true, false },
    { "goroutines", "Goroutines", "Who waits where, grouped by stack and reason", PP_WEB_DUMP,
      pp_web_goroutines, false, false },
    { "live", "Live", "Totals of the running program over time; moments to compare", PP_WEB_LIVE,
      pp_web_live, false, false },
};
const size_t pp_web_view_count = sizeof(pp_web_views) / sizeof(pp_web_views[0]);

const struct pp_web_view *pp_web_view_named(const char *path)
{
    for (size_t i = 0; i < pp_web_view_count; i++) {
        if (!strcmp(pp_web_views[i].path, path)) {
            return &pp_web_views[i];
        }
    }
    return NULL;
}

bool pp_web_view_takes_symbol(const struct pp_web_view *view)
{
    return view && (view->data == pp_web_peek || view->data == pp_web_source ||
                    view->data == pp_web_disasm);
}

/* --- is there anything to show? --------------------------------------------------------------- */

static bool matches(const struct pp_regex *regex, const struct pprof_profile *p, uint32_t string)
{
    return pp_regex_match(regex, p->strings[string].ptr, p->strings[string].len);
}

/* Peek also finds "name file:line". */
static bool matches_line(const struct pp_regex *regex, const struct pprof_profile *p,
                         const struct pprof_line *line)
{
    char text[4096];
    const struct pprof_function *f = &p->functions[line->function];
    int len = snprintf(text, sizeof(text), "%s %s:%lld", p->strings[f->name].ptr,
                       p->strings[f->filename].ptr, (long long)line->line);
    return len > 0 && pp_regex_match(regex, text,
                                     (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1);
}

static bool any_matches(const struct pp_regex *regex, const struct pprof_profile *p)
{
    for (size_t i = 0; i < p->function_count; i++) {
        const struct pprof_function *f = &p->functions[i];
        if (matches(regex, p, f->name) || matches(regex, p, f->system_name) ||
            matches(regex, p, f->filename)) {
            return true;
        }
    }
    for (size_t i = 0; i < p->line_count; i++) {
        if (p->lines[i].function != PPROF_NONE && matches_line(regex, p, &p->lines[i])) {
            return true;
        }
    }
    return false;
}

int pp_web_view_check(struct pp_web_ask *call, const struct pp_web_view *view,
                      struct pprof_error *error)
{
    const char *symbol = call->config.focus;
    bool is_disasm = view->data == pp_web_disasm;
    struct pp_regex *regex = NULL;
    if (!*symbol || !pp_web_view_takes_symbol(view)) {
        return 0;
    }
    uint64_t address;
    if (pp_assembly_address(symbol, &address)) {
        return 0; /* only the answer itself can tell */
    }
    int r = pp_regex_compile(symbol, &regex, error);
    if (r) {
        return r;
    }
    bool found = any_matches(regex, pp_web_first_profile(call->web));
    pp_regex_free(regex);
    return found ? 0
                 : pp_err_set(error, PPROF_ERR_NOTFOUND, "no matches found for regexp%s %s",
                              is_disasm ? "" : ":", symbol);
}
