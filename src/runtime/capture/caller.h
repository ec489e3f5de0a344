/* The stack of whoever called into us, for hooks and API functions. */
#ifndef PP_CAPTURE_CALLER_H
#define PP_CAPTURE_CALLER_H

#include "runtime/capture/stacktab.h"

#include <stdbool.h>

/* Walks the calling thread from here, drops the frames of libpprof itself at the leaf and `skip`
 * more, and interns the rest with the given label set. pcs[0] is a return address. Handler-safe. */
pp_stack_id pp_caller_stack_sig(int skip, uint32_t label_set);

/* True when pc lies in libpprof's own code: the shared library, or its section of a program that
 * links libpprof.a. Never true when that cannot be told. Handler-safe. */
bool pp_caller_is_ours_sig(uintptr_t pc);

#endif
