/* Folders of the user's own: where they are, and making them. */
#ifndef PP_TOOL_FOLDERS_H
#define PP_TOOL_FOLDERS_H

#include <stddef.h>
#include <sys/types.h>

/* Makes the folder and those above it, new ones with these permissions. 0 or an errno value. */
int pp_folders_make(const char *path, mode_t mode);

/* "$VARIABLE/pprof" or, where that is not set to an absolute path, "$HOME/FALLBACK/pprof", into
 * path. 0, ENOENT without a home, ENAMETOOLONG. */
int pp_folders_own(const char *variable, const char *fallback, char *path, size_t cap);

#endif
