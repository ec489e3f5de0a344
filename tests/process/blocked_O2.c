/* flags: -O2 -g -fomit-frame-pointer -fno-optimize-sibling-calls */
#include "blocked_body.h"
