/* Processes that can be looked at, found without any file or port scan: a serving process maps a
 * memfd named "pprof:" + its URL, which /proc/PID/maps shows to its user. */
#ifndef PP_TOOL_ANNOUNCED_H
#define PP_TOOL_ANNOUNCED_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { PP_URL_MAX = 256 };

struct pp_announced {
    char url[PP_URL_MAX]; /* "" when it serves nothing */
    bool has_library;     /* libpprof.so is loaded */
};

/* Reads the maps of one process; 0 or a negative errno value (-EACCES: not ours to read). */
int pp_announced_read(pid_t pid, struct pp_announced *out) __attribute__((warn_unused_result));

#endif
