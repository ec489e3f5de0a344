/* A stack as the unwinder may read it: a window of memory known to be readable, and a way to
 * move it.
 *
 * Invariant: bytes of [low, high) can be read at address + delta without a fault.
 */
#ifndef PP_UNWIND_VIEW_H
#define PP_UNWIND_VIEW_H

#include <stdbool.h>
#include <stdint.h>

/* Reads of stacks pass over the red zones that sanitizers put between variables. */
#define PP_NO_SANITIZE __attribute__((no_sanitize_address, no_sanitize_thread))

struct pp_stack_view {
    uintptr_t low, high;
    intptr_t delta;
    /* Moves or widens the window so that the word at address is inside; false when it cannot. */
    bool (*more)(struct pp_stack_view *view, uintptr_t address);
};

/* Makes the page of address (at its own place, delta 0) the window if it can be read, or joins it
 * to the window when it is the next one up. For stacks whose bounds are not known: a coroutine's,
 * an alternate signal stack. One system call; handler-safe. */
bool pp_view_probe_sig(struct pp_stack_view *view, uintptr_t address);

/* The same where the process filters its system calls, for a thread that has just seen that a call
 * the filter does not expect is refused, and no more. */
bool pp_view_insist_sig(struct pp_stack_view *view, uintptr_t address);

/* One aligned word of the stack. Handler-safe when view->more is. */
PP_NO_SANITIZE static inline bool pp_view_read(struct pp_stack_view *view, uintptr_t address,
                                               uint64_t *value)
{
    if (address & 7) {
        return false;
    }
    if (address - view->low >= view->high - view->low && !view->more(view, address)) {
        return false;
    }
    *value = *(const volatile uint64_t *)(address + (uintptr_t)view->delta);
    return true;
}

#endif
