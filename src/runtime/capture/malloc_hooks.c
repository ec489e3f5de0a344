/* The malloc family as the program sees it (on x86-64 malloc and free themselves are in
 * malloc_jump.S). Fast path: subtract size + 1 from the thread's countdown, or look at one filter
 * byte, and jump to the real function. Everything else is out of line.
 *
 * A pointer that we never saw is simply passed on: libraries bound with RTLD_DEEPBIND, blocks from
 * before us, allocators that were linked statically. */
#include "runtime/capture/heap_sig.h"
#include "runtime/capture/malloc_jump.h"
#include "runtime/capture/malloc_real.h"
#include "runtime/capture/malloc_steps.h"

#include "pprof/error.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A cache line of its own for each, in a section of their own. */
#define HOOK                                                                                       \
    __attribute__((visibility("default"), aligned(64), section(".text.pp_hooks")))
#define SLOW PP_HOT static __attribute__((noinline)) /* beside what it calls, in few pages */
#define CALLER __builtin_return_address(0)

void cfree(void *block);
void free_sized(void *block, size_t size);
void free_aligned_sized(void *block, size_t align, size_t size);

PP_HOT void *pp_malloc_slow(size_t size, const void *caller)
{
    uint64_t weight = pp_malloc_due(size);
    return pp_malloc_sampled(pp_real.malloc(size), size, weight, caller);
}

PP_HOT void pp_free_slow(void *block)
{
    if (pp_malloc_is_bootstrap(block)) {
        return;
    }
    pp_heap_freed_sig(block);
    pp_real.free(block);
}

static inline __attribute__((always_inline)) void hook_free(void *block)
{
    if (pp_likely(!pp_heap_filter_hit(block))) {
        pp_real.free(block);
        return;
    }
    pp_free_slow(block);
}

#if !PP_MALLOC_JUMP
HOOK void *malloc(size_t size)
{
    return pp_malloc_countdown(size) ? pp_real.malloc(size) : pp_malloc_slow(size, CALLER);
}

HOOK void free(void *block)
{
    hook_free(block);
}
#endif

/* An allocator that stands before us, the program's own or one preloaded first, may have free and
 * realloc but not the names below. Its blocks must get back to it: in glibc, too, these call
 * whatever the global names are. */
#if !PP_MALLOC_JUMP /* else malloc_jump.S says so of free */
__asm__(".hidden pp_own_free\n .set pp_own_free, free\n");
#endif
__asm__(".hidden pp_own_realloc\n .set pp_own_realloc, realloc\n");
extern void pp_own_free(void) __attribute__((visibility("hidden")));
extern void pp_own_realloc(void) __attribute__((visibility("hidden")));

static bool is_same(void (*global)(void), void (*own)(void))
{
    __asm__("" : "+r"(global)); /* or the compiler takes it for our own */
    return global == own;
}

static void any_free(void *block)
{
    if (pp_likely(is_same((void (*)(void))free, pp_own_free))) {
        hook_free(block);
    } else {
        free(block);
    }
}

HOOK void cfree(void *block)
{
    any_free(block);
}

/* C23. To the allocator behind us these are free with a promise we need not pass on. */
HOOK void free_sized(void *block, size_t size)
{
    (void)size;
    any_free(block);
}

HOOK void free_aligned_sized(void *block, size_t align, size_t size)
{
    (void)align;
    (void)size;
    any_free(block);
}

SLOW void *slow_calloc(size_t count, size_t size, const void *caller)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        return pp_real.calloc(count, size); /* fails, and says so in its own way */
    }
    uint64_t weight = pp_malloc_due(bytes);
    return pp_malloc_sampled(pp_real.calloc(count, size), bytes, weight, caller);
}

HOOK void *calloc(size_t count, size_t size)
{
    size_t bytes;
    if (pp_likely(!__builtin_mul_overflow(count, size, &bytes)) && pp_malloc_countdown(bytes)) {
        return pp_real.calloc(count, size);
    }
    return slow_calloc(count, size, CALLER);
}

static void *move_bootstrap(void *block, size_t size)
{
    void *moved = pp_real.malloc(size);
    if (moved) {
        size_t old = pp_malloc_bootstrap_size(block);
        memcpy(moved, block, old < size ? old : size);
    }
    return moved;
}

/* realloc is a free and an allocation, unless the block has room for the new size and stays: then
 * it is the same block of another size, and a sample point that lies in it does not count
 * (docs/internals/heap-sampling.md has why that is unbiased). A known block leaves the set before
 * the real call, after which its address may belong to someone else; it comes back when it stayed
 * or the call failed. NULL for size 0 is no failure: the block is gone. */
SLOW void *slow_realloc(void *block, size_t size, uint64_t weight, const void *caller)
{
    struct pp_heap_live live;
    bool known = false, has_room = false;
    if (block && pp_malloc_is_bootstrap(block)) {
        return pp_malloc_sampled(move_bootstrap(block, size), size, weight, caller);
    }
    if (block) {
        known = pp_heap_filter_hit(block) && pp_heap_take_sig(block, &live);
        has_room = size <= pp_malloc_room(block);
    }
    void *now = pp_real.realloc(block, size);
    if (now && now == block && has_room) {
        if (known) {
            pp_heap_resized_sig(&live, size);
        }
        return now;
    }
    if (known) {
        pp_malloc_moved(&live, now, size);
    }
    return pp_malloc_sampled(now, size, weight, caller);
}

SLOW void *due_realloc(void *block, size_t size, const void *caller)
{
    return slow_realloc(block, size, pp_malloc_due(size), caller);
}

static inline __attribute__((always_inline)) void *hook_realloc(void *block, size_t size,
                                                                const void *caller)
{
    if (pp_unlikely(!pp_malloc_countdown(size))) {
        return due_realloc(block, size, caller);
    }
    if (pp_unlikely(pp_heap_filter_hit(block))) {
        return slow_realloc(block, size, 0, caller);
    }
    return pp_real.realloc(block, size);
}

HOOK void *realloc(void *block, size_t size)
{
    return hook_realloc(block, size, CALLER);
}

/* Ours whoever is behind: an allocator without it would send us to glibc's, which calls realloc. */
HOOK void *reallocarray(void *block, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    if (pp_unlikely(!is_same((void (*)(void))realloc, pp_own_realloc))) {
        return realloc(block, bytes);
    }
    return hook_realloc(block, bytes, CALLER);
}

HOOK void *memalign(size_t align, size_t size)
{
    uint64_t weight = pp_malloc_countdown(size) ? 0 : pp_malloc_due(size);
    return pp_malloc_sampled(pp_real.memalign(align, size), size, weight, CALLER);
}

HOOK void *aligned_alloc(size_t align, size_t size)
{
    uint64_t weight = pp_malloc_countdown(size) ? 0 : pp_malloc_due(size);
    return pp_malloc_sampled(pp_real.aligned_alloc(align, size), size, weight, CALLER);
}

HOOK int posix_memalign(void **out, size_t align, size_t size)
{
    uint64_t weight = pp_malloc_countdown(size) ? 0 : pp_malloc_due(size);
    int err = pp_real.posix_memalign(out, align, size);
    if (!err) {
        pp_malloc_sampled(*out, size, weight, CALLER);
    }
    return err;
}

HOOK void *valloc(size_t size)
{
    uint64_t weight = pp_malloc_countdown(size) ? 0 : pp_malloc_due(size);
    return pp_malloc_sampled(pp_real.valloc(size), size, weight, CALLER);
}

HOOK void *pvalloc(size_t size)
{
    uint64_t weight = pp_malloc_countdown(size) ? 0 : pp_malloc_due(size);
    return pp_malloc_sampled(pp_real.pvalloc(size), size, weight, CALLER);
}
