/* C++ exceptions under way, those caught and not yet left; and frames left by go_exit.
 *
 * The C++ runtime keeps them with the thread. A goroutine that parks in a catch block or in a
 * destructor takes its own along, and gets them back on whatever thread it goes on. While no
 * goroutine has thrown there is nothing to take along, and switches go the short way. */
#include "base/log.h"
#include "base/sys.h"
#include "runtime/capture/exceptions.h"
#include "runtime/go/fiber.h"
#include "runtime/go/sched_private.h"
#include "runtime/unwind/next.h"

#include <stdlib.h>
#include <unwind.h>

typedef _Unwind_Reason_Code unwind_fn(struct _Unwind_Exception *exception, _Unwind_Stop_Fn stop,
                                      void *arg);

static struct pp_go_exceptions *(*get_globals)(void); /* atomic */

static void watch(void)
{
    void *found = pp_exception_runtime("__cxa_get_globals");
    if (found) {
        pp_store_release((void **)&get_globals, found);
        (void)pp_or(&pp_go_watched, PP_GO_WATCH_EXCEPTIONS);
    }
}

static void note_throw(void)
{
    if (!(pp_load_relaxed(&pp_go_watched) & PP_GO_WATCH_EXCEPTIONS) && !pp_go_self()->is_thread) {
        watch();
    }
}

/* Where throws do not come by our hook (a late start, a runtime linked into the program), they may
 * have begun unseen. */
void pp_go_exceptions_init(void)
{
    pp_store_release(&pp_exception_thrown, note_throw);
    if (pp_next_is_late()) {
        watch();
    }
}

void pp_go_exceptions_switch(struct pp_m *m, struct pp_g *from, struct pp_g *to)
{
    if (!m->exceptions) {
        m->exceptions = get_globals();
    }
    from->exceptions = *m->exceptions;
    *m->exceptions = to->exceptions;
    to->exceptions = (struct pp_go_exceptions){ NULL, 0 };
}

/* ---- go_exit --------------------------------------------------------------------------------- */

/* A catch-all that does not throw on would go on in a goroutine that has ended. */
static void swallowed(_Unwind_Reason_Code reason, struct _Unwind_Exception *exception)
{
    (void)reason, (void)exception;
    pp_log("goroutine %llu: go_exit was caught and not thrown on",
           (unsigned long long)pp_go_self()->id);
    abort();
}

static _Unwind_Reason_Code stop_at_end(int version, _Unwind_Action actions,
                                       _Unwind_Exception_Class class,
                                       struct _Unwind_Exception *exception,
                                       struct _Unwind_Context *context, void *arg)
{
    (void)version, (void)class, (void)context, (void)arg;
    if (actions & _UA_END_OF_STACK) {
        free(exception);
        pp_go_end();
    }
    return _URC_NO_REASON;
}

/* Does not come back where the program's unwinder gets to the first frame. The exception is not on
 * this stack, which is used again on the way. */
void pp_go_leave_frames(void)
{
    static unwind_fn *found; /* atomic */
    unwind_fn *unwind = pp_load_acquire(&found);
    if (!unwind) {
        unwind = (unwind_fn *)pp_exception_runtime("_Unwind_ForcedUnwind");
        pp_store_release(&found, unwind);
    }
    struct _Unwind_Exception *exception = unwind ? calloc(1, sizeof(*exception)) : NULL;
    if (exception) {
        note_throw();
        exception->exception_cleanup = swallowed;
        (void)unwind(exception, stop_at_end, NULL);
    }
}
