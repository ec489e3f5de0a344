/* How many goroutines run at the same time unless go_procs says otherwise. */
#ifndef PP_GO_PROCS_H
#define PP_GO_PROCS_H

#include <stdint.h>

/* The environment's GOMAXPROCS, or as many processors as this process may use by its affinity and
 * gets time of by its control groups; at least 1. Reads files; not in a handler. */
uint32_t pp_go_default_procs(void) __attribute__((visibility("hidden")));

#endif
