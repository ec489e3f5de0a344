/* Hooking a program that was bound without us: the pointers by which its modules call the C library
 * are made to lead to our hooks, and put back on request.
 *
 *   relocation of a module: name -> slot      slot: was libc's function -> is ours, original noted
 *
 * Which names is not written down here: whatever function libpprof.so exports besides its public
 * interface (cmake/libpprof.map) is a hook.
 *
 * Invariants
 *  - a slot is changed only while it leads to the module that owns the real function, or to its own
 *    module's stub that would find it; a module that resolves malloc to an allocator of its own is
 *    left alone.
 *  - slots are written with one aligned store, so that another thread calls either function; pages
 *    made writable for that are read-only again afterwards.
 *  - putting back looks at the slots there are now, never at remembered addresses alone: a module
 *    that was unloaded is not touched.
 *  - the library stays loaded for ever, since threads may still be inside a hook.
 */
#ifndef PP_CAPTURE_GOT_H
#define PP_CAPTURE_GOT_H

#include <stdbool.h>
#include <stdint.h>

/* Hooks all modules, and from now on those that dlopen brings (by a thread of ours that sleeps
 * until then). Only where pp_next_is_late. 0 or PPROF_ERR_*. Not in a handler. */
int pp_got_install(void) __attribute__((warn_unused_result));

/* Where we are not late: hooks what direct_hooks.h lists, for an allocator that has it. Looks only
 * if modules have come or gone since the last time. Not in a handler. */
void pp_got_take_direct(void);

/* Puts everything back. */
void pp_got_restore(void);

/* Whether hooks are in place by this room. */
bool pp_got_is_on(void);

struct pp_got_stats {
    uint64_t slots;    /* lead to us */
    uint64_t left_out; /* lead to someone else's function, or could not be written */
};
void pp_got_stats(struct pp_got_stats *stats);

/* In the child of a fork: the lock is free, the watching thread is gone. */
void pp_got_after_fork(void);

#endif
