#include "profile/compat.h"

#include "base/err.h"
#include "base/table.h"
#include "profile/round.h"
#include "profile/unit.h"

#include <string.h>

static const char *text(const struct pprof_profile *p, uint32_t index)
{
    return p->strings[index].ptr;
}

static const char *type_name(const struct pprof_profile *p, size_t t)
{
    return text(p, p->sample_types[t].type);
}

static const char *type_unit(const struct pprof_profile *p, size_t t)
{
    return text(p, p->sample_types[t].unit);
}

/* --- the same types --------------------------------------------------------------------------- */

/* The profiles' types by name. */
struct sharing {
    struct pp_table names;
    uint32_t *seen;   /* by name: how often, in all profiles */
    uint32_t *column; /* by name: where first in the profile at hand; PPROF_NONE */
    uint32_t *shared; /* names that go on, in the first profile's order */
    size_t shared_count;
};

static int no_memory(struct pprof_error *error)
{
    return pp_err_set(error, PPROF_ERR_NOMEM, "comparing profiles: %s",
                      pprof_err_text(PPROF_ERR_NOMEM));
}

static uint32_t name_id(struct sharing *s, const struct pprof_profile *p, size_t t)
{
    const char *name = type_name(p, t);
    return pp_table_intern(&s->names, name, strlen(name), true);
}

static int count_names(struct sharing *s, struct pprof_profile *const *profiles, size_t count,
                       struct pp_arena *arena)
{
    size_t all = 1;
    for (size_t i = 0; i < count; i++) {
        all += profiles[i]->sample_type_count;
    }
    s->seen = pp_arena_array(arena, all, sizeof(*s->seen));
    s->column = pp_arena_array(arena, all, sizeof(*s->column));
    s->shared = pp_arena_array(arena, all, sizeof(*s->shared));
    if (!s->seen || !s->column || !s->shared || pp_table_init(&s->names, arena)) {
        return PPROF_ERR_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t t = 0; t < profiles[i]->sample_type_count; t++) {
            uint32_t id = name_id(s, profiles[i], t);
            if (id == UINT32_MAX) {
                return PPROF_ERR_NOMEM;
            }
            s->seen[id]++;
        }
    }
    return 0;
}

static void find_columns(struct sharing *s, const struct pprof_profile *p)
{
    for (size_t i = 0; i < s->shared_count; i++) {
        s->column[s->shared[i]] = PPROF_NONE;
    }
    for (size_t t = p->sample_type_count; t-- > 0;) {
        s->column[name_id(s, p, t)] = (uint32_t)t;
    }
}

/* Reduces p to `count` columns, the i-th of which is columns[i] of now. */
static bool select_columns(struct pprof_profile *p, const uint32_t *columns, size_t count,
                           struct pp_arena *arena)
{
    struct pprof_value_type *types = pp_arena_array(arena, count, sizeof(*types));
    size_t cells;
    if (!types || __builtin_mul_overflow(p->sample_count, count, &cells)) {
        return false;
    }
    int64_t *values = pp_arena_array(arena, cells, sizeof(*values));
    if (!values) {
        return false;
    }
    for (size_t t = 0; t < count; t++) {
        types[t] = p->sample_types[columns[t]];
        for (size_t i = 0; i < p->sample_count; i++) {
            values[i * count + t] = p->values[i * p->sample_type_count + columns[t]];
        }
    }
    p->sample_types = types;
    p->sample_type_count = count;
    p->values = values;
    return true;
}

/* To the shared types. */
static int reduce(struct sharing *s, struct pprof_profile *p, struct pp_arena *arena,
                  struct pprof_error *error)
{
    size_t count = s->shared_count;
    uint32_t *columns = pp_arena_array(arena, count, sizeof(*columns));
    if (!columns) {
        return no_memory(error);
    }
    bool changed = count != p->sample_type_count, has_default = false;
    find_columns(s, p);
    for (size_t t = 0; t < count; t++) {
        const char *name = s->names.items[s->shared[t]].ptr;
        columns[t] = s->column[s->shared[t]];
        if (columns[t] == PPROF_NONE) {
            return pp_err_set(error, PPROF_ERR_FORMAT,
                              "\"%s\" sample type is not found in profile", name);
        }
        changed |= columns[t] != t;
        has_default |= strcmp(text(p, p->default_sample_type), name) == 0;
    }
    if (!changed) {
        return 0;
    }
    if (!has_default) {
        p->default_sample_type = p->sample_types[columns[0]].type;
    }
    return select_columns(p, columns, count, arena) ? 0 : no_memory(error);
}

/* google/pprof counts: a type is shared when it stands as often as there are profiles, so that one
 * which a profile has twice is none. */
static int share_types(struct pprof_profile *const *profiles, size_t count, struct pp_arena *arena,
                       struct pprof_error *error)
{
    const struct pprof_profile *first = profiles[0];
    struct sharing s = { 0 };
    if (count_names(&s, profiles, count, arena)) {
        return no_memory(error);
    }
    for (size_t t = 0; t < first->sample_type_count; t++) {
        uint32_t id = name_id(&s, first, t);
        if (s.seen[id] == count) {
            s.shared[s.shared_count++] = id;
        }
    }
    if (!s.shared_count) {
        return pp_err_set(error, PPROF_ERR_FORMAT,
                          "profiles have empty common sample type list");
    }
    int err = 0;
    for (size_t i = 0; !err && i < count; i++) {
        err = reduce(&s, profiles[i], arena, error);
    }
    return err;
}

/* --- the same units --------------------------------------------------------------------------- */

/* A type of a profile: one of its sample types, or the period's. */
static struct pprof_value_type *type_at(const struct pprof_profile *p, size_t t)
{
    return t < p->sample_type_count ? &p->sample_types[t]
                                    : (struct pprof_value_type *)(uintptr_t)&p->period_type;
}

/* Equal but for a plural s. */
static bool same_name(const char *a, const char *b)
{
    size_t a_len = strlen(a), b_len = strlen(b);
    a_len -= a_len && a[a_len - 1] == 's';
    b_len -= b_len && b[b_len - 1] == 's';
    return a_len == b_len && memcmp(a, b, a_len) == 0;
}

/* The finest unit that type t has in the profiles, as text. */
static int finest_unit(struct pprof_profile *const *profiles, size_t count, size_t t,
                       const char **finest, struct pprof_error *error)
{
    const struct pprof_value_type *first = type_at(profiles[0], t);
    const char *name = text(profiles[0], first->type);
    *finest = text(profiles[0], first->unit);
    for (size_t i = 1; i < count; i++) {
        const struct pprof_value_type *other = type_at(profiles[i], t);
        const char *unit = text(profiles[i], other->unit);
        double ratio;
        if (!same_name(name, text(profiles[i], other->type)) ||
            !pp_unit_ratio(unit, *finest, &ratio)) {
            return pp_err_set(error, PPROF_ERR_FORMAT, "%s: incompatible types: {%s %s 0 0} {%s %s 0 0}",
                              t < profiles[0]->sample_type_count ? "sample types" : "period type",
                              name, *finest, text(profiles[i], other->type), unit);
        }
        *finest = ratio < 1 ? unit : *finest;
    }
    return 0;
}

/* A shallow copy of the strings with one more. */
static uint32_t add_string(struct pprof_profile *p, const char *added, struct pp_arena *arena)
{
    for (size_t i = 0; i < p->string_count; i++) {
        if (strcmp(p->strings[i].ptr, added) == 0) {
            return (uint32_t)i;
        }
    }
    struct pprof_string *strings = pp_arena_array(arena, p->string_count + 1, sizeof(*strings));
    char *copy = pp_arena_strndup(arena, added, strlen(added));
    if (!strings || !copy) {
        return PPROF_NONE;
    }
    memcpy(strings, p->strings, p->string_count * sizeof(*strings));
    strings[p->string_count] = (struct pprof_string){ copy, strlen(added) };
    p->strings = strings;
    return (uint32_t)p->string_count++;
}

/* Scales a row; a sample of which no scaled value is left counts as nothing at all. */
static void scale_row(int64_t *row, const double *ratios, size_t count)
{
    bool left = false;
    for (size_t t = 0; t < count; t++) {
        row[t] = pp_scaled(row[t], ratios[t]);
        left |= ratios[t] != 1 && row[t];
    }
    if (!left) {
        memset(row, 0, count * sizeof(*row));
    }
}

static bool scale_values(struct pprof_profile *p, const double *ratios, struct pp_arena *arena)
{
    size_t count = p->sample_type_count, cells = p->sample_count * count;
    int64_t *values = pp_arena_array(arena, cells, sizeof(*values));
    if (!values) {
        return false;
    }
    memcpy(values, p->values, cells * sizeof(*values));
    for (size_t i = 0; i < p->sample_count; i++) {
        scale_row(values + i * count, ratios, count);
    }
    p->values = values;
    return true;
}

/* Turns the units of p into units[], the last of which is the period's. */
static bool convert(struct pprof_profile *p, const char *const *units, struct pp_arena *arena)
{
    size_t count = p->sample_type_count;
    double *ratios = pp_arena_array(arena, count + 1, sizeof(*ratios));
    struct pprof_value_type *types = pp_arena_array(arena, count + 1, sizeof(*types));
    bool changed = false;
    if (!ratios || !types) {
        return false;
    }
    for (size_t t = 0; t <= count; t++) {
        types[t] = *type_at(p, t);
        pp_unit_ratio(text(p, types[t].unit), units[t], &ratios[t]);
        types[t].unit = add_string(p, units[t], arena);
        changed |= t < count && ratios[t] != 1;
        if (types[t].unit == PPROF_NONE) {
            return false;
        }
    }
    p->period_type = types[count];
    p->period = ratios[count] == 1 ? p->period : (int64_t)((double)p->period * ratios[count]);
    p->sample_types = types;
    return !changed || scale_values(p, ratios, arena);
}

static int share_units(struct pprof_profile *const *profiles, size_t count, struct pp_arena *arena,
                       struct pprof_error *error)
{
    size_t types = profiles[0]->sample_type_count;
    const char **units = pp_arena_array(arena, types + 1, sizeof(*units));
    int err = units ? 0 : no_memory(error);
    for (size_t t = types + 1; !err && t-- > 0;) { /* the period first: its error comes first */
        err = finest_unit(profiles, count, t, &units[t], error);
    }
    for (size_t i = 0; !err && i < count; i++) {
        err = convert(profiles[i], units, arena) ? 0 : no_memory(error);
    }
    return err;
}

int pp_compat_make(struct pprof_profile *const *profiles, size_t count, struct pp_arena *arena,
                   struct pprof_error *error)
{
    int err = share_types(profiles, count, arena, error);
    return err || count == 1 ? err : share_units(profiles, count, arena, error);
}

/* --- the check -------------------------------------------------------------------------------- */

static bool same_type(const struct pprof_profile *a, const struct pprof_profile *b, size_t t)
{
    const struct pprof_value_type *x = type_at(a, t), *y = type_at(b, t);
    return strcmp(text(a, x->type), text(b, y->type)) == 0 &&
           strcmp(text(a, x->unit), text(b, y->unit)) == 0;
}

/* In Go's words for the structure, whose two numbers are never anything but 0. */
static int other_period(const struct pprof_profile *a, const struct pprof_profile *b,
                        struct pprof_error *error)
{
    return pp_err_set(error, PPROF_ERR_FORMAT,
                      "incompatible period types &{%s %s 0 0} and &{%s %s 0 0}",
                      text(a, a->period_type.type), text(a, a->period_type.unit),
                      text(b, b->period_type.type), text(b, b->period_type.unit));
}

int pp_compat_check(const struct pprof_profile *a, const struct pprof_profile *b,
                    struct pprof_error *error)
{
    size_t count = a->sample_type_count;
    const struct pprof_value_type *x = &a->period_type, *y = &b->period_type;
    if (strcmp(text(a, x->type), text(b, y->type)) || strcmp(text(a, x->unit), text(b, y->unit))) {
        return other_period(a, b, error);
    }
    if (count != b->sample_type_count) {
        return pp_err_set(error, PPROF_ERR_FORMAT, "incompatible sample types: %zu and %zu of them",
                          count, b->sample_type_count);
    }
    for (size_t t = 0; t < count; t++) {
        if (!same_type(a, b, t)) {
            return pp_err_set(error, PPROF_ERR_FORMAT,
                              "incompatible sample types {%s %s 0 0} and {%s %s 0 0}",
                              type_name(a, t), type_unit(a, t), type_name(b, t), type_unit(b, t));
        }
    }
    return 0;
}
