/* Waits that end without a return: by longjmp out of a signal's handler, by an exception thrown
 * there, by a cancellation. A frame that is left so stays linked; where the kernel is asked for the
 * thread's stack pointer that shows, where it is not asked it must not be linked any more.
 *
 * Invariants
 *  - longjmp in all its names and __cxa_throw unlink the calling thread's frames before they jump.
 *    One that stays within the handler unlinks too much, which costs a look at the kernel.
 *  - once a thread was cancelled, whose clean-up runs below the frame, the kernel is always asked.
 */
#ifndef PP_CAPTURE_WAIT_LEAVE_H
#define PP_CAPTURE_WAIT_LEAVE_H

#include <stdbool.h>

/* The calling thread is about to leave whatever it waits for. Handler-safe. */
void pp_waits_leave_sig(void);

/* Whether a frame may be linked whose wait is over. */
bool pp_waits_are_left(void);

/* Binds the functions behind the hooks; a handler may be the first to call one. */
void pp_leave_hooks_resolve(void);

#endif
