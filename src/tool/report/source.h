/* Source files by line, found along the search path. */
#ifndef PP_REPORT_SOURCE_H
#define PP_REPORT_SOURCE_H

#include "base/arena.h"
#include "base/sys.h"
#include "pprof/profile.h"

struct pp_source {
    struct pp_sys_file file;
    const char **starts; /* of each line; starts[line_count] is the end */
    size_t line_count;
};

/* Opens path: as it is when absolute after trimming, else under each directory of search_path (a
 * list with colons) or any of its parents. PPROF_ERR_NOTFOUND with the sentence a report shows, or
 * PPROF_ERR_NOMEM. */
int pp_source_open(struct pp_source *source, struct pp_arena *arena, const char *path,
                   const char *search_path, const char *trim_path, struct pprof_error *error)
    __attribute__((warn_unused_result));
/* The same; a file that is not on this machine is asked for by the build ids of the profile's
 * mappings that have code of it, when there are debuginfod servers (symbolize/debuginfod.h). */
int pp_source_find(struct pp_source *source, const struct pprof_profile *profile,
                   struct pp_arena *arena, const char *path, const char *search_path,
                   const char *trim_path, struct pprof_error *error)
    __attribute__((warn_unused_result));
void pp_source_close(struct pp_source *source);

/* Line `number` (from 1) without its end; false beyond the last. */
bool pp_source_line(const struct pp_source *source, int64_t number, const char **text, size_t *len);

#endif
