#include "tool/report/labels.h"

#include "base/sort_in_place.h"
#include "pprof/error.h"

#include <stdlib.h>
#include <string.h>

void pp_labels_init(struct pp_label_printer *printer, const struct pp_view *view,
                    struct pp_arena *arena)
{
    *printer = (struct pp_label_printer){ .view = view };
    pp_buf_init(&printer->text, arena);
}

/* By key, and those of one key as they stand in the sample. */
static bool is_before(const struct pp_keyed_label *a, const struct pp_keyed_label *b)
{
    if (a->key == b->key) {
        return a->label < b->label;
    }
    if (a->key->len != b->key->len) {
        return a->key->len < b->key->len;
    }
    int order = memcmp(a->key->ptr, b->key->ptr, a->key->len);
    return order ? order < 0 : a->label < b->label;
}

PP_SORT_IN_PLACE(sort_labels, struct pp_keyed_label, is_before)

/* The labels of one kind, sorted; UINT32_MAX when memory is out. */
static uint32_t gather(struct pp_label_printer *pr, size_t sample, bool numeric)
{
    const struct pprof_profile *p = &pr->view->p;
    uint32_t count = 0;
    for (uint32_t i = p->label_begin[sample]; i < p->label_begin[sample + 1]; i++) {
        const struct pprof_label *label = &p->labels[i];
        if (!label->str != numeric) {
            continue;
        }
        if (pp_arena_reserve(pr->text.arena, &pr->keyed, &pr->keyed_cap, count,
                             sizeof(*pr->keyed)) ||
            pp_arena_reserve(pr->text.arena, &pr->items, &pr->item_cap, count,
                             sizeof(*pr->items))) {
            return UINT32_MAX;
        }
        pr->keyed[count++] = (struct pp_keyed_label){ &p->strings[label->key], label };
    }
    sort_labels(pr->keyed, count);
    return count;
}

/* The group that begins at `first` of `count` sorted labels; its items go to the same places. */
static struct pp_label_group group_at(struct pp_label_printer *pr, uint32_t first, uint32_t count)
{
    const struct pp_keyed_label *all = pr->keyed;
    struct pp_label_group group = { .key = all[first].label->key, .items = pr->items + first,
                                    .is_numeric = !all[first].label->str };
    for (uint32_t i = first; i < count && pp_view_same(pr->view, all[i].label->key, group.key);
         i++) {
        group.items[group.count++] = all[i].label;
        group.has_units |= group.is_numeric && all[i].label->unit != 0;
    }
    return group;
}

static int compare_pieces(const void *a, const void *b, void *text)
{
    return strcmp((const char *)text + *(const size_t *)a, (const char *)text + *(const size_t *)b);
}

int pp_labels_make(struct pp_label_printer *pr, size_t sample, bool numeric, pp_label_line_fn line,
                   void *ctx)
{
    uint32_t count = gather(pr, sample, numeric);
    pp_buf_reset(&pr->text);
    pr->count = 0;
    if (count == UINT32_MAX) {
        return PPROF_ERR_NOMEM;
    }
    for (uint32_t i = 0; i < count;) {
        struct pp_label_group group = group_at(pr, i, count);
        if (pp_arena_reserve(pr->text.arena, &pr->starts, &pr->start_cap, pr->count,
                             sizeof(*pr->starts))) {
            return PPROF_ERR_NOMEM;
        }
        pr->starts[pr->count++] = pr->text.len;
        line(ctx, &group, &pr->text);
        pp_buf_char(&pr->text, '\0');
        i += (uint32_t)group.count;
    }
    if (pr->count > 1 && !pr->text.err) {
        qsort_r(pr->starts, pr->count, sizeof(*pr->starts), compare_pieces, pr->text.data);
    }
    return pr->text.err;
}
