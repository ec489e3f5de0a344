/* The control groups that this process is in, v2 and v1: what limits it. */
#ifndef PP_BASE_CGROUP_H
#define PP_BASE_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

enum { PP_CGROUP_PATH = 512 };

/* A group's directory; true when it tells what is looked for. */
typedef bool pp_cgroup_visit(void *ctx, int version, const char *directory);

/* Visits the group of that controller that this process is in, then each above it: in v2, and if
 * none tells there, in v1. The version that told, or 0. Reads a few small files; not in a handler. */
int pp_cgroup_walk(const char *controller, pp_cgroup_visit *visit, void *ctx);

/* One number of a group's file; "max" is UINT64_MAX. False when there is no such file or number. */
bool pp_cgroup_number(const char *directory, const char *name, uint64_t *value);

#endif
