/* Between the files that build a weblist, in the order in which they work:
 *
 *   weblist_places.c  -> weights by address, and which of them are wanted
 *   weblist.c         -> ranges of code around those, and their instructions
 *   weblist_entries.c -> an instruction below the line of each of its frames of interest
 *   weblist_group.c   -> entries to lines and functions
 *
 * An error is kept in the builder's err, where a function returns nothing.
 */
#ifndef PP_REPORT_WEBLIST_BUILD_H
#define PP_REPORT_WEBLIST_BUILD_H

#include "base/table.h"
#include "tool/report/weblist.h"

enum { PP_WEB_PROFILE_FRAMES = 64 };

/* An address of the profile; synthetic where the profile has none. */
struct pp_web_place {
    uint64_t address;
    uint32_t location;
    uint32_t stamp;
    bool is_wanted;
    const struct pp_object *object;
    int64_t flat, cum;
};

struct pp_web_range {
    uint64_t begin, end; /* in the profile's addresses */
    const struct pp_object *object;
    int64_t flat;
};

struct pp_web_builder {
    struct pp_report *report;
    const struct pprof_profile *p;
    struct pp_arena *arena;
    struct pp_objects objects;
    struct pp_table interest;    /* names of functions, also as linked */
    struct pp_table texts;       /* files and functions of entries */
    struct pp_web_place *places; /* sorted by address */
    size_t place_count;
    uint32_t *place_of; /* by location */
    bool *matches;      /* by function */
    struct pp_web_range *ranges;
    size_t range_count, range_cap;
    struct pp_web_entry *entries;
    size_t count, cap;
    bool has_complained;
    int err;
};

/* Every address of the profile's samples, sorted; then their weights, and those that are wanted. 0,
 * PPROF_ERR_NOMEM or an error of the expression. */
int pp_web_make_places(struct pp_web_builder *b);
int pp_web_find_interest(struct pp_web_builder *b);

/* The lines that the profile itself has for a location; at most PP_WEB_PROFILE_FRAMES. */
size_t pp_web_frames_of_location(const struct pp_web_builder *b, const struct pprof_location *l,
                                 struct pp_frame *frames);

/* Puts an instruction below the line of each of its frames that is of interest; and an address
 * without an instruction, by what the profile knows of it. */
void pp_web_add_entries(struct pp_web_builder *b, const struct pp_frame *frames, size_t count,
                        const struct pp_web_entry *entry);
void pp_web_add_synthetic(struct pp_web_builder *b, const struct pp_web_place *place);

/* A copy of a file's name, shortened as the options say; and a line number, 0 when it is noise. */
const char *pp_web_intern_file(struct pp_web_builder *b, const char *file);
int64_t pp_web_checked_line(int64_t line);

#endif
