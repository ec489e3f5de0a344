#include "tool/driver/announced.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MARK "/memfd:pprof:"

/* The name is whatever that process chose: nothing in it may reach a terminal as a command. */
static bool is_printable(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7f) {
            return false;
        }
    }
    return true;
}

static void take_line(const char *line, struct pp_announced *out)
{
    const char *path = strchr(line, '/');
    if (!path) {
        return;
    }
    if (strncmp(path, MARK, sizeof(MARK) - 1) == 0) {
        const char *url = path + sizeof(MARK) - 1;
        const char *end = strstr(url, " (deleted)");
        size_t len = end ? (size_t)(end - url) : strcspn(url, "\n");
        if (len < sizeof(out->url) && is_printable(url, len)) {
            memcpy(out->url, url, len);
            out->url[len] = '\0';
        }
        out->has_library = true;
        return;
    }
    const char *name = strrchr(path, '/') + 1;
    out->has_library = out->has_library || strncmp(name, "libpprof.so", 11) == 0;
}

int pp_announced_read(pid_t pid, struct pp_announced *out)
{
    char path[64], *line = NULL;
    size_t cap = 0;
    memset(out, 0, sizeof(*out));
    (void)snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
    FILE *maps = fopen(path, "re");
    if (!maps) {
        return -errno;
    }
    while (getline(&line, &cap, maps) > 0) {
        take_line(line, out);
    }
    int result = ferror(maps) ? -EIO : 0;
    free(line);
    fclose(maps);
    return result;
}
