#include "tool/symbolize/binary.h"

#include "base/buf.h"
#include "base/err.h"
#include "tool/symbolize/debuginfod.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *pp_build_id_of(struct pp_arena *arena, const struct pp_elf *elf)
{
    unsigned char id[PP_BUILD_ID_MAX];
    char hex[2 * PP_BUILD_ID_MAX + 1];
    pp_build_id_hex(id, pp_elf_build_id(elf, id), hex);
    return pp_arena_strndup(arena, hex, strlen(hex));
}

static const char *join(struct pp_arena *arena, const char *format, const char *a, const char *b,
                        const char *c)
{
    struct pp_buf out;
    pp_buf_init(&out, arena);
    for (const char *p = format; *p; p++) {
        const char *part = *p == '1' ? a : *p == '2' ? b : *p == '3' ? c : NULL;
        if (part) {
            pp_buf_str(&out, part);
        } else {
            pp_buf_char(&out, *p);
        }
    }
    return out.err ? NULL : out.data;
}

/* "xx/yyyy.debug" below the system's directory for debug files, when it is there. */
static const char *by_build_id(struct pp_arena *arena, const char *hex)
{
    if (strlen(hex) < 4 || strspn(hex, "0123456789abcdef") != strlen(hex)) {
        return NULL;
    }
    char first[3] = {hex[0], hex[1], 0};
    const char *path = join(arena, "/usr/lib/debug/.build-id/1/2.debug", first, hex + 2, "");
    return path && access(path, R_OK) == 0 ? path : NULL;
}

static const char *by_debug_link(struct pp_arena *arena, const char *path, const struct pp_elf *elf)
{
    static const char *const places[] = {"1/2", "1/.debug/2", "/usr/lib/debug1/2"};
    const unsigned char *data = NULL;
    size_t size = 0;
    if (!pp_elf_section(elf, ".gnu_debuglink", &data, &size) || !data || !memchr(data, 0, size)) {
        return NULL;
    }
    const char *name = (const char *)data;
    char *real = realpath(path, NULL);
    char *slash = real ? strrchr(real, '/') : NULL;
    const char *found = NULL;
    if (slash && !strchr(name, '/') && name[0]) {
        *slash = '\0';
        for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && !found; i++) {
            const char *candidate = join(arena, places[i], real, name, "");
            *slash = '/';
            bool itself = candidate && !strcmp(candidate, real);
            *slash = '\0';
            found = candidate && !itself && access(candidate, R_OK) == 0 ? candidate : NULL;
        }
    }
    free(real);
    return found;
}

const char *pp_debug_file(struct pp_arena *arena, const char *path, const struct pp_elf *elf,
                          bool may_ask)
{
    const char *id = pp_build_id_of(arena, elf);
    const char *found = id ? by_build_id(arena, id) : NULL;
    found = found ? found : by_debug_link(arena, path, elf);
    return found || !id || !may_ask ? found : pp_debuginfod_find(arena, id, "debuginfo", NULL);
}

/* 0 when the file is an ELF with that build id (or one of them has none). */
static int check_file(struct pp_arena *arena, const char *file, const char *build_id,
                      struct pprof_error *error)
{
    struct stat info;
    bool exists = stat(file, &info) == 0;
    if (!exists || access(file, R_OK)) {
        return pp_err_lower(error, PPROF_ERR_NOTFOUND, errno, "%s %s", exists ? "open" : "stat",
                            file);
    }
    struct pp_elf elf;
    int r = pp_elf_open(file, &elf, error);
    if (r) {
        return r;
    }
    const char *id = pp_build_id_of(arena, &elf);
    bool other = id && *id && *build_id && strcmp(id, build_id) != 0;
    pp_elf_close(&elf);
    return other ? pp_err_set(error, PPROF_ERR_NOTFOUND, "build ID mismatch") : 0;
}

int pp_binary_find(struct pp_arena *arena, const char *file, const char *build_id,
                   const char **path, struct pprof_error *error)
{
    int r = check_file(arena, file, build_id, error);
    if (r == 0) {
        *path = file;
        return 0;
    }
    const char *debug = by_build_id(arena, build_id);
    debug = debug ? debug : pp_debuginfod_find(arena, build_id, "executable", NULL);
    debug = debug ? debug : pp_debuginfod_find(arena, build_id, "debuginfo", NULL);
    if (debug) {
        *path = debug;
        return 0;
    }
    return r;
}

/* --- packages --------------------------------------------------------------------------------- */

static bool lists_file(const char *list, const char *path)
{
    struct pp_sys_file file;
    if (pp_sys_file_map(list, &file)) {
        return false;
    }
    size_t len = strlen(path);
    const char *data = (const char *)file.data, *end = data + file.size;
    bool found = false;
    while (data && !found && (data = memmem(data, (size_t)(end - data), path, len))) {
        bool starts = data == (const char *)file.data || data[-1] == '\n';
        data += len;
        found = starts && (data == end || *data == '\n');
    }
    pp_sys_file_unmap(&file);
    return found;
}

/* The list of "libc6:amd64.list" is that of package libc6. */
static const char *package_listing(struct pp_arena *arena, DIR *dir, const char *path)
{
    for (struct dirent *entry; (entry = readdir(dir));) {
        const char *dot = strrchr(entry->d_name, '.');
        if (!dot || strcmp(dot, ".list") != 0) {
            continue;
        }
        const char *list = join(arena, "/var/lib/dpkg/info/1", entry->d_name, "", "");
        if (list && lists_file(list, path)) {
            const char *colon = strchr(entry->d_name, ':');
            const char *end = colon ? colon : dot;
            return pp_arena_strndup(arena, entry->d_name, (size_t)(end - entry->d_name));
        }
    }
    return NULL;
}

const char *pp_package_of(struct pp_arena *arena, const char *path)
{
    /* dpkg may know a file by its place before /lib became a link to /usr/lib. */
    char *real = realpath(path, NULL);
    const char *names[] = {path, real, NULL};
    names[2] = real && !strncmp(real, "/usr/", 5) ? real + 4 : NULL;
    const char *package = NULL;
    for (size_t i = 0; i < 3 && !package; i++) {
        DIR *dir = names[i] && names[i][0] == '/' ? opendir("/var/lib/dpkg/info") : NULL;
        if (dir) {
            package = package_listing(arena, dir, names[i]);
            closedir(dir);
        }
    }
    free(real);
    return package;
}
