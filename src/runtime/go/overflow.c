#include "base/sys.h"
#include "runtime/go/go_seen.h"

#include <string.h>

enum { STACK_BYTES = 64 << 10 };

void pp_go_overflow_init(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof(action));
    action.sa_sigaction = pp_go_overflow_sig;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    (void)sigaction(SIGSEGV, &action, &pp_go_overflow_before);
}

void pp_go_overflow_thread(void)
{
    stack_t stack = { .ss_sp = pp_sys_map(STACK_BYTES), .ss_size = STACK_BYTES };
    if (stack.ss_sp) {
        (void)sigaltstack(&stack, NULL);
    }
}
