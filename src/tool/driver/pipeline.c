#include "tool/driver/pipeline.h"

#include "base/err.h"
#include "base/jobs.h"
#include "profile/build.h"
#include "profile/compat.h"
#include "profile/prune.h"
#include "profile/samples.h"
#include "tool/driver/progress.h"
#include "tool/report/regex.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct group {
    const char *const *names;
    size_t name_count;
    const char *what;
    struct pp_fetched *fetched;
    size_t count, good;
    bool is_remote;
    struct pprof_profile *made; /* the group's one profile, or */
    int result;                 /* why there is none */
    struct pprof_error error;
};

enum { SOURCES, BASES, GROUPS };

struct loader {
    const struct pp_args *args;
    struct group groups[GROUPS];
    struct pprof_profile *profile;
    pp_message_fn message;
    void *ctx;
};

static void release_group(struct group *group)
{
    for (size_t i = 0; i < group->count; i++) {
        pp_fetched_release(&group->fetched[i]);
    }
    free(group->fetched);
    pprof_profile_free(group->made);
    *group = (struct group){ .count = 0 };
}

/* Makes one profile of what was fetched; the only one stays as it is. */
static int merge_group(struct group *group)
{
    size_t there = 0;
    struct pprof_profile **profiles = calloc(group->count, sizeof(*profiles));
    if (!profiles) {
        return pp_err_set(&group->error, PPROF_ERR_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < group->count; i++) {
        if (group->fetched[i].profile) {
            profiles[there++] = group->fetched[i].profile;
            group->fetched[i].profile = NULL;
            group->is_remote |= group->fetched[i].is_remote;
        }
    }
    int r = 0;
    struct pprof_error why = { 0 };
    if (there == 1) {
        group->made = profiles[0];
        r = pp_compat_make(profiles, 1, pp_profile_arena(group->made), &why);
    } else if (there > 1) {
        r = pp_profile_merge_eat(profiles, there, &group->made, &why);
    }
    if (r) { /* the comma is google/pprof's */
        (void)pp_err_set(&group->error, r, "problem fetching %s profiles: %s%s", group->what,
                         why.detail, strcmp(group->what, "base") == 0 ? "," : "");
    }
    free(profiles);
    return r;
}

/* One group; the other may be loaded at the same time. */
static void load_group(void *ctx, size_t number)
{
    struct loader *l = ctx;
    struct group *group = &l->groups[number];
    group->fetched = calloc(group->name_count, sizeof(*group->fetched));
    group->count = group->fetched ? group->name_count : 0;
    if (group->fetched) {
        group->good = pp_fetch_all(group->names, group->count, &l->args->fetch, group->fetched,
                                   l->message, l->ctx);
    }
    if (!group->fetched) {
        group->result = pp_err_set(&group->error, PPROF_ERR_NOMEM, "out of memory");
    } else if (!group->good) {
        group->result = pp_err_set(&group->error, PPROF_ERR_NOTFOUND,
                                   "failed to fetch any %s profiles", group->what);
    } else {
        group->result = merge_group(group);
    }
}

static struct pprof_profile *take_profile(struct group *group)
{
    struct pprof_profile *made = group->made;
    group->made = NULL;
    return made;
}

static int prepare_base(const struct loader *l, struct pprof_profile *base,
                        struct pprof_error *error)
{
    int r = l->args->is_diff_base ? pp_samples_set_label(base, "pprof::base", "true") : 0;
    return r || !l->args->config.normalize ? r : pp_samples_normalize(l->profile, base, error);
}

/* The base is freed. */
static int subtract_base(struct loader *l, struct pprof_profile *base, struct pprof_error *error)
{
    int r = prepare_base(l, base, error);
    if (r) {
        pprof_profile_free(base);
        return r;
    }
    pprof_profile_scale(base, -1);
    struct pprof_profile *both[2] = { l->profile, base };
    l->profile = NULL;
    return pp_profile_merge_eat(both, 2, &l->profile, error);
}

/* Sources and base, at the same time. */
static int load_profile(struct loader *l, struct pprof_error *error)
{
    struct group *sources = &l->groups[SOURCES], *bases = &l->groups[BASES];
    *sources = (struct group){ .names = l->args->sources, .name_count = l->args->source_count,
                               .what = "source" };
    *bases = (struct group){ .names = &l->args->base, .name_count = *l->args->base ? 1 : 0,
                             .what = "base" };
    pp_jobs_run(bases->name_count ? GROUPS : 1, load_group, l);
    const struct group *failed = sources->result ? sources : bases;
    if (failed->result) {
        if (error) {
            *error = failed->error;
        }
        return failed->result;
    }
    if (sources->good < sources->count) {
        pp_message(l->message, l->ctx, "Fetched %zu source profiles out of %zu", sources->good,
                   sources->count);
    }
    l->profile = take_profile(sources);
    if (!bases->name_count) {
        return 0;
    }
    return subtract_base(l, take_profile(bases), error);
}

/* Where each mapping came from, of all remote sources together. */
static struct pp_mapping_source *gather_origins(const struct loader *l, size_t *count)
{
    const struct group *groups = l->groups;
    struct pp_mapping_source *all = NULL;
    *count = 0;
    for (int pass = 0; pass < 2; pass++) {
        size_t n = 0;
        for (size_t g = 0; g < GROUPS; g++) {
            for (size_t i = 0; i < groups[g].count; i++) {
                const struct pp_fetched *f = &groups[g].fetched[i];
                if (all && f->mapping_count) {
                    memcpy(all + n, f->mappings, f->mapping_count * sizeof(*all));
                }
                n += f->mapping_count;
            }
        }
        *count = n;
        if (!all && !(all = calloc(n + 1, sizeof(*all)))) {
            *count = 0;
            return NULL;
        }
    }
    return all;
}

static int symbolize(struct loader *l, struct pprof_error *error)
{
    struct pp_symbolize_options options = { .mode = l->args->symbolize,
                                            .tls = l->args->fetch.tls,
                                            .timeout_seconds = l->args->fetch.timeout_seconds };
    struct pp_mapping_source *origins = gather_origins(l, &options.source_count);
    options.sources = origins;
    int r = pp_symbolize_profile(l->profile, &options, l->message, l->ctx, error);
    free(origins);
    return r;
}

/* --- frames nobody wants to see --------------------------------------------------------------- */

static bool matches(void *ctx, const char *name, size_t len)
{
    return pp_regex_match(ctx, name, len);
}

/* The expression has to match a whole name; NULL when there is none, or a bad one. */
static struct pp_regex *compile_whole(const struct pprof_profile *p, uint32_t string)
{
    const struct pprof_string *s = &p->strings[string];
    struct pp_regex *regex = NULL;
    char *text = s->len ? malloc(s->len + 5) : NULL;
    if (text) {
        (void)snprintf(text, s->len + 5, "^(%s)$", s->ptr);
        if (pp_regex_compile(text, &regex, NULL)) {
            regex = NULL;
        }
    }
    free(text);
    return regex;
}

static int prune(struct pprof_profile *p)
{
    struct pp_regex *drop = compile_whole(p, p->drop_frames);
    struct pp_regex *keep = compile_whole(p, p->keep_frames);
    struct pp_matcher drop_matcher = { matches, drop }, keep_matcher = { matches, keep };
    bool keep_is_bad = p->strings[p->keep_frames].len && !keep;
    int r = drop && !keep_is_bad ? pp_prune(p, &drop_matcher, keep ? &keep_matcher : NULL) : 0;
    pp_regex_free(drop);
    pp_regex_free(keep);
    return r;
}

static int add_comment(struct pprof_profile *p, const char *text)
{
    uint32_t string = pp_profile_string(p, text);
    uint32_t *comments =
        pp_arena_array(pp_profile_arena(p), p->comment_count + 1, sizeof(*comments));
    if (!comments || string == UINT32_MAX) {
        return PPROF_ERR_NOMEM;
    }
    if (p->comment_count) {
        memcpy(comments, p->comments, p->comment_count * sizeof(*comments));
    }
    comments[p->comment_count++] = string;
    p->comments = comments;
    return 0;
}

/* What the merged profile needs before anyone looks at it. */
static int finish(struct loader *l, struct pprof_error *error)
{
    const struct pp_args *args = l->args;
    struct pprof_profile *p = l->profile;
    if (args->all_frames) {
        p->drop_frames = p->keep_frames = 0;
    }
    int r = symbolize(l, error);
    r = r ? r : prune(p);
    if (r) {
        return r;
    }
    pp_unsource_mappings(p);
    r = *args->add_comment ? add_comment(p, args->add_comment) : 0;
    if (!r && (l->groups[SOURCES].is_remote || l->groups[BASES].is_remote)) {
        struct pprof_error why = { 0 };
        if (pp_save_profile(p, l->message, l->ctx,
                            &why)) { /* the report is worth more than the copy */
            pp_message(l->message, l->ctx, "%s", why.detail);
        }
    }
    return r ? r : pp_profile_check_records(p, error);
}

/* The caller's way to say something, which a line of progress must not run into. */
struct teller {
    pp_message_fn message;
    void *ctx;
};

static void tell(void *ctx, const char *text)
{
    const struct teller *teller = ctx;
    pp_progress_wipe();
    if (teller->message) {
        teller->message(teller->ctx, text);
    }
}

int pp_pipeline_load(const struct pp_args *args, struct pprof_profile **profile,
                     pp_message_fn message, void *ctx, struct pprof_error *error)
{
    struct teller teller = { message, ctx };
    struct loader l = { .args = args, .message = tell, .ctx = &teller };
    pp_progress_begin("reading");
    int r = load_profile(&l, error);
    r = r ? r : finish(&l, error);
    pp_progress_end();
    release_group(&l.groups[SOURCES]);
    release_group(&l.groups[BASES]);
    if (r) {
        pprof_profile_free(l.profile);
        if (r == PPROF_ERR_NOMEM && error && !*error->detail) {
            (void)pp_err_set(error, r, "out of memory");
        }
        return r;
    }
    *profile = l.profile;
    return 0;
}
