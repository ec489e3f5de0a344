/* Where a thread may be borrowed: it must hold no lock of the C library or the loader, and be in no
 * signal handler that might have interrupted one.
 *
 * The stack is unwound by libdw from the call frame information of the files. Without libdw, only
 * a thread that is parked in a system call such as read or epoll_wait is taken.
 */
#ifndef PP_TOOL_ATTACH_PLACE_H
#define PP_TOOL_ATTACH_PLACE_H

#include "tool/attach/target.h"

#include <sys/user.h>

enum {
    PP_PLACE_LOADER = 'L',
    PP_PLACE_LIBC = 'C',
    PP_PLACE_MALLOC = 'M', /* an allocator */
    PP_PLACE_PPROF = 'P',  /* our own hooks: safe where a thread waits in them */
    PP_PLACE_WAIT = 'W',   /* waits, on a futex too, and holds nothing of libc's meanwhile */
    PP_PLACE_NEVER = 'N',  /* holds a lock of libc's that starting us wants */
};

/* What a function of libc is in this respect; 0: nothing special. */
char pp_place_class(const char *function);

/* The unwinder for one process; NULL when libdw is missing. */
struct pp_place;
struct pp_place *pp_place_new(pid_t pid);
void pp_place_free(struct pp_place *place);

/* Whether that thread, stopped by us with these registers, may be borrowed. `place` may be NULL. */
bool pp_place_is_safe(struct pp_place *place, const struct pp_target *target, pid_t tid,
                      const struct user_regs_struct *regs);

/* From /proc/PID/task/TID/syscall, without stopping it: 2 likely, 1 perhaps, 0 no. */
int pp_place_guess(pid_t pid, pid_t tid);

#endif
