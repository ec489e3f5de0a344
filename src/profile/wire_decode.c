/* profile.proto in: straight into flat arrays.
 *
 *   pass 1  counts everything (wire_count.h), so that each array is allocated once and exactly
 *   pass 2  strings, types, mappings, functions, scalars; then ids -> indices
 *   pass 3  locations, whose mapping and function ids become indices on the way
 *   pass 4  samples likewise (wire_samples.h), slices of them at the same time; pages of the input
 *           are given back behind it, so that the input and the arrays it turns into (about 1.4
 *           times its size) never stand in memory together
 *
 * Hostile until parsed: every length is held against its message, ids and strings are looked up
 * before they are believed, nothing recurses, and what is allocated is bounded by what is there. */
#include "base/err.h"
#include "profile/decode.h"
#include "profile/idmap.h"
#include "profile/wire_samples.h"

struct decoder {
    struct pp_arena arena; /* becomes the profile's */
    struct pp_arena scratch;
    struct pprof_profile *p;
    struct pp_cursor input;
    struct pp_wire_count n;
    size_t line_at;
    struct pp_id_map mappings, functions, locations;
    bool bad;
    bool may_discard;
};

/* --- one message at a time ------------------------------------------------------------------- */

static uint64_t number(struct decoder *d, const struct pp_field *f)
{
    d->bad |= f->type != PP_WIRE_VARINT;
    return f->value;
}

static uint32_t string_index(struct decoder *d, uint64_t index)
{
    if (index >= d->n.strings) {
        d->bad = true;
        return 0;
    }
    return (uint32_t)index;
}

static uint32_t string(struct decoder *d, const struct pp_field *f)
{
    return string_index(d, number(d, f));
}

static void read_value_type(struct decoder *d, struct pp_cursor c, struct pprof_value_type *out)
{
    struct pp_field f;
    *out = (struct pprof_value_type){ 0 };
    while (pp_cursor_next(&c, &f)) {
        if (f.number == 1) {
            out->type = string(d, &f);
        } else if (f.number == 2) {
            out->unit = string(d, &f);
        }
    }
    d->bad |= c.bad;
}

/* long: table */
static void read_mapping(struct decoder *d, struct pp_cursor c, struct pprof_mapping *m)
{
    struct pp_field f;
    while (pp_cursor_next(&c, &f)) {
        switch (f.number) {
        case 1:
            m->id = number(d, &f);
            break;
        case 2:
            m->start = number(d, &f);
            break;
        case 3:
            m->limit = number(d, &f);
            break;
        case 4:
            m->offset = number(d, &f);
            break;
        case 5:
            m->filename = string(d, &f);
            break;
        case 6:
            m->build_id = string(d, &f);
            break;
        case 7:
            m->has_functions = number(d, &f) != 0;
            break;
        case 8:
            m->has_filenames = number(d, &f) != 0;
            break;
        case 9:
            m->has_line_numbers = number(d, &f) != 0;
            break;
        case 10:
            m->has_inline_frames = number(d, &f) != 0;
            break;
        }
    }
    d->bad |= c.bad;
}

static void read_function(struct decoder *d, struct pp_cursor c, struct pprof_function *out)
{
    struct pp_field f;
    while (pp_cursor_next(&c, &f)) {
        switch (f.number) {
        case 1:
            out->id = number(d, &f);
            break;
        case 2:
            out->name = string(d, &f);
            break;
        case 3:
            out->system_name = string(d, &f);
            break;
        case 4:
            out->filename = string(d, &f);
            break;
        case 5:
            out->start_line = (int64_t)number(d, &f);
            break;
        }
    }
    d->bad |= c.bad;
}

static void read_line(struct decoder *d, struct pp_cursor c, struct pprof_line *line)
{
    struct pp_field f;
    line->function = PPROF_NONE;
    while (pp_cursor_next(&c, &f)) {
        if (f.number == 1) {
            line->function = pp_id_map_find(&d->functions, number(d, &f));
        } else if (f.number == 2) {
            line->line = (int64_t)number(d, &f);
        } else if (f.number == 3) {
            line->column = (int64_t)number(d, &f);
        }
    }
    d->bad |= c.bad;
}

static void read_location(struct decoder *d, struct pp_cursor c, struct pprof_location *l)
{
    struct pp_field f;
    l->mapping = PPROF_NONE;
    l->line_begin = (uint32_t)d->line_at;
    while (pp_cursor_next(&c, &f)) {
        switch (f.number) {
        case 1:
            l->id = number(d, &f);
            break;
        case 2:
            l->mapping = pp_id_map_find(&d->mappings, number(d, &f));
            break;
        case 3:
            l->address = number(d, &f);
            break;
        case 4:
            read_line(d, f.message, &d->p->lines[d->line_at++]);
            l->line_count++;
            break;
        case 5:
            l->is_folded = number(d, &f) != 0;
            break;
        }
    }
    d->bad |= c.bad;
}

static void read_comments(struct decoder *d, const struct pp_field *f)
{
    struct pprof_profile *p = d->p;
    struct pp_cursor c = f->message;
    if (f->type == PP_WIRE_VARINT) {
        p->comments[p->comment_count++] = string(d, f);
    }
    while (c.at < c.end) {
        p->comments[p->comment_count++] = string_index(d, pp_cursor_varint(&c));
    }
    d->bad |= c.bad;
}

/* --- the passes ------------------------------------------------------------------------------- */

/* long: table */
static void read_scalar(struct decoder *d, const struct pp_field *f)
{
    struct pprof_profile *p = d->p;
    switch (f->number) {
    case 7:
        p->drop_frames = string(d, f);
        break;
    case 8:
        p->keep_frames = string(d, f);
        break;
    case 9:
        p->time_nanos = (int64_t)number(d, f);
        break;
    case 10:
        p->duration_nanos = (int64_t)number(d, f);
        break;
    case 11:
        read_value_type(d, f->message, &p->period_type);
        break;
    case 12:
        p->period = (int64_t)number(d, f);
        break;
    case 13:
        read_comments(d, f);
        break;
    case 14:
        p->default_sample_type = string(d, f);
        break;
    case 15:
        p->doc_url = string(d, f);
        break;
    }
}

static char *copy_string(char *pool, struct pprof_string *out, struct pp_cursor text)
{
    size_t len = (size_t)(text.end - text.at);
    memcpy(pool, text.at, len);
    *out = (struct pprof_string){ pool, len };
    return pool + len + 1;
}

/* Pass 2: everything but locations and samples, which name what is read here. */
static char *read_first(struct decoder *d, struct pp_cursor c, char *pool)
{
    struct pprof_profile *p = d->p;
    struct pp_field f;
    while (pp_cursor_next(&c, &f)) {
        switch (f.number) {
        case 1:
            read_value_type(d, f.message, &p->sample_types[p->sample_type_count++]);
            break;
        case 3:
            read_mapping(d, f.message, &p->mappings[p->mapping_count++]);
            break;
        case 5:
            read_function(d, f.message, &p->functions[p->function_count++]);
            break;
        case 6:
            pool = copy_string(pool, &p->strings[p->string_count++], f.message);
            break;
        default:
            read_scalar(d, &f);
        }
    }
    return pool;
}

static void read_locations(struct decoder *d, struct pp_cursor c)
{
    struct pp_field f;
    while (pp_cursor_next(&c, &f)) {
        if (f.number == 4) {
            read_location(d, f.message, &d->p->locations[d->p->location_count++]);
        }
    }
    d->p->line_count = d->line_at;
}

/* Passes 2 and 3 leave slices out that hold nothing but samples. */
static void read_others(struct decoder *d, char *pool)
{
    for (size_t i = 0; i < d->n.slice_count; i++) {
        const struct pp_wire_slice *slice = &d->n.slices[i];
        if (slice->has_others && pool) {
            pool = read_first(d, slice->bytes, pool);
        } else if (slice->has_others) {
            read_locations(d, slice->bytes);
        }
    }
}

/* --- memory, order, errors -------------------------------------------------------------------- */

static void *array(struct decoder *d, size_t count, size_t size)
{
    void *items = pp_arena_array(&d->arena, count + 1, size);
    d->bad |= !items;
    return items;
}

static bool allocate(struct decoder *d)
{
    struct pprof_profile *p = d->p;
    const struct pp_wire_count *n = &d->n;
    /* A row is written for each sample, so the samples must have about as many values as rows
     * take. */
    size_t rows = n->samples && n->sample_types > n->values / n->samples ? 1 : n->samples;
    p->strings = array(d, n->strings, sizeof(*p->strings));
    p->sample_types = array(d, n->sample_types, sizeof(*p->sample_types));
    p->loc_begin = array(d, n->samples, sizeof(*p->loc_begin));
    p->label_begin = array(d, n->samples, sizeof(*p->label_begin));
    p->sample_locs = array(d, n->sample_locs, sizeof(*p->sample_locs));
    p->labels = array(d, n->labels, sizeof(*p->labels));
    p->values = array(d, rows * n->sample_types, sizeof(*p->values));
    p->mappings = array(d, n->mappings, sizeof(*p->mappings));
    p->locations = array(d, n->locations, sizeof(*p->locations));
    p->lines = array(d, n->lines, sizeof(*p->lines));
    p->functions = array(d, n->functions, sizeof(*p->functions));
    p->comments = array(d, n->comments, sizeof(*p->comments));
    return !d->bad;
}

static int no_memory(struct pprof_error *error)
{
    return pp_err_set(error, PPROF_ERR_NOMEM, "reading the profile: %s",
                      pprof_err_text(PPROF_ERR_NOMEM));
}

static int malformed(struct pprof_error *error)
{
    return pp_err_set(error, PPROF_ERR_UNKNOWN, "malformed profile.proto");
}

/* What the counts alone can tell. */
static int check_counts(const struct pp_wire_count *n, struct pprof_error *error)
{
    if (n->concatenated) {
        return pp_err_set(error, PPROF_ERR_FORMAT,
                          "parsing profile: concatenated profiles detected");
    }
    if (n->bad_table || !n->strings) {
        return malformed(error);
    }
    const size_t most = UINT32_MAX - 1;
    if (n->samples > most || n->sample_locs > most || n->labels > most || n->lines > most ||
        n->strings > most || n->locations > most || n->functions > most || n->mappings > most) {
        return pp_err_set(error, PPROF_ERR_LIMIT, "more than 4294967294 records of one kind");
    }
    return 0;
}

/* The words of pprof_profile_check for what the flat arrays cannot hold. */
static int mismatch(const struct decoder *d, size_t values, struct pprof_error *error)
{
    if (!d->n.sample_types) {
        return pp_err_set(error, PPROF_ERR_FORMAT,
                          "malformed profile: missing sample type information");
    }
    return pp_err_set(error, PPROF_ERR_FORMAT,
                      "malformed profile: mismatch: sample has %zu values vs. %zu types", values,
                      d->n.sample_types);
}

/* Too few values for a row each: the rows were not allocated. The values of the sample to blame. */
static size_t find_mismatch(const struct decoder *d)
{
    struct pp_cursor c = d->input;
    struct pp_field f, inner;
    size_t values = d->n.sample_types;
    while (values == d->n.sample_types && pp_cursor_next(&c, &f)) {
        if (f.number == 2) {
            values = 0;
            while (pp_cursor_next(&f.message, &inner)) {
                values += inner.number == 2 ? pp_wire_count_ints(&inner) : 0;
            }
        }
    }
    return values;
}

static int read_samples(struct decoder *d, struct pprof_error *error)
{
    struct pp_wire_samples samples = { .profile = d->p, .count = &d->n,
                                       .locations = &d->locations,
                                       .may_discard = d->may_discard };
    if (d->n.samples && d->n.values / d->n.samples < d->n.sample_types) {
        return mismatch(d, find_mismatch(d), error);
    }
    pp_wire_samples_read(&samples);
    if (samples.bad) {
        return pp_err_set(error, PPROF_ERR_FORMAT, "parsing profile: " PP_UNRECOGNIZED);
    }
    return samples.mismatch ? mismatch(d, samples.mismatch_values, error) : 0;
}

static int decode_records(struct decoder *d, struct pprof_error *error)
{
    struct pprof_profile *p = d->p;
    char *pool = array(d, d->n.string_bytes, 1);
    if (!pool) {
        return no_memory(error);
    }
    read_others(d, pool);
    if (d->bad) {
        return malformed(error);
    }
    if (pp_id_map_init(&d->mappings, &d->scratch, p->mappings, p->mapping_count,
                       sizeof(*p->mappings)) ||
        pp_id_map_init(&d->functions, &d->scratch, p->functions, p->function_count,
                       sizeof(*p->functions))) {
        return no_memory(error);
    }
    read_others(d, NULL);
    if (d->bad) {
        return malformed(error);
    }
    if (pp_id_map_init(&d->locations, &d->scratch, p->locations, p->location_count,
                       sizeof(*p->locations))) {
        return no_memory(error);
    }
    return read_samples(d, error);
}

static int decode(struct decoder *d, struct pprof_error *error)
{
    if (!pp_wire_count(d->input, &d->n)) {
        return malformed(error);
    }
    int err = check_counts(&d->n, error);
    if (err) {
        return err;
    }
    return allocate(d) ? decode_records(d, error) : no_memory(error);
}

int pp_wire_decode(const void *data, size_t len, bool may_discard, size_t memory_cap_bytes,
                   struct pprof_profile **profile, struct pprof_error *error)
{
    struct decoder d = { .input = { data, (const unsigned char *)data + len, false },
                         .may_discard = may_discard };
    pp_arena_init(&d.arena, memory_cap_bytes);
    pp_arena_init(&d.scratch, memory_cap_bytes);
    d.p = pp_arena_alloc(&d.arena, sizeof(*d.p));
    struct pp_arena *kept = pp_arena_alloc(&d.arena, sizeof(*kept));
    int err = d.p && kept ? decode(&d, error) : no_memory(error);
    pp_arena_release(&d.scratch);
    if (err) {
        pp_arena_release(&d.arena);
        return err;
    }
    pp_wire_settle_empty(d.p);
    *kept = d.arena;
    d.p->priv = kept;
    *profile = d.p;
    return 0;
}
