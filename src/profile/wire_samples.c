#include "profile/wire_samples.h"

#include "base/jobs.h"
#include "base/sys.h"

/* One slice being read; only its own thread looks at it. */
struct reader {
    struct pprof_profile *p;
    const struct pp_id_map *locations;
    size_t string_count, type_count;
    size_t sample_at, loc_at, label_at; /* where the next one goes */
    size_t sample_first, label_first;
    bool may_discard, bad, mismatch;
    size_t mismatch_values;
};

struct work {
    const struct pp_wire_count *count;
    struct reader readers[PP_WIRE_SLICES];
};

static uint32_t string(struct reader *r, const struct pp_field *f)
{
    bool good = f->type == PP_WIRE_VARINT && f->value < r->string_count;
    r->bad |= !good;
    return good ? (uint32_t)f->value : 0;
}

/* A label with neither a string nor a number nor a unit says nothing and is left out. */
static void read_label(struct reader *r, struct pp_cursor c)
{
    struct pprof_label label = { 0 };
    struct pp_field f;
    while (pp_cursor_next(&c, &f)) {
        if (f.number == 1) {
            label.key = string(r, &f);
        } else if (f.number == 2) {
            label.str = string(r, &f);
        } else if (f.number == 3) {
            label.num = (int64_t)f.value;
            r->bad |= f.type != PP_WIRE_VARINT;
        } else if (f.number == 4) {
            label.unit = string(r, &f);
        }
    }
    r->bad |= c.bad;
    if (label.str) {
        label.num = 0;
        label.unit = 0;
    }
    if (label.str || label.num || label.unit) {
        r->p->labels[r->label_at++] = label;
    }
}

/* Two ids of at most four bytes each, as nearly all are, out of the next eight bytes; returns how
 * many bytes they take, 0 where there are no such two. How long each is is as good as random, so
 * nothing here depends on a guess by the processor. */
static inline size_t read_pair(const unsigned char *at, uint64_t *first, uint64_t *second)
{
    const uint64_t each = 0x0101010101010101u, lower = 0x00ff00ff00ff00ffu;
    uint64_t word;
    memcpy(&word, at, sizeof(word));
    uint64_t finals = ~word & each << 7, later = finals & (finals - 1);
    if (!later) {
        return 0;
    }
    unsigned first_bits = (unsigned)__builtin_ctzll(finals) + 1;
    unsigned both_bits = (unsigned)__builtin_ctzll(later) + 1;
    uint64_t one = word & (finals ^ (finals - 1));
    uint64_t two = (word & (later ^ (later - 1))) >> first_bits;
    if ((one | two) >> 32) {
        return 0;
    }
    /* both at once: seven bits of each byte, moved together by ones, then by twos */
    uint64_t both = (one | two << 32) & each * 0x7f;
    both = (both & lower) | (both & ~lower) >> 1;
    *first = (both & 0x3fff) | (both >> 2 & 0xfffc000);
    *second = (both >> 32 & 0x3fff) | (both >> 34 & 0xfffc000);
    return both_bits / 8;
}

/* The locations of packed ids; returns where they end, or NULL when an id is malformed. Most of the
 * time of decoding goes here: a function of its own, so that the loop has all registers. */
static __attribute__((noinline)) uint32_t *read_ids(struct pp_cursor c, const struct pp_id_map *map,
                                                    uint32_t *out)
{
    const struct pp_id_map locations = *map;
    while (c.at < c.end) {
        uint64_t first, second;
        size_t bytes = c.end - c.at >= 8 ? read_pair(c.at, &first, &second) : 0;
        if (bytes) {
            *out++ = pp_id_map_find(&locations, first);
            *out++ = pp_id_map_find(&locations, second);
            c.at += bytes;
            continue;
        }
        struct pp_varint id = pp_varint_read(c.at, c.end);
        if (!id.end) {
            return NULL;
        }
        *out++ = pp_id_map_find(&locations, id.value);
        c.at = id.end;
    }
    return out;
}

static void read_stack(struct reader *r, const struct pp_field *f)
{
    uint32_t *out = r->p->sample_locs + r->loc_at;
    if (f->type == PP_WIRE_VARINT) {
        *out++ = pp_id_map_find(r->locations, f->value);
    } else {
        out = read_ids(f->message, r->locations, out);
    }
    if (out) {
        r->loc_at = (size_t)(out - r->p->sample_locs);
    } else {
        r->bad = true;
    }
}

/* Puts what fits into the row and returns how many values there were. */
static size_t read_values(struct reader *r, const struct pp_field *f, int64_t *row, size_t count)
{
    struct pp_cursor c = f->message;
    if (f->type == PP_WIRE_VARINT && count++ < r->type_count) {
        row[count - 1] = (int64_t)f->value;
    }
    while (c.at < c.end) {
        int64_t value = (int64_t)pp_cursor_varint(&c);
        if (count++ < r->type_count) {
            row[count - 1] = value;
        }
    }
    r->bad |= c.bad;
    return count;
}

static void read_sample(struct reader *r, struct pp_cursor c)
{
    struct pprof_profile *p = r->p;
    size_t i = r->sample_at++, values = 0;
    struct pp_field f;
    while (pp_cursor_next(&c, &f)) {
        if (f.number == 1) {
            read_stack(r, &f);
        } else if (f.number == 2) {
            values = read_values(r, &f, p->values + i * r->type_count, values);
        } else if (f.number == 3) {
            read_label(r, f.message);
        }
    }
    if (values != r->type_count && !r->mismatch) {
        r->mismatch = true;
        r->mismatch_values = values;
    }
    p->loc_begin[i + 1] = (uint32_t)r->loc_at;
    p->label_begin[i + 1] = (uint32_t)r->label_at;
}

/* Gives whole pages from `done` up to the cursor to the system; returns what is done then. */
static uintptr_t discard_behind(uintptr_t done, const unsigned char *at, size_t step)
{
    uintptr_t upto = (uintptr_t)at & ~(uintptr_t)(pp_sys_page_size() - 1);
    if (upto < done + step) {
        return done;
    }
    pp_sys_discard((void *)done, upto - done);
    return upto;
}

static void read_slice(void *ctx, size_t number)
{
    enum { STEP = 1 << 20, LEAST = 256 << 10 }; /* for less a system call is not worth it */
    struct work *work = ctx;
    const struct pp_wire_slice *slice = &work->count->slices[number];
    struct reader r = work->readers[number]; /* threads do not write side by side */
    struct pp_cursor c = slice->bytes;
    uintptr_t page = pp_sys_page_size(), done = ((uintptr_t)c.at + page - 1) & ~(page - 1);
    struct pp_field f;
    while (slice->has_samples && pp_cursor_next(&c, &f)) {
        if (f.number == 2) {
            read_sample(&r, f.message);
            done = r.may_discard ? discard_behind(done, c.at, STEP) : done;
        }
    }
    if (r.may_discard) {
        (void)discard_behind(done, c.at, LEAST);
    }
    work->readers[number] = r;
}

static void hand_out(struct work *work, const struct pp_wire_samples *s)
{
    size_t sample = 0, loc = 0, label = 0;
    for (size_t i = 0; i < s->count->slice_count; i++) {
        work->readers[i] = (struct reader){
            .p = s->profile, .locations = s->locations, .string_count = s->count->strings,
            .type_count = s->count->sample_types, .sample_at = sample, .sample_first = sample,
            .loc_at = loc, .label_at = label, .label_first = label, .may_discard = s->may_discard,
        };
        sample += s->count->slices[i].samples;
        loc += s->count->slices[i].sample_locs;
        label += s->count->slices[i].labels;
    }
}

/* Moves a slice's labels down over what the slices before it left out. */
static size_t close_gap(const struct reader *r, size_t to)
{
    struct pprof_profile *p = r->p;
    size_t count = r->label_at - r->label_first, shift = r->label_first - to;
    if (shift) {
        memmove(p->labels + to, p->labels + r->label_first, count * sizeof(*p->labels));
    }
    for (size_t i = r->sample_first; shift && i < r->sample_at; i++) {
        p->label_begin[i + 1] -= (uint32_t)shift;
    }
    return to + count;
}

void pp_wire_samples_read(struct pp_wire_samples *s)
{
    struct work work = { .count = s->count };
    size_t labels = 0;
    hand_out(&work, s);
    pp_jobs_run(s->count->slice_count, read_slice, &work);
    for (size_t i = 0; i < s->count->slice_count; i++) {
        const struct reader *r = &work.readers[i];
        s->bad |= r->bad;
        if (r->mismatch && !s->mismatch) {
            s->mismatch = true;
            s->mismatch_values = r->mismatch_values;
        }
        labels = close_gap(r, labels);
    }
    s->profile->sample_count = s->count->samples;
}
