#include "runtime/serve/maps.h"

#include "base/sys.h"
#include "pprof/profile.h"
#include "runtime/unwind/module.h"

#include <string.h>
#include <unistd.h>

char *pp_proc_read(struct pp_arena *arena, const char *path, size_t *len)
{
    *len = 0;
    for (size_t cap = 64 << 10; cap <= 64 << 20; cap *= 4) {
        char *text = pp_arena_alloc(arena, cap);
        ssize_t got = text ? pp_sys_read_file(path, text, cap) : -1;
        if (got < 0) {
            return NULL;
        }
        if ((size_t)got + 1 < cap) {
            *len = (size_t)got;
            return text;
        }
    }
    return NULL;
}

static const char *take_hex(const char *at, uint64_t *value)
{
    *value = 0;
    for (;; at++) {
        char c = *at;
        if (c >= '0' && c <= '9') {
            *value = *value * 16 + (uint64_t)(c - '0');
        } else if (c >= 'a' && c <= 'f') {
            *value = *value * 16 + (uint64_t)(c - 'a' + 10);
        } else {
            return at;
        }
    }
}

static const char *skip_word(const char *at)
{
    at += strcspn(at, " ");
    return at + strspn(at, " ");
}

static void cut_suffix(char *text, const char *suffix)
{
    size_t len = strlen(text);
    size_t cut = strlen(suffix);
    if (len >= cut && strcmp(text + len - cut, suffix) == 0) {
        text[len - cut] = '\0';
    }
}

static const char *build_id_of(const struct pp_map *map)
{
    const struct pp_module *module = pp_module_find_sig((uintptr_t)map->start);
    if (!module) {
        module = pp_module_find_sig((uintptr_t)map->limit - 1);
    }
    return module ? module->build_id : "";
}

/* "start-limit perms offset dev inode   file": false when it is no named executable mapping. */
static bool parse_line(char *line, struct pp_map *map)
{
    const char *at = take_hex(line, &map->start);
    if (*at != '-') {
        return false;
    }
    at = take_hex(at + 1, &map->limit);
    at = skip_word(at);
    if (at[0] == '\0' || at[2] != 'x') {
        return false;
    }
    at = skip_word(at);
    take_hex(at, &map->offset);
    at = skip_word(skip_word(at));
    const char *inode = at;
    char *file = line + (skip_word(at) - line);
    cut_suffix(file, " (deleted)");
    if (!*file && inode[0] == '0' && (inode[1] == ' ' || !inode[1])) {
        return false;
    }
    map->file = file;
    map->build_id = build_id_of(map);
    map->mapping = PPROF_NONE;
    return true;
}

static void find_program(struct pp_maps *maps)
{
    char path[4096];
    maps->program = maps->count;
    ssize_t len = readlink(PP_SYS_OWN("exe"), path, sizeof(path) - 1);
    if (len < 0) {
        return;
    }
    path[len] = '\0';
    cut_suffix(path, " (deleted)");
    for (size_t i = maps->count; i-- > 0;) {
        if (strcmp(maps->items[i].file, path) == 0) {
            maps->program = i;
        }
    }
}

void pp_maps_read(struct pp_arena *arena, struct pp_maps *maps)
{
    size_t len, cap = 0;
    *maps = (struct pp_maps){ .items = NULL };
    char *at = pp_proc_read(arena, PP_SYS_OWN("maps"), &len);
    while (at && *at) {
        char *end = at + strcspn(at, "\n");
        char *next = end + (*end == '\n');
        *end = '\0';
        struct pp_map map;
        if (parse_line(at, &map)) {
            if (pp_arena_reserve(arena, &maps->items, &cap, maps->count, sizeof(map)) != 0) {
                break;
            }
            maps->items[maps->count++] = map;
        }
        at = next;
    }
    find_program(maps);
}

struct pp_map *pp_maps_find(const struct pp_maps *maps, uint64_t address)
{
    size_t low = 0, high = maps->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (maps->items[middle].limit <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < maps->count && maps->items[low].start <= address ? &maps->items[low] : NULL;
}
