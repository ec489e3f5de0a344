/* flags: -O0 -g -fno-omit-frame-pointer */
#include "blocked_body.h"
