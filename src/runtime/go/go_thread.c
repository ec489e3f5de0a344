/* Threads: the first call of any, workers, start-up and what fork leaves. */
#include "base/log.h"
#include "base/sys.h"
#include "runtime/capture/self.h"
#include "runtime/go/go_seen.h"
#include "runtime/go/procs.h"
#include "runtime/go/sched_private.h"
#include "runtime/go/fiber.h"
#include "runtime/unwind/module.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>

enum { NOT_YET, UNDER_WAY, DONE };

static pthread_key_t end_key;
static pthread_once_t key_once = PTHREAD_ONCE_INIT;

/* ---- threads that come by themselves ---- */

/* The place of m's goroutine, or NULL; m is entered. */
static struct pp_p *leave_place(struct pp_m *m)
{
    struct pp_p *p = m->p;
    uint32_t state = PP_P_BLOCKED;
    bool is_blocked = m->current->state == PP_GO_BLOCKED;
    if (is_blocked && m->left_p && pp_cas(&m->left_p->state, &state, PP_P_RUNNING)) {
        p = m->left_p;
    }
    if (is_blocked || m->lost_place) {
        (void)pp_sub_relaxed(&pp_go_sched.blocked, 1);
    }
    m->p = m->left_p = NULL;
    m->lost_place = false;
    return p;
}

/* A worker's goroutine called pthread_exit: its frames are left, and what runs now is on the thread's
 * own stack. From here on it is a thread as any other, which ends; and the goroutine has ended. */
static void end_worker(void)
{
    struct pp_m *m = pp_go_enter();
    struct pp_g *g = m->current;
    struct pp_p *p = leave_place(m);
    if (g->pinned) {
        pp_go_unpin_here(m, g);
        g->pins = 0;
    }
    if (pp_go_watched) {
        pp_go_watch_leave(m, g, &m->g0, true);
    }
    m->current = &m->g0;
    if (pp_go_watched) {
        pp_go_watch_arrive(m);
    }
    pp_self.label_set = 0;
    pp_self.label_nest = NULL;
    m->g0.state = PP_GO_RUNNING;
    m->g0.seq = 1;
    m->g0.is_thread = true;
    m->is_worker = false;
    (void)pp_sub_relaxed(&pp_go_sched.workers, 1);
    pp_go_leave(m);
    if (p) {
        pp_go_place_release(p);
    }
    pp_go_end_left(g);
}

static void end_thread(void *arg)
{
    struct pp_m *m = arg;
    if (m->current != &m->g0) {
        end_worker();
    }
    if (m->g0.locals) {
        pp_go_locals_end(&m->g0);
    }
    if (m->g0.context) {
        struct go_context *context = m->g0.context;
        pp_go_context_set(&m->g0, NULL, NULL);
        pp_go_context_drop(context);
    }
    PP_SYS_TLS_SET(pp_go_m, NULL);
    pp_store_release(&m->is_gone, 1);
}

static void make_key(void)
{
    (void)pthread_key_create(&end_key, end_thread);
}

static void note_end_of(struct pp_m *m)
{
    (void)pthread_once(&key_once, make_key);
    (void)pthread_setspecific(end_key, m);
}

static struct pp_m *reuse(void)
{
    for (struct pp_m *m = pp_load_acquire(&pp_go_sched.all_m); m; m = m->next_all) {
        uint32_t gone = 1;
        if (pp_load_relaxed(&m->is_gone) && pp_cas(&m->is_gone, &gone, 0)) {
            return m;
        }
    }
    return NULL;
}

static struct pp_m *new_m(void)
{
    struct pp_m *m = reuse();
    if (m) {
        return m;
    }
    m = pp_sys_map(sizeof(*m));
    if (m) {
        struct pp_m *first = pp_load_acquire(&pp_go_sched.all_m);
        do {
            m->next_all = first;
        } while (!pp_cas(&pp_go_sched.all_m, &first, m));
    }
    return m;
}

static void own(struct pp_m *m)
{
    m->errno_at = __errno_location();
    m->tid = pp_sys_tid();
    m->random = (uint64_t)m->tid * UINT64_C(0x9e3779b97f4a7c15) + 1;
    m->current = &m->g0;
    m->g0.state = PP_GO_RUNNING;
    m->g0.seq = 1;
    m->exceptions = NULL; /* of the thread that had the record before */
    PP_SYS_TLS_SET(pp_go_m, m);
    if (pp_go_watched) {
        pp_go_watch_thread(m);
        pp_go_released(m); /* to who is pinned here */
    }
}

struct pp_m *pp_go_attach(void)
{
    struct pp_m *m = new_m();
    if (!m) {
        pp_log("goroutines: no memory for a thread's record");
        abort();
    }
    pp_go_watch_init();
    own(m);
    m->g0.is_thread = true;
    m->is_worker = false;
    note_end_of(m);
    return m;
}

/* ---- workers ---- */

/* Of the program's thread that started a worker last: what the monitor's workers have, too, which
 * itself blocks all signals. Atomic. */
static uint64_t program_mask;

static void note_signal_mask(void)
{
    uint64_t mask = 0;
    if (!pp_go_monitor_is_self()) {
        (void)pp_sys_call(SYS_rt_sigprocmask, 0, 0, (long)&mask, sizeof(mask), 0, 0);
        pp_store_relaxed(&program_mask, mask);
    }
}

static void take_signal_mask(void)
{
    uint64_t mask = pp_load_relaxed(&program_mask);
    (void)pp_sys_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&mask, 0, sizeof(mask), 0, 0);
}

static void *worker_main(void *arg)
{
    struct pp_m *m = arg;
    char name[16];
    take_signal_mask();
    (void)snprintf(name, sizeof(name), "go-worker-%u", m->number);
    (void)pthread_setname_np(pthread_self(), name);
    own(m);
    note_end_of(m);
    pp_go_overflow_thread();
    pp_go_worker(m);
    return NULL;
}

int pp_go_worker_start(struct pp_p *p, bool is_spinning)
{
    struct pp_m *m = new_m();
    pthread_attr_t attr;
    pthread_t thread;
    if (!m) {
        return -EAGAIN;
    }
    m->is_worker = true;
    m->g0.is_thread = false;
    m->next_p = p;
    m->is_spinning = is_spinning;
    m->number = pp_add_relaxed(&pp_go_sched.workers, 1) + 1;
    note_signal_mask();
    (void)pthread_attr_init(&attr);
    (void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    int failed = pthread_create(&thread, &attr, worker_main, m);
    (void)pthread_attr_destroy(&attr);
    if (failed) {
        (void)pp_sub_relaxed(&pp_go_sched.workers, 1);
        m->next_p = NULL;
        pp_store_release(&m->is_gone, 1);
        return -EAGAIN;
    }
    return 0;
}

/* ---- places ---- */

static bool add_places(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (!pp_go_sched.places[i]) {
            struct pp_p *p = pp_sys_map(sizeof(*p));
            if (!p) {
                return false;
            }
            p->index = i;
            p->alarms.next = INT64_MAX;
            pp_store_release(&pp_go_sched.places[i], p);
        }
    }
    return true;
}

/* Places from `from` on become idle ones. */
static void open_places(uint32_t from, uint32_t n)
{
    struct pp_go_sched *s = &pp_go_sched;
    for (uint32_t i = from; i < n; i++) {
        if (!s->places[i]->m && pp_load_relaxed(&s->places[i]->state) == PP_P_IDLE) {
            s->places[i]->next_idle = s->idle_p;
            s->idle_p = s->places[i];
            pp_store(&s->idle_p_count, s->idle_p_count + 1);
        }
    }
}

static void close_places(uint32_t n)
{
    struct pp_go_sched *s = &pp_go_sched;
    for (struct pp_p **at = &s->idle_p; *at;) {
        if ((*at)->index >= n) {
            *at = (*at)->next_idle;
            pp_store(&s->idle_p_count, s->idle_p_count - 1);
        } else {
            at = &(*at)->next_idle;
        }
    }
}

static void set_procs(uint32_t n)
{
    struct pp_go_sched *s = &pp_go_sched;
    pp_go_lock(&s->lock);
    uint32_t before = s->procs;
    pp_store(&s->procs, n);
    if (n > before) {
        open_places(before, n);
    } else {
        close_places(n);
    }
    pp_go_unlock(&s->lock);
    for (uint32_t i = n; i < before; i++) {
        pp_store(&s->places[i]->attention, 1);
    }
}

PPROF_API int go_procs(int n)
{
    struct pp_go_sched *s = &pp_go_sched;
    uint32_t before = pp_load(&s->procs);
    before = before ? before : pp_go_default_procs();
    if (n <= 0) {
        return (int)before;
    }
    n = n > PP_GO_PROCS_MAX ? PP_GO_PROCS_MAX : n;
    if (pp_go_start_up() == 0 && add_places((uint32_t)n)) {
        set_procs((uint32_t)n);
        pp_go_wake_worker();
    }
    return (int)before;
}

/* ---- start ---- */

static int set_up(void)
{
    uint32_t n = pp_go_default_procs();
    pp_go_watch_init();
    pp_go_fork_init();
    int failed = pp_go_stack_init();
    if (failed || !add_places(n)) {
        return -ENOMEM;
    }
    pp_go_barrier_init();
    pp_store(&pp_go_sched.clock_ns, pp_sys_monotonic_ns());
    set_procs(n);
    pp_go_overflow_init();
    pp_go_tasks_init();
    pp_go_leaks_init();
    pp_go_exceptions_init();
    if (!pp_modules_get_sig()->count) {
        (void)pp_modules_init(); /* profiling is off: stacks are to be read all the same */
    }
    note_signal_mask();
    return pp_go_monitor_start();
}

int pp_go_start_up(void)
{
    uint32_t *state = &pp_go_sched.started_up;
    uint32_t expected = NOT_YET;
    if (pp_cas(state, &expected, UNDER_WAY)) {
        int failed = set_up();
        pp_store(state, failed ? NOT_YET : DONE);
        pp_sys_futex_wake(state, INT32_MAX);
        return failed;
    }
    while (pp_load_acquire(state) == UNDER_WAY) {
        pp_sys_futex_wait(state, UNDER_WAY, -1);
    }
    return pp_load_acquire(state) == DONE ? 0 : -EAGAIN;
}

PPROF_API int *go_errno(void)
{
    return __errno_location();
}
