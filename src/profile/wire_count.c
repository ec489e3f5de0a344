#include "profile/wire_count.h"

#include "base/jobs.h"

/* Bytes below 0x80 end a varint; eight are looked at together. */
static size_t count_final_bytes(const unsigned char *at, const unsigned char *end)
{
    const uint64_t ones = 0x0101010101010101u;
    size_t count = 0;
    for (; end - at >= 8; at += 8) {
        uint64_t word;
        memcpy(&word, at, sizeof(word));
        count += (size_t)((((~word >> 7) & ones) * ones) >> 56);
    }
    for (; at < end; at++) {
        count += *at < 0x80;
    }
    return count;
}

size_t pp_wire_count_ints(const struct pp_field *f)
{
    return f->type == PP_WIRE_BYTES ? count_final_bytes(f->message.at, f->message.end) : 1;
}

static bool is_ints(const struct pp_field *f)
{
    return f->type == PP_WIRE_BYTES || f->type == PP_WIRE_VARINT;
}

static bool count_sample(struct pp_wire_slice *n, struct pp_cursor c)
{
    struct pp_field f;
    bool good = true;
    while (good && pp_cursor_next(&c, &f)) {
        if (f.number == 1) {
            n->sample_locs += pp_wire_count_ints(&f);
            good = is_ints(&f);
        } else if (f.number == 2) {
            n->values += pp_wire_count_ints(&f);
            good = is_ints(&f);
        } else if (f.number == 3) {
            n->labels++;
            good = f.type == PP_WIRE_BYTES;
        }
    }
    n->samples++;
    return good && !c.bad;
}

static void count_slice(void *slices, size_t number)
{
    struct pp_wire_slice *slice = (struct pp_wire_slice *)slices + number;
    struct pp_cursor c = slice->bytes;
    struct pp_field f;
    while (slice->has_samples && !slice->bad && pp_cursor_next(&c, &f)) {
        slice->bad = f.number == 2 && !count_sample(slice, f.message);
    }
}

static bool count_location(struct pp_wire_count *n, struct pp_cursor c)
{
    struct pp_field f;
    bool good = true;
    while (good && pp_cursor_next(&c, &f)) {
        if (f.number == 4) {
            n->lines++;
            good = f.type == PP_WIRE_BYTES;
        }
    }
    n->locations++;
    return good && !c.bad;
}

static bool count_string(struct pp_wire_count *n, const struct pp_field *f)
{
    size_t len = (size_t)(f->message.end - f->message.at);
    n->bad_table |= n->strings == 0 && len > 0;
    n->strings++;
    n->string_bytes += len + 1;
    return f->type == PP_WIRE_BYTES;
}

static bool count_field(struct pp_wire_count *n, const struct pp_field *f)
{
    switch (f->number) {
    case 1:
        n->sample_types++;
        break;
    case 2:
        return f->type == PP_WIRE_BYTES; /* the rest of them later, slice by slice */
    case 3:
        n->mappings++;
        break;
    case 4:
        return f->type == PP_WIRE_BYTES && count_location(n, f->message);
    case 5:
        n->functions++;
        break;
    case 6:
        return count_string(n, f);
    case 9:
        n->concatenated |= n->time_nanos != 0;
        n->time_nanos = (int64_t)f->value;
        return f->type == PP_WIRE_VARINT;
    case 11:
        break;
    case 13:
        n->comments += pp_wire_count_ints(f);
        return is_ints(f);
    default:
        return true;
    }
    return f->type == PP_WIRE_BYTES;
}

/* Counts all fields but samples, and cuts the input. False where a field is malformed; what is
 * behind it then belongs to no slice. */
static bool count_fields(struct pp_cursor input, struct pp_wire_count *n)
{
    enum { LEAST = 128 << 10 };
    size_t step = (size_t)(input.end - input.at) / (PP_WIRE_SLICES - 1);
    const unsigned char *end = input.at;
    struct pp_wire_slice *slice = NULL;
    struct pp_field f;
    step = step < LEAST ? LEAST : step;
    while (!n->concatenated && !n->bad_table && pp_cursor_next(&input, &f)) {
        if (!slice || (size_t)(end - slice->bytes.at) >= step) {
            slice = &n->slices[n->slice_count++];
            slice->bytes.at = end;
        }
        if (!count_field(n, &f)) {
            return false;
        }
        slice->has_samples |= f.number == 2;
        slice->has_others |= f.number != 2;
        slice->bytes.end = end = input.at;
    }
    return !input.bad;
}

bool pp_wire_count(struct pp_cursor input, struct pp_wire_count *count)
{
    *count = (struct pp_wire_count){ 0 };
    if (!count_fields(input, count)) {
        return false;
    }
    bool bad = false;
    pp_jobs_run(count->slice_count, count_slice, count->slices);
    for (size_t i = 0; i < count->slice_count; i++) {
        const struct pp_wire_slice *slice = &count->slices[i];
        count->samples += slice->samples;
        count->sample_locs += slice->sample_locs;
        count->values += slice->values;
        count->labels += slice->labels;
        bad |= slice->bad;
    }
    return !bad;
}
