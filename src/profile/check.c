/* What every profile must keep, in google/pprof's words. Indices are the decoder's and builder's
 * own affair, but a check that trusts nobody costs little and guards every reader. */
#include "base/arena.h"
#include "base/err.h"
#include "pprof/profile.h"
#include "profile/idmap.h"
#include "profile/samples.h"

#include <string.h>

static int bad(struct pprof_error *error, const char *what)
{
    return pp_err_set(error, PPROF_ERR_FORMAT, "%s", what);
}

/* Looks at all stacks in blocks without a branch or a comparison, which compilers turn into vectors:
 * of a location, and of what is left from it to the last one, one has the topmost bit set where
 * there is no such location. With very many locations others may have it, too. */
static bool may_have_nil_location(const uint32_t *at, const uint32_t *end, uint32_t count)
{
    enum { BLOCK = 16 };
    uint32_t last = count - 1, bits = 0;
    for (; end - at >= BLOCK; at += BLOCK) {
        for (size_t k = 0; k < BLOCK; k++) {
            bits |= at[k] | (last - at[k]);
        }
    }
    for (; at < end; at++) {
        bits |= *at | (last - *at);
    }
    return bits >> 31;
}

static bool has_nil_location(const struct pprof_profile *p)
{
    const uint32_t *at = p->sample_locs + p->loc_begin[0];
    const uint32_t *end = p->sample_locs + p->loc_begin[p->sample_count];
    uint32_t count = p->location_count < UINT32_MAX ? (uint32_t)p->location_count : UINT32_MAX;
    if (!may_have_nil_location(at, end, count)) {
        return false;
    }
    while (at < end && *at < count) {
        at++;
    }
    return at < end;
}

static int check_samples(const struct pprof_profile *p, struct pprof_error *error)
{
    if (p->sample_count && !p->sample_type_count) {
        return bad(error, "missing sample type information");
    }
    if (p->sample_count && has_nil_location(p)) {
        return bad(error, "sample has nil location");
    }
    for (size_t i = 0; i < p->sample_count; i++) {
        for (uint32_t k = p->label_begin[i]; k < p->label_begin[i + 1]; k++) {
            const struct pprof_label *label = &p->labels[k];
            if (label->key >= p->string_count || label->str >= p->string_count ||
                label->unit >= p->string_count) {
                return bad(error, "sample has a label outside of the string table");
            }
        }
    }
    return 0;
}

/* Checks the ids of one kind of record (stride bytes apart, id first). */
static int check_ids(const void *records, size_t count, size_t stride, const char *reserved,
                     const char *kind, struct pprof_error *error)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t id;
        memcpy(&id, (const char *)records + i * stride, sizeof(id));
        if (!id) {
            return bad(error, reserved);
        }
    }
    struct pp_arena scratch;
    pp_arena_init(&scratch, 0);
    uint64_t twice = pp_id_twice(&scratch, records, count, stride);
    pp_arena_release(&scratch);
    if (twice) {
        return pp_err_set(error, PPROF_ERR_FORMAT, "multiple %s with same id: %llu", kind,
                          (unsigned long long)twice);
    }
    return 0;
}

/* A sample costs time for each line of its locations, so that without a limit a small file would
 * take the square of its size. Compilers nest some dozens of inlined calls. */
enum { MAX_LINES = 1024 };

static int check_locations(const struct pprof_profile *p, struct pprof_error *error)
{
    for (size_t i = 0; i < p->location_count; i++) {
        const struct pprof_location *l = &p->locations[i];
        if (l->mapping != PPROF_NONE && l->mapping >= p->mapping_count) {
            return pp_err_set(error, PPROF_ERR_FORMAT, "inconsistent mapping %u: %zu", l->mapping,
                              p->mapping_count);
        }
        if (l->line_count > MAX_LINES) {
            return pp_err_set(error, PPROF_ERR_FORMAT, "location id: %llu has more than %d lines",
                              (unsigned long long)l->id, MAX_LINES);
        }
        for (uint32_t k = 0; k < l->line_count; k++) {
            if (p->lines[l->line_begin + k].function >= p->function_count) {
                return pp_err_set(error, PPROF_ERR_FORMAT,
                                  "location id: %llu has a line with nil function",
                                  (unsigned long long)l->id);
            }
        }
    }
    return 0;
}

int pp_profile_check_records(const struct pprof_profile *p, struct pprof_error *error)
{
    int err = check_ids(p->mappings, p->mapping_count, sizeof(*p->mappings),
                        "found mapping with reserved ID=0", "mappings", error);
    if (!err) {
        err = check_ids(p->functions, p->function_count, sizeof(*p->functions),
                        "found function with reserved ID=0", "functions", error);
    }
    if (!err) {
        err = check_ids(p->locations, p->location_count, sizeof(*p->locations),
                        "found location with reserved id=0", "locations", error);
    }
    return err ? err : check_locations(p, error);
}

int pprof_profile_check(const struct pprof_profile *p, struct pprof_error *error)
{
    int err = check_samples(p, error);
    return err ? err : pp_profile_check_records(p, error);
}
