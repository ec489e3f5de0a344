/* Labels: every key with its values and their weights. */
#include "tool/web/room.h"

#include "base/table.h"

#include <stdlib.h>
#include <string.h>

enum { VALUES_MAX = 2000 }; /* sent for one key */

/* One value of one key. */
struct value {
    uint32_t key, str, unit;
    int64_t num, weight;
    size_t samples;
};

struct sums {
    struct pp_report *r;
    struct pp_table pairs; /* number i + 1 is value i */
    struct value *items;
    size_t count, cap;
};

static int64_t value_of(const struct pp_report *r, size_t sample)
{
    const struct pprof_profile *p = &r->view.p;
    const int64_t *values = p->values + sample * p->sample_type_count;
    return pp_divided(values[r->value_index], r->request.config.mean ? values[0] : 0);
}

static int add_label(struct sums *s, const struct pprof_label *l, int64_t weight)
{
    /* A pair's key is its bytes: indices are not enough, since texts may repeat in a profile. */
    struct pp_buf bytes;
    const char *key = pp_view_text(&s->r->view, l->key), *str = pp_view_text(&s->r->view, l->str);
    pp_buf_init(&bytes, &s->r->arena);
    pp_buf_append(&bytes, key, strlen(key) + 1);
    if (l->str) {
        pp_buf_str(&bytes, str);
    } else {
        pp_buf_append(&bytes, &l->num, sizeof(l->num));
        pp_buf_char(&bytes, '\1');
    }
    uint32_t index = bytes.err ? UINT32_MAX
                               : pp_table_intern(&s->pairs, bytes.data, bytes.len, true);
    if (index == UINT32_MAX) {
        return PPROF_ERR_NOMEM;
    }
    if (index == s->count + 1) {
        if (pp_arena_reserve(&s->r->arena, &s->items, &s->cap, s->count, sizeof(*s->items))) {
            return PPROF_ERR_NOMEM;
        }
        s->items[s->count++] = (struct value){ l->key, l->str, l->unit, l->num, 0, 0 };
    }
    struct value *v = &s->items[index - 1];
    v->weight += weight;
    v->samples++;
    return 0;
}

static int sum_samples(struct sums *s)
{
    const struct pprof_profile *p = &s->r->view.p;
    for (size_t i = 0; i < p->sample_count; i++) {
        int64_t weight = value_of(s->r, i);
        for (uint32_t k = p->label_begin[i]; k < p->label_begin[i + 1]; k++) {
            if (add_label(s, &p->labels[k], weight)) {
                return PPROF_ERR_NOMEM;
            }
        }
    }
    return 0;
}

static int by_key(const void *a, const void *b, void *ctx)
{
    const struct pp_view *view = ctx;
    const struct value *x = a, *y = b;
    int order = strcmp(pp_view_text(view, x->key), pp_view_text(view, y->key));
    int64_t v = pp_abs(x->weight), w = pp_abs(y->weight);
    if (order || v != w) {
        return order ? order : v > w ? -1 : 1;
    }
    order = strcmp(pp_view_text(view, x->str), pp_view_text(view, y->str));
    return order ? order : (x->num > y->num) - (x->num < y->num);
}

/* [text, weight, weight's text, samples, number or null] */
static void put_value(struct pp_web_ask *call, struct pp_report *r, const struct value *v)
{
    struct pp_json *j = &call->json;
    char text[PP_LABEL_CAP];
    pp_json_open(j, '[');
    if (v->str) {
        pp_json_text(j, pp_view_text(&r->view, v->str));
    } else {
        pp_json_text(j, pp_scaled_label(v->num, pp_tag_unit(&r->units, &r->view, v->key),
                                        "auto", text));
    }
    pp_json_int(j, v->weight);
    pp_web_value(call, r, v->weight);
    pp_json_int(j, (int64_t)v->samples);
    if (v->str) {
        pp_json_raw(j, "null", 4);
    } else {
        pp_json_int(j, v->num);
    }
    pp_json_close(j, ']');
}

static void put_key(struct pp_web_ask *call, struct pp_report *r, const struct value *values,
                    size_t count)
{
    struct pp_json *j = &call->json;
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += values[i].weight;
    }
    pp_json_open(j, '{');
    pp_json_put_text(j, "key", pp_view_text(&r->view, values[0].key));
    pp_json_put_text(j, "unit", values[0].str
                                    ? "" : pp_tag_unit(&r->units, &r->view, values[0].key));
    pp_json_put_int(j, "sum", sum);
    pp_json_key(j, "sumText");
    pp_web_value(call, r, sum);
    pp_json_put_int(j, "leftOut", count > VALUES_MAX ? (int64_t)count - VALUES_MAX : 0);
    pp_json_key(j, "values");
    pp_json_open(j, '[');
    for (size_t i = 0; i < count && i < VALUES_MAX; i++) {
        put_value(call, r, &values[i]);
    }
    pp_json_close(j, ']');
    pp_json_close(j, '}');
}

static int fill(struct pp_web_ask *call, struct pp_report *r, struct pprof_error *error)
{
    struct pp_json *j = &call->json;
    struct sums s = { .r = r };
    (void)error;
    if (pp_table_init(&s.pairs, &r->arena) || sum_samples(&s)) {
        return PPROF_ERR_NOMEM;
    }
    if (s.count) {
        qsort_r(s.items, s.count, sizeof(*s.items), by_key, &r->view);
    }
    pp_json_open(j, '{');
    pp_json_key(j, "keys");
    pp_json_open(j, '[');
    for (size_t i = 0, end; i < s.count; i = end) {
        const char *key = pp_view_text(&r->view, s.items[i].key);
        for (end = i + 1;
             end < s.count && !strcmp(pp_view_text(&r->view, s.items[end].key), key); end++) {
        }
        put_key(call, r, s.items + i, end - i);
    }
    pp_json_close(j, ']');
    pp_json_close(j, '}');
    return 0;
}

int pp_web_labels(struct pp_web_ask *call, struct pprof_error *error)
{
    static const struct pp_web_report how = { PP_FORMAT_TAGS, false, NULL, fill };
    return pp_web_report(call, &how, error);
}
