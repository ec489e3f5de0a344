/* Goroutine dumps. */
#include "../decode_target.h"

#include "profile/stacks.h"

DECODE_TARGET(pp_dump_decode)
