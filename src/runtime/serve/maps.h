/* The executable lines of /proc/self/maps, as Go's profiles list them. */
#ifndef PP_SERVE_MAPS_H
#define PP_SERVE_MAPS_H

#include "base/arena.h"

#include <stdint.h>

struct pp_map {
    uint64_t start, limit, offset;
    const char *file;     /* " (deleted)" is cut off */
    const char *build_id; /* hex, "" when there is none */
    uint32_t mapping;     /* for the encoder; PPROF_NONE at first */
};

struct pp_maps {
    struct pp_map *items; /* sorted by start */
    size_t count;
    size_t program; /* index of the main program's first one; count when not found */
};

/* Reads them into the arena; empty when /proc is missing or memory ran out. */
void pp_maps_read(struct pp_arena *arena, struct pp_maps *maps);

/* The one that holds the address, or NULL. */
struct pp_map *pp_maps_find(const struct pp_maps *maps, uint64_t address);

/* A whole /proc file of any size, NUL behind it; NULL and *len 0 when it cannot be read. */
char *pp_proc_read(struct pp_arena *arena, const char *path, size_t *len);

#endif
