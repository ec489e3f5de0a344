/* Merging profiles: one source after the other into one that is being built (merge_records.c says
 * by which rules, merge_samples.c adds what uses them), header fields by google/pprof's; when sums
 * come to zero, the result is merged once more, without them. */
#include "base/err.h"
#include "profile/compat.h"
#include "profile/merge_private.h"
#include "profile/samples.h"

#include <string.h>

/* --- sources ---------------------------------------------------------------------------------- */

static uint32_t *unset(struct pp_merger *m, size_t count)
{
    uint32_t *array = pp_arena_array(&m->source, count, sizeof(*array));
    if (array) {
        memset(array, 0xff, count * sizeof(*array));
    }
    m->failed |= !array;
    return array;
}

static uint32_t most_lines(const struct pprof_profile *p)
{
    uint32_t most = 0;
    for (size_t i = 0; i < p->location_count; i++) {
        most = p->locations[i].line_count > most ? p->locations[i].line_count : most;
    }
    return most;
}

static void begin_source(struct pp_merger *m, const struct pprof_profile *p)
{
    m->p = p;
    m->strings = unset(m, p->string_count);
    m->mapping_of = unset(m, p->mapping_count);
    m->location_of = unset(m, p->location_count);
    m->function_of = unset(m, p->function_count);
    m->lines = pp_arena_array(&m->source, most_lines(p), sizeof(*m->lines));
    m->failed |= !m->lines;
}

static void merge_source(struct pp_merger *m, const struct pprof_profile *p, bool eat)
{
    begin_source(m, p);
    if (!m->failed && !pp_build_peek(m->build)->mapping_count && p->mapping_count) {
        pp_merge_mapping(m, 0); /* the first of all is the main program */
    }
    if (!m->failed) {
        pp_merge_records(m);
    }
    if (!m->failed) {
        pp_merge_samples(m, eat);
    }
    pp_arena_release(&m->source);
}

/* --- header ----------------------------------------------------------------------------------- */

static const char *text(const struct pprof_profile *p, uint32_t index)
{
    return p->strings[index].ptr;
}

static void merge_comments(struct pp_merger *m, struct pprof_profile *const *sources, size_t count)
{
    struct pp_table seen;
    m->failed |= pp_table_init(&seen, &m->arena) != 0;
    bool seen_empty = false;
    for (size_t s = 0; s < count && !m->failed; s++) {
        const struct pprof_profile *p = sources[s];
        for (size_t i = 0; i < p->comment_count; i++) {
            size_t before = seen.count;
            uint32_t index = pp_table_intern(&seen, text(p, p->comments[i]),
                                             p->strings[p->comments[i]].len, true);
            if (seen.count > before || (index == 0 && !seen_empty)) {
                pp_build_comment(m->build, text(p, p->comments[i]));
            }
            seen_empty |= index == 0;
        }
    }
}

/* Time: the earliest, but a source without one resets it, as theirs does. Duration: the sum.
 * Period: the largest. The rest: the first that has it. */
static void merge_header(struct pp_merger *m, struct pprof_profile *const *sources, size_t count)
{
    const struct pprof_profile *first = sources[0];
    int64_t time = 0, period = 0;
    uint64_t duration = 0;
    const char *default_type = "", *doc_url = "";
    for (size_t s = 0; s < count; s++) {
        const struct pprof_profile *p = sources[s];
        time = time == 0 || p->time_nanos < time ? p->time_nanos : time;
        period = period == 0 || period < p->period ? p->period : period;
        duration += (uint64_t)p->duration_nanos;
        default_type = *default_type ? default_type : text(p, p->default_sample_type);
        doc_url = *doc_url ? doc_url : text(p, p->doc_url);
    }
    for (size_t t = 0; t < first->sample_type_count; t++) {
        pp_build_sample_type(m->build, text(first, first->sample_types[t].type),
                             text(first, first->sample_types[t].unit));
    }
    pp_build_period(m->build, text(first, first->period_type.type),
                    text(first, first->period_type.unit), period);
    pp_build_times(m->build, time, (int64_t)duration);
    pp_build_default_sample_type(m->build, default_type);
    pp_build_doc_url(m->build, doc_url);
    pp_build_drop_keep(m->build, text(first, first->drop_frames), text(first, first->keep_frames));
    merge_comments(m, sources, count);
}

static void expect_samples(struct pp_merger *m, struct pprof_profile *const *sources, size_t count)
{
    size_t samples = 0, locs = 0, labels = 0;
    for (size_t s = 0; s < count; s++) {
        samples += sources[s]->sample_count;
        locs += sources[s]->loc_begin[sources[s]->sample_count];
        labels += sources[s]->label_begin[sources[s]->sample_count];
    }
    pp_build_expect(m->build, samples, locs, labels);
    enum { FIRST = 1024, MOST = 1 << 22 };
    size_t slots = FIRST;
    while (slots < samples * 2 && slots < MOST) {
        slots *= 2;
    }
    (void)pp_merge_slots(m, slots);
    m->hashes = pp_arena_array(&m->arena, samples, sizeof(*m->hashes));
    m->hash_cap = m->hashes ? samples : 0;
}

/* Sources of equal types and units. Those in eaten, which sources are shallow copies of, are freed
 * on the way; NULL: none are. */
static int merge_equal(struct pprof_profile *const *sources, size_t count,
                       struct pprof_profile **eaten, struct pprof_profile **merged,
                       struct pprof_error *error)
{
    struct pp_merger m = { .build = pp_build_new(0) };
    pp_arena_init(&m.arena, 0);
    pp_arena_init(&m.source, 0);
    pp_buf_init(&m.key, &m.arena);
    m.failed = !m.build || pp_table_init(&m.mappings, &m.arena) ||
               pp_table_init(&m.locations, &m.arena) || pp_table_init(&m.functions, &m.arena);
    if (!m.failed) {
        merge_header(&m, sources, count);
        expect_samples(&m, sources, count);
    }
    for (size_t s = 0; s < count && !m.failed; s++) {
        merge_source(&m, sources[s], eaten != NULL);
        if (eaten) {
            pprof_profile_free(eaten[s]);
            eaten[s] = NULL;
        }
    }
    pp_arena_release(&m.source);
    pp_arena_release(&m.arena);
    if (m.failed) {
        pp_build_free(m.build);
        return pp_err_set(error, PPROF_ERR_NOMEM, "merging profiles: %s",
                          pprof_err_text(PPROF_ERR_NOMEM));
    }
    return pp_build_finish(m.build, merged, error);
}

static bool has_zero_sample(const struct pprof_profile *p)
{
    for (size_t i = 0; i < p->sample_count; i++) {
        if (pp_is_zero(p->values + i * p->sample_type_count, p->sample_type_count)) {
            return true;
        }
    }
    return false;
}

/* What only samples of zeros used goes with them. */
static int merge_twice(struct pprof_profile *const *sources, size_t count,
                       struct pprof_profile **eaten, struct pprof_profile **merged,
                       struct pprof_error *error)
{
    struct pprof_profile *once;
    int err = merge_equal(sources, count, eaten, &once, error);
    if (err || !has_zero_sample(once)) {
        *merged = err ? *merged : once;
        return err;
    }
    struct pprof_profile copy = *once, *source = &copy;
    err = merge_equal(&source, 1, &once, merged, error);
    pprof_profile_free(once);
    return err;
}

/* Shallow copies, so that the sources stay as they are while types and units change. */
static struct pprof_profile **copies_of(const struct pprof_profile *const *sources, size_t count,
                                        struct pp_arena *arena)
{
    struct pprof_profile **copies = pp_arena_array(arena, count, sizeof(*copies));
    struct pprof_profile *bodies = pp_arena_array(arena, count, sizeof(*bodies));
    for (size_t s = 0; copies && bodies && s < count; s++) {
        bodies[s] = *sources[s];
        copies[s] = &bodies[s];
    }
    return bodies ? copies : NULL;
}

static int merge(const struct pprof_profile *const *sources, size_t count,
                 struct pprof_profile **eaten, struct pprof_profile **merged,
                 struct pprof_error *error)
{
    if (!count) {
        return pp_err_set(error, PPROF_ERR_INVALID, "no profiles to merge");
    }
    struct pp_arena arena;
    pp_arena_init(&arena, 0);
    struct pprof_profile **copies = copies_of(sources, count, &arena);
    int err = copies ? 0
                     : pp_err_set(error, PPROF_ERR_NOMEM, "merging profiles: %s",
                                  pprof_err_text(PPROF_ERR_NOMEM));
    if (!err && count > 1) {
        err = pp_compat_make(copies, count, &arena, error);
    }
    for (size_t s = 1; !err && s < count; s++) {
        err = pp_compat_check(copies[0], copies[s], error);
    }
    if (!err) {
        err = merge_twice(copies, count, eaten, merged, error);
    }
    pp_arena_release(&arena);
    return err;
}

int pprof_profile_merge(const struct pprof_profile *const *sources, size_t count,
                        struct pprof_profile **merged, struct pprof_error *error)
{
    return merge(sources, count, NULL, merged, error);
}

int pp_profile_merge_eat(struct pprof_profile **sources, size_t count,
                         struct pprof_profile **merged, struct pprof_error *error)
{
    int err = merge((const struct pprof_profile *const *)sources, count, sources, merged, error);
    for (size_t s = 0; s < count; s++) {
        pprof_profile_free(sources[s]);
        sources[s] = NULL;
    }
    return err;
}
