/* mlockall, with our reserved tables left out: they are address space, some 200 MiB of it, of which
 * little is ever touched, and locking would make it memory.
 *
 *   MCL_CURRENT   each mapping of the program's is locked by itself
 *   MCL_FUTURE    the kernel's own affair; pp_sys_reserve then unlocks what it gets */
#include "base/arena.h"
#include "base/sort_in_place.h"
#include "base/sys.h"
#include "runtime/capture/heap_tables.h"
#include "runtime/capture/self.h"
#include "runtime/unwind/next.h"
#include "runtime/unwind/vma.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

typedef int mlockall_fn(int flags);
static mlockall_fn *real_mlockall;

struct locker {
    struct pp_arena arena;
    struct pp_sys_range *own; /* ascending */
    size_t own_count;
    bool on_fault;
    int err; /* errno value of the first refusal */
};

static bool starts_before(const struct pp_sys_range *a, const struct pp_sys_range *b)
{
    return a->start < b->start;
}

PP_SORT_IN_PLACE(sort_ranges, struct pp_sys_range, starts_before)

static bool find_own(struct locker *locker)
{
    locker->own = pp_arena_array(&locker->arena, PP_SYS_RANGES_MAX + 1, sizeof(*locker->own));
    if (!locker->own) {
        return false;
    }
    size_t count = pp_sys_own_ranges(locker->own);
    uintptr_t filter = (uintptr_t)pp_heap_filter;
    locker->own[count++] = (struct pp_sys_range){ filter, filter + sizeof(pp_heap_filter) };
    sort_ranges(locker->own, count);
    locker->own_count = count;
    return true;
}

static void lock_piece(struct locker *locker, uintptr_t start, uintptr_t limit, bool accessible)
{
    long flags = locker->on_fault ? MLOCK_ONFAULT : 0;
    if (start >= limit || locker->err) {
        return;
    }
    long result = pp_sys_call(SYS_mlock2, (long)start, (long)(limit - start), flags, 0, 0, 0);
    if (result < 0 && accessible && result != -EFAULT) {
        locker->err = (int)-result;
    }
}

/* A mapping less what is ours in it. Mappings that cannot be read are locked as far as that goes:
 * mlockall, too, says nothing about them. */
static void lock_mapping(struct locker *locker, uintptr_t start, uintptr_t limit, bool accessible)
{
    for (size_t i = 0; i < locker->own_count && start < limit; i++) {
        const struct pp_sys_range *own = &locker->own[i];
        if (own->limit <= start || own->start >= limit) {
            continue;
        }
        lock_piece(locker, start, own->start, accessible);
        start = own->limit;
    }
    lock_piece(locker, start, limit, accessible);
}

static int lock_vma(void *ctx, const struct pp_vma *vma)
{
    if (strncmp(vma->name, "[v", 2) != 0) { /* not the vdso and its like */
        lock_mapping(ctx, vma->start, vma->limit, vma->readable);
    }
    return 0;
}

/* 0, an errno value, or -1 when it cannot be done this way. */
static int lock_current(bool on_fault)
{
    struct locker locker = { .on_fault = on_fault };
    pp_arena_init(&locker.arena, 0);
    bool done = find_own(&locker) && pp_vma_each(&locker.arena, false, lock_vma, &locker) == 0;
    pp_arena_release(&locker.arena);
    return done ? locker.err : -1;
}

static int lock_all(int flags)
{
    int future = flags & ~MCL_CURRENT;
    if ((future & MCL_FUTURE) && real_mlockall(future) != 0) {
        return -1;
    }
    int saved = errno;
    int err = lock_current(flags & MCL_ONFAULT);
    if (err < 0) {
        return real_mlockall(flags);
    }
    if (err > 0) {
        (void)munlockall();
        errno = err;
        return -1;
    }
    errno = saved;
    return 0;
}

int hook_mlockall(int flags) __asm__("mlockall") __attribute__((visibility("default")));

int hook_mlockall(int flags)
{
    const int known = MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT;
    if (!real_mlockall) {
        pp_store_release(&real_mlockall, (mlockall_fn *)pp_next_symbol("mlockall"));
    }
    if (!real_mlockall) {
        errno = ENOSYS;
        return -1;
    }
    if (!(flags & MCL_CURRENT) || (flags & ~known)) {
        return real_mlockall(flags);
    }
    pp_self_enter();
    int result = lock_all(flags);
    pp_self_leave();
    return result;
}
