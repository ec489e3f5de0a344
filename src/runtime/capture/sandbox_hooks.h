/* For syscall_hook.S and the pointer behind it (wait_hooks.c). */
#ifndef PP_CAPTURE_SANDBOX_HOOKS_H
#define PP_CAPTURE_SANDBOX_HOOKS_H

#include <stdbool.h>

typedef long pp_syscall_fn(long number, long a, long b, long c, long d, long e, long f);

extern pp_syscall_fn *pp_real_syscall __attribute__((visibility("hidden")));

/* syscall(SYS_seccomp, ...), and SYS_capset (rights_hooks.c). */
extern pp_syscall_fn pp_syscall_seccomp, pp_syscall_capset;

/* Whether the program filters its system calls: then it is asked for none that it does not expect. */
bool pp_sandbox_stands(void);

#endif
