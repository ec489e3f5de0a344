/* profile.proto in: straight into flat arrays.
 *
 *   pass 1  counts everything, so that each array is allocated once and exactly
 *   pass 2  strings, mappings, functions, locations; then ids -> indices
 *   pass 3  samples, whose location ids become indices on the way
 *
 * Hostile until parsed: every length is held against its message, ids and strings are looked up before
 * they are believed, nothing recurses. Groups (wire types 3 and 4) are refused, unknown fields skipped. */
#include "base/err.h"
#include "profile/decode.h"

#include <stdlib.h>
#include <string.h>

struct cursor {
    const unsigned char *at, *end;
    bool bad;
};

struct field {
    unsigned number, type;
    uint64_t value;        /* types 0, 1, 5 */
    struct cursor message; /* type 2 */
};

/* id -> index: a dense array when ids are small, else sorted pairs. */
struct id_map {
    uint32_t *dense;
    size_t dense_count;
    struct id_pair {
        uint64_t id;
        uint32_t index;
    } *pairs;
    size_t pair_count;
};

struct decoder {
    struct pp_arena arena;  /* becomes the profile's */
    struct pp_arena scratch;
    struct pprof_profile *p;
    struct cursor input;
    struct pprof_error *error;
    size_t loc_total, label_total, line_total, comment_total;
    size_t loc_at, label_at, line_at;
    struct id_map mappings, functions, locations;
    bool time_seen;
};

static uint64_t varint(struct cursor *c)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
        if (c->at == c->end) {
            break;
        }
        unsigned char byte = *c->at++;
        value |= shift < 64 ? (uint64_t)(byte & 0x7f) << shift : 0;
        if (byte < 0x80) {
            return value;
        }
    }
    c->bad = true;
    c->at = c->end;
    return 0;
}

static uint64_t fixed(struct cursor *c, size_t bytes)
{
    uint64_t value = 0;
    if ((size_t)(c->end - c->at) < bytes) {
        c->bad = true;
        c->at = c->end;
        return 0;
    }
    memcpy(&value, c->at, bytes);
    c->at += bytes;
    return value;
}

/* The next field of a message; false at its end or when it is malformed (bad says which). */
static bool next_field(struct cursor *c, struct field *f)
{
    if (c->at == c->end) {
        return false;
    }
    uint64_t key = varint(c), len;
    f->number = (unsigned)(key >> 3);
    f->type = key & 7;
    switch (f->type) {
    case 0:
        f->value = varint(c);
        break;
    case 1:
        f->value = fixed(c, 8);
        break;
    case 5:
        f->value = fixed(c, 4);
        break;
    case 2:
        len = varint(c);
        if (len > (uint64_t)(c->end - c->at)) {
            c->bad = true;
            return false;
        }
        f->message = (struct cursor){ c->at, c->at + len, false };
        c->at += len;
        break;
    default:
        c->bad = true;
    }
    return !c->bad;
}

/* How many integers a repeated field adds: one, or one for each final byte when packed. */
static size_t count_ints(const struct field *f)
{
    if (f->type != 2) {
        return 1;
    }
    size_t count = 0;
    for (const unsigned char *at = f->message.at; at < f->message.end; at++) {
        count += *at < 0x80;
    }
    return count;
}

/* ---- pass 1 ------------------------------------------------------------------------------------ */

static bool count_sample(struct decoder *d, struct cursor c)
{
    struct field f;
    while (next_field(&c, &f)) {
        if (f.number == 1) {
            d->loc_total += count_ints(&f);
        } else if (f.number == 3) {
            d->label_total++;
        }
    }
    d->p->sample_count++;
    return !c.bad;
}

static bool count_location(struct decoder *d, struct cursor c)
{
    struct field f;
    while (next_field(&c, &f)) {
        d->line_total += f.number == 4;
    }
    d->p->location_count++;
    return !c.bad;
}

static bool count_field(struct decoder *d, const struct field *f)
{
    struct pprof_profile *p = d->p;
    switch (f->number) {
    case 1:
        p->sample_type_count++;
        return f->type == 2;
    case 2:
        return f->type == 2 && count_sample(d, f->message);
    case 3:
        p->mapping_count++;
        return f->type == 2;
    case 4:
        return f->type == 2 && count_location(d, f->message);
    case 5:
        p->function_count++;
        return f->type == 2;
    case 6:
        p->string_count++;
        return f->type == 2;
    case 13:
        d->comment_total += count_ints(f);
        return true;
    default:
        return true;
    }
}

static bool count_all(struct decoder *d)
{
    struct cursor c = d->input;
    struct field f;
    while (next_field(&c, &f)) {
        if (!count_field(d, &f)) {
            return false;
        }
    }
    return !c.bad;
}

static bool allocate(struct decoder *d)
{
    struct pprof_profile *p = d->p;
    struct pp_arena *a = &d->arena;
    size_t values;
    if (p->sample_count >= UINT32_MAX || d->loc_total >= UINT32_MAX || d->label_total >= UINT32_MAX ||
        d->line_total >= UINT32_MAX || p->string_count >= UINT32_MAX ||
        __builtin_mul_overflow(p->sample_count, p->sample_type_count, &values)) {
        return false;
    }
    p->strings = pp_arena_array(a, p->string_count + 1, sizeof(*p->strings));
    p->sample_types = pp_arena_array(a, p->sample_type_count + 1, sizeof(*p->sample_types));
    p->loc_begin = pp_arena_array(a, p->sample_count + 1, sizeof(uint32_t));
    p->label_begin = pp_arena_array(a, p->sample_count + 1, sizeof(uint32_t));
    p->sample_locs = pp_arena_array(a, d->loc_total + 1, sizeof(uint32_t));
    p->labels = pp_arena_array(a, d->label_total + 1, sizeof(*p->labels));
    p->values = pp_arena_array(a, values + 1, sizeof(*p->values));
    p->mappings = pp_arena_array(a, p->mapping_count + 1, sizeof(*p->mappings));
    p->locations = pp_arena_array(a, p->location_count + 1, sizeof(*p->locations));
    p->lines = pp_arena_array(a, d->line_total + 1, sizeof(*p->lines));
    p->functions = pp_arena_array(a, p->function_count + 1, sizeof(*p->functions));
    p->comments = pp_arena_array(a, d->comment_total + 1, sizeof(*p->comments));
    return p->strings && p->sample_types && p->loc_begin && p->label_begin && p->sample_locs &&
           p->labels && p->values && p->mappings && p->locations && p->lines && p->functions &&
           p->comments;
}

/* ---- ids ------------------------------------------------------------------------------------------ */

static int compare_pairs(const void *a, const void *b)
{
    uint64_t x = ((const struct id_pair *)a)->id, y = ((const struct id_pair *)b)->id;
    return (x > y) - (x < y);
}

/* Indexes count records of stride bytes whose first member is the id. */
static bool map_ids(struct decoder *d, struct id_map *map, const void *records, size_t count,
                    size_t stride)
{
    uint64_t highest = 0, id;
    for (size_t i = 0; i < count; i++) {
        memcpy(&id, (const char *)records + i * stride, sizeof(id));
        highest = id > highest ? id : highest;
    }
    bool dense = highest <= count * 4 + 1024;
    if (dense) {
        map->dense_count = (size_t)highest + 1;
        map->dense = pp_arena_array(&d->scratch, map->dense_count, sizeof(*map->dense));
    } else {
        map->pair_count = count;
        map->pairs = pp_arena_array(&d->scratch, count, sizeof(*map->pairs));
    }
    if (!map->dense && !map->pairs) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        memcpy(&id, (const char *)records + i * stride, sizeof(id));
        if (dense) {
            map->dense[id] = (uint32_t)i + 1;
        } else {
            map->pairs[i] = (struct id_pair){ id, (uint32_t)i };
        }
    }
    if (!dense) {
        qsort(map->pairs, count, sizeof(*map->pairs), compare_pairs);
    }
    return true;
}

static uint32_t index_of(const struct id_map *map, uint64_t id)
{
    if (map->dense) {
        return id < map->dense_count && map->dense[id] ? map->dense[id] - 1 : PPROF_NONE;
    }
    struct id_pair key = { id, 0 };
    const struct id_pair *found =
        bsearch(&key, map->pairs, map->pair_count, sizeof(key), compare_pairs);
    return found ? found->index : PPROF_NONE;
}

/* ---- pass 2 and 3 ------------------------------------------------------------------------------------ */

static uint32_t string(const struct decoder *d, struct cursor *c, uint64_t index)
{
    if (index >= d->p->string_count) {
        c->bad = true;
        return 0;
    }
    return (uint32_t)index;
}

static bool read_value_type(struct decoder *d, struct cursor c, struct pprof_value_type *out)
{
    struct field f;
    while (next_field(&c, &f)) {
        if (f.number == 1) {
            out->type = string(d, &c, f.value);
        } else if (f.number == 2) {
            out->unit = string(d, &c, f.value);
        }
    }
    return !c.bad;
}

static bool read_mapping(struct decoder *d, struct cursor c, struct pprof_mapping *m)
{
    struct field f;
    while (next_field(&c, &f)) {
        switch (f.number) {
        case 1:
            m->id = f.value;
            break;
        case 2:
            m->start = f.value;
            break;
        case 3:
            m->limit = f.value;
            break;
        case 4:
            m->offset = f.value;
            break;
        case 5:
            m->filename = string(d, &c, f.value);
            break;
        case 6:
            m->build_id = string(d, &c, f.value);
            break;
        case 7:
            m->has_functions = f.value != 0;
            break;
        case 8:
            m->has_filenames = f.value != 0;
            break;
        case 9:
            m->has_line_numbers = f.value != 0;
            break;
        case 10:
            m->has_inline_frames = f.value != 0;
            break;
        }
    }
    return !c.bad;
}

static bool read_function(struct decoder *d, struct cursor c, struct pprof_function *out)
{
    struct field f;
    while (next_field(&c, &f)) {
        switch (f.number) {
        case 1:
            out->id = f.value;
            break;
        case 2:
            out->name = string(d, &c, f.value);
            break;
        case 3:
            out->system_name = string(d, &c, f.value);
            break;
        case 4:
            out->filename = string(d, &c, f.value);
            break;
        case 5:
            out->start_line = (int64_t)f.value;
            break;
        }
    }
    return !c.bad;
}

static bool read_line(struct decoder *d, struct cursor c, struct pprof_line *line)
{
    struct field f;
    line->function = PPROF_NONE;
    while (next_field(&c, &f)) {
        if (f.number == 1) {
            line->function = index_of(&d->functions, f.value);
        } else if (f.number == 2) {
            line->line = (int64_t)f.value;
        } else if (f.number == 3) {
            line->column = (int64_t)f.value;
        }
    }
    return !c.bad;
}

static bool read_location(struct decoder *d, struct cursor c, struct pprof_location *l)
{
    struct field f;
    l->mapping = PPROF_NONE;
    l->line_begin = (uint32_t)d->line_at;
    while (next_field(&c, &f)) {
        if (f.number == 1) {
            l->id = f.value;
        } else if (f.number == 2) {
            l->mapping = index_of(&d->mappings, f.value);
        } else if (f.number == 3) {
            l->address = f.value;
        } else if (f.number == 5) {
            l->is_folded = f.value != 0;
        } else if (f.number == 4) {
            if (f.type != 2 || !read_line(d, f.message, &d->p->lines[d->line_at++])) {
                return false;
            }
            l->line_count++;
        }
    }
    return !c.bad;
}

/* A label with neither a string nor a number nor a unit says nothing and is left out. */
static bool read_label(struct decoder *d, struct cursor c)
{
    struct pprof_label label = { 0 };
    struct field f;
    while (next_field(&c, &f)) {
        if (f.number == 1) {
            label.key = string(d, &c, f.value);
        } else if (f.number == 2) {
            label.str = string(d, &c, f.value);
        } else if (f.number == 3) {
            label.num = (int64_t)f.value;
        } else if (f.number == 4) {
            label.unit = string(d, &c, f.value);
        }
    }
    if (label.str) {
        label.num = 0;
        label.unit = 0;
    }
    if (label.str || label.num || label.unit) {
        d->p->labels[d->label_at++] = label;
    }
    return !c.bad;
}

static bool read_locations_of(struct decoder *d, struct field *f)
{
    struct cursor *c = &f->message;
    if (f->type != 2) {
        d->p->sample_locs[d->loc_at++] = index_of(&d->locations, f->value);
        return true;
    }
    while (c->at < c->end) {
        d->p->sample_locs[d->loc_at++] = index_of(&d->locations, varint(c));
    }
    return !c->bad;
}

static bool read_values_of(struct decoder *d, struct field *f, size_t sample, size_t *count)
{
    size_t types = d->p->sample_type_count;
    int64_t *row = d->p->values + sample * types;
    struct cursor *c = &f->message;
    if (f->type != 2) {
        if (*count < types) {
            row[*count] = (int64_t)f->value;
        }
        (*count)++;
        return true;
    }
    while (c->at < c->end) {
        int64_t value = (int64_t)varint(c);
        if (*count < types) {
            row[*count] = value;
        }
        (*count)++;
    }
    return !c->bad;
}

static int malformed(const struct decoder *d, const char *what)
{
    return pp_err_set(d->error, PPROF_ERR_FORMAT, "%s", what);
}

static int read_sample(struct decoder *d, struct cursor c, size_t i)
{
    struct pprof_profile *p = d->p;
    struct field f;
    size_t values = 0;
    bool good = true;
    while (good && next_field(&c, &f)) {
        if (f.number == 1) {
            good = read_locations_of(d, &f);
        } else if (f.number == 2) {
            good = read_values_of(d, &f, i, &values);
        } else if (f.number == 3) {
            good = f.type == 2 && read_label(d, f.message);
        }
    }
    if (!good || c.bad) {
        return malformed(d, "malformed sample");
    }
    if (values != p->sample_type_count) {
        return pp_err_set(d->error, PPROF_ERR_FORMAT,
                          "malformed profile: mismatch: sample has %zu values vs. %zu types", values,
                          p->sample_type_count);
    }
    p->loc_begin[i + 1] = (uint32_t)d->loc_at;
    p->label_begin[i + 1] = (uint32_t)d->label_at;
    return 0;
}

static bool read_comments(struct decoder *d, struct field *f)
{
    struct pprof_profile *p = d->p;
    struct cursor *c = &f->message;
    if (f->type != 2) {
        p->comments[p->comment_count++] = string(d, &d->input, f->value);
        return true;
    }
    while (c->at < c->end) {
        p->comments[p->comment_count++] = string(d, c, varint(c));
    }
    return !c->bad;
}

/* Strings first of all, since everything names them. */
static bool read_strings(struct decoder *d)
{
    struct cursor c = d->input;
    struct field f;
    size_t at = 0;
    while (next_field(&c, &f)) {
        if (f.number == 6) {
            size_t len = (size_t)(f.message.end - f.message.at);
            char *text = pp_arena_strndup(&d->arena, (const char *)f.message.at, len);
            if (!text) {
                return false;
            }
            d->p->strings[at++] = (struct pprof_string){ text, len };
        }
    }
    if (!at) {
        d->p->strings[d->p->string_count++] = (struct pprof_string){ "", 0 };
    }
    return true;
}

/* long: table */
static bool read_scalar(struct decoder *d, struct field *f)
{
    struct pprof_profile *p = d->p;
    struct cursor c = { 0 };
    switch (f->number) {
    case 7:
        p->drop_frames = string(d, &c, f->value);
        break;
    case 8:
        p->keep_frames = string(d, &c, f->value);
        break;
    case 9:
        if (p->time_nanos) {
            d->time_seen = true;
        }
        p->time_nanos = (int64_t)f->value;
        break;
    case 10:
        p->duration_nanos = (int64_t)f->value;
        break;
    case 11:
        return f->type == 2 && read_value_type(d, f->message, &p->period_type);
    case 12:
        p->period = (int64_t)f->value;
        break;
    case 13:
        return read_comments(d, f);
    case 14:
        p->default_sample_type = string(d, &c, f->value);
        break;
    case 15:
        p->doc_url = string(d, &c, f->value);
        break;
    }
    return !c.bad;
}

/* Everything but locations and samples, which name what is read here. */
static bool read_first(struct decoder *d)
{
    struct pprof_profile *p = d->p;
    struct cursor c = d->input;
    struct field f;
    size_t types = 0, mappings = 0, functions = 0;
    while (next_field(&c, &f)) {
        bool good = true;
        if (f.number == 1) {
            good = read_value_type(d, f.message, &p->sample_types[types++]);
        } else if (f.number == 3) {
            good = read_mapping(d, f.message, &p->mappings[mappings++]);
        } else if (f.number == 5) {
            good = read_function(d, f.message, &p->functions[functions++]);
        } else {
            good = read_scalar(d, &f);
        }
        if (!good) {
            return false;
        }
    }
    return !d->input.bad;
}

static bool read_locations(struct decoder *d)
{
    struct cursor c = d->input;
    struct field f;
    size_t at = 0;
    while (next_field(&c, &f)) {
        if (f.number == 4 && !read_location(d, f.message, &d->p->locations[at++])) {
            return false;
        }
    }
    return true;
}

static int read_samples(struct decoder *d)
{
    struct cursor c = d->input;
    struct field f;
    size_t at = 0;
    while (next_field(&c, &f)) {
        if (f.number == 2) {
            int err = read_sample(d, f.message, at++);
            if (err) {
                return err;
            }
        }
    }
    return 0;
}

static int decode(struct decoder *d)
{
    struct pprof_profile *p = d->p;
    if (!count_all(d)) {
        return malformed(d, "malformed profile.proto");
    }
    if (!allocate(d) || !read_strings(d)) {
        return pp_err_set(d->error, PPROF_ERR_NOMEM, "out of memory while reading the profile");
    }
    if (p->strings[0].len) {
        return malformed(d, "malformed profile: string_table[0] must be ''");
    }
    if (!read_first(d)) {
        return malformed(d, "malformed profile.proto");
    }
    if (d->time_seen) {
        return malformed(d, "concatenated profiles detected");
    }
    if (!map_ids(d, &d->mappings, p->mappings, p->mapping_count, sizeof(*p->mappings)) ||
        !map_ids(d, &d->functions, p->functions, p->function_count, sizeof(*p->functions))) {
        return pp_err_set(d->error, PPROF_ERR_NOMEM, "out of memory while reading the profile");
    }
    if (!read_locations(d)) {
        return malformed(d, "malformed profile.proto");
    }
    if (!map_ids(d, &d->locations, p->locations, p->location_count, sizeof(*p->locations))) {
        return pp_err_set(d->error, PPROF_ERR_NOMEM, "out of memory while reading the profile");
    }
    return read_samples(d);
}

int pp_wire_decode(const void *data, size_t len, size_t memory_cap_bytes, struct pprof_profile **profile,
                   struct pprof_error *error)
{
    struct decoder d = { .input = { data, (const unsigned char *)data + len, false }, .error = error };
    pp_arena_init(&d.arena, memory_cap_bytes);
    pp_arena_init(&d.scratch, memory_cap_bytes);
    d.p = pp_arena_alloc(&d.arena, sizeof(*d.p));
    struct pp_arena *kept = pp_arena_alloc(&d.arena, sizeof(*kept));
    int err = d.p && kept ? decode(&d)
                          : pp_err_set(error, PPROF_ERR_NOMEM, "out of memory while reading the profile");
    pp_arena_release(&d.scratch);
    if (err) {
        pp_arena_release(&d.arena);
        return err;
    }
    *kept = d.arena;
    d.p->priv = kept;
    *profile = d.p;
    return 0;
}
