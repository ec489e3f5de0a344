#include "base/cgroup.h"

#include "base/sys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where hierarchies are mounted by custom; v1's below the first by their controllers' names. */
static const char *const roots[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };

bool pp_cgroup_number(const char *directory, const char *name, uint64_t *value)
{
    char path[PP_CGROUP_PATH + 64], text[64], *end;
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

struct walk {
    const char *controller;
    int version;
    pp_cgroup_visit *visit;
    void *ctx;
};

/* From the group up to the root of what is mounted. A container may see another path than is
 * mounted for it: then the root is its group. */
static bool walk_up(const struct walk *walk, const char *root, const char *group)
{
    char directory[PP_CGROUP_PATH];
    (void)snprintf(directory, sizeof directory, "%s%s", root, strcmp(group, "/") ? group : "");
    bool told = false;
    while (strlen(directory) >= strlen(root)) {
        told |= walk->visit(walk->ctx, walk->version, directory);
        char *slash = strrchr(directory, '/');
        if (!slash) {
            break;
        }
        *slash = '\0';
    }
    return told;
}

static bool walk_group(const struct walk *walk, const char *group)
{
    char root[PP_CGROUP_PATH];
    if (walk->version == 2) {
        return walk_up(walk, roots[0], group) || walk_up(walk, roots[1], group);
    }
    (void)snprintf(root, sizeof root, "%s/%s", roots[0], walk->controller);
    return walk_up(walk, root, group);
}

/* "memory" in "cpu,memory", not in "memory_recursiveprot". */
static bool names(const char *controllers, const char *wanted)
{
    size_t len = strlen(wanted);
    while (strncmp(controllers, wanted, len) || (controllers[len] && controllers[len] != ',')) {
        controllers = strchr(controllers, ',');
        if (!controllers) {
            return false;
        }
        controllers++;
    }
    return true;
}

/* The group of the line "ID:controllers:path", if its hierarchy is the wanted one; or NULL. */
static const char *group_of(const struct walk *walk, char *line)
{
    char *controllers = strchr(line, ':');
    char *path = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!path) {
        return NULL;
    }
    *path++ = '\0';
    controllers++;
    bool wanted = walk->version == 2 ? *controllers == '\0' : names(controllers, walk->controller);
    return wanted ? path : NULL;
}

static bool walk_version(const struct walk *walk, const char *groups)
{
    char text[4096];
    (void)snprintf(text, sizeof text, "%s", groups);
    for (char *line = text, *next; line && *line; line = next) {
        next = strchr(line, '\n');
        if (next) {
            *next++ = '\0';
        }
        const char *group = group_of(walk, line);
        if (group && walk_group(walk, group)) {
            return true;
        }
    }
    return false;
}

int pp_cgroup_walk(const char *controller, pp_cgroup_visit *visit, void *ctx)
{
    struct walk walk = { controller, 2, visit, ctx };
    char groups[4096];
    if (pp_sys_read_file("/proc/self/cgroup", groups, sizeof groups) <= 0) {
        return 0;
    }
    while (walk.version && !walk_version(&walk, groups)) {
        walk.version--;
    }
    return walk.version;
}
