/* wall?seconds=N: what threads do and wait for, for a while, as a file. */
#include "base/sys.h"
#include "runtime/capture/wall.h"
#include "runtime/serve/encode.h"
#include "runtime/serve/serve.h"
#include "runtime/unwind/module.h"

/* False when the client left or looking failed; then the answer is an error. */
static bool watch(struct pp_call *call, struct pp_wall *wall, int64_t seconds)
{
    struct pprof_error error = { .code = 0 };
    int64_t until = pp_sys_monotonic_ns() + seconds * 1000000000;
    for (int64_t now; (now = pp_sys_monotonic_ns()) < until;) {
        int64_t next = pp_wall_next_ns(wall);
        if (!pp_call_sleep_ns(call, (next < until ? next : until) - now)) {
            pp_call_error(call, 500, "context canceled");
            return false;
        }
        if (pp_wall_tick(wall, &error) != 0) {
            pp_call_error(call, 500, error.detail);
            return false;
        }
    }
    return true;
}

void pp_call_wall(struct pp_call *call)
{
    struct pp_snapshot snapshot = { .arena = call->arena };
    struct pprof_profile *profile;
    struct pprof_error error = { .code = 0 };
    pp_modules_refresh();
    struct pp_wall *wall = pp_wall_begin(call->arena, 0);
    if (!wall) {
        pp_call_error(call, 500, "not enough memory for this request");
        return;
    }
    if (!watch(call, wall, pp_call_seconds(call))) {
        return;
    }
    pp_modules_refresh();
    if (pp_wall_end(wall, &snapshot, &error) != 0 ||
        pp_encode_profile(&pp_kind_wall, &snapshot, &profile, &error) != 0) {
        pp_call_error(call, 500, error.detail);
        return;
    }
    pp_call_attachment(call, "wall", profile, 1);
    pprof_profile_free(profile);
}
