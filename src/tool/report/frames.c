#include "tool/report/frames.h"

#include "base/buf.h"
#include "tool/report/paths.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct resolver {
    struct pp_frames *frames;
    const struct pp_view *view;
    const struct pp_frame_options *options;
    uint32_t *names, *files; /* by function; UINT32_MAX: not yet looked at */
    uint32_t *objfiles;      /* by mapping */
};

static uint32_t intern(struct resolver *r, uint32_t string)
{
    const struct pprof_string *s = &r->view->p.strings[string];
    return string ? pp_table_intern(&r->frames->texts, s->ptr, s->len, true) : 0;
}

static uint32_t intern_file(struct resolver *r, uint32_t string)
{
    const char *path = pp_view_text(r->view, string);
    if (r->options->trim_paths) {
        path = pp_path_trim(r->frames->arena, path, r->options->trim_path,
                            r->options->source_path);
    }
    if (!*path) {
        return 0;
    }
    path = pp_path_clean(r->frames->arena, path);
    return path ? pp_table_intern(&r->frames->texts, path, strlen(path), true) : UINT32_MAX;
}

static void look_at_function(struct resolver *r, uint32_t function)
{
    if (r->names[function] == UINT32_MAX) {
        const struct pprof_function *f = &r->view->p.functions[function];
        r->names[function] = intern(r, f->name);
        r->files[function] = intern_file(r, f->filename);
    }
}

static struct pp_frame_info describe(struct resolver *r, const struct pprof_location *l,
                                     const struct pprof_line *line)
{
    struct pp_frame_info info = { .address = l->address };
    uint32_t objfile = l->mapping == PPROF_NONE ? 0 : r->objfiles[l->mapping];
    if (!line || line->function == PPROF_NONE) {
        info.objfile = objfile;
        return info;
    }
    look_at_function(r, line->function);
    info.line = line->line;
    info.column = line->column;
    info.name = r->names[line->function];
    info.file = r->files[line->function];
    if (r->options->keep_objfile || !info.name) {
        info.objfile = objfile;
        info.start_line = r->view->p.functions[line->function].start_line;
    }
    return info;
}

static bool same_info(const struct pp_frame_info *a, const struct pp_frame_info *b)
{
    return a->name == b->name && a->file == b->file && a->objfile == b->objfile &&
           a->address == b->address && a->line == b->line && a->column == b->column &&
           a->start_line == b->start_line;
}

static uint64_t hash_info(const struct pp_frame_info *i)
{
    uint64_t h = pp_hash_key((uint64_t)i->name << 32 | i->file);
    h = pp_hash_key(h ^ i->address);
    h = pp_hash_key(h ^ (uint64_t)i->line);
    h = pp_hash_key(h ^ (uint64_t)i->column);
    h = pp_hash_key(h ^ (uint64_t)i->start_line);
    return pp_hash_key(h ^ i->objfile);
}

static void insert_slot(struct pp_frames *f, uint32_t id)
{
    size_t at = hash_info(&f->infos[id]) & (f->slot_count - 1);
    while (f->slots[at]) {
        at = (at + 1) & (f->slot_count - 1);
    }
    f->slots[at] = id + 1;
}

static int grow_slots(struct pp_frames *f)
{
    size_t count = f->slot_count ? f->slot_count * 2 : 1024;
    uint32_t *slots = pp_arena_array(f->arena, count, sizeof(*slots));
    if (!slots) {
        return PPROF_ERR_NOMEM;
    }
    f->slots = slots;
    f->slot_count = count;
    for (size_t i = 0; i < f->count; i++) {
        insert_slot(f, (uint32_t)i);
    }
    return 0;
}

/* The number of an equal frame, or a new one; UINT32_MAX without memory. */
static uint32_t number_of(struct pp_frames *f, const struct pp_frame_info *info)
{
    if (f->count * 2 >= f->slot_count && grow_slots(f)) {
        return UINT32_MAX;
    }
    size_t at = hash_info(info) & (f->slot_count - 1);
    for (; f->slots[at]; at = (at + 1) & (f->slot_count - 1)) {
        if (same_info(&f->infos[f->slots[at] - 1], info)) {
            return f->slots[at] - 1;
        }
    }
    if (pp_arena_reserve(f->arena, &f->infos, &f->cap, f->count, sizeof(*f->infos))) {
        return UINT32_MAX;
    }
    f->infos[f->count] = *info;
    f->slots[at] = (uint32_t)++f->count;
    return (uint32_t)f->count - 1;
}

static int resolve_locations(struct resolver *r)
{
    const struct pprof_profile *p = &r->view->p;
    struct pp_frames *f = r->frames;
    uint32_t at = 0;
    for (size_t i = 0; i < p->location_count; i++) {
        const struct pprof_location *l = &p->locations[i];
        uint32_t lines = l->line_count ? l->line_count : 1;
        f->first[i] = at;
        f->any_inlined |= lines > 1;
        for (uint32_t k = 0; k < lines; k++) {
            struct pp_frame_info info =
                describe(r, l, l->line_count ? &p->lines[l->line_begin + k] : NULL);
            if ((f->ids[at++] = number_of(f, &info)) == UINT32_MAX) {
                return PPROF_ERR_NOMEM;
            }
        }
    }
    f->first[p->location_count] = at;
    return 0;
}

int pp_frames_resolve(struct pp_frames *frames, const struct pp_view *view,
                      const struct pp_frame_options *options)
{
    const struct pprof_profile *p = &view->p;
    struct pp_arena *arena = view->arena;
    *frames = (struct pp_frames){ .arena = arena };
    struct resolver r = { .frames = frames, .view = view, .options = options };
    r.names = pp_arena_array(arena, p->function_count, sizeof(uint32_t));
    r.files = pp_arena_array(arena, p->function_count, sizeof(uint32_t));
    r.objfiles = pp_arena_array(arena, p->mapping_count, sizeof(uint32_t));
    frames->first = pp_arena_array(arena, p->location_count + 1, sizeof(uint32_t));
    frames->ids = pp_arena_array(arena, p->line_count + p->location_count, sizeof(uint32_t));
    if (!r.names || !r.files || !r.objfiles || !frames->first || !frames->ids ||
        pp_table_init(&frames->texts, arena)) {
        return PPROF_ERR_NOMEM;
    }
    memset(r.names, 0xff, p->function_count * sizeof(uint32_t));
    for (size_t i = 0; i < p->mapping_count; i++) {
        r.objfiles[i] = intern(&r, p->mappings[i].filename);
    }
    if (resolve_locations(&r)) {
        return PPROF_ERR_NOMEM;
    }
    frames->printable = pp_arena_array(arena, frames->count, sizeof(char *));
    return frames->printable ? 0 : PPROF_ERR_NOMEM;
}

static void join(struct pp_buf *buf, const char *separator, const char *text)
{
    pp_buf_str(buf, buf->len ? separator : "");
    pp_buf_str(buf, text);
}

const char *pp_frame_join(struct pp_frames *frames, uint32_t info, const char *separator,
                          const char *name, const char *file)
{
    const struct pp_frame_info *i = &frames->infos[info];
    struct pp_buf buf;
    pp_buf_init(&buf, frames->arena);
    name = name ? name : pp_frame_text(frames, i->name);
    file = file ? file : pp_frame_text(frames, i->file);
    if (i->address) {
        pp_buf_printf(&buf, "%016" PRIx64, i->address);
    }
    if (*name) {
        join(&buf, separator, name);
    }
    if (i->line) {
        join(&buf, separator, file);
        pp_buf_printf(&buf, ":%" PRId64, i->line);
        if (i->column) {
            pp_buf_printf(&buf, ":%" PRId64, i->column);
        }
    } else if (*file) {
        join(&buf, separator, file);
    } else if (!*name && i->objfile) {
        join(&buf, separator, "[");
        pp_buf_str(&buf, pp_path_base(frames->arena, pp_frame_text(frames, i->objfile)));
        pp_buf_char(&buf, ']');
    } else if (!*name) {
        join(&buf, separator, "<unknown>");
    }
    return buf.err || !buf.data ? "" : buf.data;
}

const char *pp_frame_name(struct pp_frames *frames, uint32_t info)
{
    if (!frames->printable[info]) {
        const struct pp_frame_info *i = &frames->infos[info];
        bool plain = i->name && !i->address && !i->line && !i->file;
        frames->printable[info] = plain ? pp_frame_text(frames, i->name)
                                        : pp_frame_join(frames, info, " ", NULL, NULL);
    }
    return frames->printable[info];
}
