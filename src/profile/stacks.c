#include "profile/stacks.h"

#include "base/err.h"

#include <string.h>

enum { FIRST_SLOTS = 1024 };

int pp_stacks_init(struct pp_stacks *s, size_t memory_cap_bytes)
{
    memset(s, 0, sizeof(*s));
    pp_arena_init(&s->arena, memory_cap_bytes);
    s->build = pp_build_new(memory_cap_bytes);
    s->place_keys = pp_arena_array(&s->arena, FIRST_SLOTS, sizeof(*s->place_keys));
    s->place_more = pp_arena_array(&s->arena, FIRST_SLOTS, sizeof(*s->place_more));
    s->place_locs = pp_arena_array(&s->arena, FIRST_SLOTS, sizeof(*s->place_locs));
    s->sample_slots = pp_arena_array(&s->arena, FIRST_SLOTS, sizeof(*s->sample_slots));
    s->place_mask = s->sample_mask = FIRST_SLOTS - 1;
    if (!s->build || !s->place_keys || !s->place_more || !s->place_locs || !s->sample_slots ||
        pp_table_init(&s->names, &s->arena) || pp_table_init(&s->files, &s->arena)) {
        pp_stacks_release(s);
        return PPROF_ERR_NOMEM;
    }
    return 0;
}

void pp_stacks_release(struct pp_stacks *s)
{
    pp_build_free(s->build);
    s->build = NULL;
    pp_arena_release(&s->arena);
}

/* --- places ------------------------------------------------------------------------------- */

static size_t place_slot(const struct pp_stacks *s, uint64_t key, uint64_t more)
{
    size_t at = pp_hash_key(key ^ pp_hash_key(more)) & s->place_mask;
    while (s->place_locs[at] && (s->place_keys[at] != key || s->place_more[at] != more)) {
        at = (at + 1) & s->place_mask;
    }
    return at;
}

static void grow_places(struct pp_stacks *s)
{
    struct pp_stacks old = *s;
    size_t slots = (old.place_mask + 1) * 2;
    s->place_keys = pp_arena_array(&s->arena, slots, sizeof(*s->place_keys));
    s->place_more = pp_arena_array(&s->arena, slots, sizeof(*s->place_more));
    s->place_locs = pp_arena_array(&s->arena, slots, sizeof(*s->place_locs));
    s->failed = !s->place_keys || !s->place_more || !s->place_locs;
    s->place_mask = slots - 1;
    for (size_t i = 0; !s->failed && i <= old.place_mask; i++) {
        if (old.place_locs[i]) {
            size_t at = place_slot(s, old.place_keys[i], old.place_more[i]);
            s->place_keys[at] = old.place_keys[i];
            s->place_more[at] = old.place_more[i];
            s->place_locs[at] = old.place_locs[i];
        }
    }
}

/* The slot of a place; *is_new when its location has still to be put there. */
static size_t find_place(struct pp_stacks *s, uint64_t key, uint64_t more, bool *is_new)
{
    if (s->place_count * 2 > s->place_mask) {
        grow_places(s);
    }
    if (s->failed) {
        return 0;
    }
    size_t at = place_slot(s, key, more);
    *is_new = !s->place_locs[at];
    s->place_keys[at] = key;
    s->place_more[at] = more;
    s->place_count += *is_new;
    return at;
}

static void push(struct pp_stacks *s, uint32_t location)
{
    if (pp_arena_reserve(&s->arena, &s->stack, &s->stack_cap, s->depth, sizeof(*s->stack))) {
        s->failed = true;
        return;
    }
    s->stack[s->depth++] = location;
}

static uint32_t intern(struct pp_table *table, struct pp_scan text)
{
    size_t len = pp_scan_len(text);
    return pp_table_intern(table, len ? text.at : "", len, true);
}

static uint32_t string_of(struct pp_stacks *s, struct pp_scan text)
{
    size_t len = pp_scan_len(text);
    return len ? pp_build_string(s->build, text.at, len) : 0;
}

/* Functions are interned with their places: one for each name, file and line of a call. */
void pp_stacks_push_name(struct pp_stacks *s, struct pp_scan name, struct pp_scan file,
                         int64_t line)
{
    bool is_new = false;
    uint32_t n = intern(&s->names, name), f = intern(&s->files, file);
    s->failed |= n == UINT32_MAX || f == UINT32_MAX;
    size_t at = s->failed ? 0 : find_place(s, (uint64_t)f << 32 | n, (uint64_t)line, &is_new);
    if (s->failed) {
        return;
    }
    if (is_new) {
        bool first = false;
        size_t fn = find_place(s, (uint64_t)f << 32 | n, UINT64_MAX, &first);
        if (s->failed) {
            return;
        }
        if (first) {
            uint32_t text = string_of(s, name);
            s->place_locs[fn] = 1 + pp_build_function(
                s->build, &(struct pprof_function){ .name = text, .system_name = text,
                                                    .filename = string_of(s, file) });
        }
        struct pprof_line out = { .function = s->place_locs[fn] - 1, .line = line };
        at = place_slot(s, (uint64_t)f << 32 | n, (uint64_t)line);
        s->place_keys[at] = (uint64_t)f << 32 | n;
        s->place_more[at] = (uint64_t)line;
        s->place_locs[at] = 1 + pp_build_location(s->build, 0, 0, PPROF_NONE, &out, 1, false);
    }
    push(s, s->place_locs[at] - 1);
}

void pp_stacks_push_address(struct pp_stacks *s, uint64_t address, uint32_t mapping)
{
    bool is_new = false;
    size_t at = s->failed ? 0 : find_place(s, (uint64_t)mapping | 1ULL << 63, address, &is_new);
    if (s->failed) {
        return;
    }
    if (is_new) {
        s->place_locs[at] = 1 + pp_build_location(s->build, 0, address, mapping, NULL, 0, false);
    }
    push(s, s->place_locs[at] - 1);
}

void pp_stacks_reverse(struct pp_stacks *s)
{
    for (size_t i = 0, k = s->depth; i + 1 < k--; i++) {
        uint32_t swap = s->stack[i];
        s->stack[i] = s->stack[k];
        s->stack[k] = swap;
    }
}

/* --- samples ------------------------------------------------------------------------------ */

static uint64_t hash_sample(const uint32_t *locs, size_t depth, const struct pprof_label *labels,
                            size_t label_count)
{
    uint64_t h = depth;
    for (size_t i = 0; i < depth; i++) {
        h = pp_hash_key(h ^ locs[i]);
    }
    for (size_t i = 0; i < label_count; i++) {
        h = pp_hash_key(h ^ (uint64_t)labels[i].str << 32 ^ (uint64_t)labels[i].num);
    }
    return h;
}

static bool same_labels(const struct pprof_label *a, const struct pprof_label *b, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (a[i].key != b[i].key || a[i].str != b[i].str || a[i].num != b[i].num ||
            a[i].unit != b[i].unit) {
            return false;
        }
    }
    return true;
}

static bool is_sample(const struct pp_stacks *s, size_t sample, const struct pprof_label *labels,
                      size_t label_count)
{
    const struct pprof_profile *p = pp_build_peek(s->build);
    uint32_t first = p->loc_begin[sample], label = p->label_begin[sample];
    return p->loc_begin[sample + 1] - first == s->depth &&
           p->label_begin[sample + 1] - label == label_count &&
           (!s->depth || !memcmp(p->sample_locs + first, s->stack, s->depth * sizeof(*s->stack))) &&
           same_labels(p->labels + label, labels, label_count);
}

static void grow_samples(struct pp_stacks *s)
{
    const struct pprof_profile *p = pp_build_peek(s->build);
    size_t slots = (s->sample_mask + 1) * 2;
    s->sample_slots = pp_arena_array(&s->arena, slots, sizeof(*s->sample_slots));
    s->failed = !s->sample_slots;
    s->sample_mask = slots - 1;
    for (size_t i = 0; !s->failed && i < p->sample_count; i++) {
        uint32_t first = p->loc_begin[i], label = p->label_begin[i];
        size_t at = hash_sample(p->sample_locs + first, p->loc_begin[i + 1] - first,
                                p->labels + label, p->label_begin[i + 1] - label) & s->sample_mask;
        while (s->sample_slots[at]) {
            at = (at + 1) & s->sample_mask;
        }
        s->sample_slots[at] = (uint32_t)i + 1;
    }
}

void pp_stacks_sample(struct pp_stacks *s, const int64_t *values, const struct pprof_label *labels,
                      size_t label_count)
{
    if (!s->failed && pp_build_peek(s->build)->sample_count * 2 > s->sample_mask) {
        grow_samples(s);
    }
    if (s->failed) {
        return;
    }
    size_t at = hash_sample(s->stack, s->depth, labels, label_count) & s->sample_mask;
    while (s->sample_slots[at] && !is_sample(s, s->sample_slots[at] - 1, labels, label_count)) {
        at = (at + 1) & s->sample_mask;
    }
    if (s->sample_slots[at]) {
        pp_build_add_values(s->build, s->sample_slots[at] - 1, values);
    } else {
        size_t before = pp_build_peek(s->build)->sample_count;
        pp_build_sample(s->build, s->stack, s->depth, values, labels, label_count);
        s->failed = pp_build_peek(s->build)->sample_count == before;
        s->sample_slots[at] = (uint32_t)before + 1;
    }
    s->depth = 0;
}

int pp_stacks_finish(struct pp_stacks *s, struct pprof_profile **profile, struct pprof_error *error)
{
    struct pp_build *build = s->build;
    s->build = NULL;
    if (s->failed) {
        pp_build_free(build);
        return pp_err_set(error, PPROF_ERR_NOMEM, "reading the profile: %s",
                          pprof_err_text(PPROF_ERR_NOMEM));
    }
    struct pprof_error why = { 0 };
    int err = pp_build_finish(build, profile, &why);
    return err ? pp_err_set(error, err, "malformed profile: %s", why.detail) : 0;
}
