/* Merging profiles by google/pprof's rules: records that mean the same become one, samples add up.
 *
 *   mapping    size in whole pages, offset, build id or else file
 *   function   start line, name, system name, file
 *   location   address within its mapping, mapping, folded, (function, line, column) of each line
 *   sample     merged locations, labels by key
 *
 * The first three are turned into bytes and interned: equal bytes give the index of the first use,
 * which is the index in the merged profile. */
#include "profile/merge_private.h"

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
        key_u64(m, (uint64_t)m->lines[k].column);
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

/* --- all of them ------------------------------------------------------------------------------ */

void pp_merge_records(struct pp_merger *m)
{
    const struct pprof_profile *p = m->p;
    size_t unseen = p->location_count;
    for (size_t i = 0; i < p->sample_count && !m->failed; i++) {
        if (pp_is_zero(p->values + i * p->sample_type_count, p->sample_type_count)) {
            continue;
        }
        for (uint32_t k = p->loc_begin[i]; unseen && k < p->loc_begin[i + 1]; k++) {
            if (m->location_of[p->sample_locs[k]] == PPROF_NONE) {
                merged_location(m, p->sample_locs[k]);
                unseen--;
            }
        }
        for (uint32_t k = p->label_begin[i]; k < p->label_begin[i + 1]; k++) {
            merged_string(m, p->labels[k].key);
            merged_string(m, p->labels[k].str);
            merged_string(m, p->labels[k].unit);
        }
    }
}
