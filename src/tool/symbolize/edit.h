/* Appending to a profile: strings, functions, the lines of a location.
 *
 * Invariants
 *  - the profile is valid after every call; arrays are replaced by longer copies in its arena.
 *  - a string that the profile has already gets its old index.
 *  - errors stick: once memory is out, indices are 0 or PPROF_NONE and `err` says so.
 */
#ifndef PP_TOOL_EDIT_H
#define PP_TOOL_EDIT_H

#include "base/table.h"
#include "pprof/profile.h"

struct pp_edit {
    struct pprof_profile *profile;
    struct pp_arena *arena;  /* the profile's */
    struct pp_arena scratch; /* of the tables below */
    struct pp_table table;   /* texts; filled with the profile's own at the first string */
    uint32_t *string_of;     /* table index -> profile string */
    size_t string_of_cap;
    uint32_t *slots;         /* functions made here, by hash; 0: free, else index + 1 */
    size_t slot_count, made_functions;
    size_t string_cap, function_cap, line_cap;
    uint64_t next_function_id;
    int err;
};

void pp_edit_init(struct pp_edit *edit, struct pprof_profile *profile);
void pp_edit_release(struct pp_edit *edit);

uint32_t pp_edit_string(struct pp_edit *edit, const char *text, size_t len);

/* The function with exactly these fields, made when no earlier call made it. */
uint32_t pp_edit_function(struct pp_edit *edit, uint32_t name, uint32_t system_name,
                          uint32_t filename, int64_t start_line);

/* Replaces the lines of a location. */
void pp_edit_lines(struct pp_edit *edit, struct pprof_location *location,
                   const struct pprof_line *lines, size_t count);

/* Adds a mapping and returns its index, or PPROF_NONE. Few are ever added. */
uint32_t pp_edit_mapping(struct pp_edit *edit, const struct pprof_mapping *mapping);

#endif
