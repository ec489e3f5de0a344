/* mmap, munmap, mremap. Until the constructor binds them the pointers lead to the system calls, for
 * the reason given in fd_hooks.c. */
#include "runtime/capture/mapping_hooks.h"

#include "base/sys.h"
#include "runtime/capture/mapping.h"
#include "runtime/capture/self.h"
#include "runtime/capture/thread_private.h"
#include "runtime/unwind/next.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>

typedef void *mmap_fn(void *, size_t, int, int, int, off_t);
typedef int munmap_fn(void *, size_t);
typedef void *mremap_fn(void *, size_t, size_t, int, void *);

static void *raw_result(long result)
{
    if (result < 0 && result >= -4095) {
        errno = (int)-result;
        return MAP_FAILED;
    }
    return (void *)result;
}

static void *raw_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    return raw_result(
        pp_sys_call(SYS_mmap, (long)at, (long)size, protection, flags, fd, (long)offset));
}

static int raw_munmap(void *at, size_t size)
{
    return raw_result(pp_sys_call(SYS_munmap, (long)at, (long)size, 0, 0, 0, 0)) ? -1 : 0;
}

static void *raw_mremap(void *at, size_t size, size_t wanted, int flags, void *to)
{
    return raw_result(
        pp_sys_call(SYS_mremap, (long)at, (long)size, (long)wanted, flags, (long)to, 0));
}

static mmap_fn *real_mmap = raw_mmap, *real_mmap64 = raw_mmap;
static munmap_fn *real_munmap = raw_munmap;
static mremap_fn *real_mremap = raw_mremap;

/* What was mapped over is gone; nobody else can have mapped there in between. */
static void *note(void *at, size_t size, int flags, const void *caller)
{
    if (at != MAP_FAILED) {
        if (flags & MAP_FIXED) {
            (void)pp_mapping_cut_sig((uintptr_t)at, size, NULL);
        }
        pp_mapping_note_sig((uintptr_t)at, size,
                            flags & MAP_ANONYMOUS
                                ? (flags & MAP_TYPE) == MAP_PRIVATE ? PP_MAPPING_ANONYMOUS
                                                                    : PP_MAPPING_SHARED
                                : PP_MAPPING_FILE,
                            caller);
    }
    return at;
}

void *hook_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
    PP_HOOK(mmap);
void *hook_mmap64(void *at, size_t size, int protection, int flags, int fd, off_t offset)
    PP_HOOK(mmap64);
int hook_munmap(void *at, size_t size) PP_HOOK(munmap);
void *hook_mremap(void *at, size_t size, size_t wanted, int flags, void *to) PP_HOOK(mremap);

void *hook_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    return note(real_mmap(at, size, protection, flags, fd, offset), size, flags,
                __builtin_return_address(0));
}

void *hook_mmap64(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    return note(real_mmap64(at, size, protection, flags, fd, offset), size, flags,
                __builtin_return_address(0));
}

/* The kernel refuses these and unmaps nothing. */
static bool is_refused(uintptr_t at, size_t size)
{
    return !size || at & (pp_sys_page_size() - 1) || at + size < at;
}

int hook_munmap(void *at, size_t size)
{
    struct pp_mapping taken;
    bool known = !is_refused((uintptr_t)at, size) &&
                 pp_mapping_cut_sig((uintptr_t)at, size, &taken);
    int result = real_munmap(at, size);
    if (result != 0 && known) {
        pp_mapping_restore_sig(&taken);
    }
    return result;
}

/* The new place belongs to who asked for the new size. A fifth argument that was not given is never
 * looked at. */
void *hook_mremap(void *at, size_t size, size_t wanted, int flags, void *to)
{
    enum { DONTUNMAP = 4 };
    struct pp_mapping taken = { .kind = PP_MAPPING_ANONYMOUS };
    bool moves = size && !(flags & DONTUNMAP) && !is_refused((uintptr_t)at, size);
    bool known = moves && pp_mapping_cut_sig((uintptr_t)at, size, &taken);
    void *now = real_mremap(at, size, wanted, flags, to);
    if (now == MAP_FAILED) {
        if (known) {
            pp_mapping_restore_sig(&taken);
        }
        return now;
    }
    if (flags & MREMAP_FIXED) {
        (void)pp_mapping_cut_sig((uintptr_t)now, wanted, NULL);
    }
    pp_mapping_note_sig((uintptr_t)now, wanted, (enum pp_mapping_kind)taken.kind,
                        __builtin_return_address(0));
    return now;
}

void pp_mapping_hooks_resolve(void)
{
    pp_self_enter();
    pp_next_bind(&real_mmap, "mmap");
    pp_next_bind(&real_mmap64, "mmap64");
    pp_next_bind(&real_munmap, "munmap");
    pp_next_bind(&real_mremap, "mremap");
    pp_self_leave();
}
