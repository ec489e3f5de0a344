/* Answers: made once though several ask at the same time, kept for back and forward.
 *
 *   key = newest moment, path, query      kept? -> sent
 *                                         being made? -> waited for
 *                                         else a slot for a report -> made -> kept
 */
#include "tool/web/room.h"

#include <stdlib.h>
#include <string.h>

/* One that somebody makes; on that thread's stack. */
struct pp_web_making {
    const char *key;
    struct pp_web_making *next;
};

static char *make_key(struct pp_web_ask *call)
{
    struct pp_buf key;
    pp_buf_init(&key, call->request->arena);
    (void)pthread_mutex_lock(&call->web->guard);
    unsigned newest = call->web->last_number;
    (void)pthread_mutex_unlock(&call->web->guard);
    pp_buf_printf(&key, "%u %s?", newest, call->request->path);
    pp_buf_str(&key, call->request->query);
    return key.data;
}

/* Under guard. */
static bool answer_from_kept(struct pp_web_ask *call, const char *key)
{
    struct pp_web *web = call->web;
    bool found = false;
    for (size_t i = 0; !found && i < PP_WEB_ANSWERS; i++) {
        struct pp_web_answer *a = &web->answers[i];
        found = a->key && !strcmp(a->key, key);
        if (found) {
            a->used = ++web->uses;
            pp_buf_append(&call->reply->body, a->body, a->len);
        }
    }
    return found;
}

static void drop(struct pp_web_answer *answer)
{
    free(answer->key);
    free(answer->body);
    *answer = (struct pp_web_answer){ .key = NULL };
}

/* A free place; while the answers are too many or too large together, the least used one goes. */
static struct pp_web_answer *make_room(struct pp_web *web, size_t len)
{
    while (true) {
        struct pp_web_answer *free_one = NULL, *oldest = NULL;
        size_t total = len;
        for (size_t i = 0; i < PP_WEB_ANSWERS; i++) {
            struct pp_web_answer *a = &web->answers[i];
            total += a->len;
            free_one = a->key ? free_one : a;
            oldest = a->key && (!oldest || a->used < oldest->used) ? a : oldest;
        }
        if ((free_one && total <= PP_WEB_ANSWER_BYTES) || !oldest) {
            return free_one;
        }
        drop(oldest);
    }
}

static void keep_answer(struct pp_web_ask *call, const char *key)
{
    struct pp_web *web = call->web;
    const struct pp_buf *body = &call->reply->body;
    if (body->err || body->len > PP_WEB_ANSWER_BYTES / 4) {
        return;
    }
    (void)pthread_mutex_lock(&web->guard);
    struct pp_web_answer *a = make_room(web, body->len);
    struct pp_web_answer made = { .key = strdup(key), .body = malloc(body->len + 1),
                                  .len = body->len, .used = ++web->uses };
    if (a && made.key && made.body) {
        memcpy(made.body, body->data, body->len);
        *a = made;
    } else {
        drop(&made);
    }
    (void)pthread_mutex_unlock(&web->guard);
}

/* --- making ----------------------------------------------------------------------------------- */

/* What a report needs: a slot, and for some views the code lock before it. */
static void enter(struct pp_web *web, const struct pp_web_view *view)
{
    if (view->reads_code) {
        (void)pthread_mutex_lock(&web->code);
    }
    while (view->is_kept && sem_wait(&web->slots)) { /* a signal came */
    }
}

static void leave(struct pp_web *web, const struct pp_web_view *view)
{
    if (view->is_kept) {
        (void)sem_post(&web->slots);
    }
    if (view->reads_code) {
        (void)pthread_mutex_unlock(&web->code);
    }
}

static int make(struct pp_web_ask *call, const struct pp_web_view *view)
{
    struct pprof_error error = { 0 };
    int r = pp_web_config(call, &error);
    if (!r) {
        enter(call->web, view);
        r = view->data(call, &error);
        leave(call->web, view);
    }
    if (r) {
        pp_web_say(call, 400, error.detail);
    }
    return r;
}

/* Under guard. */
static bool is_being_made(const struct pp_web *web, const char *key)
{
    for (const struct pp_web_making *m = web->making; m; m = m->next) {
        if (!strcmp(m->key, key)) {
            return true;
        }
    }
    return false;
}

/* True when the answer is there; else it is the caller's to make. */
static bool await(struct pp_web_ask *call, struct pp_web_making *mine)
{
    struct pp_web *web = call->web;
    bool found;
    (void)pthread_mutex_lock(&web->guard);
    while (!(found = answer_from_kept(call, mine->key)) && is_being_made(web, mine->key)) {
        (void)pthread_cond_wait(&web->made, &web->guard);
    }
    if (!found) {
        mine->next = web->making;
        web->making = mine;
    }
    (void)pthread_mutex_unlock(&web->guard);
    return found;
}

static void end_making(struct pp_web *web, const struct pp_web_making *mine)
{
    (void)pthread_mutex_lock(&web->guard);
    struct pp_web_making **at = &web->making;
    while (*at != mine) {
        at = &(*at)->next;
    }
    *at = mine->next;
    (void)pthread_cond_broadcast(&web->made);
    (void)pthread_mutex_unlock(&web->guard);
}

void pp_web_answer(struct pp_web_ask *call, const struct pp_web_view *view)
{
    struct pp_web_making mine = { .key = view->is_kept ? make_key(call) : NULL };
    if (!mine.key) {
        (void)make(call, view);
    } else if (!await(call, &mine)) {
        if (!make(call, view)) {
            keep_answer(call, mine.key);
        }
        end_making(call->web, &mine);
    }
}

/* --- ahead of the browser --------------------------------------------------------------------- */

struct wish {
    struct pp_web *web;
    char *query;
    char path[];
};

/* True, and counted, unless there are too many. */
static bool may_begin(struct pp_web *web)
{
    (void)pthread_mutex_lock(&web->guard);
    bool may = web->ahead < PP_WEB_AHEAD;
    web->ahead += may;
    (void)pthread_mutex_unlock(&web->guard);
    return may;
}

static void end_wish(struct wish *wish)
{
    (void)pthread_mutex_lock(&wish->web->guard);
    wish->web->ahead--;
    (void)pthread_mutex_unlock(&wish->web->guard);
    free(wish);
}

int pp_web_try(struct pp_web *web, struct pp_arena *arena, const char *path, const char *query,
               const char **text)
{
    struct pp_http_reply reply = { .status = 200 };
    struct pp_http_request request = { .method = "GET", .path = path, .query = query,
                                       .host = "", .site = "", .body = "", .arena = arena,
                                       .fd = -1 };
    pp_buf_init(&reply.headers, arena);
    pp_buf_init(&reply.body, arena);
    pp_web_handle(web, &request, &reply);
    *text = reply.body.err || !reply.body.len ? "" : reply.body.data;
    return reply.status;
}

static void *fulfil(void *arg)
{
    struct wish *wish = arg;
    struct pp_arena arena;
    const char *text;
    pp_arena_init(&arena, 0);
    (void)pp_web_try(wish->web, &arena, wish->path, wish->query, &text);
    pp_arena_release(&arena);
    end_wish(wish);
    return NULL;
}

void pp_web_prepare(struct pp_web *web, const char *path, const char *query)
{
    size_t path_size = strlen(path) + 1, query_size = strlen(query) + 1;
    struct wish *wish = malloc(sizeof(*wish) + path_size + query_size);
    if (!wish || !may_begin(web)) {
        free(wish); /* it will be made when it is asked for */
        return;
    }
    wish->web = web;
    wish->query = wish->path + path_size;
    memcpy(wish->path, path, path_size);
    memcpy(wish->query, query, query_size);
    if (pp_web_spawn("ahead", fulfil, wish)) {
        end_wish(wish);
    }
}
