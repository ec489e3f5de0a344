/* Which frames are those of our blocking-call hooks. Handler-safe. */
#ifndef PP_CAPTURE_WAIT_HOOKS_H
#define PP_CAPTURE_WAIT_HOOKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True for a pc inside such a hook. */
bool pp_wait_hook_holds(uintptr_t pc);

/* Takes the hooks between the C library and the program out of a stack, so that it reads as it
 * would without us; a hook that is itself the leaf stays. Returns the new depth. */
size_t pp_wait_hook_drop(uintptr_t *pcs, size_t depth);

/* The C library's function that a hook called: `called` itself, unless a filter of ours stands
 * between the two. */
const void *pp_wait_hook_behind(const void *called);

#endif
