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

/* --- profiles that several look at ------------------------------------------------------------ */

/* Takes the profile, also when there is no memory: then it is freed. */
static struct pp_web_shared *share(struct pprof_profile *profile)
{
    struct pp_web_shared *shared = malloc(sizeof(*shared));
    if (shared) {
        *shared = (struct pp_web_shared){ .profile = profile, .users = 1 };
    } else {
        pprof_profile_free(profile);
    }
    return shared;
}

void pp_web_profile_done(struct pp_web *web, struct pp_web_shared *shared)
{
    if (!shared) {
        return;
    }
    (void)pthread_mutex_lock(&web->guard);
    bool is_last = --shared->users == 0;
    (void)pthread_mutex_unlock(&web->guard);
    if (is_last) {
        pprof_profile_free(shared->profile);
        free(shared);
    }
}

const struct pprof_profile *pp_web_first_profile(struct pp_web *web)
{
    (void)pthread_mutex_lock(&web->guard);
    const struct pprof_profile *first = web->moments[0].shared->profile;
    (void)pthread_mutex_unlock(&web->guard);
    return first;
}

/* --- more moments ----------------------------------------------------------------------------- */

/* A place for one more, free or the oldest's but the first. Under guard. */
static struct pp_web_moment *choose_place(struct pp_web *web)
{
    struct pp_web_moment *oldest = &web->moments[1];
    for (size_t i = 0; i < PP_WEB_MOMENTS; i++) {
        struct pp_web_moment *m = &web->moments[i];
        if (!m->number) {
            return m;
        }
        oldest = i && m->number < oldest->number ? m : oldest;
    }
    return oldest;
}

int pp_web_add_moment(struct pp_web *web, struct pprof_profile *profile, char *dump,
                      size_t dump_len, unsigned *number, struct pprof_error *error)
{
    struct pp_web_shared *shared = share(profile);
    if (!shared) {
        free(dump);
        return pp_err_set(error, PPROF_ERR_NOMEM, "out of memory");
    }
    (void)pthread_mutex_lock(&web->guard);
    struct pp_web_moment *place = choose_place(web), old = *place;
    *number = ++web->last_number;
    *place = (struct pp_web_moment){ .number = *number, .taken_ns = pp_sys_wall_ns(),
                                     .shared = shared, .dump = dump, .dump_len = dump_len };
    (void)pthread_mutex_unlock(&web->guard);
    pp_web_profile_done(web, old.shared);
    free(old.dump);
    return 0;
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
        dump = NULL; /* not every source has one; the page says so */
    }
    return pp_web_add_moment(web, profile, dump, len, number, error);
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

/* The difference that was made last, if it is that one. Under guard. */
static struct pp_web_shared *kept_difference(struct pp_web *web, unsigned of, unsigned from)
{
    bool is_it = web->difference && web->difference_of == of && web->difference_from == from;
    if (is_it) {
        web->difference->users++;
    }
    return is_it ? web->difference : NULL;
}

static void keep_difference(struct pp_web *web, struct pp_web_shared *made, unsigned of,
                            unsigned from)
{
    (void)pthread_mutex_lock(&web->guard);
    struct pp_web_shared *old = web->difference;
    web->difference = made;
    web->difference_of = of;
    web->difference_from = from;
    made->users++;
    (void)pthread_mutex_unlock(&web->guard);
    pp_web_profile_done(web, old);
}

/* Under `subtracting`: who asks for the same difference finds it made. */
static int find_difference(struct pp_web *web, const struct pp_web_moment *of,
                           const struct pp_web_moment *from, struct pp_web_shared **shared,
                           struct pprof_error *error)
{
    struct pprof_profile *profile = NULL;
    (void)pthread_mutex_lock(&web->guard);
    *shared = kept_difference(web, of->number, from->number);
    (void)pthread_mutex_unlock(&web->guard);
    int r = *shared ? 0
                    : subtract(of->shared->profile, from->shared->profile, &profile, error);
    if (r || *shared) {
        return r;
    }
    *shared = share(profile);
    if (!*shared) {
        return pp_err_set(error, PPROF_ERR_NOMEM, "out of memory");
    }
    keep_difference(web, *shared, of->number, from->number);
    return 0;
}

/* A copy of a moment, held; number 0 when it is not kept. Under guard. */
static struct pp_web_moment hold(struct pp_web *web, unsigned number)
{
    const struct pp_web_moment *m = pp_web_moment_of(web, number);
    if (!m) {
        return (struct pp_web_moment){ .number = 0 };
    }
    m->shared->users++;
    return *m;
}

int pp_web_profile(struct pp_web_ask *call, struct pp_web_shared **shared,
                   struct pprof_error *error)
{
    struct pp_web *web = call->web;
    unsigned base = number_param(call, "mb");
    struct pp_web_moment from = { .number = 0 };
    (void)pthread_mutex_lock(&web->guard);
    struct pp_web_moment of = hold(web, number_param(call, "m"));
    if (base) {
        from = hold(web, base);
    }
    (void)pthread_mutex_unlock(&web->guard);
    int r = 0;
    if (!of.number || (base && !from.number)) {
        r = pp_err_set(error, PPROF_ERR_NOTFOUND, "this moment is not kept any more");
    } else if (base) {
        (void)pthread_mutex_lock(&web->subtracting);
        r = find_difference(web, &of, &from, shared, error);
        (void)pthread_mutex_unlock(&web->subtracting);
    }
    if (r || base) {
        pp_web_profile_done(web, of.shared);
        pp_web_profile_done(web, from.shared);
    } else {
        *shared = of.shared;
    }
    return r;
}
