#include "tool/symbolize/edit.h"

#include "profile/build.h"

#include <string.h>

void pp_edit_init(struct pp_edit *edit, struct pprof_profile *profile)
{
    memset(edit, 0, sizeof(*edit));
    edit->profile = profile;
    edit->arena = pp_profile_arena(profile);
    pp_arena_init(&edit->scratch, 0);
    edit->next_function_id = profile->function_count + 1;
    for (size_t i = 0; i < profile->function_count; i++) {
        if (profile->functions[i].id >= edit->next_function_id) {
            edit->next_function_id = profile->functions[i].id + 1;
        }
    }
}

void pp_edit_release(struct pp_edit *edit)
{
    pp_arena_release(&edit->scratch);
}

static void fail(struct pp_edit *edit)
{
    edit->err = PPROF_ERR_NOMEM;
}

/* Room for `more` elements behind count in one of the profile's arrays. Its first capacity is
 * unknown, so the array moves once and then doubles. */
static bool reserve(struct pp_edit *edit, void *array, size_t *cap, size_t count, size_t more,
                    size_t elem_size)
{
    void **items = array;
    if (edit->err || *cap >= count + more) {
        return !edit->err;
    }
    size_t wanted = 2 * (count + more) + 16;
    void *grown = pp_arena_array(edit->arena, wanted, elem_size);
    if (!grown) {
        fail(edit);
        return false;
    }
    if (count) {
        memcpy(grown, *items, count * elem_size);
    }
    *items = grown;
    *cap = wanted;
    return true;
}

/* Gives a table entry the profile string it stands for. */
static void bind(struct pp_edit *edit, uint32_t entry, uint32_t string)
{
    if (entry == UINT32_MAX ||
        pp_arena_reserve(&edit->scratch, &edit->string_of, &edit->string_of_cap, entry,
                         sizeof(*edit->string_of))) {
        fail(edit);
        return;
    }
    edit->string_of[entry] = string;
}

/* The profile's own strings; the first of equal ones counts. */
static void fill_table(struct pp_edit *edit)
{
    if (pp_table_init(&edit->table, &edit->scratch)) {
        fail(edit);
        return;
    }
    bind(edit, 0, 0);
    for (size_t i = 0; i < edit->profile->string_count && !edit->err; i++) {
        const struct pprof_string *s = &edit->profile->strings[i];
        size_t before = edit->table.count;
        uint32_t entry = pp_table_intern(&edit->table, s->ptr, s->len, true);
        if (edit->table.count > before || entry == UINT32_MAX) {
            bind(edit, entry, (uint32_t)i);
        }
    }
}

static uint32_t append_string(struct pp_edit *edit, const char *text, size_t len)
{
    struct pprof_profile *profile = edit->profile;
    char *copy = pp_arena_strndup(edit->arena, text, len);
    if (!copy || profile->string_count >= UINT32_MAX - 1 ||
        !reserve(edit, &profile->strings, &edit->string_cap, profile->string_count, 1,
                 sizeof(*profile->strings))) {
        fail(edit);
        return 0;
    }
    profile->strings[profile->string_count] = (struct pprof_string){copy, len};
    return (uint32_t)profile->string_count++;
}

uint32_t pp_edit_string(struct pp_edit *edit, const char *text, size_t len)
{
    if (!edit->table.items && !edit->err) {
        fill_table(edit);
    }
    uint32_t entry = edit->err ? UINT32_MAX : pp_table_find(&edit->table, text, len);
    if (entry != UINT32_MAX) {
        return edit->string_of[entry];
    }
    uint32_t index = edit->err ? 0 : append_string(edit, text, len);
    if (!edit->err) {
        const struct pprof_string *s = &edit->profile->strings[index];
        bind(edit, pp_table_intern(&edit->table, s->ptr, s->len, true), index);
    }
    return edit->err ? 0 : index;
}

static uint64_t function_hash(const struct pprof_function *f)
{
    uint64_t h = pp_hash_key((uint64_t)f->name << 32 | f->system_name);
    return pp_hash_key(h ^ ((uint64_t)f->filename << 32) ^ (uint64_t)f->start_line);
}

/* The slot that holds an equal function made here, or the free one where it belongs. */
static uint32_t *find_slot(const struct pp_edit *edit, const struct pprof_function *f)
{
    size_t mask = edit->slot_count - 1;
    for (size_t i = function_hash(f) & mask;; i = (i + 1) & mask) {
        uint32_t *slot = &edit->slots[i];
        const struct pprof_function *held = *slot ? &edit->profile->functions[*slot - 1] : NULL;
        if (!held || (held->name == f->name && held->system_name == f->system_name &&
                      held->filename == f->filename && held->start_line == f->start_line)) {
            return slot;
        }
    }
}

static void grow_slots(struct pp_edit *edit)
{
    size_t old_count = edit->slot_count;
    uint32_t *old = edit->slots;
    size_t count = old_count ? 2 * old_count : 1024;
    uint32_t *slots = pp_arena_array(&edit->scratch, count, sizeof(*slots));
    if (!slots) {
        fail(edit);
        return;
    }
    edit->slots = slots;
    edit->slot_count = count;
    for (size_t i = 0; i < old_count; i++) {
        if (old[i]) {
            *find_slot(edit, &edit->profile->functions[old[i] - 1]) = old[i];
        }
    }
}

uint32_t pp_edit_function(struct pp_edit *edit, uint32_t name, uint32_t system_name,
                          uint32_t filename, int64_t start_line)
{
    struct pprof_profile *profile = edit->profile;
    if (2 * (edit->made_functions + 1) > edit->slot_count) {
        grow_slots(edit);
    }
    if (edit->err) {
        return PPROF_NONE;
    }
    struct pprof_function f = {0, name, system_name, filename, start_line};
    uint32_t *slot = find_slot(edit, &f);
    if (*slot) {
        return *slot - 1;
    }
    if (!reserve(edit, &profile->functions, &edit->function_cap, profile->function_count, 1,
                 sizeof(*profile->functions))) {
        return PPROF_NONE;
    }
    f.id = edit->next_function_id++;
    profile->functions[profile->function_count++] = f;
    edit->made_functions++;
    *slot = (uint32_t)profile->function_count;
    return *slot - 1;
}

void pp_edit_lines(struct pp_edit *edit, struct pprof_location *location,
                   const struct pprof_line *lines, size_t count)
{
    struct pprof_profile *profile = edit->profile;
    if (profile->line_count + count >= UINT32_MAX ||
        !reserve(edit, &profile->lines, &edit->line_cap, profile->line_count, count,
                 sizeof(*profile->lines))) {
        fail(edit);
        return;
    }
    memcpy(profile->lines + profile->line_count, lines, count * sizeof(*lines));
    location->line_begin = (uint32_t)profile->line_count;
    location->line_count = (uint32_t)count;
    profile->line_count += count;
}

uint32_t pp_edit_mapping(struct pp_edit *edit, const struct pprof_mapping *mapping)
{
    struct pprof_profile *profile = edit->profile;
    size_t cap = 0;
    if (!reserve(edit, &profile->mappings, &cap, profile->mapping_count, 1,
                 sizeof(*profile->mappings))) {
        return PPROF_NONE;
    }
    profile->mappings[profile->mapping_count] = *mapping;
    return (uint32_t)profile->mapping_count++;
}
