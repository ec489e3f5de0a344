/* Files that appear whole or not at all: written beside their place and renamed. */
#ifndef PP_SERVE_FILE_H
#define PP_SERVE_FILE_H

#include "base/buf.h"
#include "pprof/profile.h"

enum { PP_DIRECTORY_BYTES = 3072 };

/* Writes the bytes to path, readable by this user only. 0 or a negative errno value; a file that
 * was not finished (no room) is taken away again. */
int pp_file_write(const char *path, const struct pp_buf *bytes) __attribute__((warn_unused_result));

/* The same with a profile, gzipped. A negative errno value also when memory runs out. */
int pp_file_write_profile(const char *path, const struct pprof_profile *profile)
    __attribute__((warn_unused_result));

/* Says once, as far as *said tells, that a file could not be written; nothing when result is 0. */
void pp_file_complain(const char *path, int result, uint32_t *said);

/* Makes the directory when it is missing and writes its absolute name to kept (PP_DIRECTORY_BYTES),
 * since the program may change its own. 0, PPROF_ERR_SYSTEM or PPROF_ERR_INVALID; kept may be
 * written on failure too. */
int pp_file_directory(const char *directory, char *kept, struct pprof_error *error)
    __attribute__((warn_unused_result));

#endif
