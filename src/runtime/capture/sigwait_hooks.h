/* Keeps ticks of our CPU profiles from programs that wait for signals. */
#ifndef PP_CAPTURE_SIGWAIT_HOOKS_H
#define PP_CAPTURE_SIGWAIT_HOOKS_H

#include <signal.h>
#include <time.h>

struct pp_sigwait_calls {
    int (*wait)(const sigset_t *set, int *signal);
    int (*waitinfo)(const sigset_t *set, siginfo_t *info);
    int (*timedwait)(const sigset_t *set, siginfo_t *info, const struct timespec *timeout);
};

/* Takes the C library's functions, all three there, and gives what is to be called in their place.
 * Once, at start. */
struct pp_sigwait_calls pp_sigwait_filter(const struct pp_sigwait_calls *calls);

#endif
