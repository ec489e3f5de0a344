/* Writing the trace: chunks taken, filled and sealed, without a lock or a wait. */
#include "runtime/capture/trace_pool.h"

#include "base/sys.h"
#include "runtime/capture/self.h"
#include "runtime/unwind/unwind.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

struct pp_trace_chunk *pp_trace_pool;
uint32_t pp_trace_on, pp_trace_high;
uint64_t pp_trace_recycled, pp_trace_lost;
int64_t pp_trace_recycled_ns;

/* The calling thread's chunk, and whether it writes right now. */
static __thread struct {
    struct pp_trace_chunk *chunk;
    bool is_writing;
} mine __attribute__((tls_model("initial-exec")));

/* ---- taking a chunk --------------------------------------------------------------------------- */

static bool change(struct pp_trace_chunk *chunk, uint32_t from, uint32_t to)
{
    return pp_load_relaxed(&chunk->head.state) == from && pp_cas(&chunk->head.state, &from, to);
}

static struct pp_trace_chunk *take_unused(struct pp_trace_chunk *pool)
{
    uint32_t high = pp_load_relaxed(&pp_trace_high);
    while (high < PP_TRACE_CHUNKS) {
        if (pp_cas(&pp_trace_high, &high, high + 1)) {
            return change(&pool[high], PP_TRACE_FREE_CHUNK, PP_TRACE_OPEN) ? &pool[high] : NULL;
        }
    }
    for (uint32_t i = 0; i < PP_TRACE_CHUNKS; i++) {
        if (change(&pool[i], PP_TRACE_FREE_CHUNK, PP_TRACE_OPEN)) {
            return &pool[i];
        }
    }
    return NULL;
}

/* The chunk that was sealed first; NULL when every chunk is held by a thread. */
static struct pp_trace_chunk *take_oldest(struct pp_trace_chunk *pool)
{
    struct pp_trace_chunk *oldest = NULL;
    for (uint32_t i = 0; i < PP_TRACE_CHUNKS; i++) {
        if (pp_load_acquire(&pool[i].head.state) == PP_TRACE_SEALED &&
            (!oldest || pool[i].head.sealed_ns < oldest->head.sealed_ns)) {
            oldest = &pool[i];
        }
    }
    if (!oldest) {
        return NULL;
    }
    int64_t sealed_ns = oldest->head.sealed_ns;
    if (!change(oldest, PP_TRACE_SEALED, PP_TRACE_OPEN)) {
        return NULL;
    }
    pp_add_relaxed(&pp_trace_recycled, 1);
    if (sealed_ns > pp_load_relaxed(&pp_trace_recycled_ns)) {
        pp_store_relaxed(&pp_trace_recycled_ns, sealed_ns);
    }
    return oldest;
}

static struct pp_trace_chunk *take(void)
{
    struct pp_trace_chunk *pool = pp_load_acquire(&pp_trace_pool);
    struct pp_trace_chunk *chunk = pool ? take_unused(pool) : NULL;
    chunk = chunk || !pool ? chunk : take_oldest(pool);
    if (!chunk) {
        return NULL;
    }
    pp_store_release(&chunk->head.generation, chunk->head.generation + 1);
    pp_store_release(&chunk->head.count, 0);
    pp_fence(); /* a reader that sees new events sees the new generation too */
    chunk->head.tid = pp_sys_tid();
    (void)pp_sys_call(SYS_prctl, PR_GET_NAME, (long)chunk->head.name, 0, 0, 0, 0);
    return chunk;
}

static void seal(struct pp_trace_chunk *chunk)
{
    chunk->head.sealed_ns = pp_sys_monotonic_ns();
    pp_store_release(&chunk->head.state, PP_TRACE_SEALED);
}

/* ---- events ----------------------------------------------------------------------------------- */

/* The chunk that has room for one more event of this thread, or NULL. */
static struct pp_trace_chunk *chunk_with_room(void)
{
    if (mine.chunk && mine.chunk->head.count == PP_TRACE_CHUNK_EVENTS) {
        seal(mine.chunk);
        mine.chunk = NULL;
    }
    if (!mine.chunk) {
        mine.chunk = take();
    }
    return mine.chunk;
}

void pp_trace_event_sig(enum pp_trace_kind kind, uint32_t name, uint64_t value)
{
    if (mine.is_writing) {
        pp_add_relaxed(&pp_trace_lost, 1);
        return;
    }
    mine.is_writing = true;
    pp_signal_fence();
    struct pp_trace_chunk *chunk = chunk_with_room();
    if (chunk) {
        uint32_t at = chunk->head.count;
        chunk->events[at] = (struct pp_trace_event){ .at_ns = pp_sys_monotonic_ns(),
                                                     .kind = kind,
                                                     .name = name,
                                                     .value = value };
        pp_store_release(&chunk->head.count, at + 1);
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
    struct pp_trace_chunk *chunk = mine.chunk;
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
