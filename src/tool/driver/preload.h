/* Starting a program with the library in front: what `run` and `leaks` share.
 *
 *   name --PATH--> file --checks--> LD_PRELOAD can work? --environment--> exec by the caller
 *
 * Functions that can refuse a command return the exit status a shell would give: 0 (go on), 126
 * (found but cannot be run this way), 127 (not found), 2 (our own set-up is wrong), with the
 * sentence in *error. One thread; the environment is changed.
 */
#ifndef PP_TOOL_PRELOAD_H
#define PP_TOOL_PRELOAD_H

#include "pprof/error.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pp_preload_options {
    const char *http; /* PPROF_HTTP; NULL: leave it alone */
    const char *out;  /* PPROF_OUT, absolute; NULL: leave it alone */
    bool children;
    bool quiet;
    int64_t rate; /* PPROF_HEAP_RATE; negative: leave it alone */
};

/* The file that execvp would run for name. */
int pp_command_find(const char *name, char path[PATH_MAX], struct pprof_error *error)
    __attribute__((warn_unused_result));

/* Whether the loader would put a library into that file: not for static, setuid, or foreign ones. A
 * script is judged by its interpreter. */
int pp_command_check(const char *path, struct pprof_error *error)
    __attribute__((warn_unused_result));

/* libpprof.so by $PPROF_LIB, else beside the tool, else in the lib directories next to it; a path
 * that LD_PRELOAD would split (space, colon, '$') is reached by a link in a directory
 * of this user. */
int pp_library_find(char path[PATH_MAX], struct pprof_error *error)
    __attribute__((warn_unused_result));

/* Puts the library first into LD_PRELOAD and sets the PPROF_* variables for process `pid`. */
int pp_preload_environment(const struct pp_preload_options *options, const char *library, int pid,
                           struct pprof_error *error) __attribute__((warn_unused_result));

/* Makes a directory and those above it; its absolute name. 0 or 2. */
int pp_make_directory(const char *name, char path[PATH_MAX], struct pprof_error *error)
    __attribute__((warn_unused_result));

#endif
