/* Serving /debug/pprof/ over HTTP: one server in a process. */
#ifndef PP_SERVE_LISTEN_H
#define PP_SERVE_LISTEN_H

#include "pprof/error.h"

#include <stdbool.h>
#include <stddef.h>

/* As pprof_serve_error. When `move_on` is set and the address is taken, a free port (or PATH.PID)
 * is used instead: a child of a program that serves there already. */
int pp_listen_start(const char *address, const char *token, bool quiet, bool move_on,
                    struct pprof_error *error) __attribute__((warn_unused_result));

/* Says on standard error when the program's allocations cannot be seen, and why. */
void pp_listen_warn_blind(void);

void pp_listen_stop(void);

/* As pprof_serve_url. */
int pp_listen_url(char *buf, size_t cap);

/* In a forked child: the server is the parent's; its descriptors are closed here. */
void pp_listen_after_fork(void);

/* When the process ends: removes a unix socket's file, waits for nobody. */
void pp_listen_exit(void);

#endif
