#include "tool/report/source.h"

#include "base/buf.h"
#include "base/err.h"
#include "tool/report/paths.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
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
        if (r) {
            const char *why = strerror(-r);
            return pp_err_set(error, PPROF_ERR_NOTFOUND, "open %s: %c%s", path,
                              tolower((unsigned char)why[0]), why + 1);
        }
    } else if (open_along(source, arena, path, search_path)) {
        return pp_err_set(error, PPROF_ERR_NOTFOUND, "could not find file %s on path %s", path,
                          search_path);
    }
    return index_lines(source, arena);
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
