#include "runtime/serve/oom_room.h"

#include "base/sys.h"
#include "runtime/capture/memstats.h"
#include "runtime/serve/cgroup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* Nothing ends at a limit in bytes; a part of it is late enough to see that it was passed. */
enum { SPARE_PART = 10 };

/* One limit among several: the nearest is kept. */
static void limit_by(struct pp_oom_room *room, uint64_t used, uint64_t limit, uint64_t spare)
{
    unsigned percent = limit ? (unsigned)((double)used * 100 / (double)limit) : 0;
    uint64_t left = used < limit ? limit - used : 0;
    room->used = percent > room->used ? percent : room->used;
    if (left <= room->left) {
        room->left = left;
        room->spare = spare;
    }
}

static void limit_by_part(struct pp_oom_room *room, uint64_t used, uint64_t whole, unsigned percent)
{
    if (whole != UINT64_MAX) {
        uint64_t part = (uint64_t)((double)whole * percent / 100);
        limit_by(room, used, part, whole - part);
    }
}

/* Page cache that the kernel would take back first. */
static uint64_t inactive_file(const struct pp_cgroup *cgroup)
{
    char path[sizeof cgroup->path + 32], text[4096];
    const char *field = cgroup->version == 1 ? "total_inactive_file " : "inactive_file ";
    (void)snprintf(path, sizeof path, "%s/memory.stat", cgroup->path);
    const char *at = pp_sys_read_file(path, text, sizeof text) > 0 ? strstr(text, field) : NULL;
    return at ? strtoull(at + strlen(field), NULL, 10) : 0;
}

static uint64_t without(uint64_t bytes, uint64_t cache)
{
    return bytes > cache ? bytes - cache : 0;
}

/* memory.high counts as well: nobody is killed there, but slowed down so that the limit is never
 * seen near, until something in user space ends it. */
static void limit_by_group(struct pp_oom_room *room, unsigned percent)
{
    struct pp_cgroup group;
    pp_cgroup_read(&group);
    if (group.version && (group.limit != UINT64_MAX || group.high != UINT64_MAX)) {
        uint64_t cache = inactive_file(&group);
        limit_by_part(room, without(group.current, cache), group.limit, percent);
        limit_by_part(room, without(group.high_current, cache), group.high, percent);
    }
}

static void limit_by_machine(struct pp_oom_room *room, unsigned percent)
{
    struct pp_machine machine;
    pp_machine_read(&machine);
    if (machine.available && machine.available <= machine.total) {
        limit_by_part(room, machine.total - machine.available, machine.total, percent);
    }
}

static void limit_by_process(struct pp_oom_room *room, const struct pp_own_memory *own,
                             unsigned percent)
{
    limit_by_part(room, own->space, pp_sys_limit(RLIMIT_AS), percent);
    limit_by_part(room, own->data, pp_sys_limit(RLIMIT_DATA), percent);
}

struct pp_oom_room pp_oom_look(const struct pp_oom_limit *limit)
{
    struct pp_oom_room room = { .left = UINT64_MAX };
    struct pp_own_memory own;
    pp_own_memory(&own);
    room.resident = own.resident;
    if (limit->percent) {
        limit_by_group(&room, limit->percent);
        limit_by_machine(&room, limit->percent);
        limit_by_process(&room, &own, limit->percent);
    } else {
        uint64_t used = own.resident + pp_status_bytes("VmSwap:");
        limit_by(&room, used, limit->bytes, limit->bytes / SPARE_PART);
    }
    return room;
}

struct pp_oom_room pp_oom_look_at_self(const struct pp_oom_limit *limit,
                                       const struct pp_oom_room *seen)
{
    struct pp_oom_room room = *seen;
    struct pp_own_memory own;
    pp_own_memory(&own);
    if (own.resident > seen->resident) {
        room.left = without(seen->left, own.resident - seen->resident);
    }
    if (limit->percent) {
        limit_by_process(&room, &own, limit->percent);
    }
    return room;
}
