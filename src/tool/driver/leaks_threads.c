/* Who waits where: the dump (state, time, names) joined with the goroutine profile (lines).
 *
 *   goroutine 412 [sync.Cond.Wait, 12.3 seconds]:
 *   queue_take(...)                         --names of the whole stack-->   sample of the profile,
 *   \t/usr/bin/server:0 +0x41                                               with files and lines
 *   created by start in goroutine 400
 *
 * Times are exact where the server tells seconds, else whole minutes as Go prints them. Lines that
 * begin with '#' are the library's own: "# deadlock: ..." says what can never go on.
 */
#include "tool/driver/leaks.h"

#include "base/err.h"
#include "base/table.h"
#include "tool/symbolize/symbolize.h"

#include <stdlib.h>
#include <string.h>

enum { FRAMES_MAX = 512 };

struct waiter {
    uint64_t key; /* of state and stack */
    const char *reason;
    double waited_s;
    long id;
    const char *names[FRAMES_MAX];
    const char *places[FRAMES_MAX];
    size_t count;
    const char *created_by;
};

struct lookup {
    const struct pprof_profile *profile; /* NULL: none */
    uint64_t *keys;                      /* of each sample, by names as served */
};

static int no_memory(struct pprof_error *error)
{
    return pp_err_set(error, PPROF_ERR_NOMEM, "out of memory");
}

static uint64_t mix_name(uint64_t hash, const char *text, size_t len)
{
    return pp_hash_u64(hash * UINT64_C(0x9e3779b97f4a7c15) + pp_hash_bytes(text, len) + 1);
}

/* ---- the dump -------------------------------------------------------------------------------- */

/* "12.3 seconds" or "2 minutes"; negative when the words tell no time. */
static double parse_wait(const char *words)
{
    char *end;
    double number = strtod(words, &end);
    if (end == words) {
        return -1;
    }
    if (strncmp(end, " second", 7) == 0) {
        return number;
    }
    return strncmp(end, " minute", 7) == 0 ? number * 60 : -1;
}

/* "goroutine 12 [reason, 2 minutes, locked to thread]:" */
static bool parse_head(struct pp_arena *arena, const char *line, struct waiter *out)
{
    char *end;
    if (strncmp(line, "goroutine ", 10) != 0) {
        return false;
    }
    out->id = strtol(line + 10, &end, 10);
    const char *open = strchr(end, '[');
    size_t len = open ? strcspn(open + 1, ",]") : 0;
    if (!open || !open[1 + len]) {
        return false;
    }
    out->reason = pp_arena_strndup(arena, open + 1, len);
    out->waited_s = -1;
    out->count = 0;
    out->created_by = NULL;
    for (const char *part = open + 1 + len; *part == ','; part += strcspn(part, ",]")) {
        part += strspn(part, ", ");
        double waited = parse_wait(part);
        out->waited_s = waited >= 0 ? waited : out->waited_s;
    }
    return out->reason != NULL;
}

/* "name(...)": without the last parentheses, which Go fills with argument words. */
static size_t name_length(const char *line, size_t len)
{
    if (len && line[len - 1] == ')') {
        for (size_t at = len; at-- > 1;) {
            if (line[at] == '(') {
                return at;
            }
        }
    }
    return len;
}

static bool take_frame(struct pp_arena *arena, const char *line, size_t len, struct waiter *out)
{
    if (out->count == FRAMES_MAX || strncmp(line, "...", 3) == 0) {
        return true;
    }
    out->names[out->count] = pp_arena_strndup(arena, line, name_length(line, len));
    out->places[out->count] = "";
    return out->names[out->count++] != NULL;
}

static bool take_creator(struct pp_arena *arena, const char *line, size_t len, struct waiter *out)
{
    const char *name = line + strlen("created by ");
    size_t rest = len - strlen("created by ");
    const char *in = memmem(name, rest, " in goroutine ", 14);
    out->created_by = pp_arena_strndup(arena, name, in ? (size_t)(in - name) : rest);
    return out->created_by != NULL;
}

static bool take_line(struct pp_arena *arena, const char *line, size_t len, struct waiter *out)
{
    if (line[0] == '\t') {
        const char *space = memchr(line, ' ', len);
        size_t end = space ? (size_t)(space - line) : len;
        if (out->count && !out->created_by) {
            out->places[out->count - 1] = pp_arena_strndup(arena, line + 1, end - 1);
        }
        return !out->count || out->places[out->count - 1] != NULL;
    }
    if (line[0] == '#') { /* what it waits for, and who holds that */
        return true;
    }
    return strncmp(line, "created by ", 11) == 0 ? take_creator(arena, line, len, out)
                                                 : take_frame(arena, line, len, out);
}

/* "libc.so.6+0x85f16": the profile has no name there. */
static bool is_unnamed(const char *name)
{
    return strncmp(name, "0x", 2) == 0 || strstr(name, "+0x");
}

/* The next thread of the dump at *at; false at its end or when memory is out. */
static bool next_waiter(struct pp_arena *arena, const char **at, struct waiter *out)
{
    bool inside = false;
    while (**at) {
        const char *line = *at;
        size_t len = strcspn(line, "\n");
        *at = line + len + (line[len] == '\n');
        if (inside && len == 0) {
            break;
        }
        if (!inside) {
            inside = parse_head(arena, line, out);
        } else if (!take_line(arena, line, len, out)) {
            return false;
        }
    }
    out->key = 17;
    for (size_t i = 0; inside && i < out->count; i++) {
        const char *name = is_unnamed(out->names[i]) ? "?" : out->names[i];
        out->key = mix_name(out->key, name, strlen(name));
    }
    return inside;
}

/* ---- lines from the profile ------------------------------------------------------------------ */

static void say(void *ctx, const char *text)
{
    pp_hunt_say(ctx, "%s", text);
}

static uint64_t sample_key(const struct pprof_profile *p, size_t sample)
{
    uint64_t key = 17;
    for (uint32_t i = p->loc_begin[sample]; i < p->loc_begin[sample + 1]; i++) {
        const struct pprof_location *loc = &p->locations[p->sample_locs[i]];
        key = loc->line_count ? key : mix_name(key, "?", 1);
        for (uint32_t k = 0; k < loc->line_count; k++) {
            const struct pprof_line *line = &p->lines[loc->line_begin + k];
            if (line->function != PPROF_NONE) {
                const struct pprof_string *name =
                    &p->strings[p->functions[line->function].system_name];
                key = mix_name(key, name->ptr, strlen(name->ptr));
            }
        }
    }
    return key;
}

static int prepare_lookup(struct pp_hunt *hunt, struct lookup *lookup, struct pprof_error *error)
{
    struct pprof_profile *p = hunt->stacks;
    struct pp_symbolize_options options = { 0 };
    lookup->profile = p;
    if (!p) {
        return 0;
    }
    lookup->keys = pp_arena_array(&hunt->arena, p->sample_count + 1, sizeof(*lookup->keys));
    if (!lookup->keys) {
        return no_memory(error);
    }
    for (size_t i = 0; i < p->sample_count; i++) {
        lookup->keys[i] = sample_key(p, i);
    }
    int result = pp_locate_binaries(p, NULL, NULL, NULL, hunt, error);
    return result ? result : pp_symbolize_profile(p, &options, say, hunt, error);
}

/* Without a sample: the dump's own names, and its places where they are lines. */
static bool own_frames(struct pp_arena *arena, const struct waiter *waiter,
                       struct pp_waiters *group)
{
    struct pp_frame_text *frames = pp_arena_array(arena, waiter->count + 1, sizeof(*frames));
    for (size_t i = 0; frames && i < waiter->count; i++) {
        const char *place = waiter->places[i], *colon = strrchr(place, ':');
        const char *slash = strrchr(place, '/');
        size_t len = colon ? (size_t)(colon - place) : strlen(place);
        char *file = pp_arena_strndup(arena, place, len);
        if (!file) {
            return false;
        }
        frames[i] = (struct pp_frame_text){ .function = waiter->names[i],
                                            .file = "",
                                            .module = slash ? file + (slash + 1 - place) : file,
                                            .line = colon ? atol(colon + 1) : 0 };
        frames[i].is_program = strncmp(frames[i].module, "libc.so", 7) != 0 &&
                               strncmp(frames[i].module, "libpprof.so", 11) != 0;
        frames[i].file = frames[i].line ? file : "";
    }
    group->frames = frames;
    group->frame_count = waiter->count;
    return frames != NULL;
}

static bool find_frames(struct pp_hunt *hunt, const struct lookup *lookup,
                        const struct waiter *waiter, struct pp_waiters *group)
{
    for (size_t i = 0; lookup->profile && waiter->count && i < lookup->profile->sample_count; i++) {
        if (lookup->keys[i] == waiter->key) {
            group->frames = pp_sample_frames(&hunt->arena, lookup->profile, i, &group->frame_count);
            return group->frames != NULL;
        }
    }
    return own_frames(&hunt->arena, waiter, group);
}

/* ---- groups ---------------------------------------------------------------------------------- */

struct groups {
    struct pp_waiters *items;
    uint64_t *keys;
    size_t count, cap, key_cap;
};

static bool make_group(struct pp_hunt *hunt, const struct lookup *lookup,
                       const struct waiter *waiter, struct groups *groups)
{
    if (pp_arena_reserve(&hunt->arena, &groups->items, &groups->cap, groups->count,
                         sizeof(*groups->items)) != 0 ||
        pp_arena_reserve(&hunt->arena, &groups->keys, &groups->key_cap, groups->count,
                         sizeof(*groups->keys)) != 0) {
        return false;
    }
    struct pp_waiters *group = &groups->items[groups->count];
    *group = (struct pp_waiters){ .reason = waiter->reason,
                                  .longest_s = waiter->waited_s,
                                  .count = 1,
                                  .example = waiter->id,
                                  .created_by = waiter->created_by };
    groups->keys[groups->count++] = waiter->key;
    if (!find_frames(hunt, lookup, waiter, group)) {
        return false;
    }
    while (group->head + 1 < group->frame_count && !group->frames[group->head].is_program) {
        group->head++;
    }
    if (group->frame_count && !group->frames[group->head].is_program) {
        group->head = 0;
    }
    return true;
}

static bool add_waiter(struct pp_hunt *hunt, const struct lookup *lookup,
                       const struct waiter *waiter, struct groups *groups)
{
    for (size_t i = 0; i < groups->count; i++) {
        struct pp_waiters *group = &groups->items[i];
        if (groups->keys[i] == waiter->key && strcmp(group->reason, waiter->reason) == 0) {
            group->count++;
            if (waiter->waited_s > group->longest_s) {
                group->longest_s = waiter->waited_s;
                group->example = waiter->id;
            }
            return true;
        }
    }
    return make_group(hunt, lookup, waiter, groups);
}

static int longest_first(const void *a, const void *b)
{
    const struct pp_waiters *x = a, *y = b;
    if (x->longest_s != y->longest_s) {
        return x->longest_s < y->longest_s ? 1 : -1;
    }
    return (x->count < y->count) - (x->count > y->count);
}

const char *pp_hunt_deadlock(const char **at, size_t *len)
{
    while (*at && **at) {
        const char *line = *at;
        size_t length = strcspn(line, "\n");
        *at = line + length + (line[length] == '\n');
        if (strncmp(line, "# deadlock: ", 12) == 0 || strncmp(line, "# never unlocked: ", 18) == 0) {
            *len = length - 2;
            return line + 2;
        }
    }
    return NULL;
}

int pp_hunt_waiters(struct pp_hunt *hunt, struct pp_waiters **out, size_t *count,
                    struct pprof_error *error)
{
    struct groups groups = { 0 };
    struct lookup lookup = { 0 };
    const char *at = hunt->dump;
    *out = NULL;
    *count = 0;
    if (!at) {
        return 0;
    }
    struct waiter *waiter = pp_arena_alloc(&hunt->arena, sizeof(*waiter));
    int result = waiter ? prepare_lookup(hunt, &lookup, error) : no_memory(error);
    while (!result && next_waiter(&hunt->arena, &at, waiter)) {
        result = add_waiter(hunt, &lookup, waiter, &groups) ? 0 : no_memory(error);
    }
    if (groups.count) {
        qsort(groups.items, groups.count, sizeof(*groups.items), longest_first);
    }
    *out = groups.items;
    *count = groups.count;
    return result;
}
