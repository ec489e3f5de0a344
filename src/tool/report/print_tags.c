/* tags: the weight of each value of each label. */
#include "tool/report/report.h"
#include "tool/report/tabs.h"

#include <stdlib.h>
#include <string.h>

struct tag_value {
    uint32_t key, name; /* in texts */
    int64_t weight;
};

struct tag_sums {
    struct pp_report *r;
    struct pp_table texts, pairs; /* pairs: (key, name) -> value + 1 */
    struct tag_value *values;
    size_t count, cap;
    struct pp_buf text; /* of the key at hand */
};

static int add(struct tag_sums *t, uint32_t key, const char *name, int64_t weight)
{
    uint32_t pair[2] = { key, pp_table_intern(&t->texts, name, strlen(name), false) };
    size_t before = t->pairs.count;
    uint32_t id = pp_table_intern(&t->pairs, (const char *)pair, sizeof(pair), false);
    if (pair[1] == UINT32_MAX || id == UINT32_MAX) {
        return PPROF_ERR_NOMEM;
    }
    if (t->pairs.count > before) {
        if (pp_arena_reserve(&t->r->arena, &t->values, &t->cap, t->count, sizeof(*t->values))) {
            return PPROF_ERR_NOMEM;
        }
        t->values[t->count++] = (struct tag_value){ .key = key, .name = pair[1] };
    }
    t->values[id - 1].weight += weight;
    return 0;
}

static int add_label(struct tag_sums *t, const struct pprof_label *l, int64_t weight)
{
    const struct pp_view *view = &t->r->view;
    const struct pprof_string *key = &view->p.strings[l->key];
    char number[PP_LABEL_CAP];
    uint32_t id = pp_table_intern(&t->texts, key->ptr, key->len, true);
    if (id == UINT32_MAX) {
        return PPROF_ERR_NOMEM;
    }
    if (l->str) {
        return add(t, id, pp_view_text(view, l->str), weight);
    }
    const char *unit = pp_tag_unit(&t->r->units, view, l->key);
    return add(t, id, pp_scaled_label(l->num, unit, t->r->output_unit, number), weight);
}

static int sum_samples(struct tag_sums *t)
{
    const struct pprof_profile *p = &t->r->view.p;
    for (size_t i = 0; i < p->sample_count; i++) {
        int64_t weight = p->values[i * p->sample_type_count + t->r->value_index];
        for (uint32_t k = p->label_begin[i]; k < p->label_begin[i + 1]; k++) {
            if (add_label(t, &p->labels[k], weight)) {
                return PPROF_ERR_NOMEM;
            }
        }
    }
    return 0;
}

/* By key, then the heaviest first. */
static int compare(const void *a, const void *b, void *ctx)
{
    const struct tag_sums *t = ctx;
    const struct tag_value *x = a, *y = b;
    if (x->key != y->key) {
        return strcmp(t->texts.items[x->key].ptr, t->texts.items[y->key].ptr);
    }
    int64_t v = pp_abs(x->weight), w = pp_abs(y->weight);
    if (v != w) {
        return v > w ? -1 : 1;
    }
    return strcmp(t->texts.items[x->name].ptr, t->texts.items[y->name].ptr);
}

/* "V of T (P)" or "V (P)", without the percentage where there is no total. */
static void put_weight(struct pp_report *r, struct pp_buf *text, int64_t weight, bool of_total)
{
    char value[PP_LABEL_CAP], total[PP_LABEL_CAP], percent[PP_PERCENT_CAP];
    pp_buf_str(text, pp_report_value(r, weight, value));
    if (of_total) {
        pp_buf_printf(text, " of %s", pp_report_value(r, r->total, total));
    }
    if (r->total > 0) {
        pp_buf_printf(text, " (%s)", pp_percentage(weight, r->total, percent));
    }
}

/* One key's block. */
static int put_key(struct tag_sums *t, struct pp_out *out, const struct tag_value *values,
                   size_t count)
{
    struct pp_buf *text = &t->text;
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += values[i].weight;
    }
    pp_buf_reset(text);
    pp_buf_str(text, t->texts.items[values[0].key].ptr);
    pp_buf_str(text, ":\t Total ");
    put_weight(t->r, text, sum, true);
    for (size_t i = 0; i < count; i++) {
        pp_buf_str(text, "\n \t");
        put_weight(t->r, text, values[i].weight, false);
        pp_buf_str(text, ":\t ");
        pp_buf_str(text, t->texts.items[values[i].name].ptr);
    }
    pp_buf_str(text, "\n\n");
    return text->err ? text->err : pp_tabs_put(&t->r->arena, out, text->data, text->len);
}

int pp_print_tags(struct pp_report *r, struct pp_out *out, struct pprof_error *error)
{
    (void)error;
    struct tag_sums t = { .r = r };
    pp_buf_init(&t.text, &r->arena);
    if (pp_table_init(&t.texts, &r->arena) || pp_table_init(&t.pairs, &r->arena) ||
        sum_samples(&t)) {
        return PPROF_ERR_NOMEM;
    }
    if (t.count) {
        qsort_r(t.values, t.count, sizeof(*t.values), compare, &t);
    }
    for (size_t i = 0, end; i < t.count; i = end) {
        for (end = i + 1; end < t.count && t.values[end].key == t.values[i].key; end++) {
        }
        if (put_key(&t, out, t.values + i, end - i)) {
            return PPROF_ERR_NOMEM;
        }
    }
    return 0;
}
