#include "runtime/capture/direct_hooks.h"

#include "runtime/capture/malloc_steps.h"
#include "runtime/unwind/module.h"

#include <string.h>

/* Each function takes at most six words, in registers, and gives one back, so all hooks are of
 * one form: a word that was not given is passed on and looked at by nobody. Those that free take
 * three: fewer to keep while a hook looks at the block. */
typedef uintptr_t direct_fn(uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d, uintptr_t e,
                            uintptr_t f);
typedef uintptr_t free_fn(uintptr_t a, uintptr_t b, uintptr_t c);

#define CALLER __builtin_return_address(0)

static size_t product(uintptr_t count, uintptr_t size)
{
    size_t bytes;
    return __builtin_mul_overflow(count, size, &bytes) ? SIZE_MAX : bytes; /* such a call fails */
}

/* What a copy of that text takes, at most `most` bytes of it. */
static size_t text_size(uintptr_t text, size_t most)
{
    return text ? strnlen((const char *)text, most) + 1 : 0;
}

/* A block is counted unless a hook of ours ran inside the function behind us, took from the
 * countdown or made a sample: jemalloc's aligned new calls aligned_alloc. Nothing needs undoing
 * should that function throw. */
static int64_t begin(void)
{
    pp_self.heap_last = NULL;
    return pp_self.heap_left;
}

static __attribute__((noinline)) uintptr_t counted(uintptr_t block, size_t bytes, int64_t before,
                                                   const void *caller)
{
    bool is_new = pp_self.heap_left == before && !pp_self.heap_last;
    if (block && is_new && !pp_malloc_countdown(bytes)) {
        pp_malloc_sampled((void *)block, bytes, pp_malloc_due(bytes), caller);
    }
    return block;
}

static __attribute__((noinline)) uintptr_t moved(direct_fn *real, const uintptr_t words[6],
                                                 uintptr_t block, size_t bytes, const void *caller)
{
    struct pp_heap_live live;
    bool known = pp_heap_filter_hit((void *)block) && pp_heap_take_sig((void *)block, &live);
    int64_t before = begin();
    uintptr_t now = real(words[0], words[1], words[2], words[3], words[4], words[5]);
    if (known) {
        pp_malloc_moved(&live, (void *)now, bytes);
    }
    return counted(now, bytes, before, caller);
}

/* int (void **block, ...); the block stays where it was when the call fails. */
static __attribute__((noinline)) uintptr_t moved_in_place(direct_fn *real, const uintptr_t words[6],
                                                          size_t bytes, const void *caller)
{
    struct pp_heap_live live;
    uintptr_t *place = (uintptr_t *)words[0], block = place ? *place : 0;
    bool known = pp_heap_filter_hit((void *)block) && pp_heap_take_sig((void *)block, &live);
    int64_t before = begin();
    uintptr_t failed = real(words[0], words[1], words[2], words[3], words[4], words[5]);
    uintptr_t now = (int)failed ? 0 : *place;
    if (known) {
        pp_malloc_moved(&live, (void *)now, bytes);
    }
    (void)counted(now, bytes, before, caller);
    return failed;
}

static void note_free(uintptr_t block)
{
    if (pp_heap_filter_hit((void *)block)) {
        pp_heap_freed_sig((void *)block);
    }
}

/* HOW(name, what): which of its words a to f are the block or the bytes. */
#define HOOK(name)                                                                                 \
    static direct_fn *real_##name;                                                                 \
    static uintptr_t hook_##name(uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d, uintptr_t e,  \
                                 uintptr_t f)
#define ALLOCATES(name, bytes)                                                                     \
    HOOK(name)                                                                                     \
    {                                                                                              \
        int64_t before = begin();                                                                  \
        return counted(real_##name(a, b, c, d, e, f), bytes, before, CALLER);                      \
    }
#define FREES(name, block)                                                                         \
    static free_fn *real_##name;                                                                   \
    static uintptr_t hook_##name(uintptr_t a, uintptr_t b, uintptr_t c)                            \
    {                                                                                              \
        note_free(block);                                                                          \
        return real_##name(a, b, c);                                                               \
    }
#define MOVES(name, block, bytes)                                                                  \
    HOOK(name)                                                                                     \
    {                                                                                              \
        return moved(real_##name, (uintptr_t[]){ a, b, c, d, e, f }, block, bytes, CALLER);        \
    }
/* int (void **out, size_t align, size_t size) */
#define PLACES(name, bytes)                                                                        \
    HOOK(name)                                                                                     \
    {                                                                                              \
        int64_t before = begin();                                                                  \
        uintptr_t failed = real_##name(a, b, c, d, e, f);                                          \
        (void)counted((int)failed ? 0 : *(uintptr_t *)a, bytes, before, CALLER);                   \
        return failed;                                                                             \
    }
#define REPLACES(name, bytes)                                                                      \
    HOOK(name)                                                                                     \
    {                                                                                              \
        return moved_in_place(real_##name, (uintptr_t[]){ a, b, c, d, e, f }, bytes, CALLER);      \
    }

#define JEMALLOC(ALLOCATES, FREES, MOVES, PLACES, REPLACES)                                        \
    ALLOCATES(mallocx, a)                                                                          \
    MOVES(rallocx, a, b)                                                                           \
    FREES(dallocx, a)                                                                              \
    FREES(sdallocx, a)

#define TCMALLOC(ALLOCATES, FREES, MOVES, PLACES, REPLACES)                                        \
    ALLOCATES(tc_malloc, a)                                                                        \
    ALLOCATES(tc_malloc_skip_new_handler, a)                                                       \
    ALLOCATES(tc_valloc, a)                                                                        \
    ALLOCATES(tc_pvalloc, a)                                                                       \
    ALLOCATES(tc_new, a)                                                                           \
    ALLOCATES(tc_new_nothrow, a)                                                                   \
    ALLOCATES(tc_newarray, a)                                                                      \
    ALLOCATES(tc_newarray_nothrow, a)                                                              \
    ALLOCATES(tc_new_aligned, a)                                                                   \
    ALLOCATES(tc_newarray_aligned, a)                                                              \
    ALLOCATES(tc_new_aligned_nothrow, a)                                                           \
    ALLOCATES(tc_newarray_aligned_nothrow, a)                                                      \
    ALLOCATES(tc_memalign, b)                                                                      \
    ALLOCATES(tc_calloc, product(a, b))                                                            \
    PLACES(tc_posix_memalign, c)                                                                   \
    MOVES(tc_realloc, a, b)                                                                        \
    FREES(tc_free, a)                                                                              \
    FREES(tc_free_sized, a)                                                                        \
    FREES(tc_cfree, a)                                                                             \
    FREES(tc_delete, a)                                                                            \
    FREES(tc_delete_nothrow, a)                                                                    \
    FREES(tc_delete_sized, a)                                                                      \
    FREES(tc_delete_aligned, a)                                                                    \
    FREES(tc_delete_aligned_nothrow, a)                                                            \
    FREES(tc_delete_sized_aligned, a)                                                              \
    FREES(tc_deletearray, a)                                                                       \
    FREES(tc_deletearray_nothrow, a)                                                               \
    FREES(tc_deletearray_sized, a)                                                                 \
    FREES(tc_deletearray_aligned, a)                                                               \
    FREES(tc_deletearray_aligned_nothrow, a)                                                       \
    FREES(tc_deletearray_sized_aligned, a)

#define MIMALLOC(ALLOCATES, FREES, MOVES, PLACES, REPLACES)                                        \
    ALLOCATES(mi_malloc, a)                                                                        \
    ALLOCATES(mi_malloc_small, a)                                                                  \
    ALLOCATES(mi_zalloc, a)                                                                        \
    ALLOCATES(mi_zalloc_small, a)                                                                  \
    ALLOCATES(mi_valloc, a)                                                                        \
    ALLOCATES(mi_pvalloc, a)                                                                       \
    ALLOCATES(mi_malloc_aligned, a)                                                                \
    ALLOCATES(mi_zalloc_aligned, a)                                                                \
    ALLOCATES(mi_new, a)                                                                           \
    ALLOCATES(mi_new_nothrow, a)                                                                   \
    ALLOCATES(mi_new_aligned, a)                                                                   \
    ALLOCATES(mi_memalign, b)                                                                      \
    ALLOCATES(mi_aligned_alloc, b)                                                                 \
    ALLOCATES(mi_calloc, product(a, b))                                                            \
    ALLOCATES(mi_mallocn, product(a, b))                                                           \
    ALLOCATES(mi_heap_malloc, b)                                                                   \
    ALLOCATES(mi_heap_malloc_small, b)                                                             \
    ALLOCATES(mi_heap_malloc_aligned, b)                                                           \
    ALLOCATES(mi_heap_zalloc, b)                                                                   \
    ALLOCATES(mi_heap_calloc, product(b, c))                                                       \
    ALLOCATES(mi_malloc_aligned_at, a)                                                             \
    ALLOCATES(mi_zalloc_aligned_at, a)                                                             \
    ALLOCATES(mi_new_aligned_nothrow, a)                                                           \
    ALLOCATES(mi_new_n, product(a, b))                                                             \
    ALLOCATES(mi_calloc_aligned, product(a, b))                                                    \
    ALLOCATES(mi_calloc_aligned_at, product(a, b))                                                 \
    ALLOCATES(mi_heap_alloc_new, b)                                                                \
    ALLOCATES(mi_heap_alloc_new_n, product(b, c))                                                  \
    ALLOCATES(mi_heap_mallocn, product(b, c))                                                      \
    ALLOCATES(mi_heap_malloc_aligned_at, b)                                                        \
    ALLOCATES(mi_heap_zalloc_aligned, b)                                                           \
    ALLOCATES(mi_heap_zalloc_aligned_at, b)                                                        \
    ALLOCATES(mi_heap_calloc_aligned, product(b, c))                                               \
    ALLOCATES(mi_heap_calloc_aligned_at, product(b, c))                                            \
    ALLOCATES(mi_strdup, text_size(a, PTRDIFF_MAX))                                                \
    ALLOCATES(mi_strndup, text_size(a, b))                                                         \
    ALLOCATES(mi_heap_strdup, text_size(b, PTRDIFF_MAX))                                           \
    ALLOCATES(mi_heap_strndup, text_size(b, c))                                                    \
    REPLACES(mi_reallocarr, product(b, c))                                                         \
    REPLACES(reallocarr, product(b, c))                                                            \
    PLACES(mi_posix_memalign, c)                                                                   \
    MOVES(mi_realloc, a, b)                                                                        \
    MOVES(mi_rezalloc, a, b)                                                                       \
    MOVES(mi_realloc_aligned, a, b)                                                                \
    MOVES(mi_reallocn, a, product(b, c))                                                           \
    MOVES(mi_reallocarray, a, product(b, c))                                                       \
    MOVES(mi_heap_realloc, b, c)                                                                   \
    MOVES(mi_reallocf, a, b)                                                                       \
    MOVES(mi_new_realloc, a, b)                                                                    \
    MOVES(mi_new_reallocn, a, product(b, c))                                                       \
    MOVES(mi_recalloc, a, product(b, c))                                                           \
    MOVES(mi_realloc_aligned_at, a, b)                                                             \
    MOVES(mi_rezalloc_aligned, a, b)                                                               \
    MOVES(mi_rezalloc_aligned_at, a, b)                                                            \
    MOVES(mi_recalloc_aligned, a, product(b, c))                                                   \
    MOVES(mi_recalloc_aligned_at, a, product(b, c))                                                \
    MOVES(mi_heap_reallocf, b, c)                                                                  \
    MOVES(mi_heap_reallocn, b, product(c, d))                                                      \
    MOVES(mi_heap_realloc_aligned, b, c)                                                           \
    MOVES(mi_heap_realloc_aligned_at, b, c)                                                        \
    MOVES(mi_heap_rezalloc, b, c)                                                                  \
    MOVES(mi_heap_rezalloc_aligned, b, c)                                                          \
    MOVES(mi_heap_rezalloc_aligned_at, b, c)                                                       \
    MOVES(mi_heap_recalloc, b, product(c, d))                                                      \
    MOVES(mi_heap_recalloc_aligned, b, product(c, d))                                              \
    MOVES(mi_heap_recalloc_aligned_at, b, product(c, d))                                           \
    FREES(mi_free, a)                                                                              \
    FREES(mi_free_size, a)                                                                         \
    FREES(mi_free_size_aligned, a)                                                                 \
    FREES(mi_free_aligned, a)                                                                      \
    FREES(mi_cfree, a)

#define OPERATORS(ALLOCATES, FREES, MOVES, PLACES, REPLACES)                                       \
    ALLOCATES(_Znwm, a)                                                                            \
    ALLOCATES(_Znam, a)                                                                            \
    ALLOCATES(_ZnwmRKSt9nothrow_t, a)                                                              \
    ALLOCATES(_ZnamRKSt9nothrow_t, a)                                                              \
    ALLOCATES(_ZnwmSt11align_val_t, a)                                                             \
    ALLOCATES(_ZnamSt11align_val_t, a)                                                             \
    ALLOCATES(_ZnwmSt11align_val_tRKSt9nothrow_t, a)                                               \
    ALLOCATES(_ZnamSt11align_val_tRKSt9nothrow_t, a)                                               \
    FREES(_ZdlPv, a)                                                                               \
    FREES(_ZdaPv, a)                                                                               \
    FREES(_ZdlPvm, a)                                                                              \
    FREES(_ZdaPvm, a)                                                                              \
    FREES(_ZdlPvRKSt9nothrow_t, a)                                                                 \
    FREES(_ZdaPvRKSt9nothrow_t, a)                                                                 \
    FREES(_ZdlPvSt11align_val_t, a)                                                                \
    FREES(_ZdaPvSt11align_val_t, a)                                                                \
    FREES(_ZdlPvmSt11align_val_t, a)                                                               \
    FREES(_ZdaPvmSt11align_val_t, a)                                                               \
    FREES(_ZdlPvSt11align_val_tRKSt9nothrow_t, a)                                                  \
    FREES(_ZdaPvSt11align_val_tRKSt9nothrow_t, a)

#define ALL(ALLOCATES, FREES, MOVES, PLACES, REPLACES)                                             \
    JEMALLOC(ALLOCATES, FREES, MOVES, PLACES, REPLACES)                                            \
    TCMALLOC(ALLOCATES, FREES, MOVES, PLACES, REPLACES)                                            \
    MIMALLOC(ALLOCATES, FREES, MOVES, PLACES, REPLACES)                                            \
    OPERATORS(ALLOCATES, FREES, MOVES, PLACES, REPLACES)

ALL(ALLOCATES, FREES, MOVES, PLACES, REPLACES)

#define ROW(name, ...) { #name, (uintptr_t)hook_##name, &real_##name },

const struct pp_direct_hook pp_direct_hooks[] = { ALL(ROW, ROW, ROW, ROW, ROW) };
const size_t pp_direct_hook_count = sizeof pp_direct_hooks / sizeof *pp_direct_hooks;

bool pp_direct_is_wanted(const char *name, const void *function)
{
    bool is_operator = name[0] == '_' && name[1] == 'Z', is_glibc;
    (void)pp_malloc_real_path(&is_glibc);
    return !is_operator || (!is_glibc && pp_module_find_sig((uintptr_t)function) ==
                                             pp_module_find_sig((uintptr_t)pp_real.malloc));
}
