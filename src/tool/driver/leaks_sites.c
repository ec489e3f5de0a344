/* From profiles at several moments to findings.
 *
 *   sample --addresses--> stack of the last profile --names--> site: numbers at each moment
 *   sites that grow, by the frame they are named after --> finding
 *   the other sites of that frame, summed              --> finding
 *
 * Only the last profile gets lines from debug information: stacks keep their addresses as long as
 * the process lives, and a heap profile lists every stack it ever saw.
 */
#include "tool/driver/leaks.h"

#include "base/err.h"
#include "base/table.h"
#include "tool/symbolize/symbolize.h"

#include <stdlib.h>
#include <string.h>

/* Open addressing from a 64-bit key to a small number. Two stacks of one hash would be counted as
 * one; with a million stacks that happens once in 37 million hunts. */
struct map {
    uint64_t *keys; /* 0: free */
    uint32_t *values;
    size_t mask;
};

struct site {
    struct pp_moment *moments;
    const struct pp_frame_text *frames;
    size_t frame_count, head;
    struct pp_judgment judgment;
    uint64_t head_key;
};

struct columns {
    int alloc_objects, alloc_space, inuse_objects, inuse_space;
};

struct book {
    struct pp_hunt *hunt;
    const struct pp_shot *shots;
    size_t shot_count;
    double period;
    struct map by_address; /* -> site */
    struct site *sites;
    size_t site_count;
};

static int no_memory(struct pprof_error *error)
{
    return pp_err_set(error, PPROF_ERR_NOMEM, "out of memory");
}

/* ---- the map --------------------------------------------------------------------------------- */

static bool map_init(struct map *map, struct pp_arena *arena, size_t count)
{
    size_t slots = 64;
    while (slots < 2 * count) {
        slots *= 2;
    }
    map->keys = pp_arena_array(arena, slots, sizeof(*map->keys));
    map->values = pp_arena_array(arena, slots, sizeof(*map->values));
    map->mask = slots - 1;
    return map->keys && map->values;
}

/* The value's place; a new key's value is `fresh`. With fresh PPROF_NONE nothing is added. */
static uint32_t map_get(struct map *map, uint64_t key, uint32_t fresh)
{
    key = key ? key : 1;
    size_t at = pp_hash_key(key) & map->mask;
    for (; map->keys[at]; at = (at + 1) & map->mask) {
        if (map->keys[at] == key) {
            return map->values[at];
        }
    }
    if (fresh != PPROF_NONE) {
        map->keys[at] = key;
        map->values[at] = fresh;
    }
    return fresh;
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
    return pp_hash_u64(hash * UINT64_C(0x9e3779b97f4a7c15) + value + 1);
}

static uint64_t mix_text(uint64_t hash, const char *text)
{
    for (; *text; text++) {
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    }
    return pp_hash_u64(hash);
}

/* ---- frames ---------------------------------------------------------------------------------- */

static bool starts_with_any(const char *text, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strncmp(text, list[i], strlen(list[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* malloc and what programs call theirs: zmalloc, xcalloc, g_malloc0, my_realloc_array, xstrdup. The
 * one who calls it is who matters. */
static bool is_allocator(const char *function)
{
    static const char *const cores[] = { "malloc", "calloc", "realloc", "strdup", "strndup" };
    static const char *const others[] = { "memalign", "aligned_alloc", "posix_memalign",
                                          "operator new" };
    enum { PREFIX = 3 };
    for (size_t skip = 0; skip <= PREFIX; skip++) {
        if (starts_with_any(function + skip, cores, 5)) {
            return true;
        }
        if (!function[skip]) {
            break;
        }
    }
    return starts_with_any(function, others, 4);
}

static bool is_program(const char *module, const char *function)
{
    static const char *const modules[] = { "libc.so", "libc-", "libpprof.so", "ld-linux", "ld-2",
                                           "libstdc++.so", "libgcc_s.so", "libpthread", "[vdso]",
                                           "linux-vdso", "libjemalloc.so", "libtcmalloc" };
    return !starts_with_any(module, modules, sizeof(modules) / sizeof(modules[0])) &&
           !is_allocator(function) && strcmp(function, "_start") != 0;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void fill_frame(struct pp_frame_text *frame, const struct pprof_profile *p,
                       const struct pprof_location *loc, const struct pprof_line *line)
{
    const struct pprof_function *f =
        line && line->function != PPROF_NONE ? &p->functions[line->function] : NULL;
    frame->module = loc->mapping == PPROF_NONE
                        ? ""
                        : base_name(p->strings[p->mappings[loc->mapping].filename].ptr);
    frame->function = f ? p->strings[f->name].ptr : "";
    frame->file = f ? p->strings[f->filename].ptr : "";
    frame->line = line ? line->line : 0;
    frame->is_program = is_program(frame->module, frame->function);
}

/* A place without a name is still a place: "module+0xaddress". */
static bool name_place(struct pp_arena *arena, struct pp_frame_text *frame,
                       const struct pprof_profile *p, const struct pprof_location *loc)
{
    struct pp_buf text;
    uint64_t address = loc->address;
    if (*frame->function) {
        return true;
    }
    if (loc->mapping != PPROF_NONE) {
        address += p->mappings[loc->mapping].offset - p->mappings[loc->mapping].start;
    }
    pp_buf_init(&text, arena);
    pp_buf_str(&text, frame->module);
    pp_buf_str(&text, *frame->module ? "+" : "");
    pp_buf_hex(&text, address);
    frame->function = text.data;
    return text.err == 0;
}

const struct pp_frame_text *pp_sample_frames(struct pp_arena *arena, const struct pprof_profile *p,
                                             size_t sample, size_t *count)
{
    size_t n = 0, at = 0;
    for (uint32_t i = p->loc_begin[sample]; i < p->loc_begin[sample + 1]; i++) {
        uint32_t lines = p->locations[p->sample_locs[i]].line_count;
        n += lines ? lines : 1;
    }
    struct pp_frame_text *frames = pp_arena_array(arena, n + 1, sizeof(*frames));
    for (uint32_t i = p->loc_begin[sample]; frames && i < p->loc_begin[sample + 1]; i++) {
        const struct pprof_location *loc = &p->locations[p->sample_locs[i]];
        for (uint32_t k = 0; k < (loc->line_count ? loc->line_count : 1); k++) {
            const struct pprof_line *line =
                loc->line_count ? &p->lines[loc->line_begin + k] : NULL;
            fill_frame(&frames[at], p, loc, line);
            if (!name_place(arena, &frames[at++], p, loc)) {
                return NULL;
            }
        }
    }
    *count = at;
    return frames;
}

/* The innermost frame of the program itself, or of whatever there is. */
static size_t head_of(const struct pp_frame_text *frames, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (frames[i].is_program) {
            return i;
        }
    }
    return 0;
}

static uint64_t frame_key(uint64_t hash, const struct pp_frame_text *frame)
{
    hash = mix_text(mix_text(hash, frame->function), frame->file);
    return mix(hash, (uint64_t)frame->line);
}

/* ---- sites ----------------------------------------------------------------------------------- */

static uint64_t address_key(const struct pprof_profile *p, size_t sample)
{
    uint64_t hash = 7;
    for (uint32_t i = p->loc_begin[sample]; i < p->loc_begin[sample + 1]; i++) {
        const struct pprof_location *loc = &p->locations[p->sample_locs[i]];
        hash = mix(hash, loc->address);
        for (uint32_t k = 0; !loc->address && k < loc->line_count; k++) {
            const struct pprof_line *line = &p->lines[loc->line_begin + k];
            if (line->function != PPROF_NONE) {
                hash = mix_text(hash, p->strings[p->functions[line->function].name].ptr);
            }
            hash = mix(hash, (uint64_t)line->line);
        }
    }
    return hash;
}

static bool add_site(struct book *book, const struct pp_frame_text *frames, size_t count)
{
    struct pp_arena *arena = &book->hunt->arena;
    struct site *site = &book->sites[book->site_count++];
    site->frames = frames;
    site->frame_count = count;
    site->head = head_of(frames, count);
    site->head_key = count ? frame_key(11, &frames[site->head]) : 0;
    site->moments = pp_arena_array(arena, book->shot_count, sizeof(*site->moments));
    return site->moments != NULL;
}

/* One site for each stack of names and lines; several addresses may share one. */
static int make_sites(struct book *book, const struct pprof_profile *last, const uint64_t *keys,
                      struct pprof_error *error)
{
    struct pp_arena *arena = &book->hunt->arena;
    struct map by_name;
    book->sites = pp_arena_array(arena, last->sample_count + 1, sizeof(*book->sites));
    if (!book->sites || !map_init(&by_name, arena, last->sample_count) ||
        !map_init(&book->by_address, arena, last->sample_count)) {
        return no_memory(error);
    }
    for (size_t i = 0; i < last->sample_count; i++) {
        size_t count = 0;
        uint64_t key = 13;
        const struct pp_frame_text *frames = pp_sample_frames(arena, last, i, &count);
        for (size_t k = 0; frames && k < count; k++) {
            key = frame_key(key, &frames[k]);
        }
        uint32_t fresh = (uint32_t)book->site_count;
        uint32_t site = map_get(&by_name, key, fresh);
        if (!frames || (site == fresh && !add_site(book, frames, count))) {
            return no_memory(error);
        }
        (void)map_get(&book->by_address, keys[i], site);
    }
    return 0;
}

static double value(const struct pprof_profile *p, size_t sample, int column)
{
    return column < 0 ? 0 : (double)p->values[sample * p->sample_type_count + (size_t)column];
}

static void fill_moments(struct book *book, size_t at)
{
    const struct pprof_profile *p = book->shots[at].profile;
    struct columns c = {
        .alloc_objects = pprof_profile_sample_index(p, "alloc_objects", NULL),
        .alloc_space = pprof_profile_sample_index(p, "alloc_space", NULL),
        .inuse_objects = pprof_profile_sample_index(p, "inuse_objects", NULL),
        .inuse_space = pprof_profile_sample_index(p, "inuse_space", NULL),
    };
    for (size_t i = 0; i < book->site_count; i++) {
        book->sites[i].moments[at].at_s = book->shots[at].at_s;
    }
    for (size_t i = 0; i < p->sample_count; i++) {
        uint32_t site = map_get(&book->by_address, address_key(p, i), PPROF_NONE);
        if (site != PPROF_NONE) {
            struct pp_moment *m = &book->sites[site].moments[at];
            m->alloc_objects += value(p, i, c.alloc_objects);
            m->alloc_bytes += value(p, i, c.alloc_space);
            m->inuse_objects += value(p, i, c.inuse_objects);
            m->inuse_bytes += value(p, i, c.inuse_space);
        }
    }
}

/* ---- findings -------------------------------------------------------------------------------- */

static int by_head(const void *a, const void *b)
{
    const struct site *x = a, *y = b;
    if (x->head_key != y->head_key) {
        return x->head_key < y->head_key ? -1 : 1;
    }
    bool gx = x->judgment.verdict == PP_VERDICT_GROWS, gy = y->judgment.verdict == PP_VERDICT_GROWS;
    if (gx != gy) {
        return gx ? -1 : 1; /* those that grow first */
    }
    double dx = x->judgment.grown_bytes, dy = y->judgment.grown_bytes;
    return (dx < dy) - (dx > dy);
}

static int by_weight(const void *a, const void *b)
{
    const struct pp_finding *x = a, *y = b;
    const struct pp_judgment *jx = &x->judgment, *jy = &y->judgment;
    if (jx->verdict != jy->verdict) {
        return jx->verdict < jy->verdict ? -1 : 1;
    }
    double wx = jx->verdict == PP_VERDICT_UNKNOWN ? x->last.inuse_bytes : jx->grown_bytes;
    double wy = jy->verdict == PP_VERDICT_UNKNOWN ? y->last.inuse_bytes : jy->grown_bytes;
    if (jx->verdict == PP_VERDICT_TEMPORARY) {
        wx = jx->fall_bytes;
        wy = jy->fall_bytes;
    }
    return (wx < wy) - (wx > wy);
}

/* The numbers of count sites together, moment by moment; NULL without memory. */
static struct pp_moment *sum_sites(struct book *book, const struct site *sites, size_t count)
{
    struct pp_moment *sum = pp_arena_array(&book->hunt->arena, book->shot_count, sizeof(*sum));
    for (size_t m = 0; sum && m < book->shot_count; m++) {
        sum[m].at_s = book->shots[m].at_s;
        for (size_t i = 0; i < count; i++) {
            sum[m].alloc_bytes += sites[i].moments[m].alloc_bytes;
            sum[m].alloc_objects += sites[i].moments[m].alloc_objects;
            sum[m].inuse_bytes += sites[i].moments[m].inuse_bytes;
            sum[m].inuse_objects += sites[i].moments[m].inuse_objects;
        }
    }
    return sum;
}

/* count sites of one frame, the first the heaviest, as one finding. */
static bool add_finding(struct book *book, struct pp_findings *out, const struct site *sites,
                        size_t count)
{
    struct pp_finding *f = &out->items[out->count++];
    struct pp_moment *sum = sum_sites(book, sites, count);
    if (!sum) {
        return false;
    }
    *f = (struct pp_finding){ .frames = sites->frames,
                              .frame_count = sites->frame_count,
                              .head = sites->head,
                              .stacks = count };
    f->last = sum[book->shot_count - 1];
    pp_judge(sum, book->shot_count, book->period, &f->judgment);
    if (sites->judgment.verdict == PP_VERDICT_GROWS) {
        f->judgment.verdict = PP_VERDICT_GROWS;
        for (size_t i = 0; i < count; i++) {
            enum pp_grade grade = sites[i].judgment.grade;
            f->judgment.grade = grade > f->judgment.grade ? grade : f->judgment.grade;
        }
    }
    return true;
}

/* From `begin` on, the end of the sites that are named after the same frame. */
static size_t head_end(const struct book *book, size_t begin)
{
    size_t end = begin + 1;
    while (end < book->site_count && book->sites[end].head_key == book->sites[begin].head_key) {
        end++;
    }
    return end;
}

/* A frame whose memory came and went as a whole, and one way to it that seems to grow a little:
 * work has moved from one way to the other. */
static bool doubt_faint_ways(struct book *book)
{
    for (size_t i = 0, end; i < book->site_count; i = end) {
        struct pp_judgment whole;
        end = head_end(book, i);
        struct pp_moment *sum = end - i > 1 ? sum_sites(book, &book->sites[i], end - i) : NULL;
        if (end - i > 1 && !sum) {
            return false;
        }
        pp_judge(sum, sum ? book->shot_count : 0, book->period, &whole);
        for (size_t k = i; k < end && whole.verdict == PP_VERDICT_TEMPORARY; k++) {
            struct pp_judgment *way = &book->sites[k].judgment;
            if (way->verdict == PP_VERDICT_GROWS && way->grade == PP_GRADE_POSSIBLE) {
                way->verdict = PP_VERDICT_TEMPORARY;
            }
        }
    }
    return true;
}

static int make_findings(struct book *book, struct pp_findings *out, struct pprof_error *error)
{
    out->items = pp_arena_array(&book->hunt->arena, book->site_count + 1, sizeof(*out->items));
    qsort(book->sites, book->site_count, sizeof(*book->sites), by_head);
    if (!out->items || !doubt_faint_ways(book)) {
        return no_memory(error);
    }
    qsort(book->sites, book->site_count, sizeof(*book->sites), by_head);
    for (size_t i = 0, end; i < book->site_count; i = end) {
        const struct site *first = &book->sites[i];
        bool grows = first->judgment.verdict == PP_VERDICT_GROWS;
        size_t same = head_end(book, i);
        for (end = i; end < same; end++) {
            if ((book->sites[end].judgment.verdict == PP_VERDICT_GROWS) != grows) {
                break;
            }
        }
        if (!add_finding(book, out, first, end - i)) {
            return no_memory(error);
        }
    }
    qsort(out->items, out->count, sizeof(*out->items), by_weight);
    return 0;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static void say(void *ctx, const char *text)
{
    pp_hunt_say(ctx, "%s", text);
}

/* The keys by address are taken before names are added. */
static int name_last(struct book *book, struct pprof_profile *last, uint64_t **keys,
                     struct pprof_error *error)
{
    struct pp_symbolize_options options = { 0 };
    *keys = pp_arena_array(&book->hunt->arena, last->sample_count + 1, sizeof(**keys));
    if (!*keys) {
        return no_memory(error);
    }
    for (size_t i = 0; i < last->sample_count; i++) {
        (*keys)[i] = address_key(last, i);
    }
    int result = pp_locate_binaries(last, NULL, NULL, say, book->hunt, error);
    return result ? result : pp_symbolize_profile(last, &options, say, book->hunt, error);
}

int pp_hunt_find(struct pp_hunt *hunt, struct pp_findings *out, struct pprof_error *error)
{
    struct book book = { .hunt = hunt };
    uint64_t *keys = NULL;
    *out = (struct pp_findings){ 0 };
    if (hunt->shot_count == 0) {
        return 0;
    }
    /* What came before the first moment is a program's start, not its life. */
    size_t from = hunt->moments_taken && hunt->shot_count - hunt->first_moment >= 3
                      ? hunt->first_moment
                      : 0;
    book.shots = hunt->shots + from;
    book.shot_count = hunt->shot_count - from;
    struct pprof_profile *last = book.shots[book.shot_count - 1].profile;
    book.period = last->period > 0 ? (double)last->period : 1;
    int result = name_last(&book, last, &keys, error);
    result = result ? result : make_sites(&book, last, keys, error);
    if (result) {
        return result;
    }
    /* The last shot has new strings, but its addresses are what they were. */
    for (size_t i = 0; i < book.shot_count; i++) {
        fill_moments(&book, i);
    }
    for (size_t i = 0; i < book.site_count; i++) {
        pp_judge(book.sites[i].moments, book.shot_count, book.period, &book.sites[i].judgment);
        out->total_bytes += book.sites[i].moments[book.shot_count - 1].inuse_bytes;
    }
    out->period_bytes = book.period;
    out->moments = book.shot_count;
    out->from_s = book.shots[0].at_s;
    out->to_s = book.shots[book.shot_count - 1].at_s;
    return make_findings(&book, out, error);
}
