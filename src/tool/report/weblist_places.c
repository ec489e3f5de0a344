/* Weights by address, and which addresses the expression of a weblist means. */
#include "tool/report/weblist_build.h"

#include "base/err.h"
#include "tool/report/assembly.h"

#include <stdlib.h>
#include <string.h>

static int compare_places(const void *a, const void *b)
{
    const struct pp_web_place *x = a, *y = b;
    if (x->address != y->address) {
        return x->address < y->address ? -1 : 1;
    }
    return x->location < y->location ? -1 : x->location > y->location;
}

/* Addresses that no processor has, for locations without one. */
static uint64_t address_of(const struct pp_web_builder *b, uint32_t location)
{
    uint64_t address = b->p->locations[location].address;
    return address ? address : (UINT64_C(0xff) << 48) + location;
}

int pp_web_make_places(struct pp_web_builder *b)
{
    size_t n = b->p->location_count;
    b->places = pp_arena_array(b->arena, n, sizeof(*b->places));
    b->place_of = pp_arena_array(b->arena, n, sizeof(*b->place_of));
    if (!b->places || !b->place_of) {
        return PPROF_ERR_NOMEM;
    }
    for (uint32_t i = 0; i < n; i++) {
        b->places[i] = (struct pp_web_place){ .address = address_of(b, i), .location = i };
    }
    qsort(b->places, n, sizeof(*b->places), compare_places);
    for (size_t i = 0; i < n; i++) {
        struct pp_web_place *last = b->place_count ? &b->places[b->place_count - 1] : NULL;
        if (!last || last->address != b->places[i].address) {
            b->places[b->place_count++] = b->places[i];
        }
        b->place_of[b->places[i].location] = (uint32_t)b->place_count - 1;
    }
    return 0;
}

/* --- weights and interest --------------------------------------------------------------------- */

static bool text_matches(const struct pp_web_builder *b, uint32_t string)
{
    const struct pprof_string *s = &b->p->strings[string];
    return pp_regex_match(b->report->symbol, s->ptr, s->len);
}

static int match_functions(struct pp_web_builder *b)
{
    b->matches = pp_arena_array(b->arena, b->p->function_count, sizeof(*b->matches));
    for (size_t i = 0; b->matches && i < b->p->function_count; i++) {
        const struct pprof_function *f = &b->p->functions[i];
        b->matches[i] = text_matches(b, f->name) || text_matches(b, f->system_name) ||
                        text_matches(b, f->filename);
    }
    return b->matches ? 0 : PPROF_ERR_NOMEM;
}

static void want(struct pp_web_builder *b, struct pp_web_place *place,
                 const struct pprof_location *l, uint32_t k)
{
    uint32_t function = b->p->lines[l->line_begin + k].function;
    if (function == PPROF_NONE) {
        return;
    }
    const uint32_t names[] = { b->p->functions[function].name,
                               b->p->functions[function].system_name };
    for (size_t i = 0; i < 2; i++) {
        const struct pprof_string *s = &b->p->strings[names[i]];
        if (pp_table_intern(&b->interest, s->ptr, s->len, true) == UINT32_MAX) {
            b->err = PPROF_ERR_NOMEM;
        }
    }
    if (!place->is_wanted) {
        place->is_wanted = true;
        place->location = (uint32_t)(l - b->p->locations);
        place->object = pp_object_of(&b->objects, l->mapping);
    }
}

/* Finds the lines of a location that the expression means. */
static void look_at(struct pp_web_builder *b, uint32_t location, bool is_number, uint64_t number)
{
    const struct pprof_location *l = &b->p->locations[location];
    struct pp_web_place *place = &b->places[b->place_of[location]];
    if (is_number && place->address == number) {
        if (l->line_count) {
            want(b, place, l, l->line_count - 1);
        }
        return;
    }
    bool file = l->mapping != PPROF_NONE && text_matches(b, b->p->mappings[l->mapping].filename);
    for (uint32_t k = 0; k < l->line_count; k++) {
        uint32_t function = b->p->lines[l->line_begin + k].function;
        if ((k == 0 && file) || (function != PPROF_NONE && b->matches[function])) {
            want(b, place, l, k);
        }
    }
}

/* Each address counts once for a sample, however often it recurs. */
static void weigh(struct pp_web_builder *b, bool *seen)
{
    const struct pprof_profile *p = b->p;
    for (size_t i = 0; i < p->sample_count; i++) {
        const int64_t *values = p->values + i * p->sample_type_count;
        int64_t value = pp_divided(values[b->report->value_index],
                                   b->report->request.config.mean ? values[0] : 0);
        for (uint32_t k = p->loc_begin[i]; k < p->loc_begin[i + 1]; k++) {
            struct pp_web_place *place = &b->places[b->place_of[p->sample_locs[k]]];
            place->cum += place->stamp != i + 1 ? value : 0;
            place->flat += k == p->loc_begin[i] ? value : 0;
            place->stamp = (uint32_t)i + 1;
            seen[p->sample_locs[k]] = true;
        }
    }
}

int pp_web_find_interest(struct pp_web_builder *b)
{
    bool *seen = pp_arena_array(b->arena, b->p->location_count, sizeof(*seen));
    uint64_t number = 0;
    bool is_number = pp_assembly_address(b->report->request.symbol, &number);
    if (!seen || match_functions(b)) {
        return PPROF_ERR_NOMEM;
    }
    weigh(b, seen);
    for (uint32_t i = 0; i < b->p->location_count; i++) {
        if (seen[i]) {
            look_at(b, i, is_number, number);
        }
    }
    return b->err;
}
