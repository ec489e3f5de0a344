#include "tool/report/labels.h"

#include "pprof/error.h"

#include <stdlib.h>
#include <string.h>

void pp_labels_init(struct pp_label_printer *printer, const struct pp_view *view,
                    struct pp_arena *arena)
{
    *printer = (struct pp_label_printer){ .view = view };
    pp_buf_init(&printer->text, arena);
}

static bool is_first_of_key(const struct pp_view *view, const struct pprof_label *labels, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (!labels[k].str == !labels[i].str && pp_view_same(view, labels[k].key, labels[i].key)) {
            return false;
        }
    }
    return true;
}

static int gather(struct pp_label_printer *pr, const struct pprof_label *labels, size_t count,
                  size_t first, struct pp_label_group *group)
{
    group->key = labels[first].key;
    group->is_numeric = !labels[first].str;
    group->has_units = false;
    group->count = 0;
    for (size_t i = first; i < count; i++) {
        if (!labels[i].str != group->is_numeric ||
            !pp_view_same(pr->view, labels[i].key, group->key)) {
            continue;
        }
        if (pp_arena_reserve(pr->text.arena, &pr->items, &pr->item_cap, group->count,
                             sizeof(*pr->items))) {
            return PPROF_ERR_NOMEM;
        }
        pr->items[group->count++] = &labels[i];
        group->has_units |= group->is_numeric && labels[i].unit != 0;
    }
    group->items = pr->items;
    return 0;
}

static int compare_pieces(const void *a, const void *b, void *text)
{
    return strcmp((const char *)text + *(const size_t *)a, (const char *)text + *(const size_t *)b);
}

int pp_labels_make(struct pp_label_printer *pr, size_t sample, bool numeric, pp_label_line_fn line,
                   void *ctx)
{
    const struct pprof_profile *p = &pr->view->p;
    const struct pprof_label *labels = p->labels + p->label_begin[sample];
    size_t count = p->label_begin[sample + 1] - p->label_begin[sample];
    pp_buf_reset(&pr->text);
    pr->count = 0;
    for (size_t i = 0; i < count; i++) {
        struct pp_label_group group;
        if (!labels[i].str != numeric || !is_first_of_key(pr->view, labels, i)) {
            continue;
        }
        if (pp_arena_reserve(pr->text.arena, &pr->starts, &pr->start_cap, pr->count,
                             sizeof(*pr->starts)) ||
            gather(pr, labels, count, i, &group)) {
            return PPROF_ERR_NOMEM;
        }
        pr->starts[pr->count++] = pr->text.len;
        line(ctx, &group, &pr->text);
        pp_buf_char(&pr->text, '\0');
    }
    if (pr->count > 1 && !pr->text.err) {
        qsort_r(pr->starts, pr->count, sizeof(*pr->starts), compare_pieces, pr->text.data);
    }
    return pr->text.err;
}
