/* The first moment: read while the browser starts, waited for by whoever asks about it. */
#include "tool/web/room.h"

#include <stdio.h>

static void say(void *ctx, const char *text)
{
    (void)ctx;
    (void)fprintf(stderr, "%s\n", text);
}

/* A report may copy all stacks of its profile. */
static void open_slots(struct pp_web *web)
{
    const struct pprof_profile *p = pp_web_first_profile(web);
    size_t frames = p->sample_count ? p->loc_begin[p->sample_count] : 0;
    unsigned slots = frames < PP_WEB_LARGE ? PP_WEB_REPORTS : PP_WEB_LARGE_REPORTS;
    (void)sem_init(&web->slots, 0, slots);
}

int pp_web_load(struct pp_web *web, struct pprof_error *error)
{
    struct pprof_error why = { 0 };
    unsigned first;
    int r = pp_web_take(web, say, NULL, &first, &why);
    if (r && error) {
        *error = why;
    } else if (!r) {
        open_slots(web);
    }
    (void)pthread_mutex_lock(&web->guard);
    web->state = r ? PP_WEB_FAILED : PP_WEB_LOADED;
    web->reason = why;
    (void)pthread_cond_broadcast(&web->loaded);
    (void)pthread_mutex_unlock(&web->guard);
    return r;
}

bool pp_web_is_loading(struct pp_web *web)
{
    (void)pthread_mutex_lock(&web->guard);
    bool loading = web->state == PP_WEB_LOADING;
    (void)pthread_mutex_unlock(&web->guard);
    return loading;
}

bool pp_web_await_profile(struct pp_web_ask *call)
{
    struct pp_web *web = call->web;
    (void)pthread_mutex_lock(&web->guard);
    while (web->state == PP_WEB_LOADING) {
        (void)pthread_cond_wait(&web->loaded, &web->guard);
    }
    bool is_there = web->state == PP_WEB_LOADED;
    (void)pthread_mutex_unlock(&web->guard);
    if (!is_there) {
        pp_web_say(call, 500, web->reason.detail);
    }
    return is_there;
}
