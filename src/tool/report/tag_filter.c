/* tagfocus and tagignore: ranges of numbers with units, or expressions over strings. */
#include "base/err.h"
#include "tool/report/filter.h"
#include "tool/report/measure.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_EXPRESSIONS = 64, UNIT_CAP = 32 };

struct pp_tag_filter {
    const struct pp_filter *filter;
    const char *key; /* NULL: any */
    bool is_range;
    double low, high; /* inclusive; in unit */
    const char *unit;
    struct pp_regex *regexes[MAX_EXPRESSIONS];
    size_t regex_count;
};

/* --- ranges ----------------------------------------------------------------------------------- */

struct bound {
    int64_t value;
    char unit[UNIT_CAP];
};

/* "[+-]digits[letters]" at *p, moved behind it. */
static bool parse_bound(const char **p, struct bound *bound)
{
    const char *at = *p + (**p == '+' || **p == '-');
    if (!isdigit((unsigned char)*at)) {
        return false;
    }
    char *end;
    errno = 0;
    bound->value = strtoll(*p, &end, 10);
    size_t letters = 0;
    while (isalpha((unsigned char)end[letters])) {
        letters++;
    }
    if (errno || letters >= UNIT_CAP) {
        return false;
    }
    memcpy(bound->unit, end, letters);
    bound->unit[letters] = '\0';
    *p = end + letters;
    return true;
}

static bool two_bounds(struct pp_tag_filter *f, const struct bound *high)
{
    const char *unit;
    f->high = pp_scale(high->value, high->unit, f->unit, &unit);
    return !strcmp(unit, f->unit);
}

/* "32kb", ":64kb", "4mb:", "12kb:64mb". */
static bool parse_range(struct pp_tag_filter *f, struct pp_arena *arena, const char *text)
{
    struct bound first, second;
    const char *p = text, *unit;
    bool from_below = *p == ':';
    p += from_below;
    if (!parse_bound(&p, &first)) {
        return false;
    }
    const char *own = pp_arena_strndup(arena, first.unit, strlen(first.unit));
    f->low = f->high = pp_scale(first.value, own ? own : "", own ? own : "", &unit);
    f->unit = unit;
    if (from_below) {
        f->low = -1.0 / 0.0;
        return *p == '\0';
    }
    if (*p == '\0') {
        return true;
    }
    if (*p++ != ':') {
        return false;
    }
    if (*p == '\0') {
        f->high = 1.0 / 0.0;
        return true;
    }
    return parse_bound(&p, &second) && *p == '\0' && two_bounds(f, &second);
}

static bool in_range(const struct pp_tag_filter *f, const struct pprof_label *label)
{
    const struct pp_view *view = f->filter->view;
    const char *unit;
    double v =
        pp_scale(label->num, pp_tag_unit(f->filter->units, view, label->key), f->unit, &unit);
    return !strcmp(unit, f->unit) && v >= f->low && v <= f->high;
}

static bool range_matches(const struct pp_tag_filter *f, const struct pprof_label *labels,
                          size_t count)
{
    const struct pp_view *view = f->filter->view;
    for (size_t i = 0; i < count; i++) {
        bool right_key = !f->key || !strcmp(pp_view_text(view, labels[i].key), f->key);
        if (!labels[i].str && right_key && in_range(f, &labels[i])) {
            return true;
        }
    }
    return false;
}

/* --- expressions ------------------------------------------------------------------------------ */

static bool matches_pair(const struct pp_tag_filter *f, const struct pp_regex *re,
                         const struct pprof_label *label)
{
    const struct pprof_string *strings = f->filter->view->p.strings;
    const struct pprof_string *key = &strings[label->key], *value = &strings[label->str];
    char pair[1024], *text = pair;
    size_t len = key->len + 1 + value->len;
    if (len > sizeof(pair) && !(text = malloc(len))) {
        return false;
    }
    memcpy(text, key->ptr, key->len);
    text[key->len] = ':';
    memcpy(text + key->len + 1, value->ptr, value->len);
    bool met = pp_regex_match(re, text, len);
    if (text != pair) {
        free(text);
    }
    return met;
}

static bool any_pair(const struct pp_tag_filter *f, const struct pp_regex *re,
                     const struct pprof_label *labels, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (labels[i].str && matches_pair(f, re, &labels[i])) {
            return true;
        }
    }
    return false;
}

static bool every_expression(const struct pp_tag_filter *f, const struct pprof_label *labels,
                             size_t count)
{
    for (size_t i = 0; i < f->regex_count; i++) {
        if (!any_pair(f, f->regexes[i], labels, count)) {
            return false;
        }
    }
    return true;
}

static bool any_value(const struct pp_tag_filter *f, const struct pprof_label *label)
{
    const struct pprof_string *strings = f->filter->view->p.strings;
    const struct pprof_string *value = &strings[label->str];
    for (size_t i = 0; i < f->regex_count; i++) {
        if (pp_regex_match(f->regexes[i], value->ptr, value->len)) {
            return true;
        }
    }
    return false;
}

bool pp_tag_filter_match(const struct pp_tag_filter *f, const struct pprof_label *labels,
                         size_t count)
{
    if (f->is_range) {
        return range_matches(f, labels, count);
    }
    if (!f->key) {
        return every_expression(f, labels, count);
    }
    for (size_t i = 0; i < count; i++) {
        if (labels[i].str && !strcmp(pp_view_text(f->filter->view, labels[i].key), f->key) &&
            any_value(f, &labels[i])) {
            return true;
        }
    }
    return false;
}

static int compile_list(struct pp_tag_filter *f, const char *name, char *list,
                        struct pprof_error *error)
{
    for (char *piece = list; piece;) {
        char *comma = strchr(piece, ',');
        if (comma) {
            *comma++ = '\0';
        }
        if (f->regex_count == MAX_EXPRESSIONS) {
            return pp_err_set(error, PPROF_ERR_LIMIT, "parsing %s regexp: more than %d expressions",
                              name, MAX_EXPRESSIONS);
        }
        struct pprof_error why = { 0 };
        int r = pp_regex_compile(piece, &f->regexes[f->regex_count], &why);
        if (r) {
            return pp_err_set(error, r, "parsing %s regexp: %s", name, why.detail);
        }
        f->regex_count++;
        piece = comma;
    }
    return 0;
}

int pp_tag_filter_compile(const struct pp_filter *filter, const char *name, const char *text,
                          struct pp_tag_filter **made, struct pprof_error *error)
{
    struct pp_arena *arena = filter->view->arena;
    *made = NULL;
    if (!*text) {
        return 0;
    }
    struct pp_tag_filter *f = pp_arena_alloc(arena, sizeof(*f));
    char *value = pp_arena_strndup(arena, text, strlen(text));
    if (!f || !value) {
        return PPROF_ERR_NOMEM;
    }
    *made = f;
    f->filter = filter;
    char *equals = strchr(value, '=');
    if (equals) {
        *equals = '\0';
        f->key = *value ? value : NULL;
        value = equals + 1;
    }
    f->is_range = parse_range(f, arena, value);
    if (f->is_range) {
        pp_message(filter->message, filter->ctx, "%s:Interpreted '%s' as range, not regexp", name,
                   value);
        return 0;
    }
    return compile_list(f, name, value, error);
}

void pp_tag_filter_free(struct pp_tag_filter *f)
{
    for (size_t i = 0; f && i < f->regex_count; i++) {
        pp_regex_free(f->regexes[i]);
    }
}
