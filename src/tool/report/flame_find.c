/* What a flame graph looks for: frames that an expression finds, and the moments that samples carry
 * as numeric labels. */
#include "tool/report/flame.h"

#include "tool/report/regex.h"

#include <stdlib.h>
#include <string.h>

static bool frame_matches(const struct pp_frames *f, const struct pp_frame_info *info,
                          const struct pp_regex *regex)
{
    const struct pp_text *name = &f->texts.items[info->name], *file = &f->texts.items[info->file];
    return pp_regex_match(regex, name->ptr, name->len) ||
           (file->len && pp_regex_match(regex, file->ptr, file->len));
}

int pp_flame_match(struct pp_arena *arena, const struct pp_frames *frames, const char *expression,
                   bool **matches, struct pprof_error *error)
{
    struct pp_regex *regex = NULL;
    int r = pp_regex_compile(expression, &regex, error);
    if (r) {
        return r;
    }
    *matches = pp_arena_array(arena, frames->count + 1, sizeof(**matches));
    for (size_t i = 0; *matches && i < frames->count; i++) {
        (*matches)[i] = frame_matches(frames, &frames->infos[i], regex);
    }
    pp_regex_free(regex);
    return *matches ? 0 : PPROF_ERR_NOMEM;
}

/* --- times ------------------------------------------------------------------------------------ */

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
