/* What the environment asks for, read once by secure_getenv (a setuid program has no such
 * environment) and kept in memory of our own, since a program may change its environment.
 *
 *   PPROF_HTTP=ADDR  PPROF_OUT=DIR  PPROF_TOKEN=T  PPROF_OFF=1  PPROF_QUIET=1  PPROF_CHILDREN=1
 *   PPROF_TRACE=SECONDS  PPROF_SIGQUIT=1
 *   PPROF_HEAP_RATE=BYTES  PPROF_CPU_RATE=HZ  PPROF_PID=PID (the one process that may be active)
 *   PPROF_URL=URL (written by us: what this process serves; a program that execs another in its
 *   place keeps its port, and nothing is announced twice)
 */
#ifndef PP_SERVE_CONFIG_H
#define PP_SERVE_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct pp_config {
    char http[256];  /* "" when not asked for */
    char out[2048];  /* "" when not asked for */
    char token[256]; /* "" when none */
    char url[160];   /* "" unless the process served before it exec'ed this program */
    bool off, quiet, children;
    bool sigquit;    /* SIGQUIT writes all stacks */
    int trace_s;     /* the flight recorder's seconds; 0: off */
    int64_t heap_rate; /* -1: the default */
    int cpu_rate;      /* 0: the default */
    pid_t pid;         /* 0: any */
};

/* Reads the environment. A value that cannot be used is left out, and said so on standard error
 * unless this process is to stay silent. */
void pp_config_read(struct pp_config *config);

/* True when the environment, not the program, wants something of us. */
bool pp_config_is_asked(const struct pp_config *config);

#endif
