/* Programs of others at the end of a report: dot, which draws what we do not, and viewers.
 *
 *   report -> dot text -> dot -Tpdf -> file -> viewer
 */
#ifndef PP_TOOL_VIEWER_H
#define PP_TOOL_VIEWER_H

#include "pprof/error.h"

#include <stdbool.h>

/* Runs `dot -Ttype` with its input and output on descriptors. PPROF_ERR_UNSUPPORTED when there is
 * no such program (the sentence says what to install), PPROF_ERR_CANCELED when it took more than
 * PPROF_DOT_TIMEOUT seconds (default 120; it is ended then), PPROF_ERR_SYSTEM when it failed. */
int pp_viewer_dot(const char *type, int in, int out, struct pprof_error *error) PPROF_NODISCARD;

enum { PP_VIEWER_PATH_CAP = 512 };

/* Makes pprofNNN.EXTENSION in the directory for temporary files, which is deleted when the process
 * ends. */
int pp_viewer_file(const char *extension, char path[PP_VIEWER_PATH_CAP], int *fd,
                   struct pprof_error *error) PPROF_NODISCARD;

/* Shows a file with the first program of a viewer's list that starts: "browser" ($BROWSER, then the
 * usual ones), or a command's own. wait: until it ends; else it runs on, with no input and output.
 * Takes a second at least, since the file is deleted when the process ends and a viewer may hand
 * over to another. PPROF_ERR_UNSUPPORTED when none can be started. */
int pp_viewer_show(const char *viewer, const char *path, bool wait, struct pprof_error *error)
    PPROF_NODISCARD;

#endif
