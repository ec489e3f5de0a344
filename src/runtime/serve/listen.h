/* Serving /debug/pprof/ over HTTP: one server in a process. */
#ifndef PP_SERVE_LISTEN_H
#define PP_SERVE_LISTEN_H

#include "pprof/error.h"

#include <stdbool.h>
#include <stddef.h>

struct pp_listen_options {
    const char *token;    /* NULL or "": none */
    const char *told_url; /* not announced on standard error when it is this one; NULL: always */
    bool quiet;           /* never announced there */
    bool move_on;         /* when the address is taken, use a free port, or PATH.PID: a child of a
                             program that serves there already */
};

/* As pprof_serve_error. */
int pp_listen_start(const char *address, const struct pp_listen_options *options,
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
