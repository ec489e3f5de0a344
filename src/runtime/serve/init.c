#include "runtime/serve/init.h"

#include "base/atomic.h"
#include "base/log.h"
#include "base/sys.h"
#include "pprof/pprof.h"
#include "runtime/capture/contention.h"
#include "runtime/capture/cpu.h"
#include "runtime/capture/custom.h"
#include "runtime/capture/exceptions.h"
#include "runtime/capture/fd.h"
#include "runtime/capture/fd_hooks.h"
#include "runtime/capture/got.h"
#include "runtime/capture/heap.h"
#include "runtime/capture/label.h"
#include "runtime/capture/mapping.h"
#include "runtime/capture/mapping_hooks.h"
#include "runtime/capture/self.h"
#include "runtime/capture/stacktab.h"
#include "runtime/capture/thread.h"
#include "runtime/capture/trace.h"
#include "runtime/serve/config.h"
#include "runtime/serve/listen.h"
#include "runtime/serve/oom.h"
#include "runtime/serve/record.h"
#include "runtime/serve/quit.h"
#include "runtime/serve/run_cpu.h"
#include "runtime/serve/run_files.h"
#include "runtime/serve/trace_call.h"
#include "runtime/unwind/lock.h"
#include "runtime/unwind/module.h"
#include "runtime/unwind/next.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { NEW, STARTED, FAILED };

/* Bytes a sample below which stacks are taken so often that their rows are built at the start: that
 * takes 2 ms for a small program, 100 for a large one, and saves some 2 us a stack. */
enum { ROWS_RATE = 64 << 10 };

/* What the tables reserve, 130 MiB at the start and 100 more on request, counts against limits on
 * address space. A process that has little needs it for itself: each table then takes at most a
 * 64th of the limit, and below the second number there is no profiling. */
#define ADDRESS_SPACE_AMPLE ((uint64_t)4 << 30)
#define ADDRESS_SPACE_MIN ((uint64_t)256 << 20)
enum { ADDRESS_SPACE_SHARE = 64 };

static struct {
    uint32_t lock;  /* guards starting */
    uint32_t state; /* NEW, STARTED, FAILED */
    uint32_t dormant;
    int result;
    pid_t pid; /* whose exit writes files */
    size_t kept_rate; /* of heap sampling, while a forked child is dormant */
    struct pp_config config;
} life;

/* ---- starting ------------------------------------------------------------------------------- */

static const struct {
    const char *what;
    int (*init)(void);
} rooms[] = {
    { "the stack table", pp_stacktab_init },
    { "the module list", pp_modules_init },
    { "the thread registry", pp_threads_init },
    { "heap sampling", pp_heap_init },
    { "lock profiles", pp_contention_init },
    { "the exception profile", pp_exceptions_init },
    { "the table of descriptors", pp_fd_init },
    { "the table of mappings", pp_mapping_init },
};

static uint64_t address_space(void)
{
    uint64_t space = pp_sys_limit(RLIMIT_AS), data = pp_sys_limit(RLIMIT_DATA);
    return space < data ? space : data;
}

static void tell_if_small(void)
{
    struct pp_stacktab_stats stacks;
    struct pp_heap_stats heap;
    pp_stacktab_stats(&stacks);
    pp_heap_stats(&heap);
    if (pp_sys_reserve_was_cut()) {
        pp_log("little address space (ulimit -v, -d, or no overcommit): the tables hold only %llu "
               "KiB of stacks and %llu live samples; what does not fit is counted",
               (unsigned long long)stacks.bytes_cap >> 10, (unsigned long long)heap.live_cap);
    }
}

static int start_rooms(void)
{
    uint64_t space = address_space();
    if (space < ADDRESS_SPACE_MIN) {
        pp_log("profiling is off: the limit on this process's address space (ulimit -v, -d) is "
               "below %d MiB, and the tables would take of it", (int)(ADDRESS_SPACE_MIN >> 20));
        return PPROF_ERR_LIMIT;
    }
    if (space < ADDRESS_SPACE_AMPLE) {
        pp_sys_reserve_cap((size_t)(space / ADDRESS_SPACE_SHARE));
    }
    (void)pp_sys_page_size(); /* asked once here, so that no handler is the first to ask */
    for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
        int failed = rooms[i].init();
        if (failed) {
            pp_log("cannot set up %s: %s; profiling is off", rooms[i].what, pprof_err_text(failed));
            return failed;
        }
    }
    tell_if_small();
    return 0;
}

static void set_rates(void)
{
    if (life.config.heap_rate >= 0) {
        pp_heap_rate_set((size_t)life.config.heap_rate);
    }
    if (life.config.cpu_rate) {
        pp_cpu_rate(life.config.cpu_rate);
    }
    pp_mutex_fraction(life.config.mutex_fraction);
    pp_block_rate(life.config.block_rate);
    pp_block_io(life.config.block_io);
}

static void start_runtime(void)
{
    life.result = start_rooms();
    if (life.result) {
        pp_store(&pp_enabled, 0);
        pp_store_release(&life.state, FAILED);
        return;
    }
    set_rates();
    pp_got_take_direct();
    if (pp_heap_rate_get() && pp_heap_rate_get() < ROWS_RATE) {
        pp_modules_refresh();
    }
    pp_store_release(&life.state, STARTED);
}

int pp_init_ensure(void)
{
    if (pp_load_acquire(&life.state) == NEW) {
        pp_self_enter();
        pp_unwind_lock(&life.lock);
        if (life.state == NEW) {
            start_runtime();
        }
        pp_unwind_unlock(&life.lock);
        pp_self_leave();
    }
    if (pp_load_relaxed(&life.dormant) && pp_swap(&life.dormant, 0) && !life.config.off) {
        if (life.kept_rate) {
            pp_heap_rate_set(life.kept_rate);
        }
        pp_store(&pp_enabled, life.state == STARTED);
        pp_heap_resume();
    }
    return life.result;
}

/* ---- what the environment asks for ---------------------------------------------------------- */

static void listen_asked(bool is_child)
{
    struct pprof_error error = { .code = 0 };
    const struct pp_config *config = &life.config;
    struct pp_listen_options options = {
        .token = config->token,
        .quiet = config->quiet,
        .told_url = is_child ? "" : config->url,
        .move_on = is_child ? config->children : config->url[0] != '\0',
    };
    if (pp_listen_start(config->http, &options, &error) != 0) {
        pp_log("not serving: %s", error.detail);
    }
}

static void record_asked(void)
{
    struct pprof_error error = { .code = 0 };
    const struct pp_config *config = &life.config;
    const struct pprof_record_options options = {
        .interval_s = (unsigned)config->record_every_s,
        .max_files = (unsigned)config->record_files,
        .max_bytes = (uint64_t)config->record_bytes,
        .kinds = config->record_kinds,
    };
    if (config->record[0] && pp_record_start(config->record, &options, &error) != 0) {
        pp_log("not recording: %s", error.detail);
    }
    if (config->oom[0] && pp_oom_start(config->oom, config->oom_limit, &error) != 0) {
        pp_log("memory is not watched: %s", error.detail);
    }
}

static void serve_asked(bool is_child)
{
    struct pprof_error error = { .code = 0 };
    const struct pp_config *config = &life.config;
    if (config->http[0]) {
        listen_asked(is_child);
    }
    if (config->out[0] && pp_run_files_start(config->out, &error) != 0) {
        pp_log("not writing profiles: %s", error.detail);
    }
    record_asked();
    if (config->trace_s) {
        (void)pprof_trace_recorder(config->trace_s);
    }
    if (config->sigquit && pp_quit_start(&error) != 0) {
        pp_log("SIGQUIT writes no stacks: %s", error.detail);
    }
    if (!config->http[0]) {
        pp_listen_warn_blind();
    }
}

/* Programs that this one starts find its number there and stay silent; one that takes its place by
 * exec finds the address, free again by then. */
static void claim_environment(void)
{
    char text[160];
    (void)snprintf(text, sizeof(text), "%d", (int)pp_sys_pid());
    (void)setenv("PPROF_PID", text, 1);
    if (pp_listen_url(text, sizeof(text)) == 0) {
        (void)setenv("PPROF_URL", text, 1);
        (void)setenv("PPROF_HTTP", strncmp(text, "http://", 7) == 0 ? text + 7 : text, 1);
    }
}

static void be_dormant(void)
{
    pp_store(&life.dormant, 1);
    pp_store(&pp_enabled, 0);
}

void pp_init_sleep(void)
{
    be_dormant();
    (void)!pp_cpu_stop(NULL, NULL);
}

/* ---- fork ----------------------------------------------------------------------------------- */

static void before_fork(void)
{
    pp_self_enter();
    pp_custom_before_fork();
}

static void after_fork_parent(void)
{
    pp_custom_after_fork();
    pp_self_leave();
}

static void after_fork_child(void)
{
    pp_custom_after_fork();
    pp_got_after_fork();
    life.lock = 0;
    life.pid = pp_sys_pid();
    if (pp_load(&life.state) == STARTED) {
        bool asked = pp_config_is_asked(&life.config) || pp_got_is_on();
        life.kept_rate = pp_load(&life.dormant) ? life.kept_rate : pp_heap_rate_get();
        bool on = !pp_load(&life.dormant) && (!asked || life.config.children);
        pp_listen_after_fork();
        pp_run_files_after_fork();
        pp_run_cpu_after_fork();
        pp_record_after_fork();
        pp_oom_after_fork();
        pp_trace_after_fork();
        pp_trace_call_after_fork();
        pp_quit_after_fork();
        pp_modules_fork_child();
        pp_cpu_after_fork();
        pp_fd_after_fork();
        pp_label_after_fork();
        pp_threads_after_fork();
        pp_contention_after_fork();
        pp_exceptions_after_fork();
        pp_heap_after_fork(on);
        if (!on) {
            be_dormant();
        } else if (asked && pp_load(&pp_enabled)) {
            serve_asked(true);
        }
    }
    pp_self_leave();
}

/* ---- beginning and end ---------------------------------------------------------------------- */

/* ThreadSanitizer and MemorySanitizer watch memcpy and the like, also ours, but not what orders our
 * accesses: they would report us, and fail the program. */
extern void __tsan_init(void) __attribute__((weak));
extern void __msan_init(void) __attribute__((weak));

static bool has_watcher(void)
{
    bool found = __tsan_init || __msan_init;
    if (found) {
        pp_log("profiling is off: this program is built with a sanitizer that would report it");
    }
    return found;
}

/* What we know of locks, threads and the loader is glibc's. */
static bool has_other_libc(void)
{
    bool found = !pp_sys_is_glibc();
    if (found) {
        pp_log("profiling is off: this program does not run on glibc");
    }
    return found;
}

static void begin_asked(bool asked, bool is_child)
{
    if (has_watcher() || has_other_libc()) {
        life.config.off = true;
        be_dormant();
    } else {
        start_runtime();
        if (asked && life.state == STARTED) {
            serve_asked(is_child);
        }
    }
    if (asked && !is_child) {
        claim_environment(); /* also when off: it was this process that was meant */
    }
}

__attribute__((constructor(101))) static void begin(void)
{
    struct pp_config *config = &life.config;
    pp_self_enter();
    /* Another preloaded malloc finds its own names now: the text that a failed dlsym leaves is
     * freed within the next. */
    void *volatile block = malloc(1);
    free(block);
    pp_log_remember();
    pp_next_find_place();
    pp_fd_hooks_resolve(); /* also of a dormant process: until now they went past libc */
    pp_mapping_hooks_resolve();
    pp_config_read(config);
    life.pid = pp_sys_pid();
    bool asked = pp_config_is_asked(config);
    bool is_child = config->pid && config->pid != life.pid;
    pp_sys_at_fork(before_fork, after_fork_parent, after_fork_child);
    if (config->off || (is_child && !config->children)) {
        be_dormant();
    } else {
        begin_asked(asked, is_child);
    }
    pp_self_leave();
}

void pp_init_exit(void)
{
    if (pp_sys_pid() != life.pid) {
        return; /* a vfork child has our memory, but is not us */
    }
    if (pp_self.inside == 0) { /* else a handler interrupted our own code, which may hold a lock */
        pp_run_files_finish();
        pp_record_finish();
    }
    pp_listen_exit();
}

__attribute__((destructor(101))) static void end(void)
{
    pp_init_exit();
}
