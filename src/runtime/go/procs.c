#include "runtime/go/procs.h"

#include "base/cgroup.h"
#include "base/sys.h"
#include "runtime/go/sched_private.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* v2's file is "QUOTA PERIOD" in microseconds, or "max PERIOD". */
static bool read_v2(const char *directory, uint64_t *quota, uint64_t *period)
{
    char path[PP_CGROUP_PATH + 16], text[64], *end;
    (void)snprintf(path, sizeof path, "%s/cpu.max", directory);
    if (pp_sys_read_file(path, text, sizeof text) <= 0) {
        return false;
    }
    *quota = strtoull(text, &end, 10);
    *period = strtoull(end, NULL, 10); /* none after "max" */
    return true;
}

static bool read_v1(const char *directory, uint64_t *quota, uint64_t *period)
{
    return pp_cgroup_number(directory, "cpu.cfs_quota_us", quota) &&
           pp_cgroup_number(directory, "cpu.cfs_period_us", period);
}

/* Part of a processor counts as one. */
static bool see_limit(void *ctx, int version, const char *directory)
{
    uint64_t *least = ctx, quota = 0, period = 0;
    bool told = version == 2 ? read_v2(directory, &quota, &period)
                             : read_v1(directory, &quota, &period);
    if (told && period && (int64_t)quota > 0) { /* v1: -1 is none */
        uint64_t most = (quota - 1) / period + 1;
        *least = most < *least ? most : *least;
    }
    return told;
}

uint32_t pp_go_default_procs(void)
{
    const char *asked = secure_getenv("GOMAXPROCS");
    long wanted = asked ? strtol(asked, NULL, 10) : 0;
    uint64_t n = wanted > 0 ? (uint64_t)wanted : 1;
    cpu_set_t set;
    if (wanted <= 0 && sched_getaffinity(0, sizeof(set), &set) == 0) {
        n = (uint64_t)CPU_COUNT(&set);
        (void)pp_cgroup_walk("cpu", see_limit, &n);
    }
    return (uint32_t)(n > PP_GO_PROCS_MAX ? PP_GO_PROCS_MAX : n);
}
