/* What perf script prints. */
#include "../decode_target.h"

#include "profile/stacks.h"

DECODE_TARGET(pp_perf_script_decode)
