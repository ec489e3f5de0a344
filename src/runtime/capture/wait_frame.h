/* The frame that a hook of a blocking call keeps on its stack while the real call is under way: for
 * wait_hooks.c and lock_hooks.c, whose text is all in section pp_hooks. Handler-safe. */
#ifndef PP_CAPTURE_WAIT_FRAME_H
#define PP_CAPTURE_WAIT_FRAME_H

#include "base/sys.h"
#include "runtime/capture/contention.h"
#include "runtime/capture/thread_private.h"
#include "runtime/capture/trace.h"

#define PP_HOOK_TEXT __attribute__((section("pp_hooks"), noinline))
#define PP_HOOK_INLINE static inline __attribute__((always_inline))

/* Links the frame; NULL when this call is not to be noted. */
PP_HOOK_INLINE struct pp_thread *pp_wait_begin(struct pp_wait_frame *frame,
                                               enum pp_wait_reason reason, const void *object,
                                               uint32_t flags)
{
    if (pp_unlikely(!pp_load_relaxed(&pp_enabled) || pp_self.inside)) {
        return NULL;
    }
    struct pp_thread *thread = pp_self.thread;
    if (pp_unlikely(!thread)) {
        thread = pp_thread_self();
        if (!thread) {
            return NULL;
        }
    }
    frame->outer = thread->wait.frame;
    frame->check = (uintptr_t)frame ^ PP_WAIT_CHECK;
    frame->reason = reason;
    frame->object = (uintptr_t)object;
    if (pp_unlikely(pp_load_relaxed(&pp_wait_timed) >> reason & 1)) {
        frame->flags = flags | PP_WAIT_TIMED;
        frame->since_ns = pp_sys_monotonic_ns();
    } else {
        frame->flags = flags;
        frame->since_ns = pp_sys_monotonic_coarse_ns();
    }
    pp_regs_capture(&frame->regs);
    pp_store_relaxed(&thread->wait.seq, thread->wait.seq + 1);
    pp_store_release(&thread->wait.frame, frame);
    if (pp_unlikely(pp_load_relaxed(&pp_trace_on))) {
        pp_trace_wait_sig(reason, &frame->regs);
    }
    return thread;
}

/* When a timed wait ends: read once, since who was waiting for a lock holds it by now. */
PP_HOOK_INLINE int64_t pp_wait_now(const struct pp_thread *thread,
                                   const struct pp_wait_frame *frame)
{
    return thread && pp_unlikely(frame->flags & PP_WAIT_TIMED) ? pp_sys_monotonic_ns() : 0;
}

/* `function` is the real one, which the wait is counted for; now_ns from pp_wait_now. */
PP_HOOK_INLINE void pp_wait_end(struct pp_thread *thread, struct pp_wait_frame *frame,
                                const void *function, int64_t now_ns)
{
    if (pp_likely(thread != NULL)) {
        pp_store_release(&thread->wait.frame, frame->outer);
        pp_store_relaxed(&thread->wait.seq, thread->wait.seq + 1);
        /* A stale frame further down must not pass for this one. */
        pp_store_relaxed(&frame->check, 0);
        if (pp_unlikely(frame->flags & PP_WAIT_TIMED)) {
            pp_block_count_sig(frame, now_ns - frame->since_ns, function);
        }
        if (pp_unlikely(pp_load_relaxed(&pp_trace_on))) {
            pp_trace_event_sig(PP_TRACE_WAIT_END, (uint32_t)frame->reason, 0);
        }
    }
}

/* ---- the pointer behind a hook: it leads to a function that binds it until that has run ---- */

/* Finds the definition behind ours; leaves *where alone when there is none. (wait_hooks.c) */
void pp_hook_bind(void *where, const char *name);

/* What stands in for a function that this libc does not have: -1 and errno, or an error number. */
int pp_hook_lacks_call(void);
int pp_hook_lacks_thread_call(void);

#define PP_HOOK_POINTER(library, result, name, parameters, arguments)                              \
    static result first_##name parameters;                                                         \
    static result (*real_##name) parameters = first_##name;                                        \
    PP_HOOK_TEXT static result first_##name parameters                                             \
    {                                                                                              \
        pp_hook_bind(&real_##name, #name);                                                         \
        return real_##name == first_##name ? (result)pp_hook_lacks_##library()                     \
                                           : real_##name arguments;                                \
    }

/* Older names of the same functions, which some programs bind to. */
#define PP_HOOK_ALIAS(result, name, of, parameters)                                                \
    result alias_##name parameters __asm__(#name)                                                  \
        __attribute__((alias(#of), visibility("default")));

#endif
