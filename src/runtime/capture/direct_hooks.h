/* Functions besides the malloc family by which a program may reach its allocator: jemalloc's
 * mallocx, tcmalloc's tc_malloc, mimalloc's mi_malloc, with their like, and the C++ operators new
 * and delete of an allocator that serves them itself.
 *
 * We export none of these names: a program that looks whether its allocator has them would find
 * ours. Where they are there, the pointers by which modules call them are made to lead here
 * (got.h).
 *
 * Invariants: a block is counted once, also if the function behind us calls another hook; `real` is
 * set before anything leads to a hook. */
#ifndef PP_CAPTURE_DIRECT_HOOKS_H
#define PP_CAPTURE_DIRECT_HOOKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pp_direct_hook {
    const char *name;
    uintptr_t ours;
    void *real; /* where the pointer to the function behind us is kept */
};

extern const struct pp_direct_hook pp_direct_hooks[];
extern const size_t pp_direct_hook_count;

/* Whether we are to stand in front of that function: of operators only those of the allocator
 * behind malloc, as others call malloc themselves. */
bool pp_direct_is_wanted(const char *name, const void *function);

#endif
