/* Building a profile record by record; see build.h. The build lives in the arena that the finished
 * profile takes over, so finishing moves nothing but the strings' index. */
#include "profile/build.h"

#include "base/err.h"
#include "base/table.h"

#include <string.h>

struct pp_build {
    struct pp_arena arena;
    struct pp_table strings;
    struct pprof_profile *profile;
    int err;
    size_t sample_type_cap, loc_begin_cap, label_begin_cap, values_cap, sample_locs_cap, labels_cap;
    size_t mapping_cap, location_cap, line_cap, function_cap, comment_cap;
    size_t sample_loc_count, label_count;
};

static bool empty(struct pp_build *build, void *items)
{
    void *array = pp_arena_alloc(&build->arena, 0);
    memcpy(items, &array, sizeof(array));
    return array;
}

/* Arrays without elements are no NULL pointers, so that whoever reads may count from them. */
static bool empty_arrays(struct pp_build *build)
{
    struct pprof_profile *p = build->profile;
    return empty(build, &p->sample_types) && empty(build, &p->sample_locs) &&
           empty(build, &p->labels) && empty(build, &p->values) && empty(build, &p->mappings) &&
           empty(build, &p->locations) && empty(build, &p->lines) &&
           empty(build, &p->functions) && empty(build, &p->comments);
}

struct pp_build *pp_build_new(size_t memory_cap_bytes)
{
    struct pp_arena arena;
    pp_arena_init(&arena, memory_cap_bytes);
    struct pp_build *build = pp_arena_alloc(&arena, sizeof(*build));
    if (!build) {
        return NULL;
    }
    build->arena = arena;
    build->profile = pp_arena_alloc(&build->arena, sizeof(*build->profile));
    if (!build->profile || !empty_arrays(build) ||
        pp_table_init(&build->strings, &build->arena) != 0) {
        pp_build_free(build);
        return NULL;
    }
    return build;
}

void pp_build_free(struct pp_build *build)
{
    if (build) {
        struct pp_arena arena = build->arena;
        pp_arena_release(&arena);
    }
}

static void fail(struct pp_build *build, int err)
{
    if (!build->err) {
        build->err = err;
    }
}

/* Room for `extra` more elements in one of the profile's arrays. */
static bool room(struct pp_build *build, void *items, size_t *cap, size_t count, size_t extra,
                 size_t elem_size)
{
    if (build->err || count > UINT32_MAX - 1 - extra) {
        fail(build, PPROF_ERR_LIMIT);
        return false;
    }
    while (*cap < count + extra) {
        if (pp_arena_reserve(&build->arena, items, cap, *cap, elem_size) != 0) {
            fail(build, PPROF_ERR_NOMEM);
            return false;
        }
    }
    return true;
}

uint32_t pp_build_string(struct pp_build *build, const char *text, size_t len)
{
    if (build->err) {
        return 0;
    }
    uint32_t index = pp_table_intern(&build->strings, text, len, false);
    if (index == UINT32_MAX) {
        fail(build, PPROF_ERR_NOMEM);
        return 0;
    }
    return index;
}

uint32_t pp_build_cstr(struct pp_build *build, const char *text)
{
    return text ? pp_build_string(build, text, strlen(text)) : 0;
}

static struct pprof_value_type value_type(struct pp_build *build, const char *type,
                                          const char *unit)
{
    return (struct pprof_value_type){ pp_build_cstr(build, type), pp_build_cstr(build, unit) };
}

void pp_build_sample_type(struct pp_build *build, const char *type, const char *unit)
{
    struct pprof_profile *p = build->profile;
    if (room(build, &p->sample_types, &build->sample_type_cap, p->sample_type_count, 1,
             sizeof(*p->sample_types))) {
        p->sample_types[p->sample_type_count++] = value_type(build, type, unit);
    }
}

void pp_build_period(struct pp_build *build, const char *type, const char *unit, int64_t period)
{
    build->profile->period_type = value_type(build, type, unit);
    build->profile->period = period;
}

void pp_build_default_sample_type(struct pp_build *build, const char *type)
{
    build->profile->default_sample_type = pp_build_cstr(build, type);
}

void pp_build_times(struct pp_build *build, int64_t time_nanos, int64_t duration_nanos)
{
    build->profile->time_nanos = time_nanos;
    build->profile->duration_nanos = duration_nanos;
}

void pp_build_comment(struct pp_build *build, const char *text)
{
    struct pprof_profile *p = build->profile;
    if (room(build, &p->comments, &build->comment_cap, p->comment_count, 1, sizeof(*p->comments))) {
        p->comments[p->comment_count++] = pp_build_cstr(build, text);
    }
}

void pp_build_doc_url(struct pp_build *build, const char *url)
{
    build->profile->doc_url = pp_build_cstr(build, url);
}

void pp_build_drop_keep(struct pp_build *build, const char *drop_frames, const char *keep_frames)
{
    build->profile->drop_frames = pp_build_cstr(build, drop_frames);
    build->profile->keep_frames = pp_build_cstr(build, keep_frames);
}

uint32_t pp_build_mapping(struct pp_build *build, const struct pprof_mapping *mapping)
{
    struct pprof_profile *p = build->profile;
    if (!room(build, &p->mappings, &build->mapping_cap, p->mapping_count, 1, sizeof(*mapping))) {
        return PPROF_NONE;
    }
    uint32_t index = (uint32_t)p->mapping_count++;
    p->mappings[index] = *mapping;
    if (!mapping->id) {
        p->mappings[index].id = (uint64_t)index + 1;
    }
    return index;
}

uint32_t pp_build_function(struct pp_build *build, const struct pprof_function *function)
{
    struct pprof_profile *p = build->profile;
    if (!room(build, &p->functions, &build->function_cap, p->function_count, 1,
              sizeof(*function))) {
        return PPROF_NONE;
    }
    uint32_t index = (uint32_t)p->function_count++;
    p->functions[index] = *function;
    if (!function->id) {
        p->functions[index].id = (uint64_t)index + 1;
    }
    return index;
}

uint32_t pp_build_location(struct pp_build *build, uint64_t id, uint64_t address, uint32_t mapping,
                           const struct pprof_line *lines, size_t line_count, bool is_folded)
{
    struct pprof_profile *p = build->profile;
    if (!room(build, &p->locations, &build->location_cap, p->location_count, 1,
              sizeof(*p->locations)) ||
        !room(build, &p->lines, &build->line_cap, p->line_count, line_count, sizeof(*lines))) {
        return PPROF_NONE;
    }
    uint32_t index = (uint32_t)p->location_count++;
    p->locations[index] = (struct pprof_location){
        .id = id ? id : (uint64_t)index + 1,
        .address = address,
        .mapping = mapping,
        .line_begin = (uint32_t)p->line_count,
        .line_count = (uint32_t)line_count,
        .is_folded = is_folded,
    };
    if (line_count) {
        memcpy(p->lines + p->line_count, lines, line_count * sizeof(*lines));
        p->line_count += line_count;
    }
    return index;
}

struct pprof_profile *pp_build_room(struct pp_build *build, size_t samples, size_t locations,
                                    size_t labels)
{
    struct pprof_profile *p = build->profile;
    size_t types = p->sample_type_count, values;
    if (__builtin_mul_overflow(samples, types, &values) || samples >= UINT32_MAX) {
        fail(build, PPROF_ERR_LIMIT);
        return NULL;
    }
    bool there =
        room(build, &p->loc_begin, &build->loc_begin_cap, p->sample_count, samples + 1,
             sizeof(*p->loc_begin)) &&
        room(build, &p->label_begin, &build->label_begin_cap, p->sample_count, samples + 1,
             sizeof(*p->label_begin)) &&
        room(build, &p->values, &build->values_cap, p->sample_count * types, values,
             sizeof(*p->values)) &&
        room(build, &p->sample_locs, &build->sample_locs_cap, build->sample_loc_count, locations,
             sizeof(*p->sample_locs)) &&
        room(build, &p->labels, &build->labels_cap, build->label_count, labels,
             sizeof(*p->labels));
    return there ? p : NULL;
}

void pp_build_filled(struct pp_build *build, size_t samples)
{
    struct pprof_profile *p = build->profile;
    p->sample_count += samples;
    build->sample_loc_count = p->loc_begin[p->sample_count];
    build->label_count = p->label_begin[p->sample_count];
}

void pp_build_sample(struct pp_build *build, const uint32_t *locations, size_t location_count,
                     const int64_t *values, const struct pprof_label *labels, size_t label_count)
{
    struct pprof_profile *p = pp_build_room(build, 1, location_count, label_count);
    if (!p) {
        return;
    }
    size_t types = p->sample_type_count;
    if (location_count) {
        memcpy(p->sample_locs + build->sample_loc_count, locations,
               location_count * sizeof(*locations));
    }
    if (label_count) {
        memcpy(p->labels + build->label_count, labels, label_count * sizeof(*labels));
    }
    if (types) {
        memcpy(p->values + p->sample_count * types, values, types * sizeof(*values));
    }
    p->loc_begin[p->sample_count + 1] = (uint32_t)(build->sample_loc_count + location_count);
    p->label_begin[p->sample_count + 1] = (uint32_t)(build->label_count + label_count);
    pp_build_filled(build, 1);
}

/* One array of the expected size; nothing when there is one already or there is no room. */
static void expect(struct pp_build *build, void *items, size_t *cap, size_t count, size_t elem_size)
{
    void *fresh =
        *cap || count >= UINT32_MAX ? NULL : pp_arena_array(&build->arena, count, elem_size);
    if (fresh) {
        memcpy(items, &fresh, sizeof(fresh));
        *cap = count;
    }
}

void pp_build_expect(struct pp_build *build, size_t samples, size_t locations, size_t labels)
{
    struct pprof_profile *p = build->profile;
    size_t values;
    expect(build, &p->loc_begin, &build->loc_begin_cap, samples + 1, sizeof(*p->loc_begin));
    expect(build, &p->label_begin, &build->label_begin_cap, samples + 1, sizeof(*p->label_begin));
    expect(build, &p->sample_locs, &build->sample_locs_cap, locations, sizeof(*p->sample_locs));
    expect(build, &p->labels, &build->labels_cap, labels, sizeof(*p->labels));
    if (!__builtin_mul_overflow(samples, p->sample_type_count, &values)) {
        expect(build, &p->values, &build->values_cap, values, sizeof(*p->values));
    }
}

const struct pprof_profile *pp_build_peek(const struct pp_build *build)
{
    return build->profile;
}

void pp_build_add_values(struct pp_build *build, size_t sample, const int64_t *values)
{
    struct pprof_profile *p = build->profile;
    for (size_t t = 0; t < p->sample_type_count; t++) {
        int64_t *sum = &p->values[sample * p->sample_type_count + t];
        *sum = (int64_t)((uint64_t)*sum + (uint64_t)values[t]);
    }
}

static int finish_arrays(struct pp_build *build)
{
    struct pprof_profile *p = build->profile;
    /* A profile without samples still has the one offset that ends both lists. */
    if (!room(build, &p->loc_begin, &build->loc_begin_cap, p->sample_count, 1, sizeof(uint32_t)) ||
        !room(build, &p->label_begin, &build->label_begin_cap, p->sample_count, 1,
              sizeof(uint32_t))) {
        return build->err;
    }
    p->string_count = build->strings.count;
    p->strings = pp_arena_array(&build->arena, p->string_count, sizeof(*p->strings));
    if (!p->strings) {
        return PPROF_ERR_NOMEM;
    }
    for (size_t i = 0; i < p->string_count; i++) {
        p->strings[i] =
            (struct pprof_string){ build->strings.items[i].ptr, build->strings.items[i].len };
    }
    return 0;
}

int pp_build_finish(struct pp_build *build, struct pprof_profile **profile,
                    struct pprof_error *error)
{
    int err = build->err ? build->err : finish_arrays(build);
    if (err) {
        pp_build_free(build);
        return pp_err_set(error, err, "profile: %s", pprof_err_text(err));
    }
    struct pprof_profile *p = build->profile;
    p->priv = &build->arena;
    err = pprof_profile_check(p, error);
    if (err) {
        pprof_profile_free(p);
        return err;
    }
    *profile = p;
    return 0;
}
