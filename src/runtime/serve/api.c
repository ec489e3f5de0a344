/* include/pprof/pprof.h: the public functions that are not capture's own. */
#include "pprof/pprof.h"

#include "base/atomic.h"
#include "base/err.h"
#include "base/log.h"
#include "base/sys.h"
#include "runtime/capture/contention.h"
#include "runtime/capture/cpu.h"
#include "runtime/capture/heap.h"
#include "runtime/capture/self.h"
#include "runtime/serve/encode.h"
#include "runtime/serve/init.h"
#include "runtime/serve/listen.h"
#include "runtime/serve/serve.h"
#include "runtime/unwind/lock.h"
#include "runtime/unwind/module.h"

/* ---- serving -------------------------------------------------------------------------------- */

int pprof_serve_error(const char *address, const struct pprof_serve_options *options,
                      struct pprof_error *error)
{
    if (!address) {
        return pp_err_set(error, PPROF_ERR_ADDRESS, "no address was given");
    }
    int failed = pp_init_ensure();
    if (failed) {
        return pp_err_set(error, failed, "the profiler could not start: %s",
                          pprof_err_text(failed));
    }
    struct pp_listen_options wanted = { .token = options ? options->token : NULL,
                                        .quiet = options && options->quiet };
    pp_self_enter();
    failed = pp_listen_start(address, &wanted, error);
    pp_self_leave();
    return failed;
}

int pprof_serve(const char *address, const struct pprof_serve_options *options)
{
    struct pprof_error error = { .code = 0 };
    int failed = pprof_serve_error(address, options, &error);
    if (failed) {
        pp_log("not serving: %s", error.detail);
    }
    return failed;
}

int pprof_serve_url(char *buf, size_t cap)
{
    return pp_listen_url(buf, cap);
}

void pprof_serve_stop(void)
{
    pp_self_enter();
    pp_listen_stop();
    pp_self_leave();
}

/* The body goes out in pieces, so that a caller's buffer may be small; the callback is code of the
 * program and runs as such. */
static int write_answer(const struct pp_call *call, pprof_write_fn write, void *ctx)
{
    enum { PIECE = 64 << 10 };
    size_t sent = 0;
    do {
        size_t left = call->body.len - sent;
        size_t piece = left < PIECE ? left : PIECE;
        const char *at = call->body.data ? call->body.data + sent : "";
        if (write(ctx, &call->response, at, piece) != 0) {
            return PPROF_ERR_CANCELED;
        }
        sent += piece;
    } while (sent < call->body.len);
    return 0;
}

int pprof_handle(const struct pprof_request *request, pprof_write_fn write, void *ctx)
{
    struct pp_arena arena;
    struct pp_call call;
    if (!request || !request->method || !request->path || !write) {
        return PPROF_ERR_INVALID;
    }
    int failed = pp_init_ensure();
    if (failed) {
        return failed;
    }
    pp_arena_init(&arena, 0);
    pp_self_enter();
    pp_call_answer(&call, request, &arena);
    pp_self_leave();
    int result = write_answer(&call, write, ctx);
    pp_arena_release(&arena);
    return result;
}

/* ---- files ---------------------------------------------------------------------------------- */

static int write_buf(int fd, const struct pp_buf *bytes)
{
    if (bytes->err) {
        return bytes->err;
    }
    return pp_sys_write_all(fd, bytes->data, bytes->len) < 0 ? PPROF_ERR_SYSTEM : 0;
}

static int write_profile(const struct pprof_profile *profile, int fd)
{
    struct pp_arena arena;
    struct pp_buf bytes;
    pp_arena_init(&arena, 0);
    pp_buf_init(&bytes, &arena);
    int failed = pp_encode_gzip(profile, 1, &bytes, NULL);
    failed = failed ? failed : write_buf(fd, &bytes);
    pp_arena_release(&arena);
    return failed;
}

static int write_binary(const struct pp_kind *kind, int fd)
{
    struct pprof_profile *profile;
    int failed = pp_encode_collect(kind, &profile, NULL);
    if (!failed) {
        failed = write_profile(profile, fd);
        pprof_profile_free(profile);
    }
    return failed;
}

static int write_text(const struct pp_kind *kind, int fd, int debug)
{
    struct pp_arena arena;
    struct pp_buf text;
    pp_arena_init(&arena, 0);
    pp_buf_init(&text, &arena);
    int failed = pp_kind_text(kind, debug, &text, NULL);
    failed = failed ? failed : write_buf(fd, &text);
    pp_arena_release(&arena);
    return failed;
}

int pprof_write(const char *name, int fd, int debug)
{
    int failed = name ? pp_init_ensure() : PPROF_ERR_UNKNOWN;
    if (failed) {
        return failed;
    }
    const struct pp_kind *kind = pp_kind_find(name);
    if (!kind) {
        return PPROF_ERR_UNKNOWN;
    }
    pp_self_enter();
    failed = debug > 0 ? write_text(kind, fd, debug) : write_binary(kind, fd);
    pp_self_leave();
    return failed;
}

/* ---- CPU profile ---------------------------------------------------------------------------- */

static struct {
    uint32_t lock; /* guards both; capture's own lock comes below it */
    bool running;  /* started here, not by a request */
    int fd;
} cpu;

int pprof_cpu_start(int fd, const void *options)
{
    struct pprof_error error = { .code = 0 };
    int failed = options ? PPROF_ERR_INVALID : pp_init_ensure();
    if (failed) {
        return failed;
    }
    if (!pp_load_relaxed(&pp_enabled)) {
        return PPROF_ERR_OFF;
    }
    pp_self_enter();
    pp_modules_refresh();
    pp_unwind_lock(&cpu.lock);
    failed = pp_cpu_start(&error);
    if (!failed) {
        cpu.running = true;
        cpu.fd = fd;
    }
    pp_unwind_unlock(&cpu.lock);
    pp_self_leave();
    if (failed) {
        pp_log("no CPU profile: %s", error.detail);
    }
    return failed;
}

static int finish_cpu(int fd)
{
    struct pp_arena arena;
    struct pprof_profile *profile;
    pp_arena_init(&arena, 0);
    struct pp_snapshot snapshot = { .arena = &arena };
    pp_modules_refresh();
    int failed = pp_cpu_stop(&snapshot, NULL);
    failed = failed ? failed : pp_encode_profile(&pp_kind_cpu, &snapshot, &profile, NULL);
    if (!failed) {
        failed = write_profile(profile, fd);
        pprof_profile_free(profile);
    }
    pp_arena_release(&arena);
    return failed;
}

int pprof_cpu_stop(void)
{
    int result = PPROF_ERR_OFF;
    pp_self_enter();
    pp_unwind_lock(&cpu.lock);
    if (cpu.running) {
        cpu.running = false;
        result = finish_cpu(cpu.fd);
    }
    pp_unwind_unlock(&cpu.lock);
    pp_self_leave();
    return result;
}

/* ---- rates and switches --------------------------------------------------------------------- */

size_t pprof_heap_rate(size_t bytes)
{
    return pp_heap_rate_set(bytes);
}

int pprof_cpu_rate(int hz)
{
    return pp_cpu_rate(hz < 0 ? 0 : hz > 1000 ? 1000 : hz);
}

int pprof_mutex_fraction(int n)
{
    return pp_mutex_fraction(n);
}

int64_t pprof_block_rate(int64_t ns)
{
    return pp_block_rate(ns);
}

bool pprof_block_io(bool on)
{
    return pp_block_io(on);
}

bool pprof_enable(bool on)
{
    bool was_on = pp_load(&pp_enabled) != 0;
    if (on) {
        if (pp_init_ensure() == 0) {
            pp_store(&pp_enabled, 1);
            pp_heap_resume();
        }
    } else if (was_on) {
        pp_store(&pp_enabled, 0);
        pp_self_enter();
        (void)!pp_cpu_stop(NULL, NULL); /* the timers stop; whoever asked for it gets an error */
        pp_self_leave();
    }
    return was_on;
}
