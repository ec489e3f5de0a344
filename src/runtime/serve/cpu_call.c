/* profile?seconds=N: CPU samples for a while, as a file. */
#include "base/sys.h"
#include "runtime/capture/cpu.h"
#include "runtime/serve/encode.h"
#include "runtime/serve/run_cpu.h"
#include "runtime/serve/serve.h"
#include "runtime/unwind/module.h"

static void answer_snapshot(struct pp_call *call, const struct pp_snapshot *snapshot)
{
    struct pprof_profile *profile;
    struct pprof_error error = { .code = 0 };
    pp_modules_refresh();
    if (pp_encode_profile(&pp_kind_cpu, snapshot, &profile, &error) != 0) {
        pp_call_error(call, 500, error.detail);
        return;
    }
    pp_call_attachment(call, "profile", profile, 1);
    pprof_profile_free(profile);
}

/* While `pprof run -o` records the whole run, a request gets the part of it between two moments. */
static void answer_part(struct pp_call *call, int64_t seconds)
{
    struct pprof_profile *p0, *p1, *part;
    struct pprof_error error = { .code = 0 };
    if (pp_run_cpu_profile(&p0, &error) != 0) {
        pp_call_error(call, 500, error.detail);
        return;
    }
    if (!pp_call_sleep(call, seconds)) {
        pp_call_error(call, 500, "context canceled");
    } else if (pp_run_cpu_profile(&p1, &error) != 0) {
        pp_call_error(call, 500, error.detail);
    } else {
        int64_t duration = p1->duration_nanos - p0->duration_nanos;
        int64_t begin = p0->time_nanos + p0->duration_nanos;
        if (pp_profile_difference(p0, p1, &part, &error) != 0) {
            pp_call_error(call, 500, error.detail);
        } else {
            part->time_nanos = begin;
            part->duration_nanos = duration;
            pp_call_attachment(call, "profile", part, 1);
            pprof_profile_free(part);
        }
        pprof_profile_free(p1);
    }
    pprof_profile_free(p0);
}

void pp_call_cpu(struct pp_call *call)
{
    struct pprof_error error = { .code = 0 };
    struct pp_snapshot snapshot = { .arena = call->arena };
    int64_t seconds = pp_call_seconds(call);
    if (pp_run_cpu_is_on()) {
        answer_part(call, seconds);
        return;
    }
    pp_modules_refresh();
    if (pp_cpu_start(&error) != 0) {
        struct pp_buf text;
        pp_buf_init(&text, call->arena);
        pp_buf_printf(&text, "Could not enable CPU profiling: %s", error.detail);
        pp_call_error(call, 500, text.data ? text.data : error.detail);
        return;
    }
    bool waited = pp_call_sleep(call, seconds);
    if (pp_cpu_stop(waited ? &snapshot : NULL, &error) != 0) {
        pp_call_error(call, 500, error.detail);
    } else if (waited) {
        answer_snapshot(call, &snapshot);
    } else {
        pp_call_error(call, 500, "context canceled");
    }
}
