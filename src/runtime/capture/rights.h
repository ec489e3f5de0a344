/* Capabilities of our own threads.
 *
 * Ids, groups and capabilities belong to a thread. glibc changes ids and groups in every thread, and
 * ends the program when one is refused what another is granted; capset and prctl change only the
 * caller. So our threads have of capabilities what a change of ids needs, and repeat what a thread
 * of the program does to its own:
 *
 *   capset, prctl(PR_SET_KEEPCAPS, PR_SET_SECUREBITS)
 *       -> the real call -> SIGSYS to each of ours -> its handler: the same -> the hook returns
 *
 * Invariants
 *  - a thread of ours has no capability that was not among the program's at the last such call.
 *  - SIGSYS is open in our threads, which nobody sends to a process; our handler stands for it only
 *    while a change is repeated, and passes on what is not for us.
 *  - once one of ours has not answered, nothing is repeated any more, and the handler stays.
 */
#ifndef PP_CAPTURE_RIGHTS_H
#define PP_CAPTURE_RIGHTS_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* In a new thread of ours: gives up all but what a change of ids needs. */
void pp_rights_drop_sig(void);

/* prctl(option, value) of the calling thread went well: ours repeat those that are about rights. */
void pp_rights_prctl(int option, unsigned long value);

/* ---- between rights_hooks.c and rights_sig.c ---- */

struct pp_rights_change {
    int option; /* of prctl; 0: a capset */
    unsigned long value;
    uint32_t effective, permitted;
    uint32_t pending; /* of our threads that have not answered, and the asker: a futex word */
    struct sigaction before;
};
extern struct pp_rights_change pp_rights_change;

void pp_rights_handler_sig(int signal, siginfo_t *info, void *context);

#endif
