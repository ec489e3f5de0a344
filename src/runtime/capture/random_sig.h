/* The calling thread's random numbers. Handler-safe: a handler that draws in between only makes two
 * draws alike to nobody. */
#ifndef PP_CAPTURE_RANDOM_SIG_H
#define PP_CAPTURE_RANDOM_SIG_H

#include "base/sys.h"
#include "base/table.h"
#include "runtime/capture/self.h"

/* 64 random bits: splitmix64 over pp_self.random, seeded at its first use. */
static inline uint64_t pp_random_sig(void)
{
    struct pp_self *self = &pp_self;
    if (pp_unlikely(!self->random)) {
        uint64_t place = (uintptr_t)self ^ (uint64_t)pp_sys_tid() << 32;
        self->random = pp_hash_u64((uint64_t)pp_sys_monotonic_ns() ^ pp_hash_u64(place)) | 1;
    }
    self->random += 0x9e3779b97f4a7c15u;
    uint64_t z = self->random;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* Uniform in [0, limit), limit > 0. */
static inline uint64_t pp_random_below_sig(uint64_t limit)
{
    return (uint64_t)(((unsigned __int128)pp_random_sig() * limit) >> 64);
}

#endif
