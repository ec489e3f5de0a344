/* The code around the addresses of interest, and which lines it comes from. */
#include "tool/report/weblist_build.h"

#include "base/err.h"
#include "tool/report/assembly.h"
#include "tool/symbolize/disasm.h"

#include <stdlib.h>
#include <string.h>

enum {
    AROUND_BYTES = 500,   /* of code before and behind an address */
    RANGES_MAX = 25,      /* the heaviest */
    INHERIT_BYTES = 32,   /* how far a line reaches over instructions without one */
    SNAP_BYTES = 1 << 16, /* how far back the start of a function may be */
};

/* --- ranges ----------------------------------------------------------------------------------- */

static int add_range(struct pp_web_builder *b, const struct pp_web_place *first,
                     const struct pp_web_place *last, int64_t flat)
{
    uint32_t mapping = b->p->locations[first->location].mapping;
    const struct pprof_mapping *m = &b->p->mappings[mapping];
    uint64_t begin = first->address, end = last->address;
    uint64_t limit = m->limit > end ? m->limit : UINT64_MAX;
    uint64_t before = begin - (m->start <= begin ? m->start : 0), behind = limit - end;
    begin -= before < AROUND_BYTES ? before : AROUND_BYTES;
    end += behind < AROUND_BYTES ? behind : AROUND_BYTES;
    if (pp_arena_reserve(b->arena, &b->ranges, &b->range_cap, b->range_count, sizeof(*b->ranges))) {
        return PPROF_ERR_NOMEM;
    }
    b->ranges[b->range_count++] = (struct pp_web_range){ begin, end, first->object, flat };
    return 0;
}

static int compare_ranges(const void *a, const void *b)
{
    const struct pp_web_range *x = a, *y = b;
    if (x->flat != y->flat) {
        return x->flat > y->flat ? -1 : 1;
    }
    return x->begin < y->begin ? -1 : x->begin > y->begin;
}

/* Wanted addresses of one binary that are close share a range. */
static int make_ranges(struct pp_web_builder *b)
{
    const struct pp_web_place *first = NULL, *last = NULL;
    int64_t flat = 0;
    int r = 0;
    for (size_t i = 0; i < b->place_count && !r; i++) {
        const struct pp_web_place *place = &b->places[i];
        if (!place->is_wanted || !place->object) {
            continue;
        }
        if (first &&
            (place->object != first->object || place->address - last->address > 2 * AROUND_BYTES)) {
            r = add_range(b, first, last, flat);
            first = NULL;
        }
        flat = first ? flat + place->flat : place->flat;
        first = first ? first : place;
        last = place;
    }
    r = first && !r ? add_range(b, first, last, flat) : r;
    if (b->range_count) {
        qsort(b->ranges, b->range_count, sizeof(*b->ranges), compare_ranges);
    }
    b->range_count = b->range_count < RANGES_MAX ? b->range_count : RANGES_MAX;
    return r;
}

/* --- code of a range -------------------------------------------------------------------------- */

/* Sums the places in [address, end); *location is one that has lines, or UINT32_MAX. */
static void sum_places(const struct pp_web_builder *b, uint64_t address, uint64_t end,
                       struct pp_web_instruction *into, uint32_t *location)
{
    size_t low = 0, high = b->place_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (b->places[middle].address < address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *location = UINT32_MAX;
    for (; low < b->place_count && b->places[low].address < end; low++) {
        into->flat += b->places[low].flat;
        into->cum += b->places[low].cum;
        *location = b->places[low].location;
    }
}

struct walk {
    struct pp_frame last[PP_WEB_PROFILE_FRAMES]; /* the newest that had a line */
    size_t last_count;
    uint64_t last_address;
};

/* The frames of an instruction: the binary's, or the profile's when it knows more, or those of a
 * neighbour when nobody knows the line. */
static size_t frames_at(struct pp_web_builder *b, struct walk *walk, const struct pp_object *object,
                        uint64_t address, uint32_t location, struct pp_frame *frames)
{
    const struct pp_frame *found;
    size_t n = pp_module_frames(object->module, address, &found);
    n = n < PP_WEB_PROFILE_FRAMES ? n : PP_WEB_PROFILE_FRAMES;
    memcpy(frames, found, n * sizeof(*frames));
    if ((n == 0 || !*frames[0].file) && location != UINT32_MAX) {
        size_t known = pp_web_frames_of_location(b, &b->p->locations[location], frames);
        n = known ? known : n;
    }
    if (n && frames[0].line) {
        memcpy(walk->last, frames, n * sizeof(*frames));
        walk->last_count = n;
        walk->last_address = address;
    } else if (walk->last_count && address - walk->last_address <= INHERIT_BYTES) {
        memcpy(frames, walk->last, walk->last_count * sizeof(*frames));
        n = walk->last_count;
    }
    return n;
}

static void add_instruction(struct pp_web_builder *b, struct walk *walk,
                            const struct pp_web_range *range, const struct pp_instruction *code)
{
    struct pp_frame frames[PP_WEB_PROFILE_FRAMES];
    uint64_t address = code->address + range->object->base;
    uint32_t location;
    struct pp_web_entry entry = {
        .address = address,
        .next_address = address + code->length,
        .instruction = { .address = code->address, .text = code->text, .file = "" },
    };
    sum_places(b, address, address + code->length, &entry.instruction, &location);
    size_t n = frames_at(b, walk, range->object, code->address, location, frames);
    if (n) {
        entry.instruction.file = pp_web_intern_file(b, frames[0].file);
        entry.instruction.line = pp_web_checked_line(frames[0].line);
    }
    pp_web_add_entries(b, frames, n, &entry);
}

/* Decoding starts where a function starts, so that it does not begin inside of an instruction. */
static uint64_t decode_from(const struct pp_web_range *range, uint64_t begin)
{
    uint64_t start;
    bool found = pp_code_function(range->object->module, begin, &start);
    return found && begin - start < SNAP_BYTES ? start : begin;
}

/* Without code the lines are still worth showing: every place of the range for itself. */
static int add_places(struct pp_web_builder *b, const struct pp_web_range *range, const char *why)
{
    if (!b->has_complained) {
        pp_message(b->report->request.message, b->report->request.ctx, "no instructions of %s: %s",
                   range->object->path, why);
        b->has_complained = true;
    }
    for (size_t i = 0; i < b->place_count && !b->err; i++) {
        const struct pp_web_place *place = &b->places[i];
        if (place->is_wanted && place->object == range->object && place->address >= range->begin &&
            place->address <= range->end) {
            pp_web_add_synthetic(b, place);
        }
    }
    return b->err;
}

static int read_range(struct pp_web_builder *b, const struct pp_web_range *range)
{
    struct pp_instruction *code = NULL;
    size_t count = 0;
    struct walk walk = { .last_count = 0 };
    uint64_t begin = range->begin - range->object->base, end = range->end - range->object->base;
    struct pprof_error why = { 0 };
    int r = pp_code_read(range->object->module, b->arena, decode_from(range, begin), end,
                         b->report->request.config.intel_syntax, &code, &count, &why);
    if (r) {
        return r == PPROF_ERR_NOMEM ? r : add_places(b, range, why.detail);
    }
    for (size_t i = 0; i < count && !b->err; i++) {
        if (code[i].address >= begin) {
            add_instruction(b, &walk, range, &code[i]);
        }
    }
    return b->err;
}

/* --- all of it -------------------------------------------------------------------------------- */

static int add_code(struct pp_web_builder *b)
{
    for (size_t i = 0; i < b->place_count && !b->err; i++) {
        if (b->places[i].is_wanted && !b->places[i].object) {
            pp_web_add_synthetic(b, &b->places[i]);
        }
    }
    int r = b->err ? b->err : make_ranges(b);
    for (size_t i = 0; i < b->range_count && !r; i++) {
        r = read_range(b, &b->ranges[i]);
    }
    return r;
}

static int init_builder(struct pp_web_builder *b, struct pp_report *report)
{
    *b = (struct pp_web_builder){ .report = report, .p = &report->view.p, .arena = &report->arena };
    bool failed =
        pp_table_init(&b->interest, b->arena) || pp_table_init(&b->texts, b->arena) ||
        pp_objects_init(&b->objects, &report->view, report->request.message, report->request.ctx);
    return failed ? PPROF_ERR_NOMEM : 0;
}

int pp_weblist_build(struct pp_report *report, struct pp_weblist *list, struct pprof_error *error)
{
    struct pp_web_builder b;
    if (init_builder(&b, report)) {
        return PPROF_ERR_NOMEM;
    }
    int r = pp_web_make_places(&b);
    r = r ? r : pp_web_find_interest(&b);
    if (!r && b.interest.count <= 1) { /* "" is always there */
        r = pp_err_set(error, PPROF_ERR_NOTFOUND, "no matches found for regexp: %s",
                       report->request.symbol);
    }
    r = r ? r : add_code(&b);
    r = r ? r : pp_weblist_group(b.arena, b.entries, b.count, list);
    pp_objects_release(&b.objects);
    return r;
}
