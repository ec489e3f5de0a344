#include "runtime/go/fiber.h"

#include "base/sys_valgrind.h"
#include "runtime/go/go_trace.h"
#include "runtime/go/sched_private.h"

#include <pthread.h>
#include <string.h>

extern void __sanitizer_start_switch_fiber(void **fake_stack, const void *bottom, size_t size)
    __attribute__((weak));
extern void __sanitizer_finish_switch_fiber(void *fake_stack, const void **bottom, size_t *size)
    __attribute__((weak));
extern void __asan_unpoison_memory_region(const volatile void *address, size_t size)
    __attribute__((weak));
extern void *__tsan_create_fiber(unsigned flags) __attribute__((weak));
extern void *__tsan_get_current_fiber(void) __attribute__((weak));
extern void __tsan_switch_to_fiber(void *fiber, unsigned flags) __attribute__((weak));
extern void __tsan_destroy_fiber(void *fiber) __attribute__((weak));
extern void __lsan_register_root_region(const void *start, size_t size) __attribute__((weak));

extern void AnnotateBenignRaceSized(const char *file, int line, const volatile void *address,
                                    size_t size, const char *text) __attribute__((weak));

enum { TSAN_NO_SYNC = 1, FIRST_PUSHES = 128 };

uint32_t pp_go_watched;

void pp_go_watch_init(void)
{
    if (__sanitizer_start_switch_fiber && __sanitizer_finish_switch_fiber &&
        __asan_unpoison_memory_region) {
        (void)pp_or(&pp_go_watched, PP_GO_WATCH_ADDRESS);
    }
    if (__tsan_create_fiber && __tsan_switch_to_fiber && __tsan_acquire && __tsan_release) {
        (void)pp_or(&pp_go_watched, PP_GO_WATCH_THREAD);
    }
}

void pp_go_watch_thread(struct pp_m *m)
{
    if (pp_go_watched & PP_GO_WATCH_THREAD) {
        m->g0.fiber = __tsan_get_current_fiber();
        if (AnnotateBenignRaceSized) { /* each goroutine's value is put there before it runs */
            AnnotateBenignRaceSized(__FILE__, __LINE__, m->errno_at, sizeof(int), "errno");
        }
    }
    pthread_attr_t attr;
    if ((pp_go_watched & PP_GO_WATCH_ADDRESS) && pthread_getattr_np(pthread_self(), &attr) == 0) {
        (void)pthread_attr_getstack(&attr, &m->stack_low, &m->stack_size);
        (void)pthread_attr_destroy(&attr);
    }
}

static void start_fiber(struct pp_m *m, struct pp_g *from, struct pp_g *to, int is_end)
{
    const void *low = (const void *)to->stack_low;
    size_t size = pp_go_stack_top(to) - to->stack_low;
    if (to == &m->g0) {
        low = m->stack_low;
        size = m->stack_size;
    }
    __sanitizer_start_switch_fiber(is_end ? NULL : &from->fake_stack, low, size);
}

void pp_go_watch_leave(struct pp_m *m, struct pp_g *from, struct pp_g *to, int is_end)
{
    if (pp_go_watched & PP_GO_WATCH_TRACE) {
        pp_go_trace_switch(m, from, to);
    }
    if (pp_go_watched & PP_GO_WATCH_EXCEPTIONS) {
        pp_go_exceptions_switch(m, from, to);
    }
    if (pp_go_watched & PP_GO_WATCH_ADDRESS) {
        start_fiber(m, from, to, is_end);
    }
    if (pp_go_watched & PP_GO_WATCH_THREAD) {
        __tsan_switch_to_fiber(to->fiber, TSAN_NO_SYNC);
    }
}

void pp_go_watch_begin(struct pp_g *g)
{
    if ((pp_go_watched & PP_GO_WATCH_THREAD) && !g->fiber) {
        g->fiber = __tsan_create_fiber(0);
    }
    if (pp_go_watched & PP_GO_WATCH_TRACE) {
        pp_go_trace_create(g);
    }
    /* One that ended in a catch block left its own here. */
    g->exceptions = (struct pp_go_exceptions){ NULL, 0 };
}

void pp_go_watch_ready(struct pp_g *g)
{
    pp_go_released(g);
    if (pp_go_watched & PP_GO_WATCH_TRACE) {
        pp_go_trace_ready(g);
    }
}

void pp_go_watch_arrive(struct pp_m *m)
{
    if (pp_go_watched & PP_GO_WATCH_ADDRESS) {
        __sanitizer_finish_switch_fiber(m->current->fake_stack, NULL, NULL);
        m->current->fake_stack = NULL;
    }
}

struct errand {
    go_fn fn;
    void *arg;
    struct pp_g *g;
};

static void run_announced(void *arg)
{
    const struct errand *errand = arg;
    const struct pp_g *g = errand->g;
    void *fake_stack = NULL;
    __sanitizer_finish_switch_fiber(NULL, NULL, NULL);
    errand->fn(errand->arg);
    __sanitizer_start_switch_fiber(&fake_stack, (const void *)g->stack_low,
                                   pp_go_stack_top(g) - g->stack_low);
}

void pp_go_watch_call(struct pp_m *m, go_fn fn, void *arg, uintptr_t sp)
{
    struct errand errand = { fn, arg, m->current };
    /* Valgrind opens what a stack pointer passes over, but not what is pushed while it jumps. */
    pp_valgrind_undefined(sp - FIRST_PUSHES, FIRST_PUSHES);
    if (pp_go_watched & PP_GO_WATCH_THREAD) { /* that stack is g0's */
        __tsan_switch_to_fiber(m->g0.fiber, 0);
        pp_go_call_on(fn, arg, sp);
        __tsan_switch_to_fiber(errand.g->fiber, 0);
        return;
    }
    if (!(pp_go_watched & PP_GO_WATCH_ADDRESS)) {
        pp_go_call_on(fn, arg, sp);
        return;
    }
    void *fake_stack = NULL;
    __sanitizer_start_switch_fiber(&fake_stack, m->stack_low, m->stack_size);
    pp_go_call_on(run_announced, &errand, sp);
    __sanitizer_finish_switch_fiber(fake_stack, NULL, NULL);
}

void pp_go_watch_end(struct pp_g *g)
{
    if (g->fiber) {
        __tsan_destroy_fiber(g->fiber);
        g->fiber = NULL;
    }
    if (pp_go_watched & PP_GO_WATCH_ADDRESS) {
        __asan_unpoison_memory_region((const void *)g->stack_low,
                                      pp_go_stack_top(g) - g->stack_low);
    }
}

void pp_go_watch_stack(const void *low, const void *high)
{
    pp_valgrind_stack(low, high);
    if (__lsan_register_root_region) {
        __lsan_register_root_region(low, (size_t)((const char *)high - (const char *)low));
    }
}
