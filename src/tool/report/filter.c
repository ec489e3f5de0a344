/* Filters by name look at each function and mapping once; samples then only read bits. */
#include "tool/report/filter.h"

#include "base/err.h"
#include "profile/prune.h"

#include <stdio.h>
#include <string.h>

int pp_filter_compile(const char *name, const char *pattern, struct pp_regex **regex,
                      struct pprof_error *error)
{
    struct pprof_error why = { 0 };
    *regex = NULL;
    int r = *pattern ? pp_regex_compile(pattern, regex, &why) : 0;
    return r ? pp_err_set(error, r, "parsing %s regexp: %s", name, why.detail) : 0;
}

static void warn(const struct pp_filter *filter, bool fine, const char *option)
{
    if (!fine) {
        pp_message(filter->message, filter->ctx, "%s expression matched no samples", option);
    }
}

/* --- names ------------------------------------------------------------------------------------ */

/* What one expression matches: a byte for each function and mapping. */
struct names {
    uint8_t *functions, *mappings;
};

static bool matches(const struct pp_view *view, const struct pp_regex *re, uint32_t string)
{
    const struct pprof_string *s = &view->p.strings[string];
    return pp_regex_match(re, s->ptr, s->len);
}

static int match_names(const struct pp_view *view, const struct pp_regex *re, struct names *names)
{
    const struct pprof_profile *p = &view->p;
    if (!re) {
        return 0;
    }
    names->functions = pp_arena_alloc(view->arena, p->function_count);
    names->mappings = pp_arena_alloc(view->arena, p->mapping_count);
    if (!names->functions || !names->mappings) {
        return PPROF_ERR_NOMEM;
    }
    for (size_t i = 0; i < p->function_count; i++) {
        names->functions[i] = matches(view, re, p->functions[i].name) ||
                              matches(view, re, p->functions[i].filename);
    }
    for (size_t i = 0; i < p->mapping_count; i++) {
        names->mappings[i] = matches(view, re, p->mappings[i].filename);
    }
    return 0;
}

static bool mapping_matches(const struct names *names, const struct pprof_location *l)
{
    return l->mapping != PPROF_NONE && names->mappings[l->mapping];
}

static bool location_matches(const struct pprof_profile *p, const struct names *names,
                             const struct pprof_location *l)
{
    for (uint32_t i = 0; i < l->line_count; i++) {
        uint32_t f = p->lines[l->line_begin + i].function;
        if (f != PPROF_NONE && names->functions[f]) {
            return true;
        }
    }
    return mapping_matches(names, l);
}

/* Keeps the lines whose function matches (or does not); a line without function always stays. */
static void sift_lines(struct pprof_profile *p, const struct names *names, struct pprof_location *l,
                       bool keep_matching)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < l->line_count; i++) {
        struct pprof_line line = p->lines[l->line_begin + i];
        if (line.function == PPROF_NONE ||
            (bool)names->functions[line.function] == keep_matching) {
            p->lines[l->line_begin + kept++] = line;
        }
    }
    l->line_count = kept;
}

enum { FOCUSED = 1, IGNORED = 2, HIDDEN = 4 };

struct name_filter {
    struct pp_regex *focus, *ignore, *hide, *show;
    struct names focus_names, ignore_names, hide_names, show_names;
    bool focus_met, ignore_met, hide_met, show_met, any_hidden;
    uint8_t *flags; /* of each location */
};

static uint8_t focus_flag(struct name_filter *nf, const struct pprof_profile *p,
                          const struct pprof_location *l)
{
    if (nf->ignore && location_matches(p, &nf->ignore_names, l)) {
        nf->ignore_met = true;
        return IGNORED;
    }
    if (!nf->focus || location_matches(p, &nf->focus_names, l)) {
        nf->focus_met = true;
        return FOCUSED;
    }
    return 0;
}

static uint8_t hide_flag(struct name_filter *nf, struct pprof_profile *p, struct pprof_location *l)
{
    uint8_t flag = 0;
    if (nf->hide && location_matches(p, &nf->hide_names, l)) {
        nf->hide_met = true;
        if (mapping_matches(&nf->hide_names, l)) {
            l->line_count = 0;
        }
        sift_lines(p, &nf->hide_names, l, false);
        flag = l->line_count ? 0 : HIDDEN;
    }
    if (nf->show) {
        if (!mapping_matches(&nf->show_names, l)) {
            sift_lines(p, &nf->show_names, l, true);
        }
        nf->show_met |= l->line_count > 0;
        flag = l->line_count ? flag : HIDDEN;
    }
    return flag;
}

static void flag_locations(struct name_filter *nf, struct pprof_profile *p)
{
    for (size_t i = 0; i < p->location_count; i++) {
        nf->flags[i] = focus_flag(nf, p, &p->locations[i]);
        nf->flags[i] |= hide_flag(nf, p, &p->locations[i]);
        nf->any_hidden |= (nf->flags[i] & HIDDEN) != 0;
    }
}

/* Takes hidden frames out of the stack; what is left of it. */
static uint32_t drop_hidden(const struct name_filter *nf, struct pp_sieve *s)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < s->count; i++) {
        if (!(nf->flags[s->locs[i]] & HIDDEN)) {
            s->locs[kept++] = s->locs[i];
        }
    }
    return kept;
}

static void sift_samples(const struct name_filter *nf, struct pp_view *view)
{
    struct pp_sieve s;
    for (pp_sieve_begin(&s, view); pp_sieve_next(&s);) {
        uint8_t seen = 0;
        for (uint32_t i = 0; i < s.count; i++) {
            seen |= nf->flags[s.locs[i]];
        }
        if (!(seen & FOCUSED) || (seen & IGNORED)) {
            continue;
        }
        uint32_t left = nf->any_hidden ? drop_hidden(nf, &s) : s.count;
        if (left || !nf->any_hidden) {
            pp_sieve_keep(&s, 0, left);
        }
    }
    pp_sieve_end(&s);
}

static int run_name_filter(const struct pp_filter *filter, struct name_filter *nf)
{
    struct pp_view *view = filter->view;
    nf->flags = pp_arena_alloc(view->arena, view->p.location_count);
    if (!nf->flags || pp_view_own_samples(view) ||
        match_names(view, nf->focus, &nf->focus_names) ||
        match_names(view, nf->ignore, &nf->ignore_names) ||
        match_names(view, nf->hide, &nf->hide_names) ||
        match_names(view, nf->show, &nf->show_names)) {
        return PPROF_ERR_NOMEM;
    }
    flag_locations(nf, &view->p);
    sift_samples(nf, view);
    warn(filter, !nf->focus || nf->focus_met, "Focus");
    warn(filter, !nf->ignore || nf->ignore_met, "Ignore");
    warn(filter, !nf->hide || nf->hide_met, "Hide");
    warn(filter, !nf->show || nf->show_met, "Show");
    return 0;
}

static int filter_names(const struct pp_filter *filter, struct pprof_error *error)
{
    const struct pp_config *c = filter->config;
    struct name_filter nf = { 0 };
    int r = pp_filter_compile("focus", c->focus, &nf.focus, error);
    r = r ? r : pp_filter_compile("ignore", c->ignore, &nf.ignore, error);
    r = r ? r : pp_filter_compile("hide", c->hide, &nf.hide, error);
    r = r ? r : pp_filter_compile("show", c->show, &nf.show, error);
    if (!r && (nf.focus || nf.ignore || nf.hide || nf.show)) {
        r = run_name_filter(filter, &nf);
    }
    pp_regex_free(nf.focus);
    pp_regex_free(nf.ignore);
    pp_regex_free(nf.hide);
    pp_regex_free(nf.show);
    return r;
}

/* --- show_from -------------------------------------------------------------------------------- */

/* Cuts the lines above the outermost match; true when there is one, or the mapping matches. */
static bool cut_above(struct pprof_profile *p, const struct names *names, struct pprof_location *l)
{
    if (mapping_matches(names, l)) {
        return true;
    }
    for (uint32_t i = l->line_count; i-- > 0;) {
        uint32_t f = p->lines[l->line_begin + i].function;
        if (f != PPROF_NONE && names->functions[f]) {
            l->line_count = i + 1;
            return true;
        }
    }
    return false;
}

static void show_from_samples(struct pp_view *view, const uint8_t *matched)
{
    struct pp_sieve s;
    for (pp_sieve_begin(&s, view); pp_sieve_next(&s);) {
        uint32_t count = s.count;
        while (count && !matched[s.locs[count - 1]]) {
            count--;
        }
        if (count) {
            pp_sieve_keep(&s, 0, count);
        }
    }
    pp_sieve_end(&s);
}

static int show_from(const struct pp_filter *filter, struct pprof_error *error)
{
    struct pp_view *view = filter->view;
    struct pp_regex *re;
    struct names names = { 0 };
    int r = pp_filter_compile("show_from", filter->config->show_from, &re, error);
    if (r || !re) {
        return r;
    }
    uint8_t *matched = pp_arena_alloc(view->arena, view->p.location_count);
    r = !matched || match_names(view, re, &names) || pp_view_own_samples(view) ? PPROF_ERR_NOMEM
                                                                               : 0;
    pp_regex_free(re);
    if (r) {
        return r;
    }
    bool any = false;
    for (size_t i = 0; i < view->p.location_count; i++) {
        matched[i] = cut_above(&view->p, &names, &view->p.locations[i]);
        any |= matched[i];
    }
    show_from_samples(view, matched);
    warn(filter, any, "ShowFrom");
    return 0;
}

/* --- tags ------------------------------------------------------------------------------------- */

static void sift_tags(const struct pp_filter *filter, const struct pp_tag_filter *focus,
                      const struct pp_tag_filter *ignore)
{
    struct pp_sieve s;
    bool any_focused = false, any_ignored = false;
    for (pp_sieve_begin(&s, filter->view); pp_sieve_next(&s);) {
        bool focused = !focus || pp_tag_filter_match(focus, s.labels, s.label_count);
        bool ignored = ignore && pp_tag_filter_match(ignore, s.labels, s.label_count);
        any_focused |= focused;
        any_ignored |= ignored;
        if (focused && !ignored) {
            pp_sieve_keep(&s, 0, s.count);
        }
    }
    pp_sieve_end(&s);
    warn(filter, !focus || any_focused, "TagFocus");
    warn(filter, !ignore || any_ignored, "TagIgnore");
}

static int filter_tags(const struct pp_filter *filter, const struct pp_tag_filter *focus,
                       const struct pp_tag_filter *ignore)
{
    if (!focus && !ignore) {
        return 0;
    }
    int r = pp_view_own_samples(filter->view);
    if (!r) {
        sift_tags(filter, focus, ignore);
    }
    return r;
}

struct tag_names {
    struct pp_regex *show, *hide;
    bool show_met, hide_met;
};

static bool removes_tag(struct tag_names *t, const struct pp_view *view, uint32_t key)
{
    bool shown = !t->show || matches(view, t->show, key);
    bool hidden = t->hide && matches(view, t->hide, key);
    t->show_met |= shown;
    t->hide_met |= hidden;
    return !shown || hidden;
}

static void sift_tag_names(struct tag_names *t, struct pp_view *view)
{
    struct pprof_profile *p = &view->p;
    uint32_t kept = 0, begin = 0;
    for (size_t i = 0; i < p->sample_count; i++) {
        uint32_t end = p->label_begin[i + 1];
        p->label_begin[i] = kept;
        for (uint32_t k = begin; k < end; k++) {
            if (!removes_tag(t, view, p->labels[k].key)) {
                p->labels[kept++] = p->labels[k];
            }
        }
        begin = end;
    }
    p->label_begin[p->sample_count] = kept;
}

static int filter_tag_names(const struct pp_filter *filter, struct pprof_error *error)
{
    struct tag_names t = { 0 };
    int r = pp_filter_compile("tagshow", filter->config->tagshow, &t.show, error);
    r = r ? r : pp_filter_compile("taghide", filter->config->taghide, &t.hide, error);
    if (!r && (t.show || t.hide)) {
        r = pp_view_own_samples(filter->view);
        if (!r) {
            sift_tag_names(&t, filter->view);
            warn(filter, !t.show || t.show_met, "TagShow");
            warn(filter, !t.hide || t.hide_met, "TagHide");
        }
    }
    pp_regex_free(t.show);
    pp_regex_free(t.hide);
    return r;
}

/* --- prune_from ------------------------------------------------------------------------------- */

static bool prunes(const struct pp_view *view, const struct pp_regex *re, uint32_t function)
{
    if (function == PPROF_NONE) {
        return false;
    }
    const struct pprof_string *s = &view->p.strings[view->p.functions[function].name];
    struct pprof_string name = pp_prune_simplify(s->ptr, s->len);
    return s->len && pp_regex_match(re, name.ptr, name.len);
}

/* Cuts the lines inside of the innermost match. */
static bool cut_below(const struct pp_view *view, const struct pp_regex *re,
                      struct pprof_location *l)
{
    for (uint32_t i = 0; i < l->line_count; i++) {
        if (prunes(view, re, view->p.lines[l->line_begin + i].function)) {
            l->line_begin += i;
            l->line_count -= i;
            return true;
        }
    }
    return false;
}

static int prune_from(const struct pp_filter *filter, struct pprof_error *error)
{
    struct pp_view *view = filter->view;
    struct pp_regex *re;
    int r = pp_filter_compile("prune_from", filter->config->prune_from, &re, error);
    if (r || !re) {
        return r;
    }
    uint8_t *matched = pp_arena_alloc(view->arena, view->p.location_count);
    if (!matched || pp_view_own_samples(view)) {
        pp_regex_free(re);
        return PPROF_ERR_NOMEM;
    }
    for (size_t i = 0; i < view->p.location_count; i++) {
        matched[i] = cut_below(view, re, &view->p.locations[i]);
    }
    pp_regex_free(re);
    struct pp_sieve s;
    for (pp_sieve_begin(&s, view); pp_sieve_next(&s);) {
        uint32_t first = 0;
        while (first < s.count && !matched[s.locs[first]]) {
            first++;
        }
        first = first < s.count ? first : 0;
        pp_sieve_keep(&s, first, s.count - first);
    }
    pp_sieve_end(&s);
    return 0;
}

static int check_expression(const char *name, const char *pattern, struct pprof_error *error)
{
    struct pp_regex *re;
    int r = pp_filter_compile(name, pattern, &re, error);
    pp_regex_free(re);
    return r;
}

static int check_expressions(const struct pp_config *c, struct pprof_error *error)
{
    const char *const named[][2] = {
        { "focus", c->focus }, { "ignore", c->ignore },       { "hide", c->hide },
        { "show", c->show },   { "show_from", c->show_from },
    };
    int r = 0;
    for (size_t i = 0; !r && i < sizeof(named) / sizeof(named[0]); i++) {
        r = check_expression(named[i][0], named[i][1], error);
    }
    return r;
}

/* Every expression but those of tag names is looked at before any filter runs, so that a bad one is
 * an error at once; what tag filters have to say comes first, too. */
int pp_filter_apply(const struct pp_filter *filter, struct pprof_error *error)
{
    struct pp_tag_filter *focus = NULL, *ignore = NULL;
    const struct pp_config *c = filter->config;
    int r = check_expressions(c, error);
    r = r ? r : pp_tag_filter_compile(filter, "tagfocus", c->tagfocus, &focus, error);
    r = r ? r : pp_tag_filter_compile(filter, "tagignore", c->tagignore, &ignore, error);
    r = r ? r : check_expression("prune_from", c->prune_from, error);
    r = r ? r : filter_names(filter, error);
    r = r ? r : show_from(filter, error);
    r = r ? r : filter_tags(filter, focus, ignore);
    r = r ? r : filter_tag_names(filter, error);
    r = r ? r : prune_from(filter, error);
    pp_tag_filter_free(focus);
    pp_tag_filter_free(ignore);
    return r;
}
