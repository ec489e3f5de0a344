/* What glibc keeps for a thread and tells nobody: read where it reads it. Handler-safe. */
#ifndef PP_BASE_SYS_GLIBC_H
#define PP_BASE_SYS_GLIBC_H

#include <stdint.h>

/* The thread id that glibc's own mutexes compare with and write down, in every thread and after
 * every way to fork; the kernel wrote it there. 0 where we do not know the place. That it is this
 * one is for the caller to check once: no header says so, but debuggers and sanitizers have relied
 * on it since glibc 2.4. */
static inline int32_t pp_sys_glibc_tid(void)
{
    int32_t tid = 0;
#if defined(__x86_64__)
    __asm__("movl %%fs:0x2d0, %0" : "=r"(tid));
#endif
    return tid;
}

#endif
