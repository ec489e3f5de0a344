/* Finding the allocator behind us, and serving the calls that are made meanwhile. */
#include "runtime/capture/malloc_real.h"
#include "runtime/unwind/next.h"

#include "base/atomic.h"
#include "runtime/capture/heap_tables.h"
#include "runtime/capture/self.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

/* glibc's own names, weak so that we also load over another libc. */
extern void *__libc_malloc(size_t) __attribute__((weak));
extern void __libc_free(void *) __attribute__((weak));
extern void *__libc_calloc(size_t, size_t) __attribute__((weak));
extern void *__libc_realloc(void *, size_t) __attribute__((weak));
extern void *__libc_memalign(size_t, size_t) __attribute__((weak));
extern void *__libc_valloc(size_t) __attribute__((weak));
extern void *__libc_pvalloc(size_t) __attribute__((weak));

/* ---- before anything is known: a bump arena, never given back ---- */

enum { BOOT_ALIGN = 16 };

unsigned char pp_malloc_boot[PP_MALLOC_BOOT_BYTES] __attribute__((aligned(4096)));
static size_t boot_used;

static void *boot_alloc(size_t size, size_t align)
{
    if (align < BOOT_ALIGN) {
        align = BOOT_ALIGN;
    }
    size_t start, end, old = pp_load_relaxed(&boot_used);
    do {
        start = (old + BOOT_ALIGN + align - 1) & ~(align - 1);
        if (align > PP_MALLOC_BOOT_BYTES || size > PP_MALLOC_BOOT_BYTES ||
            start + size > PP_MALLOC_BOOT_BYTES) {
            errno = ENOMEM;
            return NULL;
        }
        end = start + size;
    } while (!pp_cas(&boot_used, &old, end));
    unsigned char *block = pp_malloc_boot + start;
    memcpy(block - sizeof size, &size, sizeof size);
    pp_heap_filter_pin_sig((uintptr_t)block);
    return block;
}

size_t pp_malloc_bootstrap_size(const void *block)
{
    size_t size;
    memcpy(&size, (const unsigned char *)block - sizeof size, sizeof size);
    return size;
}

/* ---- first calls: resolve, then go on ---- */

static void *first_malloc(size_t size);
static void first_free(void *block);
static void *first_calloc(size_t count, size_t size);
static void *first_realloc(void *block, size_t size);
static void *first_memalign(size_t align, size_t size);
static void *first_aligned_alloc(size_t align, size_t size);
static int first_posix_memalign(void **out, size_t align, size_t size);
static void *first_valloc(size_t size);
static void *first_pvalloc(size_t size);

struct pp_real_malloc pp_real = {
    .malloc = first_malloc,
    .free = first_free,
    .calloc = first_calloc,
    .realloc = first_realloc,
    .memalign = first_memalign,
    .aligned_alloc = first_aligned_alloc,
    .posix_memalign = first_posix_memalign,
    .valloc = first_valloc,
    .pvalloc = first_pvalloc,
};

static __thread bool resolving __attribute__((tls_model("initial-exec")));

/* The next definition of name after ours; else fallback; else nothing changes. The hooks read these
 * pointers with plain loads, which is what an aligned relaxed load is. */
static void find(void *slot, const char *name, void *fallback)
{
    void *function = pp_next_symbol(name);
    if (!function) {
        function = fallback;
    }
    if (function) {
        pp_store_release((void **)slot, function);
    }
}

void pp_malloc_resolve(void)
{
    if (resolving) {
        return;
    }
    int saved_errno = errno;
    resolving = true;
    find(&pp_real.pvalloc, "pvalloc", (void *)__libc_pvalloc);
    find(&pp_real.valloc, "valloc", (void *)__libc_valloc);
    find(&pp_real.posix_memalign, "posix_memalign", NULL);
    find(&pp_real.aligned_alloc, "aligned_alloc", (void *)__libc_memalign);
    find(&pp_real.memalign, "memalign", (void *)__libc_memalign);
    find(&pp_real.free, "free", (void *)__libc_free);
    find(&pp_real.realloc, "realloc", (void *)__libc_realloc);
    find(&pp_real.calloc, "calloc", (void *)__libc_calloc);
    find(&pp_real.malloc, "malloc", (void *)__libc_malloc);
    resolving = false;
    errno = saved_errno;
}

static void *first_malloc(size_t size)
{
    pp_malloc_resolve();
    return pp_real.malloc != first_malloc ? pp_real.malloc(size) : boot_alloc(size, 1);
}

static void first_free(void *block)
{
    pp_malloc_resolve();
    if (pp_real.free != first_free) {
        pp_real.free(block);
    }
}

static void *first_calloc(size_t count, size_t size)
{
    pp_malloc_resolve();
    if (pp_real.calloc != first_calloc) {
        return pp_real.calloc(count, size);
    }
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return boot_alloc(bytes, 1); /* never used before: zero */
}

static void *first_realloc(void *block, size_t size)
{
    pp_malloc_resolve();
    if (pp_real.realloc != first_realloc) {
        return pp_real.realloc(block, size);
    }
    return block ? NULL : boot_alloc(size, 1);
}

static void *first_memalign(size_t align, size_t size)
{
    pp_malloc_resolve();
    return pp_real.memalign != first_memalign ? pp_real.memalign(align, size)
                                              : boot_alloc(size, align);
}

static void *first_aligned_alloc(size_t align, size_t size)
{
    pp_malloc_resolve();
    return pp_real.aligned_alloc != first_aligned_alloc ? pp_real.aligned_alloc(align, size)
                                                        : pp_real.memalign(align, size);
}

static int first_posix_memalign(void **out, size_t align, size_t size)
{
    pp_malloc_resolve();
    if (pp_real.posix_memalign != first_posix_memalign) {
        return pp_real.posix_memalign(out, align, size);
    }
    if (align % sizeof(void *) != 0 || (align & (align - 1)) != 0 || align == 0) {
        return EINVAL;
    }
    void *block = pp_real.memalign(align, size);
    if (!block) {
        return ENOMEM;
    }
    *out = block;
    return 0;
}

static void *first_valloc(size_t size)
{
    pp_malloc_resolve();
    return pp_real.valloc != first_valloc ? pp_real.valloc(size) : pp_real.memalign(4096, size);
}

static void *first_pvalloc(size_t size)
{
    pp_malloc_resolve();
    return pp_real.pvalloc != first_pvalloc
               ? pp_real.pvalloc(size)
               : pp_real.memalign(4096, (size + 4095) & ~(size_t)4095);
}

/* ---- how large a block is ---- */

static bool is_of_one_file(void *a, void *b)
{
    Dl_info file_a, file_b;
    return dladdr(a, &file_a) && dladdr(b, &file_b) && file_a.dli_fbase == file_b.dli_fbase;
}

void pp_malloc_find_room(void)
{
    void *found = pp_next_symbol("malloc_usable_size");
    if (found && is_of_one_file(found, (void *)pp_real.realloc)) {
        pp_store_release((void **)&pp_real.usable_size, found);
    }
}

/* ---- who it is ---- */

const char *pp_malloc_real_path(bool *is_glibc)
{
    Dl_info info, libc;
    pp_malloc_resolve();
    *is_glibc = (void *)__libc_malloc && pp_real.malloc == __libc_malloc;
    if (!dladdr((void *)pp_real.malloc, &info) || !info.dli_fname) {
        return "";
    }
    /* tcmalloc, too, has a function of that name. */
    if (dladdr((void *)getauxval, &libc)) {
        *is_glibc = *is_glibc && libc.dli_fbase == info.dli_fbase;
    }
    return info.dli_fname;
}

__thread bool pp_malloc_probe __attribute__((tls_model("initial-exec")));

bool pp_malloc_reaches_us(void)
{
    /* A countdown of 0 sends the hook to its slow path, which clears the flag. */
    int64_t left = pp_self.heap_left;
    pp_self_enter();
    pp_self.heap_left = 0;
    pp_malloc_probe = true;
    void *volatile block = malloc(1);
    free(block);
    bool reached = !pp_malloc_probe;
    pp_malloc_probe = false;
    pp_self.heap_left = left;
    pp_self_leave();
    return reached;
}
