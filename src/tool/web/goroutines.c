/* Goroutines as a server lists them, grouped by what they wait for and where.
 *
 *   goroutine 412 [chan receive, 5 minutes]:
 *   main.worker(0x1, 0x2)
 *   \t/src/main.go:31 +0x1d
 *   created by main.main in goroutine 1
 *   \t/src/main.go:20 +0x3f
 *
 * Groups are keyed by the state and the lines below the head without arguments and offsets.
 */
#include "tool/web/room.h"

#include "base/err.h"
#include "base/table.h"

#include <stdlib.h>
#include <string.h>

enum { FRAMES_MAX = 128, GROUPS_MAX = 5000, IDS_MAX = 20 };

struct text {
    const char *ptr;
    size_t len;
};

struct frame {
    struct text name, place;
};

struct one {
    long id;
    struct text state;
    double waited_s; /* negative: not told */
    struct frame frames[FRAMES_MAX];
    size_t count;
    struct text created_by, created_at;
};

struct group {
    struct one first;
    size_t count;
    double longest_s;
    long ids[IDS_MAX];
};

struct groups {
    struct pp_arena *arena;
    struct pp_table keys;
    struct pp_buf key;
    struct group **items; /* by key - 1 */
    size_t count, cap, total, left_out;
};

/* --- one goroutine ---------------------------------------------------------------------------- */

static struct text next_line(const char **at)
{
    const char *end = strchrnul(*at, '\n');
    struct text line = { *at, (size_t)(end - *at) };
    *at = *end ? end + 1 : end;
    line.len -= line.len && line.ptr[line.len - 1] == '\r';
    return line;
}

static bool starts(struct text line, const char *with)
{
    size_t len = strlen(with);
    return line.len >= len && !memcmp(line.ptr, with, len);
}

/* "5 minutes" or "12.3 seconds"; negative when it is no time. */
static double seconds_of(const char *words)
{
    char *end;
    double number = strtod(words, &end);
    if (end == words) {
        return -1;
    }
    return !strncmp(end, " second", 7) ? number : !strncmp(end, " minute", 7) ? number * 60 : -1;
}

/* "goroutine 7 [select, 2 minutes, locked to thread]:" */
static bool read_head(struct text line, struct one *one)
{
    const char *open = memchr(line.ptr, '[', line.len);
    const char *close = open ? memchr(open, ']', (size_t)(line.ptr + line.len - open)) : NULL;
    if (!starts(line, "goroutine ") || !close) {
        return false;
    }
    size_t len = strcspn(open + 1, ",]");
    *one = (struct one){ .id = strtol(line.ptr + 10, NULL, 10), .state = { open + 1, len },
                         .waited_s = -1 };
    const char *at = open + 1 + len;
    for (; at < close && *at == ','; at += strcspn(at + 1, ",]") + 1) {
        double waited = seconds_of(at + 1);
        one->waited_s = waited >= 0 ? waited : one->waited_s;
    }
    return true;
}

/* Without arguments: cut at the last '(' that a ')' at the end belongs to. */
static struct text bare_name(struct text line)
{
    if (!line.len || line.ptr[line.len - 1] != ')') {
        return line;
    }
    int depth = 0;
    for (size_t i = line.len; i-- > 0;) {
        depth += line.ptr[i] == ')' ? 1 : line.ptr[i] == '(' ? -1 : 0;
        if (depth == 0) {
            return i ? (struct text){ line.ptr, i } : line;
        }
    }
    return line;
}

/* A place without its offset: "\t/src/main.go:31 +0x1d". */
static struct text bare_place(struct text line)
{
    line.ptr++;
    line.len--;
    const char *offset = memmem(line.ptr, line.len, " +0x", 4);
    return offset ? (struct text){ line.ptr, (size_t)(offset - line.ptr) } : line;
}

static void take_line(struct one *one, struct text line)
{
    if (starts(line, "created by ")) {
        line.ptr += 11;
        line.len -= 11;
        const char *in = memmem(line.ptr, line.len, " in goroutine ", 14);
        one->created_by = in ? (struct text){ line.ptr, (size_t)(in - line.ptr) } : line;
    } else if (starts(line, "\t") && one->created_by.len) {
        one->created_at = bare_place(line);
    } else if (starts(line, "\t") && one->count) {
        one->frames[one->count - 1].place = bare_place(line);
    } else if (line.len && one->count < FRAMES_MAX && !starts(line, "...")) {
        one->frames[one->count++] = (struct frame){ .name = bare_name(line) };
    }
}

static bool next_one(const char **at, struct one *one)
{
    bool found = false;
    while (**at && !found) {
        found = read_head(next_line(at), one);
    }
    while (found && **at) {
        const char *before = *at;
        struct text line = next_line(at);
        if (!line.len) {
            break;
        }
        if (starts(line, "goroutine ") && line.ptr[line.len - 1] == ':') {
            *at = before;
            break;
        }
        take_line(one, line);
    }
    return found;
}

/* --- groups ----------------------------------------------------------------------------------- */

static void add_key(struct pp_buf *key, struct text part)
{
    pp_buf_append(key, part.ptr ? part.ptr : "", part.len);
    pp_buf_char(key, '\n');
}

static int add_one(struct groups *g, const struct one *one)
{
    pp_buf_reset(&g->key);
    add_key(&g->key, one->state);
    for (size_t i = 0; i < one->count; i++) {
        add_key(&g->key, one->frames[i].name);
        add_key(&g->key, one->frames[i].place);
    }
    add_key(&g->key, one->created_by);
    g->total++;
    uint32_t known = pp_table_find(&g->keys, g->key.data, g->key.len);
    if (known == UINT32_MAX && g->count >= GROUPS_MAX) {
        g->left_out++;
        return 0;
    }
    uint32_t index = pp_table_intern(&g->keys, g->key.data, g->key.len, false);
    if (index == UINT32_MAX || g->key.err) {
        return PPROF_ERR_NOMEM;
    }
    if (known == UINT32_MAX) {
        struct group *made = pp_arena_alloc(g->arena, sizeof(*made));
        if (!made || pp_arena_reserve(g->arena, &g->items, &g->cap, g->count, sizeof(made))) {
            return PPROF_ERR_NOMEM;
        }
        *made = (struct group){ .first = *one, .longest_s = -1 };
        g->items[g->count++] = made;
    }
    struct group *group = g->items[index - 1];
    if (group->count < IDS_MAX) {
        group->ids[group->count] = one->id;
    }
    group->count++;
    group->longest_s = one->waited_s > group->longest_s ? one->waited_s : group->longest_s;
    return 0;
}

static int most_first(const void *a, const void *b)
{
    const struct group *x = *(struct group *const *)a, *y = *(struct group *const *)b;
    if (x->count != y->count) {
        return x->count < y->count ? 1 : -1;
    }
    return (x->longest_s < y->longest_s) - (x->longest_s > y->longest_s);
}

static int group_dump(struct groups *g, const char *dump)
{
    struct one *one = pp_arena_alloc(g->arena, sizeof(*one));
    if (!one || pp_table_init(&g->keys, g->arena)) {
        return PPROF_ERR_NOMEM;
    }
    pp_buf_init(&g->key, g->arena);
    while (next_one(&dump, one)) {
        if (add_one(g, one)) {
            return PPROF_ERR_NOMEM;
        }
    }
    if (g->count) {
        qsort(g->items, g->count, sizeof(*g->items), most_first);
    }
    return 0;
}

/* --- JSON ------------------------------------------------------------------------------------- */

static void put(struct pp_json *j, const char *key, struct text text)
{
    pp_json_key(j, key);
    pp_json_text_n(j, text.ptr ? text.ptr : "", text.len);
}

static void put_group(struct pp_json *j, const struct group *group)
{
    pp_json_open(j, '{');
    put(j, "state", group->first.state);
    pp_json_put_int(j, "count", (int64_t)group->count);
    pp_json_key(j, "longest");
    pp_json_real(j, group->longest_s);
    put(j, "by", group->first.created_by);
    put(j, "byAt", group->first.created_at);
    pp_json_key(j, "ids");
    pp_json_open(j, '[');
    for (size_t i = 0; i < group->count && i < IDS_MAX; i++) {
        pp_json_int(j, group->ids[i]);
    }
    pp_json_close(j, ']');
    pp_json_key(j, "frames");
    pp_json_open(j, '[');
    for (size_t i = 0; i < group->first.count; i++) {
        const struct frame *f = &group->first.frames[i];
        pp_json_open(j, '[');
        pp_json_text_n(j, f->name.ptr, f->name.len);
        pp_json_text_n(j, f->place.ptr ? f->place.ptr : "", f->place.len);
        pp_json_close(j, ']');
    }
    pp_json_close(j, ']');
    pp_json_close(j, '}');
}

static int put_dump(struct pp_web_ask *call, const char *key, const char *dump)
{
    struct pp_json *j = &call->json;
    struct groups g = { .arena = call->request->arena };
    int r = group_dump(&g, dump);
    if (r) {
        return r;
    }
    pp_json_key(j, key);
    pp_json_open(j, '{');
    pp_json_put_int(j, "total", (int64_t)g.total);
    pp_json_put_int(j, "leftOut", (int64_t)g.left_out);
    pp_json_key(j, "groups");
    pp_json_open(j, '[');
    for (size_t i = 0; i < g.count; i++) {
        put_group(j, g.items[i]);
    }
    pp_json_close(j, ']');
    pp_json_close(j, '}');
    return 0;
}

/* The dump of a moment, copied, since the moment may go meanwhile. */
static const char *dump_of(struct pp_web_ask *call, unsigned number)
{
    struct pp_web *web = call->web;
    (void)pthread_mutex_lock(&web->guard);
    const struct pp_web_moment *m = pp_web_moment_of(web, number);
    const char *copy =
        m && m->dump ? pp_arena_strndup(call->request->arena, m->dump, m->dump_len) : NULL;
    (void)pthread_mutex_unlock(&web->guard);
    return copy;
}

int pp_web_goroutines(struct pp_web_ask *call, struct pprof_error *error)
{
    unsigned number = (unsigned)strtoul(pp_web_param(call, "m"), NULL, 10);
    unsigned base = (unsigned)strtoul(pp_web_param(call, "mb"), NULL, 10);
    const char *dump = dump_of(call, number);
    const char *before = base ? dump_of(call, base) : NULL;
    if (!dump || (base && !before)) {
        return pp_err_set(error, PPROF_ERR_NOTFOUND,
                          "there is no goroutine dump of this moment: the source is no dump file "
                          "and serves no goroutine?debug=2 page");
    }
    pp_json_open(&call->json, '{');
    int r = put_dump(call, "now", dump);
    r = r || !before ? r : put_dump(call, "before", before);
    pp_json_close(&call->json, '}');
    return r ? pp_err_set(error, r, "not enough memory for this dump") : 0;
}
