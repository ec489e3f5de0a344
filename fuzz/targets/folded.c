/* Folded stacks. */
#include "../decode_target.h"

#include "profile/stacks.h"

DECODE_TARGET(pp_folded_decode)
