/* What `pprof attach` calls in a process that it has loaded us into, on a thread that it borrowed
 * for the moment (all its signals are blocked, and it holds no lock of libc's).
 *
 *   pprof_attach: start -> hook what was bound without us -> serve     error: all undone
 *   pprof_detach: stop serving -> unhook -> dormant, what was sampled is forgotten */
#include "base/attach.h"
#include "base/err.h"
#include "pprof/pprof.h"
#include "runtime/capture/got.h"
#include "runtime/capture/heap.h"
#include "runtime/capture/self.h"
#include "runtime/serve/init.h"
#include "runtime/serve/listen.h"

#include <string.h>

PPROF_API void pprof_attach(struct pp_attach_request *request);
PPROF_API void pprof_detach(struct pp_attach_request *request);

static void answer(struct pp_attach_request *request, int result, const struct pprof_error *error)
{
    struct pp_got_stats stats;
    pp_got_stats(&stats);
    request->slots = stats.slots;
    request->result = result;
    if (result) {
        (void)strncpy(request->detail, error->detail, sizeof(request->detail) - 1);
    }
}

static int serve(const struct pp_attach_request *request, struct pprof_error *error)
{
    struct pp_listen_options options = { .token = request->token, .quiet = true };
    return pp_listen_start(request->http, &options, error);
}

static int hook(struct pprof_error *error)
{
    int failed = pp_got_install();
    if (failed == PPROF_ERR_EXISTS) {
        return pp_err_set(error, failed, "libpprof was part of this program from its start");
    }
    if (failed) {
        return pp_err_set(error, failed, "its calls cannot be redirected: %s",
                          pprof_err_text(failed));
    }
    return 0;
}

static int attach(const struct pp_attach_request *request, struct pprof_error *error)
{
    if (request->size != sizeof(*request)) {
        return pp_err_set(error, PPROF_ERR_UNSUPPORTED,
                          "the libpprof.so in the process is of another version than this tool");
    }
    if (pp_got_is_on()) {
        return pp_err_set(error, PPROF_ERR_BUSY, "attached already");
    }
    int failed = pp_init_ensure();
    if (failed) {
        return pp_err_set(error, failed, "the profiler could not start: %s",
                          pprof_err_text(failed));
    }
    if (!pp_load_relaxed(&pp_enabled)) {
        return pp_err_set(error, PPROF_ERR_OFF, "the process has PPROF_OFF set");
    }
    if (request->heap_rate >= 0) {
        (void)pp_heap_rate_set((size_t)request->heap_rate);
    }
    failed = hook(error);
    if (failed) {
        return failed;
    }
    failed = serve(request, error);
    if (failed) {
        pp_got_restore();
        pp_init_sleep();
    }
    return failed;
}

PPROF_API void pprof_attach(struct pp_attach_request *request)
{
    struct pprof_error error = { .code = 0 };
    pp_self_enter();
    int result = attach(request, &error);
    if (!result || result == PPROF_ERR_BUSY || result == PPROF_ERR_EXISTS) {
        (void)!pp_listen_url(request->url, sizeof(request->url));
    }
    answer(request, result, &error);
    pp_self_leave();
}

PPROF_API void pprof_detach(struct pp_attach_request *request)
{
    struct pprof_error error = { .code = 0 };
    int result = 0;
    pp_self_enter();
    if (pp_got_is_on()) {
        pp_listen_stop();
        pp_got_restore();
        pp_init_sleep();
        pp_heap_forget();
    } else {
        result = pp_err_set(&error, PPROF_ERR_OFF, "not attached");
    }
    answer(request, result, &error);
    pp_self_leave();
}
