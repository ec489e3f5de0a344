/* What every hook of an allocation does around the real call; and of a free. */
#ifndef PP_CAPTURE_MALLOC_STEPS_H
#define PP_CAPTURE_MALLOC_STEPS_H

#include "base/atomic.h"
#include "runtime/capture/heap_sig.h"
#include "runtime/capture/malloc_real.h"
#include "runtime/capture/self.h"

/* Takes size + 1 bytes (one more, so that blocks of size 0 are seen too) off the countdown; false
 * when the sample point lies in them, and then nothing was taken. */
static inline bool pp_malloc_countdown(size_t size)
{
    uint64_t left = (uint64_t)pp_self.heap_left;
    if (pp_unlikely(left <= size)) {
        return false;
    }
    pp_self.heap_left = (int64_t)(left + ~(uint64_t)size);
    return true;
}

/* The weight of a block for which the countdown was not enough; 0: no sample after all. */
static inline uint64_t pp_malloc_due(size_t size)
{
    pp_malloc_probe = false;
    return pp_heap_due_sig(size);
}

/* Notes the block if it is one and has a weight; the block. */
static inline void *pp_malloc_sampled(void *block, size_t size, uint64_t weight, const void *caller)
{
    if (block && weight) {
        pp_self.heap_last = block;
        pp_heap_sampled_sig(block, size, weight, caller);
    }
    return block;
}

/* After a call that moves a block, for which pp_heap_take_sig was true: NULL for another size than
 * 0 says that the block is still where it was. */
static inline void pp_malloc_moved(const struct pp_heap_live *live, const void *moved, size_t size)
{
    if (moved || size == 0) {
        pp_heap_taken_freed_sig(live);
    } else {
        pp_heap_put_back_sig(live);
    }
}

#endif
