/* File names as text: tidied, cut, never looked up. */
#ifndef PP_REPORT_PATHS_H
#define PP_REPORT_PATHS_H

#include "base/arena.h"

/* The shortest equal path by text alone ("a//b/../c" is "a/c", "" is "."). NULL without memory. */
const char *pp_path_clean(struct pp_arena *arena, const char *path);

/* What follows the last slash; in the text itself, or static. "" is ".", "///" is "/". Trailing
 * slashes are cut, which may take a copy from the arena. */
const char *pp_path_base(struct pp_arena *arena, const char *path);

/* Cuts off the first prefix in trim_path (a list with colons) that fits, or, when that is empty,
 * everything through the name of a directory of source_path; then "/proc/self/cwd/". */
const char *pp_path_trim(struct pp_arena *arena, const char *path, const char *trim_path,
                         const char *source_path);

#endif
