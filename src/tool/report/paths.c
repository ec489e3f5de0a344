#include "tool/report/paths.h"

#include <stdbool.h>
#include <string.h>

struct cleaner {
    char *out;
    size_t len;
    size_t floor; /* ".." cannot go back beyond this */
    bool rooted;
};

static void back_up(struct cleaner *c)
{
    if (c->len > c->floor) {
        c->len--;
        while (c->len > c->floor && c->out[c->len] != '/') {
            c->len--;
        }
    } else if (!c->rooted) {
        if (c->len > 0) {
            c->out[c->len++] = '/';
        }
        memcpy(c->out + c->len, "..", 2);
        c->len += 2;
        c->floor = c->len;
    }
}

static void add_element(struct cleaner *c, const char *element, size_t len)
{
    if (len == 0 || (len == 1 && element[0] == '.')) {
        return;
    }
    if (len == 2 && element[0] == '.' && element[1] == '.') {
        back_up(c);
        return;
    }
    if (c->len != (c->rooted ? 1 : 0)) {
        c->out[c->len++] = '/';
    }
    memcpy(c->out + c->len, element, len);
    c->len += len;
}

const char *pp_path_clean(struct pp_arena *arena, const char *path)
{
    struct cleaner c = { .rooted = path[0] == '/' };
    c.out = pp_arena_alloc(arena, strlen(path) + 3);
    if (!c.out) {
        return NULL;
    }
    if (c.rooted) {
        c.out[c.len++] = '/';
        c.floor = 1;
    }
    while (*path) {
        size_t len = strcspn(path, "/");
        add_element(&c, path, len);
        path += len + (path[len] == '/');
    }
    if (c.len == 0) {
        c.out[c.len++] = '.';
    }
    c.out[c.len] = '\0';
    return c.out;
}

const char *pp_path_base(struct pp_arena *arena, const char *path)
{
    size_t len = strlen(path);
    if (len == 0) {
        return ".";
    }
    size_t end = len;
    while (end > 0 && path[end - 1] == '/') {
        end--;
    }
    if (end == 0) {
        return "/";
    }
    size_t start = end;
    while (start > 0 && path[start - 1] != '/') {
        start--;
    }
    const char *copy =
        end == len ? path + start : pp_arena_strndup(arena, path + start, end - start);
    return copy ? copy : path;
}

/* The path behind "/NAME/" where NAME is the last part of the directory; NULL when not in it. */
static const char *behind_directory(struct pp_arena *arena, const char *path, const char *directory)
{
    const char *base = pp_path_base(arena, directory);
    size_t len = strlen(base);
    for (const char *p = strchr(path, '/'); p; p = strchr(p + 1, '/')) {
        if (!strncmp(p + 1, base, len) && p[1 + len] == '/') {
            return p + len + 2;
        }
    }
    return NULL;
}

/* Go's list of directories: pieces between colons, none for "". */
static const char *next_directory(struct pp_arena *arena, const char **list)
{
    if (!*list || !**list) {
        return NULL;
    }
    size_t len = strcspn(*list, ":");
    const char *piece = pp_arena_strndup(arena, *list, len);
    *list = (*list)[len] ? *list + len + 1 : NULL;
    return piece;
}

/* The path without the prefix, which may lack its final slash; NULL when it does not fit. */
static const char *without_prefix(const char *path, const char *prefix)
{
    size_t len = strlen(prefix);
    bool slash = len && prefix[len - 1] == '/';
    if (strncmp(path, prefix, len) != 0 || (!slash && path[len] != '/')) {
        return NULL;
    }
    return path + len + (slash ? 0 : 1);
}

const char *pp_path_trim(struct pp_arena *arena, const char *path, const char *trim_path,
                         const char *source_path)
{
    const char *directory, *rest;
    if (!*trim_path) {
        while ((directory = next_directory(arena, &source_path))) {
            if ((rest = behind_directory(arena, path, directory))) {
                return rest;
            }
        }
    }
    while ((directory = next_directory(arena, &trim_path))) {
        if ((rest = without_prefix(path, directory))) {
            return rest;
        }
    }
    rest = without_prefix(path, "/proc/self/cwd/./");
    rest = rest ? rest : without_prefix(path, "/proc/self/cwd/");
    return rest ? rest : path;
}
