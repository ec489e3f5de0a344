/* The flame graph's data: two trees (callees, callers of a pivot) in columns. */
#include "tool/web/room.h"

#include "base/err.h"
#include "tool/report/flame.h"

#include <stdlib.h>
#include <string.h>

enum { NODES = 20000, PATH_MAX_FRAMES = 512 };

static void adjust(struct pp_config *config)
{
    config->call_tree = true;
    config->trim = false;
    if (!*config->granularity) {
        config->granularity = "filefunctions";
    }
}

/* "3.17.5": frame numbers from the root. */
static size_t read_path(const char *text, uint32_t *path)
{
    size_t count = 0;
    while (*text && count < PATH_MAX_FRAMES) {
        char *end;
        path[count++] = (uint32_t)strtoul(text, &end, 10);
        if (end == text) {
            return count - 1;
        }
        text = end + (*end == '.');
    }
    return count;
}

/* --- frames: only those that a node uses, numbered anew --------------------------------------- */

struct columns {
    struct pp_json *j;
    struct pp_flame *flame;
    uint32_t *number_of; /* by frame: + 1 */
    uint32_t *used;
    size_t count;
};

static void collect(struct columns *c, const struct pp_flame_tree *tree)
{
    for (size_t i = 1; i < tree->count; i++) {
        uint32_t frame = tree->nodes[i].frame;
        if (!c->number_of[frame]) {
            c->used[c->count++] = frame;
            c->number_of[frame] = (uint32_t)c->count;
        }
    }
}

static void put_frames(struct columns *c)
{
    const struct pp_frames *f = &c->flame->frames;
    struct pp_json *j = c->j;
    pp_json_key(j, "frames");
    pp_json_open(j, '[');
    for (size_t i = 0; i < c->count; i++) {
        const struct pp_frame_info *info = &f->infos[c->used[i]];
        pp_json_open(j, '[');
        pp_json_int(j, c->used[i]);
        pp_json_text_n(j, f->texts.items[info->name].ptr, f->texts.items[info->name].len);
        pp_json_text_n(j, f->texts.items[info->file].ptr, f->texts.items[info->file].len);
        pp_json_int(j, info->line);
        if (info->address) {
            pp_json_text(j, pp_frame_name(&c->flame->frames, c->used[i]));
        }
        pp_json_close(j, ']');
    }
    pp_json_close(j, ']');
}

/* --- nodes ------------------------------------------------------------------------------------ */

static int64_t column_value(const struct columns *c, const struct pp_flame_node *n, int column)
{
    switch (column) {
    case 0:
        return n->parent;
    case 1:
        return (int64_t)c->number_of[n->frame] - 1;
    case 2:
        return n->plus;
    case 3:
        return n->minus;
    case 4:
        return n->self_plus;
    case 5:
        return n->self_minus;
    default:
        return n->is_inlined;
    }
}

static void put_column(struct columns *c, const struct pp_flame_tree *tree, const char *name,
                       int column)
{
    pp_json_key(c->j, name);
    pp_json_open(c->j, '[');
    for (size_t i = 0; i < tree->count; i++) {
        pp_json_int(c->j, i || column != 1 ? column_value(c, &tree->nodes[i], column) : -1);
    }
    pp_json_close(c->j, ']');
}

static void put_tree(struct columns *c, const char *key, const struct pp_flame_tree *tree)
{
    static const char *const names[] = { "parent", "frame",     "plus",   "minus",
                                         "self",   "selfMinus", "inlined" };
    bool is_difference = tree->count && tree->nodes[0].minus > 0;
    pp_json_key(c->j, key);
    pp_json_open(c->j, '{');
    for (int i = 0; i < (int)(sizeof(names) / sizeof(names[0])); i++) {
        if (is_difference || (i != 3 && i != 5)) {
            put_column(c, tree, names[i], i);
        }
    }
    pp_json_put_int(c->j, "leftOut", (int64_t)tree->left_out);
    pp_json_close(c->j, '}');
}

static int fill(struct pp_web_ask *call, struct pp_report *report, struct pprof_error *error)
{
    struct pp_flame flame;
    uint32_t path[PATH_MAX_FRAMES];
    struct pp_flame_options options = {
        .pivot = pp_web_param(call, "p"),
        .path = path,
        .path_count = read_path(pp_web_param(call, "z"), path),
        .by_time = !strcmp(pp_web_param(call, "order"), "time"),
        .node_cap = NODES,
    };
    int r = pp_flame_build(report, &options, &flame, error);
    if (r) {
        return r;
    }
    struct pp_arena *arena = &report->arena;
    struct columns c = { .j = &call->json, .flame = &flame };
    c.number_of = pp_arena_array(arena, flame.frames.count + 1, sizeof(*c.number_of));
    c.used = pp_arena_array(arena, flame.frames.count + 1, sizeof(*c.used));
    if (!c.number_of || !c.used) {
        return PPROF_ERR_NOMEM;
    }
    collect(&c, &flame.down);
    collect(&c, &flame.up);
    pp_json_open(c.j, '{');
    put_frames(&c);
    put_tree(&c, "down", &flame.down);
    if (flame.up.count) {
        put_tree(&c, "up", &flame.up);
    }
    pp_json_put_bool(c.j, "times", flame.has_times);
    pp_json_close(c.j, '}');
    return 0;
}

int pp_web_flame(struct pp_web_ask *call, struct pprof_error *error)
{
    static const struct pp_web_report how = { PP_FORMAT_FOLDED, false, adjust, fill };
    return pp_web_report(call, &how, error);
}
