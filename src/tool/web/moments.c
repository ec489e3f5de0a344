/* Profiles of one source at different times, and the difference of two. */
#include "tool/web/room.h"

#include "base/err.h"
#include "base/sys.h"
#include "profile/samples.h"
#include "tool/driver/pipeline.h"

#include <stdlib.h>
#include <string.h>

struct pp_web_moment *pp_web_moment_of(struct pp_web *web, unsigned number)
{
    unsigned wanted = number ? number : web->last_number;
    for (size_t i = 0; i < PP_WEB_MOMENTS; i++) {
        if (web->moments[i].number == wanted && wanted) {
            return &web->moments[i];
        }
    }
    return NULL;
}

/* A place for one more; the oldest but the first makes room. Under both locks. */
static struct pp_web_moment *free_place(struct pp_web *web)
{
    struct pp_web_moment *oldest = &web->moments[1];
    for (size_t i = 0; i < PP_WEB_MOMENTS; i++) {
        struct pp_web_moment *m = &web->moments[i];
        if (!m->number) {
            return m;
        }
        oldest = i && m->number < oldest->number ? m : oldest;
    }
    pprof_profile_free(oldest->profile);
    free(oldest->dump);
    return oldest;
}

unsigned pp_web_add_moment(struct pp_web *web, struct pprof_profile *profile, char *dump,
                           size_t dump_len)
{
    (void)pthread_mutex_lock(&web->reports);
    (void)pthread_mutex_lock(&web->guard);
    unsigned number = ++web->last_number;
    *free_place(web) = (struct pp_web_moment){ .number = number, .taken_ns = pp_sys_wall_ns(),
                                               .profile = profile, .dump = dump,
                                               .dump_len = dump_len };
    (void)pthread_mutex_unlock(&web->guard);
    (void)pthread_mutex_unlock(&web->reports);
    return number;
}

int pp_web_take(struct pp_web *web, pp_message_fn message, void *ctx, unsigned *number,
                struct pprof_error *error)
{
    struct pprof_profile *profile = NULL;
    char *dump = NULL;
    size_t len = 0;
    struct pprof_error why = { 0 };
    int r = pp_pipeline_load(web->args, &profile, message, ctx, error);
    if (r) {
        return r;
    }
    if (pp_web_take_dump(web, &dump, &len, &why)) {
        dump = NULL; /* not every server has one; the page says so */
    }
    *number = pp_web_add_moment(web, profile, dump, len);
    return 0;
}

void pp_web_moments_list(struct pp_web *web, struct pp_json *json)
{
    pp_json_open(json, '[');
    (void)pthread_mutex_lock(&web->guard);
    for (unsigned n = 1; n <= web->last_number; n++) {
        const struct pp_web_moment *m = pp_web_moment_of(web, n);
        if (m) {
            pp_json_open(json, '{');
            pp_json_put_int(json, "number", m->number);
            pp_json_put_int(json, "at", m->taken_ns / 1000000);
            pp_json_put_bool(json, "dump", m->dump != NULL);
            pp_json_close(json, '}');
        }
    }
    (void)pthread_mutex_unlock(&web->guard);
    pp_json_close(json, ']');
}

/* --- differences ------------------------------------------------------------------------------ */

static int subtract(const struct pprof_profile *of, const struct pprof_profile *from,
                    struct pprof_profile **made, struct pprof_error *error)
{
    struct pprof_profile *base = NULL;
    int r = pp_profile_copy(from, &base, error);
    r = r ? r : pp_samples_set_label(base, "pprof::base", "true");
    if (!r) {
        pprof_profile_scale(base, -1);
        const struct pprof_profile *both[2] = { of, base };
        r = pprof_profile_merge(both, 2, made, error);
    }
    pprof_profile_free(base);
    return r;
}

static unsigned number_param(struct pp_web_ask *call, const char *name)
{
    return (unsigned)strtoul(pp_web_param(call, name), NULL, 10);
}

static int find_difference(struct pp_web *web, const struct pp_web_moment *of,
                           const struct pp_web_moment *from, struct pprof_error *error)
{
    if (web->difference && web->difference_of == of->number &&
        web->difference_from == from->number) {
        return 0;
    }
    pprof_profile_free(web->difference);
    web->difference = NULL;
    int r = subtract(of->profile, from->profile, &web->difference, error);
    web->difference_of = of->number;
    web->difference_from = from->number;
    return r;
}

int pp_web_profile(struct pp_web_ask *call, const struct pprof_profile **profile,
                   struct pprof_error *error)
{
    struct pp_web *web = call->web;
    unsigned base = number_param(call, "mb");
    /* Moments only go under `reports`, which the caller holds. */
    (void)pthread_mutex_lock(&web->guard);
    const struct pp_web_moment *of = pp_web_moment_of(web, number_param(call, "m"));
    const struct pp_web_moment *from = base ? pp_web_moment_of(web, base) : NULL;
    (void)pthread_mutex_unlock(&web->guard);
    if (!of || (base && !from)) {
        return pp_err_set(error, PPROF_ERR_NOTFOUND, "this moment is not kept any more");
    }
    int r = from ? find_difference(web, of, from, error) : 0;
    *profile = from ? web->difference : of->profile;
    return r;
}
