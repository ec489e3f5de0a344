/* Debug files, programs and sources by build id, from the servers in $DEBUGINFOD_URLS (separated by
 * blanks; nothing is asked when it is not set).
 *
 * What arrives is kept where the debuginfod client keeps it and is shared with it:
 * $DEBUGINFOD_CACHE_PATH, else $XDG_CACHE_HOME/debuginfod_client, else ~/.cache/debuginfod_client,
 * as BUILDID/debuginfo, /executable, /source#path#of#file. What no server has is an empty file
 * there; it is asked for again after ten minutes. $DEBUGINFOD_TIMEOUT: seconds for a file, 90.
 * Any thread.
 */
#ifndef PP_TOOL_DEBUGINFOD_H
#define PP_TOOL_DEBUGINFOD_H

#include "base/arena.h"

/* kind: "debuginfo", "executable", or "source" with the file's absolute path (else NULL). The path
 * of the kept file, in the arena; NULL when there is none. build_id: hex. */
const char *pp_debuginfod_find(struct pp_arena *arena, const char *build_id, const char *kind,
                               const char *source);

#endif
