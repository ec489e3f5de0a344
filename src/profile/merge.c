/* Merging profiles by google/pprof's rules: records that mean the same become one, samples add up.
 *
 * Each record is turned into a key of bytes (its meaning, with references already merged), and an interning
 * table gives equal keys the equal index, which is the index in the merged profile. Ids are given in the
 * order of first use, the first source's first mapping before all. */
#include "base/buf.h"
#include "base/err.h"
#include "base/table.h"
#include "profile/build.h"

#include <string.h>

struct merger {
    struct pp_arena arena;
    struct pp_build *build;
    struct pp_table mappings, locations, functions, samples;
    struct pp_buf key;
    int64_t *sums; /* rows of merged samples */
    size_t sum_cap, types;
    const struct pprof_profile *p; /* the source at hand, and its records' merged indices */
    uint32_t *strings, *mapping_of, *location_of, *function_of, *sample_of;
    uint32_t *scratch_locs;
    struct pprof_label *scratch_labels;
    bool failed;
};

static void key_u64(struct merger *m, uint64_t value)
{
    pp_buf_append(&m->key, &value, sizeof(value));
}

/* The index of the key at hand; is_new says whether this is its first use. Empties the key. */
static uint32_t index_of_key(struct merger *m, struct pp_table *table, bool *is_new)
{
    size_t before = table->count;
    uint32_t index = m->key.err ? UINT32_MAX : pp_table_intern(table, m->key.data, m->key.len, false);
    pp_buf_reset(&m->key);
    *is_new = index != UINT32_MAX && table->count > before;
    if (index == UINT32_MAX) {
        m->failed = true;
        return 0;
    }
    return index - 1; /* index 0 of a table is the empty text */
}

static uint32_t merged_string(struct merger *m, uint32_t string)
{
    if (m->strings[string] == UINT32_MAX) {
        m->strings[string] =
            pp_build_string(m->build, m->p->strings[string].ptr, m->p->strings[string].len);
    }
    return m->strings[string];
}

static uint32_t merged_mapping(struct merger *m, uint32_t i)
{
    if (i == PPROF_NONE) {
        return PPROF_NONE;
    }
    if (m->mapping_of[i] != PPROF_NONE) {
        return m->mapping_of[i];
    }
    struct pprof_mapping mapping = m->p->mappings[i];
    mapping.id = 0;
    mapping.filename = merged_string(m, mapping.filename);
    mapping.build_id = merged_string(m, mapping.build_id);
    /* The size is rounded up to a page; a build id says more than a file name. */
    key_u64(m, (mapping.limit - mapping.start + 4095) / 4096 * 4096);
    key_u64(m, mapping.offset);
    key_u64(m, mapping.build_id ? (uint64_t)mapping.build_id << 1 | 1 : (uint64_t)mapping.filename << 1);
    bool is_new;
    uint32_t index = index_of_key(m, &m->mappings, &is_new);
    if (is_new) {
        pp_build_mapping(m->build, &mapping);
    }
    return m->mapping_of[i] = index;
}

static uint32_t merged_function(struct merger *m, uint32_t i)
{
    if (i == PPROF_NONE || m->function_of[i] != PPROF_NONE) {
        return i == PPROF_NONE ? i : m->function_of[i];
    }
    struct pprof_function function = m->p->functions[i];
    function.id = 0;
    function.name = merged_string(m, function.name);
    function.system_name = merged_string(m, function.system_name);
    function.filename = merged_string(m, function.filename);
    key_u64(m, (uint64_t)function.start_line);
    key_u64(m, (uint64_t)function.name << 32 | function.system_name);
    key_u64(m, function.filename);
    bool is_new;
    uint32_t index = index_of_key(m, &m->functions, &is_new);
    if (is_new) {
        pp_build_function(m->build, &function);
    }
    return m->function_of[i] = index;
}

static struct pprof_mapping none_mapping;

static uint32_t merged_location(struct merger *m, uint32_t i)
{
    if (m->location_of[i] != PPROF_NONE) {
        return m->location_of[i];
    }
    const struct pprof_location *l = &m->p->locations[i];
    uint32_t mapping = merged_mapping(m, l->mapping);
    struct pprof_line *lines = pp_arena_array(&m->arena, l->line_count, sizeof(*lines));
    if (!lines) {
        m->failed = true;
        return 0;
    }
    for (uint32_t k = 0; k < l->line_count; k++) {
        lines[k] = m->p->lines[l->line_begin + k];
        lines[k].function = merged_function(m, lines[k].function);
    }
    const struct pprof_mapping *old =
        l->mapping == PPROF_NONE ? &none_mapping : &m->p->mappings[l->mapping];
    key_u64(m, l->mapping == PPROF_NONE ? l->address : l->address - old->start);
    key_u64(m, (uint64_t)mapping << 1 | l->is_folded);
    for (uint32_t k = 0; k < l->line_count; k++) {
        /* As theirs: only the last line's column tells locations apart. */
        key_u64(m, lines[k].function);
        key_u64(m, (uint64_t)lines[k].line);
        key_u64(m, k + 1 == l->line_count ? (uint64_t)lines[k].column : 0);
    }
    bool is_new;
    uint32_t index = index_of_key(m, &m->locations, &is_new);
    if (is_new) {
        pp_build_location(m->build, 0, l->address, mapping, lines, l->line_count, l->is_folded);
    }
    return m->location_of[i] = index;
}

static bool is_zero(const int64_t *values, size_t count)
{
    for (size_t t = 0; t < count; t++) {
        if (values[t]) {
            return false;
        }
    }
    return true;
}

/* Labels in a canonical order, so that equal sets make equal keys. */
static void sort_labels(struct pprof_label *labels, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct pprof_label moving = labels[i];
        size_t at = i;
        while (at && memcmp(&labels[at - 1], &moving, sizeof(moving)) > 0) {
            labels[at] = labels[at - 1];
            at--;
        }
        labels[at] = moving;
    }
}

/* Adds sample i of the source at hand; a sample seen for the first time is written with the values 0,
 * which are replaced by the sums at the end. */
static void add_sample(struct merger *m, size_t i)
{
    const struct pprof_profile *p = m->p;
    const int64_t *values = p->values + i * m->types;
    if (is_zero(values, m->types)) {
        return;
    }
    uint32_t locs = p->loc_begin[i + 1] - p->loc_begin[i];
    uint32_t labels = p->label_begin[i + 1] - p->label_begin[i];
    for (uint32_t k = 0; k < locs; k++) {
        m->scratch_locs[k] = merged_location(m, p->sample_locs[p->loc_begin[i] + k]);
    }
    memset(m->scratch_labels, 0, labels * sizeof(*m->scratch_labels));
    for (uint32_t k = 0; k < labels; k++) {
        const struct pprof_label *label = &p->labels[p->label_begin[i] + k];
        m->scratch_labels[k].key = merged_string(m, label->key);
        m->scratch_labels[k].str = merged_string(m, label->str);
        m->scratch_labels[k].num = label->num;
        m->scratch_labels[k].unit = merged_string(m, label->unit);
    }
    key_u64(m, locs);
    pp_buf_append(&m->key, m->scratch_locs, locs * sizeof(*m->scratch_locs));
    size_t labels_at = m->key.len;
    pp_buf_append(&m->key, m->scratch_labels, labels * sizeof(*m->scratch_labels));
    if (!m->key.err && labels > 1) {
        struct pprof_label *sorted = pp_arena_array(&m->arena, labels, sizeof(*sorted));
        if (!sorted) {
            m->failed = true;
            return;
        }
        memcpy(sorted, m->scratch_labels, labels * sizeof(*sorted));
        sort_labels(sorted, labels);
        memcpy(m->key.data + labels_at, sorted, labels * sizeof(*sorted));
    }
    bool is_new;
    uint32_t index = index_of_key(m, &m->samples, &is_new);
    if (m->failed) {
        return;
    }
    if (is_new) {
        pp_build_sample(m->build, m->scratch_locs, locs, values, m->scratch_labels, labels);
        if (pp_arena_reserve(&m->arena, &m->sums, &m->sum_cap, index, m->types * sizeof(*m->sums)) != 0) {
            m->failed = true;
            return;
        }
        memcpy(m->sums + index * m->types, values, m->types * sizeof(*m->sums));
        return;
    }
    for (size_t t = 0; t < m->types; t++) {
        m->sums[index * m->types + t] += values[t];
    }
}

static uint32_t *unset(struct merger *m, size_t count)
{
    uint32_t *array = pp_arena_array(&m->arena, count + 1, sizeof(*array));
    if (array) {
        memset(array, 0xff, (count + 1) * sizeof(*array));
    }
    return array;
}

static bool begin_source(struct merger *m, const struct pprof_profile *p)
{
    uint32_t most_locs = 0, most_labels = 0;
    for (size_t i = 0; i < p->sample_count; i++) {
        uint32_t locs = p->loc_begin[i + 1] - p->loc_begin[i];
        uint32_t labels = p->label_begin[i + 1] - p->label_begin[i];
        most_locs = locs > most_locs ? locs : most_locs;
        most_labels = labels > most_labels ? labels : most_labels;
    }
    m->p = p;
    m->strings = unset(m, p->string_count);
    m->mapping_of = unset(m, p->mapping_count);
    m->location_of = unset(m, p->location_count);
    m->function_of = unset(m, p->function_count);
    m->scratch_locs = pp_arena_array(&m->arena, most_locs + 1, sizeof(*m->scratch_locs));
    m->scratch_labels = pp_arena_array(&m->arena, most_labels + 1, sizeof(*m->scratch_labels));
    return m->strings && m->mapping_of && m->location_of && m->function_of && m->scratch_locs &&
           m->scratch_labels;
}

/* Time: the earliest, but a source without one resets it, as theirs does. Duration: the sum. Period: the largest. */
static void merge_header(struct merger *m, const struct pprof_profile *const *sources, size_t count)
{
    const struct pprof_profile *first = sources[0];
    int64_t time = 0, duration = 0, period = 0;
    const char *default_type = "";
    for (size_t s = 0; s < count; s++) {
        const struct pprof_profile *p = sources[s];
        if (s == 0 || time == 0 || p->time_nanos < time) {
            time = p->time_nanos;
        }
        duration += p->duration_nanos;
        period = s == 0 || p->period > period ? p->period : period;
        if (!*default_type) {
            default_type = p->strings[p->default_sample_type].ptr;
        }
        for (size_t i = 0; i < p->comment_count; i++) {
            pp_build_comment(m->build, p->strings[p->comments[i]].ptr);
        }
    }
    for (size_t t = 0; t < m->types; t++) {
        pp_build_sample_type(m->build, first->strings[first->sample_types[t].type].ptr,
                             first->strings[first->sample_types[t].unit].ptr);
    }
    pp_build_period(m->build, first->strings[first->period_type.type].ptr,
                    first->strings[first->period_type.unit].ptr, period);
    pp_build_times(m->build, time, duration);
    pp_build_default_sample_type(m->build, default_type);
    pp_build_drop_keep(m->build, first->strings[first->drop_frames].ptr,
                       first->strings[first->keep_frames].ptr);
}

/* Puts the sums in place and drops the samples that came to nothing. */
static void put_sums(const struct merger *m, struct pprof_profile *p)
{
    size_t kept = 0, locs = 0, labels = 0;
    for (size_t i = 0; i < p->sample_count; i++) {
        const int64_t *sum = m->sums + i * m->types;
        if (is_zero(sum, m->types)) {
            continue;
        }
        uint32_t loc_begin = p->loc_begin[i], loc_count = p->loc_begin[i + 1] - loc_begin;
        uint32_t label_begin = p->label_begin[i], label_count = p->label_begin[i + 1] - label_begin;
        memmove(p->sample_locs + locs, p->sample_locs + loc_begin, loc_count * sizeof(*p->sample_locs));
        memmove(p->labels + labels, p->labels + label_begin, label_count * sizeof(*p->labels));
        memcpy(p->values + kept * m->types, sum, m->types * sizeof(*sum));
        p->loc_begin[kept] = (uint32_t)locs;
        p->label_begin[kept] = (uint32_t)labels;
        locs += loc_count;
        labels += label_count;
        kept++;
    }
    p->sample_count = kept;
    p->loc_begin[kept] = (uint32_t)locs;
    p->label_begin[kept] = (uint32_t)labels;
}

static bool same_types(const struct pprof_profile *a, const struct pprof_profile *b)
{
    if (a->sample_type_count != b->sample_type_count) {
        return false;
    }
    for (size_t t = 0; t < a->sample_type_count; t++) {
        if (strcmp(a->strings[a->sample_types[t].type].ptr, b->strings[b->sample_types[t].type].ptr) != 0 ||
            strcmp(a->strings[a->sample_types[t].unit].ptr, b->strings[b->sample_types[t].unit].ptr) != 0) {
            return false;
        }
    }
    return true;
}

static void merge_all(struct merger *m, const struct pprof_profile *const *sources, size_t count)
{
    merge_header(m, sources, count);
    for (size_t s = 0; s < count && !m->failed; s++) {
        if (!begin_source(m, sources[s])) {
            m->failed = true;
            return;
        }
        if (s == 0 && sources[0]->mapping_count) {
            merged_mapping(m, 0);
        }
        for (size_t i = 0; i < sources[s]->sample_count && !m->failed; i++) {
            add_sample(m, i);
        }
    }
}

int pprof_profile_merge(const struct pprof_profile *const *sources, size_t count,
                        struct pprof_profile **merged, struct pprof_error *error)
{
    if (!count) {
        return pp_err_set(error, PPROF_ERR_INVALID, "no profiles to merge");
    }
    for (size_t s = 1; s < count; s++) {
        if (!same_types(sources[0], sources[s])) {
            return pp_err_set(error, PPROF_ERR_FORMAT, "profiles have incompatible sample types");
        }
    }
    struct merger m = { .types = sources[0]->sample_type_count };
    pp_arena_init(&m.arena, 0);
    pp_buf_init(&m.key, &m.arena);
    m.build = pp_build_new(0);
    m.failed = !m.build || pp_table_init(&m.mappings, &m.arena) || pp_table_init(&m.locations, &m.arena) ||
               pp_table_init(&m.functions, &m.arena) || pp_table_init(&m.samples, &m.arena);
    if (!m.failed) {
        merge_all(&m, sources, count);
    }
    int err;
    if (m.failed) {
        pp_build_free(m.build);
        err = pp_err_set(error, PPROF_ERR_NOMEM, "out of memory while merging profiles");
    } else {
        err = pp_build_finish(m.build, merged, error);
    }
    if (!err) {
        put_sums(&m, *merged);
    }
    pp_arena_release(&m.arena);
    return err;
}
