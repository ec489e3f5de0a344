/* What the environment asks for, read once by secure_getenv (a setuid program has no such
 * environment) and kept in memory of our own, since a program may change its environment.
 *
 *   PPROF_HTTP=ADDR  PPROF_OUT=DIR  PPROF_TOKEN=T  PPROF_OFF=1  PPROF_QUIET=1  PPROF_CHILDREN=1
 *   PPROF_TRACE=SECONDS  PPROF_SIGQUIT=1
 *   PPROF_MUTEX_FRACTION=N  PPROF_BLOCK_RATE=NS  PPROF_BLOCK_IO=1
 *   PPROF_HEAP_RATE=BYTES  PPROF_CPU_RATE=HZ  PPROF_PID=PID (the one process that may be active)
 *   PPROF_DIR=DIR  PPROF_EVERY=SECONDS  PPROF_DIR_FILES=N  PPROF_DIR_BYTES=BYTES  PPROF_KINDS=LIST
 *   PPROF_ON_OOM=DIR  PPROF_OOM_LIMIT=90% or BYTES
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
    char record[2048];     /* PPROF_DIR; "" when not asked for */
    char record_kinds[256];
    int64_t record_every_s, record_files, record_bytes; /* 0: the default */
    char oom[2048];        /* PPROF_ON_OOM; "" when not asked for */
    char oom_limit[32];    /* "": the default */
    char token[256]; /* "" when none */
    char url[160];   /* "" unless the process served before it exec'ed this program */
    bool off, quiet, children;
    bool sigquit;    /* SIGQUIT writes all stacks */
    int trace_s;     /* the flight recorder's seconds; 0: off */
    int64_t heap_rate; /* -1: the default */
    int cpu_rate;      /* 0: the default */
    int mutex_fraction;   /* -1: the default */
    int64_t block_rate;   /* -1: the default */
    bool block_io;
    pid_t pid;         /* 0: any */
};

/* Reads the environment. A value that cannot be used is left out, and said so on standard error
 * unless this process is to stay silent. */
void pp_config_read(struct pp_config *config);

/* True when the environment, not the program, wants something of us. */
bool pp_config_is_asked(const struct pp_config *config);

#endif
