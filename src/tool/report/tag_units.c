/* Units of numeric tags, and the frames that tagroot and tagleaf add. */
#include "base/buf.h"
#include "base/table.h"
#include "tool/report/filter.h"
#include "tool/report/measure.h"

#include <stdlib.h>
#include <string.h>

/* --- units ------------------------------------------------------------------------------------ */

enum { MAX_OTHERS = 16 };

struct others { /* units beside the first, of one key */
    uint32_t units[MAX_OTHERS];
    size_t count;
};

struct unit_finder {
    const struct pp_view *view;
    struct pp_tag_units *units;
    struct others *others;
    size_t cap, others_cap;
};

static size_t find_key(const struct pp_tag_units *units, const struct pp_view *view, uint32_t key)
{
    size_t i = 0;
    while (i < units->count && !pp_view_same(view, units->keys[i], key)) {
        i++;
    }
    return i;
}

static int add_key(struct unit_finder *f, uint32_t key)
{
    struct pp_tag_units *units = f->units;
    size_t cap = f->cap, units_cap = f->cap;
    if (pp_arena_reserve(f->view->arena, &units->keys, &cap, units->count, sizeof(uint32_t)) ||
        pp_arena_reserve(f->view->arena, &units->units, &units_cap, units->count,
                         sizeof(char *)) ||
        pp_arena_reserve(f->view->arena, &f->others, &f->others_cap, units->count,
                         sizeof(*f->others))) {
        return PPROF_ERR_NOMEM;
    }
    f->cap = cap < units_cap ? cap : units_cap;
    units->keys[units->count] = key;
    units->units[units->count] = NULL;
    f->others[units->count] = (struct others){ .count = 0 };
    units->count++;
    return 0;
}

static void note_other(const struct pp_view *view, struct others *others, uint32_t unit)
{
    for (size_t i = 0; i < others->count; i++) {
        if (pp_view_same(view, others->units[i], unit)) {
            return;
        }
    }
    if (others->count < MAX_OTHERS) {
        others->units[others->count++] = unit;
    }
}

static int note_label(struct unit_finder *f, const struct pprof_label *label)
{
    size_t i = find_key(f->units, f->view, label->key);
    if (i == f->units->count && add_key(f, label->key)) {
        return PPROF_ERR_NOMEM;
    }
    const char *unit = pp_view_text(f->view, label->unit);
    if (*unit && !f->units->units[i]) {
        f->units->units[i] = unit;
    } else if (*unit && strcmp(f->units->units[i], unit) != 0) {
        note_other(f->view, &f->others[i], label->unit);
    }
    return 0;
}

static int compare_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void say_others(const struct unit_finder *f, size_t key, pp_message_fn message, void *ctx)
{
    const struct others *others = &f->others[key];
    const char *names[MAX_OTHERS];
    struct pp_buf list;
    pp_buf_init(&list, f->view->arena);
    for (size_t i = 0; i < others->count; i++) {
        names[i] = pp_view_text(f->view, others->units[i]);
    }
    qsort(names, others->count, sizeof(names[0]), compare_text);
    for (size_t i = 0; i < others->count; i++) {
        pp_buf_str(&list, i ? ", " : "");
        pp_buf_str(&list, names[i]);
    }
    pp_message(message, ctx, "For tag %s used unit %s, also encountered unit(s) %s",
               pp_view_text(f->view, f->units->keys[key]), f->units->units[key],
               list.data ? list.data : "");
}

static const char *guess_unit(const char *key)
{
    return !strcmp(key, "alignment") || !strcmp(key, "request") ? "bytes" : key;
}

int pp_tag_units_find(struct pp_tag_units *units, const struct pp_view *view,
                      pp_message_fn message, void *ctx)
{
    const struct pprof_profile *p = &view->p;
    struct unit_finder f = { .view = view, .units = units };
    *units = (struct pp_tag_units){ .count = 0 };
    size_t count = p->sample_count ? p->label_begin[p->sample_count] : 0;
    for (size_t i = 0; i < count; i++) {
        if (!p->labels[i].str && note_label(&f, &p->labels[i])) {
            return PPROF_ERR_NOMEM;
        }
    }
    for (size_t i = 0; i < units->count; i++) {
        if (!units->units[i]) {
            units->units[i] = guess_unit(pp_view_text(view, units->keys[i]));
        } else if (f.others[i].count) {
            say_others(&f, i, message, ctx);
        }
    }
    return 0;
}

const char *pp_tag_unit(const struct pp_tag_units *units, const struct pp_view *view, uint32_t key)
{
    size_t i = find_key(units, view, key);
    return i < units->count ? units->units[i] : "";
}

/* --- frames from tags ------------------------------------------------------------------------- */

enum { MAX_KEYS = 64 };

struct tag_frames {
    struct pp_view *view;
    const char *unit;
    char *keys[MAX_KEYS]; /* in the order of the option */
    uint32_t key_strings[MAX_KEYS];
    size_t root_count, leaf_count; /* keys: roots, then leaves */
    struct pp_table interned;      /* "index of key: values" -> location */
    uint32_t *locations;
    size_t location_cap;
    struct pp_buf text;
    bool root_met, leaf_met;
};

static size_t split_keys(struct tag_frames *t, const char *list, size_t from)
{
    size_t count = from;
    char *copy = pp_arena_strndup(t->view->arena, list, strlen(list)), *state = NULL;
    for (char *key = copy ? strtok_r(copy, ",", &state) : NULL; key && count < MAX_KEYS;
         key = strtok_r(NULL, ",", &state)) {
        t->keys[count] = key;
        t->key_strings[count++] = pp_view_string(t->view, key, strlen(key));
    }
    return count - from;
}

static bool has_units(const struct tag_frames *t, const struct pprof_label *labels, uint32_t count,
                      const char *key)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!labels[i].str && labels[i].unit &&
            !strcmp(pp_view_text(t->view, labels[i].key), key)) {
            return true;
        }
    }
    return false;
}

static void append_value(struct tag_frames *t, bool *met, const char *text)
{
    pp_buf_str(&t->text, *met ? "," : "");
    pp_buf_str(&t->text, text);
    *met = true;
}

/* The sample's values of one key, strings first, joined by commas, behind a prefix in t->text. */
static bool join_values(struct tag_frames *t, const struct pprof_label *labels, uint32_t count,
                        const char *key)
{
    char number[PP_LABEL_CAP];
    bool met = false, units = has_units(t, labels, count, key);
    for (int numeric = 0; numeric < 2; numeric++) {
        for (uint32_t i = 0; i < count; i++) {
            const struct pprof_label *l = &labels[i];
            if ((l->str == 0) != (numeric == 1) || strcmp(pp_view_text(t->view, l->key), key)) {
                continue;
            }
            append_value(t, &met,
                         !numeric ? pp_view_text(t->view, l->str)
                         : units  ? pp_scaled_label(l->num, pp_view_text(t->view, l->unit), t->unit,
                                                    number)
                                  : pp_scaled_label(l->num, "", "", number));
        }
    }
    return met;
}

static uint32_t tag_location(struct tag_frames *t, const struct pprof_label *labels, uint32_t count,
                             size_t key, bool *met)
{
    pp_buf_reset(&t->text);
    pp_buf_printf(&t->text, "%s=", t->keys[key]);
    size_t prefix = t->text.len, before = t->interned.count;
    *met |= join_values(t, labels, count, t->keys[key]);
    uint32_t id = pp_table_intern(&t->interned, t->text.data, t->text.len, false);
    if (id == UINT32_MAX || pp_arena_reserve(t->view->arena, &t->locations, &t->location_cap, id,
                                             sizeof(uint32_t))) {
        return UINT32_MAX;
    }
    if (t->interned.count > before) {
        uint32_t name = pp_view_string(t->view, t->text.data + prefix, t->text.len - prefix);
        t->locations[id] =
            pp_view_location(t->view, pp_view_function(t->view, name, t->key_strings[key]));
    }
    return t->locations[id];
}

/* Writes the frames of the keys, the last key first (it is nearest to the leaf). */
static uint32_t *put_frames(struct tag_frames *t, const struct pprof_label *labels, uint32_t count,
                            size_t first, size_t keys, uint32_t *to, bool *met)
{
    for (size_t i = keys; to && i-- > 0;) {
        uint32_t location = tag_location(t, labels, count, first + i, met);
        if (location == UINT32_MAX) {
            return NULL;
        }
        *to++ = location;
    }
    return to;
}

/* A sample's stack between the frames of its tags; behind it, or NULL without memory. As in
 * google/pprof the frames of the roots are made first, and have the lower ids. */
static uint32_t *put_stack(struct tag_frames *t, size_t sample, uint32_t begin, uint32_t *to)
{
    const struct pprof_profile *p = &t->view->p;
    const struct pprof_label *labels = p->labels + p->label_begin[sample];
    uint32_t labels_n = p->label_begin[sample + 1] - p->label_begin[sample];
    uint32_t count = p->loc_begin[sample + 1] - begin;
    uint32_t *stack = to + t->leaf_count;
    uint32_t *end =
        put_frames(t, labels, labels_n, 0, t->root_count, stack + count, &t->root_met);
    memcpy(stack, p->sample_locs + begin, count * sizeof(*stack));
    return put_frames(t, labels, labels_n, t->root_count, t->leaf_count, to, &t->leaf_met) ? end
                                                                                           : NULL;
}

static int rebuild_stacks(struct tag_frames *t)
{
    struct pprof_profile *p = &t->view->p;
    size_t n = p->sample_count, extra = t->root_count + t->leaf_count;
    size_t total = n ? p->loc_begin[n] + n * extra : 0;
    uint32_t *stacks = total < UINT32_MAX ? pp_arena_array(t->view->arena, total + 1, 4) : NULL;
    uint32_t *to = stacks, begin = 0;
    for (size_t i = 0; to && i < n; i++) {
        uint32_t *start = to;
        to = put_stack(t, i, begin, start);
        begin = p->loc_begin[i + 1];
        p->loc_begin[i] = (uint32_t)(start - stacks);
    }
    if (!to) {
        return PPROF_ERR_NOMEM;
    }
    p->loc_begin[n] = (uint32_t)(to - stacks);
    p->sample_locs = stacks;
    return 0;
}

int pp_filter_tag_frames(const struct pp_filter *filter)
{
    const struct pp_config *c = filter->config;
    if (!*c->tagroot && !*c->tagleaf) {
        return 0;
    }
    struct tag_frames t = { .view = filter->view, .unit = c->unit };
    pp_buf_init(&t.text, filter->view->arena);
    t.root_count = split_keys(&t, c->tagroot, 0);
    t.leaf_count = split_keys(&t, c->tagleaf, t.root_count);
    if (pp_table_init(&t.interned, filter->view->arena) || pp_view_own_samples(filter->view) ||
        rebuild_stacks(&t)) {
        return PPROF_ERR_NOMEM;
    }
    if (*c->tagroot && !t.root_met) {
        pp_message(filter->message, filter->ctx, "TagRoot expression matched no samples");
    }
    if (*c->tagleaf && !t.leaf_met) {
        pp_message(filter->message, filter->ctx, "TagLeaf expression matched no samples");
    }
    return 0;
}
