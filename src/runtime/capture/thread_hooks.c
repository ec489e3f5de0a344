/* pthread_create and thrd_create: a slot for each new thread, filled by its creator before it runs.
 *
 *   hook: claim slot, note start routine, argument, stack, labels -> real create(trampoline, slot)
 *   trampoline (new thread): slot becomes its own -> tail call of the program's start routine
 *
 * The slot is the trampoline's argument, so nothing is allocated; it is given back by a key
 * destructor, which also runs after pthread_exit and cancellation. The tail call leaves no frame of
 * ours between the program's function and the C library's. */
#include "base/sys.h"
#include "runtime/capture/caller.h"
#include "runtime/capture/label.h"
#include "runtime/capture/linked_calls.h"
#include "runtime/capture/thread_private.h"
#include "runtime/unwind/next.h"

#include <errno.h>
#include <threads.h>

typedef int create_fn(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
typedef int thrd_create_fn(thrd_t *, thrd_start_t, void *);

static create_fn *real_create;
static thrd_create_fn *real_thrd_create;

void pp_thread_hooks_resolve(void)
{
    if (!pp_load_relaxed(&real_create)) {
        pp_self_enter();
        create_fn *found = (create_fn *)pp_next_symbol("pthread_create");
        pp_store_release(&real_create, found ? found : pp_linked_calls().pthread_create);
        pp_store_release(&real_thrd_create, (thrd_create_fn *)pp_next_symbol("thrd_create"));
        pp_self_leave();
    }
}

int pp_real_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
                           void *arg)
{
    pp_thread_hooks_resolve();
    return real_create ? real_create(thread, attr, start, arg) : EAGAIN;
}

static void *run_pthread(void *arg)
{
    struct pp_thread *slot = arg;
    void *(*start)(void *) = (void *(*)(void *))slot->start_routine;
    void *start_arg = slot->start_arg;
    pp_self_enter();
    pp_thread_begin(slot);
    pp_self_leave();
    return start(start_arg);
}

static int run_thrd(void *arg)
{
    struct pp_thread *slot = arg;
    thrd_start_t start = (thrd_start_t)slot->start_routine;
    void *start_arg = slot->start_arg;
    pp_self_enter();
    pp_thread_begin(slot);
    pp_self_leave();
    return start(start_arg);
}

/* The stack that the new thread will get, from its attributes. */
static void note_stack(struct pp_thread *slot, const pthread_attr_t *attr)
{
    pthread_attr_t defaults;
    void *low = NULL;
    bool own = !attr && pthread_getattr_default_np(&defaults) == 0;
    if (own) {
        attr = &defaults;
    }
    if (attr && pthread_attr_getstack(attr, &low, &slot->stack_size) == 0) {
        pthread_attr_getguardsize(attr, &slot->guard_size);
        uintptr_t start = (uintptr_t)low;
        if (start && start + slot->stack_size > start) { /* else: only the size was set */
            slot->bounds = (struct pp_stack_bounds){ start, start + slot->stack_size };
        }
    }
    if (own) {
        pthread_attr_destroy(&defaults);
    }
}

/* A slot that tells of the thread to be, or NULL when the call should just be passed on. */
static struct pp_thread *prepare(const pthread_attr_t *attr, uintptr_t start, void *arg)
{
    if (!pp_load_relaxed(&pp_enabled) || pp_self.inside) {
        return NULL;
    }
    int saved = errno;
    pp_self_enter();
    struct pp_thread *slot = pp_thread_claim();
    if (slot) {
        slot->start_routine = start;
        slot->start_arg = arg;
        slot->label_set = pp_self.label_set;
        slot->created_by = pp_caller_stack_sig(0, 0);
        slot->created_by_tid = pp_sys_tid();
        note_stack(slot, attr);
    }
    pp_self_leave();
    errno = saved;
    return slot;
}

/* The slot is the new thread's by now. */
static void settle(struct pp_thread *slot, pp_stack_id origin, bool failed)
{
    if (failed) {
        pp_thread_release(slot);
    } else {
        pp_thread_count_created();
        pp_sumtab_add_sig(&pp_thread_origins, pp_sum_key(origin, 0), 1, 0);
    }
}

int hook_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
                        void *arg) __asm__("pthread_create")
    __attribute__((visibility("default")));
int hook_thrd_create(thrd_t *thread, thrd_start_t start, void *arg) __asm__("thrd_create")
    __attribute__((visibility("default")));

int hook_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
                        void *arg)
{
    struct pp_thread *slot = prepare(attr, (uintptr_t)start, arg);
    if (!slot) {
        return pp_real_pthread_create(thread, attr, start, arg);
    }
    pp_stack_id origin = slot->created_by;
    int err = pp_real_pthread_create(thread, attr, run_pthread, slot);
    settle(slot, origin, err != 0);
    return err;
}

int hook_thrd_create(thrd_t *thread, thrd_start_t start, void *arg)
{
    pp_thread_hooks_resolve();
    struct pp_thread *slot = prepare(NULL, (uintptr_t)start, arg);
    if (!slot) {
        return real_thrd_create ? real_thrd_create(thread, start, arg) : thrd_error;
    }
    pp_stack_id origin = slot->created_by;
    int result = real_thrd_create ? real_thrd_create(thread, run_thrd, slot) : thrd_error;
    settle(slot, origin, result != thrd_success);
    return result;
}
