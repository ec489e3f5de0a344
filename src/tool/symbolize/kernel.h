/* Names of the running kernel's functions, for profiles that perf made on this machine.
 *
 * Invariants: the functions are sorted by address; names point into the text that was read.
 */
#ifndef PP_TOOL_KERNEL_H
#define PP_TOOL_KERNEL_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pp_kernel_function {
    uint64_t address;
    const char *name;
    bool is_local;
};

struct pp_kernel {
    struct pp_kernel_function *functions;
    size_t count, cap;
};

/* Whether a mapping's file is the kernel itself, as perf calls it. */
bool pp_is_kernel(const char *file);

/* Reads /proc/kallsyms into the arena, when the running kernel has the build id and shows its
 * addresses to this user; else false. */
bool pp_kernel_read(struct pp_arena *arena, const char *build_id, struct pp_kernel *kernel);

/* The same of a text like that file's. */
bool pp_kernel_parse(struct pp_arena *arena, char *text, struct pp_kernel *kernel);

/* The function that holds an address; NULL below the first. */
const char *pp_kernel_name(const struct pp_kernel *kernel, uint64_t address);

#endif
