/* The stack of whoever called into us, for hooks and API functions. */
#ifndef PP_CAPTURE_CALLER_H
#define PP_CAPTURE_CALLER_H

#include "runtime/capture/stacktab.h"

/* Walks the calling thread from here, drops the frames of libpprof itself at the leaf and `skip`
 * more, and interns the rest with the given label set. pcs[0] is a return address. Handler-safe. */
pp_stack_id pp_caller_stack_sig(int skip, uint32_t label_set);

#endif
