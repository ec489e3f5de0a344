/* Which addresses are of interest, what the code around them is, and which lines it comes from. */
#include "tool/report/weblist.h"

#include "base/err.h"
#include "tool/report/assembly.h"
#include "tool/report/paths.h"
#include "tool/symbolize/disasm.h"

#include <stdlib.h>
#include <string.h>

enum {
    AROUND_BYTES = 500,   /* of code before and behind an address */
    RANGES_MAX = 25,      /* the heaviest */
    INHERIT_BYTES = 32,   /* how far a line reaches over instructions without one */
    LINES_MAX = 1 << 30,  /* line numbers beyond it are noise */
    SNAP_BYTES = 1 << 16, /* how far back the start of a function may be */
};

/* An address of the profile; synthetic where the profile has none. */
struct place {
    uint64_t address;
    uint32_t location;
    uint32_t stamp;
    bool is_wanted;
    const struct pp_object *object;
    int64_t flat, cum;
};

struct range {
    uint64_t begin, end; /* in the profile's addresses */
    const struct pp_object *object;
    int64_t flat;
};

struct builder {
    struct pp_report *report;
    const struct pprof_profile *p;
    struct pp_arena *arena;
    struct pp_objects objects;
    struct pp_table interest; /* names of functions, also as linked */
    struct pp_table texts;    /* files and functions of entries */
    struct place *places; /* sorted by address */
    size_t place_count;
    uint32_t *place_of; /* by location */
    bool *matches;      /* by function */
    struct range *ranges;
    size_t range_count, range_cap;
    struct pp_web_entry *entries;
    size_t count, cap;
    bool has_complained;
    int err;
};

/* --- places ----------------------------------------------------------------------------------- */

static int compare_places(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    if (x->address != y->address) {
        return x->address < y->address ? -1 : 1;
    }
    return x->location < y->location ? -1 : x->location > y->location;
}

/* Addresses that no processor has, for locations without one. */
static uint64_t address_of(const struct builder *b, uint32_t location)
{
    uint64_t address = b->p->locations[location].address;
    return address ? address : (UINT64_C(0xff) << 48) + location;
}

static int make_places(struct builder *b)
{
    size_t n = b->p->location_count;
    b->places = pp_arena_array(b->arena, n, sizeof(*b->places));
    b->place_of = pp_arena_array(b->arena, n, sizeof(*b->place_of));
    if (!b->places || !b->place_of) {
        return PPROF_ERR_NOMEM;
    }
    for (uint32_t i = 0; i < n; i++) {
        b->places[i] = (struct place){ .address = address_of(b, i), .location = i };
    }
    qsort(b->places, n, sizeof(*b->places), compare_places);
    for (size_t i = 0; i < n; i++) {
        struct place *last = b->place_count ? &b->places[b->place_count - 1] : NULL;
        if (!last || last->address != b->places[i].address) {
            b->places[b->place_count++] = b->places[i];
        }
        b->place_of[b->places[i].location] = (uint32_t)b->place_count - 1;
    }
    return 0;
}

/* --- weights and interest --------------------------------------------------------------------- */

static bool text_matches(const struct builder *b, uint32_t string)
{
    const struct pprof_string *s = &b->p->strings[string];
    return pp_regex_match(b->report->symbol, s->ptr, s->len);
}

static int match_functions(struct builder *b)
{
    b->matches = pp_arena_array(b->arena, b->p->function_count, sizeof(*b->matches));
    for (size_t i = 0; b->matches && i < b->p->function_count; i++) {
        const struct pprof_function *f = &b->p->functions[i];
        b->matches[i] = text_matches(b, f->name) || text_matches(b, f->system_name) ||
                        text_matches(b, f->filename);
    }
    return b->matches ? 0 : PPROF_ERR_NOMEM;
}

static void want(struct builder *b, struct place *place, const struct pprof_location *l, uint32_t k)
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
static void look_at(struct builder *b, uint32_t location, bool is_number, uint64_t number)
{
    const struct pprof_location *l = &b->p->locations[location];
    struct place *place = &b->places[b->place_of[location]];
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
static void weigh(struct builder *b, bool *seen)
{
    const struct pprof_profile *p = b->p;
    for (size_t i = 0; i < p->sample_count; i++) {
        const int64_t *values = p->values + i * p->sample_type_count;
        int64_t value = pp_divided(values[b->report->value_index],
                                   b->report->request.config.mean ? values[0] : 0);
        for (uint32_t k = p->loc_begin[i]; k < p->loc_begin[i + 1]; k++) {
            struct place *place = &b->places[b->place_of[p->sample_locs[k]]];
            place->cum += place->stamp != i + 1 ? value : 0;
            place->flat += k == p->loc_begin[i] ? value : 0;
            place->stamp = (uint32_t)i + 1;
            seen[p->sample_locs[k]] = true;
        }
    }
}

static int find_interest(struct builder *b)
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

/* --- entries ---------------------------------------------------------------------------------- */

/* A copy that outlives the binaries; equal texts have equal pointers. */
static const char *intern(struct builder *b, const char *text)
{
    uint32_t id = text ? pp_table_intern(&b->texts, text, strlen(text), false) : UINT32_MAX;
    if (id == UINT32_MAX) {
        b->err = PPROF_ERR_NOMEM;
        return "";
    }
    return b->texts.items[id].ptr;
}

static const char *intern_file(struct builder *b, const char *file)
{
    file += strncmp(file, "/proc/self/cwd/", 15) == 0 ? 15 : 0;
    return *file ? intern(b, pp_path_clean(b->arena, file)) : "";
}

static int64_t checked_line(int64_t line)
{
    return line > 0 && line < LINES_MAX ? line : 0;
}

static bool is_interesting(struct builder *b, const char *name)
{
    if (!*name) {
        return false;
    }
    if (pp_table_find(&b->interest, name, strlen(name)) != UINT32_MAX) {
        return true;
    }
    const char *readable = pp_object_name(b->arena, name);
    return readable != name &&
           pp_table_find(&b->interest, readable, strlen(readable)) != UINT32_MAX;
}

/* The calls inlined below frames[at], outermost first. */
static const struct pp_web_call *calls_below(struct builder *b, const struct pp_frame *frames,
                                             size_t at)
{
    struct pp_web_call *calls = pp_arena_array(b->arena, at, sizeof(*calls));
    for (size_t i = 0; calls && i < at; i++) {
        calls[i].file = intern_file(b, frames[at - 1 - i].file);
        calls[i].line = checked_line(frames[at - 1 - i].line);
    }
    b->err = calls ? b->err : PPROF_ERR_NOMEM;
    return calls;
}

/* Puts an instruction below the line of each of its frames that is of interest. */
static void add_entries(struct builder *b, const struct pp_frame *frames, size_t count,
                        const struct pp_web_entry *entry)
{
    for (size_t i = 0; i < count && !b->err; i++) {
        if (!is_interesting(b, frames[i].name)) {
            continue;
        }
        if (pp_arena_reserve(b->arena, &b->entries, &b->cap, b->count, sizeof(*b->entries))) {
            b->err = PPROF_ERR_NOMEM;
            return;
        }
        struct pp_web_entry *made = &b->entries[b->count++];
        *made = *entry;
        made->file = intern_file(b, frames[i].file);
        made->line = checked_line(frames[i].line);
        made->function = intern(b, frames[i].name);
        made->instruction.calls = calls_below(b, frames, i);
        made->instruction.call_count = i;
    }
}

/* The lines that the profile itself has for a location; at most PROFILE_FRAMES. */
enum { PROFILE_FRAMES = 64 };

static size_t frames_of_location(const struct builder *b, const struct pprof_location *l,
                                 struct pp_frame *frames)
{
    size_t n = 0;
    for (uint32_t k = 0; k < l->line_count && n < PROFILE_FRAMES; k++) {
        const struct pprof_line *line = &b->p->lines[l->line_begin + k];
        if (line->function != PPROF_NONE) {
            const struct pprof_function *f = &b->p->functions[line->function];
            frames[n++] = (struct pp_frame){ .name = b->p->strings[f->name].ptr,
                                             .file = b->p->strings[f->filename].ptr,
                                             .line = line->line };
        }
    }
    return n;
}

static void add_synthetic(struct builder *b, const struct place *place)
{
    struct pp_frame frames[PROFILE_FRAMES];
    size_t n = frames_of_location(b, &b->p->locations[place->location], frames);
    struct pp_web_entry entry = {
        .address = place->address,
        .next_address = place->address + 1,
        .instruction = { .address = place->address, .text = "", .flat = place->flat,
                         .cum = place->cum, .file = n ? intern_file(b, frames[0].file) : "",
                         .line = n ? checked_line(frames[0].line) : 0 },
    };
    add_entries(b, frames, n, &entry);
}

/* --- ranges ----------------------------------------------------------------------------------- */

static int add_range(struct builder *b, const struct place *first, const struct place *last,
                     int64_t flat)
{
    uint32_t mapping = b->p->locations[first->location].mapping;
    const struct pprof_mapping *m = &b->p->mappings[mapping];
    uint64_t begin = first->address, end = last->address;
    uint64_t limit = m->limit > end ? m->limit : UINT64_MAX;
    uint64_t before = begin - (m->start <= begin ? m->start : 0), behind = limit - end;
    begin -= before < AROUND_BYTES ? before : AROUND_BYTES;
    end += behind < AROUND_BYTES ? behind : AROUND_BYTES;
    if (pp_arena_reserve(b->arena, &b->ranges, &b->range_cap, b->range_count,
                         sizeof(*b->ranges))) {
        return PPROF_ERR_NOMEM;
    }
    b->ranges[b->range_count++] = (struct range){ begin, end, first->object, flat };
    return 0;
}

static int compare_ranges(const void *a, const void *b)
{
    const struct range *x = a, *y = b;
    if (x->flat != y->flat) {
        return x->flat > y->flat ? -1 : 1;
    }
    return x->begin < y->begin ? -1 : x->begin > y->begin;
}

/* Wanted addresses of one binary that are close share a range. */
static int make_ranges(struct builder *b)
{
    const struct place *first = NULL, *last = NULL;
    int64_t flat = 0;
    int r = 0;
    for (size_t i = 0; i < b->place_count && !r; i++) {
        const struct place *place = &b->places[i];
        if (!place->is_wanted || !place->object) {
            continue;
        }
        if (first && (place->object != first->object ||
                      place->address - last->address > 2 * AROUND_BYTES)) {
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
static void sum_places(const struct builder *b, uint64_t address, uint64_t end,
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
    struct pp_frame last[PROFILE_FRAMES]; /* the newest that had a line */
    size_t last_count;
    uint64_t last_address;
};

/* The frames of an instruction: the binary's, or the profile's when it knows more, or those of a
 * neighbour when nobody knows the line. */
static size_t frames_at(struct builder *b, struct walk *walk, const struct pp_object *object,
                        uint64_t address, uint32_t location, struct pp_frame *frames)
{
    const struct pp_frame *found;
    size_t n = pp_module_frames(object->module, address, &found);
    n = n < PROFILE_FRAMES ? n : PROFILE_FRAMES;
    memcpy(frames, found, n * sizeof(*frames));
    if ((n == 0 || !*frames[0].file) && location != UINT32_MAX) {
        size_t known = frames_of_location(b, &b->p->locations[location], frames);
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

static void add_instruction(struct builder *b, struct walk *walk, const struct range *range,
                            const struct pp_instruction *code)
{
    struct pp_frame frames[PROFILE_FRAMES];
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
        entry.instruction.file = intern_file(b, frames[0].file);
        entry.instruction.line = checked_line(frames[0].line);
    }
    add_entries(b, frames, n, &entry);
}

/* Decoding starts where a function starts, so that it does not begin inside of an instruction. */
static uint64_t decode_from(const struct range *range, uint64_t begin)
{
    uint64_t start;
    bool found = pp_code_function(range->object->module, begin, &start);
    return found && begin - start < SNAP_BYTES ? start : begin;
}

/* Without code the lines are still worth showing: every place of the range for itself. */
static int add_places(struct builder *b, const struct range *range, const char *why)
{
    if (!b->has_complained) {
        pp_message(b->report->request.message, b->report->request.ctx, "no instructions of %s: %s",
                   range->object->path, why);
        b->has_complained = true;
    }
    for (size_t i = 0; i < b->place_count && !b->err; i++) {
        const struct place *place = &b->places[i];
        if (place->is_wanted && place->object == range->object &&
            place->address >= range->begin && place->address <= range->end) {
            add_synthetic(b, place);
        }
    }
    return b->err;
}

static int read_range(struct builder *b, const struct range *range)
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

static int add_code(struct builder *b)
{
    for (size_t i = 0; i < b->place_count && !b->err; i++) {
        if (b->places[i].is_wanted && !b->places[i].object) {
            add_synthetic(b, &b->places[i]);
        }
    }
    int r = b->err ? b->err : make_ranges(b);
    for (size_t i = 0; i < b->range_count && !r; i++) {
        r = read_range(b, &b->ranges[i]);
    }
    return r;
}

static int init_builder(struct builder *b, struct pp_report *report)
{
    *b = (struct builder){ .report = report, .p = &report->view.p, .arena = &report->arena };
    bool failed = pp_table_init(&b->interest, b->arena) || pp_table_init(&b->texts, b->arena) ||
                  pp_objects_init(&b->objects, &report->view, report->request.message,
                                  report->request.ctx);
    return failed ? PPROF_ERR_NOMEM : 0;
}

int pp_weblist_build(struct pp_report *report, struct pp_weblist *list, struct pprof_error *error)
{
    struct builder b;
    if (init_builder(&b, report)) {
        return PPROF_ERR_NOMEM;
    }
    int r = make_places(&b);
    r = r ? r : find_interest(&b);
    if (!r && b.interest.count <= 1) { /* "" is always there */
        r = pp_err_set(error, PPROF_ERR_NOTFOUND, "no matches found for regexp: %s",
                       report->request.symbol);
    }
    r = r ? r : add_code(&b);
    r = r ? r : pp_weblist_group(b.arena, b.entries, b.count, list);
    pp_objects_release(&b.objects);
    return r;
}
