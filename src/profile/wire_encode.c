/* profile.proto out: google/pprof's order of fields and strings.
 *
 * Strings are numbered anew in the order of first use ("" first). Nested messages need their length
 * before their bytes; each is built in a scratch buffer, which every one of them uses again. */
#include "base/atomic.h"
#include "base/err.h"
#include "base/table.h"
#include "profile/sort.h"
#include "profile/wire.h"
#include "profile/wire_put.h"

#include <string.h>

struct encoder {
    const struct pprof_profile *p;
    struct pp_buf *out;
    struct pp_buf message, packed;
    struct pp_arena *scratch;
    struct pprof_label *labels; /* those of one sample, sorted */
    size_t label_cap;
    uint32_t *short_ids;  /* by location: its id as a varint, and in the top byte how many bytes */
    uint32_t *renumbered; /* profile's string -> file's; UINT32_MAX: not used yet */
    struct pp_table texts; /* by the file's number: strings of a profile may repeat */
};

static void put_message(struct encoder *e, unsigned field)
{
    pp_put_message(e->out, field, &e->message);
}

/* The file's number of a string, given out on first use. */
static uint32_t string(struct encoder *e, uint32_t index)
{
    if (e->renumbered[index] == UINT32_MAX) {
        const struct pprof_string *text = &e->p->strings[index];
        e->renumbered[index] = pp_table_intern(&e->texts, text->ptr, text->len, true);
        if (e->renumbered[index] == UINT32_MAX) {
            e->out->err = PPROF_ERR_NOMEM;
        }
    }
    return e->renumbered[index];
}

static void put_value_type(struct encoder *e, unsigned field, struct pprof_value_type type)
{
    pp_put_u64_if(&e->message, 1, string(e, type.type));
    pp_put_u64_if(&e->message, 2, string(e, type.unit));
    put_message(e, field);
}

enum { LEN_SHIFT = 24 };

/* Ids of up to three bytes, as nearly all are; 0 for others. */
static void shorten_ids(struct encoder *e)
{
    for (size_t i = 0; i < e->p->location_count; i++) {
        char bytes[PP_VARINT_MOST] = { 0 };
        size_t len = (size_t)(pp_write_varint(bytes, e->p->locations[i].id) - bytes);
        if (len < sizeof(uint32_t)) {
            memcpy(&e->short_ids[i], bytes, len);
            e->short_ids[i] |= (uint32_t)len << LEN_SHIFT;
        }
    }
}

/* Ids are most of a profile: they are written without a branch, four bytes of which the next id
 * overwrites what does not belong to this one. */
static inline char *write_id(const struct encoder *e, char *at, uint32_t location)
{
    uint32_t id = e->short_ids[location];
    if (pp_unlikely(!id)) {
        return pp_write_varint(at, e->p->locations[location].id);
    }
    memcpy(at, &id, sizeof(id));
    return at + (id >> LEN_SHIFT);
}

/* The ids of a stack, packed when there are more than two. */
static void put_stack(struct encoder *e, const uint32_t *locs, size_t count)
{
    pp_buf_reset(&e->packed);
    char *start = pp_buf_room(&e->packed, count * PP_VARINT_MOST), *at = start;
    if (!start) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (count <= 2) {
            at = pp_write_varint(at, 1 << 3);
        }
        at = write_id(e, at, locs[i]);
    }
    if (count <= 2) {
        pp_buf_append(&e->message, start, (size_t)(at - start));
    } else {
        pp_put_bytes(&e->message, 1, start, (size_t)(at - start));
    }
}

/* Repeated integers: packed when there are more than two. */
static void put_packed(struct encoder *e, unsigned field, const uint64_t *values, size_t count)
{
    if (count <= 2) {
        for (size_t i = 0; i < count; i++) {
            pp_put_u64(&e->message, field, values[i]);
        }
        return;
    }
    pp_buf_reset(&e->packed);
    for (size_t i = 0; i < count; i++) {
        pp_put_varint(&e->packed, values[i]);
    }
    pp_put_bytes(&e->message, field, e->packed.data, e->packed.len);
}

static void put_label(struct encoder *e, const struct pprof_label *label)
{
    struct pp_buf inner = e->packed;
    pp_buf_reset(&inner);
    pp_put_u64_if(&inner, 1, string(e, label->key));
    pp_put_u64_if(&inner, 2, string(e, label->str));
    pp_put_u64_if(&inner, 3, (uint64_t)label->num);
    pp_put_u64_if(&inner, 4, string(e, label->unit));
    pp_put_bytes(&e->message, 3, inner.data ? inner.data : "", inner.len);
    e->packed = inner;
}

/* String labels before numeric ones, each by key; labels of one key keep their order. */
static int compare_labels(const void *a, const void *b, void *ctx)
{
    const struct pprof_label *x = a, *y = b;
    const struct pprof_string *strings = ctx;
    if (!x->str != !y->str) {
        return x->str ? -1 : 1;
    }
    return x->key == y->key ? 0 : strcmp(strings[x->key].ptr, strings[y->key].ptr);
}

static void put_labels(struct encoder *e, const struct pprof_label *labels, size_t count)
{
    while (e->label_cap < count) {
        if (pp_arena_reserve(e->scratch, &e->labels, &e->label_cap, e->label_cap,
                             sizeof(*labels))) {
            e->out->err = PPROF_ERR_NOMEM;
            return;
        }
    }
    memcpy(e->labels, labels, count * sizeof(*labels));
    if (pp_sort(e->labels, count, sizeof(*labels), compare_labels, e->p->strings, e->scratch)) {
        e->out->err = PPROF_ERR_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        put_label(e, &e->labels[i]);
    }
}

static void put_sample(struct encoder *e, size_t i, uint64_t *scratch)
{
    const struct pprof_profile *p = e->p;
    uint32_t begin = p->loc_begin[i], end = p->loc_begin[i + 1];
    put_stack(e, p->sample_locs + begin, end - begin);
    for (size_t t = 0; t < p->sample_type_count; t++) {
        scratch[t] = (uint64_t)p->values[i * p->sample_type_count + t];
    }
    put_packed(e, 2, scratch, p->sample_type_count);
    if (p->label_begin[i] < p->label_begin[i + 1]) {
        put_labels(e, p->labels + p->label_begin[i], p->label_begin[i + 1] - p->label_begin[i]);
    }
    put_message(e, 2);
}

static void put_mapping(struct encoder *e, const struct pprof_mapping *m)
{
    pp_put_u64_if(&e->message, 1, m->id);
    pp_put_u64_if(&e->message, 2, m->start);
    pp_put_u64_if(&e->message, 3, m->limit);
    pp_put_u64_if(&e->message, 4, m->offset);
    pp_put_u64_if(&e->message, 5, string(e, m->filename));
    pp_put_u64_if(&e->message, 6, string(e, m->build_id));
    pp_put_u64_if(&e->message, 7, m->has_functions);
    pp_put_u64_if(&e->message, 8, m->has_filenames);
    pp_put_u64_if(&e->message, 9, m->has_line_numbers);
    pp_put_u64_if(&e->message, 10, m->has_inline_frames);
    put_message(e, 3);
}

static void put_line(struct encoder *e, const struct pprof_line *line)
{
    pp_buf_reset(&e->packed);
    pp_put_u64_if(&e->packed, 1,
               line->function == PPROF_NONE ? 0 : e->p->functions[line->function].id);
    pp_put_u64_if(&e->packed, 2, (uint64_t)line->line);
    pp_put_u64_if(&e->packed, 3, (uint64_t)line->column);
    pp_put_bytes(&e->message, 4, e->packed.data ? e->packed.data : "", e->packed.len);
}

static void put_location(struct encoder *e, const struct pprof_location *l)
{
    pp_put_u64_if(&e->message, 1, l->id);
    pp_put_u64_if(&e->message, 2, l->mapping == PPROF_NONE ? 0 : e->p->mappings[l->mapping].id);
    pp_put_u64_if(&e->message, 3, l->address);
    for (uint32_t k = 0; k < l->line_count; k++) {
        put_line(e, &e->p->lines[l->line_begin + k]);
    }
    pp_put_u64_if(&e->message, 5, l->is_folded);
    put_message(e, 4);
}

static void put_function(struct encoder *e, const struct pprof_function *f)
{
    pp_put_u64_if(&e->message, 1, f->id);
    pp_put_u64_if(&e->message, 2, string(e, f->name));
    pp_put_u64_if(&e->message, 3, string(e, f->system_name));
    pp_put_u64_if(&e->message, 4, string(e, f->filename));
    pp_put_u64_if(&e->message, 5, (uint64_t)f->start_line);
    put_message(e, 5);
}

/* The scalars stand behind the string table in the file, but give their strings numbers before it
 * is written. */
static void number_scalar_strings(struct encoder *e)
{
    const struct pprof_profile *p = e->p;
    string(e, p->drop_frames);
    string(e, p->keep_frames);
    string(e, p->period_type.type);
    string(e, p->period_type.unit);
    for (size_t i = 0; i < p->comment_count; i++) {
        string(e, p->comments[i]);
    }
    string(e, p->default_sample_type);
    string(e, p->doc_url);
}

static void put_scalars(struct encoder *e, uint64_t *scratch)
{
    const struct pprof_profile *p = e->p;
    pp_put_u64_if(e->out, 7, string(e, p->drop_frames));
    pp_put_u64_if(e->out, 8, string(e, p->keep_frames));
    pp_put_u64_if(e->out, 9, (uint64_t)p->time_nanos);
    pp_put_u64_if(e->out, 10, (uint64_t)p->duration_nanos);
    if (p->period_type.type || p->period_type.unit) {
        put_value_type(e, 11, p->period_type);
    }
    pp_put_u64_if(e->out, 12, (uint64_t)p->period);
    for (size_t i = 0; i < p->comment_count; i++) {
        scratch[i] = string(e, p->comments[i]);
    }
    put_packed(e, 13, scratch, p->comment_count);
    pp_buf_append(e->out, e->message.data ? e->message.data : "", e->message.len);
    pp_buf_reset(&e->message);
    pp_put_u64(e->out, 14, string(e, p->default_sample_type));
    pp_put_u64_if(e->out, 15, string(e, p->doc_url));
}

static size_t longest_list(const struct pprof_profile *p)
{
    return p->sample_type_count > p->comment_count ? p->sample_type_count : p->comment_count;
}

static size_t varint_size(uint64_t value)
{
    char bytes[10];
    return (size_t)(pp_write_varint(bytes, value) - bytes);
}

/* Room for about as much as the samples will take, or more, in one piece: pages that stay untouched
 * cost nothing, while growing would copy. Without that room it grows. */
static void expect_samples(struct pp_buf *out, const struct pprof_profile *p)
{
    uint64_t highest = 0;
    for (size_t i = 0; i < p->location_count; i++) {
        highest = p->locations[i].id > highest ? p->locations[i].id : highest;
    }
    enum { HEAD = 12, VALUE = 10, LABEL = 20, STRING = 8, RECORD = 40 };
    size_t size = p->loc_begin[p->sample_count] * varint_size(highest) +
                  p->sample_count * (HEAD + VALUE * p->sample_type_count) +
                  p->label_begin[p->sample_count] * LABEL +
                  (p->location_count + p->line_count + p->function_count) * RECORD;
    for (size_t i = 0; i < p->string_count; i++) {
        size += p->strings[i].len + STRING;
    }
    if (!out->err && !pp_buf_room(out, size)) {
        out->err = 0;
    }
}

static void encode(struct encoder *e, uint64_t *scratch)
{
    const struct pprof_profile *p = e->p;
    for (size_t i = 0; i < p->sample_type_count; i++) {
        put_value_type(e, 1, p->sample_types[i]);
    }
    for (size_t i = 0; i < p->sample_count; i++) {
        put_sample(e, i, scratch);
    }
    for (size_t i = 0; i < p->mapping_count; i++) {
        put_mapping(e, &p->mappings[i]);
    }
    for (size_t i = 0; i < p->location_count; i++) {
        put_location(e, &p->locations[i]);
    }
    for (size_t i = 0; i < p->function_count; i++) {
        put_function(e, &p->functions[i]);
    }
    number_scalar_strings(e);
    for (size_t i = 0; i < e->texts.count; i++) {
        pp_put_bytes(e->out, 6, e->texts.items[i].ptr, e->texts.items[i].len);
    }
    put_scalars(e, scratch);
}

int pp_wire_encode(const struct pprof_profile *profile, struct pp_buf *out,
                   struct pprof_error *error)
{
    struct pp_arena scratch;
    pp_arena_init(&scratch, 0);
    struct encoder e = { .p = profile, .out = out, .scratch = &scratch };
    pp_buf_init(&e.message, &scratch);
    pp_buf_init(&e.packed, &scratch);
    e.renumbered = pp_arena_array(&scratch, profile->string_count + 1, sizeof(uint32_t));
    e.short_ids = pp_arena_array(&scratch, profile->location_count, sizeof(uint32_t));
    uint64_t *list = pp_arena_array(&scratch, longest_list(profile) + 1, sizeof(*list));
    if (e.renumbered && e.short_ids && list && !pp_table_init(&e.texts, &scratch)) {
        shorten_ids(&e);
        memset(e.renumbered, 0xff, (profile->string_count + 1) * sizeof(uint32_t));
        expect_samples(out, profile);
        encode(&e, list);
        out->err = out->err ? out->err : e.packed.err;
    } else {
        out->err = PPROF_ERR_NOMEM;
    }
    pp_arena_release(&scratch);
    return out->err ? pp_err_set(error, out->err, "out of memory while encoding the profile") : 0;
}
