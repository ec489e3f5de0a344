/* malloc and free of x86-64 (malloc_jump.S), and how their last jump is aimed.
 *
 *   caller -> hook: count down, or look at the filter -> jcc rel32 -> the allocator
 *                                                            |   (until aimed: -> jmp *pp_real)
 *                                                            v not taken
 *                                                        the slow way, malloc_hooks.c
 *
 * One conditional jump both decides and forwards. As a jump over an indirect jump the same work
 * takes 0.5 ns more a pair, because each further branch that was ever taken costs the front end a
 * cycle.
 *
 * Invariants
 *  - aimed or not, the hooks do the same.
 *  - aiming replaces their page as a whole by one system call, so a thread inside of it runs on old
 *    or new instructions, never on half of one. The new page comes from our file; when that differs
 *    from memory (a breakpoint or a uprobe is set, the file was replaced) all stays as it is.
 */
#ifndef PP_CAPTURE_MALLOC_JUMP_H
#define PP_CAPTURE_MALLOC_JUMP_H

#include <stdbool.h>
#include <stddef.h>

#if defined(__x86_64__)
#define PP_MALLOC_JUMP 1

/* The jumps that are aimed. */
extern unsigned char pp_malloc_jump[] __attribute__((visibility("hidden")));
extern unsigned char pp_free_jump[] __attribute__((visibility("hidden")));
#else
#define PP_MALLOC_JUMP 0
#endif

/* Where the hooks go when there is something to do. */
void *pp_malloc_slow(size_t size, const void *caller);
void pp_free_slow(void *block);

/* Aims the hooks at pp_real.malloc and pp_real.free, once these are known. False when they stay
 * indirect: the allocator is more than 2 GiB away (a program that links libpprof.a), or the system
 * forbids changing code. Once, from pp_heap_init. */
bool pp_malloc_aim(void);

/* Whether that was done. */
bool pp_malloc_is_aimed(void);

#endif
