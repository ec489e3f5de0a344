/* libc's functions as the link of this program found them: what our hooks pass on to where there is
 * no "next definition". That is so in a static program, which has libpprof.a, and libpprof.a hooks
 * nothing but the malloc family (cmake/archive.sh). In libpprof.so all of these are NULL, because
 * there the names are our hooks.
 */
#ifndef PP_CAPTURE_LINKED_CALLS_H
#define PP_CAPTURE_LINKED_CALLS_H

#include <pthread.h>
#include <signal.h>

struct pp_linked_calls {
    int (*pthread_create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    int (*sigaction)(int, const struct sigaction *, struct sigaction *);
};

struct pp_linked_calls pp_linked_calls(void);

#endif
