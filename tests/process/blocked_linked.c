/* links libpprof; flags: -O2 -g -fomit-frame-pointer -fno-optimize-sibling-calls */
#include "blocked_body.h"
#include <pprof/pprof.h>
/* Keeps the library among what the program needs, whatever the linker's defaults. */
int (*const blocked_needs_library)(const char *, int, int) = pprof_write;
