/* The labels of one sample as text, the way Go prints maps: grouped by key, lines in order. */
#ifndef PP_REPORT_LABELS_H
#define PP_REPORT_LABELS_H

#include "base/buf.h"
#include "tool/report/view.h"

/* One key and the labels of one kind (text or numeric) that have it, in the sample's order. */
struct pp_label_group {
    uint32_t key;
    bool is_numeric;
    bool has_units; /* some numeric value has a unit of its own */
    const struct pprof_label **items;
    size_t count;
};

typedef void (*pp_label_line_fn)(void *ctx, const struct pp_label_group *group,
                                 struct pp_buf *line);

/* Scratch that is used again for each sample. */
struct pp_label_printer {
    const struct pp_view *view;
    struct pp_buf text;
    struct pp_keyed_label {
        const struct pprof_string *key;
        const struct pprof_label *label;
    } *keyed;
    const struct pprof_label **items;
    size_t *starts;
    size_t keyed_cap, item_cap, start_cap, count;
};

void pp_labels_init(struct pp_label_printer *printer, const struct pp_view *view,
                    struct pp_arena *arena);

/* Has `line` write one piece for each key of the sample's labels of that kind, sorts the pieces as
 * text, and leaves them NUL-terminated: pp_labels_piece. PPROF_ERR_NOMEM. */
int pp_labels_make(struct pp_label_printer *printer, size_t sample, bool numeric,
                   pp_label_line_fn line, void *ctx) __attribute__((warn_unused_result));
static inline const char *pp_labels_piece(const struct pp_label_printer *printer, size_t i)
{
    return printer->text.data + printer->starts[i];
}

#endif
