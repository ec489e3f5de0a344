/* C++ exceptions under way: those caught and not yet left, and how many are on their way.
 *
 * The C++ runtime keeps them with the thread. A goroutine that parks in a catch block or in a
 * destructor takes its own along, and gets them back on whatever thread it goes on. While no
 * goroutine has thrown there is nothing to take along, and switches go the short way. */
#include "base/sys.h"
#include "runtime/capture/exceptions.h"
#include "runtime/go/fiber.h"
#include "runtime/go/sched_private.h"
#include "runtime/unwind/next.h"

#include <dlfcn.h>

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
