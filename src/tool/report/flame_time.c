/* The moments that samples carry as numeric labels. */
#include "tool/report/flame.h"

#include <stdlib.h>
#include <string.h>

static bool names_a_time(const char *key)
{
    static const char *const keys[] = { "end_timestamp_ns", "start_timestamp_ns", "timestamp_ns",
                                        "timestamp" };
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (!strcmp(key, keys[i])) {
            return true;
        }
    }
    return false;
}

static int64_t time_of(const struct pp_view *view, size_t sample, bool *known)
{
    const struct pprof_profile *p = &view->p;
    for (uint32_t i = p->label_begin[sample]; i < p->label_begin[sample + 1]; i++) {
        if (!p->labels[i].str && names_a_time(pp_view_text(view, p->labels[i].key))) {
            *known = true;
            return p->labels[i].num;
        }
    }
    return 0;
}

bool pp_flame_has_times(const struct pp_view *view)
{
    bool known = false;
    for (size_t i = 0; !known && i < view->p.sample_count && i < 64; i++) {
        (void)time_of(view, i, &known);
    }
    return known;
}

static int earlier_first(const void *a, const void *b, void *ctx)
{
    const struct pp_view *view = ctx;
    bool known;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    int64_t s = time_of(view, x, &known), t = time_of(view, y, &known);
    return s != t ? (s < t ? -1 : 1) : (x > y) - (x < y);
}

void pp_flame_sort_by_time(struct pp_view *view, uint32_t *samples, size_t count)
{
    qsort_r(samples, count, sizeof(*samples), earlier_first, view);
}
