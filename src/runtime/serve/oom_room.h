/* How much room there is below the limit of PPROF_ON_OOM.
 *
 * What limits: with a percentage, that part of the cgroup's limit against its use without inactive
 * page cache (which the kernel takes back before it kills), of its memory.high, of the machine's
 * memory against what is not available, and of RLIMIT_AS and RLIMIT_DATA, at which malloc fails;
 * the nearest counts. With bytes, this process's own memory, resident and swapped.
 *
 * Invariants: looking changes nothing and holds no descriptor. Not in a handler.
 */
#ifndef PP_SERVE_OOM_ROOM_H
#define PP_SERVE_OOM_ROOM_H

#include <stdint.h>

struct pp_oom_limit {
    unsigned percent; /* of what there is; 0: bytes counts */
    uint64_t bytes;
};

struct pp_oom_room {
    unsigned used;     /* percent of the limit; above 100 when past it */
    uint64_t left;     /* bytes until the limit is reached; 0 when past it */
    uint64_t spare;    /* bytes from there on until memory ends */
    uint64_t resident; /* of this process, when everything was looked at */
};

/* Looks at everything (a tenth of a millisecond). */
struct pp_oom_room pp_oom_look(const struct pp_oom_limit *limit);

/* What became of the room `seen` if nobody but this process grew since (25 us). */
struct pp_oom_room pp_oom_look_at_self(const struct pp_oom_limit *limit,
                                       const struct pp_oom_room *seen);

#endif
