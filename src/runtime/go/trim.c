/* Pages of long-parked goroutines, below where they wait, go back to the system.
 *
 *   monitor: TRIM in pp_go_watched, barrier | held = g, fence, seq still even? -> discard | held = 0
 *   resumer: seq odd                        | TRIM? fence, while held == g: wait
 *
 * The one who resumes a goroutine writes seq first and then looks at pp_go_watched, which it does
 * for others anyway; the barrier (membarrier) is the monitor's. So either it sees TRIM and waits for
 * the few us that one discard takes, or the monitor sees the odd seq and leaves the stack alone. */
#include "runtime/go/trim.h"

#include "base/sys.h"
#include "runtime/go/stack_private.h"

#include <string.h>
#include <sys/syscall.h>

#define LONG_NS INT64_C(1000000000)
#define EVERY_NS INT64_C(20000000)
enum { LOOKS = 8192, DISCARDS = 64, RED_ZONE = 128 }; /* of one call */

static struct {
    struct pp_g *held; /* atomic */
    struct pp_go_cursor at;
    uint32_t left, last_left; /* parked and not yet trimmed, in this and the last round */
    int64_t looked_ns;
    bool is_off;
} trim;

void pp_go_trim_wait(const struct pp_g *g)
{
    pp_fence();
    while (pp_load(&trim.held) == g) {
        (void)pp_sys_call(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
    }
}

static bool is_parked(const struct pp_g *g, uint32_t seq)
{
    return !(seq & 1) && pp_load_relaxed(&g->state) == PP_GO_WAITING &&
           pp_load_relaxed(&g->trimmed) != seq;
}

/* With TRIM set and told to all. */
static void discard(struct pp_g *g)
{
    pp_store(&trim.held, g);
    pp_fence();
    uint32_t seq = pp_load(&g->seq);
    uintptr_t low = g->stack_low;
    uintptr_t high = (g->regs.sp - RED_ZONE) & ~(uintptr_t)(pp_sys_page_size() - 1);
    if (is_parked(g, seq) && high > low && high < (uintptr_t)g) {
        pp_sys_discard((void *)low, high - low);
    }
    pp_store_relaxed(&g->trimmed, seq);
    pp_store(&trim.held, NULL);
}

/* Some that have waited for long, from where the last call ended. */
static size_t find(struct pp_g **found, int64_t now)
{
    size_t n = 0;
    for (int i = 0; i < LOOKS && n < DISCARDS; i++) {
        struct pp_g *g = pp_go_stack_next(&trim.at);
        if (!g) { /* all were looked at */
            trim.last_left = trim.left;
            trim.left = 0;
            break;
        }
        if (!is_parked(g, pp_load_acquire(&g->seq))) {
            continue;
        }
        trim.left++;
        if (now - pp_load_relaxed(&g->since_ns) > LONG_NS) {
            found[n++] = g;
        }
    }
    return n;
}

void pp_go_trim(int64_t now)
{
    struct pp_g *found[DISCARDS];
    if (trim.is_off || now - trim.looked_ns < EVERY_NS) {
        return;
    }
    trim.looked_ns = now;
    size_t n = find(found, now);
    if (n == 0) {
        return;
    }
    (void)pp_or(&pp_go_watched, PP_GO_WATCH_TRIM);
    trim.is_off = !pp_go_barrier();
    for (size_t i = 0; i < n && !trim.is_off; i++) {
        discard(found[i]);
    }
    (void)pp_and(&pp_go_watched, ~(uint32_t)PP_GO_WATCH_TRIM);
}

void pp_go_trim_after_fork(void)
{
    (void)pp_and(&pp_go_watched, ~(uint32_t)PP_GO_WATCH_TRIM);
    memset(&trim, 0, sizeof(trim));
}

bool pp_go_trim_is_due(void)
{
    return !trim.is_off && (trim.left || trim.last_left);
}
