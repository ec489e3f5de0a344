/* Names of code that a program made while running, from the map that just-in-time compilers write
 * for perf: /tmp/perf-PID.map, one "START SIZE NAME" a line (node --perf-basic-prof, and others).
 *
 * Invariants: only a plain file of this user is read, at most 64 MiB of it; what code was moved over
 * takes the later line's name. Names live in the arena. Not in a handler.
 */
#ifndef PP_UNWIND_JIT_H
#define PP_UNWIND_JIT_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pp_jit_code;

struct pp_jit {
    bool is_loaded; /* also when there is no map */
    size_t count;
    struct pp_jit_code *code; /* ascending, of one start the last line only */
};

/* The name and start of the code that holds pc; the map is read when first asked. */
bool pp_jit_symbol(struct pp_jit *jit, struct pp_arena *arena, uintptr_t pc, const char **name,
                   uintptr_t *entry);

#endif
