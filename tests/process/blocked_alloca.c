/* flags: -O2 -g -fomit-frame-pointer -fno-optimize-sibling-calls */
#define BLOCKED_FRAME(n)                                                                           \
    volatile char *room = alloca((size_t)(n)*8);                                                   \
    room[0] = (char)(n);                                                                           \
    volatile int keep = room[0]
#include "blocked_body.h"
