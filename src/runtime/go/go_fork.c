/* After fork the child has one thread: the one that called. A goroutine among its callers goes on
 * as that thread; all others, and the workers, are the parent's. What the child starts from then on
 * begins anew; the memory of before stays as it is, shared until the child ends or execs. */
#include "base/sys.h"
#include "runtime/go/poll.h"
#include "runtime/go/stack_private.h"
#include "runtime/go/trim.h"

#include <string.h>

static void keep_thread(struct pp_m *m)
{
    m->p = m->next_p = m->left_p = NULL;
    m->next_g = m->pinned_g = NULL;
    m->busy = m->freeze = 0;
    m->is_worker = m->is_spinning = m->is_polling = m->lost_place = false;
    m->next_idle = m->next_all = NULL;
    m->tid = pp_sys_tid();
    m->g0.is_thread = true;
    m->g0.state = PP_GO_RUNNING;
    m->g0.context = m->current->context;
    m->g0.done = m->current->done;
    m->g0.locals = m->current->locals;
    m->g0.has_extras = m->current->has_extras;
    m->current = &m->g0;
}

static void in_child(void)
{
    struct pp_m *m = PP_SYS_TLS_GET(pp_go_m);
    if (m) {
        keep_thread(m);
    }
    memset(&pp_go_sched, 0, sizeof(pp_go_sched));
    memset(pp_go_stack_classes, 0, sizeof(pp_go_stack_classes));
    pp_go_sched.all_m = m;
    pp_go_poll_after_fork();
    pp_go_monitor_after_fork();
    pp_go_locals_after_fork();
    pp_go_trim_after_fork();
}

void pp_go_fork_init(void)
{
    static uint32_t done;
    if (!pp_swap(&done, 1)) {
        pp_sys_at_fork(NULL, NULL, in_child);
    }
}
