#include "runtime/serve/cgroup.h"

#include "base/sys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_BYTES = 512 };

/* Where hierarchies are mounted by custom. */
static const char *const v2_roots[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
static const char v1_root[] = "/sys/fs/cgroup/memory";

/* One number of a file; "max" is UINT64_MAX. False when there is no such file or number. */
static bool read_number(const char *directory, const char *name, uint64_t *value)
{
    char path[PATH_BYTES + 64], text[64], *end;
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    if (pp_sys_read_file(path, text, sizeof text) <= 0) {
        return false;
    }
    if (strncmp(text, "max", 3) == 0) {
        *value = UINT64_MAX;
        return true;
    }
    *value = strtoull(text, &end, 10);
    return end != text;
}

/* v1 says "no limit" with a number near 2^63. */
static uint64_t as_limit(uint64_t value)
{
    return value >= (uint64_t)1 << 62 ? UINT64_MAX : value;
}

struct names {
    const char *limit, *current, *high;
};
static const struct names v1_names = { "memory.limit_in_bytes", "memory.usage_in_bytes", NULL };
static const struct names v2_names = { "memory.max", "memory.current", "memory.high" };

/* Looks at one group; the first that is found counts, then only a lower limit does. */
static bool look(struct pp_cgroup *out, const char *directory, const struct names *names)
{
    uint64_t limit, current, high;
    if (!read_number(directory, names->current, &current) ||
        !read_number(directory, names->limit, &limit)) {
        return false;
    }
    limit = as_limit(limit);
    if (out->path[0] == '\0' || limit < out->limit) {
        out->limit = limit;
        out->current = current;
        (void)snprintf(out->path, sizeof out->path, "%s", directory);
    }
    if (names->high && read_number(directory, names->high, &high) && high < out->high) {
        out->high = high;
        out->high_current = current;
    }
    return true;
}

/* From the group up to the root of what is mounted. A container may see another path than is
 * mounted for it: then the root is its group. */
static bool walk_up(struct pp_cgroup *out, const char *root, const char *group,
                    const struct names *names)
{
    char directory[PATH_BYTES];
    (void)snprintf(directory, sizeof directory, "%s%s", root, strcmp(group, "/") ? group : "");
    bool found = false;
    while (strlen(directory) >= strlen(root)) {
        found |= look(out, directory, names);
        char *slash = strrchr(directory, '/');
        if (!slash) {
            break;
        }
        *slash = '\0';
    }
    return found;
}

static void read_kills(struct pp_cgroup *out)
{
    char path[PATH_BYTES + 64], text[512];
    (void)snprintf(path, sizeof path, "%s/memory.events", out->path);
    const char *at = pp_sys_read_file(path, text, sizeof text) > 0 ? strstr(text, "oom_kill ") : "";
    out->oom_kills = at && *at ? strtoull(at + 9, NULL, 10) : 0;
}

/* The group of the line "ID:controllers:path" whose controllers are the wanted ones; NULL if none.
 */
static const char *group_of(char *line, bool v2)
{
    char *controllers = strchr(line, ':');
    char *path = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!path) {
        return NULL;
    }
    *path++ = '\0';
    controllers++;
    bool wanted = v2 ? *controllers == '\0' : strstr(controllers, "memory") != NULL;
    return wanted ? path : NULL;
}

static bool read_version(struct pp_cgroup *out, const char *groups, bool v2)
{
    char text[4096];
    (void)snprintf(text, sizeof text, "%s", groups);
    for (char *line = text, *next; line && *line; line = next) {
        next = strchr(line, '\n');
        if (next) {
            *next++ = '\0';
        }
        const char *group = group_of(line, v2);
        if (group && !v2 && walk_up(out, v1_root, group, &v1_names)) {
            return true;
        }
        for (int i = 0; group && v2 && i < 2; i++) {
            if (walk_up(out, v2_roots[i], group, &v2_names)) {
                read_kills(out);
                return true;
            }
        }
    }
    return false;
}

void pp_cgroup_read(struct pp_cgroup *out)
{
    char groups[4096];
    *out = (struct pp_cgroup){ .limit = UINT64_MAX, .high = UINT64_MAX };
    if (pp_sys_read_file("/proc/self/cgroup", groups, sizeof groups) > 0) {
        bool is_v2 = read_version(out, groups, true);
        out->version = is_v2 ? 2 : read_version(out, groups, false) ? 1 : 0;
    }
}

static uint64_t field_of(const char *text, const char *name)
{
    const char *at = strstr(text, name);
    return at ? strtoull(at + strlen(name), NULL, 10) << 10 : 0;
}

void pp_machine_read(struct pp_machine *out)
{
    char text[4096];
    *out = (struct pp_machine){ 0 };
    if (pp_sys_read_file("/proc/meminfo", text, sizeof text) > 0) {
        out->total = field_of(text, "MemTotal:");
        out->available = field_of(text, "MemAvailable:");
        out->swap_total = field_of(text, "SwapTotal:");
        out->swap_free = field_of(text, "SwapFree:");
    }
}
