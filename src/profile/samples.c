#include "profile/samples.h"

#include "base/err.h"
#include "profile/build.h"
#include "profile/compat.h"
#include "profile/round.h"

#include <string.h>

/* Moves sample `from` to place `to` (not behind it), with the locations and labels given. */
static void move_sample(struct pprof_profile *p, size_t to, size_t from, uint32_t loc_first,
                        uint32_t loc_count, uint32_t label_first, uint32_t label_count)
{
    size_t types = p->sample_type_count;
    if (to == from && loc_first == p->loc_begin[to] && label_first == p->label_begin[to]) {
        return;
    }
    memmove(p->sample_locs + p->loc_begin[to], p->sample_locs + loc_first,
            loc_count * sizeof(*p->sample_locs));
    memmove(p->labels + p->label_begin[to], p->labels + label_first,
            label_count * sizeof(*p->labels));
    memmove(p->values + to * types, p->values + from * types, types * sizeof(*p->values));
}

void pp_samples_keep(struct pprof_profile *p, bool (*keep)(void *ctx, size_t sample), void *ctx)
{
    size_t kept = 0;
    uint32_t loc = p->loc_begin[0], label = p->label_begin[0];
    for (size_t i = 0; i < p->sample_count; i++) {
        uint32_t next_loc = p->loc_begin[i + 1], next_label = p->label_begin[i + 1];
        if (keep(ctx, i)) {
            move_sample(p, kept, i, loc, next_loc - loc, label, next_label - label);
            p->loc_begin[kept + 1] = p->loc_begin[kept] + (next_loc - loc);
            p->label_begin[kept + 1] = p->label_begin[kept] + (next_label - label);
            kept++;
        }
        loc = next_loc;
        label = next_label;
    }
    p->sample_count = kept;
}

void pp_samples_cut(struct pprof_profile *p, const uint32_t *first, const uint32_t *count)
{
    uint32_t out = p->loc_begin[0], begin = out;
    for (size_t i = 0; i < p->sample_count; i++) {
        uint32_t next = p->loc_begin[i + 1];
        memmove(p->sample_locs + out, p->sample_locs + begin + first[i],
                count[i] * sizeof(*p->sample_locs));
        out += count[i];
        begin = next;
        p->loc_begin[i + 1] = out;
    }
}

struct scaling {
    struct pprof_profile *p;
    const double *ratios;
};

/* Scales the sample and says whether a scaled value is left. */
static bool scale_sample(void *ctx, size_t sample)
{
    const struct scaling *s = ctx;
    int64_t *row = s->p->values + sample * s->p->sample_type_count;
    bool keep = false;
    for (size_t t = 0; t < s->p->sample_type_count; t++) {
        if (s->ratios[t] != 1) {
            row[t] = pp_scaled(row[t], s->ratios[t]);
            keep |= row[t] != 0;
        }
    }
    return keep;
}

void pp_samples_scale(struct pprof_profile *p, const double *ratios)
{
    for (size_t t = 0; t < p->sample_type_count; t++) {
        if (ratios[t] != 1) {
            pp_samples_keep(p, scale_sample, &(struct scaling){ p, ratios });
            return;
        }
    }
}

static int64_t sum_of(const struct pprof_profile *p, size_t type)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < p->sample_count; i++) {
        sum += (uint64_t)p->values[i * p->sample_type_count + type];
    }
    return (int64_t)sum;
}

int pp_samples_normalize(struct pprof_profile *p, const struct pprof_profile *base,
                         struct pprof_error *error)
{
    int err = pp_compat_check(p, base, error);
    if (err) {
        return err;
    }
    struct pp_arena scratch;
    pp_arena_init(&scratch, 0);
    double *ratios = pp_arena_array(&scratch, p->sample_type_count, sizeof(*ratios));
    for (size_t t = 0; ratios && t < p->sample_type_count; t++) {
        int64_t sum = sum_of(p, t);
        ratios[t] = sum ? (double)sum_of(base, t) / (double)sum : 0;
    }
    if (ratios) {
        pp_samples_scale(p, ratios);
    } else {
        err = pp_err_set(error, PPROF_ERR_NOMEM, "%s", pprof_err_text(PPROF_ERR_NOMEM));
    }
    pp_arena_release(&scratch);
    return err;
}

/* --- labels ----------------------------------------------------------------------------------- */

void pp_samples_remove_label(struct pprof_profile *p, const char *key, bool numeric)
{
    uint32_t out = p->label_begin[0], at = out;
    for (size_t i = 0; i < p->sample_count; i++) {
        for (; at < p->label_begin[i + 1]; at++) {
            const struct pprof_label *label = &p->labels[at];
            if (!label->str != numeric || strcmp(p->strings[label->key].ptr, key) != 0) {
                p->labels[out++] = *label;
            }
        }
        p->label_begin[i + 1] = out;
    }
}

int pp_samples_set_label(struct pprof_profile *p, const char *key, const char *value)
{
    pp_samples_remove_label(p, key, false);
    size_t total = p->label_begin[p->sample_count] + p->sample_count;
    struct pprof_label *labels = pp_arena_array(pp_profile_arena(p), total + 1, sizeof(*labels));
    struct pprof_label added = { .key = pp_profile_string(p, key),
                                 .str = pp_profile_string(p, value) };
    if (!labels || total >= UINT32_MAX || added.key == UINT32_MAX || added.str == UINT32_MAX) {
        return PPROF_ERR_NOMEM;
    }
    uint32_t out = 0, at = p->label_begin[0];
    p->label_begin[0] = 0;
    for (size_t i = 0; i < p->sample_count; i++) {
        uint32_t end = p->label_begin[i + 1];
        memcpy(labels + out, p->labels + at, (end - at) * sizeof(*labels));
        out += end - at;
        labels[out++] = added;
        at = end;
        p->label_begin[i + 1] = out;
    }
    p->labels = labels;
    return 0;
}

/* --- whole profiles --------------------------------------------------------------------------- */

uint32_t pp_profile_string(struct pprof_profile *p, const char *text)
{
    size_t len = strlen(text);
    for (size_t i = 0; i < p->string_count; i++) {
        if (p->strings[i].len == len && memcmp(p->strings[i].ptr, text, len) == 0) {
            return (uint32_t)i;
        }
    }
    struct pp_arena *arena = pp_profile_arena(p);
    struct pprof_string *strings = pp_arena_array(arena, p->string_count + 1, sizeof(*strings));
    char *copy = pp_arena_strndup(arena, text, len);
    if (!strings || !copy) {
        return UINT32_MAX;
    }
    memcpy(strings, p->strings, p->string_count * sizeof(*strings));
    strings[p->string_count] = (struct pprof_string){ copy, len };
    p->strings = strings;
    return (uint32_t)p->string_count++;
}

static void *copy_array(struct pp_arena *arena, const void *items, size_t count, size_t size,
                        bool *failed)
{
    void *copy = pp_arena_array(arena, count + 1, size);
    if (copy && count) {
        memcpy(copy, items, count * size);
    }
    *failed |= !copy;
    return copy;
}

/* All texts in one block. */
static void copy_strings(struct pp_arena *arena, struct pprof_profile *p, bool *failed)
{
    size_t bytes = 0;
    for (size_t i = 0; i < p->string_count; i++) {
        bytes += p->strings[i].len + 1;
    }
    char *pool = pp_arena_alloc(arena, bytes);
    *failed |= !pool;
    for (size_t i = 0; !*failed && i < p->string_count; i++) {
        memcpy(pool, p->strings[i].ptr, p->strings[i].len);
        p->strings[i].ptr = pool;
        pool += p->strings[i].len + 1;
    }
}

static bool copy_into(struct pp_arena *a, struct pprof_profile *p)
{
    bool failed = false;
    size_t n = p->sample_count;
    p->strings = copy_array(a, p->strings, p->string_count, sizeof(*p->strings), &failed);
    p->sample_types =
        copy_array(a, p->sample_types, p->sample_type_count, sizeof(*p->sample_types), &failed);
    p->sample_locs = copy_array(a, p->sample_locs, p->loc_begin[n], sizeof(uint32_t), &failed);
    p->labels = copy_array(a, p->labels, p->label_begin[n], sizeof(*p->labels), &failed);
    p->loc_begin = copy_array(a, p->loc_begin, n + 1, sizeof(uint32_t), &failed);
    p->label_begin = copy_array(a, p->label_begin, n + 1, sizeof(uint32_t), &failed);
    p->values = copy_array(a, p->values, n * p->sample_type_count, sizeof(*p->values), &failed);
    p->mappings = copy_array(a, p->mappings, p->mapping_count, sizeof(*p->mappings), &failed);
    p->locations = copy_array(a, p->locations, p->location_count, sizeof(*p->locations), &failed);
    p->lines = copy_array(a, p->lines, p->line_count, sizeof(*p->lines), &failed);
    p->functions = copy_array(a, p->functions, p->function_count, sizeof(*p->functions), &failed);
    p->comments = copy_array(a, p->comments, p->comment_count, sizeof(*p->comments), &failed);
    if (!failed) {
        copy_strings(a, p, &failed);
    }
    return !failed;
}

int pp_profile_copy(const struct pprof_profile *profile, struct pprof_profile **copy,
                    struct pprof_error *error)
{
    struct pp_arena arena;
    pp_arena_init(&arena, 0);
    struct pprof_profile *p = pp_arena_alloc(&arena, sizeof(*p));
    struct pp_arena *kept = pp_arena_alloc(&arena, sizeof(*kept));
    if (p) {
        *p = *profile;
    }
    if (!p || !kept || !copy_into(&arena, p)) {
        pp_arena_release(&arena);
        return pp_err_set(error, PPROF_ERR_NOMEM, "copying a profile: %s",
                          pprof_err_text(PPROF_ERR_NOMEM));
    }
    *kept = arena;
    p->priv = kept;
    *copy = p;
    return 0;
}
