/* Instructions below the lines of their frames of interest. */
#include "tool/report/weblist_build.h"

#include "base/err.h"
#include "tool/report/paths.h"

#include <string.h>

enum { LINES_MAX = 1 << 30 /* line numbers beyond it are noise */ };

/* A copy that outlives the binaries; equal texts have equal pointers. */
static const char *intern(struct pp_web_builder *b, const char *text)
{
    uint32_t id = text ? pp_table_intern(&b->texts, text, strlen(text), false) : UINT32_MAX;
    if (id == UINT32_MAX) {
        b->err = PPROF_ERR_NOMEM;
        return "";
    }
    return b->texts.items[id].ptr;
}

const char *pp_web_intern_file(struct pp_web_builder *b, const char *file)
{
    file += strncmp(file, "/proc/self/cwd/", 15) == 0 ? 15 : 0;
    return *file ? intern(b, pp_path_clean(b->arena, file)) : "";
}

int64_t pp_web_checked_line(int64_t line)
{
    return line > 0 && line < LINES_MAX ? line : 0;
}

static bool is_interesting(struct pp_web_builder *b, const char *name)
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
static const struct pp_web_call *calls_below(struct pp_web_builder *b,
                                             const struct pp_frame *frames, size_t at)
{
    struct pp_web_call *calls = pp_arena_array(b->arena, at, sizeof(*calls));
    for (size_t i = 0; calls && i < at; i++) {
        calls[i].file = pp_web_intern_file(b, frames[at - 1 - i].file);
        calls[i].line = pp_web_checked_line(frames[at - 1 - i].line);
    }
    b->err = calls ? b->err : PPROF_ERR_NOMEM;
    return calls;
}

/* Puts an instruction below the line of each of its frames that is of interest. */
void pp_web_add_entries(struct pp_web_builder *b, const struct pp_frame *frames, size_t count,
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
        made->file = pp_web_intern_file(b, frames[i].file);
        made->line = pp_web_checked_line(frames[i].line);
        made->function = intern(b, frames[i].name);
        made->instruction.calls = calls_below(b, frames, i);
        made->instruction.call_count = i;
    }
}

size_t pp_web_frames_of_location(const struct pp_web_builder *b, const struct pprof_location *l,
                                 struct pp_frame *frames)
{
    size_t n = 0;
    for (uint32_t k = 0; k < l->line_count && n < PP_WEB_PROFILE_FRAMES; k++) {
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

void pp_web_add_synthetic(struct pp_web_builder *b, const struct pp_web_place *place)
{
    struct pp_frame frames[PP_WEB_PROFILE_FRAMES];
    size_t n = pp_web_frames_of_location(b, &b->p->locations[place->location], frames);
    struct pp_web_entry entry = {
        .address = place->address,
        .next_address = place->address + 1,
        .instruction = { .address = place->address,
                         .text = "",
                         .flat = place->flat,
                         .cum = place->cum,
                         .file = n ? pp_web_intern_file(b, frames[0].file) : "",
                         .line = n ? pp_web_checked_line(frames[0].line) : 0 },
    };
    pp_web_add_entries(b, frames, n, &entry);
}
