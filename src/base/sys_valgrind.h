/* What is told to Valgrind when the program runs under it; elsewhere each request is some ten
 * instructions that do nothing. The sequence and the numbers are those of Valgrind's manual and
 * valgrind.h; they are written out here so that a library built where Valgrind is not installed
 * speaks to it all the same. Handler-safe. */
#ifndef PP_BASE_SYS_VALGRIND_H
#define PP_BASE_SYS_VALGRIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A request with two arguments; 0 when nobody listens. */
static inline uintptr_t pp_valgrind_request(uintptr_t request, uintptr_t a, uintptr_t b)
{
    volatile uintptr_t words[6] = { request, a, b, 0, 0, 0 };
    uintptr_t result = 0;
#if defined(__x86_64__)
    __asm__ volatile("rolq $3, %%rdi\n\t"
                     "rolq $13, %%rdi\n\t"
                     "rolq $61, %%rdi\n\t"
                     "rolq $51, %%rdi\n\t"
                     "xchgq %%rbx, %%rbx"
                     : "=d"(result)
                     : "a"(words), "0"(result)
                     : "cc", "memory");
#elif defined(__aarch64__)
    register volatile uintptr_t *in __asm__("x4") = words;
    register uintptr_t out __asm__("x3") = result;
    __asm__ volatile("ror x12, x12, #3\n\t"
                     "ror x12, x12, #13\n\t"
                     "ror x12, x12, #51\n\t"
                     "ror x12, x12, #61\n\t"
                     "orr x10, x10, x10"
                     : "+r"(out)
                     : "r"(in)
                     : "cc", "memory");
    result = out;
#endif
    return result;
}

static inline bool pp_valgrind_is_here(void)
{
    return pp_valgrind_request(0x1001, 0, 0) != 0;
}

/* Memory that is a stack from now on. */
static inline void pp_valgrind_stack(const void *low, const void *high)
{
    (void)pp_valgrind_request(0x1501, (uintptr_t)low, (uintptr_t)high);
}

/* Memory that may be written, and holds nothing yet (memcheck). */
static inline void pp_valgrind_undefined(uintptr_t start, size_t bytes)
{
    (void)pp_valgrind_request(0x4d430001, start, bytes);
}

#endif
