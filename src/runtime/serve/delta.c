/* seconds=N: what happened between two moments. */
#include "runtime/serve/encode.h"
#include "runtime/serve/serve.h"

int pp_profile_difference(struct pprof_profile *p0, struct pprof_profile *p1,
                          struct pprof_profile **difference, struct pprof_error *error)
{
    pprof_profile_scale(p0, -1);
    const struct pprof_profile *both[2] = { p0, p1 };
    struct pprof_profile *merged;
    int failed = pprof_profile_merge(both, 2, &merged, error);
    if (failed) {
        return failed;
    }
    merged->time_nanos = p1->time_nanos;
    merged->duration_nanos = p1->time_nanos - p0->time_nanos;
    *difference = merged;
    return 0;
}

static void answer_difference(struct pp_call *call, const struct pp_kind *kind,
                              struct pprof_profile *p0)
{
    struct pprof_profile *p1, *difference;
    struct pp_buf name;
    if (pp_encode_collect(kind, &p1, NULL) != 0) {
        pp_call_error(call, 500, "failed to collect profile");
        return;
    }
    if (pp_profile_difference(p0, p1, &difference, NULL) != 0) {
        pp_call_error(call, 500, "failed to compute delta");
    } else {
        pp_buf_init(&name, call->arena);
        pp_buf_printf(&name, "%s-delta", kind->name);
        pp_call_attachment(call, name.data ? name.data : "delta", difference, 6);
        pprof_profile_free(difference);
    }
    pprof_profile_free(p1);
}

void pp_call_delta(struct pp_call *call, const struct pp_kind *kind, const char *seconds)
{
    struct pprof_profile *p0;
    int64_t wait, debug = 0;
    const char *debug_text = pp_call_param(call, "debug");
    if (debug_text) {
        (void)pp_call_parse_int(debug_text, &debug);
    }
    if (!pp_call_parse_int(seconds, &wait) || wait <= 0) {
        pp_call_error(call, 400, "invalid value for \"seconds\" - must be a positive integer");
    } else if (!kind->supports_delta) {
        pp_call_error(call, 400, "\"seconds\" parameter is not supported for this profile type");
    } else if (debug != 0) {
        pp_call_error(call, 400, "seconds and debug params are incompatible");
    } else if (pp_encode_collect(kind, &p0, NULL) != 0) {
        pp_call_error(call, 500, "failed to collect profile");
    } else {
        if (pp_call_sleep(call, wait)) {
            answer_difference(call, kind, p0);
        } else {
            pp_call_error(call, 500, "context canceled");
        }
        pprof_profile_free(p0);
    }
}
