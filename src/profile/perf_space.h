/* Which file is where in the address space of each process, as a recording goes on in time.
 *
 *   process --places, sorted, apart--> map { file, build id, where it was mapped from }
 *
 * A later map replaces what it overlaps; a fork takes a copy along while there is room, an exec
 * leaves nothing.
 * Addresses that a process does not have are looked up in the process it was forked from, then in
 * the kernel's (process PP_PERF_KERNEL). Lookups are bisections.
 *
 * Invariants: places of a process are sorted by start and do not overlap; maps, processes, places
 * and how often these are moved are capped, and what is beyond a cap is as if not recorded; memory
 * is the arena's; `failed` sticks when there is none left. One thread at a time.
 */
#ifndef PP_PROFILE_PERF_SPACE_H
#define PP_PROFILE_PERF_SPACE_H

#include "base/arena.h"
#include "profile/legacy_text.h"

#define PP_PERF_KERNEL UINT32_MAX

enum { PP_PERF_BUILD_ID_MAX = 20 };

struct pp_perf_map {
    uint64_t start, limit, offset;
    struct pp_scan file;
    uint32_t mapping; /* in the profile; PPROF_NONE until used */
    char build_id[2 * PP_PERF_BUILD_ID_MAX];
    size_t build_id_len;
};

struct pp_perf_process {
    uint32_t pid, parent;
    bool has_parent;
    uint32_t comm; /* string of the profile; 0: none yet */
    struct pp_perf_place {
        uint64_t start, limit;
        uint32_t map;
    } *places;
    size_t place_count, place_cap;
    uint32_t first_map; /* + 1; 0: none: what was mapped first */
};

struct pp_perf_space {
    struct pp_arena *arena;
    struct pp_perf_map *maps;
    size_t map_count, map_cap;
    struct pp_perf_process *processes;
    size_t process_count, process_cap;
    uint32_t *slots; /* process + 1 by pid; 0: free */
    size_t mask;
    size_t reserved; /* places of all processes, grown-out arrays included */
    size_t moves;    /* how often a place was moved or copied */
    bool failed;
};

void pp_perf_space_init(struct pp_perf_space *space, struct pp_arena *arena);

/* NULL when memory is out, or there are too many. Good until the next call. */
struct pp_perf_process *pp_perf_process(struct pp_perf_space *space, uint32_t pid);

void pp_perf_space_map(struct pp_perf_space *space, uint32_t pid, const struct pp_perf_map *map);
void pp_perf_space_fork(struct pp_perf_space *space, uint32_t pid, uint32_t parent);
void pp_perf_space_exec(struct pp_perf_space *space, uint32_t pid);

/* NULL where nothing is mapped. Good until the next map is added. */
struct pp_perf_map *pp_perf_space_find(struct pp_perf_space *space, uint32_t pid,
                                       uint64_t address);

#endif
