#include "tool/report/view.h"

#include "base/err.h"

#include <string.h>

static void *copy_array(struct pp_arena *arena, const void *from, size_t count, size_t size)
{
    void *to = pp_arena_array(arena, count + 1, size);
    if (to && count) {
        memcpy(to, from, count * size);
    }
    return to;
}

static void find_last_ids(struct pp_view *view)
{
    const struct pprof_profile *p = &view->p;
    for (size_t i = 0; i < p->function_count; i++) {
        uint64_t id = p->functions[i].id;
        view->last_function_id = id > view->last_function_id ? id : view->last_function_id;
    }
    for (size_t i = 0; i < p->location_count; i++) {
        uint64_t id = p->locations[i].id;
        view->last_location_id = id > view->last_location_id ? id : view->last_location_id;
    }
}

int pp_view_init(struct pp_view *view, struct pp_arena *arena, const struct pprof_profile *profile)
{
    *view = (struct pp_view){ .arena = arena, .p = *profile };
    struct pprof_profile *p = &view->p;
    p->priv = NULL;
    p->mappings = copy_array(arena, p->mappings, p->mapping_count, sizeof(*p->mappings));
    p->locations = copy_array(arena, p->locations, p->location_count, sizeof(*p->locations));
    p->lines = copy_array(arena, p->lines, p->line_count, sizeof(*p->lines));
    p->functions = copy_array(arena, p->functions, p->function_count, sizeof(*p->functions));
    view->string_cap = p->string_count; /* borrowed: the first append copies */
    view->location_cap = p->location_count + 1;
    view->line_cap = p->line_count + 1;
    view->function_cap = p->function_count + 1;
    if (!p->mappings || !p->locations || !p->lines || !p->functions) {
        return PPROF_ERR_NOMEM;
    }
    find_last_ids(view);
    return 0;
}

int pp_view_own_samples(struct pp_view *view)
{
    struct pprof_profile *p = &view->p;
    if (view->owns_samples) {
        return 0;
    }
    struct pp_arena *arena = view->arena;
    size_t n = p->sample_count;
    size_t locs = n ? p->loc_begin[n] : 0, labels = n ? p->label_begin[n] : 0;
    p->sample_locs = copy_array(arena, p->sample_locs, locs, sizeof(*p->sample_locs));
    p->labels = copy_array(arena, p->labels, labels, sizeof(*p->labels));
    p->loc_begin = copy_array(arena, p->loc_begin, n ? n + 1 : 0, sizeof(*p->loc_begin));
    p->label_begin = copy_array(arena, p->label_begin, n ? n + 1 : 0, sizeof(*p->label_begin));
    p->values = copy_array(arena, p->values, n * p->sample_type_count, sizeof(*p->values));
    view->owns_samples = true;
    return p->sample_locs && p->labels && p->loc_begin && p->label_begin && p->values
               ? 0
               : PPROF_ERR_NOMEM;
}

uint32_t pp_view_string(struct pp_view *view, const char *text, size_t len)
{
    struct pprof_profile *p = &view->p;
    if (len == 0) {
        return 0;
    }
    char *copy = pp_arena_strndup(view->arena, text, len);
    if (!copy || p->string_count >= UINT32_MAX - 1 ||
        pp_arena_reserve(view->arena, &p->strings, &view->string_cap, p->string_count,
                         sizeof(*p->strings))) {
        return UINT32_MAX;
    }
    p->strings[p->string_count] = (struct pprof_string){ copy, len };
    return (uint32_t)p->string_count++;
}

uint32_t pp_view_function(struct pp_view *view, uint32_t name, uint32_t filename)
{
    struct pprof_profile *p = &view->p;
    if (name == UINT32_MAX || pp_arena_reserve(view->arena, &p->functions, &view->function_cap,
                                               p->function_count, sizeof(*p->functions))) {
        return UINT32_MAX;
    }
    p->functions[p->function_count] = (struct pprof_function){ .id = ++view->last_function_id,
                                                               .name = name,
                                                               .filename = filename };
    return (uint32_t)p->function_count++;
}

uint32_t pp_view_location(struct pp_view *view, uint32_t function)
{
    struct pprof_profile *p = &view->p;
    if (function == UINT32_MAX ||
        pp_arena_reserve(view->arena, &p->lines, &view->line_cap, p->line_count,
                         sizeof(*p->lines)) ||
        pp_arena_reserve(view->arena, &p->locations, &view->location_cap, p->location_count,
                         sizeof(*p->locations))) {
        return UINT32_MAX;
    }
    p->lines[p->line_count] = (struct pprof_line){ .function = function };
    p->locations[p->location_count] = (struct pprof_location){
        .id = ++view->last_location_id,
        .mapping = PPROF_NONE,
        .line_begin = (uint32_t)p->line_count++,
        .line_count = 1,
    };
    return (uint32_t)p->location_count++;
}

bool pp_view_same(const struct pp_view *view, uint32_t a, uint32_t b)
{
    const struct pprof_string *x = &view->p.strings[a], *y = &view->p.strings[b];
    return a == b || (x->len == y->len && !memcmp(x->ptr, y->ptr, x->len));
}

/* --- aggregation ------------------------------------------------------------------------------ */

struct keeps {
    const char *granularity;
    bool function, filename, line, address;
};

static const struct keeps granularities[] = {
    { "", true, false, false, false },
    { "functions", true, false, false, false },
    { "filefunctions", true, true, false, false },
    { "files", false, true, false, false },
    { "lines", true, true, true, false },
    { "addresses", true, true, true, true },
};

static const struct keeps *find_granularity(const char *name)
{
    for (size_t i = 0; i < sizeof(granularities) / sizeof(granularities[0]); i++) {
        if (!strcmp(granularities[i].granularity, name)) {
            return &granularities[i];
        }
    }
    return NULL;
}

static void aggregate_records(struct pprof_profile *p, const struct keeps *keeps, bool inlines)
{
    for (size_t i = 0; i < p->mapping_count; i++) {
        struct pprof_mapping *m = &p->mappings[i];
        m->has_inline_frames &= inlines;
        m->has_functions &= keeps->function;
        m->has_filenames &= keeps->filename;
        m->has_line_numbers &= keeps->line;
    }
    for (size_t i = 0; i < p->function_count; i++) {
        struct pprof_function *f = &p->functions[i];
        f->name = keeps->function ? f->name : 0;
        f->system_name = keeps->function ? f->system_name : 0;
        f->filename = keeps->filename ? f->filename : 0;
    }
}

int pp_view_aggregate(struct pp_view *view, const char *granularity, bool noinlines,
                      bool showcolumns, struct pprof_error *error)
{
    const struct keeps *keeps = find_granularity(granularity);
    struct pprof_profile *p = &view->p;
    if (!keeps) {
        return pp_err_set(error, PPROF_ERR_INVALID, "unexpected granularity");
    }
    if (keeps->address && !noinlines) {
        return 0;
    }
    aggregate_records(p, keeps, !noinlines);
    for (size_t i = 0; i < p->location_count; i++) {
        struct pprof_location *l = &p->locations[i];
        if (noinlines && l->line_count > 1) {
            l->line_begin += l->line_count - 1;
            l->line_count = 1;
        }
        l->address = keeps->address ? l->address : 0;
    }
    for (size_t i = 0; i < p->line_count; i++) {
        p->lines[i].column = keeps->line && showcolumns ? p->lines[i].column : 0;
        p->lines[i].line = keeps->line ? p->lines[i].line : 0;
    }
    return 0;
}

/* --- the sieve -------------------------------------------------------------------------------- */

void pp_sieve_begin(struct pp_sieve *sieve, struct pp_view *view)
{
    *sieve = (struct pp_sieve){ .view = view };
}

bool pp_sieve_next(struct pp_sieve *sieve)
{
    struct pprof_profile *p = &sieve->view->p;
    if (sieve->next >= p->sample_count) {
        return false;
    }
    size_t i = sieve->sample = sieve->next++;
    sieve->locs = p->sample_locs + sieve->loc_next;
    sieve->count = p->loc_begin[i + 1] - sieve->loc_next;
    sieve->labels = p->labels + sieve->label_next;
    sieve->label_count = p->label_begin[i + 1] - sieve->label_next;
    sieve->loc_next = p->loc_begin[i + 1];
    sieve->label_next = p->label_begin[i + 1];
    return true;
}

void pp_sieve_keep(struct pp_sieve *sieve, uint32_t first, uint32_t count)
{
    struct pprof_profile *p = &sieve->view->p;
    size_t types = p->sample_type_count;
    memmove(p->sample_locs + sieve->kept_locs, sieve->locs + first, count * sizeof(uint32_t));
    memmove(p->labels + sieve->kept_labels, sieve->labels,
            sieve->label_count * sizeof(*p->labels));
    memmove(p->values + sieve->kept * types, p->values + sieve->sample * types,
            types * sizeof(*p->values));
    p->loc_begin[sieve->kept] = sieve->kept_locs;
    p->label_begin[sieve->kept] = sieve->kept_labels;
    sieve->kept_locs += count;
    sieve->kept_labels += sieve->label_count;
    sieve->kept++;
}

void pp_sieve_end(struct pp_sieve *sieve)
{
    struct pprof_profile *p = &sieve->view->p;
    p->loc_begin[sieve->kept] = sieve->kept_locs;
    p->label_begin[sieve->kept] = sieve->kept_labels;
    p->sample_count = sieve->kept;
}
