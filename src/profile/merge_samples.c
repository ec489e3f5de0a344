/* Merging the samples of a source whose records are merged already:
 *
 *   in parts, at the same time   stacks and labels in merged indices, and a hash of each sample, to
 *                                the end of the profile that is being built
 *   one after the other          samples that are there already are added to those, by hash, and
 *                                the gaps closed
 *
 * Samples are compared where they stand, so that no copy of any stack is kept. Samples of zeros are
 * left out on the way in. */
#include "base/jobs.h"
#include "base/sys.h"
#include "profile/merge_private.h"
#include "profile/sort.h"

#include <string.h>

enum { MOST_PARTS = 8 };

struct adder {
    struct pp_merger *m;
    struct pprof_profile *to;
    size_t first, count; /* of the samples that come to the end */
    const uint32_t *from; /* for each, which of the source it is */
    bool eat;
    size_t part_count;
    bool failed[MOST_PARTS];
};

/* --- in parts --------------------------------------------------------------------------------- */

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

static int merge_labels(const struct adder *a, size_t source, size_t sample,
                        struct pp_arena *scratch)
{
    const struct pp_merger *m = a->m;
    const struct pprof_label *from = m->p->labels + m->p->label_begin[source];
    struct pprof_label *to = a->to->labels + a->to->label_begin[sample];
    uint32_t count = a->to->label_begin[sample + 1] - a->to->label_begin[sample];
    memset(to, 0, count * sizeof(*to)); /* padding too: labels are compared as bytes */
    for (uint32_t k = 0; k < count; k++) {
        to[k].key = m->strings[from[k].key];
        to[k].str = m->strings[from[k].str];
        to[k].num = from[k].num;
        to[k].unit = m->strings[from[k].unit];
    }
    return count > 1 ? pp_sort(to, count, sizeof(*to), compare_labels, NULL, scratch) : 0;
}

static void merge_stack(const struct adder *a, size_t source, size_t sample)
{
    const uint32_t *from = a->m->p->sample_locs + a->m->p->loc_begin[source];
    uint32_t *to = a->to->sample_locs + a->to->loc_begin[sample];
    uint32_t depth = a->to->loc_begin[sample + 1] - a->to->loc_begin[sample];
    for (uint32_t k = 0; k < depth; k++) {
        to[k] = a->m->location_of[from[k]];
    }
}

static uint32_t hash_sample(const struct pprof_profile *p, size_t i)
{
    const uint32_t *stack = p->sample_locs + p->loc_begin[i];
    uint32_t depth = p->loc_begin[i + 1] - p->loc_begin[i], k = 0;
    uint32_t label_count = p->label_begin[i + 1] - p->label_begin[i];
    uint64_t hash = pp_hash_key((uint64_t)depth << 32 | label_count);
    uint64_t other = pp_hash_u64(hash);
    for (; k + 1 < depth; k += 2) { /* two chains, which do not wait for each other */
        hash = ((hash << 5 | hash >> 59) ^ stack[k]) * 0x9e3779b97f4a7c15u;
        other = ((other << 5 | other >> 59) ^ stack[k + 1]) * 0xd6e8feb86659fd93u;
    }
    hash ^= other ^ (k < depth ? stack[k] * 0x9e3779b97f4a7c15u : 0);
    const uint64_t *words = (const uint64_t *)(p->labels + p->label_begin[i]);
    for (size_t w = 0; w < label_count * sizeof(*p->labels) / sizeof(*words); w++) {
        hash = ((hash << 5 | hash >> 59) ^ words[w]) * 0x9e3779b97f4a7c15u;
    }
    return (uint32_t)pp_hash_key(hash);
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

static size_t part_begin(const struct adder *a, size_t part)
{
    return a->count / a->part_count * part + a->count % a->part_count * part / a->part_count;
}

static void fill_part(void *ctx, size_t number)
{
    enum { STEP = 1 << 19 }; /* in stack entries */
    struct adder *a = ctx;
    const struct pprof_profile *p = a->m->p;
    const int64_t *values = p->values;
    size_t types = p->sample_type_count, end = part_begin(a, number + 1);
    size_t at = part_begin(a, number);
    uint32_t eaten = at < end ? p->loc_begin[a->from[at]] : 0;
    struct pp_arena scratch;
    pp_arena_init(&scratch, 0);
    for (; at < end; at++) {
        size_t source = a->from[at], sample = a->first + at;
        merge_stack(a, source, sample);
        a->failed[number] |= merge_labels(a, source, sample, &scratch) != 0;
        memcpy(a->to->values + sample * types, values + source * types, types * sizeof(*values));
        a->m->hashes[sample] = hash_sample(a->to, sample);
        uint32_t done = p->loc_begin[source + 1];
        if (a->eat && (done - eaten > STEP || at + 1 == end)) {
            discard_stacks(p, eaten, done);
            eaten = done;
        }
    }
    pp_arena_release(&scratch);
}

/* --- one after the other ---------------------------------------------------------------------- */

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

struct spot { /* where a sample that came to the end stands */
    uint32_t loc, depth, label, label_count;
};

static bool is_sample(const struct pprof_profile *p, uint32_t i, struct spot spot)
{
    uint32_t loc = p->loc_begin[i], label = p->label_begin[i];
    return p->loc_begin[i + 1] - loc == spot.depth &&
           p->label_begin[i + 1] - label == spot.label_count &&
           memcmp(p->sample_locs + loc, p->sample_locs + spot.loc,
                  spot.depth * sizeof(*p->sample_locs)) == 0 &&
           memcmp(p->labels + label, p->labels + spot.label,
                  spot.label_count * sizeof(*p->labels)) == 0;
}

/* The slot of the sample, or the free one where it belongs. */
static uint32_t *slot_of_sample(const struct adder *a, uint32_t hash, struct spot spot)
{
    const struct pp_merger *m = a->m;
    size_t at = hash & (m->slot_count - 1);
    while (m->slots[at] && (m->hashes[m->slots[at] - 1] != hash ||
                            !is_sample(a->to, m->slots[at] - 1, spot))) {
        at = (at + 1) & (m->slot_count - 1);
    }
    return &m->slots[at];
}

/* Makes it the next of the samples that stay. */
static void keep_sample(const struct adder *a, size_t sample, struct spot spot)
{
    struct pprof_profile *p = a->to;
    struct pp_merger *m = a->m;
    size_t kept = m->sample_count++, types = p->sample_type_count;
    if (kept != sample) {
        memmove(p->sample_locs + p->loc_begin[kept], p->sample_locs + spot.loc,
                spot.depth * sizeof(*p->sample_locs));
        memmove(p->labels + p->label_begin[kept], p->labels + spot.label,
                spot.label_count * sizeof(*p->labels));
        memcpy(p->values + kept * types, p->values + sample * types, types * sizeof(*p->values));
        m->hashes[kept] = m->hashes[sample];
    }
    p->loc_begin[kept + 1] = p->loc_begin[kept] + spot.depth;
    p->label_begin[kept + 1] = p->label_begin[kept] + spot.label_count;
}

static void settle(const struct adder *a)
{
    enum { AHEAD = 16 };
    struct pp_merger *m = a->m;
    const struct pprof_profile *p = a->to;
    size_t last = a->first + a->count;
    uint32_t loc = p->loc_begin[a->first], label = p->label_begin[a->first];
    for (size_t i = a->first; i < last; i++) {
        struct spot spot = { loc, p->loc_begin[i + 1] - loc, label, p->label_begin[i + 1] - label };
        loc += spot.depth;
        label += spot.label_count;
        if (m->sample_count * 2 >= m->slot_count && !pp_merge_slots(m, m->slot_count * 2)) {
            return;
        }
        if (i + AHEAD < last) {
            __builtin_prefetch(&m->slots[m->hashes[i + AHEAD] & (m->slot_count - 1)]);
        }
        uint32_t *slot = slot_of_sample(a, m->hashes[i], spot);
        if (*slot) {
            pp_build_add_values(m->build, *slot - 1, p->values + i * p->sample_type_count);
        } else {
            keep_sample(a, i, spot);
            *slot = (uint32_t)m->sample_count;
        }
    }
}

/* --- all of it -------------------------------------------------------------------------------- */

/* Says where the samples will stand, and which those are. */
static const uint32_t *place_samples(struct adder *a)
{
    const struct pprof_profile *p = a->m->p;
    struct pprof_profile *to = a->to;
    uint32_t *from = pp_arena_array(&a->m->source, p->sample_count, sizeof(*from));
    for (size_t i = 0; from && i < p->sample_count; i++) {
        if (!pp_is_zero(p->values + i * p->sample_type_count, p->sample_type_count)) {
            size_t at = a->first + a->count;
            to->loc_begin[at + 1] = to->loc_begin[at] + p->loc_begin[i + 1] - p->loc_begin[i];
            to->label_begin[at + 1] =
                to->label_begin[at] + p->label_begin[i + 1] - p->label_begin[i];
            from[a->count++] = (uint32_t)i;
        }
    }
    return from;
}

static bool has_hashes(struct pp_merger *m, size_t count)
{
    while (m->hash_cap < count) {
        if (pp_arena_reserve(&m->arena, &m->hashes, &m->hash_cap, m->hash_cap,
                             sizeof(*m->hashes))) {
            return false;
        }
    }
    return true;
}

static size_t parts_for(const struct pprof_profile *p)
{
    enum { LEAST_FRAMES = 128 << 10 };
    size_t parts = p->loc_begin[p->sample_count] / LEAST_FRAMES + 1;
    return parts < MOST_PARTS ? parts : MOST_PARTS;
}

void pp_merge_samples(struct pp_merger *m, bool eat)
{
    const struct pprof_profile *p = m->p;
    size_t n = p->sample_count;
    struct adder a = { .m = m, .first = m->sample_count, .eat = eat, .part_count = parts_for(p) };
    a.to = pp_build_room(m->build, n, p->loc_begin[n] - p->loc_begin[0],
                         p->label_begin[n] - p->label_begin[0]);
    a.from = a.to ? place_samples(&a) : NULL;
    m->failed |= !a.from || !has_hashes(m, a.first + a.count);
    if (m->failed) {
        return;
    }
    pp_jobs_run(a.part_count, fill_part, &a);
    for (size_t i = 0; i < a.part_count; i++) {
        m->failed |= a.failed[i];
    }
    if (!m->failed) {
        settle(&a);
        pp_build_filled(m->build, m->sample_count - a.first);
    }
}
