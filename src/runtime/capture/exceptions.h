/* C++ exceptions, counted where they are thrown. */
#ifndef PP_CAPTURE_EXCEPTIONS_H
#define PP_CAPTURE_EXCEPTIONS_H

#include "runtime/capture/sumtab.h"

/* Throws by (stack, label set with the type's name). */
extern struct pp_sumtab pp_throw_sums;

/* Reserves the table; once, from the constructor. 0 or PPROF_ERR_NOMEM. */
int pp_exceptions_init(void);

/* The calling thread throws an object whose type has this mangled name. */
void pp_exception_count(const char *type);

/* A type's name as C++ writes it, into out; false when it is a form that is not known here (a
 * template): then it stays as it is. */
bool pp_exception_type(const char *mangled, char *out, size_t cap);

/* Called at each throw on the thread that throws, before it; NULL: nobody asks. Atomic. */
extern void (*pp_exception_thrown)(void);

/* A function of the C++ runtime, or NULL: also of one that was loaded out of the loader's order.
 * Takes the loader's locks. */
void *pp_exception_runtime(const char *name);

/* In the child after fork. */
void pp_exceptions_after_fork(void);

#endif
