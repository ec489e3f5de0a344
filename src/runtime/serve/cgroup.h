/* What stands above this process: the cgroup's memory limit (v1, v2), the machine's memory. */
#ifndef PP_SERVE_CGROUP_H
#define PP_SERVE_CGROUP_H

#include "base/cgroup.h"

struct pp_cgroup {
    int version;       /* 0: none that tells */
    uint64_t limit;    /* bytes: the lowest on the way up; UINT64_MAX: none */
    uint64_t current;  /* used by the group whose limit that is, or by our own */
    uint64_t high;     /* v2 memory.high, lowest on the way up; UINT64_MAX: none */
    uint64_t high_current; /* used by the group whose that is */
    uint64_t oom_kills; /* v2 of our own group; 0 elsewhere */
    char path[PP_CGROUP_PATH]; /* of the group that limits, as a directory */
};

/* Reads it anew; a few small files. Not in a handler. */
void pp_cgroup_read(struct pp_cgroup *cgroup);

struct pp_machine {
    uint64_t total, available, swap_total, swap_free; /* bytes */
};
void pp_machine_read(struct pp_machine *machine);

#endif
