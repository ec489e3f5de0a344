#include "runtime/serve/cgroup.h"

#include "base/cgroup.h"
#include "base/sys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* v1 says "no limit" with a number near 2^63. */
static uint64_t as_limit(uint64_t value)
{
    return value >= (uint64_t)1 << 62 ? UINT64_MAX : value;
}

static const struct names {
    const char *limit, *current, *high;
} names[] = {
    [1] = { "memory.limit_in_bytes", "memory.usage_in_bytes", NULL },
    [2] = { "memory.max", "memory.current", "memory.high" },
};

/* Looks at one group; the first that is found counts, then only a lower limit does. */
static bool look(void *ctx, int version, const char *directory)
{
    struct pp_cgroup *out = ctx;
    const struct names *files = &names[version];
    uint64_t limit, current, high;
    if (!pp_cgroup_number(directory, files->current, &current) ||
        !pp_cgroup_number(directory, files->limit, &limit)) {
        return false;
    }
    limit = as_limit(limit);
    if (out->path[0] == '\0' || limit < out->limit) {
        out->limit = limit;
        out->current = current;
        (void)snprintf(out->path, sizeof out->path, "%s", directory);
    }
    if (files->high && pp_cgroup_number(directory, files->high, &high) && high < out->high) {
        out->high = high;
        out->high_current = current;
    }
    return true;
}

static void read_kills(struct pp_cgroup *out)
{
    char path[sizeof out->path + 64], text[512];
    (void)snprintf(path, sizeof path, "%s/memory.events", out->path);
    const char *at = pp_sys_read_file(path, text, sizeof text) > 0 ? strstr(text, "oom_kill ") : "";
    out->oom_kills = at && *at ? strtoull(at + 9, NULL, 10) : 0;
}

void pp_cgroup_read(struct pp_cgroup *out)
{
    *out = (struct pp_cgroup){ .limit = UINT64_MAX, .high = UINT64_MAX };
    out->version = pp_cgroup_walk("memory", look, out);
    if (out->version == 2) {
        read_kills(out);
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
