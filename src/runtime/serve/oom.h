/* Profiles shortly before memory runs out (PPROF_ON_OOM, pprof_on_oom).
 *
 *   thread of ours, every second -> how much room (oom_room.h)? -> past the limit: files
 *                     ^ sooner, down to 10 ms, the less room there is
 *
 * A program that takes 1 GB a second leaves a tenth of a second in a group of 1 GB: it looks again
 * before the room can be used up, and every 100 ms near the limit, as others in the group may grow.
 *
 * Invariants: nothing runs unless it was asked for; files appear by rename; at most 16 times.
 */
#ifndef PP_SERVE_OOM_H
#define PP_SERVE_OOM_H

#include "pprof/error.h"

#include <stdbool.h>
#include <stdint.h>

/* limit: "" or NULL is "90%"; "75%"; "512M", "2G" or plain bytes. PPROF_ERR_INVALID, PPROF_ERR_BUSY
 * or PPROF_ERR_SYSTEM. */
int pp_oom_start(const char *directory, const char *limit, struct pprof_error *error)
    __attribute__((warn_unused_result));

/* In a forked child: nobody watches. */
void pp_oom_after_fork(void);

struct pp_oom_stats {
    bool watching;
    uint64_t looks, written;
    unsigned percent; /* of the limit, at the last look */
};
void pp_oom_stats(struct pp_oom_stats *stats);

#endif
