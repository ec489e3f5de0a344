/* Writing the trace: chunks taken, filled and sealed, without a lock or a wait. */
#include "runtime/capture/trace_pool.h"

#include "base/sys.h"
#include "runtime/capture/self.h"
#include "runtime/unwind/unwind.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

struct pp_trace_pool *pp_trace_pool;
uint32_t pp_trace_on PP_HOT_DATA, pp_trace_high;
uint64_t pp_trace_recycled, pp_trace_lost;
int64_t pp_trace_recycled_ns;

/* The calling thread's chunk, and whether it writes right now. */
static __thread struct {
    struct pp_trace_head *chunk;
    struct pp_trace_event *events; /* the chunk's */
    bool is_writing;
} mine __attribute__((tls_model("initial-exec")));

/* ---- taking a chunk --------------------------------------------------------------------------- */

static bool change(struct pp_trace_head *head, uint32_t from, uint32_t to)
{
    return pp_load_relaxed(&head->state) == from && pp_cas(&head->state, &from, to);
}

static struct pp_trace_head *take_unused(struct pp_trace_pool *pool)
{
    uint32_t high = pp_load_relaxed(&pp_trace_high);
    while (high < PP_TRACE_CHUNKS) {
        if (pp_cas(&pp_trace_high, &high, high + 1)) {
            struct pp_trace_head *head = &pool->heads[high];
            return change(head, PP_TRACE_FREE_CHUNK, PP_TRACE_TAKEN) ? head : NULL;
        }
    }
    return NULL;
}

/* Takes a chunk that was used before: a free one, else the one that was sealed first. NULL when
 * every chunk is held by a thread, or another thread was faster. */
static struct pp_trace_head *take_used(struct pp_trace_pool *pool)
{
    struct pp_trace_head *oldest = NULL;
    for (uint32_t i = 0; i < PP_TRACE_CHUNKS; i++) {
        struct pp_trace_head *head = &pool->heads[i];
        if (change(head, PP_TRACE_FREE_CHUNK, PP_TRACE_TAKEN)) {
            return head;
        }
        if (pp_load_acquire(&head->state) == PP_TRACE_SEALED &&
            (!oldest || head->sealed_ns < oldest->sealed_ns)) {
            oldest = head;
        }
    }
    int64_t sealed_ns = oldest ? oldest->sealed_ns : 0;
    if (!oldest || !change(oldest, PP_TRACE_SEALED, PP_TRACE_TAKEN)) {
        return NULL;
    }
    pp_add_relaxed(&pp_trace_recycled, 1);
    if (sealed_ns > pp_load_relaxed(&pp_trace_recycled_ns)) {
        pp_store_relaxed(&pp_trace_recycled_ns, sealed_ns);
    }
    return oldest;
}

static void take(void)
{
    struct pp_trace_pool *pool = pp_load_acquire(&pp_trace_pool);
    struct pp_trace_head *head = pool ? take_unused(pool) : NULL;
    head = head || !pool ? head : take_used(pool);
    if (!head) {
        return;
    }
    /* In this order: who sees the new generation sees no event of the old one, and who sees a new
     * event sees the new generation. */
    pp_store_release(&head->count, 0);
    pp_store_release(&head->generation, head->generation + 1);
    pp_fence();
    head->tid = pp_sys_tid();
    (void)pp_sys_call(SYS_prctl, PR_GET_NAME, (long)head->name, 0, 0, 0, 0);
    pp_store_release(&head->state, PP_TRACE_OPEN);
    mine.chunk = head;
    mine.events = pool->events[head - pool->heads];
}

static void seal(struct pp_trace_head *head)
{
    head->sealed_ns = pp_sys_monotonic_ns();
    pp_store_release(&head->state, PP_TRACE_SEALED);
}

/* ---- events ----------------------------------------------------------------------------------- */

/* Sees to it that the calling thread's chunk has room for one more event, if any has. */
static bool has_room(void)
{
    if (mine.chunk && mine.chunk->count == PP_TRACE_CHUNK_EVENTS) {
        seal(mine.chunk);
        mine.chunk = NULL;
    }
    if (!mine.chunk) {
        take();
    }
    return mine.chunk != NULL;
}

void pp_trace_event_sig(enum pp_trace_kind kind, uint32_t name, uint64_t value)
{
    if (mine.is_writing) {
        pp_add_relaxed(&pp_trace_lost, 1);
        return;
    }
    mine.is_writing = true;
    pp_signal_fence();
    if (has_room()) {
        uint32_t at = mine.chunk->count;
        mine.events[at] = (struct pp_trace_event){ .at_ns = pp_sys_monotonic_ns(),
                                                   .kind = kind,
                                                   .name = name,
                                                   .value = value };
        pp_store_release(&mine.chunk->count, at + 1);
    } else {
        pp_add_relaxed(&pp_trace_lost, 1);
    }
    pp_signal_fence();
    mine.is_writing = false;
}

void pp_trace_wait_sig(enum pp_wait_reason reason, const struct pp_regs *regs)
{
    pp_stack_id stack = PP_STACK_NONE;
    if (pp_load_relaxed(&pp_trace_on) & PP_TRACE_STACKS) {
        uintptr_t pcs[PP_STACK_DEPTH_MAX];
        unsigned flags = 0;
        int saved = errno;
        pp_self_enter();
        size_t depth = pp_unwind_sig(regs, pp_self.bounds, pcs, PP_STACK_DEPTH_MAX, &flags);
        stack = pp_stack_intern_sig(pcs, depth, flags, 0);
        pp_self_leave();
        errno = saved;
    }
    pp_trace_event_sig(PP_TRACE_WAIT_BEGIN, reason, stack);
}

void pp_trace_thread_end_sig(void)
{
    struct pp_trace_head *chunk = mine.chunk;
    if (chunk && !mine.is_writing) {
        mine.chunk = NULL;
        seal(chunk);
    }
}

/* ---- fork ------------------------------------------------------------------------------------- */

void pp_trace_after_fork_sig(void)
{
    mine.chunk = NULL;
    mine.is_writing = false;
    pp_trace_on = 0;
    pp_trace_pool = NULL; /* kept out of the child */
    pp_trace_high = 0;
    pp_trace_recycled = pp_trace_lost = 0;
    pp_trace_recycled_ns = 0;
}
