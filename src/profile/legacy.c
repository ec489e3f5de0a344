/* Older formats: asks each parser in turn, then makes a profile of what the first one read. */
#include "profile/legacy.h"

#include "base/err.h"
#include "profile/build.h"
#include "profile/decode.h"
#include "profile/legacy_frames.h"

#include <stdio.h>
#include <string.h>

static int (*const PARSERS[])(struct pp_legacy *l, struct pp_scan input) = {
    pp_legacy_cpu, pp_legacy_heap, pp_legacy_count, pp_legacy_thread, pp_legacy_contention,
    pp_legacy_java,
};

/* Frames to drop and keep, by the names of the sample types. */
static const struct frames {
    const char *types, *drop, *keep;
} FRAMES[] = {
    { "allocations size", PP_DROP_ALLOC, PP_KEEP_ALLOC },
    { "objects space", PP_DROP_ALLOC, PP_KEEP_ALLOC },
    { "inuse_objects inuse_space", PP_DROP_ALLOC, PP_KEEP_ALLOC },
    { "alloc_objects alloc_space", PP_DROP_ALLOC, PP_KEEP_ALLOC },
    { "alloc_objects alloc_space inuse_objects inuse_space", PP_DROP_ALLOC, PP_KEEP_ALLOC },
    { "contentions delay", PP_DROP_LOCK, "" },
};

/* --- for the parsers -------------------------------------------------------------------------- */

struct pp_scan pp_scan_of(const char *text)
{
    return (struct pp_scan){ text, text + strlen(text) };
}

int pp_legacy_error(struct pp_legacy *l, const char *format, ...)
{
    char text[480];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return pp_err_set(l->error, PPROF_ERR_FORMAT, "parsing profile: %s", text);
}

void pp_legacy_add_type(struct pp_legacy *l, struct pp_scan type, struct pp_scan unit)
{
    l->types[l->type_count++] = (struct pp_legacy_type){ type, unit };
}

struct pp_legacy_sample *pp_legacy_add_sample(struct pp_legacy *l)
{
    if (pp_arena_reserve(&l->arena, &l->samples, &l->sample_cap, l->sample_count,
                         sizeof(*l->samples))) {
        l->nomem = true;
        return NULL;
    }
    struct pp_legacy_sample *sample = &l->samples[l->sample_count++];
    *sample = (struct pp_legacy_sample){ .addr_begin = l->addr_count };
    return sample;
}

void pp_legacy_add_address(struct pp_legacy *l, uint64_t address)
{
    if (l->nomem || pp_arena_reserve(&l->arena, &l->addrs, &l->addr_cap, l->addr_count,
                                     sizeof(*l->addrs))) {
        l->nomem = true;
        return;
    }
    l->addrs[l->addr_count++] = address;
    l->samples[l->sample_count - 1].addr_count++;
}

static bool is_lower_hex(char c)
{
    return pp_is_digit(c) || (c >= 'a' && c <= 'f');
}

/* How much of a text a sentence shows. */
static int shown(struct pp_scan text)
{
    enum { MOST = 180 };
    return pp_scan_len(text) < MOST ? (int)pp_scan_len(text) : MOST;
}

int pp_legacy_refuse(struct pp_legacy *l, const char *what, const char *why, struct pp_scan text)
{
    return pp_legacy_error(l, "%s%.*s: %s%.*s", what, shown(l->line), l->line.at, why, shown(text),
                           text.at);
}

int pp_legacy_int(struct pp_legacy *l, const char *what, struct pp_scan text, int base,
                  int64_t *value)
{
    if (pp_scan_int(text, base, value)) {
        return 0;
    }
    return pp_legacy_error(l, "%s%.*s: strconv.ParseInt: parsing \"%.*s\": %s", what,
                           shown(l->line), l->line.at, shown(text), text.at,
                           pp_scan_is_int(text, base) ? "value out of range" : "invalid syntax");
}

int pp_legacy_add_addresses(struct pp_legacy *l, struct pp_scan text, uint64_t less)
{
    const char *found;
    while ((found = pp_scan_find(text, "0x"))) {
        struct pp_scan digits;
        uint64_t address;
        text.at = found + 2;
        if (!pp_scan_run(&text, is_lower_hex, &digits)) {
            continue;
        }
        if (!pp_scan_hex(digits, &address)) {
            return pp_legacy_refuse(l, "malformed sample: ",
                                    "failed to parse as hex 64-bit number: 0x", digits);
        }
        pp_legacy_add_address(l, address - less);
    }
    return 0;
}

/* --- mappings --------------------------------------------------------------------------------- */

static bool is_empty(struct pp_scan s)
{
    return s.at == s.end;
}

static bool differ(struct pp_scan a, struct pp_scan b)
{
    return !is_empty(a) && !is_empty(b) &&
           (pp_scan_len(a) != pp_scan_len(b) || memcmp(a.at, b.at, pp_scan_len(a)) != 0);
}

/* Two halves of one mapping? */
static bool is_adjacent(const struct pp_legacy_map *a, const struct pp_legacy_map *b)
{
    if (differ(a->file, b->file) || differ(a->build_id, b->build_id) || a->limit != b->start) {
        return false;
    }
    return !a->offset || !b->offset || a->offset + (a->limit - a->start) == b->offset;
}

static void join_adjacent(struct pp_legacy *l)
{
    size_t kept = 0;
    for (size_t i = 1; i < l->map_count; i++) {
        struct pp_legacy_map *last = &l->maps[kept], *next = &l->maps[i];
        if (!is_adjacent(last, next)) {
            l->maps[++kept] = *next;
            continue;
        }
        last->limit = next->limit;
        last->file = is_empty(next->file) ? last->file : next->file;
        last->build_id = is_empty(next->build_id) ? last->build_id : next->build_id;
    }
    l->map_count = l->map_count ? kept + 1 : 0;
}

/* .so at the end, or .so. or .so_ and a digit anywhere */
static bool is_library(struct pp_scan file)
{
    const char *found;
    while ((found = pp_scan_find(file, ".so"))) {
        struct pp_scan rest = { found + 3, file.end };
        if (is_empty(rest) || (pp_scan_len(rest) > 1 && (*rest.at == '.' || *rest.at == '_') &&
                               pp_is_digit(rest.at[1]))) {
            return true;
        }
        file.at = found + 1;
    }
    return false;
}

/* The name without "(deleted)", which stands at its start or end. */
static struct pp_scan plain_name(struct pp_scan file)
{
    const char *deleted = pp_scan_find(file, "(deleted)");
    if (deleted == file.at && deleted) {
        file.at += strlen("(deleted)");
    } else if (deleted) {
        file.end = deleted;
    }
    return pp_scan_trim(file);
}

/* The main program comes first: the first mapping that is no library and nothing special. */
static void put_main_first(struct pp_legacy *l)
{
    for (size_t i = 0; i < l->map_count; i++) {
        struct pp_scan file = plain_name(l->maps[i].file);
        if (is_empty(file) || is_library(file) || *file.at == '[') {
            continue;
        }
        struct pp_legacy_map swap = l->maps[0];
        l->maps[0] = l->maps[i];
        l->maps[i] = swap;
        return;
    }
}

/* A main program whose text was moved to huge pages, or that starts at the usual address. */
static void mend_main(struct pp_legacy *l)
{
    enum { USUAL_START = 0x400000 };
    if (l->map_count > 1 && pp_scan_starts(l->maps[0].file, "/anon_hugepage") &&
        l->maps[0].limit == l->maps[1].start) {
        l->maps++;
        l->map_count--;
        l->map_cap--;
    }
    if (l->map_count && l->maps[0].start - l->maps[0].offset == USUAL_START) {
        l->maps[0].start = USUAL_START;
        l->maps[0].offset = 0;
    }
}

/* --- locations -------------------------------------------------------------------------------- */

struct places {
    uint64_t *addresses; /* in the order of first use */
    uint32_t *maps;
    size_t count;
    uint32_t *slots; /* hash of address -> place + 1 */
    size_t mask;
};

static uint32_t *slot_of(const struct places *places, uint64_t address)
{
    size_t at = pp_hash_key(address) & places->mask;
    while (places->slots[at] && places->addresses[places->slots[at] - 1] != address) {
        at = (at + 1) & places->mask;
    }
    return &places->slots[at];
}

/* Every address of a sample gets a place, once. */
static bool collect_places(struct pp_legacy *l, struct places *places)
{
    size_t slots = 64;
    while (slots < l->addr_count * 2) {
        slots *= 2;
    }
    places->mask = slots - 1;
    places->slots = pp_arena_array(&l->arena, slots, sizeof(*places->slots));
    places->addresses = pp_arena_array(&l->arena, l->addr_count, sizeof(*places->addresses));
    places->maps = pp_arena_array(&l->arena, l->addr_count, sizeof(*places->maps));
    if (!places->slots || !places->addresses || !places->maps) {
        return false;
    }
    for (size_t i = 0; i < l->sample_count; i++) {
        const struct pp_legacy_sample *s = &l->samples[i];
        for (size_t k = 0; k < s->addr_count; k++) {
            uint64_t address = l->addrs[s->addr_begin + k];
            uint32_t *slot = slot_of(places, address);
            if (!*slot) {
                places->addresses[places->count] = address;
                *slot = (uint32_t)++places->count;
            }
        }
    }
    return true;
}

/* The description of an address, the last one when there are several; NULL when there is none.
 * named[place] is its index + 1. */
static const struct pp_legacy_line *line_of(const struct pp_legacy *l, const uint32_t *named,
                                            size_t place)
{
    return named[place] ? &l->lines[named[place] - 1] : NULL;
}

static uint32_t *name_places(struct pp_legacy *l, const struct places *places)
{
    uint32_t *named = pp_arena_array(&l->arena, places->count + 1, sizeof(*named));
    for (size_t i = 0; named && i < l->line_count; i++) {
        uint32_t place = *slot_of(places, l->lines[i].address);
        if (place) {
            named[place - 1] = (uint32_t)i + 1;
        }
    }
    return named;
}

/* Places without a name are looked up in the memory map. */
static void map_places(struct pp_legacy *l, struct places *places, const uint32_t *named)
{
    for (size_t i = 0; i < places->count; i++) {
        bool skip = line_of(l, named, i) || !places->addresses[i];
        places->maps[i] = skip ? PPROF_NONE : 0;
    }
    pp_legacy_map_addresses(l, places->addresses, places->count, places->maps);
}

/* --- building --------------------------------------------------------------------------------- */

static uint32_t text(struct pp_build *build, struct pp_scan s)
{
    return is_empty(s) ? 0 : pp_build_string(build, s.at, pp_scan_len(s));
}

/* A type's name is handed over as C text. */
static const char *c_text(struct pp_legacy *l, struct pp_scan s)
{
    const char *copy = pp_arena_strndup(&l->arena, is_empty(s) ? "" : s.at, pp_scan_len(s));
    l->nomem |= !copy;
    return copy ? copy : "";
}

static void build_header(struct pp_legacy *l, struct pp_build *build)
{
    struct pp_buf names;
    pp_buf_init(&names, &l->arena);
    for (size_t i = 0; i < l->type_count; i++) {
        const char *type = c_text(l, l->types[i].type);
        pp_build_sample_type(build, type, c_text(l, l->types[i].unit));
        pp_buf_printf(&names, "%s%s", i ? " " : "", type);
    }
    pp_build_period(build, c_text(l, l->period_type.type), c_text(l, l->period_type.unit),
                    l->period);
    pp_build_times(build, 0, l->duration_nanos);
    struct frames frames = { "", PP_DROP_CPU, "" };
    for (size_t i = 0; i < sizeof(FRAMES) / sizeof(FRAMES[0]); i++) {
        if (names.data && strcmp(names.data, FRAMES[i].types) == 0) {
            frames = FRAMES[i];
        }
    }
    pp_build_drop_keep(build, frames.drop, frames.keep);
}

static void build_mappings(struct pp_legacy *l, struct pp_build *build)
{
    for (size_t i = 0; i < l->map_count; i++) {
        const struct pp_legacy_map *m = &l->maps[i];
        pp_build_mapping(build, &(struct pprof_mapping){ .start = m->start, .limit = m->limit,
                                                         .offset = m->offset,
                                                         .filename = text(build, m->file),
                                                         .build_id = text(build, m->build_id) });
    }
}

/* A Java function is known by its name alone: the file of its first line stays. */
static uint32_t function_of(struct pp_build *build, struct pp_table *names,
                            const struct pp_legacy_line *line)
{
    size_t before = names->count, len = pp_scan_len(line->function);
    uint32_t index = pp_table_intern(names, len ? line->function.at : "", len, true);
    if (index == UINT32_MAX) {
        return PPROF_NONE;
    }
    if (names->count > before) {
        uint32_t name = text(build, line->function);
        pp_build_function(build, &(struct pprof_function){ .name = name, .system_name = name,
                                                           .filename = text(build, line->file) });
    }
    return index - 1; /* index 0 is "": a description always has a name */
}

static void build_locations(struct pp_legacy *l, struct pp_build *build,
                            const struct places *places, const uint32_t *named)
{
    struct pp_table names;
    if (pp_table_init(&names, &l->arena)) {
        l->nomem = true;
        return;
    }
    for (size_t i = 0; i < places->count; i++) {
        const struct pp_legacy_line *line = line_of(l, named, i);
        struct pprof_line out = { .function = PPROF_NONE };
        if (line) {
            out.line = line->line;
            out.function = function_of(build, &names, line);
        }
        uint64_t address = l->strip_addresses ? 0 : places->addresses[i];
        pp_build_location(build, 0, address, places->maps[i], &out, line ? 1 : 0, false);
    }
}

static size_t deepest(const struct pp_legacy *l)
{
    size_t depth = 0;
    for (size_t i = 0; i < l->sample_count; i++) {
        depth = l->samples[i].addr_count > depth ? l->samples[i].addr_count : depth;
    }
    return depth;
}

static bool build_samples(struct pp_legacy *l, struct pp_build *build, const struct places *places)
{
    uint32_t *stack = pp_arena_array(&l->arena, deepest(l), sizeof(*stack));
    uint32_t bytes = pp_build_cstr(build, "bytes");
    for (size_t i = 0; stack && i < l->sample_count; i++) {
        const struct pp_legacy_sample *s = &l->samples[i];
        const uint64_t *addrs = l->addrs ? l->addrs + s->addr_begin : NULL;
        size_t depth = 0;
        for (size_t k = 0; k < s->addr_count; k++) {
            if (k != 1 || !l->cut_doubled_leaf || addrs[0] != addrs[1] + 1) {
                stack[depth++] = *slot_of(places, addrs[k]) - 1;
            }
        }
        struct pprof_label label = { .key = bytes, .num = s->bytes };
        pp_build_sample(build, stack, depth, s->values, &label, s->has_bytes);
    }
    return stack;
}

static int build_profile(struct pp_legacy *l, size_t cap, struct pprof_profile **profile)
{
    struct places places = { 0 };
    struct pp_build *build = pp_build_new(cap);
    join_adjacent(l);
    put_main_first(l);
    mend_main(l);
    uint32_t *named = collect_places(l, &places) ? name_places(l, &places) : NULL;
    if (build && named && !l->nomem) {
        map_places(l, &places, named);
        build_header(l, build);
        build_mappings(l, build);
        build_locations(l, build, &places, named);
        l->nomem |= !build_samples(l, build, &places);
    }
    if (!build || !named || l->nomem) {
        pp_build_free(build);
        return pp_err_set(l->error, PPROF_ERR_NOMEM, "reading the profile: %s",
                          pprof_err_text(PPROF_ERR_NOMEM));
    }
    struct pprof_error why = { 0 };
    int err = pp_build_finish(build, profile, &why);
    /* Where addresses are dropped, google/pprof checks while it still parses. */
    const char *when = l->strip_addresses ? "parsing" : "malformed";
    return err ? pp_err_set(l->error, err, "%s profile: %s", when, why.detail) : 0;
}

int pp_legacy_decode(const void *data, size_t len, size_t memory_cap_bytes,
                     struct pprof_profile **profile, struct pprof_error *error)
{
    struct pp_scan input = { data, (const char *)data + len };
    int err = PPROF_ERR_UNKNOWN;
    for (size_t i = 0; err == PPROF_ERR_UNKNOWN && i < sizeof(PARSERS) / sizeof(PARSERS[0]); i++) {
        struct pp_legacy l = { .error = error };
        pp_arena_init(&l.arena, memory_cap_bytes);
        err = PARSERS[i](&l, input);
        if (!err) {
            err = build_profile(&l, memory_cap_bytes, profile);
        }
        pp_arena_release(&l.arena);
    }
    return err;
}
