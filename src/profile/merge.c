/* Merging profiles by google/pprof's rules: records that mean the same become one, samples add up.
 *
 *   mapping    size in whole pages, offset, build id or else file
 *   function   start line, name, system name, file
 *   location   address within its mapping, mapping, folded, (function, line) of each line and the
 *   last
 *              line's column only (theirs overwrites the others; kept, as it decides what merges)
 *   sample     merged locations, labels by key
 *
 * The first three are turned into bytes and interned: equal bytes give the index of the first use,
 * which is the index in the merged profile. Samples are compared where they stand, in the arrays of
 * the profile that is being built, so that no copy of any stack is kept. Samples of zeros are left
 * out on the way in; when sums come to zero, the result is merged once more, without them. */
#include "base/buf.h"
#include "base/err.h"
#include "base/sys.h"
#include "base/table.h"
#include "profile/build.h"
#include "profile/compat.h"
#include "profile/samples.h"
#include "profile/sort.h"

#include <string.h>

struct merger {
    struct pp_arena arena;  /* lives as long as the merger */
    struct pp_arena source; /* lives as long as one source is at hand */
    struct pp_build *build;
    struct pp_table mappings, locations, functions; /* of keys; index 0 is "", so all are one off */
    struct pp_buf key;
    uint32_t *slots, *hashes; /* samples: open addressing, index + 1; hash of each sample */
    size_t slot_count, hash_cap, sample_count;
    const struct pprof_profile *p; /* the source at hand, and its records' merged indices: */
    uint32_t *strings, *mapping_of, *location_of, *function_of;
    uint32_t *stack;            /* the sample at hand, merged */
    struct pprof_label *labels;
    struct pprof_line *lines;   /* the location at hand, merged */
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
    uint32_t index =
        m->key.err ? UINT32_MAX : pp_table_intern(table, m->key.data, m->key.len, false);
    pp_buf_reset(&m->key);
    *is_new = index != UINT32_MAX && table->count > before;
    if (index == UINT32_MAX) {
        m->failed = true;
        return 0;
    }
    return index - 1;
}

static uint32_t merged_string(struct merger *m, uint32_t string)
{
    if (m->strings[string] == UINT32_MAX) {
        const struct pprof_string *text = &m->p->strings[string];
        m->strings[string] = pp_build_string(m->build, text->ptr, text->len);
    }
    return m->strings[string];
}

static uint32_t merged_mapping(struct merger *m, uint32_t i)
{
    if (i == PPROF_NONE || m->mapping_of[i] != PPROF_NONE) {
        return i == PPROF_NONE ? i : m->mapping_of[i];
    }
    struct pprof_mapping mapping = m->p->mappings[i];
    mapping.id = 0;
    mapping.filename = merged_string(m, mapping.filename);
    mapping.build_id = merged_string(m, mapping.build_id);
    enum { PAGE = 4096 };
    key_u64(m, (mapping.limit - mapping.start + PAGE - 1) / PAGE);
    key_u64(m, mapping.offset);
    key_u64(m, mapping.build_id ? mapping.build_id : mapping.filename);
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

static void key_of_lines(struct merger *m, uint32_t count)
{
    for (uint32_t k = 0; k < count; k++) {
        key_u64(m, m->lines[k].function);
        key_u64(m, (uint64_t)m->lines[k].line);
        key_u64(m, k + 1 == count ? (uint64_t)m->lines[k].column : 0);
    }
}

static uint32_t merged_location(struct merger *m, uint32_t i)
{
    if (m->location_of[i] != PPROF_NONE) {
        return m->location_of[i];
    }
    const struct pprof_location *l = &m->p->locations[i];
    uint32_t mapping = merged_mapping(m, l->mapping);
    uint64_t address = l->address, start = 0;
    if (mapping != PPROF_NONE && !m->failed) {
        /* The same place, where the mapping lies in the merged profile. */
        start = pp_build_peek(m->build)->mappings[mapping].start;
        address += start - m->p->mappings[l->mapping].start;
    }
    memcpy(m->lines, m->p->lines + l->line_begin, l->line_count * sizeof(*m->lines));
    for (uint32_t k = 0; k < l->line_count; k++) {
        m->lines[k].function = merged_function(m, m->lines[k].function); /* uses the key, too */
    }
    key_u64(m, address - start);
    key_u64(m, (uint64_t)mapping << 1 | l->is_folded);
    key_of_lines(m, l->line_count);
    bool is_new;
    uint32_t index = index_of_key(m, &m->locations, &is_new);
    if (is_new) {
        pp_build_location(m->build, 0, address, mapping, m->lines, l->line_count, l->is_folded);
    }
    return m->location_of[i] = index;
}

/* --- samples ---------------------------------------------------------------------------------- */

static bool is_zero(const int64_t *values, size_t count)
{
    for (size_t t = 0; t < count; t++) {
        if (values[t]) {
            return false;
        }
    }
    return true;
}

/* String labels before numeric ones, by key; what belongs to one key keeps its order. */
static int compare_labels(const void *a, const void *b, void *ctx)
{
    (void)ctx;
    const struct pprof_label *x = a, *y = b;
    if (!x->str != !y->str) {
        return x->str ? -1 : 1;
    }
    return (x->key > y->key) - (x->key < y->key);
}

static void merge_labels(struct merger *m, const struct pprof_label *labels, uint32_t count)
{
    memset(m->labels, 0,
           count * sizeof(*m->labels)); /* padding too: labels are compared as bytes */
    for (uint32_t k = 0; k < count; k++) {
        m->labels[k].key = merged_string(m, labels[k].key);
        m->labels[k].str = merged_string(m, labels[k].str);
        m->labels[k].num = labels[k].num;
        m->labels[k].unit = merged_string(m, labels[k].unit);
    }
    m->failed |=
        pp_sort(m->labels, count, sizeof(*m->labels), compare_labels, NULL, &m->source) != 0;
}

static uint32_t hash_sample(const struct merger *m, uint32_t depth, uint32_t label_count)
{
    uint64_t hash = (uint64_t)depth << 32 | label_count, other = depth;
    uint32_t k = 0;
    for (; k + 1 < depth; k += 2) { /* two chains, which do not wait for each other */
        hash = ((hash << 5 | hash >> 59) ^ m->stack[k]) * 0x9e3779b97f4a7c15u;
        other = ((other << 5 | other >> 59) ^ m->stack[k + 1]) * 0xd6e8feb86659fd93u;
    }
    hash ^= other ^ (k < depth ? m->stack[k] * 0x9e3779b97f4a7c15u : 0);
    const uint64_t *words = (const uint64_t *)m->labels;
    for (size_t i = 0; i < label_count * sizeof(*m->labels) / sizeof(*words); i++) {
        hash = ((hash << 5 | hash >> 59) ^ words[i]) * 0x9e3779b97f4a7c15u;
    }
    return (uint32_t)pp_hash_u64(hash);
}

static bool is_sample(const struct merger *m, uint32_t i, uint32_t depth, uint32_t label_count)
{
    const struct pprof_profile *p = pp_build_peek(m->build);
    uint32_t loc = p->loc_begin[i], label = p->label_begin[i];
    return p->loc_begin[i + 1] - loc == depth && p->label_begin[i + 1] - label == label_count &&
           memcmp(p->sample_locs + loc, m->stack, depth * sizeof(*m->stack)) == 0 &&
           memcmp(p->labels + label, m->labels, label_count * sizeof(*m->labels)) == 0;
}

static bool grow_slots(struct merger *m, size_t count)
{
    uint32_t *slots = pp_arena_array(&m->arena, count, sizeof(*slots));
    if (!slots) {
        m->failed = true;
        return false;
    }
    for (size_t i = 0; i < m->sample_count; i++) {
        size_t at = m->hashes[i] & (count - 1);
        while (slots[at]) {
            at = (at + 1) & (count - 1);
        }
        slots[at] = (uint32_t)i + 1;
    }
    m->slots = slots;
    m->slot_count = count;
    return true;
}

/* The slot of the sample at hand, or the free one where it belongs. */
static uint32_t *slot_of_sample(const struct merger *m, uint32_t hash, uint32_t depth,
                                uint32_t label_count)
{
    size_t at = hash & (m->slot_count - 1);
    while (m->slots[at] && (m->hashes[m->slots[at] - 1] != hash ||
                            !is_sample(m, m->slots[at] - 1, depth, label_count))) {
        at = (at + 1) & (m->slot_count - 1);
    }
    return &m->slots[at];
}

static void add_merged(struct merger *m, const int64_t *values, uint32_t depth,
                       uint32_t label_count)
{
    if (m->sample_count * 2 >= m->slot_count && !grow_slots(m, m->slot_count * 2)) {
        return;
    }
    uint32_t hash = hash_sample(m, depth, label_count);
    uint32_t *slot = slot_of_sample(m, hash, depth, label_count);
    if (*slot) {
        pp_build_add_values(m->build, *slot - 1, values);
        return;
    }
    if (pp_arena_reserve(&m->arena, &m->hashes, &m->hash_cap, m->sample_count, sizeof(hash))) {
        m->failed = true;
        return;
    }
    pp_build_sample(m->build, m->stack, depth, values, m->labels, label_count);
    m->failed |= pp_build_peek(m->build)->sample_count != m->sample_count + 1;
    m->hashes[m->sample_count++] = hash;
    *slot = (uint32_t)m->sample_count;
}

static void add_sample(struct merger *m, size_t i)
{
    const struct pprof_profile *p = m->p;
    const int64_t *values = p->values + i * p->sample_type_count;
    uint32_t begin = p->loc_begin[i], depth = p->loc_begin[i + 1] - begin;
    uint32_t label_count = p->label_begin[i + 1] - p->label_begin[i];
    if (is_zero(values, p->sample_type_count)) {
        return;
    }
    for (uint32_t k = 0; k < depth; k++) {
        m->stack[k] = merged_location(m, p->sample_locs[begin + k]);
    }
    merge_labels(m, p->labels + p->label_begin[i], label_count);
    if (!m->failed) {
        add_merged(m, values, depth, label_count);
    }
}

/* --- sources ---------------------------------------------------------------------------------- */

static uint32_t *unset(struct merger *m, size_t count)
{
    uint32_t *array = pp_arena_array(&m->source, count, sizeof(*array));
    if (array) {
        memset(array, 0xff, count * sizeof(*array));
    }
    m->failed |= !array;
    return array;
}

static uint32_t longest(const uint32_t *begin, size_t count)
{
    uint32_t most = 0;
    for (size_t i = 0; i < count; i++) {
        most = begin[i + 1] - begin[i] > most ? begin[i + 1] - begin[i] : most;
    }
    return most;
}

static uint32_t most_lines(const struct pprof_profile *p)
{
    uint32_t most = 0;
    for (size_t i = 0; i < p->location_count; i++) {
        most = p->locations[i].line_count > most ? p->locations[i].line_count : most;
    }
    return most;
}

static void begin_source(struct merger *m, const struct pprof_profile *p)
{
    m->p = p;
    m->strings = unset(m, p->string_count);
    m->mapping_of = unset(m, p->mapping_count);
    m->location_of = unset(m, p->location_count);
    m->function_of = unset(m, p->function_count);
    m->stack = unset(m, longest(p->loc_begin, p->sample_count));
    m->labels = pp_arena_array(&m->source, longest(p->label_begin, p->sample_count),
                               sizeof(*m->labels));
    m->lines = pp_arena_array(&m->source, most_lines(p), sizeof(*m->lines));
    m->failed |= !m->labels || !m->lines;
}

/* Gives the whole pages of stacks between two places back to the system. */
static void discard_stacks(const struct pprof_profile *p, uint32_t from, uint32_t to)
{
    uintptr_t page = pp_sys_page_size(), begin = (uintptr_t)(p->sample_locs + from);
    uintptr_t end = (uintptr_t)(p->sample_locs + to) & ~(page - 1);
    begin = (begin + page - 1) & ~(page - 1);
    if (begin < end) {
        pp_sys_discard((void *)begin, end - begin);
    }
}

static void merge_source(struct merger *m, const struct pprof_profile *p, bool eat)
{
    enum { STEP = 1 << 20 }; /* in stack entries */
    begin_source(m, p);
    if (!m->failed && !pp_build_peek(m->build)->mapping_count && p->mapping_count) {
        merged_mapping(m, 0); /* the first of all is the main program */
    }
    uint32_t done = p->loc_begin[0];
    for (size_t i = 0; i < p->sample_count && !m->failed; i++) {
        add_sample(m, i);
        if (eat && p->loc_begin[i + 1] - done > STEP) {
            discard_stacks(p, done, p->loc_begin[i + 1]);
            done = p->loc_begin[i + 1];
        }
    }
    pp_arena_release(&m->source);
}

/* --- header ----------------------------------------------------------------------------------- */

static const char *text(const struct pprof_profile *p, uint32_t index)
{
    return p->strings[index].ptr;
}

static void merge_comments(struct merger *m, struct pprof_profile *const *sources, size_t count)
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
static void merge_header(struct merger *m, struct pprof_profile *const *sources, size_t count)
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

static void expect_samples(struct merger *m, struct pprof_profile *const *sources, size_t count)
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
    (void)grow_slots(m, slots);
}

/* Sources of equal types and units. Those in eaten, which sources are shallow copies of, are freed
 * on the way; NULL: none are. */
static int merge_equal(struct pprof_profile *const *sources, size_t count,
                       struct pprof_profile **eaten, struct pprof_profile **merged,
                       struct pprof_error *error)
{
    struct merger m = { .build = pp_build_new(0) };
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
        if (is_zero(p->values + i * p->sample_type_count, p->sample_type_count)) {
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
