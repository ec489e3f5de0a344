#include "tool/report/source.h"

#include "base/buf.h"
#include "base/err.h"
#include "tool/report/paths.h"
#include "tool/symbolize/debuginfod.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int index_lines(struct pp_source *s, struct pp_arena *arena)
{
    const char *data = (const char *)s->file.data, *end = data + s->file.size;
    size_t count = 0;
    for (const char *p = data; p && p < end; count++) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        p = newline ? newline + 1 : end;
    }
    s->starts = pp_arena_array(arena, count + 1, sizeof(*s->starts));
    if (!s->starts) {
        return PPROF_ERR_NOMEM;
    }
    for (const char *p = data; p && p < end;) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        s->starts[s->line_count++] = p;
        p = newline ? newline + 1 : end;
    }
    s->starts[s->line_count] = end;
    return 0;
}

/* The directory above, in place; false at the top. */
static bool go_up(char *dir)
{
    char *slash = strrchr(dir, '/');
    if (!slash || !strcmp(dir, "/")) {
        return !slash && strcmp(dir, ".") != 0 ? (strcpy(dir, "."), true) : false;
    }
    slash[slash == dir ? 1 : 0] = '\0';
    return true;
}

/* Tries the file in a directory and all directories above it. */
static int open_upwards(struct pp_source *s, struct pp_arena *arena, const char *dir,
                        const char *path)
{
    const char *clean = pp_path_clean(arena, dir);
    char *at = clean ? pp_arena_strndup(arena, clean, strlen(clean)) : NULL;
    if (!at) {
        return -ENOMEM;
    }
    do {
        struct pp_buf name;
        pp_buf_init(&name, arena);
        pp_buf_printf(&name, "%s/%s", at, path);
        const char *file = name.data ? pp_path_clean(arena, name.data) : NULL;
        if (file && pp_sys_file_map(file, &s->file) == 0) {
            return 0;
        }
    } while (go_up(at));
    return -ENOENT;
}

static int open_along(struct pp_source *s, struct pp_arena *arena, const char *path,
                      const char *search_path)
{
    while (*search_path) {
        size_t len = strcspn(search_path, ":");
        const char *dir = pp_arena_strndup(arena, search_path, len);
        if (dir && open_upwards(s, arena, dir, path) == 0) {
            return 0;
        }
        search_path += len + (search_path[len] == ':');
    }
    return -ENOENT;
}

int pp_source_open(struct pp_source *source, struct pp_arena *arena, const char *path,
                   const char *search_path, const char *trim_path, struct pprof_error *error)
{
    *source = (struct pp_source){ .line_count = 0 };
    path = pp_path_trim(arena, path, trim_path, search_path);
    if (path[0] == '/') {
        int r = pp_sys_file_map(path, &source->file);
        if (r && r != -EISDIR) { /* a directory has no lines, and is no mistake */
            return pp_err_lower(error, PPROF_ERR_NOTFOUND, -r, "open %s", path);
        }
    } else if (open_along(source, arena, path, search_path)) {
        return pp_err_set(error, PPROF_ERR_NOTFOUND, "could not find file %s on path %s", path,
                          search_path);
    }
    return index_lines(source, arena);
}

/* --- servers ---------------------------------------------------------------------------------- */

/* Whether a function's file is the one, the front of which may have been trimmed away. */
static bool is_file(const struct pprof_profile *p, uint32_t function, const char *path)
{
    if (function == PPROF_NONE) {
        return false;
    }
    const struct pprof_string *name = &p->strings[p->functions[function].filename];
    size_t len = strlen(path);
    return name->len >= len && name->ptr[0] == '/' && !strcmp(name->ptr + name->len - len, path) &&
           (name->len == len || name->ptr[name->len - len - 1] == '/');
}

/* The file's whole name at a location that has code of it, or NULL. */
static const char *named_at(const struct pprof_profile *p, const struct pprof_location *l,
                            const char *path)
{
    for (uint32_t i = 0; i < l->line_count; i++) {
        uint32_t function = p->lines[l->line_begin + i].function;
        if (is_file(p, function, path)) {
            return p->strings[p->functions[function].filename].ptr;
        }
    }
    return NULL;
}

/* From the servers, once for each mapping that has code of it; NULL when none has it. */
static const char *fetch(const struct pprof_profile *p, struct pp_arena *arena, const char *path)
{
    bool *asked = pp_arena_array(arena, p->mapping_count + 1, sizeof(*asked));
    const char *found = NULL;
    for (size_t i = 0; asked && !found && i < p->location_count; i++) {
        const struct pprof_location *l = &p->locations[i];
        const char *name = l->mapping < p->mapping_count && !asked[l->mapping]
                               ? named_at(p, l, path)
                               : NULL;
        if (name) {
            asked[l->mapping] = true;
            found = pp_debuginfod_find(arena, p->strings[p->mappings[l->mapping].build_id].ptr,
                                       "source", name);
        }
    }
    return found;
}

int pp_source_find(struct pp_source *source, const struct pprof_profile *profile,
                   struct pp_arena *arena, const char *path, const char *search_path,
                   const char *trim_path, struct pprof_error *error)
{
    int r = pp_source_open(source, arena, path, search_path, trim_path, error);
    const char *servers = r ? getenv("DEBUGINFOD_URLS") : NULL;
    const char *kept = servers && *servers ? fetch(profile, arena, path) : NULL;
    if (kept && pp_sys_file_map(kept, &source->file) == 0) {
        r = index_lines(source, arena);
    }
    return r;
}

void pp_source_close(struct pp_source *source)
{
    pp_sys_file_unmap(&source->file);
    source->line_count = 0;
}

bool pp_source_line(const struct pp_source *source, int64_t number, const char **text, size_t *len)
{
    if (number < 1 || (uint64_t)number > source->line_count) {
        return false;
    }
    const char *start = source->starts[number - 1], *end = source->starts[number];
    if (end > start && end[-1] == '\n') {
        end--;
    }
    if (end > start && end[-1] == '\r') {
        end--;
    }
    *text = start;
    *len = (size_t)(end - start);
    return true;
}
