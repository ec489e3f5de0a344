/* Ways out that run no destructors: the last files are written here first. exit() comes through the
 * destructor in init.c. */
#include "base/sys.h"
#include "runtime/serve/init.h"
#include "runtime/unwind/next.h"

#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

static _Noreturn void leave_now(int status)
{
    pp_init_exit();
    for (;;) {
        pp_sys_call(SYS_exit_group, status, 0, 0, 0, 0, 0);
    }
}

EXPORT _Noreturn void _exit(int status)
{
    leave_now(status);
}

EXPORT _Noreturn void _Exit(int status)
{
    leave_now(status);
}

/* libc runs the at_quick_exit handlers, then leaves by a door of its own that cannot be hooked. */
EXPORT _Noreturn void quick_exit(int status)
{
    void (*real)(int);
    void *found = pp_next_symbol("quick_exit");
    pp_init_exit();
    if (found) {
        memcpy(&real, &found, sizeof(real));
        real(status);
    }
    leave_now(status);
}
