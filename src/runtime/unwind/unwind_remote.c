/* The walk of another thread's stack while that thread is blocked.
 *
 *   its stack   sp ....[ chunk )........ high      the chunk is copied by the kernel, so that a
 *   our buffer         [ chunk )                   thread that ends meanwhile costs frames only
 *
 * Nothing is read in place unless the kernel refuses to copy (seccomp); then pages are probed. */
#include "runtime/unwind/unwind_private.h"

#include "base/sys.h"

#include <errno.h>

enum {
    CHUNK_BYTES = 16 << 10,
    BEHIND_BYTES = 1 << 10, /* kept below a missed word: saved registers are there */
};

struct remote_view {
    struct pp_stack_view view;
    uintptr_t sp;
    struct pp_stack_bounds bounds;
    bool is_refused; /* the kernel does not copy for us */
    _Alignas(16) unsigned char chunk[CHUNK_BYTES];
};

static size_t chunk_len(const struct remote_view *remote, uintptr_t start)
{
    const struct pp_stack_bounds *bounds = &remote->bounds;
    if (start >= bounds->low && start < bounds->high && bounds->high - start < CHUNK_BYTES) {
        return bounds->high - start;
    }
    return CHUNK_BYTES;
}

static uintptr_t chunk_start(const struct remote_view *remote, uintptr_t address)
{
    if (address < remote->sp || address - remote->sp < BEHIND_BYTES) {
        return address < remote->sp ? address : remote->sp;
    }
    return address - BEHIND_BYTES;
}

static bool copy_chunk(struct remote_view *remote, uintptr_t address, uintptr_t start)
{
    ssize_t got = pp_sys_copy_safe(remote->chunk, (const void *)start, chunk_len(remote, start));
    if (got < 0) {
        remote->is_refused = got == -EPERM || got == -ENOSYS || got == -EACCES;
        return false;
    }
    uintptr_t high = start + ((size_t)got & ~(size_t)7);
    if (address + 8 > high) {
        return false;
    }
    remote->view.low = start;
    remote->view.high = high;
    remote->view.delta = (intptr_t)((uintptr_t)remote->chunk - start);
    return true;
}

static bool more_remote(struct pp_stack_view *view, uintptr_t address)
{
    struct remote_view *remote = (struct remote_view *)view;
    if (!remote->is_refused && (copy_chunk(remote, address, chunk_start(remote, address)) ||
                                copy_chunk(remote, address, address))) {
        return true;
    }
    if (!remote->is_refused) {
        return false;
    }
    if (view->delta != 0) {
        view->delta = 0;
        view->low = view->high = 0;
    }
    return pp_view_insist_sig(view, address);
}

size_t pp_unwind_copied(const struct pp_stack_copy *copy, const struct pp_regs *regs,
                        unsigned known_mask, struct pp_stack_bounds bounds, uintptr_t *pcs,
                        size_t max, unsigned *flags)
{
    struct remote_view remote;
    remote.view = (struct pp_stack_view){ .low = copy->low,
                                          .high = copy->high,
                                          .delta = (intptr_t)((uintptr_t)copy->bytes - copy->low),
                                          .more = more_remote };
    remote.sp = regs->sp & ~(uint64_t)7;
    remote.bounds = bounds;
    remote.is_refused = false;
    return pp_walk_sig(regs, known_mask & PP_REGS_CALLEE_SAVED, &remote.view, pcs, max, flags);
}

size_t pp_unwind_remote(const struct pp_regs *regs, unsigned known_mask,
                        struct pp_stack_bounds bounds, uintptr_t *pcs, size_t max,
                        unsigned *flags)
{
    const struct pp_stack_copy nothing = { 0, 0, NULL };
    return pp_unwind_copied(&nothing, regs, known_mask, bounds, pcs, max, flags);
}
