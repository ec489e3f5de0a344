/* Loading libpprof.so into a running process and switching it off there.
 *
 *   target (maps, libc's functions) -> a thread at a safe place -> two pages mapped by it -> stub
 *   -> answer -> pages unmapped -> let go
 *
 * All other threads go on meanwhile; the borrowed one misses a few milliseconds. When a step fails
 * the thread is let go as it was.
 */
#ifndef PP_TOOL_ATTACH_ATTACH_H
#define PP_TOOL_ATTACH_ATTACH_H

#include "base/attach.h"
#include "pprof/error.h"

#include <stdbool.h>
#include <sys/types.h>

struct pp_attach_options {
    const char *library;  /* to load; NULL: only one that is there already */
    const char *function; /* called there with the request */
    bool is_forced;       /* also under a seccomp filter of the program's own */
};

/* Calls the function in the process; *request comes back as it was answered. 0, or 2 with the
 * sentence when it could not be called (or the file not loaded). */
int pp_attach_call(pid_t pid, const struct pp_attach_options *options,
                   struct pp_attach_request *request, struct pprof_error *error)
    __attribute__((warn_unused_result));

#endif
