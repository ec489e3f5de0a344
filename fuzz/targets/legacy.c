/* The older formats. */
#include "../decode_target.h"

#include "profile/decode.h"

DECODE_TARGET(pp_legacy_decode)
