/* Merging profiles by google/pprof's rules: records that mean the same become one, samples add up.
 *
 *   mapping    size in whole pages, offset, build id or else file
 *   function   start line, name, system name, file
 *   location   address within its mapping, mapping, folded, (function, line) of each line and the
 *              last line's column only (theirs overwrites the others; kept, as it decides what
 *              merges)
 *   sample     merged locations, labels by key
 *
 * The first three are turned into bytes and interned: equal bytes give the index of the first use,
 * which is the index in the merged profile. Samples are compared where they stand, in the arrays of
 * the profile that is being built, so that no copy of any stack is kept. Samples of zeros are left
 * out on the way in. */
#include "profile/merge_private.h"

#include "profile/samples.h"
#include "profile/sort.h"

#include <string.h>

static void key_u64(struct pp_merger *m, uint64_t value)
{
    pp_buf_append(&m->key, &value, sizeof(value));
}

/* The index of the key at hand; is_new says whether this is its first use. Empties the key. */
static uint32_t index_of_key(struct pp_merger *m, struct pp_table *table, bool *is_new)
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

static uint32_t merged_string(struct pp_merger *m, uint32_t string)
{
    if (m->strings[string] == UINT32_MAX) {
        const struct pprof_string *text = &m->p->strings[string];
        m->strings[string] = pp_build_string(m->build, text->ptr, text->len);
    }
    return m->strings[string];
}

uint32_t pp_merge_mapping(struct pp_merger *m, uint32_t i)
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

static uint32_t merged_function(struct pp_merger *m, uint32_t i)
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

static void key_of_lines(struct pp_merger *m, uint32_t count)
{
    for (uint32_t k = 0; k < count; k++) {
        key_u64(m, m->lines[k].function);
        key_u64(m, (uint64_t)m->lines[k].line);
        key_u64(m, k + 1 == count ? (uint64_t)m->lines[k].column : 0);
    }
}

static uint32_t merged_location(struct pp_merger *m, uint32_t i)
{
    if (m->location_of[i] != PPROF_NONE) {
        return m->location_of[i];
    }
    const struct pprof_location *l = &m->p->locations[i];
    uint32_t mapping = pp_merge_mapping(m, l->mapping);
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

static void merge_labels(struct pp_merger *m, const struct pprof_label *labels, uint32_t count)
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

static uint32_t hash_sample(const struct pp_merger *m, uint32_t depth, uint32_t label_count)
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

static bool is_sample(const struct pp_merger *m, uint32_t i, uint32_t depth, uint32_t label_count)
{
    const struct pprof_profile *p = pp_build_peek(m->build);
    uint32_t loc = p->loc_begin[i], label = p->label_begin[i];
    return p->loc_begin[i + 1] - loc == depth && p->label_begin[i + 1] - label == label_count &&
           memcmp(p->sample_locs + loc, m->stack, depth * sizeof(*m->stack)) == 0 &&
           memcmp(p->labels + label, m->labels, label_count * sizeof(*m->labels)) == 0;
}

bool pp_merge_slots(struct pp_merger *m, size_t count)
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
static uint32_t *slot_of_sample(const struct pp_merger *m, uint32_t hash, uint32_t depth,
                                uint32_t label_count)
{
    size_t at = hash & (m->slot_count - 1);
    while (m->slots[at] && (m->hashes[m->slots[at] - 1] != hash ||
                            !is_sample(m, m->slots[at] - 1, depth, label_count))) {
        at = (at + 1) & (m->slot_count - 1);
    }
    return &m->slots[at];
}

static void add_merged(struct pp_merger *m, const int64_t *values, uint32_t depth,
                       uint32_t label_count)
{
    if (m->sample_count * 2 >= m->slot_count && !pp_merge_slots(m, m->slot_count * 2)) {
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

void pp_merge_sample(struct pp_merger *m, size_t i)
{
    const struct pprof_profile *p = m->p;
    const int64_t *values = p->values + i * p->sample_type_count;
    uint32_t begin = p->loc_begin[i], depth = p->loc_begin[i + 1] - begin;
    uint32_t label_count = p->label_begin[i + 1] - p->label_begin[i];
    if (pp_is_zero(values, p->sample_type_count)) {
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
