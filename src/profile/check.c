/* What every profile must keep, in google/pprof's words. Indices are the decoder's and builder's own
 * affair, but a check that trusts nobody costs little and guards every reader. */
#include "base/arena.h"
#include "base/err.h"
#include "pprof/profile.h"

#include <stdlib.h>
#include <string.h>

static int bad(struct pprof_error *error, const char *what)
{
    return pp_err_set(error, PPROF_ERR_FORMAT, "%s", what);
}

static int check_samples(const struct pprof_profile *p, struct pprof_error *error)
{
    if (p->sample_count && !p->sample_type_count) {
        return bad(error, "missing sample type information");
    }
    for (size_t i = 0; i < p->sample_count; i++) {
        for (uint32_t k = p->loc_begin[i]; k < p->loc_begin[i + 1]; k++) {
            if (p->sample_locs[k] >= p->location_count) {
                return bad(error, "sample has nil location");
            }
        }
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

static int compare_ids(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* The smallest id that occurs twice, or 0. ids is sorted in place when it is not already. */
static uint64_t duplicate_id(uint64_t *ids, size_t count)
{
    bool sorted = true;
    for (size_t i = 1; i < count; i++) {
        sorted &= ids[i - 1] < ids[i];
    }
    if (sorted) {
        return 0;
    }
    qsort(ids, count, sizeof(*ids), compare_ids);
    for (size_t i = 1; i < count; i++) {
        if (ids[i - 1] == ids[i]) {
            return ids[i];
        }
    }
    return 0;
}

/* Collects the ids of one kind of record (stride bytes apart, id first) and checks them. */
static int check_ids(const void *records, size_t count, size_t stride, const char *reserved,
                     const char *kind, struct pprof_error *error)
{
    struct pp_arena arena;
    pp_arena_init(&arena, 0);
    uint64_t *ids = pp_arena_array(&arena, count, sizeof(*ids));
    int err = 0;
    if (!ids) {
        err = pp_err_set(error, PPROF_ERR_NOMEM, "out of memory");
    }
    for (size_t i = 0; !err && i < count; i++) {
        memcpy(&ids[i], (const char *)records + i * stride, sizeof(*ids));
        if (!ids[i]) {
            err = bad(error, reserved);
        }
    }
    uint64_t twice = err ? 0 : duplicate_id(ids, count);
    if (twice) {
        err = pp_err_set(error, PPROF_ERR_FORMAT, "multiple %s with same id: %llu", kind,
                         (unsigned long long)twice);
    }
    pp_arena_release(&arena);
    return err;
}

static int check_locations(const struct pprof_profile *p, struct pprof_error *error)
{
    for (size_t i = 0; i < p->location_count; i++) {
        const struct pprof_location *l = &p->locations[i];
        if (l->mapping != PPROF_NONE && l->mapping >= p->mapping_count) {
            return pp_err_set(error, PPROF_ERR_FORMAT, "inconsistent mapping %u: %zu", l->mapping,
                              p->mapping_count);
        }
        for (uint32_t k = 0; k < l->line_count; k++) {
            if (p->lines[l->line_begin + k].function >= p->function_count) {
                return pp_err_set(error, PPROF_ERR_FORMAT, "location id: %llu has a line with nil function",
                                  (unsigned long long)l->id);
            }
        }
    }
    return 0;
}

int pprof_profile_check(const struct pprof_profile *p, struct pprof_error *error)
{
    int err = check_samples(p, error);
    if (!err) {
        err = check_ids(p->mappings, p->mapping_count, sizeof(*p->mappings),
                        "found mapping with reserved ID=0", "mappings", error);
    }
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
