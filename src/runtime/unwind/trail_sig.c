#include "runtime/unwind/trail.h"

#include "base/atomic.h"
#include "base/table.h"

#include <stdbool.h>
#include <stddef.h>

#ifdef PPROF_SMALL
enum { TRAILS_BITS = 1 };
#else
enum { TRAILS_BITS = 7 };
#endif
enum { PAGE = 4096 };

/* Threads beyond so many share; memory is touched where a thread takes stacks. */
static union {
    struct pp_trail trail;
    unsigned char page[PAGE];
} trails[1 << TRAILS_BITS] __attribute__((aligned(PAGE)));

_Static_assert(sizeof trails[0] == PAGE, "a trail is a page");

PP_HOT struct pp_trail *pp_trail_enter_sig(uint32_t generation)
{
    uint64_t key = pp_hash_u64((uintptr_t)__builtin_thread_pointer());
    struct pp_trail *trail = &trails[key >> (64 - TRAILS_BITS)].trail;
    uint32_t idle = 0;
    if (pp_load_relaxed(&trail->busy) || !pp_cas_acquire(&trail->busy, &idle, 1u)) {
        return NULL;
    }
    if (trail->generation != generation) {
        trail->generation = generation;
        trail->count = 0;
    }
    trail->fresh_count = 0;
    return trail;
}

/* Where the fresh frames do not all fit, the innermost are left out. */
static PP_HOT void keep_fresh(struct pp_trail *trail, uint32_t kept)
{
    static const struct pp_trail_frame none;
    uint32_t room = PP_TRAIL_MAX - kept;
    uint32_t skip = trail->fresh_count > room ? trail->fresh_count - room : 0;
    for (uint32_t i = trail->fresh_count; i-- > skip;) {
        struct pp_trail_frame frame = trail->fresh[i];
        const struct pp_trail_frame *outer = kept ? &trail->frames[kept - 1] : &none;
        frame.needs_fp = frame.by_fp || (!outer->fp_slot && outer->needs_fp);
        trail->frames[kept++] = frame;
    }
    trail->count = kept;
}

PP_HOT void pp_trail_leave_sig(struct pp_trail *trail, uint32_t kept)
{
    if (trail->fresh_count == PP_TRAIL_MAX) {
        trail->fresh_count = 0; /* there may have been more: the outermost are not known */
    }
    if (kept || trail->fresh_count) {
        trail->base = kept ? trail->base : trail->fresh_high;
        if (trail->base - trail->fresh_low > UINT32_MAX) {
            trail->fresh_count = 0;
        }
        keep_fresh(trail, kept);
    }
    pp_store_release(&trail->busy, 0u);
}
