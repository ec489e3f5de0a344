/* The binaries behind a profile's mappings, opened when a report first wants their code.
 *
 *   mapping --file, build id--> object { module, base }   (shared by mappings of equal base)
 *
 * What cannot be opened is said once, as a message, and is NULL from then on. One thread at a time.
 */
#ifndef PP_REPORT_OBJECTS_H
#define PP_REPORT_OBJECTS_H

#include "tool/report/view.h"
#include "tool/symbolize/symbolize.h"

struct pp_object {
    struct pp_module *module;
    uint64_t base;      /* file virtual address = address in the profile - base */
    const char *path;   /* of the file that was opened */
    uint32_t filename;  /* the mapping's, as a string of the profile */
};

struct pp_objects {
    struct pp_arena *arena;
    const struct pprof_profile *profile;
    struct pp_object **of; /* by mapping */
    bool *tried;
    pp_message_fn message;
    void *ctx;
    struct pprof_error why; /* the last one could not be opened */
};

/* 0 or PPROF_ERR_NOMEM. The view must outlive it. */
int pp_objects_init(struct pp_objects *objects, const struct pp_view *view, pp_message_fn message,
                    void *ctx) __attribute__((warn_unused_result));
void pp_objects_release(struct pp_objects *objects);

/* The binary of a mapping; NULL when there is none, or for PPROF_NONE. */
struct pp_object *pp_object_of(struct pp_objects *objects, uint32_t mapping);

/* A function's name for people, from a linked one; in the arena or the name itself. */
const char *pp_object_name(struct pp_arena *arena, const char *linked);

/* True when the address lies in the mapping, or the mapping has no known end. */
static inline bool pp_mapping_holds(const struct pprof_mapping *mapping, uint64_t address)
{
    return address >= mapping->start && (mapping->limit == 0 || address < mapping->limit);
}

#endif
