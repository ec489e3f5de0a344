/* Between the files that keep the thread registry (thread*.c, wait_hooks.c). */
#ifndef PP_CAPTURE_THREAD_PRIVATE_H
#define PP_CAPTURE_THREAD_PRIVATE_H

#include "runtime/capture/thread.h"

#include <pthread.h>
#include <signal.h>
#include <stddef.h>

struct pp_task_source;

/* A slot in state CLAIMED, cleared, or NULL when the registry is full (counted) or not there yet.
 * Handler-safe. */
struct pp_thread *pp_thread_claim(void);
void pp_thread_release(struct pp_thread *slot);

/* Makes a claimed slot the calling thread's own. */
void pp_thread_begin(struct pp_thread *slot);

/* The registry and how many of its slots were ever used. */
size_t pp_thread_slots(struct pp_thread **all);
size_t pp_thread_slot_cap(void);

void pp_thread_count_created(void);

/* The C library's functions behind our hooks; callable at any time. */
int pp_real_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
                           void *arg);
int pp_real_sigaction(int signal, const struct sigaction *act, struct sigaction *old);

/* Binds the pointers behind the hooks now, rather than at first use. */
void pp_thread_hooks_resolve(void);
void pp_wait_hooks_resolve(void);
void pp_lock_hooks_resolve(void);
void pp_sigaction_hooks_resolve(void);

/* A registered thread of the program begins; is found to be gone; ends, with threads of ours there
 * or not (thread_last.c). */
void pp_thread_last_begin(void);
void pp_thread_last_gone(void);
void pp_thread_last_end(bool ours_run);
void pp_thread_last_after_fork(uint32_t count);

/* From now on threads may be killed one by one (seccomp): when only ours are left a thread of ours
 * ends the process, looking five times a second. Or no more. */
void pp_thread_guard(bool on);

/* In the child after fork: nobody walks, nobody is asked for a stack. */
void pp_thread_walk_after_fork(void);

extern const struct pp_task_source pp_thread_source;

/* What stands in front of a libc function: exported under its name, in a section of its own so that
 * the walker can tell our frames from the program's even where we are linked statically. The C name
 * differs, so that headers' inline forms and attributes do not matter. */
#define PP_HOOK(name)                                                                              \
    __asm__(#name) __attribute__((visibility("default"), section("pp_hooks"), noinline))

#endif
