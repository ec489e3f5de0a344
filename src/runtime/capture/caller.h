/* The stack of whoever called into us, for hooks and API functions. */
#ifndef PP_CAPTURE_CALLER_H
#define PP_CAPTURE_CALLER_H

#include "runtime/capture/stacktab.h"

#include <stdbool.h>

/* Walks the calling thread from here, drops the frames of libpprof itself at the leaf and `skip`
 * more, and interns the rest with the given label set. pcs[0] is a return address. Handler-safe. */
pp_stack_id pp_caller_stack_sig(int skip, uint32_t label_set);

/* The same with nothing skipped, for hooks of calls that a signal handler may make: on an alternate
 * stack, or at the end of a thread's, with less than 8 KiB left there is no walk, and the return
 * address `caller` (NULL: unknown) is all of the stack. Handler-safe. */
pp_stack_id pp_caller_stack_spare_sig(const void *caller);

/* True when pc lies in libpprof's own code: the shared library, or its section of a program that
 * links libpprof.a. Never true when that cannot be told. Handler-safe. */
bool pp_caller_is_ours_sig(uintptr_t pc);

#endif
