/* longjmp and pthread_cancel: wait frames that are about to be left are unlinked (wait_leave.h).
 *
 * A jump from anywhere else pays 1.7 ns on top of the 6 that setjmp and longjmp take. */
#include "runtime/capture/wait_leave.h"

#include "runtime/capture/thread_private.h"
#include "runtime/unwind/next.h"

#include <errno.h>
#include <stdlib.h>

typedef void jump_fn(void *where, int value);

static bool was_cancelled;

void pp_waits_leave_sig(void)
{
    struct pp_thread *thread = pp_self.thread;
    if (thread && pp_load_relaxed(&thread->wait.frame)) {
        pp_store_release(&thread->wait.frame, NULL);
        pp_store_relaxed(&thread->wait.seq, thread->wait.seq + 1);
    }
}

bool pp_waits_are_left(void)
{
    return pp_load_relaxed(&was_cancelled);
}

#define JUMPS(X) X(longjmp) X(_longjmp) X(siglongjmp) X(__longjmp_chk)

#define JUMP_HOOK(name)                                                                            \
    static jump_fn *real_##name;                                                                   \
    void hook_##name(void *where, int value) PP_HOOK(name) __attribute__((noreturn));              \
    void hook_##name(void *where, int value)                                                       \
    {                                                                                              \
        pp_waits_leave_sig();                                                                      \
        if (pp_unlikely(!pp_load_acquire(&real_##name))) {                                         \
            pp_leave_hooks_resolve();                                                              \
        }                                                                                          \
        if (real_##name) {                                                                         \
            real_##name(where, value);                                                             \
        }                                                                                          \
        abort();                                                                                   \
    }

JUMPS(JUMP_HOOK)

static int (*real_pthread_cancel)(pthread_t thread);

int hook_pthread_cancel(pthread_t thread) PP_HOOK(pthread_cancel);

int hook_pthread_cancel(pthread_t thread)
{
    pp_store(&was_cancelled, true);
    if (pp_unlikely(!pp_load_acquire(&real_pthread_cancel))) {
        pp_leave_hooks_resolve();
    }
    return real_pthread_cancel ? real_pthread_cancel(thread) : ENOSYS;
}

void pp_leave_hooks_resolve(void)
{
    pp_self_enter();
#define RESOLVE_JUMP(name) pp_store_release(&real_##name, (jump_fn *)pp_next_symbol(#name));
    JUMPS(RESOLVE_JUMP)
    pp_store_release((void **)&real_pthread_cancel, pp_next_symbol("pthread_cancel"));
    pp_self_leave();
}
